use std::collections::{BTreeMap, BTreeSet};

use packhouse_model::{MaintainerId, Sha256};
use packhouse_trust::ledger::{Fork, Problem};
use packhouse_trust::{Head, Recorded};

use crate::act::Act;
use crate::entry::{self, ReadError};
use crate::state::{ReadEntry, Refused, State};
use crate::table::{RowChange, RowError};

/// A peer's ledger as far as it was read and verified.
///
/// After an error it is of no more use: it may have carried half an entry out.
#[derive(Debug)]
pub struct Follower {
    distribution: Sha256,
    state: State,
    end: Head,
    /// Where the entries that are coming now have got to.
    reached: Head,
    remembered: BTreeMap<u64, Sha256>,
    /// Reviews, as lines of an export without the line feed.
    reviews: BTreeMap<u64, String>,
    /// What was taken back, by the review's number: the line of the entry that did it.
    taken_back: BTreeMap<u64, String>,
    /// People whom somebody else made leave.
    removed: BTreeSet<MaintainerId>,
    /// What of the three above changed since the changes were last taken.
    changed: BTreeSet<(&'static str, String)>,
}

/// Kinds of rows beside those of a state.
const LINE: &str = "line";
const TAKEN_BACK: &str = "taken-back";
const REMOVED: &str = "removed";

/// Why a peer's ledger is not believed.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// It is the ledger of somebody else.
    #[error(
        "its first entry is sha256:{found}, and sha256:{expected} was subscribed to: this is another distribution"
    )]
    Another {
        /// What was subscribed to.
        expected: Sha256,
        /// What came.
        found: Sha256,
    },
    /// It is no chain, or not the one that was seen before.
    #[error("its ledger cannot be believed: {0}")]
    Chain(Problem),
    /// An entry says nothing that this version understands.
    #[error("its ledger cannot be read on from entry {number}; a newer Packhouse may be needed here")]
    Read {
        /// Where.
        number: u64,
        /// Why.
        #[source]
        source: ReadError,
    },
    /// An entry is against the rules of a distribution.
    #[error("its ledger breaks the rules in entry {number}")]
    Rules {
        /// Where.
        number: u64,
        /// Which.
        #[source]
        source: Refused,
    },
}

impl Follower {
    /// Of the distribution whose first entry has this hash.
    pub fn new(distribution: Sha256) -> Self {
        Self {
            distribution,
            state: State::default(),
            end: Head::EMPTY,
            reached: Head::EMPTY,
            remembered: BTreeMap::new(),
            reviews: BTreeMap::new(),
            taken_back: BTreeMap::new(),
            removed: BTreeSet::new(),
            changed: BTreeSet::new(),
        }
    }

    /// One that has read as far as `end`, from the rows that it came to then ([`Follower::rows`]). Nothing of them is verified
    /// again: they are to be believed as far as the place where they were kept.
    pub fn restored(
        distribution: Sha256,
        end: Head,
        rows: impl IntoIterator<Item = (String, String, String)>,
    ) -> Result<Self, RowError> {
        let mut follower = Self { end, ..Self::new(distribution) };
        for (kind, key, value) in rows {
            let broken = || RowError { table: kind.clone(), key: key.clone(), source: None };
            match kind.as_str() {
                LINE => {
                    follower.reviews.insert(key.parse().map_err(|_| broken())?, value);
                }
                TAKEN_BACK => {
                    follower.taken_back.insert(key.parse().map_err(|_| broken())?, value);
                }
                REMOVED => {
                    follower.removed.insert(key.parse().map_err(|_| broken())?);
                }
                _ => follower.state.load_row(&kind, &key, &value)?,
            }
        }
        Ok(follower)
    }

    /// All that it has come to, as rows: what a restart goes on from.
    pub fn rows(&self) -> Vec<RowChange> {
        let mut rows = self.state.rows();
        for (table, lines) in [(LINE, &self.reviews), (TAKEN_BACK, &self.taken_back)] {
            rows.extend(lines.iter().map(|(number, line)| row(table, number, Some(line.clone()))));
        }
        rows.extend(self.removed.iter().map(|person| row(REMOVED, person, Some(String::new()))));
        rows
    }

    /// The rows that changed since this was last asked.
    pub fn take_changes(&mut self) -> Vec<RowChange> {
        let mut rows = self.state.take_changes();
        for (kind, key) in std::mem::take(&mut self.changed) {
            let number = || key.parse::<u64>().ok();
            let value = match kind {
                LINE => number().and_then(|number| self.reviews.get(&number)).cloned(),
                TAKEN_BACK => number().and_then(|number| self.taken_back.get(&number)).cloned(),
                _ => Some(String::new()),
            };
            rows.push(row(kind, &key, value));
        }
        rows
    }

    /// Which distribution it follows.
    pub fn distribution(&self) -> Sha256 {
        self.distribution
    }

    /// The last entry that was read.
    pub fn end(&self) -> Head {
        self.end
    }

    /// The peer as its ledger says it.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Expects the ledger to hold this head, which was seen earlier.
    pub fn remember(&mut self, head: Head) -> Result<(), FollowError> {
        if head.number == self.end.number {
            return same(head.number, self.end.hash, head.hash);
        }
        if head.number > self.end.number
            && let Some(known) = self.remembered.insert(head.number, head.hash)
        {
            return same(head.number, known, head.hash);
        }
        Ok(())
    }

    /// Begins to read again: from the first entry, or from any up to the one after the last that was read.
    pub fn begin(&mut self) {
        self.reached = Head::EMPTY;
    }

    /// Takes the next entry. One that was read before is passed over; the last of those must be the same that it was.
    pub fn push(&mut self, recorded: &Recorded) -> Result<(), FollowError> {
        let (entry, hash) = (&recorded.entry, recorded.hash);
        let (number, found) = (entry.number(), entry.hash());
        if found != hash {
            return Err(FollowError::Chain(Problem::Edited { number, recorded: hash, found }));
        }
        if number > self.reached.number {
            self.reached = Head { number, hash };
        }
        if number == self.end.number {
            return same(number, self.end.hash, hash);
        }
        if number < self.end.number {
            return Ok(());
        }
        let expected = self.end.number + 1;
        if number != expected {
            return Err(FollowError::Chain(Problem::Gap { first: expected, last: number - 1 }));
        }
        if entry.previous() != self.end.hash {
            let (names, found) = (entry.previous(), self.end.hash);
            return Err(FollowError::Chain(Problem::Unlinked { number, names, found }));
        }
        if let Some(known) = self.remembered.remove(&number) {
            same(number, known, hash)?;
        }
        if number == 1 && hash != self.distribution {
            return Err(FollowError::Another { expected: self.distribution, found: hash });
        }
        let read = entry::read(entry, &self.state).map_err(|source| FollowError::Read { number, source })?;
        self.state.apply(&read).map_err(|source| FollowError::Rules { number, source })?;
        self.keep(&read, recorded);
        self.end = Head { number, hash };
        Ok(())
    }

    /// After the last entry that there is: whether the ledger still holds all that was seen of it.
    pub fn finish(&self) -> Result<(), FollowError> {
        let newest =
            self.remembered.last_key_value().map(|(number, hash)| Head { number: *number, hash: *hash });
        let expected = newest.filter(|head| head.number > self.end.number).unwrap_or(self.end);
        if self.reached.number < expected.number {
            return Err(FollowError::Chain(Problem::Truncated { expected, found: self.reached }));
        }
        Ok(())
    }

    /// The review in that entry as a line of an export.
    pub(super) fn line(&self, number: u64) -> Option<&String> {
        self.reviews.get(&number)
    }

    /// The entry that took a review back.
    pub(super) fn taken_back(&self, number: u64) -> Option<&String> {
        self.taken_back.get(&number)
    }

    pub(super) fn was_removed(&self, person: &MaintainerId) -> bool {
        self.removed.contains(person)
    }

    /// What a statement here may have to quote.
    fn keep(&mut self, read: &ReadEntry, recorded: &Recorded) {
        let line = || recorded.to_line().trim_end_matches('\n').to_owned();
        match &read.act {
            Act::Review(_) => {
                self.reviews.insert(read.number, line());
                self.changed.insert((LINE, read.number.to_string()));
            }
            Act::ReviewRevoke(act) => {
                self.taken_back.insert(act.entry, line());
                self.changed.insert((TAKEN_BACK, act.entry.to_string()));
            }
            Act::Approve(act) => {
                let lifted = self.state.reviews.get(&act.entry).is_some_and(|row| self.state.is_lifted(row));
                if lifted && !self.taken_back.contains_key(&act.entry) {
                    self.taken_back.insert(act.entry, line());
                    self.changed.insert((TAKEN_BACK, act.entry.to_string()));
                }
            }
            Act::KeyRevoke(_) => {
                // A violation that was lifted with the key stands again.
                let (state, changed) = (&self.state, &mut self.changed);
                self.taken_back.retain(|number, _| {
                    let review = state.reviews.get(number);
                    let stays = review.is_none_or(|row| row.revoked.is_some() || state.is_lifted(row));
                    if !stays {
                        changed.insert((TAKEN_BACK, number.to_string()));
                    }
                    stays
                });
            }
            Act::Leave(act) if read.by.maintainer() != Some(&act.maintainer) => {
                self.removed.insert(act.maintainer.clone());
                self.changed.insert((REMOVED, act.maintainer.to_string()));
            }
            _ => {}
        }
    }
}

fn row(table: &'static str, key: &(impl ToString + ?Sized), value: Option<String>) -> RowChange {
    RowChange { table, key: key.to_string(), value }
}

fn same(number: u64, known: Sha256, found: Sha256) -> Result<(), FollowError> {
    if known == found {
        return Ok(());
    }
    Err(FollowError::Chain(Problem::Forked(Fork { number, known, found })))
}
