//! Words on a migration: each kind, and what comes of it.

use serde_json::Value;

use crate::world::{World, days_ahead};

const TWIG: &str = "twig==1.1";

/// twig in unstable.
fn world(name: &str) -> World {
    let world = World::new(name);
    world.found();
    world.says("ada", &["project", "add", "twig"]);
    world.wait_for(TWIG);
    world.exempt(TWIG);
    world
}

/// What a policy says of the only item, by the plan as JSON.
fn hit(plan: &Value, policy: &str) -> Value {
    let hits = plan["excuses"][0]["policy-info"].as_array().expect("policies").clone();
    hits.into_iter().find(|hit| hit["policy"] == policy).unwrap_or_default()
}

fn hint<'a>(words: &[&'a str]) -> Vec<&'a str> {
    [&["hint"], words, &["--reason", "known for years"]].concat()
}

fn waive<'a>(fact: &'a str, until: &'a str) -> Vec<&'a str> {
    hint(&["waive", TWIG, "--fact", fact, "--until", until])
}

fn plan(world: &World, suppose: &[&str]) -> Value {
    world.json(&[&["migrate", "--dry-run"], suppose].concat())
}

#[test]
fn each_kind_of_hint_does_what_it_says_and_ends() {
    let world = world("hints");
    let old = ["--what-if", "age-days twig 90"];
    let moves = |suppose: &[&str]| plan(&world, suppose)["excuses"][0]["accepted"] == true;
    assert!(moves(&old));

    // A block holds it, and an unblock that came later lifts it; ended, the block holds again.
    let block = world.entry_of("ada", &hint(&["block", TWIG]));
    assert!(!moves(&old));
    world
        .run(&["excuses", "twig"])
        .assert_success()
        .assert_says("twig 1.1 is blocked by ada: known for years");
    let unblock = world.entry_of("ada", &hint(&["unblock", TWIG]));
    assert!(moves(&old));
    world.says("ada", &["hint", "end", &unblock, "--reason", "not so soon"]);
    assert!(!moves(&old));
    world.refused("ben", &["hint", "end", &block, "--reason", "x"], "ben may not do this");
    world.says("ada", &["hint", "end", &block, "--reason", "all is well"]);
    world.refused("ada", &["hint", "end", &block, "--reason", "again"], "has ended already");
    assert!(moves(&old));

    // A shorter wait waives the age, once its days are over.
    assert!(!moves(&[]));
    let age = world.entry_of("ada", &hint(&["age", TWIG, "--days", "0"]));
    assert_eq!(hit(&plan(&world, &[]), "age")["verdict"], "pass-hinted");
    assert!(moves(&[]));
    world.says("ada", &["hint", "end", &age, "--reason", "no hurry"]);
    assert!(!moves(&[]));
    let age = world.entry_of("ada", &hint(&["age", TWIG, "--days", "30"]));
    assert!(!moves(&[]), "its days are not over");
    world.says("ada", &["hint", "end", &age, "--reason", "no hurry"]);

    // A waiver names the rule, and has an end.
    let until = days_ahead(20);
    world.refused("ada", &waive("age", &days_ahead(300)), "by 180 days at most");
    let waiver = world.entry_of("ada", &waive("age", &until));
    let told = plan(&world, &[]);
    assert_eq!(hit(&told, "age")["waived"]["by"], "ada", "{told}");
    assert!(moves(&[]));
    world.says("ada", &["hint", "end", &waiver, "--reason", "not needed"]);
    let broken = [&waive("installability", &until)[..], &["--name", "leaf"]].concat();
    world.says("ada", &broken);

    // The security lane counts people.
    world.says(
        "ada",
        &["maintainer", "roles", "ben", "--role", "maintainer", "--role", "security", "--reason", "x"],
    );
    world.says("ben", &hint(&["security", TWIG]));
    assert!(!moves(&[]), "one approval is not enough");
    world
        .run(&["excuses", "twig"])
        .assert_success()
        .assert_says("With 1 more approvals of the security team");
    world.says("ada", &hint(&["security", TWIG]));
    assert!(moves(&[]));

    // Not theirs to say, and not about what is not there.
    world.refused("vic", &hint(&["block", TWIG]), "vic may not do this");
    world.refused("ben", &hint(&["unblock", TWIG]), "ben may not do this");
    world.refused("ada", &hint(&["block", "twig==9"]), "twig==9 was not taken in");
    let nowhere = [&hint(&["block", TWIG])[..], &["--suite", "nowhere"]].concat();
    world.refused("ada", &nowhere, "there is no suite \"nowhere\"");
    world.refused("ada", &["hint", "end", "1", "--reason", "x"], "hint in entry");
    world.on_data(&["fsck"]).assert_success();
}
