//! The ledger's entries, and the rows that they add up to.
//!
//! An entry is written once and never changed; the tables refuse it too. The rows are what the entries say: an entry and the
//! changes that follow from it are one transaction, so that no crash lies between them.

use packhouse_model::Sha256;
use sqlx::FromRow;

use crate::db::{both, execute, read, run, statements};
use crate::jobs::NewJob;
use crate::{Result, Store, Tx};

/// One entry of the ledger as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// From 1, without gaps.
    pub number: u64,
    /// The entry's hash.
    pub hash: Sha256,
    /// The hash of the entry before; zeros for the first.
    pub previous: Sha256,
    /// SHA-256 of the statement: the same statement is not taken twice.
    pub statement: Sha256,
    /// The act's kind, for people who look into the database.
    pub kind: String,
    /// The DSSE envelope, byte for byte as it was signed.
    pub envelope: Vec<u8>,
}

/// A row of the distribution's state.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct StateRow {
    /// `maintainer`, `review`, …
    pub kind: String,
    /// The key within its kind.
    pub key: String,
    /// JSON.
    pub value: String,
}

/// A change of a row; without a value the row goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateChange {
    /// `maintainer`, `review`, …
    pub kind: String,
    /// The key within its kind.
    pub key: String,
    /// JSON.
    pub value: Option<String>,
}

/// What became of an entry that was to be appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It is in the ledger, durably.
    Done,
    /// It does not follow the newest entry: somebody else has taken its number. Read what is new, and try again.
    NumberTaken,
    /// The same statement is in the ledger already.
    StatementKnown,
}

statements! {
    APPEND = both(
        "INSERT INTO ledger (number, hash, previous, statement, kind, envelope) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT DO NOTHING",
    );
    KNOWN = both("SELECT number FROM ledger WHERE statement = $1");
    HEAD = both("SELECT number, hash FROM ledger WHERE number = (SELECT MAX(number) FROM ledger)");
    AFTER = both(
        "SELECT number, hash, previous, statement, kind, envelope FROM ledger WHERE number > $1 \
         ORDER BY number LIMIT $2",
    );
    ROWS = both("SELECT kind, key, value FROM distribution_row ORDER BY kind, key");
    PUT = both(
        "INSERT INTO distribution_row (kind, key, value) VALUES ($1, $2, $3) \
         ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value",
    );
    DROP_ROW = both("DELETE FROM distribution_row WHERE kind = $1 AND key = $2");
    DROP_ALL = both("DELETE FROM distribution_row");
}

#[derive(FromRow)]
struct EntryRow {
    number: i64,
    hash: Vec<u8>,
    previous: Vec<u8>,
    statement: Vec<u8>,
    kind: String,
    envelope: Vec<u8>,
}

/// What the first entry follows.
const FIRST: Sha256 = Sha256::from_bytes([0; 32]);

/// A hash as it is kept. The table checks the length, so the fallback is for a damaged database; zeros match no entry.
fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256::from_bytes(bytes.try_into().unwrap_or([0; 32]))
}

impl Store {
    /// The newest entry's number and hash.
    pub async fn ledger_head(&self) -> Result<Option<(u64, Sha256)>> {
        let row = read!(self, HEAD, fetch_optional as (i64, Vec<u8>))?;
        Ok(row.map(|(number, hash)| (number.unsigned_abs(), sha256(&hash))))
    }

    /// At most `limit` entries after `number`, in order.
    pub async fn ledger_after(&self, number: u64, limit: u32) -> Result<Vec<LedgerEntry>> {
        let rows = read!(self, AFTER, fetch_all as EntryRow, number as i64, i64::from(limit))?;
        Ok(rows
            .into_iter()
            .map(|row| LedgerEntry {
                number: row.number.unsigned_abs(),
                hash: sha256(&row.hash),
                previous: sha256(&row.previous),
                statement: sha256(&row.statement),
                kind: row.kind,
                envelope: row.envelope,
            })
            .collect())
    }

    /// Every row of the state.
    pub async fn state_rows(&self) -> Result<Vec<StateRow>> {
        read!(self, ROWS, fetch_all as StateRow)
    }

    /// Appends an entry with the changes that follow from it and the jobs that they make necessary: all of it, or nothing.
    ///
    /// `now` is for the jobs. Two writers never number an entry twice: the number is the key, and the second finds it taken.
    pub async fn append(
        &self,
        entry: &LedgerEntry,
        changes: &[StateChange],
        jobs: &[NewJob],
        now: packhouse_model::Timestamp,
    ) -> Result<Appended> {
        let mut tx = self.begin().await?;
        // Dropping the transaction undoes what was done in it.
        let head = run!(tx, HEAD, fetch_optional as (i64, Vec<u8>))?;
        let (newest, hash) = head.map_or((0, FIRST), |(number, hash)| (number.unsigned_abs(), sha256(&hash)));
        // The hash, too: after a restored backup there may be another entry with the number that was read.
        if newest + 1 != entry.number || hash != entry.previous {
            return Ok(Appended::NumberTaken);
        }
        if run!(tx, KNOWN, fetch_optional as (i64,), &entry.statement.as_bytes()[..])?.is_some() {
            return Ok(Appended::StatementKnown);
        }
        let inserted = execute!(
            tx,
            APPEND,
            entry.number as i64,
            &entry.hash.as_bytes()[..],
            &entry.previous.as_bytes()[..],
            &entry.statement.as_bytes()[..],
            entry.kind.as_str(),
            entry.envelope.as_slice(),
        )?;
        // In PostgreSQL another transaction may have committed the same number since it was looked for.
        if inserted == 0 {
            return Ok(Appended::NumberTaken);
        }
        tx.change_rows(changes).await?;
        for job in jobs {
            tx.enqueue(job, now).await?;
        }
        tx.commit().await?;
        Ok(Appended::Done)
    }

    /// Puts these rows, which the entries up to `number` add up to, in the place of all others: what `fsck` repairs with.
    /// False, and nothing is changed, when `number` is not the newest entry (any more).
    pub async fn replace_state_rows(&self, rows: &[StateChange], number: u64) -> Result<bool> {
        let mut tx = self.begin().await?;
        // First, so that in PostgreSQL an append that has changed its rows is waited for, and its entry seen below. One that
        // has not waits for this, and changes the new rows.
        execute!(tx, DROP_ALL)?;
        let newest = run!(tx, HEAD, fetch_optional as (i64, Vec<u8>))?;
        if newest.map_or(0, |(number, _)| number.unsigned_abs()) != number {
            return Ok(false);
        }
        tx.change_rows(rows).await?;
        tx.commit().await?;
        Ok(true)
    }
}

impl Tx {
    async fn change_rows(&mut self, changes: &[StateChange]) -> Result<()> {
        for change in changes {
            match &change.value {
                Some(value) => {
                    execute!(self, PUT, change.kind.as_str(), change.key.as_str(), value.as_str())?;
                }
                None => {
                    execute!(self, DROP_ROW, change.kind.as_str(), change.key.as_str())?;
                }
            }
        }
        Ok(())
    }
}
