use std::collections::BTreeSet;

use packhouse_model::RiskClass::{self, R1, R2, R4};
use proptest::prelude::*;

use super::*;
use crate::act::{IdentityChange, Review, Role, Tier, Vendor, Verdict};
use crate::world::{World, delta, hashes, id, release, review};

mod lost;
mod properties;
mod revocation;

fn world(tier: Tier) -> World {
    let mut world = World::new();
    world.maintainers(&[
        ("alice", "Acme"),
        ("bob", "Acme Inc."),
        ("carol", "Other"),
        ("dave", ""),
        ("erin", ""),
    ]);
    world.project("flask", tier);
    world
}

fn vendor(name: &str) -> Vendor {
    Vendor { names: [name.to_owned()].into(), ..Vendor::default() }
}

fn why(world: &World, of: &str) -> Vec<String> {
    world
        .status(of)
        .files
        .into_values()
        .next()
        .expect("a file")
        .ignored
        .into_iter()
        .map(|it| it.why)
        .collect()
}

#[test]
fn how_many_signatures() {
    for (tier, risk, people, complete) in [
        (Tier::Leaf, R1, &[][..], false),
        (Tier::Leaf, R1, &["alice"], true),
        (Tier::Leaf, R4, &["alice"], false),
        (Tier::Leaf, R4, &["alice", "bob"], true),
        (Tier::Shared, R2, &["alice"], false),
        (Tier::Shared, R2, &["alice", "alice"], false),
        (Tier::Shared, R2, &["alice", "bob"], true),
        (Tier::Key, R2, &["alice", "bob"], false),
        (Tier::Key, R2, &["alice", "carol"], true),
        (Tier::Key, R2, &["alice", "dave"], true),
        (Tier::Key, R2, &["dave", "erin"], true),
        (Tier::Key, R4, &["alice", "carol"], false),
        (Tier::Key, R4, &["alice", "bob", "carol"], true),
    ] {
        let mut world = world(tier);
        world.candidate("flask==1.0", risk);
        for person in people {
            world.accept(person, "flask==1.0");
        }
        let status = world.status("flask==1.0");
        assert_eq!(status.complete, complete, "{tier:?} {risk} {people:?}: {}", status.sentence());
        let expected = if complete { hashes("flask==1.0") } else { BTreeSet::new() };
        assert_eq!(status.reviewed, expected);
    }
}

#[test]
fn a_sentence_says_what_is_missing() {
    let mut world = world(Tier::Key);
    world.candidate("flask==1.0", R4);
    assert_eq!(world.status("flask==1.0").sentence(), "it lacks 3 of 3 signatures");
    world.accept("alice", "flask==1.0");
    world.accept("bob", "flask==1.0");
    assert_eq!(world.status("flask==1.0").sentence(), "it lacks 1 of 3 signatures");
    world.conflict("dave", "Acme");
    world.accept("dave", "flask==1.0");
    assert_eq!(world.status("flask==1.0").sentence(), "it lacks a signature from another organisation");
    assert_eq!(
        world.status("flask==1.0").needed.because,
        ["a key project needs 2 signatures from 2 organisations", "risk class R4 needs 1 more"]
    );
    world.accept("carol", "flask==1.0");
    assert_eq!(world.status("flask==1.0").sentence(), "reviewed");
}

/// Each row: what makes one of two good signatures count for nothing.
#[test]
fn what_does_not_count() {
    type Spoil = fn(&mut World, u64);
    let rows: &[(&str, Spoil, &str)] = &[
        ("revoked", |world, entry| world.revoke_review("alice", entry), "taken back in entry "),
        (
            "stolen key",
            |world, entry| world.revoke_key("alice", entry - 1),
            "signed with a key that is revoked",
        ),
        (
            "tie found later",
            |world, _| world.conflict("alice", "Pallets"),
            "not independent of its vendor: they belong",
        ),
        (
            "changed mind",
            |world, _| {
                world.try_review("alice", review("flask==1.0", Verdict::Reject), None).unwrap();
            },
            "they say otherwise in entry ",
        ),
    ];
    for (name, spoil, expected) in rows {
        let mut world = world(Tier::Shared);
        world.candidate_by("flask==1.0", R2, vendor("Pallets Team"), Vec::new());
        let entry = world.accept("alice", "flask==1.0");
        world.accept("carol", "flask==1.0");
        assert!(world.status("flask==1.0").complete, "{name}");
        spoil(&mut world, entry);
        let status = world.status("flask==1.0");
        assert!(!status.complete, "{name}");
        assert_eq!(status.missing(), (1, 0), "{name}");
        assert!(
            why(&world, "flask==1.0")[0].starts_with(expected),
            "{name}: {:?}",
            why(&world, "flask==1.0")
        );
    }
}

#[test]
fn a_key_is_believed_up_to_the_entry_that_is_named() {
    let mut world = world(Tier::Leaf);
    world.candidate("flask==1.0", R2);
    let entry = world.accept("alice", "flask==1.0");
    world.revoke_key("alice", entry);
    assert!(world.status("flask==1.0").complete);
}

#[test]
fn the_vendor_counts_for_nothing() {
    let mut world = world(Tier::Leaf);
    let vendor = Vendor { accounts: ["github:alice".to_owned()].into(), ..Vendor::default() };
    world.candidate_by("flask==1.0", R2, vendor, Vec::new());
    world.accept("alice", "flask==1.0");
    assert_eq!(
        why(&world, "flask==1.0"),
        ["not independent of its vendor: their account github:alice may publish it or owns its repository"]
    );
    world.accept("carol", "flask==1.0");
    assert!(world.status("flask==1.0").complete);
}

#[test]
fn other_criteria_do_not_cover() {
    let mut world = world(Tier::Leaf);
    world.candidate("flask==1.0", R2);
    let with = |criteria: &str| Review {
        criteria: vec![criteria.to_owned()],
        ..review("flask==1.0", Verdict::Accept)
    };
    world.try_review("alice", with("safe-to-install"), None).unwrap();
    assert_eq!(why(&world, "flask==1.0"), ["it does not assert safe-to-run"]);
    world.try_review("alice", with("safe-to-deploy"), None).unwrap();
    assert!(world.status("flask==1.0").complete);
}

#[test]
fn files_are_reviewed_one_by_one() {
    let mut world = world(Tier::Shared);
    world.candidate("flask==1.0", R2);
    world.accept("alice", "flask==1.0");
    world.try_review("carol", review("flask==1.0", Verdict::Accept), Some(1)).unwrap();
    let status = world.status("flask==1.0");
    assert!(status.complete);
    assert_eq!((status.reviewed.len(), status.missing_files().count()), (1, 1));
    assert_eq!(status.sentence(), "1 of 2 files are reviewed");
    // The other file is no base.
    world.candidate("flask==1.1", R1);
    world.delta("alice", "flask==1.0", "flask==1.1");
    world.delta("carol", "flask==1.0", "flask==1.1");
    assert_eq!(
        why(&world, "flask==1.1")[0],
        "a delta from flask==1.0, of which 1 of 2 files are not reviewed"
    );
    assert!(!world.status("flask==1.1").complete);
}

#[test]
fn a_chain_of_deltas_leads_to_a_release() {
    let mut world = world(Tier::Leaf);
    for version in ["flask==1.0", "flask==1.1", "flask==1.2"] {
        world.candidate(version, R2);
    }
    world.delta("alice", "flask==1.1", "flask==1.2");
    world.delta("carol", "flask==1.0", "flask==1.1");
    assert!(!world.status("flask==1.2").complete);
    let root = world.accept("bob", "flask==1.0");
    assert!(world.status("flask==1.2").complete);
    assert_eq!(
        world.status("flask==1.2").files.values().next().unwrap().counted[0].base,
        Some(release("flask==1.1"))
    );
    world.revoke_review("bob", root);
    assert!(!world.status("flask==1.1").complete);
    assert!(!world.status("flask==1.2").complete);
}

#[test]
fn deltas_in_a_circle_lead_nowhere() {
    let mut world = world(Tier::Leaf);
    world.candidate("flask==1.0", R2);
    world.candidate("flask==1.1", R2);
    world.delta("alice", "flask==1.0", "flask==1.1");
    world.delta("alice", "flask==1.1", "flask==1.0");
    assert!(!world.status("flask==1.0").complete && !world.status("flask==1.1").complete);
    // From outside, either way.
    world.accept("bob", "flask==1.1");
    assert!(world.status("flask==1.0").complete && world.status("flask==1.1").complete);
}

#[test]
fn an_exemption_is_a_base_until_it_ends() {
    let mut world = world(Tier::Shared);
    world.candidate("flask==1.0", R2);
    world.candidate("flask==1.1", R2);
    let exemption = world.exempt("flask==1.0", 100);
    world.delta("alice", "flask==1.0", "flask==1.1");
    world.delta("carol", "flask==1.0", "flask==1.1");
    let status = world.status("flask==1.0");
    assert!(status.complete);
    assert_eq!(status.files.values().next().unwrap().exempt.unwrap().0, exemption);
    assert!(world.status("flask==1.1").complete);
    world.pass(101);
    assert!(!world.status("flask==1.0").complete);
    assert!(!world.status("flask==1.1").complete);
}

#[test]
fn a_violation_blocks_what_it_touches() {
    let mut world = world(Tier::Leaf);
    for version in ["flask==1.0", "flask==1.1", "flask==1.2", "flask==2.0"] {
        world.candidate(version, R2);
    }
    world.exempt("flask==1.0", 100);
    let edge = world.delta("alice", "flask==1.0", "flask==1.1");
    let next = world.delta("alice", "flask==1.1", "flask==1.2");
    world.accept("alice", "flask==2.0");
    // Another chain to 1.2 does not lift it.
    world.accept("bob", "flask==1.2");
    let complete = |world: &World| {
        ["flask==1.0", "flask==1.1", "flask==1.2", "flask==2.0"].map(|version| world.status(version).complete)
    };
    assert_eq!(complete(&world), [true; 4]);
    let bad = world.violation("carol", "flask==1.0");
    assert_eq!(complete(&world), [false, false, false, true]);
    let status = world.status("flask==1.2");
    assert!(status.reviewed.is_empty());
    assert_eq!(status.violations.len(), 1);
    assert_eq!(status.violations[0].through, [edge, next].into());
    assert_eq!(
        status.sentence(),
        format!("it builds on flask==1.0, which carol calls harmful (entry {bad})")
    );
    assert_eq!(world.status("flask==1.0").sentence(), format!("carol calls it harmful (entry {bad})"));
    assert!(suggest(&world.state, &release("flask==1.2"), world.now, &|_| Some(1)).is_empty());
    // Both ends: harm in the middle does not touch what came before.
    world.approve("guard-a", bad);
    assert_eq!(complete(&world), [false, false, false, true]);
    world.approve("guard-b", bad);
    assert_eq!(complete(&world), [true; 4]);
    world.violation("carol", "flask==1.1");
    assert_eq!(complete(&world), [true, false, false, true]);
    // Who builds on harm can take that back.
    world.revoke_review("alice", next);
    assert_eq!(complete(&world), [true, false, true, true]);
}

#[test]
fn a_rejection_is_told_with_its_tie() {
    let mut world = world(Tier::Leaf);
    world.candidate_by("flask==1.0", R2, vendor("Acme"), Vec::new());
    world.try_review("alice", review("flask==1.0", Verdict::Reject), None).unwrap();
    world.try_review("carol", review("flask==1.0", Verdict::Reject), None).unwrap();
    let status = world.status("flask==1.0");
    let told: Vec<(bool, &str)> =
        status.rejected_by.iter().map(|it| (it.but.is_some(), it.by.person.as_str())).collect();
    assert_eq!(told, [(true, "alice"), (false, "carol")]);
}

#[test]
fn a_new_publisher_raises_the_bar_for_90_days() {
    let mut world = world(Tier::Leaf);
    world.candidate("flask==1.0", R2);
    let change = |what: &str| IdentityChange {
        what: what.to_owned(),
        before: "github/pallets/flask".to_owned(),
        after: "github/mallory/flask".to_owned(),
    };
    world.pass(1);
    world.candidate_by("flask==1.1", R2, Vendor::default(), vec![change("addresses")]);
    world.pass(1);
    world.candidate_by("flask==1.2", R2, Vendor::default(), vec![change("repository")]);
    world.pass(1);
    world.candidate("flask==1.3", R2);
    let needed = |world: &World| {
        ["flask==1.0", "flask==1.1", "flask==1.2", "flask==1.3"]
            .map(|version| world.status(version).needed.signatures)
    };
    assert_eq!(needed(&world), [1, 1, 2, 2]);
    assert_eq!(
        world.status("flask==1.3").needed.because[1],
        "the repository changed with flask==1.2 on 2026-01-03: 1 more until 2026-04-03"
    );
    world.pass(88);
    assert_eq!(needed(&world), [1, 1, 2, 2]);
    world.pass(1);
    assert_eq!(needed(&world), [1, 1, 1, 1]);
}

#[test]
fn all_statuses_are_each_status() {
    let mut world = world(Tier::Leaf);
    world.project("click", Tier::Shared);
    for version in ["flask==1.0", "flask==1.1", "click==8.0"] {
        world.candidate(version, R2);
        world.accept("alice", version);
    }
    let all = statuses(&world.state, world.now);
    assert_eq!(all.len(), 3);
    for (release, status) in all {
        assert_eq!(status, world.status(&release.to_string()));
    }
    assert_eq!(status(&world.state, &release("flask==9.9"), world.now), None);
}

#[test]
fn suggestions_are_cheapest_first() {
    let mut world = world(Tier::Leaf);
    for version in ["flask==1.0", "flask==1.1", "flask==1.3", "flask==1.4", "flask==1.2"] {
        world.candidate(version, R2);
    }
    for version in ["flask==1.0", "flask==1.1", "flask==1.3"] {
        world.accept("alice", version);
    }
    let cost = |base: Option<&Release>| match base.map(ToString::to_string).as_deref() {
        None => Some(900),
        Some("flask==1.0") => Some(10),
        Some("flask==1.1" | "flask==1.3") => Some(20),
        Some(other) => panic!("{other} is not reviewed"),
    };
    let bases = |cost: &dyn Fn(Option<&Release>) -> Option<u64>, of: &str| -> Vec<String> {
        suggest(&world.state, &release(of), world.now, cost)
            .into_iter()
            .map(|it| it.base.map_or_else(|| "full".to_owned(), |base| base.to_string()))
            .collect()
    };
    assert_eq!(bases(&cost, "flask==1.2"), ["flask==1.0", "flask==1.1", "flask==1.3", "full"]);
    assert_eq!(bases(&|_| Some(5), "flask==1.4"), ["full", "flask==1.3", "flask==1.1", "flask==1.0"]);
    assert_eq!(bases(&|base| base.is_none().then_some(5), "flask==1.4"), ["full"]);
    // Nothing is missing.
    assert_eq!(bases(&cost, "flask==1.1"), [] as [&str; 0]);
    // Each of them would do.
    let first = suggest(&world.state, &release("flask==1.2"), world.now, &cost).remove(0);
    assert_eq!((first.base_files, first.missing_signatures), (hashes("flask==1.0"), 1));
    world.delta("bob", "flask==1.0", "flask==1.2");
    assert!(world.status("flask==1.2").complete);
}

#[test]
fn the_queue_of_a_person() {
    let mut world = world(Tier::Shared);
    for name in ["click", "jinja2", "werkzeug", "blinker"] {
        world.project(name, Tier::Shared);
    }
    world.candidate("flask==1.0", R4);
    world.pass(1);
    world.candidate("click==1.0", R2);
    world.candidate_by("jinja2==1.0", R2, vendor("Other"), Vec::new());
    world.candidate("werkzeug==1.0", R1);
    world.candidate("blinker==1.0", R2);
    world.claim("bob", "click==1.0", 72);
    world.accept("alice", "werkzeug==1.0");
    world.accept("alice", "blinker==1.0");
    world.accept("bob", "blinker==1.0");
    let of = |world: &World, who: &str| -> Vec<String> {
        next(&world.state, &id(who), world.now).into_iter().map(|it| it.release.project.to_string()).collect()
    };
    assert_eq!(of(&world, "alice"), ["jinja2", "flask"]);
    assert_eq!(of(&world, "bob"), ["werkzeug", "click", "jinja2", "flask"]);
    assert_eq!(of(&world, "carol"), ["werkzeug", "flask"], "the vendor of jinja2 is hers");
    assert_eq!(of(&world, "manager"), ["werkzeug", "jinja2", "flask"]);
    assert_eq!(of(&world, "nobody"), [] as [&str; 0]);
    world.join("trainee", &[Role::Trainee], &[]);
    assert_eq!(of(&world, "trainee"), [] as [&str; 0]);
    world.pass(4);
    let items = next(&world.state, &id("carol"), world.now);
    let told: Vec<_> =
        items.iter().map(|it| (it.overdue, it.missing_signatures, it.release.to_string())).collect();
    assert_eq!(
        told,
        [
            (true, 1, "werkzeug==1.0".to_owned()),
            (false, 2, "click==1.0".to_owned()),
            (false, 3, "flask==1.0".to_owned())
        ]
    );
}

#[test]
fn only_somebody_from_elsewhere_is_asked() {
    let mut world = world(Tier::Key);
    world.candidate("flask==1.0", R2);
    world.accept("alice", "flask==1.0");
    world.join("frank", &[Role::Maintainer], &["ACME"]);
    world.accept("bob", "flask==1.0");
    assert!(next(&world.state, &id("frank"), world.now).is_empty());
    assert_eq!(next(&world.state, &id("dave"), world.now)[0].missing_organisations, 1);
}

#[test]
fn slos() {
    let days: Vec<u64> = RiskClass::ALL.iter().map(|risk| slo(*risk).as_secs() / 86_400).collect();
    assert_eq!(days, [2, 2, 5, 10, 21]);
}
