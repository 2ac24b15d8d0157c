//! What was given up leaves unstable once nothing there needs it, and comes back with its project.

use std::collections::BTreeSet;

use super::*;
use crate::act::{Because, Condition, Orphan, SuiteKind};
use crate::dependents::{broken, digest, of_project};
use crate::review::Reason;
use crate::state::snapshots::Contents;
use crate::world::{hashes, release};

const TWIG: &str = "twig==1.1";
const LEAF: &str = "leaf==1.0";

fn name(text: &str) -> ProjectName {
    ProjectName::from_canonical(text)
}

fn unstable() -> packhouse_model::SuiteName {
    "unstable".parse().unwrap()
}

/// leaf needs twig; both are in unstable and testing, reviewed by bob.
fn garden() -> World {
    let mut world = World::new();
    world.maintainers(&[("alice", ""), ("bob", "")]);
    world.suite("unstable", SuiteKind::Unstable, None);
    world.suite("testing", SuiteKind::Testing, Some("unstable"));
    for project in ["twig", "leaf"] {
        world.project(project, Tier::Leaf);
    }
    world.candidate(TWIG, R1);
    world.candidate_requiring(LEAF, R1, &["twig>=1 ; python_version >= '3'"]);
    for of in [TWIG, LEAF] {
        world.accept("bob", of);
    }
    world.do_duties();
    let wanted: Contents = [TWIG, LEAF].map(|of| (release(of), hashes(of))).into();
    let snapshot = world.state.snapshot_towards(&"testing".parse().unwrap(), &wanted, Because::Migration);
    world.say("server", snapshot.unwrap(), &[]);
    world
}

/// What a person signs who has looked.
fn retire(world: &World, project: &str) -> Orphan {
    let seen = of_project(&world.state, &name(project));
    Orphan {
        project: name(project),
        retire: true,
        reason: "dead upstream".to_owned(),
        dependents: broken(&seen).into_iter().collect(),
        preflight: digest(&seen),
    }
}

/// Orphaned, and retired by the server when it is due.
fn time_out(world: &mut World, project: &str) {
    world.say(
        "manager",
        Orphan { retire: false, dependents: vec![], preflight: None, ..retire(world, project) },
        &[],
    );
    world.pass(42);
    let act = crate::duties::of_project(&world.state, &name(project), world.now).unwrap();
    world.say("server", act, &[]);
    world.do_duties();
}

fn held(world: &World) -> Vec<String> {
    world.state.contents(&unstable()).keys().map(ToString::to_string).collect()
}

fn because(world: &World, project: &str) -> Vec<String> {
    standing(&world.state, &name(project), world.now).unwrap().because
}

#[test]
fn what_nothing_needs_leaves_at_once() {
    let mut world = garden();
    let act = retire(&world, "leaf");
    assert_eq!((act.dependents.len(), act.preflight), (0, None));
    let entry = world.say("manager", act, &[]);
    world.do_duties();
    assert_eq!(held(&world), [TWIG]);
    let row = world.state.snapshots.iter().rfind(|(id, _)| id.suite == unstable()).unwrap().1;
    assert_eq!((&row.because, row.entry), (&Because::Retirement, entry + 1), "it is in the ledger");
    assert_eq!(row.removed.len(), 1, "and can be gone back on");
    // testing goes by its own rules.
    assert_eq!(because(&world, "leaf")[2..], ["testing still has it"]);
}

#[test]
fn what_is_needed_stays_and_says_by_whom() {
    let mut world = garden();
    time_out(&mut world, "twig");
    assert_eq!(held(&world), [LEAF, TWIG]);
    assert_eq!(
        because(&world, "twig")[2..],
        [
            "testing still has it, as long as it is needed there by leaf==1.0",
            "unstable still has it, as long as it is needed there by leaf==1.0"
        ]
    );
    // A server that says otherwise is refused.
    let wanted: Contents = [(release(LEAF), hashes(LEAF))].into();
    let wrong = world.state.snapshot_towards(&unstable(), &wanted, Because::Retirement).unwrap();
    let refused = world.try_say("server", wrong, &[]).unwrap_err().to_string();
    assert!(refused.contains("something there needs it"), "{refused}");
    // A leaf that does without lets it go; the older one goes with its series.
    world.say("manager", crate::act::ProjectAdd { series: vec!["(latest)".to_owned()], ..add("leaf") }, &[]);
    world.candidate("leaf==1.1", R1);
    world.accept("alice", "leaf==1.1");
    world.do_duties();
    assert_eq!(held(&world), ["leaf==1.1"]);
}

fn add(project: &str) -> crate::act::ProjectAdd {
    crate::act::ProjectAdd {
        project: name(project),
        tier: Tier::Leaf,
        series: vec!["(any)".to_owned()],
        versions: Vec::new(),
        needed_by: Vec::new(),
    }
}

#[test]
fn a_person_names_what_breaks_or_is_refused_with_the_list() {
    let mut world = garden();
    let seen = retire(&world, "twig");
    assert_eq!(seen.dependents, ["leaf==1.0 in testing", "leaf==1.0 in unstable"]);
    let blind = Orphan { dependents: Vec::new(), preflight: None, ..seen.clone() };
    let unnamed = Orphan { dependents: Vec::new(), ..seen.clone() };
    let other = Orphan { preflight: Some(packhouse_model::Sha256::of(b"others")), ..seen.clone() };
    for wrong in [blind, unnamed, other] {
        let refused = world.try_say("manager", wrong, &[]).unwrap_err().to_string();
        assert!(refused.contains("leaf==1.0 in unstable (twig>=1) breaks"), "{refused}");
        assert!(refused.contains("packhouse project orphan --retire"), "{refused}");
    }
    world.say("manager", seen, &[]);
    world.do_duties();
    assert_eq!(held(&world), [LEAF], "named, it may break there");
    // Who comes to need it later was named to nobody; but it is gone, and does not hold it.
    assert_eq!(due(&world), None);
}

fn due(world: &World) -> Option<crate::Act> {
    crate::duties::next(&world.state, world.now)
}

#[test]
fn who_comes_after_the_look_is_not_named() {
    let mut world = garden();
    let seen = retire(&world, "twig");
    world.project("bush", Tier::Leaf);
    world.candidate_requiring("bush==2.0", R1, &["Twig"]);
    world.accept("bob", "bush==2.0");
    world.do_duties();
    let refused = world.try_say("manager", seen, &[]).unwrap_err().to_string();
    assert!(refused.contains("bush==2.0 in unstable (twig) breaks"), "{refused}");
}

#[test]
fn what_was_given_up_together_leaves_together() {
    let mut world = garden();
    world.candidate_requiring("twig==1.2", R1, &["leaf"]);
    world.accept("bob", "twig==1.2");
    world.do_duties();
    time_out(&mut world, "twig");
    assert_eq!(held(&world), [LEAF, TWIG, "twig==1.2"], "each needs the other");
    time_out(&mut world, "leaf");
    assert_eq!(held(&world), Vec::<String>::new());
}

#[test]
fn entries_of_before_the_rule_are_read_and_let_nothing_break() {
    let mut world = garden();
    let blind = Orphan { dependents: Vec::new(), preflight: None, ..retire(&world, "twig") };
    let entry = world.entry("manager", blind, &[]);
    assert!(world.state.admit(&entry).is_err());
    world.state.apply(&entry).unwrap();
    assert_eq!(due(&world), None, "it stays while it is needed");
}

#[test]
fn only_unstable_and_only_whole_projects_that_were_given_up() {
    let mut world = garden();
    let nothing = Contents::new();
    let try_it = |world: &mut World, suite: &str, wanted: &Contents| {
        let snapshot = world.state.snapshot_towards(&suite.parse().unwrap(), wanted, Because::Retirement);
        world.try_say("server", snapshot.unwrap(), &[]).unwrap_err().to_string()
    };
    assert!(try_it(&mut world, "unstable", &nothing).contains("not retired"));
    let act = retire(&world, "leaf");
    world.say("manager", act, &[]);
    assert!(try_it(&mut world, "testing", &nothing).contains("nothing leaves testing in this way"));
    assert!(try_it(&mut world, "unstable", &nothing).contains("twig==1.1 does not leave unstable"));
    let act = world.state.snapshot_towards(
        &unstable(),
        &[(release(TWIG), hashes(TWIG))].into(),
        Because::Retirement,
    );
    let refused = world.try_say("manager", act.unwrap(), &[]).unwrap_err().to_string();
    assert!(refused.contains("is for the server"), "{refused}");
}

#[test]
fn it_comes_back_with_its_project() {
    let mut world = garden();
    let act = retire(&world, "leaf");
    world.say("manager", act, &[]);
    world.do_duties();
    assert_eq!(held(&world), [TWIG]);
    world.pass(56);
    assert_eq!(due(&world), None, "nothing of it waits meanwhile");
    world.project("leaf", Tier::Leaf);
    world.do_duties();
    assert_eq!(held(&world), [LEAF, TWIG]);
    assert_eq!(due(&world), None);
}

#[test]
fn back_later_it_waits_for_a_full_review_from_then_on() {
    let mut world = garden();
    let act = retire(&world, "leaf");
    world.say("manager", act, &[]);
    world.do_duties();
    world.pass(57);
    let waits = |world: &World| {
        let statuses = review::statuses(&world.state, world.now);
        let all = review::waiting(&world.state, &statuses, world.now);
        all.into_iter().map(|item| (item.release.to_string(), item.reason, item.queued)).collect::<Vec<_>>()
    };
    assert_eq!(waits(&world), []);
    world.project("leaf", Tier::Leaf);
    world.do_duties();
    // In testing it is still listed, so there it has lost its reviews.
    assert_eq!(waits(&world), [(LEAF.to_owned(), Reason::LostReviews, world.now)]);
    world.accept("alice", LEAF);
    world.do_duties();
    assert_eq!((held(&world), waits(&world)), (vec![LEAF.to_owned(), TWIG.to_owned()], vec![]));
}

#[test]
fn a_newer_release_takes_the_place_of_what_waits_to_come_back() {
    let mut world = garden();
    let condemned = world.withdrawal(LEAF, Condition::Condemned);
    let act = retire(&world, "leaf");
    world.say("manager", act, &[]);
    world.do_duties();
    let proposed = world.say("guard-a", condemned, &[]);
    world.approve("guard-b", proposed);
    world.do_duties();
    world.project("leaf", Tier::Leaf);
    world.do_duties();
    assert_eq!(held(&world), [TWIG], "what was condemned meanwhile does not come back");
    world.candidate("leaf==1.1", R1);
    assert!(!world.state.candidates.get(&release(LEAF)).unwrap().left);
    world.accept("bob", "leaf==1.1");
    world.do_duties();
    assert_eq!(held(&world), ["leaf==1.1", TWIG]);
    let gone: BTreeSet<_> = world.state.contents(&"testing".parse().unwrap()).into_keys().collect();
    assert_eq!(gone, [release(TWIG)].into());
}
