//! `kill -9` while people act: nothing that was acknowledged is lost, and nothing is half done.

#![expect(clippy::unwrap_used, reason = "what cannot be had fails the test")]

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use packhouse_app::{Fsck, ManualClock, Packhouse};
use packhouse_cast::{Person, acts};
use packhouse_distribution::act::{Act, Approve, Because, Condition, Snapshot};
use packhouse_distribution::state::rows::CandidateState;
use packhouse_distribution::state::snapshots::digest;
use packhouse_distribution::{Release, State, duties, entry};
use packhouse_store::Store;
use packhouse_testkit::FakeUpstream;
use packhouse_trust::{Head, Recorded};

use small::{CODENAME, open, person, prepare, suite};

mod small;

const KILLS: u64 = 100;
const PROJECTS: usize = 50;
/// The kills after which `fsck` begins at the first entry.
const FULL_CHECKS: [u64; 2] = [20, KILLS];
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Where the child finds the data, and the upstream's address.
const DATA: &str = "PACKHOUSE_TEST_LEDGER_DATA";
const UPSTREAM: &str = "PACKHOUSE_TEST_LEDGER_UPSTREAM";

/// The people at work in one process, until it is killed.
struct AtWork {
    packhouse: Packhouse,
    clock: std::sync::Arc<ManualClock>,
    alice: Person,
    bob: Person,
}

impl AtWork {
    /// Review, migrate, now and then release; when all is reviewed, withdraw and roll back.
    async fn round(&self) {
        let state = self.packhouse.distribution();
        let both = [&self.alice, &self.bob];
        let unfinished = |release: &Release| !both.iter().all(|person| has_reviewed(&state, person, release));
        match state.candidates.iter().find(|(release, _)| unfinished(release)) {
            Some((release, _)) => {
                for person in both.into_iter().filter(|person| !has_reviewed(&state, person, release)) {
                    acked(person.review(&self.packhouse, acts::acceptance(release)).await.unwrap().head);
                }
            }
            None => {
                self.withdraw().await;
                self.roll_back().await;
            }
        }
        self.clock.advance(15 * DAY);
        self.packhouse.migrate(&suite("testing")).await.unwrap();
        acked(self.packhouse.catch_up().await.unwrap());
        let state = self.packhouse.distribution();
        if state.suites.get(&suite("testing")).unwrap().serial.is_multiple_of(3) {
            self.release().await;
        }
    }

    async fn withdraw(&self) {
        let state = self.packhouse.distribution();
        let (release, _) = state.candidates.iter().next().unwrap();
        let condition = match state.conditions.get(release) {
            None => Condition::Deprecated,
            Some(_) => Condition::Listed,
        };
        let act = acts::withdraw(&state, release, condition, "there is nothing left to review");
        acked(self.bob.say(&self.packhouse, act, &[]).await.unwrap().head);
    }

    async fn roll_back(&self) {
        let (state, testing) = (self.packhouse.distribution(), suite("testing"));
        let serial = state.suites.get(&testing).unwrap().serial;
        let to = serial - 1;
        let rollback = state.rollback(&testing, to, self.packhouse.now()).unwrap();
        let reason = "as it was".to_owned();
        let act = Snapshot {
            serial: serial + 1,
            adds: Vec::new(),
            removes: Vec::new(),
            because: Because::Rollback { to, reason, left_out: Some(rollback.left_out) },
            contents: digest(&rollback.contents),
            suite: testing,
        };
        acked(self.alice.say(&self.packhouse, act, &[]).await.unwrap().head);
    }

    async fn release(&self) {
        let (state, testing, stable) = (self.packhouse.distribution(), suite("testing"), suite(CODENAME));
        let version = format!("1.{}", state.suites.get(&stable).unwrap().serial);
        let until = self.packhouse.now().plus(730 * DAY);
        let act = acts::release_suite(&state, &stable, &version, &testing, until).unwrap();
        let proposed = self.alice.say(&self.packhouse, act, &[]).await.unwrap();
        acked(proposed.head);
        let approve = Approve { entry: proposed.entry.number };
        acked(self.bob.say(&self.packhouse, approve, &[]).await.unwrap().head);
    }
}

fn has_reviewed(state: &State, person: &Person, release: &Release) -> bool {
    state.reviews.iter().any(|(_, row)| row.by == person.id && row.review.release == *release)
}

/// Says to the parent that the ledger's end is at least here.
fn acked(head: Head) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nacked {head}").unwrap();
    out.flush().unwrap();
}

#[tokio::test]
#[ignore = "the process that is killed; the test below starts it"]
async fn child() {
    let (data, upstream) = (env::var_os(DATA).expect(DATA), env::var(UPSTREAM).expect(UPSTREAM));
    let data = Path::new(&data);
    let (packhouse, clock, read) = open(data, &upstream).await;
    read.unwrap();
    let (alice, bob) = (person("alice"), person("bob"));
    let at_work = AtWork { packhouse, clock, alice, bob };
    // It is killed long before.
    for _ in 0..1_000 {
        at_work.round().await;
    }
}

fn start(data: &Path, upstream: &str) -> Child {
    let errors = std::fs::File::create(data.join("child.log")).unwrap();
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--nocapture", "child"])
        .env(DATA, data)
        .env(UPSTREAM, upstream)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(errors)
        .spawn()
        .unwrap()
}

/// Lets the child say `entries` entries, and kills it `later`. Gives all that it acknowledged until then.
fn run_and_kill(data: &Path, upstream: &str, entries: u64, later: Duration) -> Vec<Head> {
    let mut child = start(data, upstream);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut heads = lines.filter_map(|line| line.strip_prefix("acked ")?.parse::<Head>().ok());
    let mut seen: Vec<Head> = heads.by_ref().take(entries as usize).collect();
    if seen.len() < entries as usize {
        child.wait().unwrap();
        panic!("the child ended by itself: {}", std::fs::read_to_string(data.join("child.log")).unwrap());
    }
    std::thread::sleep(later);
    // SIGKILL.
    child.kill().unwrap();
    let ended = child.wait().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&ended), Some(9));
    // What it said while it was waited for is acknowledged, too.
    seen.extend(heads);
    seen
}

/// xorshift64*: the same kills in each run, as far as that is in our hands.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 20) % limit
    }
}

/// What the kills met.
#[derive(Debug, Default)]
struct Met {
    /// Kills after which the ledger was longer than acknowledged.
    unacknowledged: u64,
    /// Kills after which the server still had something to say.
    due: u64,
}

/// The ledger as it was read after the last kill, and what it adds up to.
#[derive(Default)]
struct Ledger {
    entries: Vec<Recorded>,
    state: State,
}

impl Ledger {
    fn head(&self) -> Head {
        self.entries.last().map_or(Head::EMPTY, |newest| newest.entry.head())
    }

    /// Takes in what the ledger has gained, and believes none of it.
    fn follow(&mut self, all: Vec<Recorded>) {
        assert!(all.starts_with(&self.entries), "what was in the ledger is in it, byte for byte");
        for recorded in all.into_iter().skip(self.entries.len()) {
            let (entry, head) = (&recorded.entry, self.head());
            assert_eq!((entry.number(), entry.previous()), (head.number + 1, head.hash));
            assert_eq!(entry.hash(), recorded.hash);
            let read = entry::read(entry, &self.state).unwrap();
            self.state.apply(&read).unwrap();
            self.entries.push(recorded);
        }
    }

    fn rows(&self) -> Vec<(String, String, String)> {
        rows(&self.state)
    }

    async fn check(&mut self, data: &Path, upstream: &str, acknowledged: &[Head], met: &mut Met) {
        let (packhouse, _, read) = open(data, upstream).await;
        read.unwrap();
        let before = self.entries.len();
        self.follow(packhouse.ledger_after(0, u32::MAX).await.unwrap());
        assert!(self.entries.len() > before, "the ledger has grown");
        for head in acknowledged {
            let kept = self.entries.get(head.number as usize - 1).map(|recorded| recorded.entry.head());
            assert_eq!(kept, Some(*head), "what was acknowledged is in the ledger");
        }
        met.unacknowledged += u64::from(Some(&self.head()) != acknowledged.last());
        met.due += u64::from(duties::next(&self.state, packhouse.now()).is_some());
        // The rows of a database that nobody has mended, and what a server makes of them.
        let store = Store::open_sqlite(&data.join("packhouse.db")).await.unwrap();
        let kept = store.state_rows().await.unwrap();
        let mut kept: Vec<_> = kept.into_iter().map(|row| (row.kind, row.key, row.value)).collect();
        kept.sort();
        store.close().await;
        assert_eq!(kept, self.rows());
        assert_eq!(rows(&packhouse.distribution()), self.rows());
        for (name, _) in self.state.suites.iter() {
            assert_eq!(packhouse.distribution().contents(name), self.state.contents(name));
        }
        packhouse.close().await;
    }
}

fn rows(state: &State) -> Vec<(String, String, String)> {
    let mut rows: Vec<_> =
        state.rows().into_iter().map(|row| (row.table.to_owned(), row.key, row.value.unwrap())).collect();
    rows.sort();
    rows
}

async fn fsck(data: &Path, upstream: &str) -> Fsck {
    let (packhouse, _, read) = open(data, upstream).await;
    read.unwrap();
    let report = packhouse.fsck(false, &|_| {}).await.unwrap();
    assert!(report.is_sound() && report.rows.is_empty() && !report.repaired, "{report:?}");
    packhouse.close().await;
    report
}

#[test]
fn what_was_acknowledged_is_there_after_every_kill_and_nothing_is_half_done() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let upstream = FakeUpstream::start();
    let address = upstream.simple_url();
    runtime.block_on(prepare(&data, &upstream, PROJECTS));
    let begun = Instant::now();
    let mut random = Random(20_261_122);
    let mut acknowledged = Vec::new();
    let (mut ledger, mut met) = (Ledger::default(), Met::default());
    for kill in 1..=KILLS {
        let entries = 1 + random.below(6);
        // Some of them longer, for what takes the server longer than a person.
        let longest = if kill.is_multiple_of(3) { 120_000 } else { 30_000 };
        let later = Duration::from_micros(random.below(longest));
        acknowledged.extend(run_and_kill(&data, &address, entries, later));
        runtime.block_on(ledger.check(&data, &address, &acknowledged, &mut met));
        // Each signature again from the first on: what is above has checked each once.
        if FULL_CHECKS.contains(&kill) {
            let report = runtime.block_on(fsck(&data, &address));
            assert_eq!(report.head, ledger.head().to_string());
        }
    }
    // Kills that met nothing would prove nothing.
    assert!(met.unacknowledged > 0 && met.due > 0, "{met:?}");
    let seconds = begun.elapsed().as_secs();
    writeln!(std::io::stderr(), "{KILLS} kills in {seconds} s, {}: {met:?}", ledger.head()).unwrap();
    runtime.block_on(the_story_went_on(&data, &address));
}

/// All that can happen has happened between the kills; and what was due is said as soon as somebody acts.
async fn the_story_went_on(data: &Path, upstream: &str) {
    let (packhouse, _, read) = open(data, upstream).await;
    read.unwrap();
    let state = packhouse.distribution();
    let accepted = |row: &_| matches!(row, CandidateState::Accepted { .. });
    assert!(state.candidates.iter().filter(|(_, row)| accepted(&row.state)).count() > PROJECTS / 2);
    for because in ["accepted", "migration", "release", "rollback"] {
        let kind = |row: &Because| serde_json::to_value(row).unwrap()["kind"].clone();
        assert!(state.snapshots.iter().any(|(_, row)| kind(&row.because) == because), "no {because}");
    }
    let bob = person("bob");
    let (release, _) = state.candidates.iter().next_back().unwrap();
    bob.review(&packhouse, acts::acceptance(release)).await.unwrap();
    let due = duties::next(&packhouse.distribution(), packhouse.now());
    assert_eq!(due.as_ref().map(Act::word), None);
    packhouse.close().await;
}
