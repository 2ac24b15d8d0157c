//! Keeping the files within their size: the least recently used go, never one that is pinned.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use packhouse_model::{Sha256, Timestamp};
use packhouse_store::NewHandOut;

use crate::error::AppError;
use crate::jobs::Kind;
use crate::packhouse::Packhouse;

/// When files were last used, until it is written down: not on the way of a request.
#[derive(Debug, Default)]
pub(crate) struct UsedFiles(Mutex<Used>);

#[derive(Debug, Default)]
struct Used {
    files: HashMap<Sha256, Use>,
    /// By whom, where that is kept: the client's address, and what it calls itself.
    clients: HashMap<(Sha256, IpAddr, Box<str>), Use>,
}

#[derive(Debug, Clone, Copy)]
struct Use {
    last: Timestamp,
    times: u64,
}

impl Use {
    fn once(last: Timestamp) -> Self {
        Self { last, times: 0 }
    }

    fn again(&mut self, now: Timestamp) {
        self.last = now;
        self.times += 1;
    }
}

/// Between two writes at most so many clients are told apart: a flood must not fill the memory.
const MOST_CLIENTS: usize = 10_000;
/// Characters of what a client calls itself.
const AGENT: usize = 200;

impl UsedFiles {
    pub(crate) fn note(&self, sha256: Sha256, now: Timestamp) {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        used.files.entry(sha256).or_insert(Use::once(now)).again(now);
    }

    fn note_client(&self, sha256: Sha256, client: IpAddr, agent: &str, now: Timestamp) {
        let agent: String = agent.chars().filter(|letter| !letter.is_control()).take(AGENT).collect();
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if used.clients.len() < MOST_CLIENTS {
            used.clients.entry((sha256, client, agent.into())).or_insert(Use::once(now)).again(now);
        }
    }

    fn take(&self) -> Used {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Files that somebody waits for, from before they are stored until they may go out: eviction comes back for them later. Only
/// of this process; what another one takes away is fetched again by whoever asks next.
#[derive(Debug, Clone, Default)]
pub(crate) struct AwaitedFiles(Arc<Mutex<HashMap<Sha256, usize>>>);

/// As long as this is kept, eviction leaves the file.
#[derive(Debug)]
pub(crate) struct Awaited {
    files: AwaitedFiles,
    sha256: Sha256,
}

impl AwaitedFiles {
    pub(crate) fn keep(&self, sha256: Sha256) -> Awaited {
        *self.lock().entry(sha256).or_default() += 1;
        Awaited { files: self.clone(), sha256 }
    }

    fn has(&self, sha256: Sha256) -> bool {
        self.lock().contains_key(&sha256)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Sha256, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        let mut files = self.files.lock();
        if let Entry::Occupied(mut times) = files.entry(self.sha256) {
            *times.get_mut() -= 1;
            if *times.get() == 0 {
                times.remove();
            }
        }
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
        let Used { files, clients } = self.used.take();
        if files.is_empty() {
            return Ok(());
        }
        let touched: Vec<(Sha256, Timestamp)> =
            files.iter().map(|(sha256, used)| (*sha256, used.last)).collect();
        let row = |sha256: Sha256, client: String, agent: String, used: Use| NewHandOut {
            sha256,
            client,
            agent,
            last: used.last,
            times: used.times,
        };
        let unnamed = files.into_iter().map(|(sha256, used)| row(sha256, String::new(), String::new(), used));
        let named = clients
            .into_iter()
            .map(|((sha256, client, agent), used)| row(sha256, client.to_string(), agent.into(), used));
        let rows: Vec<NewHandOut> = unnamed.chain(named).collect();
        let mut tx = self.store.begin().await?;
        tx.touch_blobs(&touched).await?;
        tx.note_hand_outs(&rows).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether it is kept which client got which file.
    pub fn keeps_clients(&self) -> bool {
        !self.settings.audit.clients.is_zero()
    }

    /// Notes that a client got a file, where that is kept.
    pub fn handed_to(&self, sha256: Sha256, client: IpAddr, agent: &str) {
        if self.keeps_clients() {
            self.used.note_client(sha256, client, agent, self.clock.now());
        }
    }

    /// Forgets the clients whose time is over; all of them where none are kept any more.
    pub(crate) async fn forget_clients(&self) -> Result<(), AppError> {
        self.store.forget_clients(self.now().minus(self.settings.audit.clients)).await?;
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
            let mut oldest = self.store.eviction_candidates(BATCH).await?;
            if oldest.is_empty() {
                tracing::warn!(
                    kept,
                    limit,
                    "the files are over cache.max-size, and all that are left are pinned"
                );
                break;
            }
            oldest.retain(|row| !self.awaited.has(row.sha256));
            if oldest.is_empty() {
                // Whoever waits for them comes back here at the end.
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
