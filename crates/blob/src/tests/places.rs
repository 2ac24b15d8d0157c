//! Where the tests keep blobs: a folder, and a bucket of a real S3 server.

use std::path::PathBuf;

use bytes::Bytes;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::{ObjectStoreExt as _, PutPayload};
use packhouse_model::Sha256;
use packhouse_testkit::ObjectServer;
use tempfile::TempDir;

use crate::staging::Staging;
use crate::{BlobStore, key};

/// Makes a module with one test per kind of place out of a scenario.
macro_rules! each_place {
    ($($scenario:ident),+ $(,)?) => { $(
        mod $scenario {
            #[tokio::test]
            async fn in_a_folder() {
                super::$scenario(crate::tests::places::Place::folder()).await;
            }
            /// Says that it is skipped where there is no S3 server.
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn in_a_bucket() {
                let started = tokio::task::spawn_blocking(crate::tests::places::Place::bucket).await;
                if let Some(place) = started.expect("no panic") {
                    super::$scenario(place).await;
                }
            }
        }
    )+ };
}

/// An empty place; it goes away with this.
pub(super) struct Place {
    folder: TempDir,
    /// Of a place that is a bucket.
    pub(super) server: Option<ObjectServer>,
}

impl Place {
    pub(super) fn folder() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder"), server: None }
    }

    pub(super) fn bucket() -> Option<Self> {
        ObjectServer::start().map(|server| Self { server: Some(server), ..Self::folder() })
    }

    /// The store, as one more process opens it.
    pub(super) fn open(&self) -> BlobStore {
        let Some(server) = &self.server else {
            return BlobStore::local(self.folder.path()).expect("a folder");
        };
        open_bucket(server.environment(), server.bucket(), &self.staging())
    }

    /// Where files on their way in lie.
    pub(super) fn staging(&self) -> PathBuf {
        self.folder.path().join("staging")
    }

    /// Writes an object past the store.
    pub(super) async fn write(&self, key: &str, bytes: Bytes) {
        let store = self.open();
        let destination = store.destination();
        let path = destination.prefix.parts().chain(Path::from(key).parts()).collect();
        destination.objects.put(&path, PutPayload::from_bytes(bytes)).await.expect("written");
    }

    /// Puts other bytes in the place of a blob's.
    pub(super) async fn overwrite(&self, sha: Sha256, bytes: &[u8]) {
        self.write(&key::parts(sha).join("/"), Bytes::copy_from_slice(bytes)).await;
    }
}

/// A bucket as the environment describes it.
pub(super) fn open_bucket(
    environment: impl IntoIterator<Item = (&'static str, String)>,
    bucket: &str,
    staging: &std::path::Path,
) -> BlobStore {
    let builder = environment.into_iter().fold(AmazonS3Builder::new(), |builder, (name, value)| {
        builder.with_config(name.to_ascii_lowercase().parse().expect("a setting"), value)
    });
    let objects = crate::s3::objects(builder, bucket).expect("a client");
    BlobStore::over(objects, Path::from("team/a"), None, Staging::open(staging).expect("a folder"))
}
