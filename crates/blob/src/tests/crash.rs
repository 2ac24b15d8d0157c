//! Kills a real process at each step of a commit and looks at what is left.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;

use packhouse_model::Sha256;

use super::places::Place;
use super::{content, files, get, list, put, stage};
use crate::BlobStore;
use crate::staging::Staging;

const ROOT: &str = "PACKHOUSE_BLOB_ROOT";
const STAGING: &str = "PACKHOUSE_BLOB_STAGING";
const CRASH: &str = "PACKHOUSE_BLOB_CRASH";
/// Uploaded in two parts.
const LARGE: usize = 9_000_000;

/// Not a test of its own: `killed_anywhere` runs it in a process that dies in it.
#[tokio::test]
#[ignore = "run by killed_anywhere"]
async fn child() {
    let root = std::env::var(ROOT).expect("run by killed_anywhere");
    let staging = std::env::var(STAGING);
    let store = match &staging {
        Ok(staging) => BlobStore::open_staged_in(&root, staging.as_ref()).unwrap(),
        Err(_) => BlobStore::local(root).unwrap(),
    };
    crate::crash::point("opened");
    let bytes = content(if staging.is_ok() { LARGE } else { 300_000 });
    let staged = stage(&store, &bytes).await;
    crate::crash::point("written");
    staged.commit(Sha256::of(&bytes), None).await.unwrap();
    crate::crash::point("committed");
}

fn run_child(root: &std::path::Path, crash: &str) -> std::process::Output {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tests::crash::child", "--ignored"])
        .env(ROOT, root)
        .env(CRASH, crash)
        .output()
        .unwrap()
}

#[tokio::test]
async fn killed_anywhere() {
    let bytes = content(300_000);
    let sha = Sha256::of(&bytes);
    for (point, stored) in [
        ("opened", false),
        ("written", false),
        ("hashed", false),
        ("synced", false),
        ("folders", false),
        ("renamed", true),
        ("committed", true),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let output = run_child(folder.path(), point);
        assert_eq!(output.status.signal(), Some(6), "{point}: {}", String::from_utf8_lossy(&output.stdout));
        let leftover = files(&folder.path().join("staging")).len();
        assert_eq!(leftover, usize::from(point != "opened" && !stored), "{point}");

        let store = BlobStore::local(folder.path()).unwrap();
        assert_eq!(files(&folder.path().join("staging")), [""; 0], "{point}");
        let folders = fs::read_dir(folder.path().join("staging")).unwrap().count();
        assert_eq!(folders, 2, "{point}: the gate and our own folder");
        assert_eq!(list(&store).await.len(), usize::from(stored), "{point}");
        if !stored {
            put(&store, &bytes).await;
        }
        assert_eq!(get(&store, sha).await.read_all(u64::MAX).await.unwrap(), bytes, "{point}");
    }
    let folder = tempfile::tempdir().unwrap();
    assert!(run_child(folder.path(), "nowhere").status.success());
    assert_eq!(files(folder.path()), [sha.hex()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_anywhere_on_the_way_to_a_bucket() {
    let started = tokio::task::spawn_blocking(Place::bucket).await;
    // Says that it is skipped where there is no S3 server.
    let Some(place) = started.expect("no panic") else { return };
    let server = place.server.as_ref().expect("a bucket");
    let bytes = content(LARGE);
    let sha = Sha256::of(&bytes);
    for (point, stored) in
        [("opened", false), ("written", false), ("hashed", false), ("part", false), ("uploaded", true)]
    {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "tests::crash::child", "--ignored"]).envs(server.environment());
        child.env(ROOT, server.place("team/a")).env(STAGING, place.staging()).env(CRASH, point);
        let output = child.output().unwrap();
        assert_eq!(output.status.signal(), Some(6), "{point}: {}", String::from_utf8_lossy(&output.stdout));

        let store = place.open();
        assert_eq!(files(&place.staging()), [""; 0], "{point}");
        assert_eq!(store.exists(sha).await.unwrap(), stored, "{point}");
        put(&store, &bytes).await;
        assert_eq!(get(&store, sha).await.read_all(u64::MAX).await.unwrap(), bytes, "{point}");
        assert_eq!(list(&store).await, [(sha, LARGE as u64)], "{point}");
        store.delete(sha).await.unwrap();
    }
}

#[tokio::test]
async fn a_living_process_keeps_its_staged_files() {
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::local(folder.path()).unwrap();
    let bytes = content(1000);
    let staged = stage(&store, &bytes).await;
    let other = BlobStore::local(folder.path()).unwrap();
    assert_eq!(files(folder.path()).len(), 1);
    drop(other);
    staged.commit(Sha256::of(&bytes), None).await.unwrap();
    drop(store);
    assert_eq!(fs::read_dir(folder.path().join("staging")).unwrap().count(), 1, "only the gate is left");
}

#[test]
fn files_that_are_not_ours_stay() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = folder.path().join("process-x");
    fs::create_dir_all(foreign.join("sub.part")).unwrap();
    fs::create_dir(folder.path().join("elsewhere")).unwrap();
    for name in ["process-x/notes.txt", "process-x/left.part", "elsewhere/a.part", "b.part"] {
        fs::write(folder.path().join(name), name).unwrap();
    }
    let staging = Staging::open(folder.path()).unwrap();
    assert!(staging.folder().is_dir());
    let mut left = files(folder.path());
    left.sort();
    assert_eq!(left, ["a.part", "b.part", "notes.txt"]);
    assert!(foreign.join("sub.part").is_dir());
}
