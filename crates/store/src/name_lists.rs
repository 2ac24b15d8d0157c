//! The list of all names an upstream has (`/simple/`), kept as a blob; here is which one.

use packhouse_model::{Sha256, Timestamp, UpstreamName};
use sqlx::FromRow;

use crate::db::{alone, both, execute, read, statements};
use crate::{Result, Store, Tx, value};

/// An upstream's list of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameList {
    /// The validator to ask with next time.
    pub etag: Option<String>,
    /// When upstream last answered.
    pub checked: Timestamp,
    /// The list itself, in the blob store.
    pub blob: Sha256,
    /// Names in it.
    pub count: u64,
}

statements! {
    GET = both("SELECT etag, checked_us, blob_sha256, count FROM name_list WHERE upstream = $1");
    PUT = both(
        "INSERT INTO name_list (upstream, etag, checked_us, blob_sha256, count) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (upstream) DO UPDATE SET etag = excluded.etag, checked_us = excluded.checked_us, \
                blob_sha256 = excluded.blob_sha256, count = excluded.count",
    );
    TOUCH = both("UPDATE name_list SET checked_us = $2 WHERE upstream = $1");
}

#[derive(FromRow)]
struct NameListRow {
    etag: Option<String>,
    checked_us: i64,
    blob_sha256: String,
    count: i64,
}

impl Store {
    /// The upstream's last list of names.
    pub async fn name_list(&self, upstream: &UpstreamName) -> Result<Option<NameList>> {
        let row = read!(self, GET, fetch_optional as NameListRow, upstream.as_str())?;
        row.map(|row| {
            Ok(NameList {
                etag: row.etag,
                checked: Timestamp::from_micros(row.checked_us),
                blob: value::sha256(&row.blob_sha256)?,
                count: value::count(row.count),
            })
        })
        .transpose()
    }

    /// Replaces the upstream's list of names.
    pub async fn put_name_list(&self, upstream: &UpstreamName, list: &NameList) -> Result<()> {
        alone!(self, put_name_list(upstream, list))
    }

    /// Records that upstream answered "not modified". False when there is no list.
    pub async fn touch_name_list(&self, upstream: &UpstreamName, now: Timestamp) -> Result<bool> {
        alone!(self, touch_name_list(upstream, now))
    }
}

impl Tx {
    /// See [`Store::put_name_list`].
    pub async fn put_name_list(&mut self, upstream: &UpstreamName, list: &NameList) -> Result<()> {
        execute!(
            self,
            PUT,
            upstream.as_str(),
            list.etag.as_deref().map(value::sentence).as_deref(),
            list.checked.micros(),
            list.blob.hex(),
            value::column(list.count),
        )?;
        Ok(())
    }

    /// See [`Store::touch_name_list`].
    pub async fn touch_name_list(&mut self, upstream: &UpstreamName, now: Timestamp) -> Result<bool> {
        Ok(execute!(self, TOUCH, upstream.as_str(), now.micros())? > 0)
    }
}
