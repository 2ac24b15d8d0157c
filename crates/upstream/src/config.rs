use std::time::Duration;

use packhouse_model::UpstreamName;
use url::Url;

use crate::SafeUrl;

/// How one registry is asked.
#[derive(Debug, Clone)]
pub struct UpstreamConfig {
    /// What errors and tables call it.
    pub name: UpstreamName,
    /// The base of the Simple API (PEP 503). Userinfo in it is sent to this origin only.
    pub simple_url: SafeUrl,
    /// The base of the JSON API, below which `<project>/json` stands; by default `pypi/` beside the Simple API's base.
    pub json_api: Option<SafeUrl>,
    /// The `User-Agent` of every request.
    pub user_agent: String,
    /// The `Via` of every request (RFC 9110, section 7.6.3), by which a Packhouse knows its own requests; none when empty.
    pub via: String,
    /// Whether `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are obeyed.
    pub proxy_from_environment: bool,
    /// For the connection, with TLS.
    pub connect_timeout: Duration,
    /// For a whole document, or a file until its first byte: with redirects, retries and waiting for a turn.
    pub request_timeout: Duration,
    /// Between two chunks of a body.
    pub idle_timeout: Duration,
    /// Further attempts after the first.
    pub retries: u32,
    /// The wait before the second attempt; it doubles each time, and varies by half.
    pub backoff: Duration,
    /// The longest `Retry-After` that is waited for.
    pub retry_after_cap: Duration,
    /// Attempts in a row without an answer after which an origin is left alone.
    pub breaker_failures: u32,
    /// For how long it is left alone.
    pub breaker_rest: Duration,
    /// Documents that are asked for at the same time, and as many files.
    pub max_concurrent: usize,
    /// Largest project page, in decoded bytes.
    pub page_bytes: u64,
    /// Largest document of the JSON API, in decoded bytes.
    pub json_bytes: u64,
    /// Largest list of all projects, in decoded bytes.
    pub list_bytes: u64,
    /// Largest file.
    pub file_bytes: u64,
}

/// The settings cannot work.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A text that cannot stand in a header.
    #[error("{header} cannot be {found:?}: only printable ASCII can stand in a header")]
    Header {
        /// The header.
        header: &'static str,
        /// The setting.
        found: String,
    },
    /// No HTTP client could be made: mostly, the system has no root certificates.
    #[error("cannot prepare HTTPS; are root certificates installed (package ca-certificates)?")]
    Tls {
        /// What the client said.
        source: reqwest::Error,
    },
}

const MIB: u64 = 1024 * 1024;

impl UpstreamConfig {
    /// An upstream with the usual limits.
    pub fn new(name: UpstreamName, simple_url: SafeUrl) -> Self {
        Self {
            name,
            simple_url,
            json_api: None,
            user_agent: concat!("packhouse/", env!("CARGO_PKG_VERSION")).to_owned(),
            via: String::new(),
            proxy_from_environment: true,
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(15),
            retries: 2,
            backoff: Duration::from_millis(100),
            retry_after_cap: Duration::from_secs(3),
            breaker_failures: 5,
            breaker_rest: Duration::from_secs(5),
            max_concurrent: 64,
            page_bytes: 64 * MIB,
            json_bytes: 64 * MIB,
            list_bytes: 256 * MIB,
            file_bytes: 8192 * MIB,
        }
    }

    /// The base of the JSON API, with a slash at its end.
    pub(crate) fn json_base(&self) -> Url {
        if let Some(given) = &self.json_api {
            return given.as_folder().without_credentials();
        }
        let mut url = self.simple_url.without_credentials();
        url.set_query(None);
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.pop_if_empty().pop().extend(["pypi", ""]);
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_api_stands_beside_the_simple_api() {
        for (simple, json) in [
            ("https://upstream.invalid/simple/", "https://upstream.invalid/pypi/"),
            ("https://upstream.invalid/simple", "https://upstream.invalid/pypi/"),
            ("https://me:pw@upstream.invalid/a/b/simple/?x=1", "https://upstream.invalid/a/b/pypi/"),
            ("https://upstream.invalid/", "https://upstream.invalid/pypi/"),
        ] {
            let mut config = UpstreamConfig::new("main".parse().unwrap(), simple.parse().unwrap());
            assert_eq!(config.json_base().as_str(), json);
            config.json_api = Some("https://json.upstream.invalid/api".parse().unwrap());
            assert_eq!(config.json_base().as_str(), "https://json.upstream.invalid/api/");
        }
    }
}
