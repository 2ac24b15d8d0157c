mod retirement;
mod unstable;

use packhouse_model::RiskClass::{R1, R2};

use super::*;
use crate::act::{Contact, Salvage as SalvageAct, Steward, StewardAction, Tier};
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

/// A server that runs every day says what is due.
fn pass_days(world: &mut World, days: u64) {
    for _ in 0..days {
        world.pass(1);
        while let Some(act) = crate::duties::of_project(&world.state, &flask(), world.now) {
            world.say("server", act, &[]);
        }
    }
}

/// R2: 5 days, twice that is 10; the world begins at midnight.
#[test]
fn neglect_goes_on_by_days() {
    let mut world = world();
    world.candidate("flask==1.0", R2);
    let mut day = 0;
    for (days, stage) in [
        (9, Stage::Active),
        (10, Stage::Neglected),
        (11, Stage::Contacted),
        (24, Stage::Contacted),
        (25, Stage::Reminded),
        (38, Stage::Reminded),
        (39, Stage::PresumedAbsent),
        (50, Stage::PresumedAbsent),
    ] {
        pass_days(&mut world, days - day);
        day = days;
        assert_eq!(stage_after(&world, 0), stage, "day {days}");
    }
    let standing = standing(&world.state, &flask(), world.now).unwrap();
    assert_eq!(
        standing.because,
        ["flask==1.0 has waited since 2026-01-01, and no steward has done anything since 2026-01-01"]
    );
    // What is said is kept, and said once.
    let asked = world.state.projects.iter().next().unwrap().1.contacted.clone().unwrap();
    assert_eq!(
        (asked.at.date(), asked.reminded.unwrap().date()),
        ("2026-01-12".to_owned(), "2026-01-26".to_owned())
    );
}

#[test]
fn who_was_not_asked_is_not_absent() {
    let mut world = world();
    world.candidate("flask==1.0", R2);
    // The server did not run for long.
    world.pass(400);
    assert_eq!(stage_after(&world, 0), Stage::Neglected);
    pass_days(&mut world, 1);
    assert_eq!(stage_after(&world, 13), Stage::Contacted);
    assert_eq!(stage_after(&world, 100), Stage::Contacted, "and not asked again");
    let early =
        Contact { project: flask(), stewards: [id("alice")].into(), reminder: true, because: Vec::new() };
    let refused = world.try_say("server", early.clone(), &[]).unwrap_err().to_string();
    assert!(refused.contains("not due to be asked"), "{refused}");
    world.pass(14);
    assert!(world.try_say("manager", early.clone(), &[]).unwrap_err().to_string().contains("the server"));
    world.say("server", early, &[]);
    assert_eq!(stage_after(&world, 0), Stage::Reminded);
    assert_eq!(stage_after(&world, 14), Stage::PresumedAbsent);
}

#[test]
fn an_act_of_a_steward_begins_anew() {
    let mut world = world();
    world.project("click", Tier::Leaf);
    world.candidate("flask==1.0", R2);
    world.candidate("flask==2.0", R1);
    world.candidate("click==1.0", R2);
    pass_days(&mut world, 5);
    assert_eq!(stage_after(&world, 0), Stage::Contacted, "4 days for 2.0");
    pass_days(&mut world, 25);
    assert_eq!(stage_after(&world, 0), Stage::Reminded);
    world.accept("bob", "flask==1.0");
    assert_eq!(stage_after(&world, 0), Stage::Reminded, "bob does not look after it");
    world.accept("alice", "click==1.0");
    assert_eq!(stage_after(&world, 0), Stage::Reminded, "that is another project");
    world.accept("alice", "flask==1.0");
    assert_eq!(stage_after(&world, 0), Stage::Active);
    assert_eq!(stage_after(&world, 4), Stage::Neglected);
    // The message of before says nothing of the new neglect.
    pass_days(&mut world, 5);
    assert_eq!(stage_after(&world, 0), Stage::Contacted);
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
        let act = crate::act::Orphan {
            project: flask(),
            retire,
            reason: "nobody".to_owned(),
            dependents: Vec::new(),
            preflight: None,
        };
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
    let mut world = world();
    let due = |world: &World, person: &str, days: u32| {
        emeritus_due(world.state.maintainers.get(&id(person)).unwrap(), world.now.plus(DAY * days)).is_some()
    };
    assert!(!due(&world, "alice", 364));
    assert!(due(&world, "alice", 365));
    assert_eq!(crate::duties::inactive(&world.state, world.now.plus(DAY * 364)), None);
    world.pass(200);
    world.candidate("flask==1.0", R1);
    world.accept("bob", "flask==1.0");
    let leave = |who: &str| crate::act::Leave { maintainer: id(who), reason: "a year".to_owned() };
    assert!(world.try_say("server", leave("alice"), &[]).unwrap_err().to_string().contains("is not due"));
    world.pass(200);
    // Everybody but bob, who signed, and the last release manager, who could be replaced by nobody.
    while let Some(act) = crate::duties::inactive(&world.state, world.now) {
        world.say("server", act, &[]);
    }
    let gone: Vec<&str> = world
        .state
        .maintainers
        .iter()
        .filter(|(_, row)| row.standing == rows::Standing::Emeritus)
        .map(|(id, _)| id.as_str())
        .collect();
    assert_eq!(gone, ["alice", "guard-a", "guard-b"]);
    assert!(world.state.projects.iter().next().unwrap().1.stewards.is_empty(), "nobody looks after flask");
    assert!(world.try_say("server", leave("manager"), &[]).is_err());
    // Their keys sign nothing any more.
    let refused =
        world.try_review("alice", crate::world::review("flask==1.0", crate::act::Verdict::Accept), None);
    assert!(refused.unwrap_err().to_string().contains("they have left"));
}
