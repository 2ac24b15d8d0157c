//! The program under load, killed again and again: while it stores, while it evicts, while it saves pages.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use packhouse_testkit::httptest::get;
use packhouse_testkit::{BuiltFile, FakeUpstream, Fault, Served};

use crate::integrity::{assert_sound, run_sql};
use crate::wire::{Received, receive};
use crate::world::{
    JSON, bytes_kept, fetch, fetch_right, files_below, is_kept, packhouse, page, page_url, staged, staged_in,
    until, wheel, with,
};

const KILLS: u64 = 44;
/// All rounds together; a slow machine makes fewer of them, though never fewer than `AT_LEAST`.
const TIME: Duration = Duration::from_secs(50);
const AT_LEAST: u64 = 40;
const CLIENTS: u64 = 3;
const LIMIT: u64 = 3_000_000;
const SETTINGS: [(&str, &str); 4] = [
    ("CACHE_MAX_SIZE", "3MB"),
    ("UPSTREAM_TTL", "0s"),
    ("UPSTREAM_GRACE", "0s"),
    // Nothing about this is the log's concern.
    ("LOG", "warn"),
];

/// As if five minutes had gone by: a dead worker's lease has run out.
const LATER: &str = "UPDATE job SET locked_until_us = 0 WHERE state = 'running'";

/// All that upstream has, and what clients were given of it.
struct World {
    upstream: FakeUpstream,
    /// Of projects whose pages stay as they are.
    files: Vec<BuiltFile>,
    /// Deleted upstream after it was stored.
    pinned: BuiltFile,
    /// How many files each page listed at most.
    listed: Mutex<BTreeMap<String, usize>>,
    /// What was not as it must be.
    wrong: Mutex<Vec<String>>,
}

impl World {
    fn new() -> Self {
        let upstream = FakeUpstream::start();
        let small = (0..6).map(|number| wheel(&format!("small-{number}"), "1.0", 20_000));
        let large = (0..8).map(|number| wheel(&format!("large-{number}"), "1.0", 600_000));
        let files: Vec<_> = small.chain(large).collect();
        let pinned = wheel("ours", "1.0", 300_000);
        for file in files.iter().chain([&pinned]) {
            upstream.publish(file.clone());
        }
        // A download takes long enough to be killed in the middle.
        upstream.fail("/packages/*", Fault::Drip(25_000, Duration::from_millis(1)));
        Self { upstream, files, pinned, listed: Mutex::default(), wrong: Mutex::default() }
    }

    fn complain(&self, what: String) {
        self.wrong.lock().expect("no panic").push(what);
    }

    #[track_caller]
    fn assert_nothing_wrong(&self, round: u64) {
        let wrong = self.wrong.lock().expect("no panic");
        assert!(wrong.is_empty(), "round {round}: {}", wrong.join("\n"));
    }

    /// Pages that change in each round.
    fn publish_more(&self, round: u64) {
        for number in 0..3 {
            self.upstream.publish(wheel(&format!("busy-{number}"), &format!("{round}.0"), 500));
        }
    }

    /// A client that asks for one thing after the other until the server is gone.
    fn ask(&self, served: &Served, seed: u64, stop: &AtomicBool) {
        let mut random = Random(seed);
        while !stop.load(Ordering::SeqCst) {
            match random.below(10) {
                0..6 => {
                    let file = &self.files[random.below(self.files.len() as u64) as usize];
                    self.check_file(&fetch(served, file), file, stop);
                }
                6..9 => self.ask_page(served, &format!("busy-{}", random.below(3)), stop),
                _ => self.ask_page(served, &format!("small-{}", random.below(6)), stop),
            }
        }
    }

    fn check_file(&self, got: &Received, file: &BuiltFile, stop: &AtomicBool) {
        let cut = stop.load(Ordering::SeqCst) && !got.whole;
        let prefix = file.bytes.starts_with(&got.body);
        if !got.is(&file.bytes) && !(cut && (got.status == 0 || prefix)) {
            self.complain(format!("{}: {}", file.filename, got.summary()));
        }
    }

    fn ask_page(&self, served: &Served, project: &str, stop: &AtomicBool) {
        let got = receive(&page_url(served, project), &[JSON]);
        if got.status == 200 && got.whole {
            self.check_page(project, &got.body);
        } else if !stop.load(Ordering::SeqCst) {
            self.complain(format!("the page of {project}: {}", got.summary()));
        }
    }

    /// A page lists all that any page before it did.
    fn check_page(&self, project: &str, body: &[u8]) {
        let document: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
        let Some(found) = document["files"].as_array().map(Vec::len) else {
            return self.complain(format!("the page of {project} is no page"));
        };
        let mut listed = self.listed.lock().expect("no panic");
        let most = listed.entry(project.to_owned()).or_default();
        // One version is added to a project in each round, and answers may pass each other on their way here.
        if found + 1 < *most {
            self.complain(format!("the page of {project} listed {most} files, now {found}"));
        }
        *most = found.max(*most);
    }

    /// Runs clients against the server until the moment `round` is about, and kills it then.
    fn kill_under_load(&self, served: &Served, round: u64) {
        let stop = AtomicBool::new(false);
        let pid = served.pid().expect("it runs");
        std::thread::scope(|scope| {
            for client in 0..CLIENTS {
                let stop = &stop;
                scope.spawn(move || self.ask(served, round * 31 + client * 7 + 1, stop));
            }
            moment(served, round);
            stop.store(true, Ordering::SeqCst);
            kill(pid);
        });
    }

    /// What must be so after each restart.
    fn check(&self, served: &Served, round: u64) {
        assert_eq!(staged(served), Vec::<std::path::PathBuf>::new(), "round {round}: the staging area");
        for path in files_below(&served.data().join("files/sha256")) {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let known = self.files.iter().chain([&self.pinned]).find(|file| file.sha256.hex() == name);
            let Some(known) = known else { continue };
            // It may be evicted just now.
            let bytes = std::fs::read(&path).unwrap_or_else(|_| known.bytes.to_vec());
            assert!(bytes == known.bytes, "round {round}: {} stands there with other bytes", known.filename);
        }
        if round.is_multiple_of(3) {
            self.upstream.fail("/simple/*", Fault::Status(500));
            let listed = self.listed.lock().expect("no panic").clone();
            for (project, most) in listed {
                let answer = page(served, &project);
                assert_eq!(
                    answer.status,
                    200,
                    "round {round}: {project} was served before: {}",
                    answer.text()
                );
                let found = answer.json()["files"].as_array().map_or(0, Vec::len);
                assert!(
                    found >= most,
                    "round {round}: the page of {project} listed {most} files, now {found}"
                );
            }
            self.upstream.heal("/simple/*");
        }
        fetch_right(served, &self.pinned);
    }
}

/// Waits until something is under way that a kill could damage; not for long, as it may be over already.
fn moment(served: &Served, round: u64) {
    let end = Instant::now() + Duration::from_millis(200);
    let before = files_below(&served.data().join("files/sha256"));
    let mut pause = Random(round).below(120);
    while Instant::now() < end {
        let now = match round % 4 {
            0 => !staged(served).is_empty(),
            1 => files_below(&served.data().join("files/sha256")).iter().any(|file| !before.contains(file)),
            2 => bytes_kept(served) > LIMIT,
            _ => pause == 0,
        };
        if now && (round % 4 == 3 || pause.is_multiple_of(2) || bytes_kept(served) > LIMIT / 2) {
            return;
        }
        pause = pause.saturating_sub(1);
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn kill(pid: u32) {
    let killed = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status();
    assert!(killed.is_ok_and(|status| status.success()), "kill -9 {pid}");
}

/// xorshift64*: the same moments and the same order of requests in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0 >> 20) % limit
    }
}

#[test]
fn nothing_half_done_is_served_and_nothing_served_is_lost() {
    let world = World::new();
    world.publish_more(0);
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let start = || with(packhouse(&world.upstream).data(&data), &SETTINGS).start();
    let mut served = start();
    fetch_right(&served, &world.pinned);
    until("the file in the store", || is_kept(&served, &world.pinned));
    world.upstream.delete(&world.pinned.filename);
    assert_eq!(page(&served, "ours").status, 200);
    let begun = Instant::now();
    let (mut kills, mut cut_off, mut left) = (0, 0, 0);
    while kills < KILLS && (begun.elapsed() < TIME || kills < AT_LEAST) {
        kills += 1;
        world.publish_more(kills);
        world.kill_under_load(&served, kills);
        drop(served);
        world.assert_nothing_wrong(kills);
        if kills.is_multiple_of(6) {
            assert_sound(&data);
        }
        cut_off += staged_in(&data).len();
        left += run_sql(&data, LATER).unwrap_or(1);
        served = start();
        world.check(&served, kills);
    }
    // Kills that met nothing would prove nothing.
    assert!(kills >= AT_LEAST && cut_off > 0 && left > 0, "{kills} kills, {cut_off} downloads, {left} jobs");
    // And then it works as if nothing had been: files come, too many of them go, no job is left.
    world.upstream.heal_all();
    for file in world.files.iter().chain([&world.pinned]) {
        fetch_right(&served, file);
    }
    until("files within cache.max-size", || bytes_kept(&served) <= LIMIT);
    assert!(is_kept(&served, &world.pinned), "the pinned file");
    let metrics = get(&format!("{}/metrics", served.url()), &[]).expect("metrics").text();
    assert!(metrics.contains("packhouse_downloads 0\n"), "{metrics}");
    served.terminate();
    assert_sound(&data);
}
