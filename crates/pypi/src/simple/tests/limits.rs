use super::*;

fn limited(content_type: &str, text: &str) -> Result<Page, PageError> {
    let limits = Limits { bytes: 4_000, files: 2, versions: 2, projects: 2, text: 100, values: 20 };
    parse(content_type, text.as_bytes(), &base(), &foo(), &limits)
}

#[test]
fn refuses_what_is_no_page() {
    let files = |count: usize| vec!["{}"; count].join(",");
    for (content_type, text, expected) in [
        (JSON, "{}".to_owned(), "Json"),
        (JSON, r#"{"message":"not found"}"#.to_owned(), "Json"),
        (JSON, r#"{"files":null}"#.to_owned(), "Json"),
        (JSON, r#"{"files":[]} trailing"#.to_owned(), "Json"),
        (JSON, r#"{"files":[],"files":[]}"#.to_owned(), "Json"),
        (JSON, r#"{"files":[{"filename":"foo-1.zip""#.to_owned(), "Json"),
        (JSON, "\u{feff}{}".to_owned(), "Json"),
        (JSON, "[".repeat(3_000), "Json"),
        (JSON, format!(r#"{{"files":[{{"x":{}"#, "[".repeat(3_000)), "TooMany { what: \"values"),
        (JSON, r#"{"files":[],"meta":{"api-version":"2.0"}}"#.to_owned(), "ApiVersion"),
        (JSON, r#"{"files":[],"meta":{"api-version":1.0}}"#.to_owned(), "ApiVersion"),
        (JSON, r#"{"files":[],"name":"bar"}"#.to_owned(), "OtherProject"),
        (JSON, r#"{"files":[],"name":""}"#.to_owned(), "OtherProject"),
        (JSON, format!(r#"{{"files":[{}]}}"#, files(3)), "TooMany { what: \"files\""),
        (JSON, r#"{"files":[],"versions":["1","2",3]}"#.to_owned(), "TooMany { what: \"versions\""),
        (JSON, format!(r#"{{"files":[],"x":[{}]}}"#, files(30)), "TooMany { what: \"values"),
        (JSON, format!(r#"{{"files":[{{"x":[{}]}}]}}"#, files(30)), "TooMany { what: \"values"),
        (JSON, " ".repeat(4_001), "TooLarge"),
        (HTML, "<h1>Sign in</h1>".to_owned(), "NotAnIndex"),
        (HTML, "<a href=/login>Sign in</a>".to_owned(), "NotAnIndex"),
        (HTML, String::new(), "NotAnIndex"),
        (HTML, "<a href=x>x</a>".repeat(3), "TooMany { what: \"files\""),
        (HTML, "<meta name=pypi:repository-version content=2.0>".to_owned(), "ApiVersion"),
        (HTML, "<meta name=pypi:repository-version content=''>".to_owned(), "ApiVersion"),
        ("application/vnd.pypi.simple.v2+json", "{}".to_owned(), "ApiVersion"),
        ("application/octet-stream", "{}".to_owned(), "ContentType"),
        ("", "{}".to_owned(), "ContentType"),
    ] {
        let error = limited(content_type, &text).expect_err(&text);
        assert!(format!("{error:?}").starts_with(expected), "{content_type} {text:.80}: {error:?}");
    }
}

#[test]
fn deep_nesting_is_an_error_not_a_stack_overflow() {
    for text in [
        "[".repeat(1_000_000),
        format!(r#"{{"x":{}"#, "[".repeat(1_000_000)),
        format!(r#"{{"files":[{{"x":{}"#, r#"{"a":"#.repeat(100_000)),
        format!(r#"{{"files":[{{"url":{}"#, r#"{"a":"#.repeat(100_000)),
        format!(r#"{{"files":[{}"#, "[".repeat(1_000_000)),
    ] {
        assert!(matches!(read(JSON, &text), Err(PageError::Json(_))), "{text:.40}");
    }
}

#[test]
fn a_document_of_tags_is_refused_before_it_takes_memory() {
    let limits = Limits { files: 2, ..Limits::default() };
    let text = "<a>".repeat(20_000);
    let error = parse(HTML, text.as_bytes(), &base(), &foo(), &limits).expect_err("too many tags");
    assert!(matches!(error, PageError::TooMany { what: "HTML tags", .. }), "{error:?}");
}

#[test]
fn long_texts_cost_their_file_or_their_end() {
    let long = "é".repeat(60);
    for (keys, expected) in [
        (format!(r#""url":"x/{long}/foo-1.zip""#), "its URL has more than 100 bytes"),
        (format!(r#""url":"foo-1.zip","requires-python":"{long}""#), "its `requires-python` is too long"),
    ] {
        let page =
            limited(JSON, &format!(r#"{{"files":[{{"filename":"foo-1.zip",{keys}}}]}}"#)).expect(&keys);
        assert_eq!(describe_page(&page), [format!("skipped \"foo-1.zip\": {expected}")]);
    }
    let text = format!(r#"{{"files":[{{"filename":"foo-1.zip","url":"foo-1.zip","yanked":"x{long}"}}]}}"#);
    let page = limited(JSON, &text).expect("a page");
    assert_eq!(page.files[0].yanked, Yanked::because(&format!("x{}", "é".repeat(49))));
    let text = format!("<a href=foo-1.zip data-requires-python='{long}'>foo-1.zip</a>");
    assert!(matches!(limited(HTML, &text), Err(PageError::NotAnIndex)));
}

#[test]
fn content_types_are_compared_as_rfc_9110_says() {
    for content_type in [
        "application/vnd.pypi.simple.v1+json",
        "Application/VND.PyPI.Simple.v1+JSON ; charset=utf-8",
        "application/json",
        "application/vnd.pypi.simple.latest+json",
    ] {
        assert!(limited(content_type, r#"{"files":[]}"#).is_ok(), "{content_type}");
    }
    for content_type in ["application/vnd.pypi.simple.v1+html", "text/html", "TEXT/HTML;charset=x"] {
        assert!(limited(content_type, "<a href=foo-1.zip>foo-1.zip</a>").is_ok(), "{content_type}");
    }
}
