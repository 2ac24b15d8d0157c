use super::super::Lacks;
use super::*;
use crate::project_json::{ProjectJson, Summary};

const DOCUMENT: &str = r#"{
    "info": {"name": "foo", "version": "2.0"}, "last_serial": 99,
    "releases": {
        "0.9": [],
        "1.0": [
            {"filename": "foo-1.0.zip", "size": 10, "upload_time_iso_8601": "2026-01-01T00:00:00.000001Z",
             "digests": {"sha256": "@1"}, "requires_python": ">=3.7", "yanked": false, "yanked_reason": null},
            {"filename": "foo-1.0-py3-none-any.whl", "size": 11, "upload_time": "2026-01-02T00:00:00",
             "digests": {"sha256": "@2"}, "requires_python": null, "yanked": true, "yanked_reason": "bad"}
        ],
        "2.0": [{"filename": "foo-2.0.zip", "size": 12, "digests": {"sha256": "@1"}}]
    },
    "urls": [{"filename": "foo-2.0.zip", "size": 12, "digests": {"sha256": "@1"}}]
}"#;

fn document(text: &str) -> ProjectJson {
    ProjectJson::parse(with_digests(text).as_bytes(), 1 << 20).expect("a document")
}

fn completed(html: &str) -> Page {
    let mut page = read(HTML, &with_digests(html)).expect("a page");
    page.complete(&Summary::of(&document(DOCUMENT)), &Limits::default());
    page
}

#[test]
fn fills_in_what_is_missing() {
    let url = "https://upstream.invalid/simple/foo";
    for (html, expected) in [
        (
            "<a href=foo-1.0.zip>foo-1.0.zip</a>",
            format!(
                "foo-1.0.zip {url}/foo-1.0.zip @1 size 10 at 2026-01-01T00:00:00.000001Z python \">=3.7\""
            ),
        ),
        (
            "<a href=foo-1.0.zip#sha256=@1 data-requires-python='>=3' data-upload-time=2020-01-01 data-yanked=ours>\
             foo-1.0.zip</a>",
            format!(
                "foo-1.0.zip {url}/foo-1.0.zip @1 size 10 at 2020-01-01T00:00:00.000000Z python \">=3\" \
                 yanked Some(\"ours\")"
            ),
        ),
        (
            "<a href=foo-1.0-py3-none-any.whl>foo-1.0-py3-none-any.whl</a>",
            format!(
                "foo-1.0-py3-none-any.whl {url}/foo-1.0-py3-none-any.whl @2 size 11 at 2026-01-02T00:00:00.000000Z \
                 yanked Some(\"bad\")"
            ),
        ),
        (
            "<a href=foo-1.0-py3-none-any.whl data-yanked>foo-1.0-py3-none-any.whl</a>",
            format!(
                "foo-1.0-py3-none-any.whl {url}/foo-1.0-py3-none-any.whl @2 size 11 at 2026-01-02T00:00:00.000000Z \
                 yanked Some(\"bad\")"
            ),
        ),
        ("<a href=foo-2.0.zip>foo-2.0.zip</a>", format!("foo-2.0.zip {url}/foo-2.0.zip @1 size 12")),
        ("<a href=foo-3.0.zip>foo-3.0.zip</a>", format!("foo-3.0.zip {url}/foo-3.0.zip -")),
        (
            "<a href=foo-1.0.zip#sha256=@2>foo-1.0.zip</a>",
            r#"skipped "foo-1.0.zip": the project page and the JSON API name different digests"#.to_owned(),
        ),
    ] {
        assert_eq!(describe_page(&completed(html)), [expected], "{html}");
    }
    let page = completed("<a href=foo-1.0.zip>foo-1.0.zip</a>");
    assert_eq!(page.versions, ["0.9", "1.0", "2.0"]);
    assert_eq!(page.last_serial, Some(99));
    assert_eq!(page.lacks(), Lacks::default());
}

#[test]
fn a_document_that_contradicts_itself_fills_in_nothing() {
    let contradictory = document(
        r#"{"info":{"version":"1.0"},"releases":{"1.0":[{"filename":"foo-1.0.zip","digests":{"sha256":"@1"}}]},
            "urls":[{"filename":"foo-1.0.zip","digests":{"sha256":"@2"}}]}"#,
    );
    let mut page = read(HTML, "<a href=foo-1.0.zip>foo-1.0.zip</a>").expect("a page");
    page.complete(&Summary::of(&contradictory), &Limits::default());
    assert_eq!(
        describe_page(&page),
        [r#"skipped "foo-1.0.zip": the JSON API lists it more than once, with different digests"#]
    );
}

#[test]
fn a_page_with_sizes_is_believed() {
    let text = r#"{"files":[{"filename":"foo-1.0-py3-none-any.whl","url":"foo-1.0-py3-none-any.whl","size":11}],
                   "versions":["1.0"]}"#;
    let mut page = read(JSON, text).expect("a page");
    let lacks = Lacks { sha256: 1, upload_time: 1, ..Lacks::default() };
    assert_eq!(page.lacks(), lacks);
    page.complete(&Summary::of(&document(DOCUMENT)), &Limits::default());
    assert_eq!(page.files[0].yanked, Yanked::No);
    assert_eq!(page.versions, ["1.0"]);
    assert!(!page.lacks().any());
}

#[test]
fn says_what_is_missing() {
    for (html, expected) in [
        (
            "<a href=foo-1.zip>foo-1.zip</a><a href=foo-2.zip#sha256=@1>foo-2.zip</a>",
            Lacks { sha256: 1, size: 2, upload_time: 2, requires_python: true, yanked: true, versions: true },
        ),
        (
            "<a href=foo-1.zip data-yanked data-requires-python=3>foo-1.zip</a>",
            Lacks {
                sha256: 1,
                size: 1,
                upload_time: 1,
                requires_python: false,
                yanked: false,
                versions: true,
            },
        ),
        ("<meta name=pypi:repository-version content=1.0>", Lacks::default()),
    ] {
        let page = read(HTML, &with_digests(html)).expect(html);
        assert_eq!(page.lacks(), expected, "{html}");
        assert_eq!(page.lacks().any(), expected != Lacks::default());
    }
}
