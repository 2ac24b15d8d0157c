use std::fs::File;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::PathBuf;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use packhouse_model::Sha256;
use proptest::prelude::*;

use super::places::Place;
use super::{content, get, list, put};
use crate::reader::CHUNK;
use crate::{BlobError, BlobStore, ByteStream};

each_place!(ranges, a_blob_is_not_read_into_memory_beyond_the_limit, the_list_has_blobs_and_nothing_else);

async fn ranges(place: Place) {
    let store = place.open();
    let size = 3 * CHUNK as u64 + 17;
    let bytes = content(size as usize);
    let reader = get(&store, put(&store, &bytes).await).await;
    let chunk = CHUNK as u64;
    for range in
        [0..size, 0..0, size..size, 0..1, size - 1..size, 5..chunk + 5, chunk..2 * chunk, 1..size - 1]
    {
        let parts: Vec<Bytes> = reader.stream(range.clone()).try_collect().await.unwrap();
        assert!(parts.iter().all(|part| !part.is_empty()));
        // A folder is read in chunks; an object store sends what it likes.
        assert!(store.local_root().is_none() || parts.iter().all(|part| part.len() <= CHUNK));
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

async fn a_blob_is_not_read_into_memory_beyond_the_limit(place: Place) {
    let store = place.open();
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
async fn a_file_cut_short_while_it_is_streamed_ends_in_an_error() {
    let bytes = content(4 * CHUNK);
    for left in [CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5] {
        let folder = tempfile::tempdir().unwrap();
        let store = BlobStore::local(folder.path()).unwrap();
        let sha = put(&store, &bytes).await;
        let staged = super::stage(&store, &bytes).await;
        let follower = staged.follow();
        let path = folder.path().join(crate::key::parts(sha).iter().collect::<PathBuf>());
        let cut = |file: &File| file.set_len(left as u64).unwrap();

        let reader = get(&store, sha).await;
        let mut stream = reader.stream(0..reader.size());
        let first = stream.next().await.unwrap().unwrap();
        cut(&File::options().write(true).open(path).unwrap());
        ends_early(first, stream, &bytes, left).await;

        let mut stream = follower.clone().stream(0, None, 0);
        let first = stream.next().await.unwrap().unwrap();
        cut(&follower.file);
        ends_early(first, stream, &bytes, left).await;
    }
}

/// Right bytes, at most one chunk more than what is left (it may have been read before the cut), then the error.
async fn ends_early(first: Bytes, rest: ByteStream, bytes: &Bytes, left: usize) {
    let mut parts: Vec<_> = rest.collect().await;
    let error = parts.pop().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{left}");
    let mut seen = first.to_vec();
    for part in parts {
        seen.extend_from_slice(&part.unwrap());
    }
    assert_eq!(seen, bytes[..seen.len()], "{left}");
    assert!(seen.len() <= left.max(CHUNK) + CHUNK && seen.len() < bytes.len(), "{left}: {}", seen.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_range_is_those_bytes(
        size in 0..=3 * CHUNK + 17,
        cuts in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
    ) {
        let (one, other) = (cuts.0.index(size + 1), cuts.1.index(size + 1));
        let (start, end) = (one.min(other), one.max(other));
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let store = BlobStore::local(folder.path()).unwrap();
            let bytes = content(size);
            let staged = super::stage(&store, &bytes).await;
            let follower = staged.follow();
            prop_assert_eq!(&follower.read(start as u64, end - start).await.unwrap(), &bytes[start..end]);
            let stream = follower.stream(start as u64, Some(end as u64), 0);
            let behind: Vec<Bytes> = stream.try_collect().await.unwrap();
            prop_assert_eq!(behind.concat(), &bytes[start..end]);

            let sha = Sha256::of(&bytes);
            staged.commit(sha, None).await.unwrap();
            let reader = get(&store, sha).await;
            let parts: Vec<Bytes> = reader.stream(start as u64..end as u64).try_collect().await.unwrap();
            prop_assert!(parts.iter().all(|part| !part.is_empty() && part.len() <= CHUNK));
            prop_assert_eq!(parts.concat(), &bytes[start..end]);
            prop_assert_eq!(reader.read_all(size as u64).await.unwrap(), bytes);
            Ok(())
        })?;
    }
}

async fn the_list_has_blobs_and_nothing_else(place: Place) {
    let store = place.open();
    assert_eq!(list(&store).await, []);
    let mut expected = Vec::new();
    for size in [0, 10, 70_000] {
        expected.push((put(&store, &content(size)).await, size as u64));
    }
    expected.sort_unstable();
    place.write("sha256/readme", Bytes::from_static(b"not a blob")).await;
    place.write(&Sha256::of(b"stray").hex(), Bytes::from_static(b"not in its place")).await;
    let _staged = super::stage(&store, &content(10)).await;
    assert_eq!(list(&store).await, expected);
}
