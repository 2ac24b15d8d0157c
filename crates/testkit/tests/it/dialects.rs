use packhouse_testkit::httptest::{get, run_text};
use packhouse_testkit::{Dialect, FakeUpstream, Sdist, Upload, Wheel};
use serde_json::json;

const JSON: &str = "application/vnd.pypi.simple.v1+json, text/html;q=0.1";

fn upstream(dialect: Dialect) -> FakeUpstream {
    let upstream = FakeUpstream::start();
    upstream.speak(dialect);
    let wheel = Wheel::named("Some.Thing").version("2.0").requires_python(">=3.8").requires("six>=1").build();
    let sdist = Sdist::named("Some.Thing").version("1.0").build();
    upstream.publish(Upload::of(sdist).at("2025-01-01T00:00:00.123456Z").yanked("broken & <bad>"));
    upstream.publish(
        Upload::of(wheel)
            .at("2026-01-01T00:00:00Z")
            .provenance(json!({ "version": 1, "attestation_bundles": [] }))
            .field("new-in-1.9", json!("kept?")),
    );
    upstream.set_status("some-thing", "archived", Some("no more"));
    upstream.set_field("some-thing", "_private", json!(7));
    upstream
}

fn page(dialect: Dialect, accept: &str) -> String {
    let upstream = upstream(dialect);
    get(&format!("{}some-thing/", upstream.simple_url()), &[("accept", accept)]).expect("an answer").text()
}

#[test]
fn html_is_bare_and_dated_only_when_json_is_asked_for() {
    let bare = page(Dialect::Html, "text/html");
    assert!(bare.contains("data-requires-python=\"&gt;=3.8\""), "{bare}");
    assert!(bare.contains("data-yanked=\"broken &amp; &lt;bad&gt;\""), "{bare}");
    for absent in ["upload-time", "metadata", "provenance", "status", "size"] {
        assert!(!bare.contains(absent), "{absent}: {bare}");
    }
    let dated = page(Dialect::Html, JSON);
    assert!(dated.contains("data-upload-time=\"2025-01-01T00:00:00.123456Z\""), "{dated}");
    assert!(dated.starts_with("<!DOCTYPE html>"), "{dated}");
}

#[test]
fn minimal_html_is_links_and_hashes() {
    for accept in ["text/html", JSON] {
        let page = page(Dialect::HtmlMinimal, accept);
        assert!(page.contains("#sha256=") && !page.contains("data-"), "{page}");
    }
}

#[test]
fn json_is_complete() {
    let upstream = upstream(Dialect::Json);
    run_text(
        "json",
        r#"
GET /simple/some-thing/
> accept: application/vnd.pypi.simple.v1+json
status == 200
header content-type == application/vnd.pypi.simple.v1+json
header x-pypi-last-serial == 4
json meta.api-version == "1.4"
json versions == ["1.0", "2.0"]
json project-status == {"status": "archived", "reason": "no more"}
json _private == 7
json files[0].filename == "some_thing-1.0.tar.gz"
json files[0].yanked == "broken & <bad>"
json files[0].core-metadata == false
json files[0].upload-time == "2025-01-01T00:00:00.123456Z"
json files[1].size > 100
json files[1].requires-python == ">=3.8"
json files[1].new-in-1.9 absent
json files[1]["new-in-1.9"] == "kept?"
json files[1].provenance =~ /integrity/some-thing/2.0/
save metadata = json files[1].core-metadata.sha256
save path = json files[1].url =~ ^http://[^/]+(/.*)$
save provenance = json files[1].provenance

GET {path}.metadata
status == 200
body sha256 == {metadata}
body contains Requires-Dist: six>=1

GET {provenance}
header content-type == application/vnd.pypi.integrity.v1+json
json version == 1

GET /simple/some-thing/
header content-type == text/html
body contains <meta name="pypi:repository-version" content="1.4">
body contains <meta name="pypi:project-status" content="archived">
body contains data-core-metadata="sha256={metadata}"

GET /simple/
> accept: application/vnd.pypi.simple.v1+json
json projects[*].name == ["some-thing"]
"#,
        &upstream.url(),
        &[],
    )
    .assert();
}

#[test]
fn json_1_0_has_only_what_pep_691_asks() {
    let upstream = upstream(Dialect::Json10);
    run_text(
        "json10",
        r#"
GET /simple/some-thing/
> accept: application/vnd.pypi.simple.v1+json
json meta == {"api-version": "1.0"}
json versions absent
json project-status absent
json files[1].size absent
json files[1].upload-time absent
json files[1].core-metadata absent
json files[1].requires-python == ">=3.8"
json files[0].yanked == "broken & <bad>"
"#,
        &upstream.url(),
        &[],
    )
    .assert();
}

#[test]
fn the_projects_json_says_what_bare_pages_lack() {
    let upstream = upstream(Dialect::Html);
    let text = r#"
GET /pypi/some-thing/json
header content-type == application/json
json info.version == "2.0"
json info.requires_dist == ["six>=1"]
json urls[0].size > 100
json releases["1.0"][0].yanked_reason == "broken & <bad>"
json releases["1.0"][0].upload_time_iso_8601 == "2025-01-01T00:00:00.123456Z"
json releases["1.0"][0].packagetype == "sdist"
json releases["2.0"][0].digests.sha256 =~ ^[0-9a-f]{64}$

GET /pypi/some-thing/1.0/json
json info.version == "1.0"
json urls[0].filename == "some_thing-1.0.tar.gz"
json releases absent

GET /pypi/some-thing/3.0/json
status == 404

GET /pypi/nothing/json
status == 404
"#;
    run_text("project json", text, &upstream.url(), &[]).assert();
    upstream.configure(|settings| (settings.project_json, settings.version_json) = (false, false));
    let text = "GET /pypi/some-thing/json\nstatus == 404\nGET /pypi/some-thing/1.0/json\nstatus == 404\n";
    run_text("project json off", text, &upstream.url(), &[]).assert();
}

#[test]
fn what_is_switched_off_is_gone() {
    let upstream = upstream(Dialect::Json);
    upstream.configure(|settings| {
        settings.metadata_files = false;
        settings.last_serial = false;
        settings.relative_urls = true;
    });
    let path = upstream.file_path("some_thing-2.0-py3-none-any.whl");
    let text = r#"
GET /simple/some-thing/
> accept: application/vnd.pypi.simple.v1+json
header x-pypi-last-serial absent
json files[1].core-metadata == false
json files[1].url == "../..{path}"

GET {path}
status == 200

GET /packages{path}
status == 200

GET {path}.metadata
status == 404
"#;
    run_text("switched off", text, &upstream.url(), &[("path", &path)]).assert();
}

#[test]
fn a_quarantined_project_lists_nothing() {
    let upstream = upstream(Dialect::Json);
    upstream.set_status("some-thing", "quarantined", None);
    let text = "GET /simple/some-thing/\n> accept: application/vnd.pypi.simple.v1+json\n\
                json-count files == 0\njson project-status.status == \"quarantined\"\n";
    run_text("quarantined", text, &upstream.url(), &[]).assert();
}
