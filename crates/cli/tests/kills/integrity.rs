//! The database as a crash left it, looked at by a program of others.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

const SCRIPT: &str = "
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
if len(sys.argv) > 2:
    database.executescript(sys.argv[2])
print(database.execute('PRAGMA integrity_check').fetchone()[0])
print(len(database.execute('PRAGMA foreign_key_check').fetchall()))
print(database.total_changes)
";

/// Checks a copy of the database in `data`, which nobody may have open: looking would mend it.
#[track_caller]
pub(crate) fn assert_sound(data: &Path) {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["packhouse.db", "packhouse.db-wal"] {
        if data.join(name).exists() {
            fs::copy(data.join(name), folder.path().join(name)).expect("a copy of the database");
        }
    }
    if folder.path().join("packhouse.db").exists()
        && let Some(said) = python(&[&folder.path().join("packhouse.db")], None)
    {
        assert_eq!(said, "ok\n0\n0\n", "the database after a kill");
    }
}

/// Runs SQL on the database in `data`; how many rows it changed, or nothing, after saying so, where there is no
/// Python.
pub(crate) fn run_sql(data: &Path, sql: &str) -> Option<u64> {
    let said = python(&[&data.join("packhouse.db")], Some(sql))?;
    Some(said.lines().last()?.parse().expect("a number of rows"))
}

fn python(paths: &[&Path], sql: Option<&str>) -> Option<String> {
    let ran = Command::new("python3")
        .args(["-I", "-c", SCRIPT])
        .args(paths)
        .args(sql)
        .stdin(Stdio::null())
        .output();
    match ran {
        Ok(ran) => {
            assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
            Some(String::from_utf8_lossy(&ran.stdout).into_owned())
        }
        Err(error) => {
            // Not by `eprintln!`, whose text is only shown of tests that fail.
            let _ = writeln!(std::io::stderr(), "skipped: a look into the database: python3: {error}");
            None
        }
    }
}
