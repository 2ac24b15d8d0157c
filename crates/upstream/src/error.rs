use std::fmt;
use std::time::Duration;

use packhouse_model::{UpstreamName, humanize};

use crate::SafeUrl;

/// An upstream did not give what was asked for.
///
/// `Display` says who was asked for what, how often and for how long; the source, [`Failure`], says what happened.
pub struct UpstreamError(Box<Details>);

#[derive(Debug)]
struct Details {
    upstream: UpstreamName,
    asked: String,
    url: SafeUrl,
    attempts: u32,
    elapsed: Duration,
    failure: Failure,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No connection, or it broke before the answer's headers were there.
    #[error("it cannot be reached: {reason}")]
    Unreachable {
        /// What the network said.
        reason: String,
    },
    /// It has not answered for so often that it is not asked at the moment.
    #[error("it did not answer {failures} times in a row and is asked again in {}", brief(*left))]
    Resting {
        /// Attempts in a row without an answer.
        failures: u32,
        /// Until it is asked again.
        left: Duration,
    },
    /// It answered with a status that is not the one of success.
    #[error("it answered {status}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// How long it asked to be left alone.
        retry_after: Option<Duration>,
    },
    /// Something took too long.
    #[error("{waiting} took longer than {}", brief(*limit))]
    Timeout {
        /// What was waited for.
        waiting: Waiting,
        /// The limit that was passed.
        limit: Duration,
    },
    /// The body is larger than allowed.
    #[error("it sent more than the {limit} bytes that are allowed")]
    TooLarge {
        /// The limit in decoded bytes.
        limit: u64,
    },
    /// The body ended, or the connection broke, before all of it was there.
    #[error("it broke off before the end: {reason}")]
    Truncated {
        /// What was seen.
        reason: String,
    },
    /// It pointed somewhere we do not go.
    #[error("it redirected wrongly: {reason}")]
    BadRedirect {
        /// What was wrong.
        reason: String,
    },
    /// What it sent breaks HTTP's rules.
    #[error("it answered wrongly: {reason}")]
    BadReply {
        /// What was wrong.
        reason: String,
    },
}

/// What took too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// Our own turn, as too many requests are under way.
    Turn,
    /// The connection.
    Connect,
    /// The headers of the answer.
    Answer,
    /// The next bytes of the body.
    Bytes,
    /// The whole document.
    Whole,
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Turn => "waiting for other requests to it",
            Self::Connect => "connecting to it",
            Self::Answer => "its answer",
            Self::Bytes => "its next bytes",
            Self::Whole => "its whole answer",
        })
    }
}

impl Failure {
    /// Whether the same question may well be answered later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Resting { .. }
            | Self::Timeout { .. }
            | Self::Truncated { .. } => true,
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..),
            Self::TooLarge { .. } | Self::BadRedirect { .. } | Self::BadReply { .. } => false,
        }
    }
}

impl UpstreamError {
    pub(crate) fn new(
        upstream: UpstreamName,
        asked: String,
        url: SafeUrl,
        attempts: u32,
        elapsed: Duration,
        failure: Failure,
    ) -> Self {
        Self(Box::new(Details { upstream, asked, url, attempts, elapsed, failure }))
    }

    /// Which upstream.
    pub fn upstream(&self) -> &UpstreamName {
        &self.0.upstream
    }

    /// What it was asked for: `the page of six`.
    pub fn asked(&self) -> &str {
        &self.0.asked
    }

    /// The URL that was asked first.
    pub fn url(&self) -> &SafeUrl {
        &self.0.url
    }

    /// How often it was asked; 0 when it was not asked at all.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// From the call to the failure.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// What happened, the last time.
    pub fn failure(&self) -> &Failure {
        &self.0.failure
    }

    /// Whether the same question may well be answered later.
    pub fn is_transient(&self) -> bool {
        self.0.failure.is_transient()
    }

    /// Whether the upstream says that there is no such thing: 404 and 410, nothing else.
    pub fn is_absent(&self) -> bool {
        matches!(self.0.failure, Failure::Status { status: 404 | 410, .. })
    }

    /// When the next try makes sense, if that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.0.failure {
            Failure::Resting { left, .. } => Some(left),
            Failure::Status { retry_after, .. } => retry_after,
            _ => None,
        }
    }
}

impl fmt::Debug for UpstreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::error::Error for UpstreamError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0.failure)
    }
}

impl fmt::Display for UpstreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Details { upstream, asked, url, attempts, elapsed, .. } = &*self.0;
        write!(f, "upstream {upstream} did not give {asked} ({url})")?;
        match attempts {
            0 => f.write_str(", without being asked"),
            1 => write!(f, " in {}", brief(*elapsed)),
            _ => write!(f, " in {attempts} attempts and {}", brief(*elapsed)),
        }
    }
}

/// `230ms`, `2.5s`, `45s`: below ten seconds, whole ones say too little.
pub(crate) fn brief(duration: Duration) -> String {
    match duration.as_millis() {
        millis @ 0..1_000 => format!("{millis}ms"),
        millis @ 1_000..10_000 => format!("{}.{}s", millis / 1_000, millis % 1_000 / 100),
        _ => humanize(duration),
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn an_error_says_who_what_how_often_and_how_long() {
        let error = |attempts, failure| {
            let url = "https://me:secret@upstream.invalid/simple/six/?token=secret".parse().unwrap();
            let elapsed = Duration::from_millis(2_510);
            UpstreamError::new(
                "main".parse().unwrap(),
                "the page of six".to_owned(),
                url,
                attempts,
                elapsed,
                failure,
            )
        };
        let status = error(3, Failure::Status { status: 503, retry_after: None });
        assert_eq!(
            status.to_string(),
            "upstream main did not give the page of six (https://***@upstream.invalid/simple/six/?***) in 3 attempts and 2.5s"
        );
        assert!(!format!("{status:?}").contains("secret"));
        for (failure, transient, text) in [
            (Failure::Status { status: 404, retry_after: None }, false, "it answered 404"),
            (
                Failure::Timeout { waiting: Waiting::Bytes, limit: Duration::from_secs(15) },
                true,
                "its next bytes took longer than 15s",
            ),
            (
                Failure::Resting { failures: 5, left: Duration::from_millis(800) },
                true,
                "it did not answer 5 times in a row and is asked again in 800ms",
            ),
            (Failure::TooLarge { limit: 10 }, false, "it sent more than the 10 bytes that are allowed"),
        ] {
            let error = error(1, failure.clone());
            assert_eq!(error.is_transient(), transient, "{failure}");
            assert_eq!(failure.to_string(), text);
            assert!(!error.to_string().contains(text), "the cause is told once");
            assert_eq!(error.source().unwrap().to_string(), text);
        }
        for (status, transient) in [
            (400, false),
            (403, false),
            (404, false),
            (408, true),
            (429, true),
            (451, false),
            (500, true),
            (599, true),
        ] {
            assert_eq!(Failure::Status { status, retry_after: None }.is_transient(), transient, "{status}");
        }
    }
}
