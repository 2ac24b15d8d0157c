//! Killed while it starts: on an empty folder, where it makes its tables, and on a used one.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use packhouse_testkit::FakeUpstream;

use crate::integrity::assert_sound;
use crate::world::{fetch_right, packhouse, page, staged, wheel};

const KILLS: u32 = 12;

fn launch(data: &Path, upstream: &FakeUpstream) -> Child {
    Command::new(env!("CARGO_BIN_EXE_packhouse"))
        .args(["serve", "--listen", "127.0.0.1:0", "--upstream", &upstream.simple_url(), "--data"])
        .arg(data)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts")
}

fn kill_after(pause: Duration, data: &Path, upstream: &FakeUpstream) {
    let mut child = launch(data, upstream);
    // The moment is what this is about, and nothing can be seen of the program yet.
    std::thread::sleep(pause);
    child.kill().expect("a kill");
    child.wait().expect("a child that ends");
}

#[test]
fn a_start_on_an_empty_folder_that_is_killed_is_begun_again() {
    let upstream = FakeUpstream::start();
    let file = wheel("first", "1.0", 20_000);
    upstream.publish(file.clone());
    let begun = Instant::now();
    let served = packhouse(&upstream).start();
    let whole = begun.elapsed();
    drop(served);
    for kill in 0..KILLS {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        kill_after(whole * kill / KILLS, &data, &upstream);
        assert_sound(&data);
        // Once more, so that the second start finds what the first one left.
        kill_after(whole * (KILLS - kill) / KILLS, &data, &upstream);
        assert_sound(&data);
        let served = packhouse(&upstream).data(&data).start();
        fetch_right(&served, &file);
        assert_eq!(staged(&served), Vec::<std::path::PathBuf>::new(), "kill {kill}");
    }
}

#[test]
fn a_start_on_a_used_folder_that_is_killed_loses_nothing() {
    let upstream = FakeUpstream::start();
    let file = wheel("first", "1.0", 20_000);
    upstream.publish(file.clone());
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let served = packhouse(&upstream).data(&data).start();
    fetch_right(&served, &file);
    drop(served);
    let begun = Instant::now();
    let served = packhouse(&upstream).data(&data).start();
    let whole = begun.elapsed();
    drop(served);
    for kill in 0..KILLS {
        kill_after(whole * kill / KILLS, &data, &upstream);
    }
    assert_sound(&data);
    upstream.go_down();
    let served = packhouse(&upstream).data(&data).start();
    assert_eq!(page(&served, "first").status, 200);
    fetch_right(&served, &file);
}
