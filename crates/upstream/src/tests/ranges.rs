use super::server::{Fault, Server, Step, head, reply};
use super::{client, url};
use crate::{ByteRange, Failure, RangeReply, UpstreamError};

async fn ask(server: &Server, range: ByteRange, limit: u64) -> Result<RangeReply, UpstreamError> {
    client(server, |_| {}).get_range(&url(&server.url("/six.whl")), &range, limit).await
}

#[tokio::test]
async fn bytes_of_a_file() {
    let server = Server::start(|request, _| match request.header("range") {
        Some("bytes=-4") => reply(206, &[("Content-Range", "bytes 6-9/10"), ("ETag", "\"e\"")], "ghij"),
        Some("bytes=0-1") => reply(206, &[("Content-Range", "bytes 0-1/*")], "ab"),
        _ => reply(416, &[], ""),
    })
    .await;
    let got = ask(&server, ByteRange::Last(4), 10).await.unwrap();
    assert_eq!(
        (got.bytes.as_ref(), got.offset, got.total_size, got.whole),
        (&b"ghij"[..], 6, Some(10), false)
    );
    assert_eq!(got.validators.etag.as_deref(), Some("\"e\""));
    let got = ask(&server, ByteRange::Between(0..2), 10).await.unwrap();
    assert_eq!((got.bytes.as_ref(), got.offset, got.total_size), (&b"ab"[..], 0, None));
    let error = ask(&server, ByteRange::From(10), 10).await.unwrap_err();
    assert_eq!(*error.failure(), Failure::Status { status: 416, retry_after: None });
    assert_eq!(error.asked(), "bytes of six.whl");
}

#[tokio::test]
async fn a_server_without_ranges_sends_the_whole_file() {
    let server = Server::start(|_, _| reply(200, &[], "abcdefghij")).await;
    let got = ask(&server, ByteRange::Last(4), 10).await.unwrap();
    assert_eq!(
        (got.bytes.as_ref(), got.offset, got.total_size, got.whole),
        (&b"abcdefghij"[..], 0, Some(10), true)
    );
    let error = ask(&server, ByteRange::Last(4), 9).await.unwrap_err();
    assert_eq!(*error.failure(), Failure::TooLarge { limit: 9 });
}

#[tokio::test]
async fn ranges_that_lie_are_refused() {
    let faults: [(&str, Fault); 6] = [
        ("other bytes", || reply(206, &[("Content-Range", "bytes 0-3/10")], "abcd")),
        ("no range", || reply(206, &[], "ghij")),
        ("overflow", || reply(206, &[("Content-Range", "bytes 6-18446744073709551615/10")], "ghij")),
        ("compressed", || {
            reply(206, &[("Content-Range", "bytes 6-9/10"), ("Content-Encoding", "gzip")], "ghij")
        }),
        ("several", || reply(206, &[("Content-Type", "multipart/byteranges; boundary=x")], "--x--")),
        ("compressed whole", || reply(200, &[("Content-Encoding", "gzip")], "ghij")),
    ];
    for (name, fault) in faults {
        let server = Server::start(move |_, _| fault()).await;
        let error = ask(&server, ByteRange::Last(4), 100).await.expect_err(name);
        assert!(matches!(error.failure(), Failure::BadReply { .. }), "{name}: {:?}", error.failure());
        assert_eq!(error.attempts(), 1, "{name}");
    }
    for body in ["ghi", "ghijk"] {
        let server = Server::start(move |_, _| reply(206, &[("Content-Range", "bytes 6-9/10")], body)).await;
        let error = ask(&server, ByteRange::Last(4), 100).await.expect_err(body);
        assert!(matches!(error.failure(), Failure::Truncated { .. }), "{body}: {:?}", error.failure());
    }
    let server = Server::start(|_, _| {
        let headers = [("Content-Range", "bytes 0-999999/1000000"), ("Content-Length", "1000000")];
        vec![Step::Send(head(206, &headers)), Step::Stall]
    })
    .await;
    let error = ask(&server, ByteRange::From(0), 1000).await.unwrap_err();
    assert_eq!(*error.failure(), Failure::TooLarge { limit: 1000 });
}
