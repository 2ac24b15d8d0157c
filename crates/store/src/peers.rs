//! How far the ledgers of other distributions were read, and what they add up to.

use packhouse_model::Sha256;
use sqlx::FromRow;

use crate::db::{both, execute, read, statements};
use crate::ledger::{StateChange, StateRow, sha256};
use crate::{Result, Store};

/// How far a peer's ledger was read and verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerMark {
    /// The hash of its first entry.
    pub distribution: Sha256,
    /// The last entry that was read.
    pub number: u64,
    /// That entry's hash.
    pub hash: Sha256,
    /// The form that the rows are written in; the caller's to number.
    pub format: u64,
    /// Bytes of export that it came as.
    pub bytes: u64,
}

statements! {
    PEER_MARK = both(
        "SELECT distribution, number, hash, rows_format, bytes FROM peer_mark WHERE peer = $1",
    );
    PEER_ROWS = both("SELECT kind, key, value FROM peer_row WHERE peer = $1 ORDER BY kind, key");
    PEER_GO_ON = both(
        "UPDATE peer_mark SET number = $1, hash = $2, bytes = $3 \
         WHERE peer = $4 AND number = $5 AND hash = $6 AND rows_format = $7",
    );
    PEER_BEGIN = both(
        "INSERT INTO peer_mark (peer, distribution, number, hash, rows_format, bytes) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    );
    PEER_PUT = both(
        "INSERT INTO peer_row (peer, kind, key, value) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (peer, kind, key) DO UPDATE SET value = excluded.value",
    );
    PEER_DROP = both("DELETE FROM peer_row WHERE peer = $1 AND kind = $2 AND key = $3");
    PEER_DROP_MARK = both("DELETE FROM peer_mark WHERE peer = $1");
    PEER_DROP_ROWS = both("DELETE FROM peer_row WHERE peer = $1");
}

#[derive(FromRow)]
struct MarkRow {
    distribution: Vec<u8>,
    number: i64,
    hash: Vec<u8>,
    rows_format: i64,
    bytes: i64,
}

impl Store {
    /// How far a peer's ledger was read; none when nothing of it is kept.
    pub async fn peer_mark(&self, peer: &str) -> Result<Option<PeerMark>> {
        let row = read!(self, PEER_MARK, fetch_optional as MarkRow, peer)?;
        Ok(row.map(|row| PeerMark {
            distribution: sha256(&row.distribution),
            number: row.number.unsigned_abs(),
            hash: sha256(&row.hash),
            format: row.rows_format.unsigned_abs(),
            bytes: row.bytes.unsigned_abs(),
        }))
    }

    /// What is kept of a peer. Of the same moment as its mark only when that is the same before and after.
    pub async fn peer_rows(&self, peer: &str) -> Result<Vec<StateRow>> {
        read!(self, PEER_ROWS, fetch_all as StateRow, peer)
    }

    /// Goes on from `before` to `mark` with the rows that changed: both or neither. False, and nothing is changed, when what
    /// is kept is not `before` (any more). Without `before`, `changes` are all rows, in the place of what is kept.
    pub async fn keep_peer(
        &self,
        peer: &str,
        before: Option<&PeerMark>,
        mark: &PeerMark,
        changes: &[StateChange],
    ) -> Result<bool> {
        let mut tx = self.begin().await?;
        match before {
            Some(before) => {
                let marked = execute!(
                    tx,
                    PEER_GO_ON,
                    mark.number as i64,
                    &mark.hash.as_bytes()[..],
                    mark.bytes as i64,
                    peer,
                    before.number as i64,
                    &before.hash.as_bytes()[..],
                    mark.format as i64
                )?;
                // Dropping the transaction undoes what was done in it.
                if marked == 0 {
                    return Ok(false);
                }
            }
            None => {
                execute!(tx, PEER_DROP_MARK, peer)?;
                execute!(tx, PEER_DROP_ROWS, peer)?;
                execute!(
                    tx,
                    PEER_BEGIN,
                    peer,
                    &mark.distribution.as_bytes()[..],
                    mark.number as i64,
                    &mark.hash.as_bytes()[..],
                    mark.format as i64,
                    mark.bytes as i64
                )?;
            }
        }
        for change in changes {
            match &change.value {
                Some(value) => {
                    execute!(tx, PEER_PUT, peer, change.kind.as_str(), change.key.as_str(), value.as_str())?;
                }
                None => {
                    execute!(tx, PEER_DROP, peer, change.kind.as_str(), change.key.as_str())?;
                }
            }
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Keeps nothing of a peer any more.
    pub async fn forget_peer(&self, peer: &str) -> Result<()> {
        let mut tx = self.begin().await?;
        execute!(tx, PEER_DROP_MARK, peer)?;
        execute!(tx, PEER_DROP_ROWS, peer)?;
        tx.commit().await?;
        Ok(())
    }
}
