use super::super::State;
use super::*;

#[test]
fn reads_anchors() {
    let here = "https://upstream.invalid/simple/foo/foo-1.zip";
    for (text, expected) in [
        ("<a href='foo-1.zip#sha256=@1'>foo-1.zip</a>", format!("foo-1.zip {here} @1")),
        ("<A HREF=foo-1.zip>foo-1.zip</A>", format!("foo-1.zip {here} -")),
        ("<a\r\n\thref = \"foo-1.zip\" >\r\n foo-1.zip\n</a >", format!("foo-1.zip {here} -")),
        ("<a href=foo-1.zip><!-- x -->foo-1.zip<b>new</b></a>", format!("foo-1.zip {here} -")),
        ("<p><a href=foo-1.zip>foo-1.zip<br>", format!("foo-1.zip {here} -")),
        ("<a href='foo-1.zip#md5=1&amp;sha256=@1'>foo-1.zip</a>", format!("foo-1.zip {here} @1")),
        ("<a href='foo-1.zip?a=1&amp;b=2'>foo-1.zip</a>", format!("foo-1.zip {here}?a=1&b=2 -")),
        (
            "<a href=foo-1.zip data-requires-python='&gt;=3.8,&lt;4' data-upload-time=2026-02-19T05:00:57Z>foo-1.zip</a>",
            format!("foo-1.zip {here} - at 2026-02-19T05:00:57.000000Z python \">=3.8,<4\""),
        ),
        ("<a href=foo-1.zip data-yanked>foo-1.zip</a>", format!("foo-1.zip {here} - yanked None")),
        ("<a href=foo-1.zip data-yanked=\"\">foo-1.zip</a>", format!("foo-1.zip {here} - yanked None")),
        (
            "<a href=foo-1.zip data-yanked='it&#39;s > bad'>foo-1.zip</a>",
            format!("foo-1.zip {here} - yanked Some(\"it's > bad\")"),
        ),
        (
            "<a href=foo-1.zip data-dist-info-metadata=true>foo-1.zip</a>",
            format!("foo-1.zip {here} - metadata -"),
        ),
        (
            "<a href=foo-1.zip data-dist-info-metadata=sha256=@1 data-core-metadata='sha256=@2'>foo-1.zip</a>",
            format!("foo-1.zip {here} - metadata @2"),
        ),
        ("<a href=foo-1.zip data-core-metadata=sha256=zz>foo-1.zip</a>", format!("foo-1.zip {here} -")),
        (
            "<a href=foo-1.zip data-core-metadata=false data-dist-info-metadata=true>foo-1.zip</a>",
            format!("foo-1.zip {here} -"),
        ),
        (
            "<a href=foo-1.zip data-gpg-sig=true data-provenance=/p data-z=2 data-a=1 rel=internal>foo-1.zip</a>",
            format!(
                "foo-1.zip {here} - gpg true provenance https://upstream.invalid/p data-a=\"1\" data-z=\"2\""
            ),
        ),
        (
            "<head><base href='https://files.upstream.invalid/x/'></head><a href=foo-1.zip>foo-1.zip</a>",
            "foo-1.zip https://files.upstream.invalid/x/foo-1.zip -".to_owned(),
        ),
        (
            "<base href='../y/'><base href='/no/'><a href=foo-1.zip>foo-1.zip</a>",
            "foo-1.zip https://upstream.invalid/simple/y/foo-1.zip -".to_owned(),
        ),
        ("<base href='javascript:x'><a href=foo-1.zip>foo-1.zip</a>", format!("foo-1.zip {here} -")),
        ("<a name=top>x</a><a href=foo-1.zip>foo-1.zip</a>", format!("foo-1.zip {here} -")),
    ] {
        let page = read(HTML, &with_digests(text)).expect(text);
        assert_eq!(describe_page(&page), [expected], "{text}");
    }
}

#[test]
fn leaves_out_anchors_that_lie() {
    let marker = "<meta name='pypi:repository-version' content='1.0'>";
    for (text, expected) in [
        (
            "<a href=evil-1.zip>foo-1.zip</a>",
            r#"skipped "foo-1.zip": its URL ends in "evil-1.zip", not in the filename"#,
        ),
        ("<a href=foo-1.zip></a>", r#"skipped "": the filename is empty"#),
        (
            "<a href='ftp://upstream.invalid/foo-1.zip'>foo-1.zip</a>",
            r#"skipped "foo-1.zip": its URL is not an http or https URL"#,
        ),
        (
            "<a href='foo-1.zip#sha256=zz'>foo-1.zip</a>",
            r#"skipped "foo-1.zip": the sha256 in its URL is malformed"#,
        ),
        (
            "<a href='../'>..</a>",
            r#"skipped "..": a filename starts with a letter, digit or `_` and does not end with a dot; found "..""#,
        ),
    ] {
        let page = read(HTML, &format!("{marker}{text}")).expect(text);
        assert_eq!(describe_page(&page), [expected], "{text}");
    }
}

#[test]
fn reads_what_the_page_says_of_itself() {
    let page = read(
        HTML,
        "<!DOCTYPE html><html><head><META NAME=pypi:repository-version CONTENT='1.4'>\
         <meta name='pypi:project-status' content='archived'>\
         <meta name='pypi:project-status-reason' content='a &amp; b'>\
         <meta name='pypi:tracks' content='/evil'><meta name='pypi:new' content='x'><meta name=viewport content=y>\
         </head><body></body></html>\n<!--SERIAL 123-->",
    )
    .expect("a page");
    assert_eq!(page.status.state, State::Archived);
    assert_eq!(page.status.reason.as_deref(), Some("a & b"));
    assert_eq!(page.last_serial, Some(123));
    assert_eq!(serde_json::to_string(&page.meta_extra).expect("JSON"), r#"{"pypi:new":"x"}"#);
    assert_eq!(page.versions, Vec::<String>::new());
}

#[test]
fn depth_does_not_matter() {
    let text = format!("{}<a href=foo-1.zip>foo-1.zip", "<b>".repeat(100_000));
    let page = read(HTML, &text).expect("a page");
    assert_eq!(page.files.len(), 1);
    let text = format!("<a href=foo-1.zip>{}foo-1.zip", "<b>".repeat(100_000));
    assert!(matches!(read(HTML, &text), Err(PageError::NotAnIndex)));
}
