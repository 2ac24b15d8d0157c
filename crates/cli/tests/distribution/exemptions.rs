//! Releases that are taken without a review, until a date.

use packhouse_testkit::httptest::get;
use serde_json::Value;

use crate::world::{World, days_ahead};

const TWIG: &str = "twig==1.1";

#[test]
fn an_exemption_stands_in_for_reviews_until_its_key_is_revoked() {
    let world = World::new("exempt");
    world.found();
    world.says("ada", &["project", "add", "twig"]);
    world.wait_for(TWIG);
    world.run(&["exempt"]).assert_success().assert_says("nothing is exempt from review");

    // Not theirs to say, not for so long, not without an end.
    let (soon, late) = (days_ahead(30), days_ahead(200));
    let exempt = |until| ["exempt", TWIG, "--until", until, "--reason", "in use for years"];
    world.refused("ben", &exempt(&soon), "ben may not do this");
    world.refused("ada", &exempt(&late), "by 180 days at most");
    world.refused("ada", &["exempt", TWIG, "--reason", "x"], "--until");
    world.refused("ada", &["exempt", TWIG, "--until", &soon], "--reason");

    let said = world.says("ada", &exempt(&soon));
    let sha256 = world.json(&["review", "show", TWIG])["files"][0]["sha256"].clone();
    said.assert_says(sha256.as_str().expect("a hash")).assert_says("twig==1.1: accepted, reviewed");
    assert_eq!(world.index("unstable", "twig")["files"][0]["hashes"]["sha256"], sha256);

    // It is shown wherever reviews are.
    let listed = world.json(&["exempt"]);
    assert_eq!((&listed[0]["release"], &listed[0]["by"]), (&TWIG.into(), &"ada".into()));
    assert_eq!((&listed[0]["files"][0], &listed[0]["why_not"]), (&sha256, &Value::Null));
    world.run(&["exempt"]).assert_success().assert_says("twig==1.1").assert_says(&soon).assert_says("holds");
    world.run(&["review", "show", TWIG]).assert_success().assert_says(&format!("exempt by ada until {soon}"));
    let page = |path: &str| get(&format!("{}{path}", world.served.url()), &[]).expect("an answer").text();
    for path in ["/review/twig/1.1", "/project/twig"] {
        let page = page(path);
        assert!(page.contains("xempt from review</strong> until"), "{path}: {page}");
        assert!(page.contains("in use for years"), "{path}");
    }
    world.run(&["excuses", "twig"]).assert_success().assert_says("exemption");

    // The key is revoked, and what it exempted is not reviewed any more.
    let line = world.make_key("ada-2");
    let second = world.key("ada-2");
    world.says("ada", &["maintainer", "key", "add", &second]);
    let keys = world.json(&["maintainer", "show", "ada"])["keys"].clone();
    let first =
        keys.as_array().expect("keys").iter().find(|key| !line.contains(key["line"].as_str().unwrap()));
    let first = first.expect("the first key")["fingerprint"].as_str().expect("a fingerprint").to_owned();
    world.says("ada-2", &["maintainer", "key", "revoke", &first, "--after", "1", "--reason", "stolen"]);
    let listed = world.json(&["exempt"]);
    assert_eq!(listed[0]["why_not"], "signed with a key that is revoked: stolen");
    assert_eq!(world.json(&["review", "show", TWIG])["status"]["complete"], false);
    assert!(page("/review/twig/1.1").contains("It covers nothing: signed with a key that is revoked"));
    world.on_data(&["fsck"]).assert_success();
}

#[test]
fn an_exemption_ends_before_its_date() {
    let world = World::new("exempt-end");
    world.found();
    world.says("ada", &["project", "add", "twig"]);
    world.wait_for(TWIG);
    world.exempt(TWIG);
    let entry = world.json(&["exempt"])[0]["entry"].to_string();
    let end = ["exempt", "--end", &entry, "--reason", "it was read, and lacks"];
    world.refused("ada", &end[..3], "--reason");
    world.refused("ben", &end, "ben may not do this");
    world.says("ada", &end).assert_says("twig==1.1: accepted, it lacks 2 of 2 signatures");
    world.refused("ada", &end, "was ended in entry");
    let listed = world.json(&["exempt"]);
    assert_eq!(listed[0]["ended"]["reason"], "it was read, and lacks");
    let why = listed[0]["why_not"].as_str().expect("a reason");
    assert!(why.starts_with("ended in entry") && why.ends_with("it was read, and lacks"), "{why}");
    assert_eq!(world.json(&["review", "show", TWIG])["status"]["complete"], false);
    // It stays where it is, and moves no further: the page and the excuses say so.
    let page = |path: &str| get(&format!("{}{path}", world.served.url()), &[]).expect("an answer").text();
    assert!(page("/project/twig").contains("It covers nothing: ended in entry"));
    assert_eq!(world.index("unstable", "twig")["files"].as_array().map(Vec::len), Some(1));
    world.run(&["excuses", "twig"]).assert_success().assert_says("0 of 2 signatures");
    world.on_data(&["fsck"]).assert_success();
}
