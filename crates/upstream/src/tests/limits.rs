use std::time::{Duration, Instant};

use futures_util::StreamExt as _;

use super::server::{Fault, Server, Step, gzip, head, reply};
use super::{client, document, page, url};
use crate::{Failure, Waiting};

#[tokio::test]
async fn a_document_beyond_its_limit_is_refused() {
    let limit = |config: &mut crate::UpstreamConfig| config.page_bytes = 1000;
    // Told by the length; in chunks without end; in the decoded form of a small body.
    let bomb = gzip(&vec![0; 10_000_000]);
    assert!(bomb.len() < 100_000);
    let server =
        Server::start(|_, _| vec![Step::Send(head(200, &[("Content-Length", "1001")])), Step::Stall]).await;
    let endless = Server::start(|_, _| {
        let chunk = [b"400\r\n".to_vec(), vec![b'x'; 1024], b"\r\n".to_vec()].concat();
        vec![Step::Send(head(200, &[("Transfer-Encoding", "chunked")])), Step::Endless(chunk)]
    })
    .await;
    let unframed =
        Server::start(|_, _| vec![Step::Send(head(200, &[])), Step::Endless(vec![b'x'; 1024])]).await;
    let bomb = Server::start(move |_, _| reply(200, &[("Content-Encoding", "gzip")], &bomb)).await;
    for server in [server, endless, unframed, bomb] {
        let error = page(&client(&server, limit)).await.unwrap_err();
        assert_eq!(*error.failure(), Failure::TooLarge { limit: 1000 });
        assert_eq!((error.attempts(), server.requests().len()), (1, 1), "asking again would not help");
    }
    let exact = Server::start(|_, _| reply(200, &[], vec![b'x'; 1000])).await;
    assert_eq!(document(page(&client(&exact, limit)).await.unwrap()).bytes.len(), 1000);
}

#[tokio::test]
async fn a_slow_drip_is_cut_by_the_idle_limit() {
    let server = Server::start(|_, _| {
        vec![
            Step::Send([head(200, &[("Content-Length", "100")]), b"one byte".to_vec()].concat()),
            Step::Stall,
        ]
    })
    .await;
    let client = client(&server, |config| config.idle_timeout = Duration::from_millis(200));
    let expected = Failure::Timeout { waiting: Waiting::Bytes, limit: Duration::from_millis(200) };

    let error = page(&client).await.unwrap_err();
    assert_eq!(*error.failure(), expected);
    assert!(error.is_transient());
    assert_eq!(server.requests().len(), 1, "a timeout is not tried again");

    let mut stream = client.file(&url(&server.url("/six.whl")), None).await.unwrap().stream;
    assert_eq!(stream.next().await.unwrap().unwrap(), "one byte");
    let error = stream.next().await.unwrap().unwrap_err();
    assert_eq!(*error.failure(), expected);
    assert!(
        error.to_string().starts_with("upstream main did not give six.whl (http://127.0.0.1:"),
        "{error}"
    );
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_document_has_a_deadline_however_it_is_spent() {
    let limit = Duration::from_millis(500);
    for (waiting, steps) in [
        (Waiting::Answer, (|| vec![Step::Stall]) as Fault),
        (Waiting::Answer, || vec![Step::Send(b"HTTP/1.1 200 OK\r\nContent-".to_vec()), Step::Stall]),
        (Waiting::Whole, || vec![Step::Send(head(200, &[("Content-Length", "100")])), Step::Stall]),
    ] {
        let server = Server::start(move |_, _| steps()).await;
        let client = client(&server, |config| config.request_timeout = limit);
        let began = Instant::now();
        let error = page(&client).await.unwrap_err();
        assert_eq!(*error.failure(), Failure::Timeout { waiting, limit });
        assert!(error.elapsed() >= limit && began.elapsed() < Duration::from_secs(30));
    }
    // A wait before the next attempt that would end after the deadline is not begun.
    let server = Server::start(|_, _| reply(503, &[("Retry-After", "3")], "")).await;
    let client = client(&server, |config| config.request_timeout = Duration::from_secs(2));
    let error = page(&client).await.unwrap_err();
    assert_eq!(error.attempts(), 1);
    assert!(error.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn a_download_keeps_its_turn_and_leaves_documents_theirs() {
    let server = Server::start(|request, _| {
        if request.line.contains("whl") {
            vec![Step::Send(head(200, &[("Content-Length", "100")])), Step::Stall]
        } else {
            reply(200, &[], "page")
        }
    })
    .await;
    let client = client(&server, |config| {
        config.max_concurrent = 1;
        config.request_timeout = Duration::from_secs(2);
    });
    let file = url(&server.url("/a.whl"));
    let held = client.file(&file, None).await.unwrap();
    let error = client.file(&file, None).await.unwrap_err();
    let limit = Duration::from_secs(2);
    assert_eq!(*error.failure(), Failure::Timeout { waiting: Waiting::Turn, limit });
    page(&client).await.expect("documents have turns of their own");
    drop(held);
    client.file(&file, None).await.expect("the turn is free again");
}

#[tokio::test]
async fn headers_beyond_all_measure_are_refused() {
    let server = Server::start(|_, _| {
        let long = "x".repeat(2_000_000);
        reply(200, &[("X-Long", &long)], "")
    })
    .await;
    let error = page(&client(&server, |config| config.retries = 0)).await.unwrap_err();
    assert!(matches!(error.failure(), Failure::Unreachable { .. }), "{:?}", error.failure());
}
