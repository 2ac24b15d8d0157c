use std::fs::File;
use std::io::{self, Write as _};
use std::sync::Arc;

use bytes::Bytes;
use packhouse_model::Sha256;
use sha2::Digest as _;
use tempfile::TempPath;
use tokio::sync::watch;

use crate::commit::Destination;
use crate::{BlobError, Follower, Progress, StageState};

/// A file on its way in: hashed as it is written, readable behind the writer, gone when dropped.
#[derive(Debug)]
pub struct Staged {
    file: Arc<File>,
    /// Removes the file when dropped. `None` once the commit has taken it over.
    path: Option<TempPath>,
    /// `None` while a write runs, and for good after one that failed or was dropped half way.
    content: Option<Content>,
    progress: watch::Sender<Progress>,
    destination: Arc<Destination>,
}

#[derive(Debug)]
struct Content {
    hasher: sha2::Sha256,
    size: u64,
}

/// What a commit has stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// The blob.
    pub sha: Sha256,
    /// Its size in bytes.
    pub size: u64,
}

impl Staged {
    pub(crate) fn new(file: File, path: TempPath, destination: Arc<Destination>) -> Self {
        let (progress, _) = watch::channel(Progress { written: 0, state: StageState::Writing });
        Self {
            file: Arc::new(file),
            path: Some(path),
            content: Some(Content { hasher: sha2::Sha256::new(), size: 0 }),
            progress,
            destination,
        }
    }

    /// Appends bytes. When it returns they are hashed and followers can read them.
    ///
    /// After an error, and after its future was dropped before it ended, the file takes no more:
    /// [`BlobError::Interrupted`].
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        self.write_all(vec![bytes]).await
    }

    /// Appends several chunks in one go: cheaper than one by one when they are there at once.
    pub async fn write_all(&mut self, chunks: Vec<Bytes>) -> Result<(), BlobError> {
        let mut content = self.content.take().ok_or(BlobError::Interrupted)?;
        let file = Arc::clone(&self.file);
        let written = crate::reader::blocking(move || {
            for chunk in &chunks {
                content.append(&file, chunk)?;
            }
            Ok(content)
        });
        match written.await {
            Ok(content) => {
                self.progress.send_modify(|progress| progress.written = content.size);
                self.content = Some(content);
                Ok(())
            }
            Err(source) => {
                self.fail();
                let path = self.path.as_deref().unwrap_or(std::path::Path::new(""));
                Err(BlobError::local("write", path, source))
            }
        }
    }

    /// Bytes written so far.
    pub fn written(&self) -> u64 {
        self.progress.borrow().written
    }

    /// A reader that runs behind this writer.
    pub fn follow(&self) -> Follower {
        Follower { file: Arc::clone(&self.file), progress: self.progress.subscribe() }
    }

    /// Stores the file under `expected`, if that is the hash of its bytes.
    ///
    /// A wrong hash or size removes the file, and followers see [`StageState::Failed`]. With the right one they see
    /// [`StageState::Verified`] at once, and [`StageState::Stored`] when the blob is durable, which is also when this
    /// returns. A blob that exists already is replaced by the same bytes, which mends one that was damaged. Dropping the
    /// future leaves either the whole blob or nothing.
    pub async fn commit(
        mut self,
        expected: Sha256,
        expected_size: Option<u64>,
    ) -> Result<Committed, BlobError> {
        let (content, path) = self.content.take().zip(self.path.take()).ok_or(BlobError::Interrupted)?;
        let size = content.size;
        // The size first: with too few bytes the hash is wrong too, and the size says more.
        if let Some(promised) = expected_size.filter(|promised| *promised != size) {
            return Err(BlobError::WrongSize { sha: expected, expected: promised, found: size });
        }
        let found = Sha256::from_bytes(content.hasher.finalize().into());
        if found != expected {
            return Err(BlobError::WrongHash { expected, found });
        }
        crate::crash::point("hashed");
        self.progress.send_modify(|progress| progress.state = StageState::Verified);
        self.destination.store(Arc::clone(&self.file), path, found, size).await?;
        self.progress.send_modify(|progress| progress.state = StageState::Stored);
        Ok(Committed { sha: found, size })
    }

    fn fail(&self) {
        self.progress.send_if_modified(|progress| {
            let failed = progress.state == StageState::Writing;
            if failed {
                progress.state = StageState::Failed;
            }
            failed
        });
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        self.fail();
    }
}

impl Content {
    fn append(&mut self, mut file: &File, chunk: &[u8]) -> io::Result<()> {
        file.write_all(chunk)?;
        self.hasher.update(chunk);
        self.size += chunk.len() as u64;
        Ok(())
    }
}
