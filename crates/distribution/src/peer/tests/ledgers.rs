//! What is believed of a peer's ledger, and of a server that says what stands in it.

use super::*;

fn import(there: &Place, number: u64) -> Import {
    let line = there.ledger[number as usize - 1].to_line();
    Import { peer: name(), head: there.head, entry: line.trim_end().to_owned() }
}

#[test]
fn a_ledger_is_followed_from_its_first_entry() {
    let (_, there) = two(Tier::Leaf);
    let mut follower = Follower::new(there.id());
    follow(&mut follower, &there.ledger[..5]).unwrap();
    // The rest, with the last that is known.
    follow(&mut follower, &there.ledger[4..]).unwrap();
    assert_eq!(follower.end(), there.head);
    assert_eq!(follower.state().rows(), there.state.rows());
    // All of it again.
    follow(&mut follower, &there.ledger).unwrap();
}

#[test]
fn what_is_not_believed() {
    let (here, there) = two(Tier::Leaf);
    let whole = &there.ledger;
    let error = |ledger: &[Recorded], remembered: &[Head]| {
        let mut follower = Follower::new(there.id());
        for head in remembered {
            follower.remember(*head).unwrap();
        }
        follow(&mut follower, ledger).unwrap_err()
    };
    let problem = |error: FollowError| match error {
        FollowError::Chain(problem) => problem,
        other => panic!("{other}"),
    };
    assert!(matches!(error(&here.ledger, &[]), FollowError::Another { .. }));
    assert!(matches!(problem(error(&whole[..5], &[there.head])), Problem::Truncated { .. }));
    assert!(matches!(problem(error(&[], &[there.head])), Problem::Truncated { .. }));
    let gap: Vec<_> = whole[..2].iter().chain(&whole[3..]).cloned().collect();
    assert!(matches!(problem(error(&gap, &[])), Problem::Gap { first: 3, last: 3 }));
    let other = Head { number: 4, hash: Sha256::of(b"other") };
    assert!(matches!(problem(error(whole, &[other])), Problem::Forked(fork) if fork.number == 4));
    let mut edited = whole.clone();
    edited[3].hash = Sha256::of(b"other");
    assert!(matches!(problem(error(&edited, &[])), Problem::Edited { number: 4, .. }));
    let mut swapped = whole.clone();
    swapped.swap(3, 4);
    assert!(matches!(problem(error(&swapped, &[])), Problem::Gap { .. }));
}

#[test]
fn a_fork_is_noticed_while_the_ledger_is_read_on() {
    let (mut here, mut there) = two(Tier::Leaf);
    let mut fork = Place { ledger: there.ledger.clone(), state: there.state.clone(), ..Place::new("there") };
    fork.head = there.head;
    there.accept("cleo", "flask==1.0");
    fork.accept("ben", "flask==1.0");
    let mut follower = Follower::new(there.id());
    follow(&mut follower, &there.ledger).unwrap();
    let error = follow(&mut follower, &fork.ledger).unwrap_err();
    assert!(matches!(error, FollowError::Chain(Problem::Forked(_))), "{error}");
    // The ledger here says so too, whatever a server has kept in its memory.
    here.fetch(&there);
    let number = fork.head.number;
    let refused = here.try_say("server", import(&fork, number), &files(&release("flask==1.0"))).unwrap_err();
    assert_eq!(refused.to_string(), format!("the ledger of elsewhere was forked at entry {number}"));
    // Nor does it go back.
    let act = Import { head: there.ledger[3].entry.head(), ..import(&there, number) };
    let refused = here.try_say("server", act, &files(&release("flask==1.0"))).unwrap_err();
    assert!(refused.to_string().contains("and has been at"), "{refused}");
}

#[test]
fn an_entry_against_the_rules_ends_it() {
    let (_, mut there) = two(Tier::Leaf);
    // The peer's server appends what nobody may say: a review by somebody who is not there.
    let act: Act = review("flask==1.0", Verdict::Accept).into();
    let by = Actor::Maintainer(id("nobody"));
    let statement = entry::statement(there.id(), &act, there.now, &by, &files(&release("flask==1.0")));
    let envelope = Envelope::sign(statement.to_bytes().unwrap(), &there.key("server")).unwrap();
    there.ledger.push(Entry::next(&there.head, &envelope).unwrap().record());
    let mut follower = Follower::new(there.id());
    let error = follow(&mut follower, &there.ledger).unwrap_err();
    assert!(matches!(error, FollowError::Rules { .. }), "{error}");
    // And what this version cannot read.
    there.ledger.pop();
    let mut statement = entry::statement(there.id(), &act, there.now, &by, &[]);
    "urn:x-packhouse:tomorrow:v1".clone_into(&mut statement.predicate_type);
    let envelope = Envelope::sign(statement.to_bytes().unwrap(), &there.key("server")).unwrap();
    there.ledger.push(Entry::next(&there.head, &envelope).unwrap().record());
    let mut follower = Follower::new(there.id());
    let error = follow(&mut follower, &there.ledger).unwrap_err();
    assert!(matches!(error, FollowError::Read { .. }), "{error}");
}

#[test]
fn what_a_peer_imported_itself_is_not_taken() {
    let (mut here, mut there) = two(Tier::Leaf);
    let mut third = Place::new("third");
    third.project("flask", Tier::Leaf);
    third.candidate("flask==1.0", "");
    third.join("zoe", &[Role::Maintainer], &[]);
    let number = third.accept("zoe", "flask==1.0");
    there.say("manager", subscription(&third), &[]);
    there.fetch(&third);
    assert!(there.status("flask==1.0").complete);
    assert_eq!(here.fetch(&there), 0);
    assert!(!here.status("flask==1.0").complete);
    // Not even when the server says it: as the peer's import, and as what that quotes.
    let subjects = files(&release("flask==1.0"));
    let quoted = there.state.imports.iter().next().map(|(entry, _)| *entry).unwrap();
    for (act, problem) in [
        (import(&there, quoted), "is no review of a person of the peer"),
        (
            Import { head: there.head, ..import(&third, number) },
            "it was made for another distribution than the peer",
        ),
    ] {
        let refused = here.try_say("server", act, &subjects).unwrap_err();
        assert!(refused.to_string().contains(problem), "{refused}");
    }
}

#[test]
fn a_server_cannot_say_what_the_peer_did_not() {
    let (mut here, mut there) = two(Tier::Leaf);
    let number = there.accept("ben", "flask==1.0");
    let subjects = files(&release("flask==1.0"));
    // Nobody says whose the key is.
    let refused = here.try_say("server", import(&there, number), &subjects).unwrap_err();
    assert!(matches!(refused, Refused::Missing { .. }), "{refused}");
    let mut follower = Follower::new(there.id());
    follow(&mut follower, &there.ledger).unwrap();
    let first = due(&here.state, &name(), &follower, 10).remove(0);
    let Act::PeerPerson(mut person) = first.act else { panic!("{:?}", first.act) };
    // Somebody else's key.
    person.keys[0].line = there.key("cleo").public_key().to_openssh("");
    here.say("server", (*person).clone(), &[]);
    let refused = here.try_say("server", import(&there, number), &subjects).unwrap_err();
    assert!(matches!(refused, Refused::Signature { .. }), "{refused}");
    // A key that came after, and one that was revoked before.
    person.keys[0].line = there.key("ben").public_key().to_openssh("");
    for (added, void_after) in [(number + 1, None), (1, Some(number - 1))] {
        (person.keys[0].added, person.keys[0].void_after) = (added, void_after);
        here.say("server", (*person).clone(), &[]);
        let refused = here.try_say("server", import(&there, number), &subjects).unwrap_err();
        assert!(matches!(refused, Refused::Signature { .. }), "{refused}");
    }
    (person.keys[0].added, person.keys[0].void_after) = (1, None);
    here.say("server", (*person).clone(), &[]);
    // Bytes that it does not speak of, a changed entry, and an entry that the head does not hold.
    let other = vec![(subjects[0].0.clone(), Sha256::of(b"other"))];
    assert!(here.try_say("server", import(&there, number), &other).is_err());
    assert!(here.try_say("server", import(&there, number), &[]).is_err());
    let mut act = import(&there, number);
    act.entry = act.entry.replace("\"number\":", "\"number\":1");
    assert!(here.try_say("server", act, &subjects).is_err());
    let act = Import { head: there.ledger[2].entry.head(), ..import(&there, number) };
    assert!(here.try_say("server", act, &subjects).is_err());
    // Only the server, and only once.
    let refused = here.try_say("ada", import(&there, number), &subjects).unwrap_err();
    assert!(matches!(refused, Refused::Right { .. }), "{refused}");
    let entry = here.say("server", import(&there, number), &subjects);
    assert!(matches!(here.try_say("server", import(&there, number), &subjects), Err(Refused::Conflict(_))));
    // Nor can it take back what nobody took back.
    let line = there.ledger[number as usize - 1].to_line().trim_end().to_owned();
    let act = ImportEnd { peer: name(), head: there.head, import: entry, entry: line };
    assert!(here.try_say("server", act, &[]).unwrap_err().to_string().contains("does not take entry"));
}

#[test]
fn rows_are_what_the_ledger_says() {
    let (mut here, mut there) = two(Tier::Leaf);
    there.accept("ben", "flask==1.0");
    there.pass(1);
    here.pass(1);
    here.fetch(&there);
    let mut again = State::default();
    for row in here.state.rows() {
        again.load_row(row.table, &row.key, &row.value.unwrap()).unwrap();
    }
    assert_eq!(again.rows(), here.state.rows());
    let mut folded = State::default();
    for recorded in &here.ledger {
        let read = entry::read(&recorded.entry, &folded).unwrap();
        folded.apply(&read).unwrap();
    }
    assert_eq!(folded.rows(), here.state.rows());
}

/// Rows by table and key, as a database holds them.
type Kept = std::collections::BTreeMap<(String, String), String>;

fn keep(kept: &mut Kept, changes: Vec<crate::RowChange>) {
    for row in changes {
        let key = (row.table.to_owned(), row.key);
        match row.value {
            Some(value) => kept.insert(key, value),
            None => kept.remove(&key),
        };
    }
}

#[test]
fn what_was_kept_is_gone_on_from() {
    let (here, mut there) = two(Tier::Leaf);
    let review = there.accept("ben", "flask==1.0");
    let other = there.accept("cleo", "flask==1.0");
    there.say("ben", ReviewRevoke { entry: review, reason: "a mistake".to_owned() }, &[]);
    let leave = Leave { maintainer: id("cleo"), reason: "gone".to_owned() };
    there.say("manager", leave, &[]);
    let mut whole = Follower::new(there.id());
    follow(&mut whole, &there.ledger).unwrap();
    assert!(
        whole.line(other).is_some() && whole.taken_back(review).is_some() && whole.was_removed(&id("cleo"))
    );
    let all = whole.rows();
    // Cut off anywhere, with only the changes written down each time.
    for cut in 0..=there.ledger.len() {
        let (mut kept, mut end) = (Kept::new(), Head::EMPTY);
        let restored = |kept: &Kept, end| {
            let rows = kept.iter().map(|((kind, key), value)| (kind.clone(), key.clone(), value.clone()));
            Follower::restored(there.id(), end, rows.collect::<Vec<_>>()).unwrap()
        };
        for part in [&there.ledger[..cut], &there.ledger[cut..]] {
            let mut follower = restored(&kept, end);
            for entry in part {
                follower.push(entry).unwrap();
            }
            keep(&mut kept, follower.take_changes());
            assert_eq!(follower.take_changes(), []);
            end = follower.end();
        }
        let mut again = restored(&kept, end);
        assert_eq!((again.rows(), again.end()), (all.clone(), whole.end()), "cut at {cut}");
        // What comes again must be what it was, and nothing may be missing of it.
        again.begin();
        again.push(there.ledger.last().unwrap()).unwrap();
        again.finish().unwrap();
        assert_eq!(due(&here.state, &name(), &again, 100), due(&here.state, &name(), &whole, 100));
    }
    // Another history behind the checkpoint is noticed.
    let mut follower = Follower::restored(
        there.id(),
        whole.end(),
        all.into_iter().filter_map(|row| Some((row.table.to_owned(), row.key, row.value?))),
    )
    .unwrap();
    let mut last = there.ledger.last().unwrap().clone();
    last.hash = there.ledger[0].hash;
    assert!(follower.push(&last).is_err());
    let damaged =
        Follower::restored(there.id(), whole.end(), [("line".to_owned(), "x".to_owned(), String::new())]);
    assert!(damaged.is_err());
}
