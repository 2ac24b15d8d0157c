//! `packhouse inspect`: files, folders and releases, by the process that the program starts for it.

use std::time::Duration;

use packhouse_testkit::{BuiltFile, FakeUpstream, Sdist, Upload, Wheel};
use serde_json::Value;

use crate::place::{Place, ends_with, json};

/// Harmless: what it would run prints.
const DECODED: &str = "import base64\n\n\nexec(base64.b64decode('cHJpbnQoMSk='))\n";

fn calm(version: &str) -> BuiltFile {
    Wheel::named("reb").version(version).module("reb/__init__.py", "x = 1\n").build()
}

fn bad(version: &str) -> BuiltFile {
    Wheel::named("reb").version(version).module("reb/__init__.py", DECODED).build()
}

fn rules(report: &Value) -> Vec<(&str, &str)> {
    let findings = report["findings"].as_array().expect("findings").iter();
    let text = |value: &Value| value.as_str().map(str::to_owned).expect("a text");
    findings
        .map(|finding| (text(&finding["rule"]), text(&finding["class"])))
        .map(|(rule, class)| (&*rule.leak(), &*class.leak()))
        .collect()
}

#[test]
fn a_file_is_judged_and_the_code_says_how() {
    let place = Place::new("inspect-file");
    let (calm, bad) = (calm("1.0"), bad("1.1"));
    place.write(&calm.filename, &calm.bytes);
    place.write(&bad.filename, &bad.bytes);
    let ran = place.run(&["inspect", &calm.filename]);
    ends_with(&ran, 0);
    ran.assert_says("reb-1.0-py3-none-any.whl: pass");

    let ran = place.run(&["inspect", &bad.filename]);
    ends_with(&ran, 1);
    for words in [
        "reb-1.1-py3-none-any.whl: block",
        "BLOCK",
        "reb/__init__.py:4:1: `exec` runs what was decoded [S04]",
        "exec(base64.b64decode('cHJpbnQoMSk='))",
        "What does the decoded text say, and why is it not written as plain code?",
    ] {
        ran.assert_says(words);
    }
    let ran = place.run(&["--json", "inspect", &bad.filename]);
    ends_with(&ran, 1);
    let report = json(&ran);
    assert_eq!(report["verdict"], "block");
    assert_eq!(report["file"], bad.filename.as_str());
    assert_eq!(report["against"], Value::Null);
    assert_eq!(rules(&report)[0], ("S04", "block"));
    assert_eq!(report["findings"][0]["path"], "reb/__init__.py");
    assert_eq!(report["findings"][0]["region"]["line"], 4);

    let ran = place.run(&["inspect", "--sarif", &bad.filename]);
    ends_with(&ran, 1);
    let log = json(&ran);
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(log["runs"][0]["results"][0]["ruleId"], "S04");
    assert!(!place.folder.join("packhouse-data").exists(), "files of one's own need no database");
}

#[test]
fn what_was_there_before_only_informs() {
    let place = Place::new("inspect-against");
    for file in [calm("1.0"), bad("1.1"), bad("1.2")] {
        place.write(&file.filename, &file.bytes);
    }
    let name = |version: &str| format!("reb-{version}-py3-none-any.whl");
    let ran = place.run(&["--json", "inspect", &name("1.2"), "--against", &name("1.1")]);
    ends_with(&ran, 0);
    let report = json(&ran);
    assert_eq!((&report["verdict"], &report["against"]), (&"pass".into(), &name("1.1").into()));
    assert!(rules(&report).contains(&("S04", "info")), "{report:#}");
    ends_with(&place.run(&["inspect", &name("1.1"), "--against", &name("1.0")]), 1);
}

#[test]
fn folders_and_sdists_are_looked_into_and_links_are_not_followed() {
    let place = Place::new("inspect-folder");
    place.write("secret", DECODED);
    std::fs::create_dir_all(place.folder.join("tree/p/.git")).expect("folders");
    place.write("tree/p/__init__.py", "x = 1\n");
    place.write("tree/p/.git/hook.py", DECODED);
    std::os::unix::fs::symlink("../../secret", place.folder.join("tree/p/linked.py")).expect("a link");
    ends_with(&place.run(&["inspect", "tree"]), 0);
    place.write("tree/p/bad.py", DECODED);
    let ran = place.run(&["inspect", "tree"]);
    ends_with(&ran, 1);
    ran.assert_says("p/bad.py:4:1");

    let sdist = Sdist::named("reb").version("1.0").module("reb/__init__.py", DECODED).build();
    place.write(&sdist.filename, &sdist.bytes);
    ends_with(&place.run(&["inspect", &sdist.filename]), 1);
}

#[test]
fn what_cannot_be_read_is_held_or_blocked_and_never_passes() {
    let place = Place::new("inspect-damaged");
    let good = calm("1.0");
    for (name, bytes, verdict) in [
        ("cut-1.0-py3-none-any.whl", &good.bytes[..good.bytes.len() - 30], "block"),
        ("text-1.0-py3-none-any.whl", b"no zip", "block"),
        ("empty-1.0.tar.gz", b"", "block"),
        ("old-1.0.tar.bz2", b"BZh9", "hold"),
    ] {
        place.write(name, bytes);
        let ran = place.run(&["--json", "inspect", name]);
        ends_with(&ran, 1);
        assert_eq!(json(&ran)["verdict"], verdict, "{name}: {ran}");
    }
    // The process that looks fails in each way there is: the file is held, with the reason.
    place.write(&good.filename, &good.bytes);
    let ready = "printf 'ready 1\\n'; cat >/dev/null;";
    for (script, words) in [
        ("exit 3".to_owned(), "did not take the job"),
        (format!("{ready} exit 70"), "could not be confined"),
        (format!("{ready} exit 5"), "ended with code 5"),
        (format!("{ready} kill -11 $$"), "ended by signal 11"),
        (format!("{ready} printf 'answer 3\\nabc'"), "no report"),
        (format!("{ready} printf 'answer 30\\nabc'"), "30 bytes were promised, 3 came"),
        (format!("{ready} echo rubbish"), "cannot be read"),
        (format!("{ready} printf 'answer 2\\n{{}}'"), "no report"),
        (format!("{ready} sleep 60"), "was not done after 1 s"),
        ("cat >/dev/null; sleep 60".to_owned(), "was not done after 1 s"),
    ] {
        let command = format!("[\"/bin/sh\", \"-c\", '''{script}''']");
        let settings = [("PACKHOUSE_INSPECT_COMMAND", &*command), ("PACKHOUSE_INSPECT_TIME", "1s")];
        let ran = place.run_with(&["--json", "inspect", &good.filename], &settings);
        ends_with(&ran, 1);
        let report = json(&ran);
        assert_eq!(report["verdict"], "hold", "{script}: {ran}");
        assert_eq!(rules(&report), [("X03", "review")], "{script}");
        let message = report["findings"][0]["message"].as_str().expect("a message");
        assert!(message.contains(words), "{script}: {message}");
    }
    // The real one, with less memory than it needs.
    let large = Wheel::named("large").padding(60_000_000).build();
    place.write(&large.filename, &large.bytes);
    let ran =
        place.run_with(&["--json", "inspect", &large.filename], &[("PACKHOUSE_INSPECT_MEMORY", "40MB")]);
    ends_with(&ran, 1);
    assert_eq!(json(&ran)["verdict"], "hold", "{ran}");
}

#[test]
fn a_release_is_fetched_from_the_upstream() {
    let place = Place::new("inspect-release");
    let upstream = FakeUpstream::start();
    for file in [calm("1.0"), bad("1.1")] {
        upstream.publish(Upload::of(file).age(Duration::from_hours(1)));
    }
    upstream.publish(Upload::of(Sdist::named("reb").version("1.1").build()));
    let url = upstream.simple_url();
    let inspect =
        |arguments: &[&str]| place.run(&[&["--upstream", &url, "--json", "inspect"], arguments].concat());
    // Too young to be served, and that does not matter here.
    let ran = inspect(&["reb==1.0"]);
    ends_with(&ran, 0);
    assert_eq!(json(&ran)["file"], "reb-1.0-py3-none-any.whl");
    let ran = inspect(&["Reb==1.1", "--against", "reb==1.0"]);
    ends_with(&ran, 1);
    assert_eq!(json(&ran)["against"], "reb-1.0-py3-none-any.whl");
    assert_eq!(json(&ran)["verdict"], "block");
    let ran = inspect(&["reb==1.1", "--file", "reb-1.1.tar.gz"]);
    assert_eq!(json(&ran)["file"], "reb-1.1.tar.gz", "{ran}");

    for (arguments, words) in [
        (&["reb==9.9"][..], "reb 9.9 has no file that is a wheel or a .tar.gz"),
        (&["nothing==1.0"], "there is no project nothing upstream"),
        (&["reb"], "there is no file or folder reb"),
        (&["./reb-1.0.whl"], "there is no file or folder ./reb-1.0.whl"),
        (&["reb==one"], "one"),
        (&["reb==1.0", "--index", "tema"], "there is no index tema"),
    ] {
        let ran = inspect(arguments);
        ends_with(&ran, 2);
        assert!(ran.stdout.contains(words), "{arguments:?}: {ran}");
    }
    upstream.go_down();
    ends_with(&inspect(&["other==1.0"]), 3);
}
