//! A ledger and tables that somebody has changed behind the server's back: every change is found and named, a damaged
//! ledger is never written to, and tables are made again from a sound one.

#![expect(clippy::unwrap_used, reason = "what cannot be had fails the test")]

use std::path::{Path, PathBuf};
use std::process::Command;

use packhouse_app::{Fsck, LedgerError, Packhouse};
use packhouse_cast::acts;
use packhouse_distribution::Release;
use packhouse_distribution::act::Note;
use packhouse_store::{LedgerEntry, StateRow, Store};
use packhouse_testkit::FakeUpstream;
use packhouse_trust::{Entry, Head};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use tempfile::TempDir;

use small::{CODENAME, open, person, prepare, suite};

mod small;

/// Nobody asks it anything here.
const UPSTREAM: &str = "http://127.0.0.1:9/simple/";
const FREE: &str = "DROP TRIGGER ledger_is_not_updated; DROP TRIGGER ledger_is_not_deleted;";

/// A small distribution with something in it, closed, and sound when it was last checked.
struct World {
    folder: TempDir,
    newest: Head,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let upstream = FakeUpstream::start();
        let data = folder.path().join("data");
        prepare(&data, &upstream, 3).await;
        let (packhouse, _, read) = open(&data, UPSTREAM).await;
        read.unwrap();
        let state = packhouse.distribution();
        for (release, _) in state.candidates.iter().take(2) {
            for name in ["alice", "bob"] {
                person(name).review(&packhouse, acts::acceptance(release)).await.unwrap();
            }
        }
        assert_eq!(packhouse.distribution().contents(&suite("unstable")).len(), 2);
        let world = Self { newest: checked(&packhouse).await, folder };
        packhouse.close().await;
        world
    }

    /// A copy of the data that may be damaged.
    fn copy(&self, name: &str) -> PathBuf {
        let to = self.folder.path().join(name);
        copy(&self.folder.path().join("data"), &to);
        to
    }
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-r").args([from, to]).status().unwrap().success());
}

/// The head of a ledger that is sound, which `fsck` now remembers.
async fn checked(packhouse: &Packhouse) -> Head {
    let report = fsck(packhouse, false).await;
    assert!(report.is_sound(), "{report:?}");
    report.head.parse().unwrap()
}

async fn fsck(packhouse: &Packhouse, repair: bool) -> Fsck {
    packhouse.fsck(repair, &|_| {}).await.unwrap()
}

async fn sql(data: &Path, statements: &str) {
    let options = SqliteConnectOptions::new().filename(data.join("packhouse.db"));
    let pool = SqlitePool::connect_with(options).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned())).execute(&pool).await.expect(statements);
    pool.close().await;
}

/// All of the ledger and of the tables, as they are kept.
async fn kept(data: &Path) -> (Vec<LedgerEntry>, Vec<StateRow>) {
    let store = Store::open_sqlite(&data.join("packhouse.db")).await.unwrap();
    let all = (store.ledger_after(0, u32::MAX).await.unwrap(), store.state_rows().await.unwrap());
    store.close().await;
    all
}

/// Somebody says something, whatever it is.
async fn remark(packhouse: &Packhouse, text: &str) -> Result<Head, LedgerError> {
    let release: Release = "small-00==1.0".parse().unwrap();
    let note = Note { release, path: None, line: None, text: text.to_owned(), machine: None };
    person("alice").say(packhouse, note, &[]).await.map(|said| said.head)
}

#[track_caller]
fn assert_damaged(outcome: Result<Head, LedgerError>, what: &str) {
    match outcome {
        Err(LedgerError::Damaged { .. }) => {}
        other => panic!("{what}: {other:?}"),
    }
}

/// Damages a copy of the world under a process that runs: it notices, and so does one that starts; nothing is written.
async fn check_cut(world: &World, name: &str, damage: &str, expected: &str) {
    let data = world.copy(name);
    let (running, _, read) = open(&data, UPSTREAM).await;
    read.unwrap();
    sql(&data, &format!("{FREE}{damage}")).await;
    let damaged = kept(&data).await;
    // Twice: the first does not learn from the damaged ledger.
    for repair in [false, true] {
        let report = fsck(&running, repair).await;
        assert!(!report.is_sound() && !report.repaired, "{name}: {report:?}");
        assert_eq!(report.ledger, [expected], "{name}");
    }
    assert_damaged(remark(&running, "more").await, name);
    assert_damaged(running.catch_up().await, name);
    let (restarted, _, read) = open(&data, UPSTREAM).await;
    assert_damaged(read.map(|()| Head::EMPTY), name);
    assert_damaged(restarted.found("Anew").await.map(|said| said.head), name);
    if restarted.distribution().distribution().is_some() {
        assert_damaged(remark(&restarted, "more").await, name);
    }
    assert_eq!(kept(&data).await, damaged, "{name}: nothing is repaired, nothing is appended");
    restarted.close().await;
    running.close().await;
}

#[tokio::test]
async fn entries_that_are_gone_are_missed() {
    let world = World::new().await;
    let last = world.newest.number;
    for gone in [1, 3, last] {
        let damage = format!("DELETE FROM ledger WHERE number > {}", last - gone);
        let expected = format!(
            "entry {last}, the last when it was checked: it is gone: the ledger ends at entry {}, and had {last}",
            last - gone
        );
        check_cut(&world, &format!("cut-{gone}"), &damage, &expected).await;
    }
    let data = world.copy("gap");
    let (packhouse, _, _) = open(&data, UPSTREAM).await;
    sql(&data, &format!("{FREE}DELETE FROM ledger WHERE number IN (7, 8)")).await;
    let report = fsck(&packhouse, true).await;
    assert!(
        !report.repaired && report.ledger.contains(&"entries 7 to 8 are missing".to_owned()),
        "{report:?}"
    );
    packhouse.close().await;
}

#[tokio::test]
async fn entries_that_were_swapped_are_named() {
    let world = World::new().await;
    let entries = kept(&world.folder.path().join("data")).await.0;
    // Only the newest are looked at by whoever appends or starts.
    for (one, other, noticed) in [(world.newest.number - 1, world.newest.number, true), (11, 12, false)] {
        let data = world.copy(&format!("swapped-{one}"));
        let (running, _, _) = open(&data, UPSTREAM).await;
        let swap = format!(
            "{FREE}UPDATE ledger SET number = 1000000 WHERE number = {one};
             UPDATE ledger SET number = {one} WHERE number = {other};
             UPDATE ledger SET number = {other} WHERE number = 1000000;"
        );
        sql(&data, &swap).await;
        let damaged = kept(&data).await;
        let report = fsck(&running, true).await;
        assert!(!report.is_sound() && !report.repaired, "{report:?}");
        for (number, came) in [(one, other), (other, one)] {
            let moved = &entries[came as usize - 1];
            let found = Entry::stored(number, moved.previous, moved.envelope.clone()).unwrap().hash();
            let problem = format!(
                "entry {number} was changed: recorded as sha256:{}, it is sha256:{found}",
                moved.hash
            );
            assert!(report.ledger.contains(&problem), "{problem}: {report:?}");
        }
        if noticed {
            assert_damaged(remark(&running, "more").await, "swapped");
            let (restarted, _, read) = open(&data, UPSTREAM).await;
            assert_damaged(read.map(|()| Head::EMPTY), "swapped");
            restarted.close().await;
        }
        assert_eq!(kept(&data).await, damaged);
        running.close().await;
    }
}

#[tokio::test]
async fn a_byte_that_was_changed_is_found() {
    let world = World::new().await;
    let entries = kept(&world.folder.path().join("data")).await.0;
    for (number, rehashed) in [(world.newest.number, false), (13, false), (13, true)] {
        let mut changed = entries[number as usize - 1].clone();
        // In the signature, behind the statement: only that shows it.
        let place = changed.envelope.windows(6).position(|text| text == b"\"sig\":").unwrap() + 12;
        changed.envelope[place] = if changed.envelope[place] == b'A' { b'B' } else { b'A' };
        let found = Entry::stored(number, changed.previous, changed.envelope.clone()).unwrap().hash();
        let name = format!("byte-{number}-{rehashed}");
        let data = world.copy(&name);
        let hash = if rehashed { found } else { changed.hash };
        sql(
            &data,
            &format!(
                "{FREE}UPDATE ledger SET envelope = x'{}', hash = x'{hash}' WHERE number = {number}",
                hex::encode(&changed.envelope)
            ),
        )
        .await;
        let damaged = kept(&data).await;
        let (packhouse, _, read) = open(&data, UPSTREAM).await;
        let report = fsck(&packhouse, true).await;
        assert!(!report.is_sound() && !report.repaired, "{report:?}");
        let linked = if rehashed {
            format!(
                "entry {} follows sha256:{}, but the entry before it is sha256:{found}",
                number + 1,
                changed.hash
            )
        } else {
            format!("entry {number} was changed: recorded as sha256:{}, it is sha256:{found}", changed.hash)
        };
        assert!(report.ledger.contains(&linked), "{linked}: {report:?}");
        let refused = format!("entry {number}: it is against the rules: the statement is by ");
        assert!(report.ledger.iter().any(|problem| problem.starts_with(&refused)), "{report:?}");
        if number == world.newest.number {
            assert_damaged(read.map(|()| Head::EMPTY), &name);
            assert_damaged(remark(&packhouse, "more").await, &name);
        }
        assert_eq!(kept(&data).await, damaged);
        packhouse.close().await;
    }
}

#[tokio::test]
async fn another_history_with_good_hashes_and_signatures_is_a_fork() {
    let world = World::new().await;
    let first = world.newest.number + 1;
    let remarks = async |data: &Path, texts: &[&str]| {
        let (packhouse, _, read) = open(data, UPSTREAM).await;
        read.unwrap();
        for text in texts {
            remark(&packhouse, text).await.unwrap();
        }
        packhouse.close().await;
    };
    // The same number of entries as before, and more of them.
    for others in [&["x", "y"][..], &["x", "y", "z"]] {
        let name = format!("fork-{}", others.len());
        let (data, other) = (world.copy(&name), world.copy(&format!("{name}-other")));
        remarks(&data, &["a", "b"]).await;
        remarks(&other, others).await;
        let (running, _, read) = open(&data, UPSTREAM).await;
        read.unwrap();
        let seen = checked(&running).await;
        assert_eq!(seen.number, first + 1);
        // Everything of the other one, its tables, too: in itself it is sound.
        let replace = format!(
            "{FREE}ATTACH '{}' AS other;
             DELETE FROM ledger WHERE number >= {first};
             INSERT INTO ledger SELECT * FROM other.ledger WHERE number >= {first};
             DELETE FROM distribution_row;
             INSERT INTO distribution_row SELECT * FROM other.distribution_row;
             DETACH other;",
            other.join("packhouse.db").display()
        );
        sql(&data, &replace).await;
        let damaged = kept(&data).await;
        assert_eq!(damaged, kept(&other).await);
        for repair in [false, true] {
            let report = fsck(&running, repair).await;
            assert!(!report.is_sound() && !report.repaired && report.rows.is_empty(), "{report:?}");
            let expected = format!(
                "entry {}, the last when it was checked: it is another one than it was: the ledger was forked",
                seen.number
            );
            assert_eq!(report.ledger, [expected]);
        }
        assert_damaged(remark(&running, "more").await, &name);
        let (restarted, _, read) = open(&data, UPSTREAM).await;
        assert_damaged(read.map(|()| Head::EMPTY), &name);
        assert_damaged(remark(&restarted, "more").await, &name);
        assert_eq!(kept(&data).await, damaged);
        restarted.close().await;
        running.close().await;
    }
}

#[tokio::test]
async fn rows_that_are_not_what_the_ledger_says_are_named_and_made_again() {
    let world = World::new().await;
    let right = kept(&world.folder.path().join("data")).await;
    // What, whether a start notices it, and what is said.
    let cases: [(&str, bool, &[&str]); 6] = [
        (
            "UPDATE distribution_row SET value = (SELECT value FROM distribution_row WHERE kind = 'candidate'
                 AND key = 'small-01==1.0') WHERE kind = 'candidate' AND key = 'small-02==1.0'",
            false,
            &["candidate small-02==1.0 is not what the ledger says"],
        ),
        (
            "UPDATE distribution_row SET value = '{}' WHERE kind = 'maintainer' AND key = 'bob'",
            true,
            &["maintainer bob is not what the ledger says"],
        ),
        (
            "DELETE FROM distribution_row WHERE kind = 'placement' AND key LIKE 'unstable%small-00'",
            false,
            &["placement unstable/small-00 is missing"],
        ),
        (
            "INSERT INTO distribution_row SELECT kind, '999', value FROM distribution_row WHERE kind = 'review' LIMIT 1",
            false,
            &["review 999 is in the tables and not in the ledger"],
        ),
        (
            "INSERT INTO distribution_row VALUES ('wish', 'alice', '{}')",
            true,
            &["wish alice is in the tables and not in the ledger"],
        ),
        (
            "DELETE FROM distribution_row WHERE kind IN ('distribution', 'clock', 'suite')",
            false,
            &[
                "clock only is missing",
                "distribution only is missing",
                &format!("suite {CODENAME} is missing"),
                "suite testing is missing",
                "suite unstable is missing",
            ],
        ),
    ];
    for (number, (damage, noticed, expected)) in cases.into_iter().enumerate() {
        let data = world.copy(&format!("rows-{number}"));
        sql(&data, damage).await;
        let damaged = kept(&data).await;
        assert_ne!(damaged, right, "{damage}");
        let (packhouse, _, read) = open(&data, UPSTREAM).await;
        assert_eq!(matches!(read, Err(LedgerError::Row(_))), noticed, "{damage}: {read:?}");
        let report = fsck(&packhouse, false).await;
        assert!(!report.is_sound() && !report.repaired && report.ledger.is_empty(), "{damage}: {report:?}");
        assert_eq!(report.rows, expected, "{damage}");
        assert_eq!(kept(&data).await, damaged, "{damage}: not asked to repair");
        let report = fsck(&packhouse, true).await;
        assert!(report.is_sound() && report.repaired, "{damage}: {report:?}");
        assert_eq!(report.rows, expected, "{damage}");
        assert_eq!(kept(&data).await, right, "{damage}");
        // The process that repaired goes on with the right rows.
        assert_eq!(packhouse.distribution().contents(&suite("unstable")).len(), 2, "{damage}");
        let head = remark(&packhouse, "all is well").await.unwrap();
        assert_eq!(checked(&packhouse).await, head, "{damage}");
        packhouse.close().await;
    }
}

#[tokio::test]
async fn a_ledger_that_was_cut_with_its_rows_since_the_last_check_is_missed_at_the_start() {
    let world = World::new().await;
    let data = world.copy("cut-late");
    let before = kept(&data).await.1;
    let (packhouse, _, read) = open(&data, UPSTREAM).await;
    read.unwrap();
    let appended = remark(&packhouse, "never checked").await.unwrap();
    packhouse.close().await;
    // Everything but one row is as if the last entry had never been.
    let mut damage =
        format!("{FREE}DELETE FROM ledger WHERE number = {}; DELETE FROM distribution_row;", appended.number);
    for row in &before {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        damage.push_str(&format!(
            "INSERT INTO distribution_row VALUES ({}, {}, {});",
            quoted(&row.kind),
            quoted(&row.key),
            quoted(&row.value)
        ));
    }
    sql(&data, &damage).await;
    let damaged = kept(&data).await;
    assert_eq!(damaged.1, before);
    let (restarted, _, read) = open(&data, UPSTREAM).await;
    assert_damaged(read.map(|()| Head::EMPTY), "cut");
    assert_damaged(remark(&restarted, "more").await, "cut");
    let report = fsck(&restarted, true).await;
    let last = appended.number;
    let expected = format!(
        "entry {last}, the last when something was appended: it is gone: the ledger ends at entry {}, and had {last}",
        last - 1
    );
    assert_eq!(report.ledger, [expected]);
    assert_eq!(kept(&data).await, damaged);
    restarted.close().await;
}

#[tokio::test]
async fn a_server_that_runs_learns_of_rows_that_another_made_again() {
    let world = World::new().await;
    let data = world.copy("repaired-elsewhere");
    sql(&data, "DELETE FROM distribution_row WHERE kind = 'placement' AND key LIKE 'unstable%'").await;
    let (running, clock, read) = open(&data, UPSTREAM).await;
    read.unwrap();
    let held = |packhouse: &Packhouse| packhouse.distribution().contents(&suite("unstable")).len();
    assert_eq!(held(&running), 0, "the damage is not seen at the start");
    let (other, _, read) = open(&data, UPSTREAM).await;
    read.unwrap();
    let report = fsck(&other, true).await;
    assert!(report.repaired, "{report:?}");
    assert_eq!(held(&running), 0);
    running.catch_up().await.unwrap();
    assert_eq!(held(&running), 2);
    // Also when the first thing it does is to append: nothing of its old state is written.
    sql(&data, "DELETE FROM distribution_row WHERE kind = 'suite'").await;
    let (third, _, read) = open(&data, UPSTREAM).await;
    read.unwrap();
    assert!(fsck(&other, true).await.repaired);
    clock.advance(std::time::Duration::from_secs(5));
    remark(&third, "after the repair").await.unwrap();
    assert_eq!(third.distribution().suites.len(), 3);
    running.catch_up().await.unwrap();
    assert!(fsck(&running, false).await.rows.is_empty());
    for packhouse in [running, other, third] {
        packhouse.close().await;
    }
}

#[tokio::test]
async fn rows_of_an_older_version_are_made_again_at_the_start() {
    let world = World::new().await;
    let data = world.copy("older-rows");
    let right = kept(&data).await;
    sql(&data, "UPDATE ledger_mark SET rows_format = 0; UPDATE distribution_row SET value = '{}' WHERE kind = 'review'").await;
    let (packhouse, _, read) = open(&data, UPSTREAM).await;
    read.unwrap();
    assert_eq!(kept(&data).await, right);
    assert!(fsck(&packhouse, false).await.is_sound());
    packhouse.close().await;
    // Those of a later one are left alone.
    sql(&data, "UPDATE ledger_mark SET rows_format = 1000000").await;
    let (packhouse, _, read) = open(&data, UPSTREAM).await;
    assert!(matches!(read, Err(LedgerError::NewerRows { found: 1_000_000, .. })), "{read:?}");
    assert_eq!(kept(&data).await, right);
    packhouse.close().await;
}
