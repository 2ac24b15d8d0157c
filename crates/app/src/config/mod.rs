//! The configuration: `packhouse.toml`, overlaid by the environment, overlaid by flags.
//!
//! Pure: texts in, [`Config`] out. Every setting has a path (`cache.max-size`) and an environment variable made
//! from it (`PACKHOUSE_CACHE_MAX_SIZE`); a setting nobody knows is an error that names the nearest known one.

mod keys;
mod load;
mod range;
mod size;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use packhouse_guard::{ExceptionConfig, PolicyConfig};
use serde::Deserialize;

pub use keys::{KEYS, Key, environment_name};
pub use load::{ConfigError, Overrides, load};
pub use size::{ParseSizeError, format_size, parse_size};

/// All settings, with their defaults filled in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The folder of the embedded database, the files and the staging area.
    pub data: PathBuf,
    /// How people and clients reach this server, for the links in refusals.
    pub public_url: Option<String>,
    /// What to log: a level or `tracing` directives.
    pub log: String,
    /// How to log: `text` or `json`.
    pub log_format: LogFormat,
    /// The registry that is proxied.
    pub upstream: UpstreamSettings,
    /// How much is kept.
    pub cache: CacheSettings,
    /// Limits on requests.
    pub limits: LimitSettings,
    /// Where things are kept.
    pub storage: StorageSettings,
    /// Where advisories come from.
    pub advisories: AdvisorySettings,
    /// Who is asked about domains.
    pub dns: DnsSettings,
    /// What is kept about what was handed out.
    pub audit: AuditSettings,
    /// How files are inspected.
    pub inspect: InspectSettings,
    /// The suite whose projects the default index serves; an empty text for none.
    pub suite: Option<String>,
    /// The rules of the default index, and the base of every other index's.
    pub policy: PolicyConfig,
    /// Further indexes, by name.
    pub index: BTreeMap<String, IndexSettings>,
    /// What rules do not hold for.
    pub exception: Vec<ExceptionConfig>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8141)),
            data: PathBuf::from("packhouse-data"),
            public_url: None,
            log: "info".to_owned(),
            log_format: LogFormat::default(),
            upstream: UpstreamSettings::default(),
            cache: CacheSettings::default(),
            limits: LimitSettings::default(),
            storage: StorageSettings::default(),
            advisories: AdvisorySettings::default(),
            dns: DnsSettings::default(),
            audit: AuditSettings::default(),
            inspect: InspectSettings::default(),
            suite: Some("testing".to_owned()),
            policy: PolicyConfig::default(),
            index: BTreeMap::new(),
            exception: Vec::new(),
        }
    }
}

/// `log-format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// `[upstream]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct UpstreamSettings {
    /// Its simple index.
    pub url: Option<String>,
    /// Its JSON API, if that is not beside the simple index.
    pub json_api: Option<String>,
    /// How long a page is taken for current.
    #[serde(deserialize_with = "size::duration")]
    pub ttl: Duration,
    /// How long a page past its time is still handed out while it is asked for again behind the scenes.
    #[serde(deserialize_with = "size::duration")]
    pub grace: Duration,
    /// How long a page waits for the JSON document that only adds sizes and versions without files. Where documents
    /// usually take longer, no page waits for one, and each is finished a moment after it first went out.
    #[serde(deserialize_with = "size::duration")]
    pub patience: Duration,
    /// Whether the pages of what a release depends on are fetched before they are asked for.
    pub look_ahead: bool,
    /// How long a request for a page may take.
    #[serde(deserialize_with = "size::duration")]
    pub timeout: Duration,
    /// How long a connection may take to open.
    #[serde(deserialize_with = "size::duration")]
    pub connect_timeout: Duration,
    /// How long a body may stand still.
    #[serde(deserialize_with = "size::duration")]
    pub idle_timeout: Duration,
    /// How often a failed request is tried again.
    pub retries: u32,
    /// How many requests may be under way at once.
    pub max_requests: usize,
}

impl Default for UpstreamSettings {
    fn default() -> Self {
        Self {
            url: None,
            json_api: None,
            ttl: Duration::from_secs(600),
            grace: Duration::from_secs(600),
            patience: Duration::from_secs(5),
            look_ahead: true,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(15),
            retries: 2,
            max_requests: 64,
        }
    }
}

/// `[cache]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct CacheSettings {
    /// How many bytes of files are kept on disk; above it the least recently used go.
    #[serde(deserialize_with = "size::size")]
    pub max_size: u64,
    /// How many bytes of pages and small files are kept in memory.
    #[serde(deserialize_with = "size::size")]
    pub memory: u64,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self { max_size: 50_000_000_000, memory: 64_000_000 }
    }
}

/// `[limits]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct LimitSettings {
    /// Connections held open at once; further ones wait to be accepted.
    pub connections: usize,
    /// Bytes of a request's head.
    #[serde(deserialize_with = "size::size")]
    pub header_size: u64,
    /// Bytes of a request's body.
    #[serde(deserialize_with = "size::size")]
    pub body_size: u64,
    /// How long a client may take to send a request's head.
    #[serde(deserialize_with = "size::duration")]
    pub header_timeout: Duration,
    /// Files on one project page.
    pub page_files: usize,
    /// Bytes of an upstream page or JSON document, decompressed.
    #[serde(deserialize_with = "size::size")]
    pub page_size: u64,
    /// Bytes of the upstream's list of all projects.
    #[serde(deserialize_with = "size::size")]
    pub list_size: u64,
    /// Bytes of one file.
    #[serde(deserialize_with = "size::size")]
    pub file_size: u64,
    /// Bytes of one source of advisories.
    #[serde(deserialize_with = "size::size")]
    pub advisories_size: u64,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            connections: 4096,
            header_size: 32_000,
            body_size: 2_000_000,
            header_timeout: Duration::from_secs(15),
            page_files: 50_000,
            page_size: 100_000_000,
            list_size: 200_000_000,
            file_size: 10_000_000_000,
            advisories_size: 500_000_000,
        }
    }
}

/// `[inspect]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct InspectSettings {
    /// What is started to inspect a file, and its arguments. The program `packhouse` puts itself here; where nothing stands,
    /// files are inspected in the process that asks.
    pub command: Vec<String>,
    /// Bytes of memory that an inspection may use.
    #[serde(deserialize_with = "size::size")]
    pub memory: u64,
    /// How long an inspection may take, by the clock and of a processor.
    #[serde(deserialize_with = "size::duration")]
    pub time: Duration,
    /// Inspections at once; 0 for as many as there are processors.
    pub processes: usize,
    /// Files, folders and patterns of YARA rules. Only a program with the feature `yara` takes them.
    pub yara: Vec<String>,
}

impl Default for InspectSettings {
    fn default() -> Self {
        Self {
            command: Vec::new(),
            memory: 1_000_000_000,
            time: Duration::from_secs(60),
            processes: 0,
            yara: Vec::new(),
        }
    }
}

/// `[storage]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct StorageSettings {
    /// `postgres://…`; without it, SQLite in the data folder.
    pub database: Option<String>,
    /// `s3://bucket/prefix` or a folder; without it, `files` in the data folder.
    pub files: Option<String>,
}

/// `[advisories]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct AdvisorySettings {
    /// Addresses and paths of OSV records: one, a zip archive, a folder.
    pub sources: Vec<String>,
    /// How often they are asked.
    #[serde(deserialize_with = "size::duration")]
    pub every: Duration,
    /// How long fetching one may take.
    #[serde(deserialize_with = "size::duration")]
    pub timeout: Duration,
}

impl Default for AdvisorySettings {
    fn default() -> Self {
        Self { sources: Vec::new(), every: Duration::from_secs(3_600), timeout: Duration::from_secs(600) }
    }
}

/// `[dns]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct DnsSettings {
    /// The resolver that is asked whether the mail domains of those who publish are still there; nobody without it.
    pub resolver: Option<SocketAddr>,
}

/// `[audit]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct AuditSettings {
    /// How long it is kept which client got which file; 0: never.
    #[serde(deserialize_with = "size::duration")]
    pub clients: Duration,
}

/// `[index.<name>]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct IndexSettings {
    /// What it is for, in a line.
    pub description: String,
    /// Its own upstream's simple index; without it, the one of `[upstream]`.
    pub upstream: Option<String>,
    /// The suite whose projects it serves; none without it.
    pub suite: Option<String>,
    /// `[policy]` with the changes of `[index.<name>.policy]`.
    pub policy: PolicyConfig,
}
