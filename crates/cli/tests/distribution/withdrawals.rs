//! Taking a release out of use in each of the five ways, each after a look at who depends on it.

use packhouse_testkit::httptest::get;
use packhouse_testkit::{Upload, Wheel};
use serde_json::Value;

use crate::world::{WEEK, World};

const TWIG: &str = "twig==1.1";

/// leaf, which needs twig, in unstable; ben is security.
fn world(name: &str) -> World {
    let world = World::new(name);
    world.found();
    world.says("ada", &["project", "add", "leaf"]);
    for release in ["leaf==1.0", TWIG] {
        world.wait_for(release);
        world.exempt(release);
    }
    world.says("ada", &["project", "adopt", "twig"]);
    world.says(
        "ada",
        &["maintainer", "roles", "ben", "--role", "maintainer", "--role", "security", "--reason", "x"],
    );
    world
}

fn withdraw<'a>(how: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["withdraw", how, TWIG, "--reason", "sends tokens away"], more].concat()
}

/// The status of twig's file, asked by its hash, and the answer's text.
fn file(url: &str) -> (u16, String) {
    let answer = get(url, &[]).expect("an answer");
    (answer.status, String::from_utf8_lossy(&answer.body).into_owned())
}

/// The URL of twig's file, as unstable lists it.
fn file_url(world: &World) -> String {
    let page = world.index("unstable", "twig");
    let relative = page["files"][0]["url"].as_str().expect("a URL");
    let path = relative.trim_start_matches("../");
    format!("{}/{path}", world.served.url())
}

fn breaks(world: &World, condition: &str) -> Value {
    let url = format!("{}/api/v1/releases/twig/1.1/dependents?condition={condition}", world.served.url());
    let listed = get(&url, &[]).expect("an answer").json();
    assert_eq!((&listed[0]["release"], &listed[0]["suite"]), (&"leaf==1.0".into(), &"unstable".into()));
    assert_eq!(listed[0]["requirement"], "twig>=1");
    listed[0]["breaks"].clone()
}

#[test]
fn each_way_lists_the_dependents_and_does_what_it_says() {
    let world = world("withdraw");
    let url = file_url(&world);
    assert_eq!(file(&url).0, 200);
    for (condition, expected) in [
        ("deprecated", false),
        ("yanked", true),
        ("delisted", true),
        ("quarantined", true),
        ("condemned", true),
    ] {
        assert_eq!(breaks(&world, condition), expected, "{condition}");
    }
    let unknown = format!("{}/api/v1/releases/twig/1.1/dependents?condition=gone", world.served.url());
    assert_eq!(get(&unknown, &[]).expect("an answer").status, 400);

    // Deprecated: all stays as it is, and is marked.
    let said = world.says("ada", &withdraw("deprecate", &[]));
    said.assert_says("installs unstable leaf==1.0 twig>=1");
    let listed = world.index("unstable", "twig")["files"][0].clone();
    assert_eq!(listed["_packhouse-deprecated"], "sends tokens away", "{listed}");
    assert_eq!(listed["yanked"], false);
    assert_eq!(file(&url).0, 200);

    // Yanked: whoever does not pin it does without, so the preflight refuses until it is said twice.
    world.refused("ada", &withdraw("yank", &[]), "leaf==1.0 in unstable");
    world.says("ada", &withdraw("yank", &["--yes"])).assert_says("breaks unstable leaf==1.0 twig>=1");
    assert_eq!(world.index("unstable", "twig")["files"][0]["yanked"], "sends tokens away");
    assert_eq!(file(&url).0, 200);

    // Delisted: on no list, and still there for lockfiles, also when the upstream has it no longer.
    world.says("ada", &withdraw("delist", &["--yes"]));
    assert_eq!(world.index("unstable", "twig")["files"], Value::Array(Vec::new()));
    assert_eq!(file(&url).0, 200);

    // Quarantined, by two: refused with the reason, and given back by two.
    world.refused("ada", &withdraw("quarantine", &["--yes"]), "ada may not do this");
    let entry = world.entry_of("ben", &withdraw("quarantine", &["--yes"]));
    assert_eq!(file(&url).0, 200, "one is not enough");
    world.refused("ben", &["approve", &entry], "it needs a second person");
    world.says("ada", &["approve", &entry]);
    let (status, said) = file(&url);
    assert!(status == 403 && said.contains("sends tokens away"), "{status} {said}");
    world.refused("ada", &withdraw("restore", &[]), "ada may not do this");
    let entry = world.entry_of("ben", &withdraw("restore", &[]));
    assert_eq!(file(&url).0, 403, "one is not enough");
    world.says("ada", &["approve", &entry]);
    assert_eq!(file(&url).0, 200);
    assert_eq!(world.index("unstable", "twig")["files"][0]["yanked"], false);
    let serial = || world.json(&["suite", "show", "unstable"])["serial"].clone();
    let before = serial();

    // Condemned, by two: it leaves the suite for good, and nothing unreviewed comes in its place.
    let newer = Wheel::named("twig").version("1.2").module("twig.py", "def grow():\n    return 2\n");
    world.upstream.publish(Upload::of(newer.build()).age(WEEK));
    let entry = world.entry_of("ben", &withdraw("condemn", &["--yes", "--advisory", "OSV-1"]));
    assert_eq!(serial(), before);
    world.says("ada", &["approve", &entry]);
    assert_eq!(file(&url).0, 403);
    let suite = world.json(&["suite", "show", "unstable"]);
    assert_eq!(suite["serial"].as_u64(), before.as_u64().map(|serial| serial + 1), "{suite}");
    assert!(!suite["contents"].to_string().contains("twig"), "{suite}");
    let snapshots = get(&format!("{}/api/v1/suites/unstable/snapshots", world.served.url()), &[]);
    let because = snapshots.expect("an answer").json()[0]["because"].clone();
    assert_eq!((&because["kind"], because["entry"].to_string()), (&"withdrawal".into(), entry));
    // Still shown, so that clients say why; and nothing beside it.
    let page = world.index("unstable", "twig");
    assert_eq!(page["files"].as_array().map(Vec::len), Some(1), "{page}");
    let why = page["files"][0]["yanked"].as_str().expect("a reason");
    assert!(why.starts_with("Blocked by policy: twig 1.1 is condemned: sends tokens away; see"), "{why}");
    world.refused("ben", &withdraw("restore", &[]), "is condemned: that is final");
    let page = get(&format!("{}/project/twig", world.served.url()), &[]).expect("an answer").text();
    assert!(page.contains("1.1 is condemned") && page.contains("OSV-1"), "{page}");
    world.on_data(&["fsck"]).assert_success();
}
