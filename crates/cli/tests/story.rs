//! The distribution's whole story, from an empty folder, on recorded real packages, through a real pip: `packhouse tour` in
//! front of the fake upstream.

use std::process::Command;

use packhouse_testkit::{Client, FakeUpstream, Wheel};
use serde_json::Value;

/// Sources of the releases in the story, of which only the wheels are recorded.
const NOT_RECORDED: [&str; 7] = [
    "flask-3.1.3.tar.gz",
    "werkzeug-3.1.9.tar.gz",
    "jinja2-3.1.6.tar.gz",
    "click-8.5.1.tar.gz",
    "blinker-1.9.0.tar.gz",
    "itsdangerous-2.2.0.tar.gz",
    "markupsafe-3.0.4.tar.gz",
];

/// What has to hold, in order. The story may say more; it must not say less.
const HELD: [&str; 17] = [
    "pip made a lockfile with 7 hashes",
    "the server cannot invite anybody any more: people invite people",
    "7 of 7 candidates are here",
    "carol's signature is kept, and counts zero",
    "one signature is not enough for a project that is new: it waits",
    "with bob's, all of it is in unstable",
    "nothing moves on the first day",
    "all 7 projects moved, together",
    "pip installed exactly the reviewed versions from testing",
    "alice alone cannot release",
    "with bob's word, apricot 1.0 is released",
    "pip installed exactly the reviewed versions from apricot",
    "pip installed exactly the reviewed versions from apricot@1",
    "flask==3.1.4 is there upstream, and not here",
    "these are the vendor's very bytes",
    "pip refuses it, and prints the reason",
    "fsck: every signature and hash is good, and the tables agree",
];

#[test]
fn the_whole_story_holds() {
    let Some(pip) = Client::Pip.ready() else { return };
    let upstream = FakeUpstream::with_recorded();
    for filename in NOT_RECORDED {
        upstream.delete(filename);
    }
    // The release that nobody reviews.
    upstream.publish(Wheel::named("flask").version("3.1.4").module("flask/__init__.py", "").build());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = Command::new(env!("CARGO_BIN_EXE_packhouse"))
        .args(["tour", "--json", "--upstream", &upstream.simple_url(), "--data"])
        .arg(folder.path().join("data"))
        .arg("--python")
        .arg(pip.program())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder.path())
        .output()
        .expect("the program starts");
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    let report: Value = serde_json::from_str(said.trim())
        .unwrap_or_else(|error| panic!("no report ({error})\n{said}\n{errors}"));
    let checks: Vec<(&str, bool)> = report["checks"]
        .as_array()
        .expect("a list of checks")
        .iter()
        .map(|check| (check["what"].as_str().unwrap_or_default(), check["held"] == true))
        .collect();
    let expected: Vec<(&str, bool)> = HELD.iter().map(|what| (*what, true)).collect();
    assert_eq!(checks, expected, "{report:#}\n{errors}");
    assert_eq!(output.status.code(), Some(0), "{errors}");
}
