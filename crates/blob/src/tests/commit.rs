use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt as _;
use packhouse_model::Sha256;

use super::places::Place;
use super::{content, files, get, list, put, stage};
use crate::{BlobError, BlobStore, Staged};

each_place!(
    what_was_put_is_read_back,
    wrong_bytes_are_never_stored,
    dropping_a_staged_file_removes_it_at_every_step,
    committing_the_same_blob_again_or_at_once_is_fine,
    a_commit_mends_a_damaged_blob,
    a_full_disk_is_an_error_of_its_own,
);

async fn what_was_put_is_read_back(place: Place) {
    let store = place.open();
    for size in [0, 1, 262_144, 700_001] {
        let bytes = content(size);
        let sha = put(&store, &bytes).await;
        assert!(store.exists(sha).await.unwrap());
        let reader = get(&store, sha).await;
        assert_eq!((reader.sha(), reader.size()), (sha, size as u64));
        assert_eq!(reader.read_all(size as u64).await.unwrap(), bytes);
        if let Some(root) = store.local_root() {
            let path = crate::key::parts(sha).iter().fold(root, |path, part| path.join(part));
            assert_eq!(fs::read(&path).unwrap(), bytes);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o600, 0o600);
        }
    }
    assert_eq!(files(&place.staging()), [""; 0]);
}

async fn wrong_bytes_are_never_stored(place: Place) {
    let store = place.open();
    let (right, wrong) = (content(1000), content(999));
    let (expected, found) = (Sha256::of(&right), Sha256::of(&wrong));

    let staged = stage(&store, &wrong).await;
    let error = staged.commit(expected, None).await.unwrap_err();
    assert!(matches!(error, BlobError::WrongHash { expected: e, found: f } if e == expected && f == found));
    assert!(error.to_string().contains(&expected.hex()) && error.to_string().contains(&found.hex()));

    let staged = stage(&store, &wrong).await;
    let error = staged.commit(expected, Some(1000)).await.unwrap_err();
    assert!(matches!(error, BlobError::WrongSize { expected: 1000, found: 999, .. }), "{error}");

    assert_eq!(files(&place.staging()), [""; 0]);
    assert_eq!(list(&store).await, []);
    assert!(!store.exists(expected).await.unwrap() && store.get(expected).await.unwrap().is_none());
}

async fn dropping_a_staged_file_removes_it_at_every_step(place: Place) {
    let store = place.open();
    let bytes = content(300_000);

    drop(store.stage().await.unwrap());
    drop(stage(&store, &bytes).await);

    // A write that is dropped before its end: the file cannot be continued, and goes.
    let mut staged = store.stage().await.unwrap();
    assert!(staged.write(bytes.clone()).now_or_never().is_none());
    assert!(matches!(staged.write(bytes.clone()).await, Err(BlobError::Interrupted)));
    assert!(matches!(staged.commit(Sha256::of(&bytes), None).await, Err(BlobError::Interrupted)));
    assert_eq!(files(&place.staging()), [""; 0]);
    assert_eq!(list(&store).await, []);
}

async fn committing_the_same_blob_again_or_at_once_is_fine(place: Place) {
    let (store, other) = (place.open(), place.open());
    let bytes = content(500_000);
    let sha = put(&store, &bytes).await;
    let early = get(&store, sha).await;
    let mut commits = Vec::new();
    for at in 0..16 {
        let staged = stage(if at % 2 == 0 { &store } else { &other }, &bytes).await;
        commits.push(staged.commit(sha, Some(500_000)));
    }
    for committed in futures_util::future::join_all(commits).await {
        assert_eq!(committed.unwrap().size, 500_000);
    }
    assert_eq!(list(&store).await, [(sha, 500_000)]);
    assert_eq!(early.read_all(u64::MAX).await.unwrap(), bytes);
    assert_eq!(files(&place.staging()), [""; 0]);
}

async fn a_commit_mends_a_damaged_blob(place: Place) {
    let store = place.open();
    let bytes = content(1000);
    let sha = put(&store, &bytes).await;
    // Of another size, and of the same.
    for damage in [&b"damaged"[..], &[7; 1000]] {
        place.overwrite(sha, damage).await;
        put(&store, &bytes).await;
        assert_eq!(get(&store, sha).await.read_all(1000).await.unwrap(), bytes);
    }
}

/// `/dev/full` answers every write as a full disk does.
async fn a_full_disk_is_an_error_of_its_own(place: Place) {
    let store = place.open();
    let (_, path) = store.destination().staging.create().unwrap();
    let full = File::options().read(true).write(true).open("/dev/full").unwrap();
    let mut staged = Staged::new(full, path, Arc::clone(store.destination()));
    let follower = staged.follow();

    let error = staged.write(content(10)).await.unwrap_err();
    assert!(error.is_no_space(), "{error:?}");
    assert!(error.to_string().starts_with("no space left to write "), "{error}");
    assert_eq!(follower.progress().state, crate::StageState::Failed);
    assert!(matches!(staged.write(Bytes::new()).await, Err(BlobError::Interrupted)));
    drop(staged);
    assert_eq!(files(&place.staging()), [""; 0]);
    assert_eq!(list(&store).await, []);
}

#[tokio::test]
async fn places() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b");
    let path = path.to_str().unwrap();
    for place in [path.to_owned(), format!("file://{path}")] {
        assert_eq!(BlobStore::open(&place).unwrap().local_root().unwrap().to_str(), Some(path));
    }
    for place in ["", "https://upstream.invalid/x", "file://elsewhere/x", "s3://", "s3:///x"] {
        let error = BlobStore::open(place).unwrap_err();
        assert!(matches!(error, BlobError::Place { .. }), "{place}: {error}");
    }
}
