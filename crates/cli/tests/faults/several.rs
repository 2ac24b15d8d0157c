//! Two processes on one database and one folder of files.

use std::path::Path;

use packhouse_store::testing::TestDb;
use packhouse_testkit::httptest::get;
use packhouse_testkit::{FakeUpstream, ObjectServer, Served, ServedBuilder};
use serde_json::Value;

use crate::objects::grown;
use crate::world::{fetch, fetch_right, file_url, is_kept, packhouse, page, row, until, wheel, with};

/// A cooldown that makes today's uploads a refusal.
const SETTINGS: [(&str, &str); 1] = [("POLICY_COOLDOWN", "7d")];

fn refusals(served: &Served) -> Vec<Value> {
    let answer = get(&format!("{}/audit?format=json", served.url()), &[]).expect("the audit list");
    answer.json()["refusals"].as_array().expect("a list").clone()
}

/// Each serves, and knows what the other learned.
fn share(upstream: &FakeUpstream, start: impl Fn() -> ServedBuilder + Sync, files: impl Fn(&Served) -> bool) {
    let common = wheel("common", "1.0", 2_000_000);
    let fresh = packhouse_testkit::Upload::of(wheel("fresh", "1.0", 1_000)).age(std::time::Duration::ZERO);
    let fresh_file = wheel("fresh", "1.0", 1_000);
    upstream.publish(common.clone());
    upstream.publish(fresh);
    // Both at once on what is empty: one of them makes the tables.
    let (one, other) = std::thread::scope(|scope| {
        let one = scope.spawn(|| start().start());
        let other = start().start();
        (one.join().expect("the first process"), other)
    });
    // A page and a file that one has fetched, the other need not.
    fetch_right(&one, &common);
    until("the file in the store", || files(&one));
    assert!(row(&other, &common).is_some());
    fetch_right(&other, &common);
    assert_eq!((upstream.hits("/simple/common/"), upstream.hits("/packages/*")), (1, 1));
    // A refusal of one stands in the other's list.
    assert_eq!(fetch(&one, &fresh_file).status, 403);
    until("the other's refusal in the list", || {
        refusals(&other).iter().any(|row| row["project"] == "fresh" && row["rule"] == "cooldown")
    });
    // Both at once for a cold file: at most one request each, and both right.
    let cold = wheel("cold", "1.0", 3_000_000);
    upstream.publish(cold.clone());
    std::thread::scope(|scope| {
        for served in [&one, &other, &one, &other] {
            scope.spawn(|| fetch_right(served, &cold));
        }
    });
    assert!(upstream.hits(&upstream.file_path(&cold.filename)) <= 2);
    // One dies; the other does not notice, and what one left is there for both.
    let log = format!("{}\n{}", one.log(), other.log());
    drop(one);
    fetch_right(&other, &common);
    upstream.go_down();
    let one = start().start();
    for served in [&one, &other] {
        assert_eq!(page(served, "common").status, 200);
        fetch_right(served, &common);
        fetch_right(served, &cold);
    }
    let missing = get(&file_url(&other, &wheel("never", "1.0", 10)), &[]).expect("an answer");
    assert!(matches!(missing.status, 502 | 503), "{}", missing.text());
    let log = format!("{log}\n{}\n{}", one.log(), other.log());
    assert!(!log.contains("database is locked") && !log.contains("panicked"), "{log}");
}

#[test]
fn two_processes_share_a_sqlite_folder() {
    let upstream = FakeUpstream::start();
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let file = wheel("common", "1.0", 2_000_000);
    share(&upstream, || with(packhouse(&upstream).data(&data), &SETTINGS), |served| is_kept(served, &file));
}

#[test]
fn two_processes_share_a_postgresql_database_and_a_folder_of_files() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    // Says that it is skipped where there is no server.
    let Some(database) = runtime.block_on(TestDb::postgres()) else { return };
    let upstream = FakeUpstream::start();
    let files = tempfile::tempdir().expect("a folder");
    let url = database.address();
    let start = || {
        let settings = [("STORAGE_DATABASE", url.as_str()), ("STORAGE_FILES", text(files.path()))];
        with(with(packhouse(&upstream), &SETTINGS), &settings)
    };
    let stored = |_: &Served| !crate::world::files_below(&files.path().join("sha256")).is_empty();
    share(&upstream, start, stored);
    runtime.block_on(database.close());
}

#[test]
fn two_processes_share_a_postgresql_database_and_an_object_store() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    // Both say that they are skipped where there is no server.
    let Some(database) = runtime.block_on(TestDb::postgres()) else { return };
    if let Some(objects) = ObjectServer::start() {
        let upstream = FakeUpstream::start();
        let start = || with(grown(&upstream, &database.address(), &objects), &SETTINGS);
        share(&upstream, start, |_: &Served| !objects.objects().is_empty());
    }
    runtime.block_on(database.close());
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}
