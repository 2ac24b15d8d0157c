//! Whether the ledger holds together, and the tables are what it says.

use std::collections::{BTreeMap, BTreeSet};

use packhouse_distribution::state::{ROWS_FORMAT, State};
use packhouse_distribution::{Release, entry};
use packhouse_model::{Sha256, SuiteName};
use packhouse_store::{StateChange, StateRow};
use packhouse_trust::{Chain, Entry, Head, Recorded};
use serde::Serialize;

use super::LedgerError;
use super::ledger::{FORKED, cut};
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
    /// Files of a suite whose provenance (PEP 740) was kept when they were taken in, and is not here.
    pub missing_provenance: Vec<String>,
    /// How many more of any kind there are.
    pub more: usize,
    /// The rows were made again.
    pub repaired: bool,
}

impl Fsck {
    /// Whether everything is as it should be now.
    pub fn is_sound(&self) -> bool {
        self.can_be_repaired() && (self.rows.is_empty() || self.repaired)
    }

    /// Whether nothing is wrong but rows, which can be made again.
    pub fn can_be_repaired(&self) -> bool {
        self.ledger.is_empty() && self.missing_files.is_empty() && self.missing_provenance.is_empty()
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
        // Rows and entries are of one moment only if nothing was appended in between.
        let rows = loop {
            self.replay_after(&mut last, &mut chained, &mut state, &mut report, progress).await?;
            let rows = self.store.state_rows().await?;
            if self.ledger_end().await?.number <= last {
                break rows;
            }
        };
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
        let said = compare_rows(&state, rows, &mut report);
        if repair && !report.rows.is_empty() && report.ledger.is_empty() {
            // When somebody has appended meanwhile, these rows are old: the next run makes them again.
            report.repaired = self.store.replace_state_rows(&said, last, ROWS_FORMAT).await?;
            if report.repaired {
                self.read_again().await?;
            }
        }
        self.compare_files(&state, &mut report).await?;
        if report.ledger.is_empty() {
            self.store.set_setting(REMEMBERED, &head.to_string()).await?;
        }
        Ok(report)
    }

    /// Makes the tables again that an older version wrote: what the same ledger says in today's form.
    pub(super) async fn make_rows_again(&self) -> Result<(), LedgerError> {
        let (mut report, mut chained, mut state) = (Fsck::default(), Chain::new(), State::default());
        let mut last = 0;
        self.replay_after(&mut last, &mut chained, &mut state, &mut report, &|_| {}).await?;
        let broken =
            chained.finish().err().and_then(|broken| broken.problems.first().map(ToString::to_string));
        if let Some(problem) = broken.or_else(|| report.ledger.into_iter().next()) {
            return Err(LedgerError::Damaged { number: last, problem });
        }
        // When somebody has appended meanwhile, the caller looks again.
        if self.store.replace_state_rows(&right_rows(&state), last, ROWS_FORMAT).await? {
            tracing::info!(entries = last, "the tables of an older version were made again from the ledger");
        }
        Ok(())
    }

    /// Reads the entries after `last`, to the end.
    async fn replay_after(
        &self,
        last: &mut u64,
        chained: &mut Chain,
        state: &mut State,
        report: &mut Fsck,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<(), LedgerError> {
        loop {
            let batch = self.store.ledger_after(*last, BATCH).await?;
            if batch.is_empty() {
                return Ok(());
            }
            for kept in batch {
                *last = kept.number;
                progress(*last);
                report.entries += 1;
                let problem = match Entry::stored(kept.number, kept.previous, kept.envelope) {
                    Err(error) => Some(error.to_string()),
                    Ok(entry) => {
                        chained.push(&Recorded { entry: entry.clone(), hash: kept.hash });
                        replay(&entry, state).err()
                    }
                };
                if let Some(problem) = problem {
                    let problem = format!("entry {}: {problem}", kept.number);
                    Fsck::note(&mut report.ledger, &mut report.more, problem);
                }
            }
        }
    }

    /// The ends that were remembered must still be in the ledger: one that was cut or made anew cannot hide that.
    async fn compare_remembered(&self, head: Head, report: &mut Fsck) -> Result<(), LedgerError> {
        if let Some((seen, when, problem)) = self.missing_end(head).await? {
            let problem = format!("entry {}, the last when {when}: {problem}", seen.number);
            Fsck::note(&mut report.ledger, &mut report.more, problem);
        }
        Ok(())
    }

    /// What is wrong when the ledger up to `head` does not hold the end any more that the last `fsck` saw, or the entry that
    /// was appended last: that entry, and when it was the last.
    pub(super) async fn missing_end(
        &self,
        head: Head,
    ) -> Result<Option<(Head, &'static str, String)>, LedgerError> {
        let remembered = self.store.setting(REMEMBERED).await?;
        let checked = remembered.and_then(|text| text.parse::<Head>().ok());
        let (number, hash) = self.store.ledger_place().await?.appended;
        let appended = Some(Head { number, hash });
        for (seen, when) in [(checked, "it was checked"), (appended, "something was appended")] {
            let Some(seen) = seen.filter(|seen| seen.number > 0) else { continue };
            if let Some(problem) = self.gone_since(seen, head).await? {
                return Ok(Some((seen, when, problem)));
            }
        }
        Ok(None)
    }

    async fn gone_since(&self, seen: Head, head: Head) -> Result<Option<String>, LedgerError> {
        let entry = self.store.ledger_after(seen.number - 1, 1).await?.into_iter().next();
        Ok(match entry {
            Some(entry) if entry.number == seen.number && entry.hash == seen.hash => None,
            Some(entry) if entry.number == seen.number => Some(FORKED.to_owned()),
            _ => Some(cut(head, seen)),
        })
    }

    /// Every file that a suite lists must be here, and the provenance that was kept with it: nobody else keeps them for us.
    async fn compare_files(&self, state: &State, report: &mut Fsck) -> Result<(), LedgerError> {
        for (suite, _) in state.suites.iter() {
            for (release, files) in state.contents(suite) {
                self.compare_provenance(state, suite, &release, &files, report).await?;
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

impl Packhouse {
    /// The ledger says which document came with a file when it was taken in; a suite goes on serving it.
    async fn compare_provenance(
        &self,
        state: &State,
        suite: &SuiteName,
        release: &Release,
        files: &BTreeSet<Sha256>,
        report: &mut Fsck,
    ) -> Result<(), LedgerError> {
        let Some(row) = state.candidates.get(release) else { return Ok(()) };
        for file in &row.candidate.files {
            let listed = row.files.get(&file.filename).is_some_and(|sha256| files.contains(sha256));
            let Some(kept) = file.provenance.as_ref().filter(|_| listed) else { continue };
            if !self.blobs.exists(kept.sha256).await.map_err(AppError::from)? {
                let problem = format!(
                    "{release} in {suite}: the provenance of {} ({}) is not here",
                    file.filename, kept.sha256
                );
                Fsck::note(&mut report.missing_provenance, &mut report.more, problem);
            }
        }
        Ok(())
    }
}

/// Compares the rows with what the ledger says; gives the right ones.
fn compare_rows(state: &State, rows: Vec<StateRow>, report: &mut Fsck) -> Vec<StateChange> {
    let said: BTreeMap<(String, String), String> = state
        .rows()
        .into_iter()
        .filter_map(|row| Some(((row.table.to_owned(), row.key), row.value?)))
        .collect();
    let kept: BTreeMap<(String, String), String> =
        rows.into_iter().map(|row| ((row.kind, row.key), row.value)).collect();
    for (id @ (table, key), value) in &said {
        let problem = match kept.get(id) {
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
    right_rows(state)
}

/// All rows that a ledger comes to.
fn right_rows(state: &State) -> Vec<StateChange> {
    let rows = state.rows().into_iter().filter(|row| row.value.is_some());
    rows.map(|row| StateChange { kind: row.table.to_owned(), key: row.key, value: row.value }).collect()
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
