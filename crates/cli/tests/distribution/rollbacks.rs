//! A rollback brings nothing back silently that something speaks against.

use packhouse_testkit::httptest::get;
use packhouse_testkit::{Upload, Wheel};
use serde_json::{Value, json};

use crate::world::{WEEK, World};

const OLDER: &str = "twig==1.1";
const NEWER: &str = "twig==1.2";

fn text(world: &World, path: &str) -> String {
    get(&format!("{}{path}", world.served.url()), &[]).expect("an answer").text()
}

/// unstable@1 has twig 1.1, and unstable@2 twig 1.2; ben looks after twig.
fn world(name: &str) -> World {
    let world = World::new(name);
    let newer = Wheel::named("twig").version("1.2").module("twig.py", "def grow():\n    return 2\n");
    world.upstream.publish(Upload::of(newer.build()).age(WEEK));
    world.found();
    for release in [OLDER, NEWER] {
        world.says("ada", &["project", "add", release]);
        world.wait_for(release);
        world.exempt(release);
    }
    world.says("ben", &["project", "adopt", "twig"]);
    assert_eq!(held(&world), [NEWER]);
    world
}

fn held(world: &World) -> Vec<String> {
    let suite = world.json(&["suite", "show", "unstable"]);
    let contents = suite["contents"].as_array().expect("contents");
    contents.iter().map(|placed| placed["release"].as_str().expect("a release").to_owned()).collect()
}

#[test]
fn what_does_not_come_back_is_named_and_signed_for() {
    let world = world("rollback");
    let rollback = ["suite", "rollback", "unstable", "--to", "1", "--reason", "2 is too many"];
    let dry = || world.run(&[&rollback[..], &["--dry-run"]].concat());
    let looks = dry();
    looks
        .assert_success()
        .assert_says("unstable@3 becomes what unstable@1 was")
        .assert_says("+twig==1.1, -twig==1.2");
    assert!(!looks.stdout.contains("Does not come back"), "{looks}");

    // What was yanked since does not come back, and what would be a gap stays.
    world.says("ben", &["withdraw", "yank", OLDER, "--reason", "does not grow"]);
    dry()
        .assert_success()
        .assert_says("Does not come back:")
        .assert_says("twig==1.1 yanked does not grow")
        .assert_says("Stays, so that there is no gap: twig==1.2");
    let api: Value =
        serde_json::from_str(&text(&world, "/api/v1/suites/unstable/snapshots/1/rollback")).expect("JSON");
    let left = json!([{ "release": OLDER, "why": "yanked", "sentence": "does not grow" }]);
    assert_eq!((&api["left_out"], &api["stays"], &api["adds"]), (&left, &json!([NEWER]), &json!([])));
    world.refused("ada", &rollback, "twig==1.1 would not come back with unstable@1");
    assert_eq!(held(&world), [NEWER]);
    world.says("ada", &[&rollback[..], &["--yes"]].concat());
    assert_eq!(held(&world), [NEWER]);

    // It is said wherever the rollback is: the page of snapshots, the feeds of the suite, the project and who looks after it.
    let page = text(&world, "/suites/unstable/snapshots");
    assert!(page.contains("Did not come back: <code>twig==1.1</code> (is yanked)"), "{page}");
    for feed in ["suites/unstable", "projects/twig", "maintainers/ben"] {
        let feed = text(&world, &format!("/feeds/{feed}.atom"));
        let words = "makes unstable@3 by a rollback to 1 (2 is too many); without twig==1.1 (is yanked)";
        assert!(feed.contains(words), "{feed}");
    }
    let vic = text(&world, "/feeds/maintainers/vic.atom");
    assert!(!vic.contains("rollback"), "{vic}");
    // The same comes out of the ledger alone.
    world.on_data(&["fsck"]).assert_success().assert_says("sound");
}
