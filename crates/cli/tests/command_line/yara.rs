//! The operator's own rules. A program without them says so; `cargo xtask test yara` builds one with them.

use crate::place::{Place, ends_with};

const RULE: &str =
    "rule acme_token { meta: severity = \"block\" strings: $a = /acme_[0-9a-f]{8}/ condition: $a }";

#[cfg(not(feature = "yara"))]
#[test]
fn a_program_without_the_engine_says_how_to_build_one() {
    let place = Place::new("yara-absent");
    place.write("own.yar", RULE);
    place.write("packhouse.toml", "[inspect]\nyara = ['own.yar']\n");
    place.write("a.py", "x = 1\n");
    for arguments in [&["inspect", "a.py"][..], &["serve", "--upstream", "http://127.0.0.1:9/simple/"]] {
        let ran = place.run(arguments);
        ends_with(&ran, 2);
        ran.assert_says("this program was built without YARA");
        ran.assert_says("cargo build --release --features yara");
    }
    assert!(!place.folder.join("packhouse-data").exists());
}

#[cfg(feature = "yara")]
mod built {
    use packhouse_testkit::httptest::get;
    use packhouse_testkit::{FakeUpstream, Upload, Wheel};

    use super::{Place, RULE, ends_with};
    use crate::place::json;

    const TOKEN: &str = "x = 1\ntoken = 'acme_0123abcd'\n";

    #[test]
    fn a_confined_process_finds_what_the_rules_name() {
        let place = Place::new("yara");
        std::fs::create_dir(place.folder.join("rules")).expect("a folder");
        place.write("rules/own.yar", RULE);
        place.write("rules/readme.txt", "no rules");
        let file = Wheel::named("reb").version("1.0").module("reb/__init__.py", TOKEN).build();
        place.write(&file.filename, &file.bytes);
        ends_with(&place.run(&["inspect", &file.filename]), 0);
        for rules in ["rules", "rules/own.yar", "rules/*.yar", "rules/o*"] {
            let setting = format!("[\"{rules}\"]");
            let ran = place
                .run_with(&["--json", "inspect", &file.filename], &[("PACKHOUSE_INSPECT_YARA", &setting)]);
            ends_with(&ran, 1);
            let report = json(&ran);
            assert_eq!(report["verdict"], "block", "{rules}: {ran}");
            assert_eq!(report["findings"][0]["rule"], "Y:acme_token");
            assert_eq!(report["findings"][0]["path"], "reb/__init__.py");
            assert_eq!(report["findings"][0]["region"]["line"], 2);
        }
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let place = Place::new("yara-wrong");
        place.write("own.yar", RULE);
        place.write("bad.yar", "rule a { condition: true }\nrule b {\n  condition: tru }\n");
        place.write("a.py", "x = 1\n");
        for (setting, words) in [
            ("['bad.yar']", "bad.yar:3:14: error: unknown identifier"),
            ("['none/*.yar']", "names no file that ends with .yar or .yara"),
            ("['own.yar', 'none.yar']", "\"none.yar\" names no file"),
            ("['a**b']", "is no path or pattern"),
        ] {
            place.write("packhouse.toml", format!("[inspect]\nyara = {setting}\n"));
            let ran = place.run(&["inspect", "a.py"]);
            ends_with(&ran, 2);
            ran.assert_says(words);
        }
    }

    /// What was kept by other rules is looked at again, and what lies on the disk counts from the next start.
    #[test]
    fn what_was_served_is_looked_at_again_by_new_rules() {
        let (place, upstream) = (Place::new("yara-serve"), FakeUpstream::start());
        let file = Wheel::named("reb").version("1.0").module("reb/__init__.py", TOKEN).build();
        let path = format!("/files/{}/{}", file.sha256, file.filename);
        upstream.publish(Upload::of(file));
        let url = upstream.simple_url();
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--upstream", &url];
        let mut server = place.start(&arguments);
        let ask =
            |server: &crate::place::Running| get(&format!("{}{path}", server.url()), &[]).expect("an answer");
        assert_eq!(get(&format!("{}/simple/reb/", server.url()), &[]).expect("an answer").status, 200);
        assert_eq!(ask(&server).status, 200, "{}", server.log());
        server.signal("TERM");
        server.wait();

        place.write("own.yar", RULE);
        place.write("packhouse.toml", "[inspect]\nyara = ['own.yar']\n");
        let mut server = place.start(&arguments);
        place.write("own.yar", "rule other { condition: false }");
        crate::place::patiently("the refusal", || (ask(&server).status == 403).then_some(()));
        let why =
            get(&format!("{}/why/reb==1.0", server.url()), &[("accept", "text/html")]).expect("an answer");
        let text = String::from_utf8_lossy(&why.body).into_owned();
        assert!(text.contains("Y:acme_token"), "{text}");
        server.signal("TERM");
        server.wait();
    }
}
