use std::sync::Arc;
use std::time::Duration;

use packhouse_blob::BlobError;
use packhouse_guard::Decision;
use packhouse_model::{IndexName, ProjectName, Timestamp};
use packhouse_store::Error as StoreError;
use packhouse_upstream::{SafeUrl, UpstreamError};

/// Why a use case has no answer. Cheap to clone: one failure may be told to two hundred who waited for it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppError {
    /// What was asked for is not there.
    #[error("{what}")]
    NotFound {
        /// A sentence: what is not where.
        what: String,
    },
    /// The request makes no sense.
    #[error("{what}")]
    BadRequest {
        /// A sentence: what, and what was expected.
        what: String,
    },
    /// The policy refuses it.
    #[error("{}", .0.headline())]
    Refused(Arc<Refusal>),
    /// The upstream could not be asked, and nothing is kept that could answer instead.
    #[error("{what}")]
    Upstream {
        /// A sentence: what was wanted, and what went wrong.
        what: String,
        /// Whether trying again may help.
        transient: bool,
        /// When to try again.
        retry_after: Duration,
    },
    /// There is no room for what was asked for.
    #[error("there is no space left for {what}: free some, or lower cache.max-size")]
    NoSpace {
        /// What could not be kept.
        what: &'static str,
    },
    /// Something of ours failed.
    #[error("{what}")]
    Internal {
        /// What was being done.
        what: String,
        /// The failure.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
}

impl AppError {
    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound { what: what.into() }
    }

    pub(crate) fn internal(what: &str, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Internal { what: what.to_owned(), source: Arc::new(source) }
    }

    /// Whether it is about a file that went away between a look at it and its opening.
    pub(crate) fn is_gone(&self) -> bool {
        let Self::Internal { source, .. } = self else { return false };
        matches!(source.downcast_ref::<BlobError>(), Some(BlobError::Gone { .. }))
    }

    /// The work that was waited for panicked; its log line says where.
    pub(crate) fn lost(what: &str) -> Self {
        Self::internal(what, std::io::Error::other("the task ended without an answer"))
    }

    pub(crate) fn upstream(what: &str, error: &UpstreamError) -> Self {
        if error.is_absent() {
            // Listed there and not there: asking again would not help.
            return Self::NotFound { what: format!("{what}: {}", chain(error)) };
        }
        let transient = error.is_transient();
        Self::Upstream { what: format!("{what}: {}", chain(error)), transient, retry_after: RETRY_AFTER }
    }

    /// The upstream answered, but with something that cannot be used.
    pub(crate) fn unusable(what: impl Into<String>) -> Self {
        Self::Upstream { what: what.into(), transient: false, retry_after: RETRY_AFTER }
    }
}

/// What clients are told to wait before they ask again for what the upstream could not give. pip and Poetry wait that
/// long, several times over, before they say anything to their user.
const RETRY_AFTER: Duration = Duration::from_secs(1);

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        if error.is_disk_full() {
            tracing::error!(error = %chain(&error), "the database has no space left");
            return Self::NoSpace { what: "the database" };
        }
        Self::internal("the database could not be used", error)
    }
}

impl From<BlobError> for AppError {
    fn from(error: BlobError) -> Self {
        if error.is_no_space() {
            tracing::error!(error = %chain(&error), "the files have no space left");
            return Self::NoSpace { what: "the file" };
        }
        Self::internal("a kept file could not be used", error)
    }
}

/// A URL from a page as the upstream client takes it: its secrets are never printed.
pub(crate) fn safe(url: &url::Url) -> Result<SafeUrl, AppError> {
    SafeUrl::try_from(url.clone())
        .map_err(|error| AppError::unusable(format!("a page names a URL that cannot be used: {error}")))
}

/// An error and its causes in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

/// A refusal, as every route tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The index whose rules these are.
    pub index: IndexName,
    /// What was asked for.
    pub project: ProjectName,
    /// Its version, where a file was asked for and its name says one.
    pub version: Option<String>,
    /// The file; `None` when the whole project is refused.
    pub filename: Option<String>,
    /// The decision, with its reasons.
    pub decision: Decision,
    /// Where the reasons can be read, as an absolute URL.
    pub why: String,
    /// The moment of the decision.
    pub at: Timestamp,
}

impl Refusal {
    /// `reb 1.2`, or the project alone.
    pub fn subject(&self) -> String {
        match &self.version {
            Some(version) => format!("{} {version}", self.project),
            None => self.filename.clone().unwrap_or_else(|| self.project.to_string()),
        }
    }

    /// `Blocked by policy: reb 1.2 was uploaded 2026-11-22, cooldown 7d ends …; see https://…/why/reb==1.2`.
    ///
    /// The reason always ends with where to read on; the words before it give way when there is no room.
    pub fn headline(&self) -> String {
        let short = self.decision.reason().map_or("is refused", |hit| &hit.short);
        headline(&format!("{} {short}", self.subject()), &self.why)
    }

    /// The whole reason, all rules that count, for a person.
    pub fn detail(&self) -> String {
        let sentences: Vec<&str> = self
            .decision
            .because
            .iter()
            .filter(|hit| hit.excused.is_none())
            .map(|hit| hit.sentence.as_str())
            .collect();
        format!("{} See {}", sentences.join(" "), self.why)
    }
}

/// The most characters of a reason: what clients print on one line, and what proxies let pass.
const HEADLINE: usize = 200;

pub(crate) fn headline(words: &str, why: &str) -> String {
    lined("Blocked by policy", words, why)
}

/// What is said of a file that is served all the same.
pub(crate) fn warned(words: &str, why: &str) -> String {
    lined("Warning by policy", words, why)
}

fn lined(what: &str, words: &str, why: &str) -> String {
    let room = HEADLINE.saturating_sub(what.len() + ": ; see ".len() + why.len()).max(40);
    // ASCII without controls, as it becomes an HTTP reason phrase and stands on terminals.
    let clean: String =
        words.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect();
    let words = if clean.len() <= room { clean } else { format!("{}...", &clean[..room - 3]) };
    format!("{what}: {words}; see {why}")
}

#[cfg(test)]
mod tests {
    use super::headline;

    #[test]
    fn a_headline_is_short_ascii_and_keeps_the_link() {
        let text = headline(&"ä\r\n".repeat(200), "http://127.0.0.1:8141/why/reb==1.2");
        assert_eq!(text.len(), 200);
        assert!(text.is_ascii() && !text.contains('\n'));
        assert!(text.ends_with("...; see http://127.0.0.1:8141/why/reb==1.2"));
    }
}
