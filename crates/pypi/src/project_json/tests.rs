use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

const DOCUMENT: &str = r#"{
    "info": {"name": "Foo", "version": "2.0", "summary": "two", "package_url": "p", "yanked": false,
             "yanked_reason": null, "new": 1},
    "last_serial": 7,
    "new": {"kept": true},
    "releases": {
        "1.0": [{"filename": "foo-1.0.zip", "url": "https://files.upstream.invalid/foo-1.0.zip", "size": 1, "new": 2,
                 "yanked": true, "yanked_reason": "theirs", "_packhouse": "theirs"}],
        "1.5": [],
        "2.0": [{"filename": "foo-2.0.zip", "url": "https://files.upstream.invalid/foo-2.0.zip", "yanked": false,
                 "yanked_reason": null},
                {"filename": "foo-2.0.whl", "url": "https://files.upstream.invalid/foo-2.0.whl", "yanked": false}]
    },
    "urls": [{"filename": "foo-2.0.zip", "url": "https://files.upstream.invalid/foo-2.0.zip"}],
    "vulnerabilities": [{"id": "X"}]
}"#;

fn document() -> ProjectJson {
    ProjectJson::parse(DOCUMENT.as_bytes(), 1 << 20).expect("a document")
}

fn value(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}

fn serve(filename: &str) -> Verdict {
    Verdict::Serve { url: format!("/files/{filename}") }
}

fn refuse(filename: &str) -> Verdict {
    Verdict::Refused { url: format!("/files/{filename}"), reason: "too new".to_owned() }
}

#[test]
fn keeps_what_it_does_not_know_and_puts_our_urls_in() {
    let seen = value(&document().client_document(None, |name| Some(serve(name))));
    assert_eq!(seen["new"], json!({"kept": true}));
    assert_eq!(seen["info"], value(DOCUMENT.as_bytes())["info"]);
    assert_eq!(seen["vulnerabilities"], json!([{"id": "X"}]));
    assert_eq!(
        seen["releases"]["1.0"],
        json!([{"filename": "foo-1.0.zip", "url": "/files/foo-1.0.zip", "size": 1, "new": 2, "yanked": true,
                "yanked_reason": "theirs"}])
    );
    assert_eq!(seen["releases"]["1.5"], json!([]));
    assert_eq!(seen["urls"], seen["releases"]["2.0"]);
    assert!(!seen.to_string().contains("upstream.invalid"));
}

#[test]
fn a_refused_file_is_yanked_with_our_reason() {
    let seen = value(&document().client_document(None, |name| Some(refuse(name))));
    let expected = json!({
        "filename": "foo-1.0.zip", "url": "/files/foo-1.0.zip", "size": 1, "new": 2,
        "yanked": true, "yanked_reason": "too new",
        "_packhouse": {"refused": "too new", "upstream": {"yanked": true, "yanked_reason": "theirs"}},
    });
    assert_eq!(seen["releases"]["1.0"], json!([expected]));
    assert_eq!(seen["info"]["yanked"], json!(true));
    assert_eq!(seen["info"]["yanked_reason"], json!("too new"));
    // One file of the version is served: the version is not yanked.
    let half = |name: &str| Some(if name == "foo-2.0.zip" { refuse(name) } else { serve(name) });
    let seen = value(&document().client_document(None, half));
    assert_eq!(seen["info"]["yanked"], json!(false));
    assert_eq!(seen["urls"][0]["yanked"], json!(true));
}

#[test]
fn a_file_without_a_verdict_is_not_shown() {
    let seen = value(&document().client_document(None, |_| None));
    assert_eq!(seen["releases"], json!({"1.0": [], "1.5": [], "2.0": []}));
    assert_eq!(seen["urls"], json!([]));
}

#[test]
fn info_is_about_the_chosen_version() {
    let info: Map<String, Value> = [
        ("summary".to_owned(), json!("one")),
        ("requires_dist".to_owned(), json!(["x"])),
        ("name".to_owned(), json!("no")),
    ]
    .into_iter()
    .collect();
    for (given, expected) in [
        (
            None,
            json!({"name": "Foo", "version": "1.0", "summary": null, "package_url": "p", "yanked": true,
                   "yanked_reason": "theirs", "new": null}),
        ),
        (
            Some(&info),
            json!({"name": "Foo", "version": "1.0", "summary": "one", "package_url": "p", "yanked": true,
                   "yanked_reason": "theirs", "new": null, "requires_dist": ["x"]}),
        ),
    ] {
        let chosen = Chosen { version: "1.0", info: given };
        let seen = value(&document().client_document(Some(chosen), |name| Some(serve(name))));
        assert_eq!(seen["info"], expected);
        assert_eq!(seen["urls"], seen["releases"]["1.0"]);
        assert_eq!(seen.get("vulnerabilities"), None);
    }
}

#[test]
fn writes_the_document_of_a_version() {
    let chosen = |version| Chosen { version, info: None };
    let seen = value(
        &document().version_document(chosen("1.0"), |name| Some(serve(name))).expect("a known version"),
    );
    assert_eq!(seen.get("releases"), None);
    assert_eq!(seen["info"]["version"], "1.0");
    assert_eq!(seen["urls"][0]["url"], "/files/foo-1.0.zip");
    assert!(document().version_document(chosen("9.9"), |name| Some(serve(name))).is_none());

    let text = r#"{"info":{"version":"3.0"},"urls":[{"filename":"a.zip","url":"x"}]}"#;
    let single = ProjectJson::parse(text.as_bytes(), 1 << 20).expect("a document of one version");
    assert_eq!(single.versions().collect::<Vec<_>>(), ["3.0"]);
    assert_eq!(single.files().count(), 1);
    let seen = value(&single.version_document(chosen("3.0"), |name| Some(serve(name))).expect("its version"));
    assert_eq!(
        seen,
        json!({"info": {"version": "3.0"}, "urls": [{"filename": "a.zip", "url": "/files/a.zip"}]})
    );
}

#[test]
fn reads_files() {
    let document = document();
    assert_eq!(document.name(), Some("Foo"));
    assert_eq!(document.last_serial(), Some(7));
    let by_version: BTreeMap<_, _> =
        document.by_version().into_iter().map(|(v, files)| (v, files.len())).collect();
    assert_eq!(by_version, BTreeMap::from([("1.0", 1), ("1.5", 0), ("2.0", 2)]));
    let first = document.files().next().expect("a file");
    assert_eq!((first.filename, first.size, first.yanked_reason), ("foo-1.0.zip", Some(1), Some("theirs")));
}

#[test]
fn refuses_what_is_no_document() {
    for (text, expected) in [
        ("", "Json"),
        ("[]", "Json"),
        ("{}", "Shape"),
        (r#"{"info":[]}"#, "Shape"),
        (r#"{"info":{},"releases":[]}"#, "Shape"),
        (&"x".repeat(2000), "TooLarge"),
    ] {
        let error = ProjectJson::parse(text.as_bytes(), 1000).expect_err(text);
        assert!(format!("{error:?}").starts_with(expected), "{text:.40}: {error:?}");
    }
    // Two bytes a value would take fifty times the document's size in memory.
    let dense = format!(r#"{{"info":{{"x":[{}0]}}}}"#, "0,".repeat(50_000));
    assert!(matches!(ProjectJson::parse(dense.as_bytes(), 1 << 20), Err(ProjectJsonError::Json(_))));
}

proptest! {
    #[test]
    fn never_panics(text in "(\\{|\\}|\\[|\\]|,|:|\"info\"|\"releases\"|\"urls\"|\"filename\"|\"1\"|null|7){0,30}") {
        for text in [text.clone(), format!("{{\"info\":{{}},\"releases\":{{\"1\":[{{{text}}}]}}}}")] {
            if let Ok(document) = ProjectJson::parse(text.as_bytes(), 1 << 20) {
                let _ = document.client_document(Some(Chosen { version: "1", info: None }), |name| Some(refuse(name)));
                let _ = document.files().count();
            }
        }
    }
}
