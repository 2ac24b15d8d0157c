//! How it is going: counters, and the state of the upstream and the cache.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use packhouse_model::Sha256;
use packhouse_upstream::Health;

use crate::download::Download;
use crate::error::AppError;
use crate::packhouse::Packhouse;

/// Whoever asks for health wants an answer soon; a database that takes longer is as good as away.
const READY_WITHIN: Duration = Duration::from_secs(3);

/// Numbers since the start, and the downloads under way.
#[derive(Debug, Default)]
pub struct Counters {
    /// Files handed out from what is kept.
    pub file_hits: AtomicU64,
    /// Files that had to be fetched.
    pub file_misses: AtomicU64,
    /// Bytes of files fetched and found right.
    pub bytes_fetched: AtomicU64,
    /// Bytes of files kept.
    pub bytes_kept: AtomicU64,
    /// Jobs worked off.
    pub jobs_run: AtomicU64,
    pub(crate) downloads: Downloads,
}

/// The downloads under way, by hash.
#[derive(Debug, Default)]
pub(crate) struct Downloads(Mutex<HashMap<Sha256, Download>>);

impl Downloads {
    pub(crate) fn get(&self, sha256: &Sha256) -> Option<Download> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(sha256).cloned()
    }

    pub(crate) fn insert(&self, sha256: Sha256, download: Download) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(sha256, download);
    }

    pub(crate) fn remove(&self, sha256: &Sha256) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(sha256);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// What the home page and `/metrics` show.
#[derive(Debug)]
pub struct Status {
    /// The state of each upstream, by name, with its address without credentials.
    pub upstreams: Vec<UpstreamStatus>,
    /// Projects whose pages are kept.
    pub projects: u64,
    /// Files kept.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Their limit.
    pub limit: u64,
    /// Files handed out from what is kept, since the start.
    pub hits: u64,
    /// Files fetched, since the start.
    pub misses: u64,
    /// Jobs that wait or run.
    pub jobs: u64,
    /// Downloads under way.
    pub downloads: u64,
}

/// One upstream's state.
#[derive(Debug)]
pub struct UpstreamStatus {
    /// Its name in the tables.
    pub name: String,
    /// Its address, without credentials.
    pub address: String,
    /// What its last requests said.
    pub health: Health,
}

impl Packhouse {
    /// The numbers since the start.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Whether the database answers: what `/healthz` asks.
    pub async fn ready(&self) -> Result<(), AppError> {
        let answered = tokio::time::timeout(READY_WITHIN, self.store.ping()).await;
        answered
            .map_err(|_| AppError::lost("the database was asked whether it answers"))?
            .map_err(AppError::from)
    }

    /// The state of the upstreams and the cache.
    pub async fn status(&self) -> Result<Status, AppError> {
        let totals = self.store.blob_totals().await?;
        let pages = self.store.page_counts().await?;
        let jobs = self.store.job_counts().await?;
        let mut upstreams: Vec<UpstreamStatus> = self
            .clients
            .iter()
            .map(|(name, client)| UpstreamStatus {
                name: name.to_string(),
                address: client.simple_url().to_string(),
                health: client.health(),
            })
            .collect();
        upstreams.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Status {
            upstreams,
            projects: pages.iter().map(|count| count.present).sum(),
            files: totals.files,
            bytes: totals.bytes,
            limit: self.settings.cache.max_size,
            hits: self.counters.file_hits.load(Ordering::Relaxed),
            misses: self.counters.file_misses.load(Ordering::Relaxed),
            jobs: jobs.iter().map(|count| count.ready + count.running).sum(),
            downloads: self.counters.downloads.len() as u64,
        })
    }
}
