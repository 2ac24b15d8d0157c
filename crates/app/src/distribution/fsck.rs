//! Whether the ledger holds together, and the tables are what it says.

use std::collections::BTreeMap;

use packhouse_distribution::entry;
use packhouse_distribution::state::State;
use packhouse_store::StateChange;
use packhouse_trust::{Chain, Entry, Head, Recorded};
use serde::Serialize;

use super::LedgerError;
use crate::error::{AppError, chain};
use crate::packhouse::Packhouse;

/// Entries read at once.
const BATCH: u32 = 500;
/// Problems of one kind that a report names.
const MOST: usize = 100;

/// What was found out about the distribution's data.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Fsck {
    /// Entries of the ledger.
    pub entries: u64,
    /// The ledger's end, as `123 sha256:…`.
    pub head: String,
    /// What is wrong with the ledger itself: nothing repairs that.
    pub ledger: Vec<String>,
    /// Rows that are not what the ledger says.
    pub rows: Vec<String>,
    /// Files of a suite whose bytes are not here.
    pub missing_files: Vec<String>,
    /// How many more of any kind there are.
    pub more: usize,
    /// The rows were made again.
    pub repaired: bool,
}

impl Fsck {
    /// Whether everything is as it should be now.
    pub fn is_sound(&self) -> bool {
        self.ledger.is_empty() && self.missing_files.is_empty() && (self.rows.is_empty() || self.repaired)
    }

    fn note(list: &mut Vec<String>, more: &mut usize, problem: String) {
        if list.len() < MOST {
            list.push(problem);
        } else {
            *more += 1;
        }
    }
}

impl Packhouse {
    /// Reads the whole ledger, checks every hash and signature, and compares what it says with the tables; with `repair`
    /// makes the tables again. `progress` is told the number of each entry that was read.
    ///
    /// A ledger that is damaged is never written to: its tables stay, too.
    pub async fn fsck(&self, repair: bool, progress: &(dyn Fn(u64) + Sync)) -> Result<Fsck, LedgerError> {
        let mut report = Fsck::default();
        let mut chained = Chain::new();
        let mut state = State::default();
        let mut last = 0;
        loop {
            let batch = self.store.ledger_after(last, BATCH).await?;
            if batch.is_empty() {
                break;
            }
            for kept in batch {
                last = kept.number;
                progress(last);
                report.entries += 1;
                let problem = match Entry::stored(kept.number, kept.previous, kept.envelope) {
                    Err(error) => Some(error.to_string()),
                    Ok(entry) => {
                        chained.push(&Recorded { entry: entry.clone(), hash: kept.hash });
                        replay(&entry, &mut state).err()
                    }
                };
                if let Some(problem) = problem {
                    Fsck::note(
                        &mut report.ledger,
                        &mut report.more,
                        format!("entry {}: {problem}", kept.number),
                    );
                }
            }
        }
        let head = match chained.finish() {
            Ok(head) => head,
            Err(broken) => {
                for problem in &broken.problems {
                    Fsck::note(&mut report.ledger, &mut report.more, problem.to_string());
                }
                report.more += broken.further;
                broken.last
            }
        };
        report.head = head.to_string();
        self.compare_remembered(head, &mut report).await?;
        self.compare_rows(&state, repair, &mut report).await?;
        self.compare_files(&state, &mut report).await?;
        if report.ledger.is_empty() {
            self.store.set_setting(REMEMBERED, &head.to_string()).await?;
        }
        Ok(report)
    }

    /// The end that the last `fsck` saw must still be in the ledger: one that was cut or made anew cannot hide that.
    async fn compare_remembered(&self, head: Head, report: &mut Fsck) -> Result<(), LedgerError> {
        let Some(remembered) = self.store.setting(REMEMBERED).await? else { return Ok(()) };
        let Ok(seen) = remembered.parse::<Head>() else { return Ok(()) };
        if seen.number == 0 {
            return Ok(());
        }
        let entry = self.store.ledger_after(seen.number - 1, 1).await?.into_iter().next();
        let problem = match entry {
            Some(entry) if entry.number == seen.number && entry.hash == seen.hash => return Ok(()),
            Some(entry) if entry.number == seen.number => {
                format!(
                    "entry {} is another one than when it was last checked: the ledger was forked",
                    seen.number
                )
            }
            _ => {
                format!("it ends at entry {}, and had {} when it was last checked", head.number, seen.number)
            }
        };
        Fsck::note(&mut report.ledger, &mut report.more, problem);
        Ok(())
    }

    async fn compare_rows(&self, state: &State, repair: bool, report: &mut Fsck) -> Result<(), LedgerError> {
        let said: BTreeMap<(String, String), String> = state
            .rows()
            .into_iter()
            .filter_map(|row| Some(((row.table.to_owned(), row.key), row.value?)))
            .collect();
        let kept: BTreeMap<(String, String), String> =
            self.store.state_rows().await?.into_iter().map(|row| ((row.kind, row.key), row.value)).collect();
        for ((table, key), value) in &said {
            let problem = match kept.get(&(table.clone(), key.clone())) {
                Some(row) if row == value => continue,
                Some(_) => "is not what the ledger says",
                None => "is missing",
            };
            Fsck::note(&mut report.rows, &mut report.more, format!("{table} {key} {problem}"));
        }
        for (table, key) in kept.keys().filter(|key| !said.contains_key(*key)) {
            let problem = format!("{table} {key} is in the tables and not in the ledger");
            Fsck::note(&mut report.rows, &mut report.more, problem);
        }
        if repair && !report.rows.is_empty() && report.ledger.is_empty() {
            let rows: Vec<StateChange> = said
                .into_iter()
                .map(|((kind, key), value)| StateChange { kind, key, value: Some(value) })
                .collect();
            self.store.replace_state_rows(&rows).await?;
            report.repaired = true;
        }
        Ok(())
    }

    /// Every file that a suite lists must be here: nobody else keeps it for us.
    async fn compare_files(&self, state: &State, report: &mut Fsck) -> Result<(), LedgerError> {
        for (suite, _) in state.suites.iter() {
            for (release, files) in state.contents(suite) {
                for sha256 in files {
                    if !self.blobs.exists(sha256).await.map_err(AppError::from)? {
                        let problem = format!("{release} in {suite}: the file {sha256} is not here");
                        Fsck::note(&mut report.missing_files, &mut report.more, problem);
                    }
                }
            }
        }
        Ok(())
    }
}

/// Where the ledger's end is remembered, apart from the ledger.
const REMEMBERED: &str = "ledger.checked";

fn replay(entry: &Entry, state: &mut State) -> Result<(), String> {
    let read = entry::read(entry, state).map_err(|error| chain(&error))?;
    let before = state.clone();
    state.apply(&read).map_err(|error| {
        *state = before;
        format!("it is against the rules: {error}")
    })
}
