use packhouse_testkit::httptest::{Report, run_text};
use packhouse_testkit::{Dialect, FakeUpstream, Fault, Upload, Wheel};
use serde_json::json;

fn upstream() -> FakeUpstream {
    let upstream = FakeUpstream::start();
    let six =
        Wheel::named("six").version("1.17.0").module("six.py", "x = 1\n").requires_python(">=3.8").build();
    upstream.publish(Upload::of(six).at("2026-11-01T00:00:00Z").field("_extra", json!({ "deep": [1, 2] })));
    upstream
}

fn run(text: &str) -> Report {
    let upstream = upstream();
    run_text("test.txt", text, &upstream.url(), &[("project", "six")])
}

#[test]
fn a_file_that_is_right_passes() {
    let report = run(r#"
# Everything the language has.
GET /simple/{project}/
> accept: application/vnd.pypi.simple.v1+json
status == 200
status in 200 304
status < 300
reason == OK
header content-type == application/vnd.pypi.simple.v1+json
header content-type != text/html
header etag =~ ^"[0-9a-f]{64}"$
header x-nothing absent
header etag present
header-count etag == 1
json meta.api-version == "1.4"
json name == "six"
json files[0].filename == "six-1.17.0-py3-none-any.whl"
json files[filename=six-1.17.0-py3-none-any.whl].yanked == false
json files[*].filename contains six-1.17.0-py3-none-any.whl
json files[0]._extra == {"deep": [1, 2]}
json files[0].size > 100
json files[0].nothing absent
json files[0].upload-time =~ ^2026-11-01T.*Z$
json files[0].hashes.sha256 !~ [^0-9a-f]
json-count files == 1
json-count versions == 1
body contains "api-version"
body lacks javascript
body length > 100
save etag = header etag
save path = json files[0].url =~ ^http://[^/]+(/.*)$
save sha = json files[0].hashes.sha256
save url = json files[0].url

GET /simple/six/
> accept: application/vnd.pypi.simple.v1+json
> if-none-match: {etag}
status == 304
body length == 0

HEAD {path}
status == 200
header content-length > 100
body length == 0
error absent

GET {url}
reuse
status == 200
body sha256 == {sha}

GET {path}
> range: bytes=0-3
status == 206
body == "PK\u0003\u0004"

raw "GET /simple/six/ HTTP/1.1\r\n"
raw "Host: {host}\r\n\r\n"
status == 200

raw "NONSENSE\r\n\r\n"
status == 400

GET /simple/six/
> x-long: {a*20000}
status == 200

POST /simple/six/
send "some text"
status == 405

GET /simple/Six
status == 301
header location == /simple/six/
"#);
    assert!(report.passed(), "{report}");
    assert_eq!(report.requests, 10);
    assert!(report.checks > 40, "{report}");
}

/// Every expectation must be able to fail, and say where, what was expected and what was found.
#[test]
fn each_wrong_expectation_fails() {
    for (line, expected, found) in [
        ("status == 404", "404", "200"),
        ("status != 200", "anything but 200", "200"),
        ("status in 404 410", "one of 404 410", "200"),
        ("status > 300", "more than 300", "200"),
        ("status < abc", "a number", "abc"),
        ("reason == Not Found", "Not Found", "OK"),
        ("reason =~ ^Blocked", "a match of ^Blocked", "OK"),
        ("reason !~ OK", "no match of OK", "OK"),
        ("reason =~ (", "a regular expression", "("),
        ("header content-type == text/plain", "text/plain", "application/vnd.pypi.simple.v1+json"),
        ("header x-nothing == 1", "1", "nothing"),
        ("header x-nothing != 1", "anything but 1", "nothing"),
        ("header x-nothing present", "to be present", "nothing"),
        ("header etag absent", "to be absent", "\""),
        ("header-count etag == 2", "2", "1"),
        ("json name == \"seven\"", "\"seven\"", "six"),
        ("json name == six", "a JSON value", "six"),
        ("json nothing == 1", "1", "nothing"),
        ("json files[*].filename contains x.whl", "something that contains x.whl", "six-1.17.0"),
        ("json files[0].filename lacks six", "something without six", "six-1.17.0"),
        ("json a..b == 1", "1", "an empty name"),
        ("json-count files == 2", "2", "1"),
        ("body contains javascript", "something that contains javascript", "api-version"),
        ("body lacks api-version", "something without api-version", "api-version"),
        ("body length == 0", "0", ""),
        ("body sha256 == 00", "00", ""),
        ("error present", "to be present", "nothing"),
        ("status == {unknown}", "known variables", "unknown"),
        ("save x = header x-nothing", "a value to save", "nothing"),
        ("save x = json name =~ ^7", "a match of ^7", "six"),
    ] {
        let text = format!("\nGET /simple/six/\n> accept: application/vnd.pypi.simple.v1+json\n{line}\n");
        let report = run(&text);
        let [failure] = report.failures.as_slice() else { panic!("{line}: {report}") };
        assert_eq!(failure.line, 4, "{line}");
        assert!(failure.expected.contains(expected), "{line}: {report}");
        assert!(failure.found.contains(found), "{line}: {report}");
        assert!(!report.passed());
    }
}

#[test]
fn a_report_names_file_line_expected_and_found() {
    let report = run("GET /nothing/\nstatus == 200\n");
    assert_eq!(
        report.to_string(),
        "test.txt: 1 requests, 1 checks, 1 failed\n\
         test.txt:2: status == 200\n    expected: 200\n    found:    404"
    );
}

#[test]
fn a_file_that_checks_nothing_does_not_pass() {
    assert!(!run("# nothing\n").passed());
    assert!(!run("GET /simple/six/\n").passed());
    let report = run("GET /simple/six/\nstatus equals 200\n");
    assert!(!report.passed() && report.failures[0].line == 2, "{report}");
}

#[test]
fn no_answer_fails_every_expectation_but_error() {
    let upstream = upstream();
    upstream.fail("*.whl", Fault::Truncated(10));
    let path = upstream.file_path("six-1.17.0-py3-none-any.whl");
    let text = format!("GET {path}\nerror =~ closed after 10 of\nstatus == 200\n");
    let report = run_text("test.txt", &text, &upstream.url(), &[]);
    assert_eq!(report.failures.len(), 1, "{report}");
    assert!(report.failures[0].found.starts_with("no answer: closed after 10 of"), "{report}");

    upstream.go_down();
    let report = run_text("test.txt", "GET /\nerror =~ cannot connect\n", &upstream.url(), &[]);
    assert!(report.passed(), "{report}");
}

#[test]
fn compressed_content_is_read_through() {
    let upstream = upstream();
    upstream.speak(Dialect::Html);
    upstream.configure(|settings| settings.gzip = true);
    let text = "GET /simple/six/\n> accept-encoding: gzip\nheader content-encoding == gzip\n\
                body lacks Links for six\ncontent contains Links for six\ncontent length > 100\n";
    run_text("test.txt", text, &upstream.url(), &[]).assert();
}
