//! What excuses and plans say, as data.

use packhouse_migration::{Earliest, ItemId, Verdict, WhatIf, plan};

use crate::world::{World, now, time};

/// `blue` 2 breaks `red`, whose 2 would do and is not signed.
fn waits_for_signature() -> World {
    World::new()
        .has("blue", 1, &[])
        .has("red", 1, &["blue<2"])
        .has("green", 1, &[])
        .candidate("blue", 2, &[])
        .candidate("red", 2, &["blue"])
        .candidate("green", 2, &[])
        .with("red", |item| {
            let quorum = item.facts.quorum.as_mut().expect("a quorum");
            quorum.signatures_needed = 2;
            quorum.claimed_by = vec!["bea".into()];
        })
}

#[test]
fn an_excuse_names_whom_it_waits_for_and_what_that_still_needs() {
    let plan = waits_for_signature().plan();
    let blue = plan.excuse(&"blue".into()).expect("an excuse");
    assert_eq!(blue.verdict, Verdict::BlockedByAnotherItem);
    assert!(blue.is_candidate && !blue.accepted);
    let fix = blue.phase2.minimal_fix.as_deref().expect("a fix");
    assert_eq!(fix.len(), 1);
    assert_eq!((fix[0].item_name.as_str(), fix[0].verdict), ("red", Verdict::NeedsApproval));
    assert_eq!(
        fix[0].needs,
        ["red 2 needs 1 signature more: it has 1 of 2 signatures and 1 of 1 organisations."]
    );
    assert_eq!(blue.actor_needed.iter().map(ToString::to_string).collect::<Vec<_>>(), ["person:bea"]);
    assert_eq!(blue.eta, Earliest::Unknown);
    let red = plan.excuse(&"red".into()).expect("an excuse");
    assert_eq!(red.reason, ["quorum"]);
    assert!(red.phase2.tried && red.phase2.acceptable && red.phase2.environments.is_empty());
    assert_eq!(red.phase2.minimal_fix.as_deref(), Some(&[][..]));
}

#[test]
fn a_clock_says_when_at_best() {
    let plan = waits_for_signature()
        .with("red", |item| {
            item.facts.quorum.as_mut().expect("a quorum").signatures_needed = 1;
            item.facts.since = time("2026-05-30");
        })
        .plan();
    for name in ["blue", "red"] {
        let excuse = plan.excuse(&name.into()).expect("an excuse");
        assert_eq!(excuse.eta, Earliest::At(time("2026-06-04")), "{name}");
    }
    assert_eq!(plan.excuse(&"blue".into()).expect("an excuse").verdict, Verdict::WaitingForAnotherItem);
}

#[test]
fn a_fix_can_take_several() {
    let mut world = World::new()
        .has("blue", 1, &[])
        .has("one", 1, &["blue<2"])
        .has("two", 1, &["blue<2"])
        .has("spare", 1, &[])
        .candidate("spare", 2, &[])
        .candidate("blue", 2, &[])
        .candidate("two", 2, &["blue"])
        .candidate("one", 2, &["blue"]);
    for name in ["one", "two"] {
        world = world.with(name, |item| item.facts.quorum = None);
    }
    let plan = world.plan();
    let fix = plan.excuse(&"blue".into()).expect("an excuse").phase2.minimal_fix.clone().expect("a fix");
    let names: Vec<&str> = fix.iter().map(|other| other.item_name.as_str()).collect();
    assert_eq!(names, ["one", "two"]);
}

#[test]
fn what_a_fix_breaks_is_mended_too() {
    // `red` 2 needs `dep` 2, and that breaks `gold`, which `blue` has nothing to do with.
    let mut world = World::new()
        .has("blue", 1, &[])
        .has("red", 1, &["blue<2"])
        .has("dep", 1, &[])
        .has("gold", 1, &["dep<2"])
        .candidate("blue", 2, &[])
        .candidate("red", 2, &["dep>=2"])
        .candidate("dep", 2, &[])
        .candidate("gold", 2, &["dep"]);
    for name in ["red", "dep", "gold"] {
        world = world.with(name, |item| item.facts.quorum = None);
    }
    let plan = world.plan();
    let fix = plan.excuse(&"blue".into()).expect("an excuse").phase2.minimal_fix.clone().expect("a fix");
    let names: Vec<&str> = fix.iter().map(|other| other.item_name.as_str()).collect();
    assert_eq!(names, ["dep", "gold", "red"]);
}

#[test]
fn limits_on_excuses_hold_and_are_told() {
    let mut world = waits_for_signature();
    world.rules.search.group_calls = 0;
    world.rules.search.excuse_calls = 0;
    let plan = world.plan();
    assert_eq!(plan.accepted.len(), 1);
    let blue = plan.excuse(&"blue".into()).expect("an excuse");
    assert!(!blue.phase2.tried && !blue.phase2.fix_search_complete);
    assert!(blue.verdict.rejects());
}

#[test]
fn what_if_is_the_same_call_with_other_facts() {
    let mut world = waits_for_signature();
    assert_eq!(world.moves(), "green");
    let mut supposed = world.clone();
    let accept: WhatIf = "accept Red==2.0".parse().expect("a supposition");
    assert_eq!(accept.apply(&mut supposed.items, now()), Ok(1));
    assert_eq!(supposed.moves(), "blue green red");
    let same = plan(&supposed.items, &supposed.rules, now(), &mut supposed.toy);
    assert_eq!(same, supposed.plan());
    assert_eq!(world.moves(), "green");
    for (text, moves) in [
        ("waive blue uninstallable:red", "blue green"),
        ("waive blue uninstallable:red@py312", "green"),
        ("waive red quorum", "green"),
        ("age-days green 1", ""),
        ("unblock blue", "green"),
    ] {
        let supposition: WhatIf = text.parse().expect(text);
        let mut items = world.items.clone();
        supposition.apply(&mut items, now()).expect(text);
        let plan = plan(&items, &world.rules, now(), &mut world.toy);
        let moving: Vec<&str> = plan.moving().into_iter().map(ItemId::as_str).collect();
        assert_eq!(moving.join(" "), moves, "{text}");
    }
    for text in
        ["", "accept red", "accept red==x", "age-days red many", "waive red", "unblock -", "praise red"]
    {
        assert!(text.parse::<WhatIf>().is_err(), "{text}");
    }
    let missing: WhatIf = "accept red==3".parse().expect("a supposition");
    assert_eq!(
        missing.apply(&mut world.items, now()).expect_err("no such item").to_string(),
        "no item of red 3 is in this run; those that are: blue 2, green 2, red 2"
    );
}

#[test]
fn an_oracle_that_leaves_out_what_items_touch_cannot_make_the_suite_worse() {
    let mut world = waits_for_signature();
    world.toy.honest = false;
    assert_eq!(world.moves(), "green");
}
