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

/// Which rows of the state there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowsMark {
    /// How often they were made again from the ledger: a process that read them before has others.
    pub generation: u64,
    /// The form that they are written in; the caller's to number.
    pub format: u64,
}

/// The ledger's end as it stands, and as it was when something was last appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerPlace {
    /// The newest entry's number and hash.
    pub head: Option<(u64, Sha256)>,
    /// The same of the entry that was appended last; 0 before the first. It stands apart from the ledger.
    pub appended: (u64, Sha256),
    /// Which rows there are.
    pub rows: RowsMark,
}

/// What became of an entry that was to be appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It is in the ledger, durably.
    Done,
    /// It does not follow the newest entry, or the rows are not those that it was made beside: somebody else was faster.
    /// Read what is new, and try again.
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
    PLACE = both(
        "SELECT ledger.number AS newest, ledger.hash AS newest_hash, ledger_mark.number AS appended, \
         ledger_mark.hash AS appended_hash, generation, rows_format FROM ledger_mark \
         LEFT JOIN ledger ON ledger.number = (SELECT MAX(number) FROM ledger) WHERE id = 1",
    );
    // Also what one appends after the other by: whoever changes this row has it until the end of the transaction.
    MARK = both(
        "UPDATE ledger_mark SET number = $1, hash = $2, rows_format = $3 WHERE id = 1 AND generation = $4",
    );
    MARK_ROWS = both("UPDATE ledger_mark SET generation = generation + 1, rows_format = $1 WHERE id = 1");
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

#[derive(FromRow)]
struct PlaceRow {
    newest: Option<i64>,
    newest_hash: Option<Vec<u8>>,
    appended: i64,
    appended_hash: Vec<u8>,
    generation: i64,
    rows_format: i64,
}

/// What the first entry follows.
const FIRST: Sha256 = Sha256::from_bytes([0; 32]);

/// A hash as it is kept. The table checks the length, so the fallback is for a damaged database; zeros match no entry.
pub(crate) fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256::from_bytes(bytes.try_into().unwrap_or([0; 32]))
}

impl Store {
    /// The newest entry's number and hash.
    pub async fn ledger_head(&self) -> Result<Option<(u64, Sha256)>> {
        let row = read!(self, HEAD, fetch_optional as (i64, Vec<u8>))?;
        Ok(row.map(|(number, hash)| (number.unsigned_abs(), sha256(&hash))))
    }

    /// Where the ledger ends, where it ended when something was last appended, and which rows there are, of one moment.
    pub async fn ledger_place(&self) -> Result<LedgerPlace> {
        let row = read!(self, PLACE, fetch_one as PlaceRow)?;
        Ok(LedgerPlace {
            head: row
                .newest
                .zip(row.newest_hash)
                .map(|(number, hash)| (number.unsigned_abs(), sha256(&hash))),
            appended: (row.appended.unsigned_abs(), sha256(&row.appended_hash)),
            rows: RowsMark {
                generation: row.generation.unsigned_abs(),
                format: row.rows_format.unsigned_abs(),
            },
        })
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
    /// `rows` are those that the changes were made beside; from then on they are in its format. `now` is for the jobs. Two
    /// writers never number an entry twice: the number is the key, and the second finds it taken.
    pub async fn append(
        &self,
        entry: &LedgerEntry,
        changes: &[StateChange],
        jobs: &[NewJob],
        rows: RowsMark,
        now: packhouse_model::Timestamp,
    ) -> Result<Appended> {
        let mut tx = self.begin().await?;
        // Dropping the transaction undoes what was done in it. First, so that in PostgreSQL every other append and repair is
        // waited for, and what it did is seen below.
        let marked = execute!(
            tx,
            MARK,
            entry.number as i64,
            &entry.hash.as_bytes()[..],
            rows.format as i64,
            rows.generation as i64
        )?;
        if marked == 0 {
            return Ok(Appended::NumberTaken);
        }
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
        // Two entries with one hash: none of an honest writer.
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
    ///
    /// From then on they are of another generation, in this format.
    pub async fn replace_state_rows(&self, rows: &[StateChange], number: u64, format: u64) -> Result<bool> {
        let mut tx = self.begin().await?;
        // First, as in `append`.
        execute!(tx, MARK_ROWS, format as i64)?;
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
