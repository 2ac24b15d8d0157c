//! The ledger at work: entries are appended one after the other, and the state follows.

use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use packhouse_distribution::act::Found;
use packhouse_distribution::entry::{self, ReadError};
use packhouse_distribution::state::rows::Founded;
use packhouse_distribution::state::{ROWS_FORMAT, ReadEntry, Refused, State};
use packhouse_distribution::{Act, Actor, RowError, duties};
use packhouse_model::{Sha256, Timestamp};
use packhouse_store::{Appended, LedgerEntry, RowsMark, StateChange};
use packhouse_trust::{DsseError, Entry, Envelope, Head, SecretKey, Signer as _, StatementError};

use super::key::{self, ServerKeyError};
use super::lane::Verdicts;
use super::shown::Changed;
use crate::error::{AppError, chain};
use crate::packhouse::Packhouse;

/// How far a statement's time may be from the server's clock.
const CLOCKS: Duration = Duration::from_secs(15 * 60);
/// Entries read from the database at once.
const BATCH: u32 = 500;
/// Acts that the server says in a row before it looks at anything else.
const MOST_DUTIES: usize = 100;

/// What is wrong with an entry that is not what its hash says.
const CHANGED: &str = "it was changed: it is not what its hash says";
/// What is wrong with an entry that was another one.
pub(super) const FORKED: &str = "it is another one than it was: the ledger was forked";

/// What is wrong with a ledger that has ended later.
pub(super) fn cut(found: Head, before: Head) -> String {
    format!("it is gone: the ledger ends at entry {}, and had {}", found.number, before.number)
}

/// The ledger of one process: the state as far as it has read, and where that is.
#[derive(Debug)]
pub(crate) struct Ledger {
    state: RwLock<Arc<State>>,
    /// Held by whoever appends or catches up; what it protects is the end of what was read.
    end: tokio::sync::Mutex<Position>,
    /// See [`Packhouse::shown`].
    pub(super) shown: AtomicU64,
    /// What was found out of fixes in the security lane.
    pub(super) lane: Verdicts,
    key_file: PathBuf,
    key: OnceLock<SecretKey>,
}

/// How far a process has read.
#[derive(Debug, Clone, Copy)]
struct Position {
    head: Head,
    /// The generation of the rows that its state began with.
    generation: u64,
}

impl Position {
    const START: Self = Self { head: Head::EMPTY, generation: 0 };
}

/// Why something did not become an entry.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// No envelope.
    #[error("this is no signed statement")]
    Envelope(#[source] DsseError),
    /// The server's own statement cannot be written.
    #[error("the statement cannot be written")]
    Statement(#[source] StatementError),
    /// The envelope says nothing that a distribution says.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Against the rules.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Signed long ago, or by a wrong clock.
    #[error("the statement was signed at {at}, and it is {now} here: sign it again")]
    Clock {
        /// The statement's time.
        at: Timestamp,
        /// Ours.
        now: Timestamp,
    },
    /// The very same statement.
    #[error("the same statement is in the ledger already")]
    Known,
    /// The kept ledger does not hold together.
    #[error("the ledger is damaged at entry {number}: {problem}; `packhouse fsck` tells more")]
    Damaged {
        /// Where.
        number: u64,
        /// What is wrong.
        problem: String,
    },
    /// A kept row does not read.
    #[error(
        "the tables of the distribution do not read; `packhouse fsck --repair` makes them again from the ledger"
    )]
    Row(#[from] RowError),
    /// The server's key.
    #[error(transparent)]
    Key(#[from] ServerKeyError),
    /// Nobody has founded one.
    #[error("there is no distribution here yet; `packhouse found NAME` makes one")]
    NotFounded,
    /// Rows of a later version.
    #[error(
        "the tables of the distribution were written by a newer version of Packhouse (format {found}; this one knows \
         {known}): run that version"
    )]
    NewerRows {
        /// The format that was found.
        found: u64,
        /// Ours.
        known: u64,
    },
    /// The database.
    #[error(transparent)]
    App(#[from] AppError),
}

impl From<packhouse_store::Error> for LedgerError {
    fn from(error: packhouse_store::Error) -> Self {
        Self::App(error.into())
    }
}

/// Where a statement comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sender {
    /// This server made it.
    Here,
    /// Somebody sent it.
    Outside,
}

/// An entry that was appended.
#[derive(Debug, Clone)]
pub struct Submitted {
    /// What it says.
    pub entry: ReadEntry,
    /// The ledger's end with it.
    pub head: Head,
}

impl Ledger {
    /// `key_file` is made when a distribution is founded.
    pub(crate) fn new(key_file: PathBuf) -> Self {
        Self {
            state: RwLock::default(),
            shown: AtomicU64::new(0),
            end: tokio::sync::Mutex::new(Position::START),
            lane: Verdicts::default(),
            key_file,
            key: OnceLock::new(),
        }
    }

    pub(super) fn show(&self, state: State) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(state);
    }

    /// The key in the data folder; with `make`, a new one if there is none.
    fn key(&self, make: bool) -> Result<&SecretKey, LedgerError> {
        if let Some(key) = self.key.get() {
            return Ok(key);
        }
        let missing = || ServerKeyError::Missing { path: self.key_file.clone() };
        let key = key::open(&self.key_file, make)?.ok_or_else(missing)?;
        Ok(self.key.get_or_init(|| key))
    }

    /// The key that the distribution was founded with. Of several servers each needs a copy of it.
    fn key_of(&self, founded: &Founded) -> Result<&SecretKey, LedgerError> {
        let key = self.key(false)?;
        if key.public_key().id().to_string() == founded.server_key {
            return Ok(key);
        }
        Err(ServerKeyError::Other { path: self.key_file.clone() }.into())
    }
}

impl Packhouse {
    /// The distribution as far as this process has read the ledger. Empty before one is founded.
    pub fn distribution(&self) -> Arc<State> {
        Arc::clone(&self.ledger.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads what the ledger has gained; at the start, the rows that all of it adds up to. Gives its end.
    pub async fn catch_up(&self) -> Result<Head, LedgerError> {
        let mut end = self.ledger.end.lock().await;
        self.read_on(&mut end).await?;
        Ok(end.head)
    }

    /// Whether this process could say what follows from people's acts: where there is a distribution, that takes its key.
    pub fn check_server_key(&self) -> Result<(), LedgerError> {
        self.distribution().distribution().map_or(Ok(()), |founded| self.ledger.key_of(founded).map(|_| ()))
    }

    /// Makes the distribution's first entry, and the server's key if there is none.
    pub async fn found(&self, name: &str) -> Result<Submitted, LedgerError> {
        let key = self.ledger.key(true)?;
        let found = Found { name: name.to_owned(), server_key: key.public_key().to_openssh("") };
        let statement = entry::founding(&found, self.now());
        let bytes = statement.to_bytes().map_err(LedgerError::Statement)?;
        let envelope = Envelope::sign(bytes, key).map_err(LedgerError::Envelope)?;
        self.append(&envelope, Sender::Here).await
    }

    /// Takes a statement in that somebody signed, as the bytes of its DSSE envelope, and does what follows from it.
    pub async fn submit(&self, envelope: &[u8]) -> Result<Submitted, LedgerError> {
        let envelope = Envelope::parse(envelope).map_err(LedgerError::Envelope)?;
        self.refuse_at_once(&envelope).await?;
        let submitted = self.append(&envelope, Sender::Outside).await?;
        self.do_duties().await;
        Ok(submitted)
    }

    /// Refuses what takes long to find out, before the ledger is held: others append meanwhile, and what this rests on is
    /// looked at once more before anything follows from the statement.
    async fn refuse_at_once(&self, envelope: &Envelope) -> Result<(), LedgerError> {
        let kind = b"urn:x-packhouse:hint:v1";
        if !envelope.payload_unverified().windows(kind.len()).any(|window| window == kind) {
            return Ok(());
        }
        let head = self.catch_up().await?;
        let state = self.distribution();
        let Ok(next) = Entry::next(&head, envelope) else { return Ok(()) };
        // What is wrong with the statement itself is told when it is appended. Attack: only what its author may say is
        // worth a resolver's time.
        let Ok(read) = entry::read(&next, &state) else { return Ok(()) };
        if !matches!(read.act, Act::Hint(_)) || (*state).clone().apply(&read).is_err() {
            return Ok(());
        }
        self.refuse_breaking_fix(&state, &read).await
    }

    /// Says something in the server's own name.
    pub(crate) async fn say(&self, act: &Act, files: &[(String, Sha256)]) -> Result<Submitted, LedgerError> {
        let state = self.distribution();
        let founded = state.distribution().ok_or(LedgerError::NotFounded)?;
        let key = self.ledger.key_of(founded)?;
        let statement = entry::statement(founded.id, act, self.now(), &Actor::Server, files);
        let bytes = statement.to_bytes().map_err(LedgerError::Statement)?;
        let envelope = Envelope::sign(bytes, key).map_err(LedgerError::Envelope)?;
        self.append(&envelope, Sender::Here).await
    }

    /// Says what is due ([`duties`]). A failure is logged: the duty stays, and is tried again after the next entry.
    pub(crate) async fn do_duties(&self) {
        let mut refused = None;
        for _ in 0..MOST_DUTIES {
            let (state, now) = (self.distribution(), self.now());
            let act = match duties::next(&state, now) {
                Some(act) => Some(act),
                None => self.next_fix(&state, now).await,
            };
            let Some(act) = act else { return };
            match self.say(&act, &[]).await {
                Ok(_) => {}
                // Another server was faster: look again.
                Err(LedgerError::Refused(Refused::Conflict(problem))) if refused.as_ref() != Some(&act) => {
                    tracing::debug!(problem, "a duty was done by somebody else");
                    refused = Some(act);
                    if self.catch_up().await.is_err() {
                        return;
                    }
                }
                Err(error) => {
                    tracing::error!(act = act.word(), error = %chain(&error), "a duty was not done");
                    return;
                }
            }
        }
    }

    async fn append(&self, envelope: &Envelope, from: Sender) -> Result<Submitted, LedgerError> {
        let mut end = self.ledger.end.lock().await;
        loop {
            self.read_on(&mut end).await?;
            let state = self.distribution();
            let next = Entry::next(&end.head, envelope).map_err(|error| LedgerError::Damaged {
                number: end.head.number,
                problem: error.to_string(),
            })?;
            let read = entry::read(&next, &state)?;
            // Attack: where there is no distribution yet, anybody could found one with a key of their own, and would be its
            // server from then on.
            if from == Sender::Outside && read.by == Actor::Server {
                let (by, act) = (read.by.to_string(), read.act.word());
                return Err(Refused::Right {
                    by,
                    act,
                    needs: "the server itself, not for who sends it".to_owned(),
                }
                .into());
            }
            let now = self.now();
            if now.since(read.at) > CLOCKS || read.at.since(now) > CLOCKS {
                return Err(LedgerError::Clock { at: read.at, now });
            }
            let mut after = (*state).clone();
            after.apply(&read)?;
            state.admit(&read)?;
            let changes = after.take_changes();
            let changed = Changed::by(&changes);
            let changes: Vec<StateChange> = changes.into_iter().map(stored).collect();
            let kept = LedgerEntry {
                number: next.number(),
                hash: next.hash(),
                previous: next.previous(),
                statement: envelope.payload_sha256(),
                kind: read.act.kind().to_owned(),
                envelope: next.envelope_bytes().to_vec(),
            };
            let jobs = self.jobs_after(&read);
            let rows = RowsMark { generation: end.generation, format: ROWS_FORMAT };
            match self.store.append(&kept, &changes, &jobs, rows, now).await? {
                Appended::Done => {
                    end.head = next.head();
                    self.show(after, &changed);
                    if !jobs.is_empty() {
                        self.wake_worker();
                    }
                    tracing::info!(number = read.number, act = read.act.word(), by = %read.by, "ledger");
                    return Ok(Submitted { entry: read, head: end.head });
                }
                Appended::NumberTaken => {}
                Appended::StatementKnown => return Err(LedgerError::Known),
            }
        }
    }

    /// Brings the state to the ledger's end in the database. After a failure both are what they were.
    async fn read_on(&self, end: &mut Position) -> Result<(), LedgerError> {
        let (newest, rows) = self.ledger_place().await?;
        let (before, same_rows) = (end.head, rows.generation == end.generation);
        if newest == Head::EMPTY && before == Head::EMPTY {
            self.check_end(newest).await?;
            end.generation = rows.generation;
            return Ok(());
        }
        if newest == before && same_rows {
            return Ok(());
        }
        if before.number == 0 {
            return self.load_rows(end).await;
        }
        if newest != before && newest.number <= before.number {
            // Nothing may follow this: the next entry would hide that some are gone.
            let problem =
                if newest.number == before.number { FORKED.to_owned() } else { cut(newest, before) };
            return Err(LedgerError::Damaged { number: before.number, problem });
        }
        if !same_rows {
            // Somebody made the rows again: those that this state began with may have been wrong.
            return self.load_rows(end).await;
        }
        loop {
            let batch = self.store.ledger_after(end.head.number, BATCH).await?;
            if batch.is_empty() {
                return Ok(());
            }
            let mut state = (*self.distribution()).clone();
            let mut last = end.head;
            for kept in batch {
                let damaged = |problem: String| LedgerError::Damaged { number: kept.number, problem };
                let next = Entry::stored(kept.number, kept.previous, kept.envelope.clone())
                    .map_err(|error| damaged(error.to_string()))?;
                // What another process appended is believed no more than what anybody else sends.
                if next.number() != last.number + 1 || next.previous() != last.hash {
                    return Err(damaged(format!("it does not follow entry {last}")));
                }
                if next.hash() != kept.hash {
                    return Err(damaged(CHANGED.to_owned()));
                }
                let read = entry::read(&next, &state).map_err(|error| damaged(chain(&error)))?;
                state.apply(&read).map_err(|error| damaged(error.to_string()))?;
                last = next.head();
            }
            let changed = Changed::by(&state.take_changes());
            end.head = last;
            self.show(state, &changed);
        }
    }

    /// The state as the tables have it: quicker than going through the whole ledger. `fsck` compares the two.
    ///
    /// When the ledger's end is not what it has been, the state is shown, and `end` stays where it is: everything can be
    /// read, and each attempt to append comes here again.
    async fn load_rows(&self, end: &mut Position) -> Result<(), LedgerError> {
        // Rows and head are of one moment only if nothing was appended in between.
        loop {
            let (before, mark) = self.ledger_place().await?;
            if mark.format > ROWS_FORMAT {
                return Err(LedgerError::NewerRows { found: mark.format, known: ROWS_FORMAT });
            }
            if mark.format < ROWS_FORMAT {
                self.make_rows_again().await?;
                continue;
            }
            let rows = self.store.state_rows().await?;
            if self.ledger_place().await? != (before, mark) {
                continue;
            }
            let mut state = State::default();
            for row in &rows {
                state.load_row(&row.kind, &row.key, &row.value)?;
            }
            self.show(state, &Changed::everything());
            self.check_end(before).await?;
            *end = Position { head: before, generation: mark.generation };
            return Ok(());
        }
    }

    /// What can be seen at once of a damaged ledger: its last entry, the one that the last `fsck` saw, and the one that was
    /// appended last.
    async fn check_end(&self, end: Head) -> Result<(), LedgerError> {
        let damaged = |number: u64, problem: String| LedgerError::Damaged { number, problem };
        if let Some(kept) = self.store.ledger_after(end.number.saturating_sub(1), 1).await?.into_iter().next()
        {
            let entry = Entry::stored(kept.number, kept.previous, kept.envelope)
                .map_err(|error| damaged(end.number, error.to_string()))?;
            if entry.head() != end {
                return Err(damaged(end.number, CHANGED.to_owned()));
            }
        }
        match self.missing_end(end).await? {
            Some((seen, _, problem)) => Err(damaged(seen.number, problem)),
            None => Ok(()),
        }
    }

    /// Makes the next look at the ledger begin with the tables, which were made again.
    pub(super) async fn read_again(&self) -> Result<(), LedgerError> {
        let mut end = self.ledger.end.lock().await;
        *end = Position::START;
        self.read_on(&mut end).await
    }

    /// The ledger's end in the database, and which rows there are.
    async fn ledger_place(&self) -> Result<(Head, RowsMark), LedgerError> {
        let place = self.store.ledger_place().await?;
        Ok((place.head.map_or(Head::EMPTY, |(number, hash)| Head { number, hash }), place.rows))
    }

    /// The ledger's end in the database.
    pub(super) async fn ledger_end(&self) -> Result<Head, LedgerError> {
        Ok(self.ledger_place().await?.0)
    }
}

fn stored(change: packhouse_distribution::RowChange) -> StateChange {
    StateChange { kind: change.table.to_owned(), key: change.key, value: change.value }
}
