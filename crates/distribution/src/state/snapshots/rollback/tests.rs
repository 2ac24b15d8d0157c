use std::collections::BTreeSet;

use packhouse_model::RiskClass::R1;

use super::*;
use crate::act::{Act, Approve, Because, Snapshot, SuiteKind, Tier};
use crate::state::rows::SnapshotId;
use crate::world::{World, hashes, id, release};

const ONE: &str = "flask==1.0";

fn testing() -> SuiteName {
    "testing".parse().expect("a name")
}

/// flask and click by alice, who also looks after flask; unstable and testing hold nothing yet.
fn world() -> World {
    let mut world = World::new();
    world.maintainers(&[("alice", "Acme"), ("bob", "Other")]);
    for name in ["flask", "click"] {
        world.project(name, Tier::Leaf);
    }
    world.adopt("flask", "alice");
    world.suite("unstable", SuiteKind::Unstable, None);
    world.suite("testing", SuiteKind::Testing, Some("unstable"));
    world
}

/// Takes releases in, and has alice accept each of them. The entries of her reviews, in order.
fn accepted(world: &mut World, releases: &[&str]) -> Vec<u64> {
    let mut reviews = Vec::new();
    for of in releases {
        world.candidate(of, R1);
        reviews.push(world.accept("alice", of));
        world.do_duties();
    }
    reviews
}

/// Testing's next snapshot, which holds this.
fn moved(world: &mut World, to: &[&str]) {
    let wanted = to.iter().map(|of| (release(of), hashes(of))).collect();
    let snapshot = world.state.snapshot_towards(&testing(), &wanted, Because::Migration).expect("a suite");
    world.say("server", snapshot, &[]);
}

/// testing@1 has flask 1.0 and click 2.0, and testing@2 the next of each. Gives the entry of the review of flask 1.0.
fn moved_on() -> (World, u64) {
    let mut world = world();
    let reviews = accepted(&mut world, &[ONE, "click==2.0", "flask==1.1", "click==2.1"]);
    moved(&mut world, &[ONE, "click==2.0"]);
    moved(&mut world, &["flask==1.1", "click==2.1"]);
    (world, reviews[0])
}

fn names<'r>(releases: impl IntoIterator<Item = &'r Release>) -> Vec<String> {
    releases.into_iter().map(ToString::to_string).collect()
}

fn look(world: &World, to: u64) -> Rollback {
    world.state.rollback(&testing(), to, world.now).expect("a snapshot")
}

/// What a rollback comes to, leaves out, and keeps.
fn looked(world: &World, to: u64) -> [Vec<String>; 3] {
    let look = look(world, to);
    let left_out: Vec<&Release> = look.left_out.iter().map(|left| &left.release).collect();
    [names(look.contents.keys()), names(left_out), names(&look.stays)]
}

/// The statement of who has looked.
fn statement(world: &World, to: u64) -> Snapshot {
    let look = look(world, to);
    let because = Because::Rollback { to, reason: "a bad day".to_owned(), left_out: Some(look.left_out) };
    let serial = world.state.suites.get(&testing()).expect("a suite").serial + 1;
    Snapshot {
        suite: testing(),
        serial,
        adds: Vec::new(),
        removes: Vec::new(),
        because,
        contents: super::super::digest(&look.contents),
    }
}

fn withdraw(world: &mut World, of: &str, condition: Condition) {
    let entry = world.say("guard-a", world.withdrawal(of, condition), &[]);
    if condition.refuses() {
        world.say("guard-b", Approve { entry }, &[]);
    }
    world.do_duties();
}

#[test]
fn what_nothing_speaks_against_comes_back() {
    let (mut world, _) = moved_on();
    withdraw(&mut world, ONE, Condition::Deprecated);
    assert_eq!(looked(&world, 1), [vec!["click==2.0".to_owned(), ONE.to_owned()], vec![], vec![]]);
    world.say("manager", statement(&world, 1), &[]);
    assert_eq!(names(world.state.contents(&testing()).keys()), ["click==2.0", ONE]);
    assert_eq!(world.state.contents_at(&testing(), 2).map(|all| all.len()), Some(2));
    assert_eq!(world.state.rollback(&testing(), 4, world.now), None);
}

type Happening = fn(&mut World, u64);

/// Each of these keeps flask 1.0 out, in the words of the preflight; flask stays in testing as it is there now.
#[test]
fn what_something_speaks_against_stays_out_and_leaves_no_gap() {
    let happenings: [(WhyLeftOut, &str, Happening); 7] = [
        (WhyLeftOut::Yanked, "sends tokens away", |world, _| withdraw(world, ONE, Condition::Yanked)),
        (WhyLeftOut::Delisted, "sends tokens away", |world, _| withdraw(world, ONE, Condition::Delisted)),
        (WhyLeftOut::Quarantined, "sends tokens away", |world, _| {
            withdraw(world, ONE, Condition::Quarantined);
        }),
        (WhyLeftOut::Condemned, "sends tokens away", |world, _| withdraw(world, ONE, Condition::Condemned)),
        (WhyLeftOut::Violation, "bob calls it harmful (entry", |world, _| {
            world.violation("bob", ONE);
        }),
        (WhyLeftOut::LostReviews, "it lacks 1 of 1 signatures", |world, review| {
            world.revoke_review("alice", review);
        }),
        (WhyLeftOut::LostReviews, "it lacks 1 of 1 signatures", |world, review| {
            world.exempt(ONE, 5);
            world.revoke_review("alice", review);
            assert_eq!(look(world, 1).left_out, [], "an exemption covers it");
            world.pass(6);
        }),
    ];
    for (why, words, happens) in happenings {
        let (mut world, review) = moved_on();
        happens(&mut world, review);
        let left = LeftOut { release: release(ONE), why };
        let all = vec!["click==2.0".to_owned(), "flask==1.1".to_owned()];
        assert_eq!(
            looked(&world, 1),
            [all.clone(), vec![ONE.to_owned()], vec!["flask==1.1".to_owned()]],
            "{why:?}"
        );
        assert_eq!(look(&world, 1).left_out, std::slice::from_ref(&left));
        let told = world.state.why_left_out(&left, world.now);
        assert!(told.contains(words), "{why:?}: {told}");

        let entry = world.say("manager", statement(&world, 1), &[]);
        assert_eq!(names(world.state.contents(&testing()).keys()), all);
        let row = world.state.snapshots.get(&SnapshotId::new(testing(), 3)).expect("a snapshot");
        let Because::Rollback { left_out, .. } = &row.because else { panic!("{:?}", row.because) };
        assert_eq!(left_out.as_deref(), Some(&[left][..]), "the ledger says so");
        // Who looks after it is told by the same entry.
        let told = world.state.notices.get(&entry).expect("a notice");
        assert_eq!(told.told.keys().collect::<Vec<_>>(), [&id("alice")]);
    }
}

#[test]
fn what_the_suite_holds_already_stays_whatever_became_of_it() {
    let mut world = world();
    accepted(&mut world, &[ONE, "click==2.0", "click==2.1"]);
    moved(&mut world, &[ONE, "click==2.0"]);
    moved(&mut world, &[ONE, "click==2.1"]);
    withdraw(&mut world, ONE, Condition::Quarantined);
    world.accept("bob", "click==2.0");
    world.revoke_key("alice", 1);
    world.do_duties();
    assert_eq!(looked(&world, 1), [vec!["click==2.0".to_owned(), ONE.to_owned()], vec![], vec![]]);
    world.say("manager", statement(&world, 1), &[]);
    assert_eq!(names(world.state.contents(&testing()).keys()), ["click==2.0", ONE], "a quarantine may end");
}

/// What is where now and what was there then, with flask 1.0 yanked since: what comes of it.
#[test]
fn a_gap_is_a_series_or_a_whole_project() {
    for (then, now, contents, stays) in [
        // The series has something else.
        (&[ONE, "flask==1.1"][..], &["flask==1.2"][..], &["flask==1.1"][..], &[][..]),
        // Only that series would be gone; the other one goes back.
        (&[ONE, "flask==2.0"], &["flask==1.2", "flask==2.1"], &["flask==1.2", "flask==2.0"], &["flask==1.2"]),
        // Nothing of that series is there now, and the project has another one.
        (&[ONE, "flask==2.0"], &["flask==2.1"], &["flask==2.0"], &[]),
        // The whole project would be gone.
        (&[ONE], &["flask==2.0", "flask==2.1"], &["flask==2.0", "flask==2.1"], &["flask==2.0", "flask==2.1"]),
    ] {
        let mut world = world();
        let all: BTreeSet<&str> = then.iter().chain(now).copied().collect();
        accepted(&mut world, &all.into_iter().collect::<Vec<_>>());
        moved(&mut world, then);
        moved(&mut world, now);
        withdraw(&mut world, ONE, Condition::Yanked);
        let expected =
            [contents, &[ONE], stays].map(|list| list.iter().map(|one| (*one).to_owned()).collect());
        assert_eq!(looked(&world, 1), expected as [Vec<String>; 3], "{then:?} {now:?}");
        world.say("manager", statement(&world, 1), &[]);
        assert_eq!(names(world.state.contents(&testing()).keys()), contents);
    }
}

#[test]
fn what_the_suite_has_nothing_of_leaves_nothing_behind() {
    let mut world = world();
    accepted(&mut world, &["click==2.0", ONE]);
    moved(&mut world, &["click==2.0"]);
    moved(&mut world, &["click==2.0", ONE]);
    world.say("manager", statement(&world, 1), &[]);
    withdraw(&mut world, ONE, Condition::Yanked);
    assert_eq!(looked(&world, 2), [vec!["click==2.0".to_owned()], vec![ONE.to_owned()], vec![]]);
}

/// More files came to a release after the snapshot that is gone back to; and the other way round.
#[test]
fn files_come_back_only_as_far_as_they_are_reviewed() {
    let mut world = world();
    world.candidate(ONE, R1);
    world.accept("alice", ONE);
    world.do_duties();
    let all: Vec<Sha256> = hashes(ONE).into_iter().collect();
    let holds = |world: &mut World, files: &[Sha256]| {
        let wanted = [(release(ONE), files.iter().copied().collect())].into();
        let next = world.state.snapshot_towards(&testing(), &wanted, Because::Migration).expect("a suite");
        world.say("server", next, &[]);
    };
    holds(&mut world, &all);
    holds(&mut world, &all[..1]);
    world.revoke_key("alice", 1);
    world.do_duties();
    let look = look(&world, 1);
    assert_eq!(look.left_out, [LeftOut { release: release(ONE), why: WhyLeftOut::LostReviews }]);
    assert_eq!(look.contents[&release(ONE)], all[..1].iter().copied().collect(), "as it is now");
}

#[test]
fn a_statement_names_what_is_left_out_at_that_moment() {
    let (mut world, review) = moved_on();
    let before = statement(&world, 1);
    world.revoke_review("alice", review);
    let refused =
        |world: &mut World, act: Snapshot| world.try_say("manager", act, &[]).unwrap_err().to_string();
    // Something has changed since its author looked.
    let told = refused(&mut world, before);
    assert!(told.contains("Now: flask==1.0 (lost its reviews). Look at it again"), "{told}");
    // It names something else, or nothing.
    let right = statement(&world, 1);
    let saying = |left_out| {
        let because = Because::Rollback { to: 1, reason: "a bad day".to_owned(), left_out };
        Snapshot { because, ..right.clone() }
    };
    let other = LeftOut { release: release(ONE), why: WhyLeftOut::Yanked };
    assert!(refused(&mut world, saying(Some(vec![other]))).contains("Now: flask==1.0 (lost its reviews)"));
    let told = refused(&mut world, saying(None));
    assert!(told.contains("contents") || told.contains("names what it leaves out"), "{told}");
    world.say("manager", right, &[]);
}

/// Ledgers hold rollbacks that are older than this rule: they name nothing, and mean what they meant.
#[test]
fn an_older_rollback_is_read_as_it_was_meant() {
    let (mut world, review) = moved_on();
    world.revoke_review("alice", review);
    let contents = world.state.releasable(&testing(), 1).expect("a snapshot");
    let because = Because::Rollback { to: 1, reason: "a bad day".to_owned(), left_out: None };
    let act = Snapshot { because, contents: super::super::digest(&contents), ..statement(&world, 1) };
    let entry = world.entry("manager", act.clone(), &[]);
    assert!(!Act::from(act.clone()).predicate(entry.at, &entry.by).to_string().contains("left_out"));
    let mut after = world.state.clone();
    after.apply(&entry).expect("an older entry");
    assert_eq!(names(after.contents(&testing()).keys()), ["click==2.0", ONE]);
    let told = world.try_say("manager", act, &[]).unwrap_err().to_string();
    assert!(told.contains("names what it leaves out: `packhouse suite rollback`"), "{told}");
}
