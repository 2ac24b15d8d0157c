use std::collections::BTreeMap;

use packhouse_model::RiskClass::R1;

use crate::act::{Condition, Orphan, SuiteKind, Tier};
use crate::dependents::{broken, digest, of_project};
use crate::state::rows::Concern;
use crate::world::{World, id, release};

const TWIG: &str = "twig==1.1";

/// leaf and bush need twig, each in its way; alice looks after twig, bob after leaf and bush, carol after nothing of these.
fn world() -> World {
    let mut world = World::new();
    world.maintainers(&[("alice", ""), ("bob", ""), ("carol", "")]);
    world.suite("unstable", SuiteKind::Unstable, None);
    for (project, who) in [("twig", "alice"), ("leaf", "bob"), ("bush", "bob"), ("rock", "carol")] {
        world.project(project, Tier::Leaf);
        world.adopt(project, who);
    }
    world.candidate(TWIG, R1);
    world.accept("manager", TWIG);
    world.do_duties();
    world.candidate("twig==1.2", R1);
    world.candidate_requiring("leaf==1.0", R1, &["twig==1.1"]);
    world.candidate_requiring("bush==1.0", R1, &["twig>=1"]);
    world.candidate("rock==1.0", R1);
    for of in ["twig==1.2", "leaf==1.0", "bush==1.0", "rock==1.0"] {
        world.accept("manager", of);
    }
    world.do_duties();
    assert!(world.state.notices.iter().next().is_none());
    world
}

type Told = Vec<(String, BTreeMap<String, Concern>)>;

fn told(world: &World, entry: u64) -> Told {
    let row = world.state.notices.get(&entry).expect("a notice");
    row.told.iter().map(|(who, of)| (who.to_string(), of.clone())).collect()
}

fn concerns(list: &[(&str, Concern)]) -> BTreeMap<String, Concern> {
    list.iter().map(|(name, concern)| ((*name).to_owned(), *concern)).collect()
}

#[test]
fn who_needs_an_orphan_is_told_and_what_it_means() {
    for (retire, concern) in [(false, Concern::Needs), (true, Concern::Breaks)] {
        let mut world = world();
        let seen = of_project(&world.state, &release(TWIG).project);
        let act = Orphan {
            project: release(TWIG).project,
            retire,
            reason: "nobody".to_owned(),
            dependents: if retire { broken(&seen).into_iter().collect() } else { Vec::new() },
            preflight: digest(&seen).filter(|_| retire),
        };
        let entry = world.say("manager", act, &[]);
        // Who looked after it until then is told too.
        let expected = [
            ("alice".to_owned(), concerns(&[("twig", Concern::Own)])),
            ("bob".to_owned(), concerns(&[("bush", concern), ("leaf", concern)])),
        ];
        assert_eq!(told(&world, entry), expected, "retire: {retire}");
    }
}

#[test]
fn a_withdrawal_is_told_when_it_takes_effect() {
    let mut world = world();
    let yank = world.withdrawal(TWIG, Condition::Yanked);
    let entry = world.say("alice", yank, &[]);
    // leaf pins it, which finds what is yanked.
    let needs = concerns(&[("bush", Concern::Needs), ("leaf", Concern::Needs)]);
    let alice = ("alice".to_owned(), concerns(&[("twig", Concern::Own)]));
    assert_eq!(told(&world, entry), [alice.clone(), ("bob".to_owned(), needs)]);
    let condemn = world.withdrawal(TWIG, Condition::Condemned);
    let proposed = world.say("guard-a", condemn, &[]);
    assert!(!world.state.notices.contains(&proposed), "nothing is condemned yet");
    world.approve("guard-b", proposed);
    let approved = proposed + 1;
    let breaks = concerns(&[("bush", Concern::Needs), ("leaf", Concern::Breaks)]);
    assert_eq!(told(&world, approved), [alice, ("bob".to_owned(), breaks)]);
    assert!(world.state.maintainers.contains(&id("carol")), "who is not concerned hears nothing");
}

#[test]
fn what_is_said_later_does_not_change_whom_it_was_told() {
    let mut world = world();
    let yank = world.withdrawal(TWIG, Condition::Yanked);
    let entry = world.say("alice", yank, &[]);
    let before = told(&world, entry);
    world.adopt("bush", "carol");
    assert_eq!(told(&world, entry), before);
}
