use packhouse_model::RiskClass::{R1, R2};

use super::*;
use crate::act::{Salvage as SalvageAct, Steward, StewardAction, Tier};
use crate::world::{World, id};

fn flask() -> ProjectName {
    ProjectName::from_canonical("flask")
}

fn world() -> World {
    let mut world = World::new();
    world.maintainers(&[("alice", ""), ("bob", "")]);
    world.project("flask", Tier::Leaf);
    world.adopt("flask", "alice");
    world
}

fn stage_after(world: &World, days: u64) -> Stage {
    standing(&world.state, &flask(), world.now.plus(DAY * u32::try_from(days).unwrap())).unwrap().stage
}

#[test]
fn nothing_waits() {
    let world = world();
    assert_eq!(stage_after(&world, 3_000), Stage::Active);
    assert_eq!(standing(&world.state, &ProjectName::from_canonical("click"), world.now), None);
}

/// R2: 5 days, twice that is 10; the world begins at midnight.
#[test]
fn neglect_goes_on_by_days() {
    let mut world = world();
    world.candidate("flask==1.0", R2);
    for (days, stage) in [
        (0, Stage::Active),
        (9, Stage::Active),
        (10, Stage::Neglected),
        (11, Stage::Contacted),
        (24, Stage::Contacted),
        (25, Stage::Reminded),
        (38, Stage::Reminded),
        (39, Stage::PresumedAbsent),
        (500, Stage::PresumedAbsent),
    ] {
        assert_eq!(stage_after(&world, days), stage, "day {days}");
    }
    let standing = standing(&world.state, &flask(), world.now.plus(DAY * 12)).unwrap();
    assert_eq!(standing.since, Some(world.now.plus(DAY * 11)));
    assert_eq!(standing.next, Some((Stage::Reminded, world.now.plus(DAY * 25))));
    assert_eq!(
        standing.because,
        ["flask==1.0 has waited since 2026-01-01, and no steward has done anything since 2026-01-01"]
    );
}

#[test]
fn an_act_of_a_steward_begins_anew() {
    let mut world = world();
    world.project("click", Tier::Leaf);
    world.candidate("flask==1.0", R2);
    world.candidate("flask==2.0", R1);
    world.candidate("click==1.0", R2);
    assert_eq!(stage_after(&world, 5), Stage::Contacted, "4 days for 2.0");
    world.pass(30);
    assert_eq!(stage_after(&world, 0), Stage::Reminded);
    world.accept("bob", "flask==1.0");
    assert_eq!(stage_after(&world, 0), Stage::Reminded, "bob does not look after it");
    world.accept("alice", "click==1.0");
    assert_eq!(stage_after(&world, 0), Stage::Reminded, "that is another project");
    world.accept("alice", "flask==1.0");
    assert_eq!(stage_after(&world, 0), Stage::Active);
    assert_eq!(stage_after(&world, 4), Stage::Neglected);
}

#[test]
fn without_stewards_nobody_is_contacted() {
    let mut world = world();
    world.candidate("flask==1.0", R2);
    let act = Steward { project: flask(), maintainer: id("alice"), action: StewardAction::Leave };
    world.say("alice", act, &[]);
    assert_eq!(stage_after(&world, 300), Stage::Neglected);
}

#[test]
fn orphaned_and_retired() {
    for (retire, stage) in [(false, Stage::Orphaned), (true, Stage::Retired)] {
        let mut world = world();
        let act = crate::act::Orphan { project: flask(), retire, reason: "nobody".to_owned() };
        world.say("manager", act, &[]);
        assert_eq!(stage_after(&world, 300), stage);
    }
}

#[test]
fn a_salvage_takes_28_days() {
    let mut world = world();
    let act = |object| SalvageAct { project: flask(), object, reason: "silence".to_owned() };
    world.say("bob", act(false), &[]);
    let at = |world: &World, days: u32| {
        standing(&world.state, &flask(), world.now.plus(DAY * days)).unwrap().salvage.map(|(how, _)| how)
    };
    for (days, expected) in [
        (0, Salvage::Objections),
        (20, Salvage::Objections),
        (21, Salvage::Delayed),
        (27, Salvage::Delayed),
        (28, Salvage::AdoptionDue),
    ] {
        assert_eq!(at(&world, days), Some(expected), "day {days}");
    }
    world.pass(2);
    world.say("alice", act(true), &[]);
    assert_eq!(at(&world, 100), None);
}

#[test]
fn a_year_without_an_act() {
    let world = world();
    let due = |person: &str, days: u32| {
        emeritus_due(world.state.maintainers.get(&id(person)).unwrap(), world.now.plus(DAY * days)).is_some()
    };
    assert!(!due("alice", 364));
    assert!(due("alice", 365));
}
