//! Eviction: within the limit, the least recently used first, never what only we have.

use packhouse_testkit::{BuiltFile, FakeUpstream, Served};

use crate::world::{bytes_kept, fetch_right, is_kept, packhouse, page, row, until, wheel, with};

const FILE: usize = 1_100_000;
/// Room for five files of that size, and a little.
const SETTINGS: [(&str, &str); 3] =
    [("CACHE_MAX_SIZE", "5850kB"), ("UPSTREAM_TTL", "0s"), ("UPSTREAM_GRACE", "0s")];
const LIMIT: u64 = 5_850_000;

fn publish(upstream: &FakeUpstream, project: &str, count: usize) -> Vec<BuiltFile> {
    let files: Vec<_> = (0..count).map(|number| wheel(project, &format!("{number}.0"), FILE)).collect();
    for file in &files {
        upstream.publish(file.clone());
    }
    files
}

#[track_caller]
fn until_within_limit(served: &Served) {
    until("files within cache.max-size", || bytes_kept(served) <= LIMIT);
}

fn kept(served: &Served, files: &[BuiltFile]) -> Vec<usize> {
    (0..files.len()).filter(|number| is_kept(served, &files[*number])).collect()
}

#[test]
fn the_files_stay_within_their_size_and_come_again() {
    let upstream = FakeUpstream::start();
    let files = publish(&upstream, "churn", 12);
    let served = with(packhouse(&upstream), &SETTINGS).start();
    for round in 0..2 {
        for file in &files {
            fetch_right(&served, file);
            until("the file in the store", || is_kept(&served, file) || bytes_kept(&served) <= LIMIT);
        }
        until_within_limit(&served);
        assert!(!kept(&served, &files).is_empty(), "round {round}: what is within the limit stays");
    }
    assert!(upstream.hits("/packages/*") > files.len(), "evicted files were fetched again");
}

#[test]
fn the_least_recently_used_go_first() {
    for ttl in ["0s", "600s"] {
        let upstream = FakeUpstream::start();
        let files = publish(&upstream, "recent", 6);
        let folder = tempfile::tempdir().expect("a folder");
        let start = || {
            with(packhouse(&upstream).data(folder.path().join("data")), &SETTINGS)
                .env("PACKHOUSE_UPSTREAM_TTL", ttl)
                .start()
        };
        let mut served = start();
        for file in &files[..5] {
            fetch_right(&served, file);
            until("the file in the store", || is_kept(&served, file));
        }
        // The first is used again: now the second is the one that was not used for longest.
        fetch_right(&served, &files[0]);
        fetch_right(&served, &files[5]);
        until("the newest file in the store", || is_kept(&served, &files[5]));
        until_within_limit(&served);
        let left = kept(&served, &files);
        assert!(left.contains(&0), "ttl {ttl}: the file used last but one stays; kept: {left:?}");
        assert!(!left.contains(&1), "ttl {ttl}: the file not used for longest goes; kept: {left:?}");
        assert!(left.contains(&5), "ttl {ttl}: the newest stays; kept: {left:?}");
        // The times of use survive a restart.
        served.terminate();
        served = start();
        fetch_right(&served, &files[1]);
        until("the file in the store", || is_kept(&served, &files[1]));
        until_within_limit(&served);
        let left = kept(&served, &files);
        assert!(left.contains(&0) && !left.contains(&2), "ttl {ttl}: after a restart; kept: {left:?}");
    }
}

#[test]
fn what_only_we_have_is_never_evicted() {
    let upstream = FakeUpstream::start();
    let pinned = publish(&upstream, "ours", 3);
    let files = publish(&upstream, "theirs", 8);
    let folder = tempfile::tempdir().expect("a folder");
    let start = || with(packhouse(&upstream).data(folder.path().join("data")), &SETTINGS).start();
    let mut served = start();
    for file in &pinned[..2] {
        fetch_right(&served, file);
        until("the file in the store", || is_kept(&served, file));
    }
    upstream.delete(&pinned[0].filename);
    let mut other = wheel("ours", "9.9", FILE);
    other.filename.clone_from(&pinned[1].filename);
    upstream.replace(&pinned[1].filename, other.bytes);
    assert!(row(&served, &pinned[0]).is_some() && row(&served, &pinned[1]).is_some());
    for round in 0..2 {
        for file in &files {
            fetch_right(&served, file);
        }
        until_within_limit(&served);
        for file in &pinned[..2] {
            assert!(is_kept(&served, file), "round {round}: {} is nobody else's any more", file.filename);
            fetch_right(&served, file);
        }
        served.terminate();
        served = start();
    }
}

#[test]
fn pinned_files_alone_over_the_limit_stop_nothing() {
    let upstream = FakeUpstream::start();
    let pinned = publish(&upstream, "ours", 5);
    let served = with(packhouse(&upstream), &SETTINGS).start();
    for file in &pinned {
        fetch_right(&served, file);
        until("the file in the store", || is_kept(&served, file));
    }
    upstream.delete_project("ours");
    assert_eq!(page(&served, "ours").status, 200);
    for file in publish(&upstream, "theirs", 4) {
        fetch_right(&served, &file);
    }
    until_within_limit(&served);
    for file in &pinned {
        assert!(is_kept(&served, file), "{}", file.filename);
        fetch_right(&served, file);
    }
}

#[test]
fn a_small_file_used_again_at_once_counts_as_used() {
    let upstream = FakeUpstream::start();
    let files: Vec<_> = (0..6).map(|number| wheel("recent", &format!("{number}.0"), 100_000)).collect();
    for file in &files {
        upstream.publish(file.clone());
    }
    let served = packhouse(&upstream).env("PACKHOUSE_CACHE_MAX_SIZE", "535kB").start();
    for number in [0, 1, 2, 3, 4, 0, 5] {
        fetch_right(&served, &files[number]);
    }
    until("the newest file in the store", || is_kept(&served, &files[5]));
    until("files within cache.max-size", || bytes_kept(&served) <= 535_000);
    assert!(is_kept(&served, &files[0]), "the file used last but one; kept: {:?}", kept(&served, &files));
}
