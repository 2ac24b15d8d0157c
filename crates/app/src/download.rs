//! Files on their way from the upstream: fetched once, followed by all who wait, kept when their hash is right.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::StreamExt as _;
use packhouse_blob::{BlobError, Follower, StageState, Staged};
use packhouse_model::Sha256;
use packhouse_store::Added;
use packhouse_upstream::FileReply;
use tokio::sync::watch;

use crate::error::{AppError, chain, safe};
use crate::inspection::Gate;
use crate::packhouse::Packhouse;
use crate::project::Project;
use crate::trickle::{EVERY, trickle};

/// A file that is being fetched.
#[derive(Debug, Clone)]
pub struct Download {
    follower: Follower,
    size: Option<u64>,
    done: watch::Receiver<Option<Result<(), AppError>>>,
}

/// How many of the last bytes no client gets before the hash is right.
pub const HELD_BACK: u64 = 64 * 1024;

/// A download that has run this long must have brought [`SLOWEST`] bytes a second: one that drips would hold a
/// place, and its clients, for ever.
const SLOW_AFTER: Duration = Duration::from_secs(60);
/// Bytes a second.
const SLOWEST: u64 = 1_000;

impl Download {
    /// Bytes of the whole file, if the page or the upstream said so.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// The bytes as they arrive, `size` of them; the last only when the hash is right and the gate has opened, else an error.
    /// While that takes long, a few bytes at a time.
    pub fn stream(self, size: u64, gate: Gate) -> packhouse_blob::ByteStream {
        let end = size.saturating_sub(HELD_BACK);
        let first = self.follower.clone().stream(0, Some(end), HELD_BACK);
        let opened = async { gate.opened().await.map_err(std::io::Error::other) };
        let read = move |from, to| self.follower.clone().stream(from, Some(to), HELD_BACK);
        first.chain(trickle(read, end, size, EVERY, opened)).boxed()
    }

    /// Waits until there is a byte that may go out, or says why there will be none.
    pub async fn started(&mut self) -> Result<(), AppError> {
        let progress = self
            .follower
            .wait_for(|progress| progress.written > HELD_BACK || progress.state != StageState::Writing)
            .await;
        if progress.state == StageState::Failed { self.finished().await } else { Ok(()) }
    }

    /// Waits until the file is stored, or says why it is not.
    pub async fn finished(&mut self) -> Result<(), AppError> {
        let done = self.done.wait_for(Option::is_some).await.ok().and_then(|done| done.clone());
        done.unwrap_or_else(|| Err(AppError::lost("a file was being fetched")))
    }
}

impl Packhouse {
    /// The file's download: the one under way, or a new one. `None`: the file has arrived meanwhile.
    pub(crate) async fn download(
        &self,
        sha256: Sha256,
        project: &Arc<Project>,
        place: usize,
    ) -> Result<Option<Download>, AppError> {
        if let Some(download) = self.counters.downloads.get(&sha256) {
            return Ok(Some(download));
        }
        let (this, project) = (self.clone(), Arc::clone(project));
        let begun =
            self.downloads.run(sha256, || async move { this.begin(sha256, &project, place).await }).await;
        begun.unwrap_or_else(|| Err(AppError::lost("a file was being fetched")))
    }

    async fn begin(
        &self,
        sha256: Sha256,
        project: &Project,
        place: usize,
    ) -> Result<Option<Download>, AppError> {
        // It may have begun, or even ended, between the caller's look and this one.
        if let Some(download) = self.counters.downloads.get(&sha256) {
            return Ok(Some(download));
        }
        if self.blobs.exists(sha256).await? {
            return Ok(None);
        }
        let file = &project.page.files[place];
        let client = self.client(&project.upstream)?;
        let what = format!("the file {} could not be fetched", file.filename);
        let reply =
            client.file(&safe(&file.url)?, None).await.map_err(|error| AppError::upstream(&what, &error))?;
        let limit = self.settings.limits.file_size;
        let size = match (file.size, reply.size) {
            (Some(promised), Some(offered)) if promised != offered => {
                return Err(AppError::unusable(format!(
                    "{what}: its page promises {promised} bytes, the upstream sends {offered}"
                )));
            }
            (promised, offered) => promised.or(offered),
        };
        if size.is_some_and(|size| size > limit) {
            return Err(AppError::unusable(format!(
                "{what}: it is larger than limits.file-size, {limit} bytes"
            )));
        }
        let staged = self.blobs.stage().await?;
        let (tell, done) = watch::channel(None);
        let download = Download { follower: staged.follow(), size, done };
        self.counters.downloads.insert(sha256, download.clone());
        let (this, filename) = (self.clone(), file.filename.clone());
        let awaited = self.awaited.keep(sha256);
        tokio::spawn(async move {
            let stored = this.receive(staged, reply, sha256, size).await;
            if let Err(error) = &stored {
                tracing::warn!(file = %filename, %sha256, %error, "a file was not stored");
            }
            this.counters.downloads.remove(&sha256);
            let whole = stored.is_ok();
            tell.send_replace(Some(stored));
            if whole {
                this.check_metadata(sha256, &filename).await;
            }
            drop(awaited);
            // An eviction that came meanwhile has left it.
            this.evict_if_full().await;
        });
        Ok(Some(download))
    }

    async fn receive(
        &self,
        mut staged: Staged,
        reply: FileReply,
        sha256: Sha256,
        size: Option<u64>,
    ) -> Result<(), AppError> {
        let limit = size.unwrap_or(self.settings.limits.file_size);
        let begun = tokio::time::Instant::now();
        // What has arrived together is written together: a write is a trip to another thread.
        let mut chunks = reply.stream.ready_chunks(64);
        while let Some(arrived) = chunks.next().await {
            let arrived = arrived.into_iter().collect::<Result<Vec<_>, _>>();
            let arrived =
                arrived.map_err(|error| AppError::upstream("the file did not arrive whole", &error))?;
            let more: u64 = arrived.iter().map(|chunk| chunk.len() as u64).sum();
            if staged.written() + more > limit {
                return Err(AppError::unusable(format!("more than the promised {limit} bytes arrived")));
            }
            staged.write_all(arrived).await?;
            let took = begun.elapsed();
            if took > SLOW_AFTER && staged.written() < took.as_secs() * SLOWEST {
                return Err(AppError::unusable(format!(
                    "only {} bytes arrived in {} s",
                    staged.written(),
                    took.as_secs()
                )));
            }
        }
        let committed = staged.commit(sha256, size).await.map_err(|error| match &error {
            BlobError::WrongHash { .. } | BlobError::WrongSize { .. } => AppError::unusable(chain(&error)),
            _ => AppError::from(error),
        })?;
        self.count_stored(sha256, committed.size).await?;
        self.counters.bytes_fetched.fetch_add(committed.size, Ordering::Relaxed);
        self.evict_if_full().await;
        Ok(())
    }

    /// Enters stored bytes in the table.
    async fn count_stored(&self, sha256: Sha256, size: u64) -> Result<(), AppError> {
        if self.store.add_blob(sha256, size, self.clock.now()).await? == Added::New {
            // An eviction that ended between the bytes and the row took the bytes along.
            if !self.blobs.exists(sha256).await? {
                self.store.forget_blob(sha256).await?;
                return Err(AppError::lost("a file was evicted while it was stored"));
            }
            self.counters.bytes_kept.fetch_add(size, Ordering::Relaxed);
        }
        Ok(())
    }
}
