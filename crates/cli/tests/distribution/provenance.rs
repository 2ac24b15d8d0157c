//! What was kept with vetted files is looked for when everything is checked.

use std::path::{Path, PathBuf};

use packhouse_testkit::{Upload, Wheel};
use serde_json::json;

use crate::world::{WEEK, World};

const BARK: &str = "bark==1.0";

/// The file of a hash, however its folder is laid out.
fn kept(folder: &Path, hash: &str) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    for path in entries {
        let found = if path.is_dir() {
            kept(&path, hash)
        } else {
            let joined: String = path.iter().filter_map(|part| part.to_str()).collect();
            (joined.ends_with(hash)).then_some(path)
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

#[test]
fn fsck_says_which_provenance_is_missing() {
    let world = World::new("provenance");
    let document = json!({ "version": 1, "attestation_bundles": [{ "publisher": { "kind": "Test" }, "attestations": [] }] });
    let bark = Wheel::named("bark").version("1.0").module("bark.py", "rough = True\n");
    world.upstream.publish(Upload::of(bark.build()).age(WEEK).provenance(document));
    world.found();
    world.says("ada", &["project", "add", "bark"]);
    world.wait_for(BARK);
    world.exempt(BARK);
    world.on_data(&["fsck"]).assert_success().assert_says("sound");

    let file = world.json(&["review", "show", BARK])["files"][0].clone();
    let hash = file["provenance"]["sha256"].as_str().expect("a hash").to_owned();
    let path = kept(world.served.data(), &hash).expect("the kept document");
    std::fs::remove_file(path).expect("it is removed");
    let checked = world.on_data(&["fsck"]);
    assert!(!checked.success(), "{checked}");
    let filename = file["filename"].as_str().expect("a name");
    checked
        .assert_says(&format!(
            "provenance: bark==1.0 in unstable: the provenance of {filename} ({hash}) is not here"
        ))
        .assert_says("not sound");
    let report = world.on_data(&["fsck", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&report.stdout).expect("JSON");
    assert_eq!((&report["sound"], &report["missing-files"]), (&false.into(), &json!([])));
    assert_eq!(report["missing-provenance"].as_array().map(Vec::len), Some(1));
}
