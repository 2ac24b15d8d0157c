use serde::Deserialize;

/// What a server says when it does not do what it was asked (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Problem {
    /// The status.
    #[serde(default)]
    pub status: u16,
    /// In a few words.
    #[serde(default)]
    pub title: String,
    /// The sentence that says why.
    #[serde(default)]
    pub detail: String,
}

/// Why there is no answer that can be used.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nothing can be asked at all.
    #[error("no requests can be made")]
    Setup(#[source] reqwest::Error),
    /// Nobody answered, or the answer broke off.
    #[error("{server} does not answer")]
    Unreachable {
        /// Its address.
        server: String,
        /// Why, without the URL.
        #[source]
        source: reqwest::Error,
    },
    /// The server says why not.
    #[error("{}", if .0.detail.is_empty() { &.0.title } else { &.0.detail })]
    Refused(Problem),
    /// Something answers there that is no Packhouse, or another version of it.
    #[error("{server} answered with something that is not expected of a Packhouse ({what})")]
    Unexpected {
        /// Its address.
        server: String,
        /// What.
        what: String,
    },
}
