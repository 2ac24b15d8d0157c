//! A disk that is full.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use packhouse_testkit::FakeUpstream;
use tempfile::TempDir;

use crate::wire::Received;
use crate::world::{fetch, fetch_right, is_kept, packhouse, page, staged, until, wheel};

/// A file system of a few megabytes, unmounted when dropped.
struct TinyDisk(TempDir);

impl TinyDisk {
    /// `None`, after saying why, where mounting is not permitted.
    fn mount(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(folder.path())
            .stdin(Stdio::null())
            .output();
        match mounted {
            Ok(done) if done.status.success() => Some(Self(folder)),
            Ok(done) => skip(&String::from_utf8_lossy(&done.stderr)),
            Err(error) => skip(&error.to_string()),
        }
    }

    /// Writes into a file of its own until nothing more fits.
    fn fill(&self) {
        let mut filler = fs::File::create(self.filler()).expect("a file");
        let mut size = 1 << 20;
        while size > 0 {
            if filler.write_all(&vec![1; size]).is_err() {
                size /= 2;
            }
        }
    }

    fn make_room(&self) {
        fs::remove_file(self.filler()).expect("the filler");
    }

    fn filler(&self) -> std::path::PathBuf {
        self.0.path().join("filler")
    }

    fn data(&self) -> std::path::PathBuf {
        self.0.path().join("data")
    }
}

impl Drop for TinyDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).stdin(Stdio::null()).output();
    }
}

fn skip(why: &str) -> Option<TinyDisk> {
    // Not by `eprintln!`, whose text is only shown of tests that fail.
    let _ =
        writeln!(std::io::stderr(), "skipped: a full disk: no file system could be mounted: {}", why.trim());
    None
}

#[track_caller]
fn assert_no_room(about: &str, got: &Received, length: usize) {
    // A large one may have begun.
    if got.status == 200 {
        assert!(!got.whole && got.body.len() < length, "{about}: {}", got.summary());
    } else {
        assert!((500..600).contains(&got.status), "{about}: {}", got.summary());
        assert_eq!(got.header("content-type"), "application/problem+json", "{about}: {}", got.summary());
    }
}

#[test]
fn a_full_disk_is_said_and_a_restart_with_room_finds_all_well() {
    let Some(disk) = TinyDisk::mount("40m") else { return };
    let upstream = FakeUpstream::start();
    let start = || packhouse(&upstream).data(disk.data()).start();
    let served = start();
    let before = wheel("before", "1.0", 900_000);
    let (small, large) = (wheel("small", "1.0", 30_000), wheel("large", "1.0", 3_000_000));
    for file in [&before, &small, &large] {
        upstream.publish(file.clone());
        assert_eq!(page(&served, &file.project).status, 200);
    }
    upstream.publish(wheel("cold", "1.0", 100));
    fetch_right(&served, &before);
    disk.fill();
    for round in 0..3 {
        assert_no_room("small", &fetch(&served, &small), small.bytes.len());
        assert_no_room("large", &fetch(&served, &large), large.bytes.len());
        fetch_right(&served, &before);
        assert_eq!(page(&served, "before").status, 200, "round {round}");
        let cold = page(&served, "cold");
        assert!(cold.status == 200 || (500..600).contains(&cold.status), "{}: {}", cold.status, cold.text());
        assert!(!is_kept(&served, &small) && !is_kept(&served, &large));
    }
    until("an empty staging area", || staged(&served).is_empty());
    // Killed while it is full, and again with room.
    drop(served);
    disk.make_room();
    let served = start();
    for file in [&before, &small, &large] {
        fetch_right(&served, file);
    }
    assert_eq!(page(&served, "cold").status, 200);
    until("an empty staging area", || staged(&served).is_empty());
}

#[test]
fn a_disk_with_room_again_is_used_again() {
    let Some(disk) = TinyDisk::mount("40m") else { return };
    let upstream = FakeUpstream::start();
    let served = packhouse(&upstream).data(disk.data()).start();
    let (small, cold) = (wheel("small", "1.0", 30_000), wheel("cold", "1.0", 2_000_000));
    upstream.publish(small.clone());
    upstream.publish(cold.clone());
    assert_eq!(page(&served, "small").status, 200);
    disk.fill();
    // Pages with enough files that they do not fit where there is a little room left.
    upstream.fail("/simple/cold/", packhouse_testkit::Lie::ManyFiles(2_000));
    for _ in 0..3 {
        assert_no_room("small", &fetch(&served, &small), small.bytes.len());
        let answer = page(&served, "cold");
        assert!((500..600).contains(&answer.status), "{}", answer.status);
    }
    disk.make_room();
    until("the cold page", || page(&served, "cold").status == 200);
    until("the small file", || fetch(&served, &small).is(&small.bytes));
    fetch_right(&served, &cold);
}
