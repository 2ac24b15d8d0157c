#[macro_use]
mod places;

#[cfg(target_os = "linux")]
mod cached;
mod commit;
mod crash;
mod follow;
mod objects;
mod pool;
mod read;

use std::path::Path;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use packhouse_model::Sha256;

use crate::{BlobReader, BlobStore, Staged};

/// `size` bytes that differ from place to place.
fn content(size: usize) -> Bytes {
    (0..size).map(|at| (at.wrapping_mul(31) ^ (at >> 8)) as u8).collect()
}

async fn stage(store: &BlobStore, bytes: &Bytes) -> Staged {
    let mut staged = store.stage().await.expect("stage");
    for at in (0..bytes.len()).step_by(100_000) {
        staged.write(bytes.slice(at..bytes.len().min(at + 100_000))).await.expect("write");
    }
    staged
}

async fn put(store: &BlobStore, bytes: &Bytes) -> Sha256 {
    let sha = Sha256::of(bytes);
    stage(store, bytes).await.commit(sha, Some(bytes.len() as u64)).await.expect("commit");
    sha
}

async fn get(store: &BlobStore, sha: Sha256) -> BlobReader {
    store.get(sha).await.expect("open").expect("the blob is there")
}

async fn list(store: &BlobStore) -> Vec<(Sha256, u64)> {
    let mut all: Vec<_> = store.list().try_collect().await.expect("list");
    all.sort_unstable();
    all
}

/// Names of the files in a folder and below, without locks.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("folder") {
        let entry = entry.expect("entry");
        let name = entry.file_name().into_string().expect("UTF-8");
        if entry.file_type().expect("type").is_dir() {
            found.extend(files(&entry.path()));
        } else if !["lock", ".lock"].contains(&name.as_str()) {
            found.push(name);
        }
    }
    found
}
