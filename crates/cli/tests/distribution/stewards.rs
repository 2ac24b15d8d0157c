//! Who looks after a project: hand-over, orphaning, salvage.

use serde_json::Value;

use crate::world::World;

#[test]
fn a_project_changes_hands() {
    let world = World::new("stewards");
    world.found();
    world.says("ada", &["project", "add", "leaf"]);
    world.wait_for("leaf==1.0");
    let stewards = || world.json(&["project", "show", "leaf"])["stewards"].clone();

    // The vendor looks after nothing of its own.
    world.refused("vic", &["project", "adopt", "leaf"], "a maintainer is never the vendor");
    // From ada to ben: he comes, she goes.
    world.says("ada", &["project", "adopt", "leaf"]);
    world.says("ben", &["project", "adopt", "leaf"]);
    assert_eq!(stewards(), Value::from(vec!["ada", "ben"]));
    world.refused("vic", &["project", "disown", "leaf", "--of", "ada"], "vic may not do this");
    world.says("ada", &["project", "disown", "leaf"]);
    world.refused("ada", &["project", "disown", "leaf"], "ada does not look after leaf");
    assert_eq!(stewards(), Value::from(vec!["ben"]));

    // A salvage is announced; whoever looks after the project ends it.
    let ask = ["project", "salvage", "leaf", "--reason", "three months of silence"];
    let object = ["project", "salvage", "leaf", "--object", "--reason", "I am here"];
    world.refused("ben", &object, "nobody asked to take leaf over");
    world.says("ada", &ask);
    let shown = world.json(&["project", "show", "leaf"]);
    assert_eq!(shown["salvage"]["by"], "ada");
    assert_eq!(shown["standing"]["salvage"][0], "objections", "{shown}");
    world.refused("ada", &ask, "ada asked to take leaf over on");
    world.refused("ada", &object, "those who look after the project");
    world.says("ben", &object);
    assert_eq!(world.json(&["project", "show", "leaf"])["salvage"], Value::Null);
    world.says("ada", &ask);
    // Before its time an adoption drives nobody out.
    world.says("ada", &["project", "adopt", "leaf"]);
    assert_eq!(stewards(), Value::from(vec!["ada", "ben"]));

    // Nobody's, and adopted again; given up for good, and taken in again.
    let orphan = ["project", "orphan", "leaf", "--reason", "nobody answers"];
    world.refused("ben", &orphan, "ben may not do this");
    world.says("ada", &orphan);
    let shown = world.json(&["project", "show", "leaf"]);
    assert_eq!((&shown["stewardship"], &shown["stewards"]), (&"orphaned".into(), &Value::Array(Vec::new())));
    world.says("ben", &["project", "adopt", "leaf"]);
    assert_eq!(world.json(&["project", "show", "leaf"])["stewardship"], "active");
    world.says("ada", &[&orphan[..], &["--retire"]].concat());
    world.refused("ben", &["project", "adopt", "leaf"], "is retired");
    assert_eq!(world.json(&["project", "show", "leaf"])["stewardship"], "retired");
    world.says("ben", &["project", "add", "leaf"]);
    assert_eq!(world.json(&["project", "show", "leaf"])["stewardship"], "active");

    // Whoever leaves the distribution leaves their projects.
    world.says("ben", &["project", "adopt", "leaf"]);
    world.says("ben", &["maintainer", "leave", "--reason", "a new job"]);
    assert_eq!(stewards(), Value::Array(Vec::new()));
    world.refused("ben", &["project", "adopt", "leaf"], "they have left");
    let page = packhouse_testkit::httptest::get(&format!("{}/project/leaf", world.served.url()), &[]);
    let page = page.expect("an answer").text();
    for text in ["orphans leaf: nobody answers", "asks to take over leaf", "objects to a salvage of leaf"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    world.on_data(&["fsck"]).assert_success();
}
