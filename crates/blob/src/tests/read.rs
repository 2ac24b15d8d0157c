use std::fs::{self, File};
use std::io::ErrorKind;
use std::ops::Range;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use packhouse_model::Sha256;

use super::{content, get, list, put};
use crate::reader::CHUNK;
use crate::{BlobError, BlobStore};

#[tokio::test]
async fn ranges() {
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::local(folder.path()).unwrap();
    let size = 3 * CHUNK as u64 + 17;
    let bytes = content(size as usize);
    let reader = get(&store, put(&store, &bytes).await).await;
    let chunk = CHUNK as u64;
    for range in
        [0..size, 0..0, size..size, 0..1, size - 1..size, 5..chunk + 5, chunk..2 * chunk, 1..size - 1]
    {
        let parts: Vec<Bytes> = reader.stream(range.clone()).try_collect().await.unwrap();
        assert!(parts.iter().all(|part| !part.is_empty() && part.len() <= CHUNK));
        assert_eq!(parts.concat(), bytes[range.start as usize..range.end as usize], "{range:?}");
    }
    #[expect(clippy::reversed_empty_ranges, reason = "a reversed range is one of the wrong ones")]
    let wrong: [Range<u64>; 4] = [0..size + 1, size + 1..size + 1, 0..u64::MAX, 2..1];
    for range in wrong {
        let mut stream = reader.stream(range.clone());
        assert_eq!(stream.next().await.unwrap().unwrap_err().kind(), ErrorKind::InvalidInput, "{range:?}");
        assert!(stream.next().await.is_none());
    }
}

#[tokio::test]
async fn a_reader_keeps_its_file_when_the_blob_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::local(folder.path()).unwrap();
    let bytes = content(3 * CHUNK);
    let sha = put(&store, &bytes).await;
    let reader = get(&store, sha).await;
    let mut stream = reader.stream(0..reader.size());
    let first = stream.next().await.unwrap().unwrap();
    store.delete(sha).await.unwrap();
    store.delete(sha).await.expect("deleting what is gone is fine");
    assert!(store.get(sha).await.unwrap().is_none());
    let rest: Vec<Bytes> = stream.try_collect().await.unwrap();
    assert_eq!([first.as_ref(), &rest.concat()].concat(), bytes);
    assert_eq!(reader.read_all(u64::MAX).await.unwrap(), bytes);
}

#[tokio::test]
async fn a_blob_is_not_read_into_memory_beyond_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::local(folder.path()).unwrap();
    let reader = get(&store, put(&store, &content(1001)).await).await;
    let error = reader.read_all(1000).await.unwrap_err();
    assert!(matches!(error, BlobError::TooLarge { size: 1001, limit: 1000, .. }), "{error}");
}

#[tokio::test]
async fn a_file_cut_short_is_an_error_and_not_a_short_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::local(folder.path()).unwrap();
    let sha = put(&store, &content(2 * CHUNK)).await;
    let reader = get(&store, sha).await;
    let hex = sha.hex();
    let path = folder.path().join("sha256").join(&hex[..2]).join(&hex[2..4]).join(&hex);
    File::options().write(true).open(path).unwrap().set_len(CHUNK as u64 + 1).unwrap();
    let parts: Vec<_> = reader.stream(0..reader.size()).collect().await;
    assert_eq!(parts.len(), 2);
    assert_eq!(parts[1].as_ref().unwrap_err().kind(), ErrorKind::UnexpectedEof);
    assert!(reader.read_all(u64::MAX).await.is_err());
}

#[tokio::test]
async fn the_list_has_blobs_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::local(folder.path()).unwrap();
    assert_eq!(list(&store).await, []);
    let mut expected = Vec::new();
    for size in [0, 10, 70_000] {
        expected.push((put(&store, &content(size)).await, size as u64));
    }
    expected.sort_unstable();
    fs::write(folder.path().join("sha256/readme"), b"not a blob").unwrap();
    fs::write(folder.path().join(Sha256::of(b"stray").hex()), b"not in its place").unwrap();
    let _staged = super::stage(&store, &content(10)).await;
    assert_eq!(list(&store).await, expected);
}
