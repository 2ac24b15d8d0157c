//! A job whose worker was killed is not lost, and holds up nothing for long.

use packhouse_testkit::FakeUpstream;

use crate::integrity::run_sql;
use crate::world::{bytes_kept, fetch_right, is_kept, packhouse, until, wheel};

/// As a worker leaves it that is killed the moment after it has claimed the job.
const CLAIMED: &str = "
DELETE FROM job;
INSERT INTO job (kind, key, payload, priority, run_at_us, attempts, max_attempts, asked, state, created_us,
                 locked_by, locked_until_us)
VALUES ('evict', 'all', '', 0, 0, 1, 3, 1, 'running', 0, 'a dead worker',
        (CAST(strftime('%s', 'now') AS INTEGER) + 299) * 1000000);
";

#[test]
#[ignore = "finding: nothing is evicted before the dead worker's lease of 300 s has run out"]
fn an_eviction_whose_worker_was_killed_is_done_after_the_restart() {
    let upstream = FakeUpstream::start();
    let files: Vec<_> = (0..6).map(|number| wheel("many", &format!("{number}.0"), 1_000_000)).collect();
    files.iter().for_each(|file| upstream.publish(file.clone()));
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
    if !run_sql(&folder.path().join("data"), CLAIMED) {
        return;
    }
    let served = start();
    for file in &files[3..] {
        fetch_right(&served, file);
    }
    until("files within cache.max-size", || bytes_kept(&served) <= 3_500_000);
}
