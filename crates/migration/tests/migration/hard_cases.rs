//! Cases that are known to be hard, each with the only right answer.

use packhouse_migration::{
    ItemId, Requirement, SearchLimits, TransitionFacts, Verdict, WaitFor, Waiver, WaiverTarget,
};

use crate::world::{World, now, time};

fn in_transition(name: &'static str) -> impl Fn(&mut packhouse_migration::Item) {
    move |item| {
        item.transition = Some(name.into());
        item.facts.transition = Some(TransitionFacts {
            owner: "ada".into(),
            reason: "a new binary interface".into(),
            opened: time("2026-01-01"),
            deadline: None,
            missing: Vec::new(),
            approved: false,
        });
    }
}

fn swap() -> World {
    World::new()
        .has("red", 1, &["blue<2"])
        .has("blue", 1, &["red<2"])
        .candidate("red", 2, &["blue>=2"])
        .candidate("blue", 2, &["red>=2"])
}

#[test]
fn two_that_need_each_other_move_together() {
    let plan = swap().plan();
    assert_eq!(plan.accepted.len(), 1);
    assert_eq!(plan.accepted[0].items, ["blue".into(), "red".into()]);
    assert_eq!(
        plan.accepted[0].reason,
        "They move together: by itself the first would make blue uninstallable on py312."
    );
}

#[test]
fn a_cap_holds_a_new_major_back() {
    let mut world = World::new()
        .has("blue", 1, &[])
        .has("red", 1, &["blue<2"])
        .candidate("blue", 2, &[])
        .candidate("green", 1, &[]);
    let plan = world.plan();
    assert_eq!(world.moves(), "green");
    let excuse = plan.excuse(&"blue".into()).expect("an excuse");
    assert_eq!(excuse.verdict, Verdict::CannotDetermineIfPermanent);
    assert_eq!(excuse.migration_policy_verdict, Verdict::Pass);
    assert_eq!(excuse.reason, ["installability"]);
    for environment in ["py312", "py313"] {
        let broken = &excuse.phase2.environments[&environment.into()].newly_uninstallable;
        assert_eq!(broken.len(), 1);
        assert_eq!(broken[0].root, "red");
        assert_eq!(broken[0].explanation, [format!("red has no solution on {environment}")]);
    }
    assert_eq!(excuse.phase2.minimal_fix, None);
    assert!(excuse.phase2.fix_search_complete);
    // A version that stays beside the new one breaks nobody.
    world.toy.steps[0].removes.clear();
    world.items[0].removes.clear();
    assert_eq!(world.moves(), "blue green");
}

#[test]
fn a_cap_that_is_lifted_lets_the_major_through_with_whom_it_waited_for() {
    let mut world = World::new()
        .has("blue", 1, &[])
        .has("red", 1, &["blue<2"])
        .candidate("blue", 2, &[])
        .candidate("red", 2, &["blue>=2"]);
    assert_eq!(world.moves(), "blue red");
    assert_eq!(world.plan().accepted.len(), 1);
}

#[test]
fn three_in_a_ring_move_together() {
    let plan = World::new()
        .has("a", 1, &["b<2"])
        .has("b", 1, &["c<2"])
        .has("c", 1, &["a<2"])
        .has("other", 1, &[])
        .candidate("a", 2, &["b>=2"])
        .candidate("b", 2, &["c>=2"])
        .candidate("c", 2, &["a>=2"])
        .candidate("other", 2, &[])
        .plan();
    let groups: Vec<usize> = plan.accepted.iter().map(|group| group.items.len()).collect();
    assert_eq!(groups, [3, 1]);
    assert!(plan.exact);
}

#[test]
fn no_gain_pays_for_a_loss() {
    // Moving `blue` repairs two and breaks one: fewer are broken, and still it must not move.
    let mut world = World::new()
        .has("blue", 1, &[])
        .has("one", 1, &["blue>=2"])
        .has("two", 1, &["blue>=2"])
        .has("old", 1, &["blue<2"])
        .candidate("blue", 2, &[]);
    assert_eq!(world.moves(), "");
    let plan = world.plan();
    assert_eq!(plan.before, plan.after);
    assert_eq!(plan.before.count(), 4);
}

#[test]
fn what_is_broken_already_holds_nobody_back() {
    let mut world = World::new()
        .has("blue", 1, &[])
        .has("old", 1, &["blue<1"])
        .has("older", 1, &["gone"])
        .candidate("blue", 2, &[]);
    assert_eq!(world.moves(), "blue");
}

#[test]
fn a_marker_makes_it_fine_on_one_environment_only() {
    let mut world =
        World::new().has("blue", 1, &[]).has("red", 1, &["blue<2@py313"]).candidate("blue", 2, &[]);
    let plan = world.plan();
    assert!(plan.accepted.is_empty());
    let environments = &plan.excuses[0].phase2.environments;
    assert_eq!(environments.keys().map(ToString::to_string).collect::<Vec<_>>(), ["py313"]);
    assert!(environments[&"py313".into()].holds_back());
}

#[test]
fn what_may_lag_is_told_and_holds_nobody_back() {
    let mut world = World::on(&[("py312", Requirement::Required), ("py313", Requirement::MayLag)])
        .has("blue", 1, &[])
        .has("red", 1, &["blue<2@py313"])
        .candidate("blue", 2, &[]);
    let plan = world.plan();
    assert_eq!(plan.accepted.len(), 1);
    let place = &plan.excuses[0].phase2.environments[&"py313".into()];
    assert_eq!(place.requirement, Requirement::MayLag);
    assert!(!place.holds_back());
    assert_eq!(place.newly_uninstallable[0].root, "red");
    assert!(plan.after.contains(&"py313".into(), "red"));
}

#[test]
fn a_profile_that_held_still_holds() {
    // Each alone is installable with an old `blue`; the newest of both is not.
    let world = World::new()
        .has("blue", 1, &[])
        .has("blue", 2, &[])
        .has("red", 1, &["blue"])
        .has("green", 1, &["blue>=2"])
        .candidate("red", 2, &["blue<2"]);
    assert_eq!(world.clone().moves(), "red");
    let mut world = world.profile("web", &["red", "green"]);
    let plan = world.plan();
    assert!(plan.accepted.is_empty());
    assert_eq!(
        plan.excuses[0].phase2.environments[&"py312".into()].newly_uninstallable[0].root,
        "profile:web"
    );
}

fn waive(world: World, project: &str, root: &str, environment: Option<&str>, other_bytes: bool) -> World {
    world.with(project, |item| {
        let hashes =
            if other_bytes { [packhouse_model::Sha256::of(b"other")].into() } else { item.hashes.clone() };
        item.facts.waivers.push(Waiver {
            what: WaiverTarget::Uninstallable { root: root.into(), environment: environment.map(Into::into) },
            by: "ada".into(),
            reason: "agreed with red".into(),
            expires: time("2026-07-01"),
            hashes,
        });
    })
}

#[test]
fn a_waiver_is_for_a_name_an_environment_and_exact_bytes() {
    let world = World::new().has("blue", 1, &[]).has("red", 1, &["blue<2"]).candidate("blue", 2, &[]);
    let cases = [
        ("red", None, false, true),
        ("red", None, true, false),
        ("red", Some("py312"), false, false),
        ("other", None, false, false),
    ];
    for (root, environment, other_bytes, moves) in cases {
        let world = waive(world.clone(), "blue", root, environment, other_bytes);
        let plan = packhouse_migration::plan(&world.items, &world.rules, now(), &mut world.toy.clone());
        assert_eq!(!plan.accepted.is_empty(), moves, "{root} {environment:?} {other_bytes}");
        let late = time("2026-07-01");
        let plan = packhouse_migration::plan(&world.items, &world.rules, late, &mut world.toy.clone());
        assert!(plan.accepted.is_empty(), "it has ended");
    }
    let world = waive(world.profile("web", &["red"]), "blue", "profile:web", None, false);
    let world = waive(world, "blue", "red", None, false);
    let plan = packhouse_migration::plan(&world.items, &world.rules, now(), &mut world.toy.clone());
    assert!(plan.accepted.is_empty(), "a profile cannot be waived");
}

#[test]
fn a_transition_moves_whole_or_not_at_all() {
    let world = World::new()
        .has("a", 1, &[])
        .has("b", 1, &[])
        .has("c", 1, &[])
        .candidate("a", 2, &[])
        .candidate("b", 2, &[])
        .candidate("c", 2, &[])
        .with("a", in_transition("abi-2"))
        .with("b", in_transition("abi-2"))
        .with("c", in_transition("abi-2"));
    let plan = world.clone().plan();
    assert_eq!(plan.accepted.len(), 1);
    assert_eq!(plan.accepted[0].reason, "The transition `abi-2` moves whole or not at all.");
    // One of them breaks something: none moves.
    let mut broken = world.clone().has("red", 1, &["c<2"]);
    assert_eq!(broken.moves(), "");
    let phase2 = &broken.plan().excuses[0].phase2;
    assert_eq!(phase2.tried_with, ["b".into(), "c".into()]);
    assert_eq!(phase2.environments[&"py312".into()].newly_uninstallable[0].root, "red");
    // One of them lacks a signature: the others say whom they wait for.
    let mut unsigned = world.with("b", |item| {
        item.facts.quorum.as_mut().expect("a quorum").signatures_needed = 2;
    });
    let plan = unsigned.plan();
    assert!(plan.accepted.is_empty());
    let excuse = plan.excuse(&"a".into()).expect("an excuse");
    assert_eq!(excuse.verdict, Verdict::BlockedByAnotherItem);
    assert_eq!(excuse.blocked_by, ["b".into()]);
    let excuse = plan.excuse(&"b".into()).expect("an excuse");
    assert_eq!((excuse.verdict, excuse.reason.as_slice()), (Verdict::NeedsApproval, &["quorum"][..]));
}

#[test]
fn the_larger_set_wins_and_then_the_older() {
    // `a` excludes `b` and `c`; `d` excludes `e`.
    let world = World::new()
        .has("x", 1, &["m>=1"])
        .has("m", 1, &[])
        .has("a", 1, &[])
        .has("b", 1, &[])
        .has("c", 1, &[])
        .candidate("a", 2, &["b<2", "c<2"])
        .candidate("b", 2, &[])
        .candidate("c", 2, &[])
        .has("d", 1, &[])
        .has("e", 1, &[])
        .candidate("d", 2, &["e<2"])
        .candidate("e", 2, &[]);
    assert_eq!(world.clone().moves(), "b c d");
    let mut older = world.with("e", |item| item.facts.since = time("2025-12-31"));
    assert_eq!(older.moves(), "b c e");
    let plan = older.plan();
    let excuse = plan.excuse(&"d".into()).expect("an excuse");
    assert_eq!(excuse.phase2.instead_of, [ItemId::from("e")]);
    assert_eq!(excuse.verdict, Verdict::BlockedByAnotherItem);
}

#[test]
fn what_is_out_is_to_blame_too() {
    // The youngest, `c`, is left out first; then `a` breaks, and only because `c` is out.
    let mut world = World::new()
        .has("a", 1, &[])
        .has("b", 1, &[])
        .has("c", 1, &[])
        .candidate("a", 2, &["c>=2"])
        .candidate("b", 2, &["c<2"])
        .candidate("c", 2, &[]);
    for sharp in [false, true] {
        world.toy.sharp = sharp;
        assert_eq!(world.moves(), "a c", "{sharp}");
    }
}

#[test]
fn a_removal_waits_for_those_who_need_it() {
    let world = World::new().has("blue", 1, &[]).has("red", 1, &["blue"]).removal("blue");
    assert_eq!(world.clone().moves(), "");
    assert_eq!(world.candidate("red", 2, &[]).moves(), "blue red");
}

#[test]
fn one_of_several_needs_is_enough() {
    let world = World::new()
        .candidate("red", 1, &[])
        .candidate("one", 1, &[])
        .candidate("two", 1, &[])
        .with("one", |item| item.facts.quorum = None)
        .with("red", |item| {
            item.facts.waits_for =
                vec![WaitFor { any_of: ["one".into(), "two".into()].into(), reason: "a backend".into() }];
        });
    assert_eq!(world.clone().moves(), "red two");
    let mut none = world.with("two", |item| item.facts.quorum = None);
    let plan = none.plan();
    let excuse = plan.excuse(&"red".into()).expect("an excuse");
    assert_eq!(excuse.verdict, Verdict::WaitingForAnotherItem);
    assert_eq!(excuse.blocked_by, ["one".into(), "two".into()]);
}

/// Sixty candidates in one component, of which every tenth breaks something.
fn large() -> World {
    let mut world = World::on(&[("py312", Requirement::Required)]);
    for number in 0..60 {
        let (project, dependent) = (format!("p{number:02}"), format!("d{number:02}"));
        world = world.has(&project, 1, &[]).candidate(&project, 2, &[]);
        let cap = if number % 10 == 0 { format!("{project}<2") } else { project };
        world = world.has(&dependent, 1, &[&cap]);
    }
    let members: Vec<String> = (0..60).map(|number| format!("p{number:02}")).collect();
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    world.profile("all", &members)
}

#[test]
fn a_large_component_with_local_breaks_takes_few_calls() {
    let mut world = large();
    let plan = world.plan();
    assert_eq!(plan.moving().len(), 54);
    assert!(plan.exact);
    // Two for the search; the rest takes apart and explains.
    let limits = SearchLimits { group_calls: 0, excuse_calls: 0, ..SearchLimits::default() };
    world.rules.search = limits;
    assert_eq!(world.plan().oracle_calls, 3);
}

#[test]
fn greedy_finds_the_local_breaks_too() {
    let mut world = large();
    world.rules.search = SearchLimits { exact_calls: 0, ..SearchLimits::default() };
    let plan = world.plan();
    assert!(!plan.exact);
    assert_eq!(plan.moving().len(), 54);
    let mut swap = swap();
    swap.rules.search = world.rules.search;
    assert_eq!(swap.moves(), "blue red");
}
