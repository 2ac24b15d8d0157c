//! One question: its attempts, and the redirects of each.

use std::future::Future;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Method, Response};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::client::{Credentials, Inner, Lane};
use crate::safe_url::without_credentials;
use crate::{Failure, SafeUrl, UpstreamError, Waiting};

const MOST_REDIRECTS: usize = 5;

/// What is asked, and how long that may take.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) method: Method,
    pub(crate) url: SafeUrl,
    pub(crate) headers: HeaderMap,
    /// For people: `the page of six`.
    pub(crate) asked: String,
    pub(crate) began: Instant,
    pub(crate) deadline: Instant,
}

/// An answer's headers are there; its body is not read yet.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) response: Response,
    /// Where it came from, after redirects, without userinfo.
    pub(crate) url: Url,
    /// Held until the body is read.
    pub(crate) turn: OwnedSemaphorePermit,
}

/// What an attempt made of the answer, and how many attempts it took.
#[derive(Debug)]
pub(crate) struct Outcome<T> {
    pub(crate) value: T,
    pub(crate) attempts: u32,
}

impl Inner {
    pub(crate) fn question(
        &self,
        method: Method,
        url: SafeUrl,
        headers: HeaderMap,
        asked: String,
    ) -> Question {
        let began = Instant::now();
        Question { method, url, headers, asked, began, deadline: began + self.config.request_timeout }
    }

    pub(crate) fn error(&self, question: &Question, attempts: u32, failure: Failure) -> UpstreamError {
        UpstreamError::new(
            self.config.name.clone(),
            question.asked.clone(),
            question.url.clone(),
            attempts,
            question.began.elapsed(),
            failure,
        )
    }

    /// Asks until `read` has made something of an answer, or nothing more can be hoped for.
    ///
    /// `read` must not have handed anything on when it fails: it is then called with another answer.
    pub(crate) async fn ask<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        lane: &Lane,
        question: &Question,
        mut read: impl FnMut(Answer) -> F,
    ) -> Result<Outcome<T>, UpstreamError> {
        let mut attempts = 0;
        let mut last = None;
        loop {
            let failure = match self.attempt(lane, question).await {
                Err(resting @ Failure::Resting { .. }) => {
                    // The origin was found dead meanwhile: what we saw of it says more than that it rests.
                    return Err(self.error(question, attempts, last.unwrap_or(resting)));
                }
                Err(failure) => failure,
                Ok(answer) => match read(answer).await {
                    Ok(value) => return Ok(Outcome { value, attempts: attempts + 1 }),
                    Err(failure) => failure,
                },
            };
            attempts += 1;
            let wait = self.wait_before_next(&failure, attempts);
            let Some(at) = wait.map(|wait| Instant::now() + wait).filter(|at| *at < question.deadline) else {
                return Err(self.error(question, attempts, failure));
            };
            tracing::debug!(upstream = %self.config.name, url = %question.url, attempts, %failure, "asking again");
            last = Some(failure);
            tokio::time::sleep_until(at).await;
        }
    }

    /// How long to wait before asking again; `None` when that is not worth it.
    fn wait_before_next(&self, failure: &Failure, attempts: u32) -> Option<Duration> {
        if attempts > self.config.retries {
            return None;
        }
        match failure {
            Failure::Unreachable { .. }
            | Failure::Truncated { .. }
            | Failure::Status { status: 502..=504, retry_after: None } => {
                let doubled = self.config.backoff.saturating_mul(1 << (attempts - 1).min(10));
                // Half to one and a half times: clients that failed together do not come back together.
                let spread = u32::try_from(random() % 1_000).unwrap_or(0);
                Some(doubled.saturating_mul(500 + spread) / 1_000)
            }
            Failure::Status { status: 502..=504, retry_after: Some(wait) } => {
                (*wait <= self.config.retry_after_cap).then_some(*wait)
            }
            _ => None,
        }
    }

    /// Sends the request and follows redirects, up to an answer's headers.
    async fn attempt(&self, lane: &Lane, question: &Question) -> Result<Answer, Failure> {
        let turns = Arc::clone(&lane.turns);
        let Ok(Ok(turn)) = timeout_at(question.deadline, turns.acquire_owned()).await else {
            return Err(Failure::Timeout { waiting: Waiting::Turn, limit: self.config.request_timeout });
        };
        // A link may carry userinfo of its own, meant for the link's origin.
        let own = Credentials::of(question.url.expose());
        let mut url = question.url.without_credentials();
        for _ in 0..=MOST_REDIRECTS {
            let response = self.hop(lane, question, &url, own.as_ref()).await?;
            if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok(Answer { response, url, turn });
            }
            url = next_hop(&url, response.headers().get(LOCATION).map(HeaderValue::as_bytes))?;
        }
        Err(Failure::BadRedirect { reason: format!("more than {MOST_REDIRECTS} times") })
    }

    async fn hop(
        &self,
        lane: &Lane,
        question: &Question,
        url: &Url,
        own: Option<&Credentials>,
    ) -> Result<Response, Failure> {
        let pass = self.breakers.enter(url.origin().ascii_serialization(), std::time::Instant::now())?;
        let mut request =
            lane.http.request(question.method.clone(), url.clone()).headers(question.headers.clone());
        let own = own.filter(|credentials| credentials.are_for(url));
        if let Some(credentials) = own.or_else(|| self.credentials(url)) {
            request = request.basic_auth(&credentials.user, credentials.password.as_deref());
        }
        let failure = match timeout_at(question.deadline, request.send()).await {
            Err(_) => Failure::Timeout { waiting: Waiting::Answer, limit: self.config.request_timeout },
            Ok(Err(error)) if error.is_timeout() && error.is_connect() => {
                Failure::Timeout { waiting: Waiting::Connect, limit: self.config.connect_timeout }
            }
            Ok(Err(error)) => Failure::Unreachable { reason: reason(error) },
            Ok(Ok(response)) if matches!(response.status().as_u16(), 502..=504) => status_failure(&response),
            Ok(Ok(response)) => {
                pass.answered(std::time::Instant::now());
                return Ok(response);
            }
        };
        pass.failed(&failure, std::time::Instant::now());
        Err(failure)
    }
}

/// The failure that an unexpected status is.
pub(crate) fn status_failure(response: &Response) -> Failure {
    // Only the form in seconds; an HTTP date needs the other side's clock.
    let seconds =
        response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Failure::Status { status: response.status().as_u16(), retry_after: seconds.map(Duration::from_secs) }
}

fn next_hop(from: &Url, location: Option<&[u8]>) -> Result<Url, Failure> {
    let refuse = |reason: &str| Failure::BadRedirect { reason: reason.to_owned() };
    let location = location.ok_or_else(|| refuse("without a Location"))?;
    let location = std::str::from_utf8(location).map_err(|_| refuse("to what is not text"))?;
    let mut to = from.join(location).map_err(|_| refuse("to what is not a URL"))?;
    match (from.scheme(), to.scheme()) {
        ("http", "http") | (_, "https") => {}
        // An attacker on the way could read and change everything from here on.
        ("https", "http") => return Err(refuse("from https to http")),
        (_, scheme) => {
            return Err(refuse(&format!("to a {}: URL", scheme.chars().take(20).collect::<String>())));
        }
    }
    to.set_fragment(None);
    // What a redirect brings along was not given by the operator.
    Ok(without_credentials(to))
}

/// What the network said, in one line, without the URL: that may hold a token.
pub(crate) fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut parts = vec![error.to_string()];
    let mut source = std::error::Error::source(&error);
    while let Some(error) = source {
        let part = error.to_string();
        // Wrappers often repeat what they wrap.
        if !parts.iter().any(|told| told.contains(&part)) {
            parts.push(part);
        }
        source = error.source();
    }
    parts.join(": ").chars().take(300).collect()
}

fn random() -> u64 {
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_go_only_where_they_may() {
        for (from, location, expected) in [
            ("https://a.invalid/simple/Six/", "/simple/six/", Ok("https://a.invalid/simple/six/")),
            ("https://a.invalid/x/", "../y", Ok("https://a.invalid/y")),
            ("http://a.invalid/", "https://b.invalid/", Ok("https://b.invalid/")),
            ("http://a.invalid/", "http://b.invalid/", Ok("http://b.invalid/")),
            ("https://a.invalid/", "https://me:pw@b.invalid/#top", Ok("https://b.invalid/")),
            ("https://a.invalid/", "//b.invalid/x", Ok("https://b.invalid/x")),
            ("https://a.invalid/", "http://a.invalid/", Err("from https to http")),
            ("https://a.invalid/", "file:///etc/passwd", Err("to a file: URL")),
            ("http://a.invalid/", "ftp://a.invalid/", Err("to a ftp: URL")),
            ("http://a.invalid/", "http://[", Err("to what is not a URL")),
        ] {
            let to = next_hop(&from.parse().unwrap(), Some(location.as_bytes()));
            let expected = expected.map(|url: &str| url.parse().unwrap());
            assert_eq!(
                to,
                expected.map_err(|reason: &str| Failure::BadRedirect { reason: reason.to_owned() })
            );
        }
        assert!(next_hop(&"http://a.invalid/".parse().unwrap(), None).is_err());
        assert!(next_hop(&"http://a.invalid/".parse().unwrap(), Some(b"/\xff")).is_err());
    }
}
