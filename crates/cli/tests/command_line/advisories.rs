use packhouse_testkit::httptest::get;

use crate::place::{Place, Shop, ends_with, json, patiently};

const MALWARE: &str = r#"{
  "id": "MAL-2026-1", "modified": "2026-01-01T00:00:00Z", "summary": "It sends keys to a stranger",
  "affected": [{"package": {"ecosystem": "PyPI", "name": "six"}, "versions": ["1.17.0"]}]
}"#;

#[test]
fn malware_that_was_served_is_refused_and_who_got_it_is_listed() {
    let (place, shop) = (Place::new("advisories"), Shop::open());
    place.write("packhouse.toml", "[audit]\nclients = '30d'\n");
    let url = shop.url();
    let server = place.start(&["serve", "--listen", "127.0.0.1:0", "--upstream", &url]);
    let file = format!("{}/files/{}/{}", server.url(), shop.six.sha256, shop.six.filename);
    let ask = || get(&file, &[("user-agent", "pip/26.3")]).expect("an answer");
    assert_eq!(ask().status, 200);
    assert_eq!(ask().status, 200, "the second time from memory");

    let path = place.write("MAL-2026-1.json", MALWARE).display().to_string();
    let imported = place.run(&["advisories", "import", &path]);
    ends_with(&imported, 0);
    imported.assert_says("1 records read, 1 new or newer");
    // The running server sees what another process wrote.
    patiently("the refusal", || (ask().status == 403).then_some(()));

    let listed = json(&place.run(&["advisories", "list", "--malware", "--json"]));
    assert_eq!(listed["advisories"][0]["id"], "MAL-2026-1");
    assert_eq!(listed["status"]["malware"], 1);
    let shown = place.run(&["advisories", "show", "MAL-2026-1"]);
    ends_with(&shown, 0);
    shown.assert_says("MAL-2026-1 MALWARE six It sends keys to a stranger");
    ends_with(&place.run(&["advisories", "show", "MAL-2026-9"]), 1);
    let served = place.run(&["advisories", "served", "MAL-2026-1", "--json"]);
    ends_with(&served, 1);
    let served = json(&served);
    let handed = served["files"][0]["handed_out"].as_array().expect("hand-outs");
    let client = handed.iter().find(|to| to["client"] == "127.0.0.1").expect("the client");
    assert_eq!(client["agent"], "pip/26.3");
    assert!(client["times"].as_u64() >= Some(2), "{client}");
    assert_eq!(served["clients_kept"], true);

    ends_with(&place.run(&["advisories", "forget", "MAL-2026-1"]), 0);
    patiently("the file", || (ask().status == 200).then_some(()));
    ends_with(&place.run(&["advisories", "update"]), 1);
    let broken = place.write("broken.json", "{").display().to_string();
    let broken = place.run(&["advisories", "import", &broken]);
    ends_with(&broken, 1);
    broken.assert_says("1 not readable");
}
