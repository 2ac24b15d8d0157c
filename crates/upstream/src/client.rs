use std::sync::Arc;

use packhouse_model::UpstreamName;
use reqwest::header::{HeaderMap, HeaderValue, USER_AGENT, VIA};
use tokio::sync::Semaphore;
use url::{Origin, Url};

use crate::breaker::{Breakers, Health};
use crate::{ConfigError, SafeUrl, UpstreamConfig};

/// Asks one registry. Cheap to clone; clones share connections, limits and health.
///
/// *Concurrency*: any number of calls; those beyond [`UpstreamConfig::max_concurrent`] wait for their turn. The same
/// question asked twice is sent twice: asking once for many is the caller's. *Retries*: see the crate. *Cancelling*: dropping a
/// future or a stream closes its request.
#[derive(Debug, Clone)]
pub struct UpstreamClient {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) config: UpstreamConfig,
    pub(crate) simple_base: Url,
    pub(crate) json_base: Url,
    /// Asks for compression and undoes it.
    pub(crate) documents: Lane,
    /// Hands on the bytes as they are stored: a file's hash is over those.
    pub(crate) files: Lane,
    pub(crate) breakers: Arc<Breakers>,
    credentials: Vec<Credentials>,
}

/// Documents must not wait behind downloads that take minutes, so each kind has its own turns.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) http: reqwest::Client,
    pub(crate) turns: Arc<Semaphore>,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    origin: Origin,
    pub(crate) user: String,
    pub(crate) password: Option<String>,
}

impl UpstreamClient {
    /// Prepares the client; sends nothing.
    ///
    /// Makes ring the process's TLS provider, unless the process has chosen one.
    pub fn new(config: UpstreamConfig) -> Result<Self, ConfigError> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let lane = |compressed: bool| {
            let http = http_client(&config, compressed)?;
            let turns = config.max_concurrent.clamp(1, Semaphore::MAX_PERMITS);
            Ok::<_, ConfigError>(Lane { http, turns: Arc::new(Semaphore::new(turns)) })
        };
        let (documents, files) = (lane(true)?, lane(false)?);
        let given = [Some(&config.simple_url), config.json_api.as_ref()];
        let credentials =
            given.into_iter().flatten().filter_map(|url| Credentials::of(url.expose())).collect();
        let mut simple_base = config.simple_url.as_folder().without_credentials();
        simple_base.set_fragment(None);
        Ok(Self {
            inner: Arc::new(Inner {
                simple_base,
                json_base: config.json_base(),
                documents,
                files,
                breakers: Breakers::new(config.breaker_failures, config.breaker_rest),
                credentials,
                config,
            }),
        })
    }

    /// Which upstream this asks.
    pub fn name(&self) -> &UpstreamName {
        &self.inner.config.name
    }

    /// The base of its Simple API.
    pub fn simple_url(&self) -> &SafeUrl {
        &self.inner.config.simple_url
    }

    /// How it has been doing.
    pub fn health(&self) -> Health {
        self.inner
            .breakers
            .health(self.inner.simple_base.origin().ascii_serialization(), std::time::Instant::now())
    }
}

impl Inner {
    /// What may be sent to this URL's origin, and only there.
    pub(crate) fn credentials(&self, url: &Url) -> Option<&Credentials> {
        let origin = url.origin();
        self.credentials.iter().find(|credentials| credentials.origin == origin)
    }
}

impl Credentials {
    /// What stands in the URL's userinfo.
    pub(crate) fn of(url: &Url) -> Option<Self> {
        let decode = |text| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        let password = url.password().map(decode);
        (!url.username().is_empty() || password.is_some()).then(|| Self {
            origin: url.origin(),
            user: decode(url.username()),
            password,
        })
    }

    pub(crate) fn are_for(&self, url: &Url) -> bool {
        self.origin == url.origin()
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials(for {})", self.origin.ascii_serialization())
    }
}

fn http_client(config: &UpstreamConfig, compressed: bool) -> Result<reqwest::Client, ConfigError> {
    let mut headers = HeaderMap::new();
    for (header, name, value) in [(USER_AGENT, "User-Agent", &config.user_agent), (VIA, "Via", &config.via)] {
        if !value.is_empty() {
            let value = HeaderValue::from_str(value)
                .map_err(|_| ConfigError::Header { header: name, found: value.chars().take(80).collect() })?;
            headers.insert(header, value);
        }
    }
    let mut builder = reqwest::Client::builder()
        .default_headers(headers)
        .connect_timeout(config.connect_timeout)
        .gzip(compressed)
        .zstd(compressed)
        // Both are done here: redirects by our rules, retries counted.
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false);
    if !config.proxy_from_environment {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|source| ConfigError::Tls { source })
}
