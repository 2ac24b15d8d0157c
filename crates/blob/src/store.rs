use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetResultPayload, ObjectStore, ObjectStoreExt as _};
use packhouse_model::Sha256;

use crate::commit::{Destination, LocalRoot};
use crate::durable::DurableFolders;
use crate::reader::{BlobReader, Source};
use crate::remote::Remote;
use crate::staged::Staged;
use crate::staging::Staging;
use crate::{BlobError, key};

/// Files under their SHA-256. Cheap to clone; all clones share one staging folder.
///
/// *Consistency*: a committed blob is seen by every later call of every process; a listing that runs meanwhile may or
/// may not have it. *Durability*: see [`Staged::commit`]. *Concurrency*: any number of calls and processes. *Retries*:
/// none for a folder; for an object store those of its client (a few, on broken connections and 5xx), then the error is the
/// caller's. Every call may be repeated.
#[derive(Debug, Clone)]
pub struct BlobStore {
    destination: Arc<Destination>,
}

/// A blob as a file: see [`BlobStore::on_disk`].
#[derive(Debug)]
pub struct OnDisk {
    path: PathBuf,
    copy: Option<tempfile::TempPath>,
}

impl OnDisk {
    /// Where it lies.
    pub fn path(&self) -> &FilePath {
        self.copy.as_deref().unwrap_or(&self.path)
    }
}

impl BlobStore {
    /// A folder, made if it is missing. Blocks briefly: call it at start-up.
    pub fn local(root: impl AsRef<FilePath>) -> Result<Self, BlobError> {
        let root = root.as_ref();
        let folders = DurableFolders::root(root)?;
        // The staging folder lies on the same file system: a commit is a rename.
        let staging = Staging::open(&root.join("staging"))?;
        let objects = LocalFileSystem::new_with_prefix(root)
            .map_err(|source| BlobError::objects("open", &root.display(), source))?;
        let local = Some(Arc::new(LocalRoot { root: root.to_owned(), folders }));
        Ok(Self::over(Arc::new(objects), Path::default(), local, staging))
    }

    /// A folder (`/path`, `file:///path`), or `s3://bucket/prefix`.
    ///
    /// For S3, the region, the endpoint and the credentials come from the usual `AWS_*` variables, and files are staged in
    /// the system's folder for temporary files (see [`BlobStore::open_staged_in`]).
    pub fn open(place: &str) -> Result<Self, BlobError> {
        Self::open_staged_in(place, &std::env::temp_dir().join("packhouse-staging"))
    }

    /// As [`BlobStore::open`], with the folder in which files are staged on their way to an object store.
    /// A local place stages under its own root and does not use it.
    pub fn open_staged_in(place: &str, staging: &FilePath) -> Result<Self, BlobError> {
        let refuse = |reason: &str| BlobError::Place { place: place.to_owned(), reason: reason.to_owned() };
        match place.split_once("://") {
            None if place.is_empty() => Err(refuse("it is empty; give a folder")),
            None => Self::local(place),
            Some(("file", _)) => Self::local(
                url::Url::parse(place)
                    .ok()
                    .and_then(|url| url.to_file_path().ok())
                    .ok_or_else(|| refuse("a file URL has the form file:///path"))?,
            ),
            Some(("s3", rest)) => {
                let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
                if bucket.is_empty() {
                    return Err(refuse("the form is s3://bucket/prefix"));
                }
                let prefix = Path::parse(prefix).map_err(|error| refuse(&error.to_string()))?;
                let objects = crate::s3::objects(AmazonS3Builder::from_env(), bucket)?;
                Ok(Self::over(objects, prefix, None, Staging::open(staging)?))
            }
            Some(_) => Err(refuse("give a folder or s3://bucket/prefix")),
        }
    }

    pub(crate) fn over(
        objects: Arc<dyn ObjectStore>,
        prefix: Path,
        local: Option<Arc<LocalRoot>>,
        staging: Staging,
    ) -> Self {
        Self { destination: Arc::new(Destination { objects, prefix, local, staging }) }
    }

    /// The root of a local store.
    pub fn local_root(&self) -> Option<PathBuf> {
        self.destination.local.as_ref().map(|local| local.root.clone())
    }

    /// Begins a new file.
    pub async fn stage(&self) -> Result<Staged, BlobError> {
        let destination = Arc::clone(&self.destination);
        let made = tokio::task::spawn_blocking(move || {
            destination.staging.create().map(|(file, path)| Staged::new(file, path, Arc::clone(&destination)))
        });
        made.await.unwrap_or_else(|error| {
            Err(BlobError::local("stage", FilePath::new("a file"), std::io::Error::other(error)))
        })
    }

    /// Opens a blob; `None` when there is none.
    pub async fn get(&self, sha: Sha256) -> Result<Option<BlobReader>, BlobError> {
        let objects = &self.destination.objects;
        let path = key::path(&self.destination.prefix, sha);
        if self.destination.local.is_none() {
            let open = |size| {
                let remote = Remote { objects: Arc::clone(objects), path, sha, size };
                BlobReader::new(sha, size, Source::Objects(remote))
            };
            return Ok(self.head(sha).await?.map(open));
        }
        let got = match objects.get(&path).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            got => got.map_err(|source| BlobError::objects("open", &path, source))?,
        };
        let size = got.meta.size;
        let source = match got.payload {
            GetResultPayload::File(file, _) => Source::File(Arc::new(file)),
            GetResultPayload::Stream(_) => {
                Source::Objects(Remote { objects: Arc::clone(objects), path, sha, size })
            }
        };
        Ok(Some(BlobReader::new(sha, size, source)))
    }

    /// The blob as a file with a path: its own one in a folder, a copy that goes away when dropped from an object store.
    /// `None` when there is none. Nobody may write to it.
    pub async fn on_disk(&self, sha: Sha256) -> Result<Option<OnDisk>, BlobError> {
        if let Some(local) = &self.destination.local {
            let path = key::parts(sha).iter().fold(local.root.clone(), |path, part| path.join(part));
            return Ok(self.exists(sha).await?.then_some(OnDisk { path, copy: None }));
        }
        let Some(reader) = self.get(sha).await? else { return Ok(None) };
        let mut bytes = reader.open(0..reader.size()).await?;
        let destination = Arc::clone(&self.destination);
        let made = tokio::task::spawn_blocking(move || destination.staging.create()).await;
        let failed = |error| BlobError::local("copy", FilePath::new("a blob"), error);
        let (file, copy) = made.map_err(|error| failed(std::io::Error::other(error)))??;
        let mut file = tokio::fs::File::from_std(file);
        while let Some(chunk) = bytes.try_next().await.map_err(failed)? {
            tokio::io::AsyncWriteExt::write_all(&mut file, &chunk).await.map_err(failed)?;
        }
        tokio::io::AsyncWriteExt::flush(&mut file).await.map_err(failed)?;
        Ok(Some(OnDisk { path: copy.to_path_buf(), copy: Some(copy) }))
    }

    /// Asks the object store one thing, so that a wrong bucket, endpoint or key is known at the start. A folder is fine
    /// once it is open.
    pub async fn check(&self) -> Result<(), BlobError> {
        if self.destination.local.is_none() {
            // A look for one object cannot tell a missing bucket from a missing object.
            self.list().try_next().await?;
        }
        Ok(())
    }

    /// Whether the blob is there.
    pub async fn exists(&self, sha: Sha256) -> Result<bool, BlobError> {
        Ok(self.head(sha).await?.is_some())
    }

    /// Removes the blob, if it is there. Open readers keep it. Not synced: a crash may bring it back.
    pub async fn delete(&self, sha: Sha256) -> Result<(), BlobError> {
        let path = key::path(&self.destination.prefix, sha);
        match self.destination.objects.delete(&path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(source) => Err(BlobError::objects("delete", &path, source)),
        }
    }

    /// Every blob once, with its size in bytes, in no order: for a sweep after those that nothing refers to.
    /// Files that are not named as blobs are passed over.
    pub fn list(&self) -> BoxStream<'static, Result<(Sha256, u64), BlobError>> {
        let prefix = self.destination.prefix.clone();
        let top = prefix.clone().join(key::TOP);
        let failed = top.clone();
        // A server may name an object twice, one after the other, that several requests wrote at once.
        let mut last = None;
        self.destination
            .objects
            .list(Some(&top))
            .map_err(move |source| BlobError::objects("list", &failed, source))
            .try_filter_map(move |found| {
                let blob = key::parse(&prefix, &found.location).map(|sha| (sha, found.size));
                let again = blob.is_some() && blob == last;
                last = blob.or(last);
                std::future::ready(Ok(blob.filter(|_| !again)))
            })
            .boxed()
    }

    async fn head(&self, sha: Sha256) -> Result<Option<u64>, BlobError> {
        let path = key::path(&self.destination.prefix, sha);
        match self.destination.objects.head(&path).await {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(source) => Err(BlobError::objects("look for", &path, source)),
        }
    }

    #[cfg(test)]
    pub(crate) fn destination(&self) -> &Arc<Destination> {
        &self.destination
    }
}
