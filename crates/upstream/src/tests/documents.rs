use super::server::{Server, gzip, reply};
use super::{client, document, page, six, url};
use crate::{Failure, PageReply, Validators};

#[tokio::test]
async fn a_page_comes_with_all_that_is_said_about_it() {
    let server = Server::start(|_, _| {
        let headers = [
            ("Content-Type", "application/vnd.pypi.simple.v1+json"),
            ("ETag", "\"abc\""),
            ("Last-Modified", "Sun, 22 Nov 2026 13:05:00 GMT"),
            ("X-PyPI-Last-Serial", "123"),
        ];
        reply(200, &headers, "{}")
    })
    .await;
    let client = client(&server, |config| config.via = "1.1 packhouse-1".to_owned());
    let document = document(page(&client).await.unwrap());
    assert_eq!(document.bytes, "{}");
    assert_eq!(document.content_type, "application/vnd.pypi.simple.v1+json");
    assert_eq!(document.last_serial, Some(123));
    assert_eq!(document.final_url.as_str(), server.url("/simple/six/"));
    assert_eq!(document.validators.etag.as_deref(), Some("\"abc\""));
    assert_eq!(document.validators.last_modified.as_deref(), Some("Sun, 22 Nov 2026 13:05:00 GMT"));

    let request = &server.requests()[0];
    assert_eq!(request.line, "GET /simple/six/");
    for (name, value) in [
        (
            "accept",
            "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01",
        ),
        ("via", "1.1 packhouse-1"),
        ("cache-control", "max-age=0"),
    ] {
        assert_eq!(request.header(name), Some(value));
    }
    assert!(request.header("user-agent").unwrap().starts_with("packhouse/"));
    let encodings = request.header("accept-encoding").unwrap();
    assert!(encodings.contains("gzip") && encodings.contains("zstd"), "{encodings}");
    for absent in ["authorization", "if-none-match", "referer", "cookie"] {
        assert_eq!(request.header(absent), None);
    }
}

#[tokio::test]
async fn each_document_has_its_url() {
    let server = Server::start(|_, _| reply(200, &[], "x")).await;
    let client = client(&server, |_| {});
    let none = Validators::default();
    client.project_list(&none).await.unwrap();
    client.project_json(&six(), &none).await.unwrap();
    client.version_json(&six(), "1.17.0+local.1", &none).await.unwrap();
    client.small(&url(&server.url("/packages/six.whl.metadata")), 10).await.unwrap().unwrap();
    for version in ["", ".", "..", "../../x", "a/b", "1.0?x", "1\0", "é", &"1".repeat(201)] {
        assert_eq!(
            client.version_json(&six(), version, &none).await.unwrap(),
            PageReply::Absent,
            "{version:?}"
        );
    }
    let expected =
        ["/simple/", "/pypi/six/json", "/pypi/six/1.17.0+local.1/json", "/packages/six.whl.metadata"];
    assert_eq!(server.lines(), expected.map(|path| format!("GET {path}")));
    assert_eq!(server.requests()[1].header("accept"), Some("application/json"));
}

#[tokio::test]
async fn validators_are_asked_with_and_304_is_understood() {
    let server = Server::start(|request, _| {
        let known = request.header("if-none-match") == Some("\"abc\"")
            && request.header("if-modified-since") == Some("Sun, 22 Nov 2026 13:05:00 GMT");
        if known { reply(304, &[], "") } else { reply(200, &[], "new") }
    })
    .await;
    let client = client(&server, |_| {});
    let mut validators = Validators {
        etag: Some("\"abc\"".to_owned()),
        last_modified: Some("Sun, 22 Nov 2026 13:05:00 GMT".to_owned()),
    };
    assert_eq!(client.page(&six(), &validators).await.unwrap(), PageReply::NotModified);
    validators.etag = Some("\"abc\"\r\nX-Evil: 1".to_owned());
    assert!(matches!(client.page(&six(), &validators).await.unwrap(), PageReply::Page(_)));
    assert_eq!(server.requests()[1].header("x-evil"), None);
}

#[tokio::test]
async fn only_404_and_410_mean_absent() {
    for status in [404, 410] {
        let server = Server::start(move |_, _| reply(status, &[], "no")).await;
        let client = client(&server, |_| {});
        assert_eq!(page(&client).await.unwrap(), PageReply::Absent);
        assert_eq!(client.small(&url(&server.url("/x")), 10).await.unwrap(), None);
    }
    for status in [201, 204, 206, 304, 400, 401, 403, 406, 418, 429, 451, 500, 501, 505] {
        let server = Server::start(move |_, _| reply(status, &[], "")).await;
        let error = page(&client(&server, |_| {})).await.unwrap_err();
        assert_eq!(*error.failure(), Failure::Status { status, retry_after: None });
        assert_eq!((error.attempts(), server.requests().len()), (1, 1), "{status} is not asked again");
        assert!(!error.is_absent());
        assert!(
            error.to_string().starts_with("upstream main did not give the page of six (http://127.0.0.1:"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn compressed_documents_are_decoded() {
    let text = "six ".repeat(10_000);
    let body = gzip(text.as_bytes());
    let server = Server::start(move |_, _| reply(200, &[("Content-Encoding", "gzip")], &body)).await;
    let got = document(page(&client(&server, |_| {})).await.unwrap());
    assert_eq!(got.bytes, text);
}

#[tokio::test]
async fn redirects_are_followed_and_counted() {
    let server = Server::start(|request, _| {
        let step: usize = request.line.rsplit('/').next().unwrap().parse().unwrap_or(0);
        match step {
            5 if request.line.contains("short") => reply(200, &[], "there"),
            _ => {
                let kind = if request.line.contains("long") { "long" } else { "short" };
                let status = [301, 302, 303, 307, 308][step % 5];
                reply(status, &[("Location", &format!("/{kind}/{}", step + 1))], "")
            }
        }
    })
    .await;
    let client = client(&server, |_| {});
    let got = document(page(&client).await.unwrap());
    assert_eq!(got.bytes, "there");
    assert_eq!(got.final_url.as_str(), server.url("/short/5"));
    assert_eq!(server.requests().len(), 6);
    let error = client.small(&url(&server.url("/long/0")), 10).await.unwrap_err();
    assert_eq!(*error.failure(), Failure::BadRedirect { reason: "more than 5 times".to_owned() });
    assert_eq!((error.attempts(), error.is_transient(), server.requests().len()), (1, false, 12));
}
