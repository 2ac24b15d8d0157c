//! Which files the blob store holds, how long ago each was used, and which are on their way out.
//!
//! A file leaves in three steps, each durable before the next: its row becomes `evicting`; its bytes are deleted;
//! its row is deleted. Killed in between, the next start finds the row in [`Store::evicting`] and takes the last
//! two steps again.
//!
//! Bytes that are written while the same file is on its way out may be deleted with the old ones. So whoever
//! stores a file writes its bytes, calls [`Store::add_blob`], and after [`Added::New`] looks whether the bytes are
//! still there: an eviction that ended between the two steps took them along. A reader that misses the bytes of a
//! `stored` row, for whatever reason, calls [`Store::forget_blob`] and treats the file as never stored.

use std::collections::BTreeMap;

use packhouse_model::{Sha256, Timestamp};
use sqlx::FromRow;

use crate::db::{Text, alone, both, execute, read, run, statements};
use crate::{Result, Store, Tx, value};

/// A file in the blob store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// Of the bytes.
    pub sha256: Sha256,
    /// Bytes.
    pub size: u64,
    /// Whether it may be read.
    pub state: BlobState,
    /// Never evicted.
    pub pinned: bool,
    /// When it was stored.
    pub stored: Timestamp,
    /// When it was last handed out.
    pub last_used: Timestamp,
}

/// Whether a file may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BlobState {
    /// Its bytes are there.
    Stored,
    /// Its bytes may be gone at any moment: treat it as missing.
    Evicting,
}

/// What [`Store::add_blob`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It was not known.
    New,
    /// It is stored already.
    AlreadyThere,
    /// It is being evicted, and the bytes just written may be deleted with the old ones. Nothing was recorded:
    /// count the file as missing, and the next request for it brings it back.
    BeingEvicted,
}

/// The size of the blob store, as the database knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BlobTotals {
    /// Files, with those that are on their way out.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Bytes of the files that are never evicted.
    pub pinned_bytes: u64,
}

statements! {
    GET = both("SELECT sha256, size, state, pinned, stored_us, last_used_us FROM blob WHERE sha256 = $1");
    ADD = both(
        "INSERT INTO blob (sha256, size, state, pinned, stored_us, last_used_us) \
         VALUES ($1, $2, 'stored', false, $3, $3) ON CONFLICT DO NOTHING",
    );
    STATE = both("SELECT state FROM blob WHERE sha256 = $1");
    TOTALS = both(
        "SELECT COUNT(*) AS files, CAST(COALESCE(SUM(size), 0) AS BIGINT) AS bytes, \
                CAST(COALESCE(SUM(size) FILTER (WHERE pinned), 0) AS BIGINT) AS pinned_bytes FROM blob",
    );
    /// PostgreSQL locks the rows in the order of their keys: two processes that touch the same files in different
    /// orders would block each other.
    TOUCH = Text {
        sqlite: "UPDATE blob SET last_used_us = used.at \
                 FROM (SELECT value ->> 0 AS sha256, value ->> 1 AS at FROM json_each($1)) AS used \
                 WHERE blob.sha256 = used.sha256 AND blob.last_used_us < used.at",
        pg: "WITH used AS MATERIALIZED (SELECT value ->> 0 AS sha256, CAST(value ->> 1 AS BIGINT) AS at \
                 FROM jsonb_array_elements($1::jsonb) AS item (value)), \
             locked AS MATERIALIZED (SELECT blob.sha256, used.at FROM blob JOIN used ON blob.sha256 = used.sha256 \
                 ORDER BY blob.sha256 FOR NO KEY UPDATE OF blob) \
             UPDATE blob SET last_used_us = locked.at FROM locked \
             WHERE blob.sha256 = locked.sha256 AND blob.last_used_us < locked.at",
    };
    CANDIDATES = both(
        "SELECT sha256, size, state, pinned, stored_us, last_used_us FROM blob \
         WHERE state = 'stored' AND NOT pinned ORDER BY last_used_us, sha256 LIMIT $1",
    );
    BEGIN_EVICT = both("UPDATE blob SET state = 'evicting' WHERE sha256 = $1 AND state = 'stored' AND NOT pinned");
    FINISH_EVICT = both("DELETE FROM blob WHERE sha256 = $1 AND state = 'evicting'");
    EVICTING = both(
        "SELECT sha256, size, state, pinned, stored_us, last_used_us FROM blob \
         WHERE state = 'evicting' ORDER BY sha256",
    );
    FORGET = both("DELETE FROM blob WHERE sha256 = $1");
    PIN = both("UPDATE blob SET pinned = true WHERE sha256 = $1 AND state = 'stored'");
    UNPIN = both("UPDATE blob SET pinned = false WHERE sha256 = $1");
}

#[derive(FromRow)]
struct BlobRow {
    sha256: String,
    size: i64,
    state: String,
    pinned: bool,
    stored_us: i64,
    last_used_us: i64,
}

impl Store {
    /// What is known of a file. Read its bytes only when it is [`BlobState::Stored`].
    pub async fn blob(&self, sha256: Sha256) -> Result<Option<Blob>> {
        read!(self, GET, fetch_optional as BlobRow, sha256.hex())?.map(|row| Blob::read(&row)).transpose()
    }

    /// Records a file whose bytes are durable in the blob store. May be repeated. After [`Added::New`], look once
    /// whether the bytes are still there.
    pub async fn add_blob(&self, sha256: Sha256, size: u64, now: Timestamp) -> Result<Added> {
        alone!(self, add_blob(sha256, size, now))
    }

    /// How much the blob store holds.
    pub async fn blob_totals(&self) -> Result<BlobTotals> {
        let (files, bytes, pinned_bytes) = read!(self, TOTALS, fetch_one as (i64, i64, i64))?;
        Ok(BlobTotals {
            files: value::count(files),
            bytes: value::count(bytes),
            pinned_bytes: value::count(pinned_bytes),
        })
    }

    /// Moves the last use of many files forward, never back. Unknown files are ignored. Meant for batches: the
    /// order of eviction need not know of a use at once.
    pub async fn touch_blobs(&self, uses: &[(Sha256, Timestamp)]) -> Result<()> {
        if uses.is_empty() {
            return Ok(());
        }
        alone!(self, touch_blobs(uses))
    }

    /// At most `limit` files that may go, the longest unused first. Never a pinned one.
    pub async fn eviction_candidates(&self, limit: u32) -> Result<Vec<Blob>> {
        let rows = read!(self, CANDIDATES, fetch_all as BlobRow, i64::from(limit))?;
        rows.iter().map(Blob::read).collect()
    }

    /// Claims a file for eviction. When true, delete its bytes and call [`Store::finish_evict`]; when false it is
    /// pinned, unknown, or another's.
    pub async fn begin_evict(&self, sha256: Sha256) -> Result<bool> {
        alone!(self, begin_evict(sha256))
    }

    /// Forgets a file whose bytes are deleted. False when that was done already.
    pub async fn finish_evict(&self, sha256: Sha256) -> Result<bool> {
        alone!(self, finish_evict(sha256))
    }

    /// Files whose eviction was begun and not finished: after a crash, delete their bytes and finish.
    pub async fn evicting(&self) -> Result<Vec<Blob>> {
        read!(self, EVICTING, fetch_all as BlobRow)?.iter().map(Blob::read).collect()
    }

    /// Forgets a file whose bytes are missing, pinned or not. False when it was unknown.
    pub async fn forget_blob(&self, sha256: Sha256) -> Result<bool> {
        alone!(self, forget_blob(sha256))
    }

    /// Protects a stored file from eviction. False when it is not there, or going.
    pub async fn pin_blob(&self, sha256: Sha256) -> Result<bool> {
        alone!(self, pin_blob(sha256))
    }

    /// Ends the protection. False when the file is unknown.
    pub async fn unpin_blob(&self, sha256: Sha256) -> Result<bool> {
        alone!(self, unpin_blob(sha256))
    }
}

impl Tx {
    /// See [`Store::add_blob`].
    pub async fn add_blob(&mut self, sha256: Sha256, size: u64, now: Timestamp) -> Result<Added> {
        let added = execute!(self, ADD, sha256.hex(), value::column(size), now.micros())?;
        if added > 0 {
            return Ok(Added::New);
        }
        // No row: the eviction ended between the two statements.
        Ok(match run!(self, STATE, fetch_optional as (String,), sha256.hex())? {
            Some((state,)) if BlobState::read(&state)? == BlobState::Stored => Added::AlreadyThere,
            _ => Added::BeingEvicted,
        })
    }

    /// See [`Store::touch_blobs`].
    pub async fn touch_blobs(&mut self, uses: &[(Sha256, Timestamp)]) -> Result<()> {
        let mut latest = BTreeMap::new();
        for (sha256, at) in uses {
            let known = latest.entry(*sha256).or_insert(*at);
            *known = (*known).max(*at);
        }
        let rows = latest.iter().map(|(sha256, at)| serde_json::json!([sha256.hex(), at.micros()]));
        execute!(self, TOUCH, value::json_list(rows))?;
        Ok(())
    }

    /// See [`Store::begin_evict`].
    pub async fn begin_evict(&mut self, sha256: Sha256) -> Result<bool> {
        Ok(execute!(self, BEGIN_EVICT, sha256.hex())? > 0)
    }

    /// See [`Store::finish_evict`].
    pub async fn finish_evict(&mut self, sha256: Sha256) -> Result<bool> {
        Ok(execute!(self, FINISH_EVICT, sha256.hex())? > 0)
    }

    /// See [`Store::forget_blob`].
    pub async fn forget_blob(&mut self, sha256: Sha256) -> Result<bool> {
        Ok(execute!(self, FORGET, sha256.hex())? > 0)
    }

    /// See [`Store::pin_blob`].
    pub async fn pin_blob(&mut self, sha256: Sha256) -> Result<bool> {
        Ok(execute!(self, PIN, sha256.hex())? > 0)
    }

    /// See [`Store::unpin_blob`].
    pub async fn unpin_blob(&mut self, sha256: Sha256) -> Result<bool> {
        Ok(execute!(self, UNPIN, sha256.hex())? > 0)
    }
}

impl BlobState {
    fn read(text: &str) -> Result<Self> {
        match text {
            "stored" => Ok(Self::Stored),
            "evicting" => Ok(Self::Evicting),
            _ => Err(value::corrupt("state of a blob", text)),
        }
    }
}

impl Blob {
    fn read(row: &BlobRow) -> Result<Self> {
        Ok(Self {
            sha256: value::sha256(&row.sha256)?,
            size: value::count(row.size),
            state: BlobState::read(&row.state)?,
            pinned: row.pinned,
            stored: Timestamp::from_micros(row.stored_us),
            last_used: Timestamp::from_micros(row.last_used_us),
        })
    }
}
