//! Orphaned, retired after six weeks, gone from testing, and back.

use super::*;
use crate::act::{Because, Orphan, ProjectAdd, Promise, ReleaseSuite, Snapshot, SuiteKind, Verdict};
use crate::state::snapshots::{Contents, digest};
use crate::world::{hashes, release, review};

const ONE: &str = "flask==1.0";
const TWO: &str = "flask==1.1";

fn suite(name: &str) -> packhouse_model::SuiteName {
    name.parse().unwrap()
}

fn orphan(retire: bool) -> Orphan {
    Orphan {
        project: flask(),
        retire,
        reason: "nobody answers".to_owned(),
        dependents: Vec::new(),
        preflight: None,
    }
}

/// flask 1.0, reviewed, in unstable and testing.
fn shown() -> World {
    let mut world = world();
    world.suite("unstable", SuiteKind::Unstable, None);
    world.suite("testing", SuiteKind::Testing, Some("unstable"));
    world.candidate(ONE, R2);
    world.accept("bob", ONE);
    world.do_duties();
    let wanted = [(release(ONE), hashes(ONE))].into();
    migrate(&mut world, "testing", &wanted).unwrap();
    world
}

fn migrate(world: &mut World, to: &str, wanted: &Contents) -> Result<u64, String> {
    let snapshot = world.state.snapshot_towards(&suite(to), wanted, Because::Migration).unwrap();
    world.try_say("server", snapshot, &[]).map_err(|refused| refused.to_string())
}

fn due(world: &World) -> Option<crate::Act> {
    crate::duties::of_project(&world.state, &flask(), world.now)
}

fn at(world: &World) -> Standing {
    standing(&world.state, &flask(), world.now).unwrap()
}

#[test]
fn six_weeks_after_it_was_orphaned_the_server_retires_it() {
    let mut world = shown();
    let early = world.try_say("server", orphan(true), &[]).unwrap_err().to_string();
    assert!(early.contains("not due to be retired"), "{early}");
    assert!(world.try_say("server", orphan(false), &[]).is_err(), "to orphan is a person's");
    assert!(world.try_say("bob", orphan(true), &[]).is_err(), "bob is no release manager");
    let orphaned = world.now;
    world.say("manager", orphan(false), &[]);
    assert_eq!(at(&world).since, Some(orphaned));
    assert_eq!(at(&world).next, Some((Stage::Retired, orphaned.plus(DAY * 42))));
    world.pass(41);
    // Said again it does not begin anew.
    world.say("manager", orphan(false), &[]);
    assert_eq!((at(&world).stage, due(&world)), (Stage::Orphaned, None));
    assert!(world.try_say("server", orphan(true), &[]).is_err());
    world.pass(1);
    let act = due(&world).unwrap();
    world.say("server", act, &[]);
    assert_eq!(due(&world), None);
    let standing = at(&world);
    assert_eq!((standing.stage, standing.since, standing.next), (Stage::Retired, Some(world.now), None));
    assert_eq!(
        standing.because,
        [
            "orphaned on 2026-01-01, and nobody took it in 6 weeks",
            "`packhouse project add flask` takes it in again; after 2026-04-09 it needs a full review then",
            "testing still has it",
            "unstable still has it",
        ]
    );
    let again = world.try_say("manager", orphan(true), &[]).unwrap_err().to_string();
    assert!(again.contains("was retired on 2026-02-12"), "{again}");
}

#[test]
fn who_takes_it_in_time_keeps_it() {
    let mut world = shown();
    world.say("manager", orphan(false), &[]);
    world.pass(41);
    world.adopt("flask", "bob");
    world.pass(100);
    assert_eq!((at(&world).stage, due(&world)), (Stage::Active, None));
    assert!(world.try_say("server", orphan(true), &[]).is_err());
    // Six weeks run from when it was orphaned again.
    world.say("manager", orphan(false), &[]);
    world.pass(41);
    assert_eq!(due(&world), None);
}

#[test]
fn nothing_of_it_moves_and_only_it_may_leave() {
    let mut world = shown();
    let nothing = Contents::new();
    let refused = migrate(&mut world, "testing", &nothing).unwrap_err();
    assert!(refused.contains("flask cannot leave testing: it is not retired"), "{refused}");
    world.candidate(TWO, R2);
    world.say("manager", orphan(true), &[]);
    world.accept("bob", TWO);
    let Some(crate::Act::Snapshot(next)) = crate::duties::next(&world.state, world.now) else { panic!() };
    assert_eq!((next.because, next.adds), (Because::Retirement, Vec::new()), "nothing of it is accepted");
    let more = [(release(ONE), hashes(ONE)), (release(TWO), hashes(TWO))].into();
    let entry = world.state.snapshot_towards(&suite("unstable"), &more, Because::Accepted).unwrap();
    let refused = world.try_say("server", entry, &[]).unwrap_err().to_string();
    assert!(refused.contains("its project is retired"), "{refused}");
    migrate(&mut world, "testing", &nothing).unwrap();
    let back = [(release(ONE), hashes(ONE))].into();
    assert!(migrate(&mut world, "testing", &back).unwrap_err().contains("its project is retired"));
    // Back in time: its reviews count.
    world.project("flask", Tier::Leaf);
    migrate(&mut world, "testing", &back).unwrap();
}

#[test]
fn a_released_suite_and_its_proposed_updates_keep_it() {
    let mut world = shown();
    world.suite("apricot", SuiteKind::Stable, None);
    let contents = digest(&world.state.contents(&suite("testing")));
    let act = ReleaseSuite {
        suite: suite("apricot"),
        version: "1.0".to_owned(),
        from: suite("testing"),
        serial: 1,
        contents,
        promise: Promise { supported_until: world.now.plus(DAY * 700) },
    };
    let proposed = world.say("manager", act, &[]);
    world.approve("guard-a", proposed);
    world.do_duties();
    world.suite("updates", SuiteKind::Testing, Some("unstable"));
    let begin = Snapshot {
        suite: suite("updates"),
        serial: 1,
        adds: Vec::new(),
        removes: Vec::new(),
        because: Because::Begin { from: suite("apricot"), serial: 1, reason: "updates".to_owned() },
        contents,
    };
    world.say("manager", begin, &[]);
    world.say("manager", orphan(true), &[]);
    let refused = migrate(&mut world, "updates", &Contents::new()).unwrap_err();
    assert!(refused.contains("flask cannot leave updates: apricot was released with it"), "{refused}");
    migrate(&mut world, "testing", &Contents::new()).unwrap();
    assert!(world.state.contents(&suite("apricot")).contains_key(&release(ONE)), "stable keeps it");
    let told = at(&world).because;
    assert_eq!(
        told[2..],
        [
            "apricot 1.0 was released with it and keeps it; no fixes come",
            "unstable still has it",
            "updates keeps it, as was promised"
        ]
    );
}

/// Retired, and taken in again so many days later.
fn back_after(days: u64) -> World {
    let mut world = shown();
    world.candidate(TWO, R2);
    world.delta("bob", ONE, TWO);
    assert!(world.status(TWO).complete);
    world.say("manager", orphan(true), &[]);
    world.pass(days);
    world.project("flask", Tier::Leaf);
    world
}

#[test]
fn back_within_eight_weeks_its_reviews_count() {
    let world = back_after(56);
    assert!(world.status(ONE).complete && world.status(TWO).complete);
    assert_eq!(at(&world).stage, Stage::Active);
}

#[test]
fn back_later_it_needs_a_full_review() {
    let mut world = back_after(57);
    let why = |world: &World, of: &str| -> Vec<String> {
        let files = world.status(of).files;
        files.into_values().next().unwrap().ignored.into_iter().map(|one| one.why).collect()
    };
    let lapsed = "signed before the project was retired on 2026-01-01; it came back more than 8 weeks later, and needs a \
                  full review";
    assert_eq!((why(&world, ONE), why(&world, TWO)), (vec![lapsed.to_owned()], vec![lapsed.to_owned()]));
    assert!(!world.status(ONE).complete && !world.status(TWO).complete);
    // A delta from what was reviewed then leads nowhere, and nobody is told to make one.
    world.delta("alice", ONE, TWO);
    assert!(!world.status(TWO).complete);
    let suggested = review::suggest(&world.state, &release(TWO), world.now, &|_| Some(1));
    assert!(suggested.iter().all(|one| one.base.is_none()) && !suggested.is_empty(), "{suggested:?}");
    // Who signed before can sign again.
    let queue = crate::review::next(&world.state, &id("bob"), world.now);
    assert_eq!(queue.iter().map(|one| one.release.to_string()).collect::<Vec<_>>(), [TWO]);
    let moved = [(release(ONE), hashes(ONE)), (release(TWO), hashes(TWO))].into();
    let unstable = world.state.snapshot_towards(&suite("unstable"), &moved, Because::Accepted).unwrap();
    let refused = world.try_say("server", unstable, &[]).unwrap_err().to_string();
    assert!(refused.contains("is not reviewed"), "{refused}");
    world.accept("bob", ONE);
    assert!(world.status(ONE).complete, "read in full again");
    assert!(world.status(TWO).complete, "and the delta that was signed since then leads from there");
}

#[test]
fn what_lapsed_stays_lapsed_and_harm_is_still_heard() {
    let mut world = shown();
    let exemption = world.exempt(ONE, 170);
    world.candidate(TWO, R2);
    world.violation("bob", TWO);
    world.say("manager", orphan(true), &[]);
    world.pass(57);
    world.project("flask", Tier::Leaf);
    let row = world.state.exemptions.get(&exemption).unwrap();
    let why = review::why_not_exempt(&world.state, exemption, row, world.now).unwrap();
    assert!(why.contains("needs a full review"), "{why}");
    assert_eq!(world.status(TWO).violations.len(), 1);
    // Retired again, and back at once: what had lapsed does not return.
    world.say("manager", orphan(true), &[]);
    world.project("flask", Tier::Leaf);
    assert!(!world.status(ONE).complete);
}

#[test]
fn nobody_adopts_what_is_retired() {
    let mut world = shown();
    world.say("manager", orphan(true), &[]);
    world.pass(100);
    let refused = world.try_say("manager", orphan(false), &[]).unwrap_err().to_string();
    assert!(refused.contains("`packhouse project add flask` takes it in again"), "{refused}");
    let act = Steward { project: flask(), maintainer: id("bob"), action: StewardAction::Adopt };
    assert!(world.try_say("bob", act, &[]).is_err());
    // Said of a retired project, a review is kept, and counts: it is of after the retirement.
    world.try_review("bob", review(ONE, Verdict::Accept), None).unwrap();
    let add = ProjectAdd {
        project: flask(),
        tier: Tier::Leaf,
        series: vec!["(any)".to_owned()],
        versions: Vec::new(),
        needed_by: Vec::new(),
    };
    world.say("manager", add, &[]);
    assert!(world.status(ONE).complete);
}
