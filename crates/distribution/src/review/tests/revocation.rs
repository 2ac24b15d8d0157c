//! A key that is revoked takes with it what it alone signed.

use super::*;
use crate::act::{Hint, HintKind, KeyRevoke, SuiteKind, SuiteSet};
use crate::state::rows::CandidateState;
use crate::world::files;

const FLASK: &str = "flask==1.0";

fn revoke(world: &mut World, key: &str) {
    let act = KeyRevoke { key: key.to_owned(), after: 1, reason: "stolen".to_owned() };
    world.say("guard-b", act, &[]);
}

#[test]
fn one_good_key_of_two_is_enough() {
    let mut world = world(Tier::Leaf);
    world.candidate(FLASK, R1);
    let second = world.second_key("alice");
    world.also.insert(second.clone());
    world.accept("alice", FLASK);
    world.also.clear();
    let first = world.key_of("alice");
    let row = world.state.reviews.iter().next().expect("a review").1;
    assert_eq!(row.keys, [first.clone(), second.clone()].into());
    for (key, counts) in [(&first, true), (&second, false)] {
        revoke(&mut world, key);
        assert_eq!(world.status(FLASK).complete, counts);
    }
    assert_eq!(why(&world, FLASK), ["signed with a key that is revoked: stolen"]);
}

#[test]
fn a_key_that_had_expired_says_nothing_beside_a_good_one() {
    let mut world = world(Tier::Leaf);
    world.candidate(FLASK, R1);
    let seed = packhouse_trust::SecretKey::from_seed(&[7; 32]);
    let line = packhouse_trust::Signer::public_key(&seed).to_openssh("short");
    let short = crate::keys::fingerprint(&line).expect("a key");
    world.also.insert(short.clone());
    let expires = Some(world.now.plus(std::time::Duration::from_secs(3600)));
    world.say("alice", crate::act::KeyAdd { key: line, expires }, &[]);
    world.pass(1);
    world.accept("alice", FLASK);
    world.also.clear();
    assert!(world.status(FLASK).complete);
    let first = world.key_of("alice");
    revoke(&mut world, &first);
    assert!(!world.status(FLASK).complete, "the expired key keeps nothing up");
}

#[test]
fn an_exemption_goes_with_its_key() {
    let mut world = world(Tier::Leaf);
    world.candidate(FLASK, R1);
    let entry = world.exempt(FLASK, 30);
    assert!(world.status(FLASK).complete);
    let key = world.key_of("manager");
    revoke(&mut world, &key);
    let status = world.status(FLASK);
    assert!(!status.complete && status.files.values().all(|file| file.exempt.is_none()));
    let row = world.state.exemptions.get(&entry).expect("kept");
    assert_eq!(
        why_not_exempt(&world.state, entry, row, world.now).as_deref(),
        Some("signed with a key that is revoked: stolen")
    );
}

#[test]
fn what_an_exemption_lacks_is_told() {
    let mut world = world(Tier::Leaf);
    world.candidate(FLASK, R1);
    let entry = world.exempt(FLASK, 30);
    let told = |world: &World| {
        let row = world.state.exemptions.get(&entry).expect("kept");
        why_not_exempt(&world.state, entry, row, world.now)
    };
    assert_eq!(told(&world), None);
    world.pass(30);
    assert_eq!(told(&world).as_deref(), Some("it ended on 2026-01-31"));
}

#[test]
fn who_stole_a_key_keeps_nothing_out_with_it() {
    let mut world = world(Tier::Leaf);
    world.candidate(FLASK, R1);
    world.try_review("carol", review(FLASK, Verdict::Reject), None).expect("a review");
    let state = |world: &World| world.state.candidates.get(&release(FLASK)).expect(FLASK).state.clone();
    assert!(matches!(state(&world), CandidateState::Rejected { .. }));
    let key = world.key_of("carol");
    revoke(&mut world, &key);
    assert_eq!(state(&world), CandidateState::Open);
}

#[test]
fn a_violation_is_lifted_by_two_keys_that_stand() {
    let mut world = world(Tier::Leaf);
    world.candidate(FLASK, R1);
    let violation = world.violation("carol", FLASK);
    for who in ["guard-a", "manager"] {
        world.approve(who, violation);
    }
    assert!(world.status(FLASK).violations.is_empty());
    let key = world.key_of("guard-a");
    revoke(&mut world, &key);
    assert_eq!(world.status(FLASK).violations.len(), 1);
    // Somebody else's word makes it two again.
    world.approve("guard-b", violation);
    assert!(world.status(FLASK).violations.is_empty());
}

#[test]
fn a_word_on_a_migration_goes_with_its_key() {
    let mut world = world(Tier::Leaf);
    let suite = SuiteSet {
        suite: "unstable".parse().expect("a name"),
        kind: SuiteKind::Unstable,
        source: None,
        environments: vec![crate::act::Environment {
            name: "cp312 manylinux_2_28_x86_64".to_owned(),
            may_lag: false,
        }],
        profiles: Vec::new(),
        supported_until: None,
    };
    world.say("manager", suite, &[]);
    world.candidate(FLASK, R1);
    let hint = Hint {
        suite: "unstable".parse().expect("a name"),
        release: release(FLASK),
        kind: HintKind::Unblock,
        days: None,
        fact: None,
        names: BTreeSet::new(),
        until: None,
        reason: "now".to_owned(),
    };
    let entry = world.say("manager", hint, &files(&release(FLASK)));
    let void = |world: &World| {
        let row = world.state.hints.get(&entry).expect("kept");
        world.state.why_void(entry, &row.keys)
    };
    assert_eq!(void(&world), None);
    let key = world.key_of("manager");
    revoke(&mut world, &key);
    assert_eq!(void(&world).as_deref(), Some("signed with a key that is revoked: stolen"));
}

#[test]
fn an_exemption_is_ended_by_who_signed_it_or_a_release_manager() {
    let mut world = world(Tier::Leaf);
    for of in [FLASK, "flask==1.1"] {
        world.candidate(of, R1);
    }
    let entry = world.exempt(FLASK, 30);
    world.delta("alice", FLASK, "flask==1.1");
    assert!(world.status("flask==1.1").complete, "it builds on the exemption");
    let end = crate::act::ExemptEnd { entry, reason: "it lacks".to_owned() };
    for (who, why) in [("alice", "may not do this"), ("guard-a", "may not do this")] {
        let refused = world.try_say(who, end.clone(), &[]).unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
    }
    let unknown = crate::act::ExemptEnd { entry: 999, ..end.clone() };
    assert!(
        world.try_say("manager", unknown, &[]).unwrap_err().to_string().contains("no exemption in entry")
    );
    let ended = world.say("manager", end.clone(), &[]);
    assert!(!world.status(FLASK).complete && !world.status("flask==1.1").complete);
    let row = world.state.exemptions.get(&entry).expect("kept");
    let why = why_not_exempt(&world.state, entry, row, world.now);
    assert_eq!(why, Some(format!("ended in entry {ended}: it lacks")));
    assert!(world.try_say("manager", end, &[]).unwrap_err().to_string().contains("was ended in entry"));
    // Another one takes its place, and ends by itself.
    let next = world.exempt(FLASK, 30);
    assert!(world.status("flask==1.1").complete);
    world.pass(30);
    let late = crate::act::ExemptEnd { entry: next, reason: "late".to_owned() };
    assert!(world.try_say("manager", late, &[]).unwrap_err().to_string().contains("ended on 2026-01-31"));
}
