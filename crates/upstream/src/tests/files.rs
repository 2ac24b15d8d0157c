use futures_util::{StreamExt as _, TryStreamExt as _};

use super::server::{Fault, Server, Step, gzip, head, reply};
use super::{client, url};
use crate::{ByteRange, ContentRange, Failure, FileReply, UpstreamError};

async fn read(reply: FileReply) -> Result<Vec<u8>, UpstreamError> {
    let parts: Vec<bytes::Bytes> = reply.stream.try_collect().await?;
    Ok(parts.concat())
}

#[tokio::test]
async fn a_file_comes_as_it_is_stored() {
    // Some servers call the compression of a .tar.gz an encoding.
    let content = gzip(&vec![7; 300_000]);
    let sent = content.clone();
    let server =
        Server::start(move |_, _| reply(200, &[("Content-Encoding", "gzip"), ("ETag", "\"x\"")], &sent))
            .await;
    let client = client(&server, |_| {});
    let reply = client.file(&url(&server.url("/six.tar.gz")), None).await.unwrap();
    assert_eq!((reply.status, reply.size, reply.range.clone()), (200, Some(content.len() as u64), None));
    assert_eq!(reply.validators.etag.as_deref(), Some("\"x\""));
    assert_eq!(read(reply).await.unwrap(), content);
    let request = &server.requests()[0];
    assert_eq!(request.header("accept-encoding"), Some("identity"));
    assert_eq!(request.header("range"), None);
}

#[tokio::test]
async fn a_range_of_a_file() {
    let server = Server::start(|request, _| match request.header("range") {
        Some("bytes=2-4") => reply(206, &[("Content-Range", "bytes 2-4/10")], "cde"),
        Some("bytes=20-") => reply(416, &[("Content-Range", "bytes */10")], ""),
        Some("bytes=-3") => reply(200, &[], "abcdefghij"),
        _ => reply(206, &[("Content-Range", "bytes 0-2/10")], "abc"),
    })
    .await;
    let client = client(&server, |_| {});
    let file = url(&server.url("/six.whl"));

    let reply = client.file(&file, Some(&ByteRange::Between(2..5))).await.unwrap();
    assert_eq!((reply.status, reply.size), (206, Some(3)));
    assert_eq!(reply.range, Some(ContentRange { bytes: 2..5, total: Some(10) }));
    assert_eq!(read(reply).await.unwrap(), b"cde");

    let whole = client.file(&file, Some(&ByteRange::Last(3))).await.unwrap();
    assert_eq!((whole.status, whole.range.clone()), (200, None));

    let error = client.file(&file, Some(&ByteRange::From(5))).await.unwrap_err();
    let expected = "asked for bytes=5- it gave Content-Range \"bytes 0-2/10\"".to_owned();
    assert_eq!(*error.failure(), Failure::BadReply { reason: expected });
    let error = client.file(&file, Some(&ByteRange::From(20))).await.unwrap_err();
    assert_eq!(*error.failure(), Failure::Status { status: 416, retry_after: None });
    let error = client.file(&file, None).await.unwrap_err();
    assert_eq!(*error.failure(), Failure::Status { status: 206, retry_after: None });
    let before = server.requests().len();
    let error = client.file(&file, Some(&ByteRange::Between(5..5))).await.unwrap_err();
    assert_eq!((error.attempts(), server.requests().len()), (0, before));
}

#[tokio::test]
async fn a_missing_file_is_absent() {
    for status in [404, 410] {
        let server = Server::start(move |_, _| reply(status, &[], "")).await;
        let client = client(&server, |_| {});
        let file = url(&server.url("/six%20a.whl"));
        let error = client.file(&file, None).await.unwrap_err();
        assert!(error.is_absent() && !error.is_transient());
        assert_eq!(error.asked(), "six a.whl");
        assert!(client.head(&file).await.unwrap_err().is_absent());
    }
}

#[tokio::test]
async fn a_file_that_breaks_off_is_never_a_short_file() {
    let faults: [Fault; 2] = [
        || vec![Step::Send(head(200, &[("Content-Length", "100")])), Step::Send(vec![1; 99])],
        || {
            vec![
                Step::Send(head(200, &[("Transfer-Encoding", "chunked")])),
                Step::Send(b"3\r\nabc\r\n".to_vec()),
            ]
        },
    ];
    for fault in faults {
        let server = Server::start(move |_, _| fault()).await;
        let client = client(&server, |_| {});
        let mut stream = client.file(&url(&server.url("/six.whl")), None).await.unwrap().stream;
        let error = loop {
            match stream.next().await.expect("an error before the end") {
                Ok(bytes) => assert!(!bytes.is_empty()),
                Err(error) => break error,
            }
        };
        assert!(matches!(error.failure(), Failure::Truncated { .. }), "{:?}", error.failure());
        assert!(stream.next().await.is_none());
    }
}

#[tokio::test]
async fn a_file_beyond_the_limit_is_refused() {
    let announced = Server::start(|_, _| reply(200, &[], vec![0; 1001])).await;
    let endless = Server::start(|_, _| vec![Step::Send(head(200, &[])), Step::Endless(vec![0; 600])]).await;
    let limit = |config: &mut crate::UpstreamConfig| config.file_bytes = 1000;

    let error = client(&announced, limit).file(&url(&announced.url("/x")), None).await.unwrap_err();
    assert_eq!(*error.failure(), Failure::TooLarge { limit: 1000 });
    let reply = client(&endless, limit).file(&url(&endless.url("/x")), None).await.unwrap();
    assert_eq!(reply.size, None);
    let error = read(reply).await.unwrap_err();
    assert_eq!(*error.failure(), Failure::TooLarge { limit: 1000 });
}

#[tokio::test]
async fn what_is_said_about_a_file() {
    let server = Server::start(|request, _| {
        assert!(request.line.starts_with("HEAD "));
        let headers = [("Content-Length", "12345"), ("Accept-Ranges", "bytes"), ("Last-Modified", "x")];
        vec![Step::Send(head(200, &headers))]
    })
    .await;
    let said = client(&server, |_| {}).head(&url(&server.url("/six.whl"))).await.unwrap();
    assert_eq!((said.size, said.accepts_ranges), (Some(12345), true));
    assert_eq!(said.validators.last_modified.as_deref(), Some("x"));
    assert_eq!(said.final_url.as_str(), server.url("/six.whl"));
}
