//! What a kill between two steps leaves, made by hand: the moment cannot be missed.

use packhouse_testkit::FakeUpstream;
use packhouse_testkit::httptest::get;

use crate::integrity::run_sql;
use crate::world::{blob_path, bytes_kept, fetch_right, is_kept, packhouse, until, wheel};

/// As a worker leaves it that was killed a while ago, after it had claimed the job: its lease ends soon.
const CLAIMED: &str = "
DELETE FROM job;
INSERT INTO job (kind, key, payload, priority, run_at_us, attempts, max_attempts, asked, state, created_us,
                 locked_by, locked_until_us)
VALUES ('evict', 'all', '', 0, 0, 1, 3, 1, 'running', 0, 'a dead worker',
        (CAST(strftime('%s', 'now') AS INTEGER) + 12) * 1000000);
";

#[test]
fn an_eviction_whose_worker_was_killed_is_done_when_its_lease_is_over() {
    let upstream = FakeUpstream::start();
    let files: Vec<_> = (0..6).map(|number| wheel("many", &format!("{number}.0"), 1_000_000)).collect();
    for file in &files {
        upstream.publish(file.clone());
    }
    let folder = tempfile::tempdir().expect("a folder");
    let start = || {
        packhouse(&upstream)
            .data(folder.path().join("data"))
            .env("PACKHOUSE_CACHE_MAX_SIZE", "3500kB")
            .start()
    };
    let served = start();
    for file in &files[..3] {
        fetch_right(&served, file);
        until("the file in the store", || is_kept(&served, file));
    }
    drop(served);
    if run_sql(&folder.path().join("data"), CLAIMED).is_none() {
        return;
    }
    let served = start();
    for file in &files[3..] {
        fetch_right(&served, file);
    }
    until("files within cache.max-size", || bytes_kept(&served) <= 3_500_000);
}

#[test]
fn an_eviction_or_a_store_killed_between_its_steps_is_finished() {
    let upstream = FakeUpstream::start();
    let names = ["marked", "deleted", "lost", "orphan"];
    let files = names.map(|name| wheel(name, "1.0", 50_000));
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let mut served = packhouse(&upstream).data(&data).start();
    for file in &files {
        upstream.publish(file.clone());
        fetch_right(&served, file);
        until("the file in the store", || is_kept(&served, file));
    }
    assert!(served.terminate().success());
    let [marked, deleted, lost, orphan] = files.each_ref().map(|file| file.sha256.hex());
    // Marked for eviction, with its bytes and without; bytes without a row, as between rename and row.
    let steps = format!(
        "UPDATE blob SET state = 'evicting' WHERE sha256 IN ('{marked}', '{deleted}');
         DELETE FROM blob WHERE sha256 = '{orphan}';"
    );
    let Some(changed) = run_sql(&data, &steps) else { return };
    assert_eq!(changed, 3);
    // And a row whose bytes are gone, as a loss of power may leave it: deletions are not synced.
    for file in [&files[1], &files[2]] {
        std::fs::remove_file(blob_path(&data, file)).expect("a stored file");
    }
    let served = packhouse(&upstream).data(&data).start();
    until("the end of the eviction", || !is_kept(&served, &files[0]));
    for file in &files {
        fetch_right(&served, file);
    }
    assert_eq!(
        upstream.hits("/packages/*"),
        4 + 3,
        "the orphan is served, {lost} and the evicted come again"
    );
    until("all files in the table", || {
        let metrics = get(&format!("{}/metrics", served.url()), &[]).expect("metrics").text();
        metrics.contains("packhouse_cache_files 4\n")
    });
    for file in &files {
        until("the file in the store", || is_kept(&served, file));
    }
}
