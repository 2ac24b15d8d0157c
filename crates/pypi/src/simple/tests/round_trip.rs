use std::time::Duration;

use packhouse_model::{Sha256, Timestamp};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::{ListedFile, Listing, ProjectStatus, Skipped, State, render_html, render_json};
use super::*;

/// Texts that try to break out of whatever they are put into.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        "[\"'<>&=\\\\/ a-z;#\r\n\t{}\\[\\],:\u{1}\u{7f}\u{85}\u{2028}é😀]{1,30}",
        Just("</a><script>alert(1)</script>".to_owned()),
        Just("\" onclick=\"x".to_owned()),
        Just("&quot;&#34;&amp;lt;".to_owned()),
        Just("--><a href=x>y</a>".to_owned()),
        Just("\",\"url\":\"https://evil.invalid".to_owned()),
    ]
}

fn filename() -> impl Strategy<Value = String> {
    "[A-Za-z0-9_][A-Za-z0-9._+!~-]{0,20}\\.(whl|zip|tar\\.gz)"
}

fn digest() -> impl Strategy<Value = Option<Sha256>> {
    proptest::option::of(any::<[u8; 32]>().prop_map(Sha256::from_bytes))
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        hostile().prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::hash_map(hostile(), inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn extra() -> impl Strategy<Value = Map<String, Value>> {
    let key = prop_oneof![Just("_private".to_owned()), Just("_packhouse".to_owned()), "[a-z]{1,3}\"?é?-new"];
    proptest::collection::hash_map(key, value(), 0..3).prop_map(|map| map.into_iter().collect())
}

fn url(last: &str, directory: &str) -> Url {
    let mut url = base();
    url.path_segments_mut().expect("a base").clear().push(directory).push(last);
    url
}

prop_compose! {
    fn file()(
        filename in filename(), directory in hostile(), sha256 in digest(), size in any::<Option<u64>>(),
        time in any::<Option<i64>>(), requires_python in proptest::option::of(hostile()),
        yanked in proptest::option::of(prop_oneof![Just(String::new()), hostile()]),
        metadata in proptest::option::of(digest()), gpg_sig in any::<Option<bool>>(),
        provenance in proptest::option::of(hostile()), extra in extra(),
        attributes in proptest::collection::btree_map("data-x[a-z0-9-]{0,5}", hostile(), 0..3),
    ) -> File {
        File {
            url: url(&filename, &directory),
            filename, sha256, size,
            upload_time: time.map(Timestamp::from_micros),
            requires_python,
            yanked: yanked.map_or(Yanked::No, |reason| Yanked::because(&reason)),
            core_metadata: metadata.map_or(CoreMetadata::Absent, |sha256| CoreMetadata::Present { sha256 }),
            gpg_sig,
            provenance: provenance.map(|directory| url("provenance", &directory)),
            extra,
            html_attributes: attributes.into_iter().collect(),
        }
    }
}

fn status() -> impl Strategy<Value = ProjectStatus> {
    let state = prop_oneof![
        Just(State::Active),
        Just(State::Archived),
        Just(State::Quarantined),
        Just(State::Deprecated),
        "[b-c]{1,9}".prop_map(State::Other),
    ];
    (state, proptest::option::of(hostile()), extra()).prop_map(|(state, reason, extra)| ProjectStatus {
        state,
        reason,
        extra,
    })
}

prop_compose! {
    fn page()(
        versions in proptest::collection::vec(hostile(), 0..4), status in status(),
        files in proptest::collection::vec(file(), 0..5), last_serial in any::<Option<u64>>(),
        meta_extra in extra(), extra in extra(), reasons in proptest::collection::vec(hostile(), 0..3),
    ) -> Page {
        let mut files = files;
        files.sort_by(|one, other| one.filename.cmp(&other.filename));
        files.dedup_by(|one, other| one.filename == other.filename);
        let skipped = reasons.into_iter().map(|reason| Skipped { filename: reason.clone(), reason }).collect();
        Page { name: foo(), versions, status, files, last_serial, meta_extra, extra, skipped }
    }
}

/// What of a page HTML can say.
fn as_html_tells(mut page: Page) -> Page {
    page.versions.clear();
    page.extra.clear();
    page.meta_extra.clear();
    page.status.extra.clear();
    page.skipped.clear();
    for file in &mut page.files {
        file.size = None;
        file.extra.clear();
    }
    page
}

/// What of a page clients get in JSON.
fn as_json_tells(mut page: Page) -> Page {
    page.skipped.clear();
    for file in &mut page.files {
        file.html_attributes.clear();
        file.extra.shift_remove("_packhouse");
    }
    page
}

fn listed<T>(page: &Page, write: impl FnOnce(&Listing<'_>) -> T) -> T {
    let files: Vec<ListedFile<'_>> = page.files.iter().map(File::listed).collect();
    write(&Listing {
        name: &page.name,
        versions: &page.versions,
        status: &page.status,
        last_serial: page.last_serial,
        files: &files,
        extra: &page.extra,
        meta_extra: &page.meta_extra,
    })
}

fn read_bytes(content_type: &str, bytes: &[u8]) -> Page {
    read(content_type, std::str::from_utf8(bytes).expect("UTF-8")).expect("a page")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_stored_form_loses_nothing(page in page()) {
        prop_assert_eq!(read_bytes(JSON, &page.to_json_document()), page);
    }

    #[test]
    fn clients_read_the_same_files_in_json(page in page()) {
        let bytes = listed(&page, render_json);
        prop_assert_eq!(read_bytes(JSON, &bytes), as_json_tells(page));
    }

    #[test]
    fn clients_read_the_same_files_in_html(page in page()) {
        let bytes = listed(&page, render_html);
        prop_assert_eq!(read_bytes(HTML, &bytes), as_html_tells(page));
    }

    #[test]
    fn html_has_no_tags_but_its_own(page in page()) {
        let text = String::from_utf8(listed(&page, render_html)).expect("UTF-8");
        prop_assert_eq!(text.matches("<a ").count(), page.files.len());
        prop_assert_eq!(text.matches("</a>").count(), page.files.len());
        prop_assert!(!text.contains("<script"));
    }

    #[test]
    fn never_panics_on_json(text in "(\\{|\\}|\\[|\\]|,|:|\"files\"|\"filename\"|\"url\"|\"hashes\"|\"meta\"|\"é\"|null|7|-1.5e9){0,40}") {
        let _ = read(JSON, &text);
        let _ = read(JSON, &format!("{{\"files\":[{{{text}}}]}}"));
    }

    #[test]
    fn never_panics_on_html(text in "(<|>|</|a|href|=|\"|'|meta|base|!--|-->|!doctype|html|&|;|#| |\n|/|é){0,60}") {
        let _ = read(HTML, &text);
        let _ = read(HTML, &format!("<a href={text}"));
    }

    #[test]
    fn never_panics_on_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(JSON, &bytes, &base(), &foo(), &Limits::default());
        let _ = parse(HTML, &bytes, &base(), &foo(), &Limits::default());
    }
}

#[test]
fn writes_every_key_that_clients_look_for() {
    let extra = Map::new();
    let private: Map<String, Value> = [("decision".to_owned(), json!("refused"))].into_iter().collect();
    let theirs: Map<String, Value> =
        [("url".to_owned(), json!("x")), ("_packhouse".to_owned(), json!(1)), ("_u".to_owned(), json!(2))]
            .into_iter()
            .collect();
    let plain = ListedFile {
        filename: "foo-1.zip",
        url: "../../files/foo-1.zip",
        sha256: None,
        size: None,
        upload_time: None,
        requires_python: None,
        yanked: None,
        core_metadata: CoreMetadata::Absent,
        gpg_sig: None,
        provenance: None,
        extra: &extra,
        html_attributes: &[],
        private: None,
    };
    let full = ListedFile {
        sha256: ONE.parse().ok(),
        size: Some(7),
        upload_time: Some(Timestamp::from_micros(0).plus(Duration::from_micros(1))),
        requires_python: Some(">=3"),
        yanked: Some("too new"),
        core_metadata: CoreMetadata::Present { sha256: TWO.parse().ok() },
        gpg_sig: Some(false),
        provenance: Some("/p"),
        extra: &theirs,
        html_attributes: &[("data-x".to_owned(), "<".to_owned()), ("onclick".to_owned(), "x".to_owned())],
        private: Some(&private),
        ..plain
    };
    let listing = Listing {
        name: &foo(),
        versions: &["1".to_owned()],
        status: &ProjectStatus {
            state: State::Deprecated,
            reason: Some("old".to_owned()),
            extra: Map::new(),
        },
        last_serial: Some(5),
        files: &[full, ListedFile { yanked: Some(""), ..plain }],
        extra: &extra,
        meta_extra: &extra,
    };
    let json = String::from_utf8(render_json(&listing)).expect("UTF-8");
    assert_eq!(
        json.replace(ONE, "@1").replace(TWO, "@2"),
        concat!(
            r#"{"meta":{"api-version":"1.4","_last-serial":5},"name":"foo","#,
            r#""project-status":{"status":"deprecated","reason":"old"},"versions":["1"],"files":["#,
            r#"{"filename":"foo-1.zip","url":"../../files/foo-1.zip","hashes":{"sha256":"@1"},"requires-python":">=3","#,
            r#""size":7,"upload-time":"1970-01-01T00:00:00.000001Z","yanked":"too new","#,
            r#""core-metadata":{"sha256":"@2"},"dist-info-metadata":{"sha256":"@2"},"gpg-sig":false,"provenance":"/p","#,
            r#""_u":2,"_packhouse":{"decision":"refused"}},"#,
            r#"{"filename":"foo-1.zip","url":"../../files/foo-1.zip","hashes":{},"requires-python":null,"yanked":true,"#,
            r#""core-metadata":false,"dist-info-metadata":false,"provenance":null}]}"#,
        )
    );
    let html = String::from_utf8(render_html(&listing)).expect("UTF-8");
    assert_eq!(
        html.replace(ONE, "@1").replace(TWO, "@2"),
        r#"<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="pypi:repository-version" content="1.4">
    <meta name="pypi:project-status" content="deprecated">
    <meta name="pypi:project-status-reason" content="old">
    <title>Links for foo</title>
  </head>
  <body>
    <h1>Links for foo</h1>
<a href="../../files/foo-1.zip#sha256=@1" data-requires-python="&gt;=3" data-upload-time="1970-01-01T00:00:00.000001Z" data-yanked="too new" data-core-metadata="sha256=@2" data-dist-info-metadata="sha256=@2" data-gpg-sig="false" data-provenance="/p" data-x="&lt;">foo-1.zip</a><br>
<a href="../../files/foo-1.zip" data-yanked="">foo-1.zip</a><br>
  </body>
</html>
<!--SERIAL 5-->
"#
    );
}
