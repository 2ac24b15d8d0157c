//! Files that are in the page cache, that are not, and that cannot be asked about.

use std::fs::File;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use packhouse_model::Sha256;

use super::{content, get, put};
use crate::cached;
use crate::pool::Buffer;
use crate::reader::{CHUNK, Source};
use crate::reading::Reading;
use crate::{BlobReader, BlobStore};

async fn blob(size: usize) -> (tempfile::TempDir, Bytes, BlobReader, Arc<File>) {
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::local(folder.path()).unwrap();
    let bytes = content(size);
    let sha = put(&store, &bytes).await;
    let file = crate::key::parts(sha).iter().fold(folder.path().to_owned(), |path, part| path.join(part));
    (folder, bytes, get(&store, sha).await, Arc::new(File::open(file).unwrap()))
}

/// Has the system forget the file's pages, which are clean; whether it did is seen at the file's end, so that
/// looking does not bring back its beginning.
fn evicted(file: &File, size: usize) -> bool {
    let forget = || rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
    forget();
    cached::read(file, &mut [0; 1], size as u64 - 1) != Some(1)
}

#[expect(clippy::print_stderr, reason = "a test that checks nothing must say so")]
fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}

#[tokio::test]
async fn a_file_that_is_not_in_the_page_cache_is_read_all_the_same() {
    let size = 8 * CHUNK + 17;
    let (_folder, bytes, reader, file) = blob(size).await;
    if !evicted(&file, size) {
        skipped("files do not leave the page cache here");
        return;
    }
    let read = || Reading::new(Arc::clone(&file), 0, Buffer::pooled(CHUNK), true).read();
    let cold = read().await.unwrap();
    assert!(cold.waited);
    assert_eq!(cold.bytes, bytes[..CHUNK]);
    let warm = read().await.unwrap();
    assert_eq!(warm.waited, !warm.able, "what was read once is in the page cache");
    assert_eq!(warm.bytes, bytes[..CHUNK]);

    for start in [0, 5, CHUNK - 1, 3 * CHUNK] {
        evicted(&file, size);
        let parts: Vec<Bytes> = reader.stream(start as u64..size as u64).try_collect().await.unwrap();
        assert_eq!(parts.concat(), bytes[start..], "{start}");
    }
    evicted(&file, size);
    assert_eq!(reader.read_all(size as u64).await.unwrap(), bytes);

    // The first half is here, the second is not: both ways in one stream, back and forth.
    evicted(&file, size);
    for at in [0, 2 * CHUNK, 5 * CHUNK] {
        Reading::new(Arc::clone(&file), at as u64, Buffer::exact(CHUNK / 2), false).read().await.unwrap();
    }
    let parts: Vec<Bytes> = reader.stream(0..size as u64).try_collect().await.unwrap();
    assert_eq!(parts.concat(), bytes);
}

#[tokio::test]
async fn what_is_in_the_page_cache_is_there_at_once() {
    // No more than one turn.
    let size = CHUNK + 17;
    let (_folder, bytes, reader, file) = blob(size).await;
    if cached::read(&file, &mut [0; 1], 0).is_none() {
        skipped("this file system cannot be asked for what is in memory");
        return;
    }
    reader.read_all(size as u64).await.unwrap();
    let mut stream = reader.stream(0..size as u64);
    let mut seen = Vec::new();
    while let Some(part) = stream.next().now_or_never().expect("no thread is waited for") {
        seen.extend_from_slice(&part.unwrap());
    }
    assert_eq!(seen, bytes);
}

/// Files of /proc are made up as they are read: the kernel cannot say whether that waits.
#[tokio::test]
async fn a_file_system_without_such_reads_is_asked_once() {
    let (path, bytes) = ("/proc/version", Bytes::from(std::fs::read("/proc/version").unwrap()));
    let file = Arc::new(File::open(path).unwrap());
    assert_eq!(cached::read(&file, &mut [0; 1], 0), None);
    let read = Reading::new(Arc::clone(&file), 0, Buffer::exact(bytes.len()), true).read().await.unwrap();
    assert!(read.waited && !read.able);
    assert_eq!(read.bytes, bytes);

    let reader = BlobReader::new(Sha256::of(&bytes), bytes.len() as u64, Source::File(file));
    let parts: Vec<Bytes> = reader.stream(3..reader.size()).try_collect().await.unwrap();
    assert_eq!(parts.concat(), bytes[3..]);
    assert_eq!(reader.read_all(1000).await.unwrap(), bytes);
}

#[tokio::test]
async fn reads_ahead_and_in_place_give_the_same() {
    let (_folder, bytes, _reader, file) = blob(2 * CHUNK).await;
    for able in [true, false] {
        let new = |length| Reading::new(Arc::clone(&file), 7, Buffer::pooled(length), able);
        for length in [0, 1, CHUNK, CHUNK + 1, 2 * CHUNK - 7] {
            assert_eq!(new(length).read().await.unwrap().bytes, bytes[7..7 + length], "{able} {length}");
            assert_eq!(new(length).ahead().await.unwrap().unwrap().bytes, bytes[7..7 + length]);
        }
        let error = new(2 * CHUNK - 6).read().await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
    }
}
