use super::super::State;
use super::*;

const WHEEL: &str = "foo-1.0-py3-none-any.whl";
const HERE: &str = "https://upstream.invalid/simple/foo/foo-1.0-py3-none-any.whl";

/// Reads a page with one file, whose object is the wheel's filename and URL and then these keys.
fn check(keys: &str, expected: &str) {
    let comma = if keys.is_empty() { "" } else { "," };
    let text = format!(r#"{{"files":[{{"filename":"{WHEEL}","url":"{WHEEL}"{comma}{keys}}}]}}"#);
    let page = read(JSON, &with_digests(&text)).expect(&text);
    let found = describe_page(&page);
    assert_eq!(found.len(), 1, "{keys}: {found:?}");
    let plain = format!("{WHEEL} {HERE} ");
    let skipped = format!("skipped {WHEEL:?}: ");
    let short =
        found[0].strip_prefix(&plain).or_else(|| found[0].strip_prefix(&skipped)).unwrap_or(&found[0]);
    assert_eq!(short, expected, "{keys}");
}

#[test]
fn reads_each_key_of_a_file() {
    for (keys, expected) in [
        ("", "-"),
        (r#""hashes":{"sha256":"@1"}"#, "@1"),
        (r#""hashes":{"md5":"x","sha256":"@1","blake2b":7}"#, "@1"),
        (r#""hashes":{}"#, "-"),
        (r#""hashes":{"sha512":"x"}"#, "-"),
        (r#""size":12"#, "- size 12"),
        (r#""size":-1"#, "-"),
        (r#""size":1.5"#, "-"),
        (r#""size":"12""#, "-"),
        (r#""size":null"#, "-"),
        (r#""upload-time":"2026-02-19T05:00:57.678803Z""#, "- at 2026-02-19T05:00:57.678803Z"),
        (r#""upload-time":"2026-02-19T05:00:57Z""#, "- at 2026-02-19T05:00:57.000000Z"),
        (r#""upload-time":"soon""#, "-"),
        (r#""upload-time":7"#, "-"),
        (r#""requires-python":">=3.8""#, r#"- python ">=3.8""#),
        (r#""requires-python":"""#, "-"),
        (r#""requires-python":null"#, "-"),
        (r#""yanked":false"#, "-"),
        (r#""yanked":null"#, "-"),
        (r#""yanked":"""#, "-"),
        (r#""yanked":true"#, "- yanked None"),
        (r#""yanked":"broken \u0022x""#, r#"- yanked Some("broken \"x")"#),
        (r#""core-metadata":true"#, "- metadata -"),
        (r#""core-metadata":false"#, "-"),
        (r#""core-metadata":{"sha256":"@2"}"#, "- metadata @2"),
        (r#""core-metadata":{"sha512":"x"}"#, "- metadata -"),
        (r#""core-metadata":{"sha256":"x"}"#, "-"),
        (r#""core-metadata":["x"]"#, "-"),
        (r#""dist-info-metadata":{"sha256":"@2"}"#, "- metadata @2"),
        (r#""data-dist-info-metadata":{"sha256":"@2"}"#, "- metadata @2"),
        (
            r#""dist-info-metadata":{"sha256":"@1"},"data-dist-info-metadata":{"sha256":"@2"}"#,
            "- metadata @1",
        ),
        (r#""core-metadata":false,"dist-info-metadata":true"#, "-"),
        (r#""core-metadata":{"sha256":"@1"},"dist-info-metadata":{"sha256":"@2"}"#, "- metadata @1"),
        (r#""gpg-sig":true"#, "- gpg true"),
        (r#""gpg-sig":false"#, "- gpg false"),
        (r#""gpg-sig":"yes""#, "-"),
        (r#""provenance":"/p""#, "- provenance https://upstream.invalid/p"),
        (
            r#""provenance":"https://u:p@files.upstream.invalid/p""#,
            "- provenance https://files.upstream.invalid/p",
        ),
        (r#""provenance":"javascript:alert(1)""#, "-"),
        (r#""provenance":null"#, "-"),
        (r#""_private":{"a":[1]},"new":"x""#, r#"- {"_private":{"a":[1]},"new":"x"}"#),
    ] {
        check(keys, expected);
    }
}

#[test]
fn leaves_out_a_file_that_it_would_otherwise_misread() {
    for (keys, expected) in [
        (r#""hashes":{"sha256":"zz"}"#, r#"its sha256 is not a digest: "zz""#),
        (r#""hashes":{"sha256":7}"#, "its `hashes` is not an object of digests"),
        (r#""hashes":{"sha256":"@1","sha256":"@2"}"#, "its `hashes` is not an object of digests"),
        (r#""hashes":"@1""#, "its `hashes` is not an object of digests"),
        (r#""requires-python":3"#, "its `requires-python` is not a text"),
        (r#""yanked":1"#, "its `yanked` is neither a boolean nor a text"),
        (r#""yanked":["x"]"#, "its `yanked` is neither a boolean nor a text"),
        (r#""url":"foo-1.0-py3-none-any.whl""#, "its key `url` is given twice"),
        (r#""size":1,"size":2"#, "its key `size` is given twice"),
    ] {
        check(keys, expected);
    }
}

#[test]
fn checks_filenames_and_urls() {
    for (entry, expected) in [
        (
            r#"{"filename":"foo-1.tar.gz","url":"../../files/foo-1.tar.gz"}"#,
            "foo-1.tar.gz https://upstream.invalid/files/foo-1.tar.gz -",
        ),
        (
            r#"{"filename":"foo-1+a.tar.gz","url":"//files.upstream.invalid/x/foo-1%2Ba.tar.gz?sig=1#sha256=@1"}"#,
            "foo-1+a.tar.gz https://files.upstream.invalid/x/foo-1%2Ba.tar.gz?sig=1 @1",
        ),
        (
            r#"{"filename":"foo-1.zip","url":"http://u:secret@files.upstream.invalid:8/foo-1.zip#egg=foo"}"#,
            "foo-1.zip http://files.upstream.invalid:8/foo-1.zip -",
        ),
        (
            r#"{"filename":"foo-1.zip","url":"foo-1.zip#sha256=@1","hashes":{"sha256":"@1"}}"#,
            "foo-1.zip https://upstream.invalid/simple/foo/foo-1.zip @1",
        ),
        (
            r#"{"filename":"foo-1.zip","url":"foo-1.zip#sha256=@1","hashes":{"sha256":"@2"}}"#,
            r#"skipped "foo-1.zip": its URL and its `hashes` name different digests"#,
        ),
        (
            r#"{"filename":"foo-1.zip","url":"foo-1.zip#sha256=zz"}"#,
            r#"skipped "foo-1.zip": the sha256 in its URL is malformed"#,
        ),
        (
            r#"{"filename":"foo-1.zip","url":"foo-2.zip"}"#,
            r#"skipped "foo-1.zip": its URL ends in "foo-2.zip", not in the filename"#,
        ),
        (
            r#"{"filename":"foo-1.zip","url":"https://upstream.invalid/get?file=foo-1.zip"}"#,
            r#"skipped "foo-1.zip": its URL ends in "get", not in the filename"#,
        ),
        (
            r#"{"filename":"foo-1.zip","url":"file:///etc/foo-1.zip"}"#,
            r#"skipped "foo-1.zip": its URL is not an http or https URL"#,
        ),
        (
            r#"{"filename":"foo-1.zip","url":"data:,foo-1.zip"}"#,
            r#"skipped "foo-1.zip": its URL is not an http or https URL"#,
        ),
        (r#"{"filename":"foo-1.zip"}"#, r#"skipped "foo-1.zip": its `url` is missing or not a text"#),
        (r#"{"filename":7,"url":"x"}"#, r#"skipped "": its `filename` is missing or not a text"#),
        (r#"{"url":"x"}"#, r#"skipped "": its `filename` is missing or not a text"#),
        ("[[1]]", r#"skipped "": its entry is not an object"#),
        ("null", r#"skipped "": its entry is not an object"#),
        ("-1", r#"skipped "": its entry is not an object"#),
        (
            r#"{"filename":"../foo-1.zip","url":"../foo-1.zip"}"#,
            "skipped \"../foo-1.zip\": a filename is made of ASCII letters, digits and `._-+!~`; \
             found '/' in \"../foo-1.zip\"",
        ),
    ] {
        let text = with_digests(&format!(r#"{{"files":[{entry}]}}"#));
        let page = read(JSON, &text).expect(entry);
        assert_eq!(describe_page(&page), [expected], "{entry}");
    }
}

#[test]
fn one_filename_means_one_file() {
    let entry = |url: &str, digest: &str| {
        format!(r#"{{"filename":"foo-1.zip","url":"{url}","hashes":{{{digest}}}}}"#)
    };
    let (one, two, none) = (r#""sha256":"@1""#, r#""sha256":"@2""#, "");
    let kept = "foo-1.zip https://upstream.invalid/a/foo-1.zip";
    let clash = r#"skipped "foo-1.zip": it is listed more than once, with different bytes"#;
    for (entries, expected) in [
        (vec![entry("/a/foo-1.zip", one), entry("/b/foo-1.zip", one)], format!("{kept} @1")),
        (vec![entry("/a/foo-1.zip", none), entry("/a/foo-1.zip", none)], format!("{kept} -")),
        (vec![entry("/a/foo-1.zip", one), entry("/b/foo-1.zip", two)], clash.to_owned()),
        (vec![entry("/a/foo-1.zip", one), entry("/a/foo-1.zip", none)], clash.to_owned()),
        (vec![entry("/a/foo-1.zip", none), entry("/b/foo-1.zip", none)], clash.to_owned()),
        (
            vec![entry("/a/foo-1.zip", one), entry("/a/foo-1.zip", one), entry("/a/foo-1.zip", two)],
            clash.to_owned(),
        ),
    ] {
        let other = r#"{"filename":"foo-2.zip","url":"foo-2.zip"}"#;
        let text = with_digests(&format!(r#"{{"files":[{},{other}]}}"#, entries.join(",")));
        let found = describe_page(&read(JSON, &text).expect(&text));
        assert_eq!(found.len(), 2, "{text}");
        assert!(found.contains(&expected), "{text}: {found:?}");
    }
}

#[test]
fn reads_what_the_page_says_of_itself() {
    let page = read(
        JSON,
        r#"{"files":[],"name":"Foo","versions":["1.0",7,"","2.0"],"_x":1,"alternate-locations":["/evil"],
            "meta":{"api-version":"1.9","_last-serial":42,"tracks":["/evil"],"_y":2},
            "project-status":{"status":"quarantined","reason":"malware","since":"x"}}"#,
    )
    .expect("a page");
    assert_eq!(page.versions, ["1.0", "2.0"]);
    assert_eq!(page.last_serial, Some(42));
    assert_eq!(serde_json::to_string(&page.extra).expect("JSON"), r#"{"_x":1}"#);
    assert_eq!(serde_json::to_string(&page.meta_extra).expect("JSON"), r#"{"_y":2}"#);
    assert_eq!(page.status.state, State::Quarantined);
    assert_eq!(page.status.reason.as_deref(), Some("malware"));
    assert_eq!(page.status.extra["since"], "x");

    for (status, expected) in [
        (r#"{"status":"archived"}"#, State::Archived),
        (r#"{"status":"deprecated","reason":""}"#, State::Deprecated),
        (r#"{"status":"sleeping"}"#, State::Other("sleeping".to_owned())),
        (r#"{"status":7}"#, State::Active),
        ("null", State::Active),
    ] {
        let page = read(JSON, &format!(r#"{{"files":[],"project-status":{status}}}"#)).expect(status);
        assert_eq!((page.status.state, page.status.reason), (expected, None), "{status}");
    }
}
