//! Putting a [`Packhouse`] together from a configuration: folders, database, files, upstream clients.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use packhouse_blob::{BlobError, BlobStore};
use packhouse_model::{NameError, Sha256, Timestamp, UpstreamName};
use packhouse_store::Store;
use packhouse_upstream::{SafeUrl, UpstreamClient, UpstreamConfig};

use crate::clock::Clock;
use crate::config::Config;
use crate::index::{DEFAULT, IndexError};
use crate::inspection::{Inspector, YaraFilesError};
use crate::packhouse::{Packhouse, Parts};

/// Why it cannot start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data folder.
    #[error("the data folder {path} cannot be made", path = path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database.
    #[error("the database cannot be used")]
    Store(#[from] packhouse_store::Error),
    /// The files.
    #[error("the files cannot be kept")]
    Blobs(#[from] BlobError),
    /// The resolver.
    #[error(transparent)]
    Resolver(#[from] packhouse_dns::DnsError),
    /// An upstream's address.
    #[error("the address of the upstream of {setting} cannot be used: {problem}")]
    Address {
        /// The setting it stands in.
        setting: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The operator's YARA rules.
    #[error(transparent)]
    Yara(#[from] YaraFilesError),
    /// An index's name, policy or exception.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// An upstream's name.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// The name of the embedded database in the data folder.
const DATABASE: &str = "packhouse.db";
/// Connections to PostgreSQL of one process.
const CONNECTIONS: u32 = 16;
/// Processes that wait for files to inspect.
const WARM: usize = 4;

impl Packhouse {
    /// Opens what `config` names, making what is not there yet, with `upstream` as the default upstream's address.
    pub async fn open(
        config: Config,
        upstream: &str,
        public_url: String,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        // What cannot be meant is found out before anything is made.
        crate::index::indexes(&config)?;
        let mut clients = HashMap::new();
        let default: UpstreamName = DEFAULT.parse()?;
        clients.insert(default.clone(), upstream_config(&config, default, upstream, "upstream.url")?);
        for (name, index) in &config.index {
            if let Some(url) = &index.upstream {
                let key: UpstreamName = name.parse()?;
                clients.insert(
                    key.clone(),
                    upstream_config(&config, key, url, &format!("index.{name}.upstream"))?,
                );
            }
        }
        Self::open_with(config, clients, public_url, clock).await
    }

    /// Opens what `config` names for work that needs no upstream: the ledger, tokens, `fsck`. Whatever asks the upstream
    /// fails.
    pub async fn open_alone(
        config: Config,
        public_url: String,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        crate::index::indexes(&config)?;
        Self::open_with(config, HashMap::new(), public_url, clock).await
    }

    /// Whether a data folder has a database of its own, so that opening it makes nothing new.
    pub fn has_database(data: &std::path::Path) -> bool {
        data.join(DATABASE).is_file()
    }

    async fn open_with(
        config: Config,
        clients: HashMap<UpstreamName, UpstreamConfig>,
        public_url: String,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let inspector = Inspector::new(&config.inspect, WARM)?;
        std::fs::create_dir_all(&config.data)
            .map_err(|source| OpenError::Folder { path: config.data.clone(), source })?;
        let store = match &config.storage.database {
            Some(url) => Store::open_postgres(url, CONNECTIONS).await?,
            None => Store::open_sqlite(&config.data.join(DATABASE)).await?,
        };
        let files =
            config.storage.files.clone().unwrap_or_else(|| config.data.join("files").display().to_string());
        let blobs = BlobStore::open_staged_in(&files, &config.data.join("staging"))?;
        blobs.check().await?;
        let seed = format!("{} {}", std::process::id(), clock.now());
        let instance = store.setting_or("instance", &Sha256::of(seed.as_bytes()).hex()[..16]).await?;
        let mut ready = HashMap::new();
        let mut since_when = HashMap::new();
        for (name, mut client) in clients {
            let since = address_since(&store, &name, &client.simple_url, clock.now()).await?;
            since_when.insert(name.clone(), since);
            client.via = format!("1.1 packhouse-{instance}");
            let setting = format!("upstream {name}");
            let client = UpstreamClient::new(client)
                .map_err(|error| OpenError::Address { setting, problem: crate::error::chain(&error) })?;
            ready.insert(name, client);
        }
        let resolver = config.dns.resolver.map(packhouse_dns::Resolver::new).transpose()?;
        let opened = Self::new(Parts {
            resolver,
            inspector,
            settings: config,
            public_url,
            clock,
            store,
            blobs,
            clients: ready,
            instance,
            address_since: since_when,
        })?;
        opened.store.setting_or(crate::facts::NAMES_SINCE, &opened.now().to_string()).await?;
        Ok(opened)
    }

    /// Closes the database after what was counted in memory is written down.
    pub async fn close(&self) {
        self.store.close().await;
    }
}

/// Since when the upstream of this name has had this address: validators from before are another server's.
async fn address_since(
    store: &Store,
    name: &UpstreamName,
    address: &SafeUrl,
    now: Timestamp,
) -> Result<Timestamp, packhouse_store::Error> {
    let key = format!("upstream.{name}.address");
    // Its hash: a password in it must not reach the database.
    let digest = Sha256::of(address.expose().as_str().as_bytes()).hex();
    let known = store.setting(&key).await?.unwrap_or_default();
    if let Some((before, since)) = known.split_once(' ')
        && before == digest
        && let Ok(since) = since.parse()
    {
        return Ok(since);
    }
    store.set_setting(&key, &format!("{digest} {now}")).await?;
    Ok(now)
}

fn upstream_config(
    config: &Config,
    name: UpstreamName,
    url: &str,
    setting: &str,
) -> Result<UpstreamConfig, OpenError> {
    let wrong = |problem: String| OpenError::Address { setting: setting.to_owned(), problem };
    let url: SafeUrl = url.parse().map_err(|error| wrong(crate::error::chain(&error)))?;
    let settings = &config.upstream;
    let json_api = match &settings.json_api {
        Some(url) if name.as_str() == DEFAULT => Some(url.parse().map_err(|error| OpenError::Address {
            setting: "upstream.json-api".to_owned(),
            problem: crate::error::chain(&error),
        })?),
        _ => None,
    };
    Ok(UpstreamConfig {
        json_api,
        user_agent: concat!("packhouse/", env!("CARGO_PKG_VERSION")).to_owned(),
        connect_timeout: settings.connect_timeout,
        request_timeout: settings.timeout,
        idle_timeout: settings.idle_timeout,
        retries: settings.retries,
        max_concurrent: settings.max_requests,
        page_bytes: config.limits.page_size,
        json_bytes: config.limits.page_size,
        list_bytes: config.limits.list_size,
        file_bytes: config.limits.file_size,
        ..UpstreamConfig::new(name, url)
    })
}
