//! Keeping the files within their size: the least recently used go, never one that is pinned.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

use packhouse_model::{Sha256, Timestamp};

use crate::error::AppError;
use crate::jobs::Kind;
use crate::packhouse::Packhouse;

/// When files were last used, until it is written down: not on the way of a request.
#[derive(Debug, Default)]
pub(crate) struct UsedFiles(Mutex<HashMap<Sha256, Timestamp>>);

impl UsedFiles {
    pub(crate) fn note(&self, sha256: Sha256, now: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(sha256, now);
    }

    fn take(&self) -> Vec<(Sha256, Timestamp)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).drain().collect()
    }
}

/// Eviction goes this far below the limit, so that it does not run for every file that comes.
const HEADROOM_PERCENT: u64 = 5;
/// How many files one look at the table takes.
const BATCH: u32 = 200;

impl Packhouse {
    pub(crate) async fn evict_if_full(&self) {
        if self.counters.bytes_kept.load(Ordering::Relaxed) > self.settings.cache.max_size {
            self.enqueue(Kind::Evict, "all", "").await;
        }
    }

    /// Writes down what was used since the last time.
    pub(crate) async fn write_down_uses(&self) -> Result<(), AppError> {
        let used = self.used.take();
        if !used.is_empty() {
            self.store.touch_blobs(&used).await?;
        }
        Ok(())
    }

    /// Removes files until they fit.
    ///
    /// Each is marked, deleted, then forgotten: after a crash in between, the marked ones are deleted first. A
    /// reader that has one open goes on reading.
    pub(crate) async fn evict(&self) -> Result<(), AppError> {
        self.write_down_uses().await?;
        for row in self.store.evicting().await? {
            self.remove(row.sha256).await?;
        }
        let limit = self.settings.cache.max_size;
        let mut kept = self.store.blob_totals().await?.bytes;
        let goal = if kept > limit { limit - limit / 100 * HEADROOM_PERCENT } else { limit };
        while kept > goal {
            let oldest = self.store.eviction_candidates(BATCH).await?;
            if oldest.is_empty() {
                tracing::warn!(
                    kept,
                    limit,
                    "the files are over cache.max-size, and all that are left are pinned"
                );
                break;
            }
            for row in oldest {
                if kept <= goal {
                    break;
                }
                if self.store.begin_evict(row.sha256).await? {
                    self.remove(row.sha256).await?;
                    kept = kept.saturating_sub(row.size);
                    tracing::debug!(sha256 = %row.sha256, size = row.size, "evicted");
                }
            }
        }
        self.counters.bytes_kept.store(kept, Ordering::Relaxed);
        Ok(())
    }

    async fn remove(&self, sha256: Sha256) -> Result<(), AppError> {
        self.blobs.delete(sha256).await?;
        self.store.finish_evict(sha256).await?;
        let open: Vec<_> =
            self.answers.iter().filter(|(key, _)| key.sha256 == sha256).map(|(key, _)| key).collect();
        for key in open {
            self.answers.invalidate(&*key);
        }
        Ok(())
    }

    /// Takes files under the table that a crash left without a row, so that they count and can be evicted.
    pub(crate) async fn adopt_orphans(&self) -> Result<(), AppError> {
        use futures_util::StreamExt as _;
        let mut all = self.blobs.list();
        while let Some(blob) = all.next().await {
            let (sha256, size) = blob?;
            if self.store.blob(sha256).await?.is_none() {
                tracing::info!(%sha256, size, "a stored file was not in the table; now it is");
                self.store.add_blob(sha256, size, self.clock.now()).await?;
            }
        }
        self.counters.bytes_kept.store(self.store.blob_totals().await?.bytes, Ordering::Relaxed);
        Ok(())
    }
}
