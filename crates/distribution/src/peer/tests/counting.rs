//! What imported reviews are worth.

use super::*;

#[test]
fn a_peers_review_of_the_same_bytes_counts() {
    let (mut here, mut there) = two(Tier::Leaf);
    let number = there.accept("ben", "flask==1.0");
    assert_eq!(here.fetch(&there), 2, "the person and the review");
    let status = here.status("flask==1.0");
    assert!(status.complete);
    let counted = &status.files.values().next().unwrap().counted[0];
    assert_eq!(counted.by, Reviewer::of(&name(), &id("ben")));
    assert_eq!(counted.by.to_string(), "ben@elsewhere");
    // The very bytes of the peer's entry stand in the ledger here.
    let row = here.state.imports.get(&counted.entry).unwrap();
    let original = &there.ledger[number as usize - 1];
    assert_eq!((row.number, row.hash), (number, original.hash));
    let kept = here.ledger[counted.entry as usize - 1].entry.envelope().unwrap();
    let text = String::from_utf8(kept.payload_unverified().to_vec()).unwrap();
    let quoted: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(quoted["predicate"]["act"]["entry"], original.to_line().trim_end());
    // Nothing more to say.
    assert_eq!(here.fetch(&there), 0);
}

#[test]
fn only_bytes_that_are_the_same() {
    let (mut here, mut there) = two(Tier::Leaf);
    let own = files(&release("flask==2.0"));
    let other = vec![(own[0].0.clone(), Sha256::of(b"other")), own[1].clone()];
    here.candidate("flask==2.0", "");
    there.candidate_with("flask==2.0", "", &other);
    there.say("ben", review("flask==2.0", Verdict::Accept), &other);
    here.fetch(&there);
    let status = here.status("flask==2.0");
    assert_eq!(status.reviewed, [own[1].1].into());
    assert_eq!(status.missing_files().count(), 1);
}

#[test]
fn a_peer_is_one_signature_unless_it_is_said_otherwise() {
    for (tier, counts, complete) in [
        (Tier::Leaf, Weight::None, false),
        (Tier::Leaf, Weight::One, true),
        (Tier::Shared, Weight::One, false),
        (Tier::Shared, Weight::Each, true),
        (Tier::Key, Weight::One, false),
        (Tier::Key, Weight::Each, true),
    ] {
        let (mut here, mut there) = two(tier);
        let act = PeerSet { counts, ..subscription(&there) };
        here.say("manager", act, &[]);
        there.accept("ben", "flask==1.0");
        there.accept("cleo", "flask==1.0");
        here.fetch(&there);
        assert_eq!(here.status("flask==1.0").complete, complete, "{tier:?} {counts:?}");
        if counts == Weight::None {
            assert_eq!(here.why_not("flask==1.0")[0], "reviews of elsewhere are shown and do not count");
        }
        if (tier, counts) == (Tier::Shared, Weight::One) {
            assert!(here.why_not("flask==1.0")[0].starts_with("elsewhere counts as one signature"));
            here.accept("ada", "flask==1.0");
            assert!(here.status("flask==1.0").complete, "one here and one there");
        }
    }
}

#[test]
fn an_organisation_that_both_have_is_one() {
    let (mut here, mut there) = two(Tier::Key);
    there.join("dora", &[Role::Maintainer], &["Acme Inc."]);
    there.accept("dora", "flask==1.0");
    here.accept("ada", "flask==1.0");
    here.fetch(&there);
    let status = here.status("flask==1.0");
    assert_eq!((status.complete, status.missing()), (false, (0, 1)));
    here.join("eve", &[Role::Maintainer], &["Other"]);
    here.accept("eve", "flask==1.0");
    assert!(here.status("flask==1.0").complete);
}

#[test]
fn criteria_are_worth_what_the_map_says() {
    let map = |theirs: &str, ours: &str| [(theirs.to_owned(), [ours.to_owned()].into())].into();
    for (criteria, complete, imported) in [
        (map("safe-to-run", "safe-to-run"), true, true),
        (map("safe-to-run", "safe-to-deploy"), true, true),
        (map("safe-to-run", "safe-to-install"), false, true),
        (map("safe-to-deploy", "safe-to-run"), false, false),
    ] {
        let (mut here, mut there) = two(Tier::Leaf);
        let act = PeerSet { criteria, ..subscription(&there) };
        here.say("manager", act.clone(), &[]);
        there.accept("ben", "flask==1.0");
        here.fetch(&there);
        assert_eq!(here.status("flask==1.0").complete, complete, "{:?}", act.criteria);
        assert_eq!(!here.state.imports.is_empty(), imported, "{:?}", act.criteria);
    }
    let (mut here, there) = two(Tier::Leaf);
    let act = PeerSet { criteria: map("safe-to-run", "no-such"), ..subscription(&there) };
    assert!(here.try_say("manager", act, &[]).unwrap_err().to_string().contains("no-such"));
}

#[test]
fn only_the_people_and_projects_that_were_named() {
    type Change = fn(&mut PeerSet);
    let rows: &[(Change, bool, &str)] = &[
        (|set| set.maintainers = Some([id("ben")].into()), true, ""),
        (|set| set.maintainers = Some([id("cleo")].into()), false, "their reviews are not imported"),
        (|set| set.projects = Some(["flask".to_owned()].into()), true, ""),
        (|set| set.projects = Some(["click".to_owned()].into()), false, "reviews of flask are not"),
        (|set| set.exclude = ["flask".to_owned()].into(), false, "reviews of flask are not imported"),
    ];
    for (index, (change, complete, why)) in rows.iter().enumerate() {
        let (mut here, mut there) = two(Tier::Leaf);
        there.accept("ben", "flask==1.0");
        let mut act = subscription(&there);
        change(&mut act);
        here.say("manager", act.clone(), &[]);
        here.fetch(&there);
        assert_eq!(here.status("flask==1.0").complete, *complete, "row {index}");
        assert_eq!(here.state.imports.is_empty(), !complete, "row {index}");
        // The same for what was imported before.
        let (mut here, mut there) = two(Tier::Leaf);
        there.accept("ben", "flask==1.0");
        here.fetch(&there);
        here.say("manager", act, &[]);
        assert_eq!(here.status("flask==1.0").complete, *complete, "row {index}");
        assert!(*complete || here.why_not("flask==1.0")[0].starts_with(why), "row {index}");
    }
}

#[test]
fn the_vendor_counts_for_nothing_there_either() {
    let (mut here, mut there) = two(Tier::Leaf);
    there.join("vic", &[Role::Maintainer], &["Pallets"]);
    there.accept("vic", "flask==1.0");
    here.fetch(&there);
    assert!(!here.status("flask==1.0").complete);
    assert!(here.why_not("flask==1.0")[0].starts_with("not independent of its vendor"));
    // A tie that is found there later takes the signature with it here.
    there.accept("ben", "flask==1.0");
    here.fetch(&there);
    assert!(here.status("flask==1.0").complete);
    let act =
        Conflict { maintainer: id("ben"), affiliation: affiliation("Pallets"), evidence: "seen".to_owned() };
    there.say("guard-a", act, &[]);
    assert_eq!(here.fetch(&there), 1);
    assert!(!here.status("flask==1.0").complete);
}

#[test]
fn one_person_at_two_places_signs_once() {
    let (mut here, mut there) = two(Tier::Shared);
    // Another key, and the same account where vendors publish.
    let act = Affiliate {
        affiliations: vec![affiliation("Beta")],
        accounts: vec!["github:ada-here".to_owned()],
        addresses: vec![],
    };
    there.say("ben", act, &[]);
    there.accept("ben", "flask==1.0");
    here.accept("ada", "flask==1.0");
    here.fetch(&there);
    assert!(!here.status("flask==1.0").complete);
    assert_eq!(here.why_not("flask==1.0"), ["they are ada here, and sign here themselves"]);
}

#[test]
fn a_delta_counts_from_what_is_reviewed_here() {
    let (mut here, mut there) = two(Tier::Leaf);
    for place in [&mut here, &mut there] {
        place.candidate("flask==1.1", "");
    }
    there.accept("cleo", "flask==1.0");
    there.say("ben", delta("flask==1.0", "flask==1.1"), &files(&release("flask==1.1")));
    let act = PeerSet { maintainers: Some([id("ben")].into()), ..subscription(&there) };
    here.say("manager", act, &[]);
    here.fetch(&there);
    assert!(!here.status("flask==1.1").complete, "its base is not reviewed here");
    here.accept("ada", "flask==1.0");
    assert!(here.status("flask==1.1").complete);
}

#[test]
fn what_the_peer_takes_back_is_taken_back() {
    type Spoil = fn(&mut Place, u64);
    let rows: &[(&str, Spoil, &str)] = &[
        (
            "review revoked",
            |there, entry| {
                there.say("ben", ReviewRevoke { entry, reason: "a mistake".to_owned() }, &[]);
            },
            "taken back in entry ",
        ),
        (
            "key revoked",
            |there, entry| {
                let key = there.key("ben").public_key().id().to_string();
                there.say("guard-a", KeyRevoke { key, after: entry - 1, reason: "stolen".to_owned() }, &[]);
            },
            "elsewhere believes its key no longer",
        ),
        (
            "removed",
            |there, _| {
                there.say("manager", Leave { maintainer: id("ben"), reason: "lied".to_owned() }, &[]);
            },
            "elsewhere has removed them",
        ),
        (
            "only learns",
            |there, _| {
                let roles = vec![Role::Trainee];
                there.say("manager", SetRoles { maintainer: id("ben"), roles, reason: "x".to_owned() }, &[]);
            },
            "a trainee's word moves nothing, at elsewhere neither",
        ),
        (
            "changed mind",
            |there, _| {
                there.verdict("ben", "flask==1.0", Verdict::Reject);
            },
            "they say otherwise in entry ",
        ),
    ];
    for (case, spoil, why) in rows {
        // Known before, and not: in both cases it does not count.
        for before in [true, false] {
            let (mut here, mut there) = two(Tier::Leaf);
            let entry = there.accept("ben", "flask==1.0");
            if before {
                here.fetch(&there);
                assert!(here.status("flask==1.0").complete, "{case}");
            }
            spoil(&mut there, entry);
            let said = here.fetch(&there);
            assert!(!here.status("flask==1.0").complete, "{case}");
            if before {
                assert!(said > 0, "{case}: an act says so");
                let found = here.why_not("flask==1.0");
                assert!(found[0].starts_with(why), "{case}: {found:?}");
            }
        }
    }
    // Who goes by themselves has said what they said.
    let (mut here, mut there) = two(Tier::Leaf);
    there.accept("ben", "flask==1.0");
    there.say("ben", Leave { maintainer: id("ben"), reason: "other things".to_owned() }, &[]);
    here.fetch(&there);
    assert!(here.status("flask==1.0").complete);
}

#[test]
fn a_violation_blocks_until_two_people_lift_it_here_or_there() {
    let blocked = |here: &Place| !here.status("flask==1.0").violations.is_empty();
    for ended in [false, true] {
        let (mut here, mut there) = two(Tier::Leaf);
        here.accept("ada", "flask==1.0");
        there.verdict("ben", "flask==1.0", Verdict::Violation);
        here.fetch(&there);
        let status = here.status("flask==1.0");
        assert!(!status.complete);
        assert!(status.sentence().starts_with("ben@elsewhere calls it harmful"), "{}", status.sentence());
        if ended {
            here.say("manager", PeerEnd { peer: name(), reason: "too strict".to_owned() }, &[]);
            assert!(blocked(&here), "one person does not lift it by ending the import");
        }
        let entry = status.violations[0].entry;
        here.say("guard-a", Approve { entry }, &[]);
        assert!(blocked(&here));
        here.say("guard-b", Approve { entry }, &[]);
        assert!(here.status("flask==1.0").complete);
    }
    let (mut here, mut there) = two(Tier::Leaf);
    here.accept("ada", "flask==1.0");
    let entry = there.verdict("ben", "flask==1.0", Verdict::Violation);
    here.fetch(&there);
    there.say("guard-a", Approve { entry }, &[]);
    assert_eq!((here.fetch(&there), blocked(&here)), (0, true));
    there.say("guard-b", Approve { entry }, &[]);
    assert_eq!((here.fetch(&there), blocked(&here)), (1, false));
    // One of the two words was a thief's.
    let key = there.key("guard-b").public_key().id().to_string();
    there.say("guard-a", KeyRevoke { key, after: entry, reason: "stolen".to_owned() }, &[]);
    assert_eq!((here.fetch(&there), blocked(&here)), (1, true));
    there.say("manager", Approve { entry }, &[]);
    assert_eq!((here.fetch(&there), blocked(&here)), (1, false));
}

#[test]
fn nothing_counts_after_the_end() {
    let (mut here, mut there) = two(Tier::Leaf);
    there.accept("ben", "flask==1.0");
    here.fetch(&there);
    here.say("guard-a", PeerEnd { peer: name(), reason: "sold".to_owned() }, &[]);
    assert!(!here.status("flask==1.0").complete);
    assert!(here.why_not("flask==1.0")[0].starts_with("imports from elsewhere have ended in entry "));
    assert_eq!(here.fetch(&there), 0);
    here.say("manager", subscription(&there), &[]);
    assert!(here.status("flask==1.0").complete, "said again, it counts again");
}

#[test]
fn who_may_subscribe() {
    type Change = fn(&mut PeerSet, &Place);
    let (mut here, there) = two(Tier::Leaf);
    for by in ["server", "ada", "guard-a"] {
        let refused = here.try_say(by, subscription(&there), &[]).unwrap_err();
        assert!(matches!(refused, Refused::Right { .. }), "{by}: {refused}");
    }
    let refused = here.try_say("ada", PeerEnd { peer: name(), reason: "x".to_owned() }, &[]).unwrap_err();
    assert!(matches!(refused, Refused::Right { .. }), "{refused}");
    let rows: &[(Change, &str)] = &[
        (|set, here| set.distribution = here.id(), "this distribution itself"),
        (|set, _| set.distribution = Sha256::of(b"other"), "is another distribution, and stays it"),
        (|set, _| set.peer = "again".parse().unwrap(), "imported as elsewhere already"),
        (|set, _| set.address = Some("file:///etc/passwd".to_owned()), "address"),
        (|set, _| set.maintainers = Some(BTreeSet::new()), "names nobody"),
        (|set, _| set.criteria.clear(), "maps none"),
        (|set, _| set.exclude = ["Flask".to_owned()].into(), "normalised"),
        (|set, _| set.reason.clear(), "reason"),
    ];
    for (change, problem) in rows {
        let mut act = subscription(&there);
        change(&mut act, &here);
        let refused = here.try_say("manager", act, &[]).unwrap_err().to_string();
        assert!(refused.contains(problem), "{problem}: {refused}");
    }
}
