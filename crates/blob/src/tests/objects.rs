//! What is different in an object store: uploads in parts, other processes that delete, a wire that fails.

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use packhouse_model::Sha256;
use packhouse_testkit::{ObjectFault, ObjectServer};

use super::places::{Place, open_bucket};
use super::{content, files, get, list, put, stage};
use crate::BlobError;

/// A bucket, unless there is no S3 server here, which is said.
async fn bucket() -> Option<Place> {
    tokio::task::spawn_blocking(Place::bucket).await.expect("no panic")
}

fn server(place: &Place) -> &ObjectServer {
    place.server.as_ref().expect("a bucket")
}

#[tokio::test]
async fn small_and_large_blobs_are_uploaded_and_read() {
    let Some(place) = bucket().await else { return };
    let store = place.open();
    store.check().await.expect("the bucket is there");
    let mut expected = Vec::new();
    // One request; exactly one part; parts with a rest.
    for size in [0, 100, 8 * 1024 * 1024, 18_500_000] {
        let bytes = content(size);
        let sha = put(&store, &bytes).await;
        expected.push((sha, size as u64));
        let reader = get(&store, sha).await;
        assert_eq!(reader.read_all(u64::MAX).await.unwrap(), bytes);
        let whole: Vec<Bytes> = reader.stream(0..size as u64).try_collect().await.unwrap();
        assert_eq!(whole.concat(), bytes);
        let middle = reader.size() / 3..reader.size() / 2;
        let parts: Vec<Bytes> = reader.open(middle.clone()).await.unwrap().try_collect().await.unwrap();
        assert_eq!(parts.concat(), bytes[middle.start as usize..middle.end as usize]);
    }
    expected.sort_unstable();
    assert_eq!(list(&store).await, expected);
    assert_eq!(files(&place.staging()), [""; 0]);
    assert!(store.local_root().is_none());
}

#[tokio::test]
async fn what_another_process_deleted_is_gone() {
    let Some(place) = bucket().await else { return };
    let (store, other) = (place.open(), place.open());
    let bytes = content(1_000);
    let sha = put(&store, &bytes).await;
    let reader = get(&store, sha).await;
    other.delete(sha).await.unwrap();
    other.delete(sha).await.expect("deleting what is gone is fine");
    assert!(!store.exists(sha).await.unwrap() && store.get(sha).await.unwrap().is_none());
    assert!(matches!(reader.read_all(u64::MAX).await, Err(BlobError::Gone { .. })));
    assert!(matches!(reader.open(0..10).await.err(), Some(BlobError::Gone { .. })));
    reader.stream(0..10).try_collect::<Vec<_>>().await.unwrap_err();
}

#[tokio::test]
async fn a_damaged_object_never_comes_whole() {
    let Some(place) = bucket().await else { return };
    let store = place.open();
    let bytes = content(300_000);
    let sha = put(&store, &bytes).await;
    let reader = get(&store, sha).await;
    let mut other = bytes.to_vec();
    other[0] ^= 1;
    for damage in [&other[..], &bytes[..299_999], &[bytes.as_ref(), b"x"].concat()] {
        place.overwrite(sha, damage).await;
        let error = reader.read_all(u64::MAX).await.unwrap_err();
        assert!(matches!(error, BlobError::Damaged { .. }), "{error}");
        let stream = reader.stream(0..300_000);
        let arrived = stream.try_fold(0, |sum, part| std::future::ready(Ok(sum + part.len())));
        arrived.await.unwrap_err();
    }
}

#[tokio::test]
async fn a_wire_that_fails_stores_and_hands_out_nothing_by_halves() {
    let Some(place) = bucket().await else { return };
    let store = place.open();
    let bytes = content(9_000_000);
    let sha = put(&store, &bytes).await;
    let reader = get(&store, sha).await;
    for fault in [
        ObjectFault::Unavailable,
        ObjectFault::Down,
        ObjectFault::CutAfter(0),
        ObjectFault::CutAfter(1_000_000),
        ObjectFault::WrongBytes,
    ] {
        server(&place).fail(Some(fault));
        let read = reader.read_all(u64::MAX).await;
        // A body that breaks off is asked for again from where it broke, so that one may come after all: then it is right.
        assert!(read.as_ref().is_err() || read.is_ok_and(|read| read == bytes), "{fault:?}");
        server(&place).fail(None);
        assert_eq!(reader.read_all(u64::MAX).await.unwrap(), bytes, "{fault:?}");
    }
    for (fault, size) in [
        (ObjectFault::Unavailable, 100),
        (ObjectFault::Down, 9_100_000),
        (ObjectFault::CutUploads, 100_000),
        (ObjectFault::CutUploads, 9_200_000),
    ] {
        let new = content(size);
        let staged = stage(&store, &new).await;
        server(&place).fail(Some(fault));
        let error = staged.commit(Sha256::of(&new), None).await.unwrap_err();
        assert!(matches!(error, BlobError::Remote { .. }), "{fault:?}: {error}");
        server(&place).fail(None);
        assert_eq!(list(&store).await, [(sha, 9_000_000)], "{fault:?}");
        assert_eq!(files(&place.staging()), [""; 0], "{fault:?}");
    }
}

/// Its text and its causes' texts.
fn chain(error: &BlobError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(&format!("; {error}"));
        cause = error.source();
    }
    text
}

#[tokio::test]
async fn a_wrong_key_or_bucket_is_an_error_that_names_no_secret() {
    let Some(place) = bucket().await else { return };
    let server = server(&place);
    let wrong = server.environment().map(|(name, value)| match name {
        "AWS_SECRET_ACCESS_KEY" => (name, "another-secret".to_owned()),
        _ => (name, value),
    });
    let store = open_bucket(wrong, server.bucket(), &place.staging());
    let error = chain(&store.check().await.unwrap_err());
    assert!(error.contains("403"), "{error}");
    assert!(!error.contains("another-secret"), "{error}");
    assert!(!format!("{store:?}").contains("another-secret"));

    let store = open_bucket(server.environment(), "no-such-bucket", &place.staging());
    store.check().await.unwrap_err();
    let bytes = content(10);
    let error = stage(&store, &bytes).await.commit(Sha256::of(&bytes), None).await.unwrap_err();
    assert!(!chain(&error).contains(server.secret()), "{error:?}");
}
