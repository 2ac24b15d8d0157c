//! What moves together under a name.

use packhouse_testkit::httptest::get;
use serde_json::Value;

use crate::world::{World, days_ahead};

fn add<'a>(members: &[&'a str]) -> Vec<&'a str> {
    [&["transition", "add", "grow"], members, &["--reason", "a new way to grow"]].concat()
}

#[test]
fn a_named_transition_moves_whole() {
    let world = World::new("transition");
    world.found();
    world.says("ada", &["project", "add", "leaf"]);
    for release in ["leaf==1.0", "twig==1.1"] {
        world.wait_for(release);
    }
    world.run(&["transition", "list"]).assert_success().assert_says("no transition is open");
    world.refused("ben", &add(&["leaf"]), "expected a project with versions");
    world.refused("ben", &add(&["ghost>=1"]), "ghost");
    let deadline = days_ahead(20);
    world.says("ben", &[&add(&["leaf>=1", "twig>=1.1,<2"])[..], &["--deadline", &deadline]].concat());
    let listed = world.json(&["transition", "list"]);
    assert_eq!((&listed[0]["name"], &listed[0]["by"]), (&"grow".into(), &"ben".into()));
    assert_eq!(listed[0]["members"][0]["progress"], "missing");
    assert_eq!(listed[0]["approved"], false);

    // One of them is there and waits for the other.
    world.exempt("twig==1.1");
    let suppose = ["--what-if", "age-days twig 90"];
    let plan = world.json(&[&["migrate", "--dry-run"], &suppose[..]].concat());
    assert_eq!(plan["accepted"], Value::Array(Vec::new()), "{plan}");
    assert_eq!(plan["excuses"][0]["transition"], "grow");
    let excuses = world.run(&["excuses", "twig"]);
    excuses
        .assert_success()
        .assert_says("transition grow")
        .assert_says("The transition `grow` (a new way to grow) lacks leaf >=1");
    let listed = world.run(&["transition", "list"]);
    listed.assert_success().assert_says("missing leaf").assert_says("waits twig").assert_says(&deadline);
    let page = |path: &str| get(&format!("{}{path}", world.served.url()), &[]).expect("an answer").text();
    let excuses = page("/excuses");
    for text in
        ["Transition grow", "a new way to grow", "part of the transition <a href=\"#transition-grow\">grow"]
    {
        assert!(excuses.contains(text), "{text}: {excuses}");
    }

    // Both are there: they are one group, and its reason is the name.
    world.exempt("leaf==1.0");
    let suppose = [&suppose[..], &["--what-if", "age-days leaf 90"]].concat();
    let plan = world.json(&[&["migrate", "--dry-run"], &suppose[..]].concat());
    assert_eq!(plan["accepted"][0]["items"].as_array().map(Vec::len), Some(2), "{plan}");
    assert_eq!(plan["accepted"][0]["reason"], "The transition `grow` moves whole or not at all.");

    // A freeze wants a release manager's word on it.
    world.says("ada", &["suite", "stage", "testing", "toolchain-freeze", "--reason", "soon"]);
    let frozen = world.run(&["excuses", "twig"]);
    frozen.assert_success().assert_says("part of a transition that is not approved");
    world.says("ada", &add(&["leaf>=1", "twig>=1.1,<2"]));
    assert_eq!(world.json(&["transition", "list"])[0]["approved"], true);
    assert_eq!(world.json(&["transition", "list"])[0]["by"], "ben");
    let approved = world.run(&["excuses", "twig"]);
    assert!(!approved.stdout.contains("that is not approved"), "{approved}");

    // Over: they move as they may.
    world.refused("vic", &["transition", "end", "grow", "--reason", "x"], "vic may not do this");
    world.says("ben", &["transition", "end", "grow", "--reason", "not needed"]);
    world.run(&["transition", "list"]).assert_success().assert_says("no transition is open");
    world.run(&["transition", "list", "--all"]).assert_success().assert_says("it ended on");
    assert_eq!(world.json(&["migrate", "--dry-run"])["excuses"][0]["transition"], Value::Null);
    assert!(!page("/excuses").contains("Transition grow"));
    assert!(page("/project/twig").contains("ends the transition grow: not needed"));
    world.on_data(&["fsck"]).assert_success();
}
