use std::time::Duration;

use super::server::{Server, reply};
use super::{client, page, url};
use crate::Failure;

#[tokio::test]
async fn a_dead_upstream_fails_at_once() {
    let server = Server::start(|_, _| reply(503, &[], "")).await;
    let client = client(&server, |config| {
        config.retries = 0;
        config.breaker_failures = 3;
        config.breaker_rest = Duration::from_hours(1);
    });
    assert_eq!(client.health().index.since_success, None);
    for _ in 0..3 {
        assert!(matches!(page(&client).await.unwrap_err().failure(), Failure::Status { status: 503, .. }));
    }
    let error = page(&client).await.unwrap_err();
    assert!(matches!(error.failure(), Failure::Resting { failures: 3, .. }), "{error:?}");
    assert!(error.is_transient() && error.retry_after().is_some());
    assert_eq!((error.attempts(), server.requests().len()), (0, 3));
    assert!(error.to_string().ends_with(", without being asked"), "{error}");

    let health = client.health().index;
    assert_eq!(health.consecutive_failures, 3);
    assert_eq!(health.last_failure.as_deref(), Some("it answered 503"));
    assert!(health.resting.is_some() && health.origin.starts_with("http://127.0.0.1:"));
}

#[tokio::test]
async fn an_upstream_that_is_back_is_found() {
    let server =
        Server::start(|_, before| if before < 4 { reply(503, &[], "") } else { reply(200, &[], "page") })
            .await;
    let client = client(&server, |config| {
        config.retries = 0;
        config.breaker_failures = 3;
        config.breaker_rest = Duration::from_millis(1);
    });
    let mut calls = 0;
    while page(&client).await.is_err() {
        calls += 1;
        assert!(calls < 100_000, "it never comes back");
    }
    assert_eq!(server.requests().len(), 5, "three failures, a probe that failed, and one that did not");
    let health = client.health().index;
    assert_eq!((health.consecutive_failures, health.resting), (0, None));
    assert!(health.since_success < health.since_failure);
}

#[tokio::test]
async fn answers_do_not_count_and_other_origins_do_not_suffer() {
    let broken = Server::start(|_, _| reply(503, &[], "")).await;
    let server = Server::start(|_, before| reply(if before % 2 == 0 { 500 } else { 404 }, &[], "")).await;
    let client = client(&server, |config| {
        config.retries = 0;
        config.breaker_failures = 2;
    });
    for _ in 0..6 {
        let _ = page(&client).await;
        let _ = client.head(&url(&broken.url("/six.whl"))).await;
    }
    assert_eq!((server.requests().len(), broken.requests().len()), (6, 2));
    let health = client.health();
    assert_eq!(health.index.consecutive_failures, 0);
    assert_eq!(health.others.len(), 1);
    assert!(health.others[0].resting.is_some());
}

#[tokio::test]
async fn an_origin_that_dies_during_the_attempts_is_told_as_it_was_seen() {
    let server = Server::start(|_, _| reply(503, &[], "")).await;
    let client = client(&server, |config| {
        config.retries = 10;
        config.breaker_failures = 3;
    });
    let error = page(&client).await.unwrap_err();
    assert!(matches!(error.failure(), Failure::Status { status: 503, .. }), "{error:?}");
    assert_eq!((error.attempts(), server.requests().len()), (3, 3));
}
