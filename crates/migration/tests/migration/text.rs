//! The shapes that people and programs read: fixed, so that a change of them is seen.

use packhouse_migration::{Item, MigrationRules};
use serde_json::Value;

use crate::world::{World, update};

fn world() -> World {
    World::new()
        .has("blue", 1, &[])
        .has("red", 1, &["blue<2@py313"])
        .has("green", 1, &[])
        .candidate("blue", 2, &[])
        .candidate("red", 2, &["blue"])
        .candidate("green", 2, &[])
        .with("red", |item| item.facts.quorum.as_mut().expect("a quorum").signatures_needed = 2)
}

#[test]
fn a_terminal() {
    let expected = "\
1 of 3 items move (development).
  green: It moves by itself.
Uninstallable roots: 0 before, 0 after. Asked 5 times; no larger set can move.

blue (update: 1 to 2): blocked by another item
  on py313 it makes uninstallable: red
      red has no solution on py313
  it would pass together with red 2:
      red 2 needs 1 signature more: it has 1 of 2 signatures and 1 of 1 organisations.
  must act: role:maintainer; since 2026-01-01 00:00 UTC; at best: unknown

red (update: 1 to 2): needs approval
  quorum: red 2 needs 1 signature more: it has 1 of 2 signatures and 1 of 1 organisations. [needs approval]
      A maintainer who is not the vendor reviews and signs. No waiver stands for a signature.
  must act: role:maintainer; since 2026-01-01 00:00 UTC; at best: unknown
";
    assert_eq!(world().plan().to_string(), expected);
}

#[test]
fn excuses_json() {
    let plan = serde_json::to_value(world().plan()).expect("JSON");
    let keys =
        |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(keys(&plan), "format generated stage accepted before after excuses oracle-calls exact");
    assert_eq!(plan["accepted"], serde_json::json!([{"items": ["green"], "reason": "It moves by itself."}]));
    let blue = &plan["excuses"][0];
    assert_eq!(
        keys(blue),
        "item-name project kind old-version new-version transition accepted is-candidate \
         migration-policy-verdict verdict policy-info reason blocked-by phase2 actor-needed since eta waivers"
    );
    assert_eq!(blue["verdict"], "blocked-by-another-item");
    assert_eq!(blue["new-version"], serde_json::json!(["2"]));
    assert_eq!(blue["eta"], "unknown");
    assert_eq!(blue["actor-needed"], serde_json::json!(["role:maintainer"]));
    assert_eq!(keys(&blue["policy-info"][0]), "policy verdict sentence lift actors since earliest waived");
    assert_eq!(
        keys(&blue["phase2"]),
        "tried acceptable tried-with environments minimal-fix fix-search-complete instead-of"
    );
    assert_eq!(
        blue["phase2"]["environments"],
        serde_json::json!({"py313": {
            "requirement": "required",
            "newly-uninstallable": [
                {"root": "red", "waived": false, "explanation": ["red has no solution on py313"]}
            ]
        }})
    );
    assert_eq!(keys(&blue["phase2"]["minimal-fix"][0]), "item-name subject verdict needs actor-needed eta");
}

#[test]
fn items_and_facts_can_be_kept_and_read_again() {
    let item = update("reb");
    let text = serde_json::to_string(&item).expect("JSON");
    assert_eq!(serde_json::from_str::<Item>(&text).expect("an item"), item);
    let broken = text.replace("\"project\":\"reb\"", "\"project\":\"-\"");
    assert!(serde_json::from_str::<Item>(&broken).is_err());
    let judged = packhouse_migration::judge(&[item], &MigrationRules::default(), crate::world::now());
    assert_eq!(judged.len(), 1);
}
