//! Which files clients got, and, where that is kept, which clients.

use packhouse_model::{Sha256, Timestamp};
use sqlx::FromRow;

use crate::db::{alone, both, execute, read, statements};
use crate::{Result, Store, Tx, value};

/// Files that went out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHandOut {
    /// Which bytes.
    pub sha256: Sha256,
    /// The client's address; empty where that is not kept.
    pub client: String,
    /// What the client calls itself; empty where that is not kept.
    pub agent: String,
    /// The last time.
    pub last: Timestamp,
    /// How many times.
    pub times: u64,
}

/// A file that went out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOut {
    /// To whom, when last, and how many times.
    pub what: NewHandOut,
    /// The first time.
    pub first: Timestamp,
}

statements! {
    NOTE = both(
        "INSERT INTO handed_out (sha256, client, agent, first_us, last_us, times) VALUES ($1, $2, $3, $4, $4, $5) \
         ON CONFLICT (sha256, client, agent) DO UPDATE SET times = handed_out.times + excluded.times, \
                last_us = CASE WHEN excluded.last_us > handed_out.last_us THEN excluded.last_us \
                    ELSE handed_out.last_us END",
    );
    OF = both(
        "SELECT sha256, client, agent, first_us, last_us, times FROM handed_out WHERE sha256 = $1 ORDER BY client, agent",
    );
    FORGET = both("DELETE FROM handed_out WHERE client <> '' AND last_us < $1");
}

#[derive(FromRow)]
struct Row {
    sha256: String,
    client: String,
    agent: String,
    first_us: i64,
    last_us: i64,
    times: i64,
}

impl Store {
    /// Adds up what went out, any number in one transaction.
    pub async fn note_hand_outs(&self, rows: &[NewHandOut]) -> Result<()> {
        alone!(self, note_hand_outs(rows))
    }

    /// To whom these bytes went, as far as that is kept.
    pub async fn hand_outs_of(&self, sha256: Sha256) -> Result<Vec<HandedOut>> {
        let rows = read!(self, OF, fetch_all as Row, sha256.hex())?;
        let read = |row: Row| {
            let what = NewHandOut {
                sha256: value::sha256(&row.sha256)?,
                client: row.client,
                agent: row.agent,
                last: Timestamp::from_micros(row.last_us),
                times: value::count(row.times),
            };
            Ok(HandedOut { what, first: Timestamp::from_micros(row.first_us) })
        };
        rows.into_iter().map(read).collect()
    }

    /// Forgets the clients that were last handed something before this moment; how many rows went.
    pub async fn forget_clients(&self, before: Timestamp) -> Result<u64> {
        alone!(self, forget_clients(before))
    }
}

impl Tx {
    /// See [`Store::note_hand_outs`].
    pub async fn note_hand_outs(&mut self, rows: &[NewHandOut]) -> Result<()> {
        let mut rows: Vec<&NewHandOut> = rows.iter().collect();
        // Two processes that change the same rows in different orders would block each other.
        rows.sort_by(|one, other| {
            (one.sha256, &one.client, &one.agent).cmp(&(other.sha256, &other.client, &other.agent))
        });
        for row in rows {
            execute!(
                self,
                NOTE,
                row.sha256.hex(),
                value::name("client's address", &row.client)?,
                value::name("client's name", &row.agent)?,
                row.last.micros(),
                value::column(row.times),
            )?;
        }
        Ok(())
    }

    /// See [`Store::forget_clients`].
    pub async fn forget_clients(&mut self, before: Timestamp) -> Result<u64> {
        execute!(self, FORGET, before.micros())
    }
}
