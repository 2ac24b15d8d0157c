//! How rejection spreads, and the rules as data.

use std::time::Duration;

use packhouse_migration::{Item, Judgement, MigrationRules, Permission, Verdict, WaitFor, judge};

use crate::policies::DAY;
use crate::world::{now, time, update, version};

/// Judges items by project and writes `project: verdict [blocked by]`.
fn verdicts(items: &[Item]) -> Vec<String> {
    let judgements = judge(items, &MigrationRules::default(), now());
    let line = |(item, judgement): (&Item, &Judgement)| {
        let causes: Vec<&str> =
            judgement.blocked_by.iter().map(packhouse_migration::ItemId::as_str).collect();
        format!("{}: {} [{}] {}", item.id, judgement.verdict.word(), causes.join(" "), judgement.earliest)
    };
    items.iter().zip(&judgements).map(line).collect()
}

fn waiting(project: &str, others: &[&[&str]]) -> Item {
    let mut item = update(project);
    item.facts.waits_for = others
        .iter()
        .map(|any_of| WaitFor {
            any_of: any_of.iter().map(|id| (*id).into()).collect(),
            reason: "built against it".into(),
        })
        .collect();
    item
}

#[test]
fn rejection_spreads_along_needs() {
    let mut young = update("young");
    young.facts.since = time("2026-05-30");
    let mut unsigned = update("unsigned");
    unsigned.facts.quorum.as_mut().expect("a quorum").signatures = 0;
    let items = [
        young,
        unsigned,
        waiting("a", &[&["young"]]),
        waiting("b", &[&["a"]]),
        waiting("c", &[&["a"], &["unsigned"]]),
        waiting("d", &[&["young", "unsigned"]]),
        waiting("e", &[&["young", "fine"]]),
        waiting("f", &[&["nobody"]]),
        update("fine"),
        waiting("ring-one", &[&["ring-two"]]),
        waiting("ring-two", &[&["ring-one"]]),
        waiting("g", &[&["d"]]),
    ];
    let expected = [
        "young: not yet [] 2026-06-04 00:00 UTC",
        "unsigned: needs approval [] unknown",
        "a: waits for another item [young] 2026-06-04 00:00 UTC",
        "b: waits for another item [young] 2026-06-04 00:00 UTC",
        "c: blocked by another item [unsigned young] unknown",
        "d: waits for another item [unsigned young] 2026-06-04 00:00 UTC",
        "e: passes [] now",
        "f: blocked by another item [nobody] unknown",
        "fine: passes [] now",
        "ring-one: passes [] now",
        "ring-two: passes [] now",
        "g: waits for another item [unsigned young] 2026-06-04 00:00 UTC",
    ];
    assert_eq!(verdicts(&items), expected);
    let mut backwards = items.clone();
    backwards.reverse();
    let mut found = verdicts(&backwards);
    found.reverse();
    assert_eq!(found, expected);
}

#[test]
fn in_a_ring_nobody_waits_for_themselves() {
    let mut young = waiting("one", &[&["two"]]);
    young.facts.since = time("2026-05-30");
    let items = [young, waiting("two", &[&["one"]])];
    assert_eq!(
        verdicts(&items),
        ["one: not yet [] 2026-06-04 00:00 UTC", "two: waits for another item [one] 2026-06-04 00:00 UTC"]
    );
}

#[test]
fn two_items_cannot_share_an_id() {
    let mut other = update("reb");
    other.adds = vec![version("3")];
    let judgements = judge(&[update("reb"), other], &MigrationRules::default(), now());
    assert!(judgements.iter().all(|judgement| judgement.verdict == Verdict::RejectedPermanently));
}

#[test]
fn the_rules_are_data() {
    let rules = MigrationRules::default();
    let text = serde_json::to_string(&rules).expect("JSON");
    assert_eq!(serde_json::from_str::<MigrationRules>(&text).expect("rules"), rules);
    let rules: MigrationRules =
        serde_json::from_str(r#"{"stage": "hard", "age": {"r2": "36h"}, "subsystems": {"tests": true}}"#)
            .expect("rules");
    assert_eq!(rules.current().minimum_age, 14 * DAY);
    assert_eq!(rules.current().key_or_untested, Permission::Unblock);
    assert_eq!(rules.age.r2, Duration::from_secs(36 * 3_600));
    assert_eq!(rules.age.r3, 10 * DAY);
    assert!(rules.subsystems.tests && rules.subsystems.coverage);
    assert!(serde_json::from_str::<MigrationRules>(r#"{"stagee": "hard"}"#).is_err());
    for policy in packhouse_migration::policies::policies(&rules) {
        assert!(policy.describe().ends_with('.') && policy.lift().ends_with('.'), "{}", policy.name());
    }
}
