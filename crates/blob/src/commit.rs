use std::fs::File;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload, WriteMultipart};
use packhouse_model::Sha256;
use tempfile::TempPath;

use crate::durable::{DurableFolders, sync_folder};
use crate::reader::{blocking, read_exact_at};
use crate::staging::Staging;
use crate::{BlobError, crash, key};

/// Uploads up to this size go in one request; larger ones in parts of it. S3 takes 10,000 parts of at least 5 MiB.
const PART: u64 = 8 * 1024 * 1024;
/// Parts of one upload that are under way at once, each in memory.
const PARTS_AT_ONCE: usize = 3;

/// Where staged files go.
#[derive(Debug)]
pub(crate) struct Destination {
    pub(crate) objects: Arc<dyn ObjectStore>,
    /// Under which key the blobs stand.
    pub(crate) prefix: Path,
    /// Set when the object store is a folder on this machine.
    pub(crate) local: Option<Arc<LocalRoot>>,
    pub(crate) staging: Staging,
}

#[derive(Debug)]
pub(crate) struct LocalRoot {
    pub(crate) root: PathBuf,
    pub(crate) folders: DurableFolders,
}

impl Destination {
    /// Stores a staged file whose hash has been checked, and removes it from the staging folder.
    pub(crate) async fn store(
        &self,
        file: Arc<File>,
        staged: TempPath,
        sha: Sha256,
        size: u64,
    ) -> Result<(), BlobError> {
        match &self.local {
            Some(local) => {
                let local = Arc::clone(local);
                let stored = tokio::task::spawn_blocking(move || local.rename_into_place(&file, staged, sha));
                stored.await.unwrap_or_else(|error| {
                    Err(BlobError::local("store", sha.hex().as_ref(), std::io::Error::other(error)))
                })
            }
            None => self.upload(file, staged, sha, size).await,
        }
    }

    async fn upload(
        &self,
        file: Arc<File>,
        staged: TempPath,
        sha: Sha256,
        size: u64,
    ) -> Result<(), BlobError> {
        let path = key::path(&self.prefix, sha);
        let trouble = |source| BlobError::objects("store", &path, source);
        if size <= PART {
            let bytes = read_staged(&file, &staged, 0, size).await?;
            return self.objects.put(&path, PutPayload::from_bytes(bytes)).await.map(drop).map_err(trouble);
        }
        let upload = self.objects.put_multipart(&path).await.map_err(trouble)?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART as usize);
        let mut at = 0;
        while at < size {
            let length = PART.min(size - at);
            let part = match read_staged(&file, &staged, at, length).await {
                Ok(part) => upload.wait_for_capacity(PARTS_AT_ONCE).await.map(|()| part).map_err(trouble),
                Err(error) => Err(error),
            };
            match part {
                Ok(part) => {
                    upload.put(part);
                    crash::point("part");
                }
                Err(error) => {
                    // The first error says more than one about clearing up after it.
                    let _ = upload.abort().await;
                    return Err(error);
                }
            }
            at += length;
        }
        upload.finish().await.map_err(trouble)?;
        crash::point("uploaded");
        Ok(())
    }
}

async fn read_staged(
    file: &Arc<File>,
    staged: &FilePath,
    at: u64,
    length: u64,
) -> Result<bytes::Bytes, BlobError> {
    let file = Arc::clone(file);
    blocking(move || read_exact_at(&file, at, length as usize))
        .await
        .map_err(|source| BlobError::local("read", staged, source))
}

impl LocalRoot {
    /// The order is what makes a blob durable and never half there: first the bytes are on the disk, then the
    /// folders, then the name, then the name is on the disk.
    fn rename_into_place(&self, file: &File, staged: TempPath, sha: Sha256) -> Result<(), BlobError> {
        file.sync_all().map_err(|source| BlobError::local("sync", &staged, source))?;
        crash::point("synced");
        let target = key::parts(sha).iter().fold(self.root.clone(), |path, part| path.join(part));
        let folder = target.parent().unwrap_or(&self.root);
        self.folders.ensure(folder)?;
        crash::point("folders");
        staged.persist(&target).map_err(|error| BlobError::local("store", &target, error.error))?;
        crash::point("renamed");
        sync_folder(folder)
    }
}
