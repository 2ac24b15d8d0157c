use std::time::Duration;

use super::server::{Fault, Server, Step, gzip, head, reply};
use super::{client, client_of, document, page, url};
use crate::Failure;

fn truncated() -> Vec<Step> {
    vec![Step::Send(head(200, &[("Content-Length", "100")])), Step::Send(b"too little".to_vec())]
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    let half_chunked =
        || vec![Step::Send(head(200, &[("Transfer-Encoding", "chunked")])), Step::Send(b"9\r\nxx".to_vec())];
    let half_gzip = || {
        let body = gzip(b"some text that is cut").split_at(15).0.to_owned();
        reply(200, &[("Content-Encoding", "gzip")], body)
    };
    let half_reset =
        || vec![Step::Send(head(200, &[("Content-Length", "100")])), Step::Send(vec![b'x'; 50]), Step::Reset];
    let first: [(&str, Fault); 10] = [
        ("502", || reply(502, &[], "")),
        ("503", || reply(503, &[], "")),
        ("504", || reply(504, &[], "")),
        ("503 at once", || reply(503, &[("Retry-After", "0")], "")),
        ("closed", Vec::new),
        ("closed by reset", || vec![Step::Reset]),
        ("truncated by reset", half_reset),
        ("truncated", truncated),
        ("truncated chunk", half_chunked),
        ("truncated gzip", half_gzip),
    ];
    for (name, fault) in first {
        let server =
            Server::start(move |_, before| if before < 2 { fault() } else { reply(200, &[], "page") }).await;
        let got = page(&client(&server, |_| {})).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(document(got).bytes, "page", "{name}");
        assert_eq!(server.requests().len(), 3, "{name}");
    }
    for (name, fault) in first {
        let server = Server::start(move |_, _| fault()).await;
        let error = page(&client(&server, |_| {})).await.expect_err(name);
        assert_eq!((error.attempts(), server.requests().len()), (3, 3), "{name}");
        assert!(error.is_transient() && !error.is_absent(), "{name}");
        assert!(error.to_string().contains(" in 3 attempts and "), "{name}: {error}");
        let failure = error.failure();
        match name {
            "closed" | "closed by reset" => {
                assert!(matches!(failure, Failure::Unreachable { .. }), "{name}: {failure}");
            }
            // A reset overtakes what was sent before it.
            "truncated by reset" => {
                assert!(
                    matches!(failure, Failure::Unreachable { .. } | Failure::Truncated { .. }),
                    "{failure}"
                );
            }
            _ if name.starts_with("truncated") => {
                assert!(matches!(failure, Failure::Truncated { .. }), "{name}: {failure}");
            }
            _ => assert!(matches!(failure, Failure::Status { status: 502..=504, .. }), "{name}: {failure}"),
        }
        let one = client(&server, |config| config.retries = 0);
        assert_eq!(page(&one).await.expect_err(name).attempts(), 1);
    }
}

#[tokio::test]
async fn what_will_not_pass_is_not() {
    let server = Server::start(|_, _| reply(200, &[("Content-Encoding", "gzip")], "this is no gzip")).await;
    let error = page(&client(&server, |_| {})).await.unwrap_err();
    assert!(matches!(error.failure(), Failure::BadReply { .. }), "{:?}", error.failure());
    assert_eq!((error.attempts(), error.is_transient()), (1, false));
}

#[tokio::test]
async fn a_long_retry_after_is_the_callers() {
    for (value, expected) in
        [("3600", Some(Duration::from_hours(1))), ("0", Some(Duration::ZERO)), ("Sun, 22 Nov", None)]
    {
        let server = Server::start(move |_, _| reply(503, &[("Retry-After", value)], "")).await;
        let error = page(&client(&server, |_| {})).await.unwrap_err();
        assert_eq!(error.retry_after(), expected);
        assert_eq!(error.attempts(), if value == "3600" { 1 } else { 3 }, "{value}");
    }
}

#[tokio::test]
async fn nobody_listening_is_unreachable() {
    let server = Server::start(|_, _| reply(200, &[], "")).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = closed.local_addr().unwrap();
    drop((closed, server));
    let client = client_of(&format!("http://me:secret@{address}/simple/"), |_| {});
    let error = page(&client).await.unwrap_err();
    let Failure::Unreachable { reason } = error.failure() else { panic!("{error:?}") };
    assert!(reason.contains("refused"), "{reason}");
    assert_eq!(error.attempts(), 3);
    assert!(!format!("{error} {error:?} {client:?}").contains("secret"));
}

#[tokio::test]
async fn a_file_is_tried_again_until_its_headers_are_there() {
    let server = Server::start(|_, before| if before < 2 { reply(503, &[], "") } else { truncated() }).await;
    let client = client(&server, |_| {});
    let reply = client.file(&url(&server.url("/six.whl")), None).await.unwrap();
    let parts: Vec<_> = futures_util::StreamExt::collect(reply.stream).await;
    let Some(Err(error)) = parts.last() else { panic!("{parts:?}") };
    assert!(matches!(error.failure(), Failure::Truncated { .. }), "{:?}", error.failure());
    assert_eq!((error.attempts(), server.requests().len()), (3, 3), "not after a byte was handed on");
}
