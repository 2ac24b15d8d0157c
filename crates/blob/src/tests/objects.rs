//! An object store that is not a folder: the one in memory stands for S3.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use object_store::memory::InMemory;
use object_store::path::Path;
use packhouse_model::Sha256;

use super::{content, files, get, list, put, stage};
use crate::staging::Staging;
use crate::{BlobError, BlobStore};

fn remote(staging: &std::path::Path) -> BlobStore {
    BlobStore::over(Arc::new(InMemory::new()), Path::from("team/a"), None, Staging::open(staging).unwrap())
}

#[tokio::test]
async fn small_and_large_blobs_are_uploaded_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let store = remote(folder.path());
    let mut expected = Vec::new();
    // One request; exactly one part; parts with a rest.
    for size in [0, 100, 8 * 1024 * 1024, 8_500_000] {
        let bytes = content(size);
        let sha = put(&store, &bytes).await;
        expected.push((sha, size as u64));
        let reader = get(&store, sha).await;
        assert_eq!(reader.read_all(u64::MAX).await.unwrap(), bytes);
        let middle = reader.size() / 3..reader.size() / 2;
        let parts: Vec<Bytes> = reader.stream(middle.clone()).try_collect().await.unwrap();
        assert_eq!(parts.concat(), bytes[middle.start as usize..middle.end as usize]);
    }
    expected.sort_unstable();
    assert_eq!(list(&store).await, expected);
    assert_eq!(files(folder.path()), [""; 0]);
    assert!(store.local_root().is_none());
}

#[tokio::test]
async fn the_same_rules_hold_as_in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let store = remote(folder.path());
    let bytes = content(8_400_000);
    let error = stage(&store, &bytes).await.commit(Sha256::of(b"other"), None).await.unwrap_err();
    assert!(matches!(error, BlobError::WrongHash { .. }), "{error}");
    assert_eq!(list(&store).await, []);
    assert_eq!(files(folder.path()), [""; 0]);

    let sha = put(&store, &bytes).await;
    let staged = stage(&store, &bytes).await;
    let follower = staged.follow();
    staged.commit(sha, None).await.expect("again");
    assert_eq!(follower.read(8_399_990, 10).await.unwrap(), bytes[8_399_990..]);

    let reader = get(&store, sha).await;
    store.delete(sha).await.unwrap();
    store.delete(sha).await.expect("deleting what is gone is fine");
    assert!(!store.exists(sha).await.unwrap());
    assert!(matches!(reader.read_all(u64::MAX).await, Err(BlobError::Remote { .. })));
}
