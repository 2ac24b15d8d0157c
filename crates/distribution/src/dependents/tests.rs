use packhouse_model::RiskClass::R1;

use super::*;
use crate::act::{Approve, SuiteKind, Tier};
use crate::world::{World, id, release};

const TWIG: &str = "twig==1.1";

/// leaf needs twig; both are in unstable. alice looks after twig.
fn world() -> World {
    let mut world = World::new();
    world.maintainers(&[("alice", "")]);
    for name in ["leaf", "twig"] {
        world.project(name, Tier::Leaf);
    }
    world.suite("unstable", SuiteKind::Unstable, None);
    world.adopt("twig", "alice");
    world.candidate(TWIG, R1);
    accepted(&mut world, TWIG);
    needs_twig(&mut world, "leaf==1.0");
    world
}

fn accepted(world: &mut World, of: &str) {
    world.accept("manager", of);
    world.do_duties();
}

fn needs_twig(world: &mut World, of: &str) {
    world.candidate_requiring(of, R1, &["twig>=1"]);
    accepted(world, of);
}

const WAYS: [(Condition, &str); 5] = [
    (Condition::Deprecated, "alice"),
    (Condition::Yanked, "alice"),
    (Condition::Delisted, "alice"),
    (Condition::Quarantined, "guard-a"),
    (Condition::Condemned, "guard-a"),
];

#[test]
fn each_way_names_the_dependents_or_is_refused_with_them() {
    for (condition, by) in WAYS {
        let mut world = world();
        let seen = world.withdrawal(TWIG, condition);
        let breaks = condition != Condition::Deprecated;
        assert_eq!(seen.dependents.len(), usize::from(breaks), "{condition:?}");
        let blind = Withdraw { dependents: Vec::new(), preflight: None, ..seen.clone() };
        let unnamed = Withdraw { dependents: vec!["leaf==0.9 in unstable".to_owned()], ..seen.clone() };
        let other = Withdraw { preflight: Some(Sha256::of(b"others")), ..seen.clone() };
        for wrong in [blind, unnamed, other] {
            let refused = world.try_say(by, wrong, &[]).unwrap_err().to_string();
            let word = if breaks { "breaks" } else { "still installs" };
            assert!(refused.contains(&format!("leaf==1.0 in unstable (twig>=1) {word}")), "{refused}");
            assert!(refused.contains("sign what you saw"), "{refused}");
        }
        world.say(by, seen, &[]);
    }
}

#[test]
fn who_comes_after_the_look_makes_it_another() {
    let mut world = world();
    let seen = world.withdrawal(TWIG, Condition::Yanked);
    world.project("bush", Tier::Leaf);
    needs_twig(&mut world, "bush==2.0");
    let refused = world.try_say("alice", seen, &[]).unwrap_err().to_string();
    assert!(refused.contains("bush==2.0 in unstable (twig>=1) breaks"), "{refused}");
    assert!(refused.contains("leaf==1.0 in unstable"), "{refused}");
    let again = world.withdrawal(TWIG, Condition::Yanked);
    world.say("alice", again, &[]);
}

#[test]
fn the_second_person_agrees_to_what_was_named() {
    let mut world = world();
    let seen = world.withdrawal(TWIG, Condition::Quarantined);
    let proposed = world.say("guard-a", seen, &[]);
    world.project("bush", Tier::Leaf);
    needs_twig(&mut world, "bush==2.0");
    let refused = world.try_say("guard-b", Approve { entry: proposed }, &[]).unwrap_err().to_string();
    assert!(refused.contains("others than when it was proposed"), "{refused}");
    assert!(refused.contains("bush==2.0 in unstable"), "{refused}");
    assert!(!world.state.conditions.contains(&release(TWIG)));
    let again = world.withdrawal(TWIG, Condition::Quarantined);
    let proposed = world.say("guard-a", again, &[]);
    world.say("guard-b", Approve { entry: proposed }, &[]);
    assert!(world.state.conditions.contains(&release(TWIG)));
    // What is given back breaks nobody, and names nobody.
    let back = world.withdrawal(TWIG, Condition::Listed);
    let back = Withdraw { dependents: Vec::new(), preflight: None, ..back };
    world.say("guard-a", back, &[]);
}

#[test]
fn entries_of_before_the_rule_are_read() {
    let world = world();
    let blind =
        Withdraw { dependents: Vec::new(), preflight: None, ..world.withdrawal(TWIG, Condition::Yanked) };
    let entry = world.entry("alice", blind, &[]);
    assert!(world.state.admit(&entry).is_err());
    let mut state = world.state.clone();
    state.apply(&entry).unwrap();
    assert!(state.conditions.contains(&release(TWIG)));
    assert_eq!(entry.by.maintainer(), Some(&id("alice")));
}

#[test]
fn nobody_is_nothing() {
    assert_eq!(digest(&[]), None);
    let mut world = World::new();
    world.project("twig", Tier::Leaf);
    world.candidate(TWIG, R1);
    let seen = world.withdrawal(TWIG, Condition::Condemned);
    assert_eq!((seen.dependents.len(), seen.preflight), (0, None));
    let invented = Withdraw { preflight: Some(Sha256::of(b"x")), ..seen.clone() };
    let refused = world.try_say("guard-a", invented, &[]).unwrap_err().to_string();
    assert!(refused.contains("nothing in any suite requires it"), "{refused}");
    world.say("guard-a", seen, &[]);
}
