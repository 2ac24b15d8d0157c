//! What the upstream had yesterday and has no more.

use std::path::Path;

use packhouse_testkit::{FakeUpstream, Fault, Served};

use crate::world::{fetch, fetch_right, packhouse, page, row, until, wheel, with};

const NOW: [(&str, &str); 2] = [("UPSTREAM_TTL", "0s"), ("UPSTREAM_GRACE", "0s")];

fn start(upstream: &FakeUpstream, folder: &Path) -> Served {
    with(packhouse(upstream).data(folder.join("data")), &NOW).start()
}

#[test]
fn a_deleted_project_keeps_the_files_that_are_stored() {
    let upstream = FakeUpstream::start();
    let (stored, listed) = (wheel("gone", "1.0", 20_000), wheel("gone", "2.0", 20_000));
    upstream.publish(stored.clone());
    upstream.publish(listed.clone());
    let folder = tempfile::tempdir().expect("a folder");
    let mut served = start(&upstream, folder.path());
    fetch_right(&served, &stored);
    assert!(row(&served, &listed).is_some());
    upstream.delete_project("gone");
    for round in ["at once", "after a restart"] {
        let kept = row(&served, &stored).unwrap_or_else(|| panic!("{round}: the stored file is listed"));
        assert!(
            kept["yanked"].as_str().is_some_and(|why| why.contains("Deleted upstream")),
            "{round}: {kept}"
        );
        assert!(row(&served, &listed).is_none(), "{round}: what nobody has any more is not listed");
        fetch_right(&served, &stored);
        assert!(fetch(&served, &listed).status >= 400, "{round}");
        served.terminate();
        served = start(&upstream, folder.path());
    }
}

#[test]
fn a_deleted_file_that_is_stored_stays_listed_as_deleted() {
    let upstream = FakeUpstream::start();
    let (stored, other) = (wheel("less", "1.0", 20_000), wheel("less", "2.0", 20_000));
    upstream.publish(stored.clone());
    upstream.publish(other.clone());
    let folder = tempfile::tempdir().expect("a folder");
    let mut served = start(&upstream, folder.path());
    fetch_right(&served, &stored);
    upstream.delete(&stored.filename);
    for round in ["at once", "after a restart"] {
        let kept = row(&served, &stored).unwrap_or_else(|| panic!("{round}: the stored file is listed"));
        assert!(
            kept["yanked"].as_str().is_some_and(|why| why.contains("Deleted upstream")),
            "{round}: {kept}"
        );
        fetch_right(&served, &stored);
        fetch_right(&served, &other);
        served.terminate();
        served = start(&upstream, folder.path());
    }
}

#[test]
fn a_project_deleted_before_anything_was_stored_is_not_found() {
    let upstream = FakeUpstream::start();
    let file = wheel("short", "1.0", 20_000);
    upstream.publish(file.clone());
    let folder = tempfile::tempdir().expect("a folder");
    let served = start(&upstream, folder.path());
    assert!(row(&served, &file).is_some());
    upstream.delete_project("short");
    assert_eq!(page(&served, "short").status, 404);
    assert_eq!(fetch(&served, &file).status, 404);
    upstream.publish(file.clone());
    until("the project that came back", || page(&served, "short").status == 200);
    fetch_right(&served, &file);
}

#[test]
fn a_login_page_in_the_place_of_everything_loses_nothing() {
    let upstream = FakeUpstream::start();
    let (stored, listed) = (wheel("captive", "1.0", 20_000), wheel("captive", "2.0", 20_000));
    upstream.publish(stored.clone());
    upstream.publish(listed.clone());
    let folder = tempfile::tempdir().expect("a folder");
    let served = start(&upstream, folder.path());
    fetch_right(&served, &stored);
    upstream.fail_all(Fault::Answer("text/html", b"<!doctype html><p>Please log in</p>".as_slice().into()));
    fetch_right(&served, &stored);
    assert!(row(&served, &stored).is_some(), "the stored file is listed");
    assert_ne!(fetch(&served, &listed).status, 200);
    upstream.heal_all();
    assert_eq!(row(&served, &stored).expect("listed")["yanked"], false);
    fetch_right(&served, &listed);
}

#[test]
fn a_file_newer_than_the_kept_page_is_found_by_its_link() {
    let upstream = FakeUpstream::start();
    upstream.publish(wheel("grows", "1.0", 20_000));
    let folder = tempfile::tempdir().expect("a folder");
    // Its date is before our last look, so it counts as new, after years of silence, and would be held: that is another
    // test's matter.
    let served = packhouse(&upstream)
        .data(folder.path().join("data"))
        .env("PACKHOUSE_POLICY_COOLDOWN", "0")
        .env("PACKHOUSE_POLICY_PUBLISHER", "0");
    let served = with(served, &NOW).start();
    assert_eq!(page(&served, "grows").status, 200);
    let newer = wheel("grows", "2.0", 20_000);
    upstream.publish(newer.clone());
    // As uv does from a lockfile: no page first.
    fetch_right(&served, &newer);
}
