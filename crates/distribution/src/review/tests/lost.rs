//! Accepted releases that lose their reviews come back to the queue, and stay where they are.

use super::*;
use crate::act::{
    Approve, Because, Condition, KeyAdd, LostReviews, Promise, Recount, ReleaseSuite, SetStage, Stage,
    SuiteKind,
};
use crate::state::rows::CandidateState;
use crate::{Act, ReadEntry};

const ONE: &str = "flask==1.0";
const TWO: &str = "click==2.0";

fn suite(name: &str) -> packhouse_model::SuiteName {
    name.parse().expect(name)
}

/// flask and click, each accepted by alice alone, in unstable and testing. bob looks after flask.
fn shown() -> World {
    let mut world = world(Tier::Leaf);
    world.project("click", Tier::Leaf);
    world.adopt("flask", "bob");
    world.suite("unstable", SuiteKind::Unstable, None);
    world.suite("testing", SuiteKind::Testing, Some("unstable"));
    for of in [ONE, TWO] {
        world.candidate(of, R1);
        world.accept("alice", of);
    }
    world.do_duties();
    let wanted = [ONE, TWO].map(|of| (release(of), hashes(of))).into();
    let snapshot = world.state.snapshot_towards(&suite("testing"), &wanted, Because::Migration);
    world.say("server", snapshot.expect("a suite"), &[]);
    assert_eq!(queue(&world), []);
    world.pass(10);
    world
}

fn queue(world: &World) -> Vec<QueueItem> {
    waiting(&world.state, &statuses(&world.state, world.now), world.now)
}

fn names(items: &[QueueItem]) -> Vec<(String, Reason)> {
    items.iter().map(|item| (item.release.to_string(), item.reason)).collect()
}

fn lost(of: &str) -> (String, Reason) {
    (of.to_owned(), Reason::LostReviews)
}

fn due(world: &World) -> Option<Act> {
    crate::duties::next(&world.state, world.now)
}

/// The only act that is due, which is a recount.
fn recount(world: &mut World) -> Recount {
    let Some(Act::Recount(act)) = due(world) else { panic!("{:?}", due(world)) };
    world.say("server", (*act).clone(), &[]);
    assert_eq!(due(world), None, "it is said once");
    *act
}

#[test]
fn a_stolen_key_brings_back_all_that_rested_on_it() {
    let mut world = shown();
    let before = ["unstable", "testing"].map(|name| world.state.contents(&suite(name)));
    world.revoke_key("alice", 1);
    assert_eq!(queue(&world), [], "until the server has said so");
    let said = recount(&mut world);
    let both = BTreeSet::from([suite("testing"), suite("unstable")]);
    let because =
        "it lacks 1 of 1 signatures; alice's does not count: signed with a key that is revoked: stolen";
    assert_eq!(
        said.lost,
        [TWO, ONE].map(|of| LostReviews {
            release: release(of),
            suites: both.clone(),
            because: because.to_owned()
        })
    );
    assert_eq!(
        ["unstable", "testing"].map(|name| world.state.contents(&suite(name))),
        before,
        "nothing vanishes"
    );
    let items = queue(&world);
    assert_eq!(names(&items), [lost(TWO), lost(ONE)]);
    // Its clock runs from when it was found: two days for R1.
    let first = &items[0];
    assert_eq!((first.queued, first.deadline), (world.now, world.now.plus(slo(R1))));
    assert_eq!((first.overdue, first.missing_signatures, first.sentence.as_str()), (false, 1, because));
    assert!(matches!(
        world.state.candidates.get(&release(ONE)).expect(ONE).state,
        CandidateState::Accepted { .. }
    ));
    // Who looks after one of them is told by the same entry.
    let told = world.state.notices.iter().next_back().expect("a notice").1;
    assert_eq!(told.told.keys().collect::<Vec<_>>(), [&id("bob")]);
    // Reviewed again, each leaves the queue by itself.
    world.accept("carol", ONE);
    assert_eq!(recount(&mut world), Recount { lost: Vec::new(), settled: vec![release(ONE)] });
    assert_eq!(names(&queue(&world)), [lost(TWO)]);
    world.pass(3);
    assert!(queue(&world)[0].overdue);
}

#[test]
fn whose_key_was_stolen_can_sign_again_with_another() {
    let mut world = shown();
    world.revoke_key("alice", 1);
    recount(&mut world);
    let mine = |world: &World| names(&next(&world.state, &id("alice"), world.now));
    assert_eq!(mine(&world), [lost(TWO), lost(ONE)]);
    let seed = packhouse_trust::SecretKey::from_seed(&[9; 32]);
    let line = packhouse_trust::Signer::public_key(&seed).to_openssh("new");
    // The new key comes by who invites, as the old one signs nothing any more.
    let refused = world.try_say("alice", KeyAdd { key: line, expires: None }, &[]).unwrap_err().to_string();
    assert!(refused.contains("revoked"), "{refused}");
    assert_eq!(names(&next(&world.state, &id("dave"), world.now)), [lost(TWO), lost(ONE)]);
    world.accept("dave", ONE);
    recount(&mut world);
    assert_eq!(names(&next(&world.state, &id("dave"), world.now)), [lost(TWO)]);
}

#[test]
fn a_tie_that_is_found_later_takes_its_signatures_along() {
    let mut world = shown();
    world.project("werkzeug", Tier::Leaf);
    world.candidate_by("werkzeug==3.0", R1, vendor("Pallets"), Vec::new());
    world.accept("dave", "werkzeug==3.0");
    world.do_duties();
    world.conflict("dave", "Pallets");
    let said = recount(&mut world);
    let of: Vec<String> = said.lost.iter().map(|one| one.release.to_string()).collect();
    assert_eq!(of, ["werkzeug==3.0"], "what others signed stands");
    let mine = |who: &str| names(&next(&world.state, &id(who), world.now));
    assert_eq!((mine("dave"), mine("erin")), (vec![], vec![lost("werkzeug==3.0")]));
}

#[test]
fn an_exemption_that_ends_brings_it_back_as_time_passes() {
    let mut world = shown();
    world.project("six", Tier::Leaf);
    world.candidate("six==1.0", R1);
    world.exempt("six==1.0", 30);
    world.do_duties();
    world.pass(29);
    assert_eq!(due(&world), None);
    world.pass(1);
    assert_eq!(recount(&mut world).lost[0].because, "it lacks 1 of 1 signatures");
    world.exempt("six==1.0", 30);
    assert_eq!(recount(&mut world).settled, [release("six==1.0")]);
}

#[test]
fn what_is_refused_or_in_no_suite_that_is_looked_after_waits_for_nobody() {
    let mut world = shown();
    world.revoke_key("alice", 1);
    recount(&mut world);
    let act = world.withdrawal(TWO, Condition::Quarantined);
    let proposed = world.say("guard-a", act, &[]);
    world.approve("guard-b", proposed);
    assert_eq!(recount(&mut world).settled, [release(TWO)]);
    for name in ["testing", "unstable"] {
        assert_eq!(names(&queue(&world)), [lost(ONE)]);
        let stage = SetStage { suite: suite(name), stage: Stage::EndOfLife, reason: "over".to_owned() };
        world.say("manager", stage, &[]);
    }
    assert_eq!(recount(&mut world).settled, [release(ONE)]);
    assert_eq!(queue(&world), []);
}

fn released_as(world: &World, version: &str) -> ReleaseSuite {
    ReleaseSuite {
        suite: suite("apricot"),
        version: version.to_owned(),
        from: suite("testing"),
        serial: 1,
        contents: world.state.contents_digest(&suite("testing")),
        promise: Promise { supported_until: world.now.plus(slo(R1) * 300) },
    }
}

#[test]
fn what_lost_its_reviews_is_in_no_new_release() {
    let mut world = shown();
    world.suite("apricot", SuiteKind::Stable, None);
    let act = released_as(&world, "1.0");
    let proposed = world.say("manager", act.clone(), &[]);
    world.revoke_key("alice", 1);
    for refused in
        [world.try_say("guard-a", Approve { entry: proposed }, &[]), world.try_say("manager", act, &[])]
    {
        let refused = refused.unwrap_err().to_string();
        assert!(
            refused.contains("click==2.0 in testing@1 has lost its reviews, and so have 1 more"),
            "{refused}"
        );
    }
    world.accept("carol", TWO);
    world.exempt(ONE, 30);
    world.approve("guard-a", proposed);
    world.do_duties();
    assert_eq!(world.state.contents(&suite("apricot")).len(), 2);
    // What stable has, its next release has too.
    world.pass(30);
    assert_eq!(recount(&mut world).lost[0].suites.len(), 3);
    let next = released_as(&world, "1.1");
    let proposed = world.say("manager", next, &[]);
    world.approve("guard-a", proposed);
    world.do_duties();
    let row = world.state.suites.get(&suite("apricot")).expect("a suite");
    assert_eq!(row.released.as_ref().expect("a release").0, "1.1");
}

#[test]
fn what_came_in_and_is_not_accepted_waits_as_new() {
    let mut world = shown();
    world.candidate("flask==1.1", R1);
    assert_eq!(names(&queue(&world)), [("flask==1.1".to_owned(), Reason::New)]);
    assert_eq!(due(&world), None, "it had no reviews to lose");
}

#[test]
fn only_the_server_says_it_and_only_what_is() {
    let mut world = shown();
    let claim = |of: &str, suites: &[&str]| Recount {
        lost: vec![LostReviews {
            release: release(of),
            suites: suites.iter().map(|name| suite(name)).collect(),
            because: "x".to_owned(),
        }],
        settled: Vec::new(),
    };
    let refused = |world: &mut World, by: &str, act: Recount| {
        let entry: ReadEntry = world.entry(by, act, &[]);
        world.state.clone().apply(&entry).unwrap_err().to_string()
    };
    let right = claim(ONE, &["testing", "unstable"]);
    assert!(refused(&mut world, "server", right.clone()).contains("has not lost its reviews"));
    world.revoke_key("alice", 1);
    assert!(refused(&mut world, "manager", right.clone()).contains("is for the server"));
    assert!(refused(&mut world, "server", claim(ONE, &["testing"])).contains("has not lost its reviews"));
    let back = Recount { lost: Vec::new(), settled: vec![release(ONE)] };
    assert!(refused(&mut world, "server", back.clone()).contains("does not have its reviews again"));
    assert!(
        refused(&mut world, "server", Recount { lost: vec![], settled: vec![] }).contains("name no release")
    );
    world.say("server", right.clone(), &[]);
    assert!(refused(&mut world, "server", right).contains("has not lost its reviews"), "twice is once");
    assert!(refused(&mut world, "server", back).contains("does not have its reviews again"));
}

#[test]
fn more_than_one_entry_holds_is_said_in_several() {
    let mut world = shown();
    world.revoke_key("alice", 1);
    let next = |world: &World| super::super::lost::up_to(1, &world.state, &statuses(&world.state, world.now));
    let mut said = Vec::new();
    while let Some(act) = next(&world) {
        said.push(act.lost.iter().map(|one| one.release.to_string()).collect::<Vec<_>>());
        world.say("server", act, &[]);
    }
    assert_eq!(said, [[TWO], [ONE]]);
    assert_eq!(names(&queue(&world)), [lost(TWO), lost(ONE)]);
}
