//! Core metadata read out of wheels (PEP 658), by the hash of the wheel.

use packhouse_model::{Sha256, Timestamp};
use sqlx::FromRow;

use crate::db::{alone, both, execute, read, statements};
use crate::{Result, Store, Tx, value};

/// What is known of a file's metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The metadata; `None` when it was looked for and the file has none that can be read.
    pub body: Option<MetadataBody>,
    /// Where it was looked for.
    pub source: MetadataSource,
    /// Why there is none, for people.
    pub error: Option<String>,
}

/// A `METADATA` file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataBody {
    /// As the caller gave it, normally compressed.
    pub bytes: Vec<u8>,
    /// Of the plain text: what the index promises in `core-metadata`.
    pub sha256: Sha256,
    /// Bytes of the plain text.
    pub size: u64,
}

/// Where metadata was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MetadataSource {
    /// The upstream's own `.metadata` file.
    Upstream,
    /// Parts of the wheel, fetched by range requests.
    Ranges,
    /// The whole wheel.
    File,
}

impl MetadataSource {
    fn word(self) -> &'static str {
        match self {
            Self::Upstream => "upstream",
            Self::Ranges => "ranges",
            Self::File => "file",
        }
    }

    fn read(text: &str) -> Result<Self> {
        [Self::Upstream, Self::Ranges, Self::File]
            .into_iter()
            .find(|source| source.word() == text)
            .ok_or_else(|| value::corrupt("source of metadata", text))
    }
}

statements! {
    GET = both("SELECT body_sha256, size, source, error, body FROM core_metadata WHERE file_sha256 = $1");
    /// A file's bytes never change, so neither does what was read out of all of them. What upstream sent, or what
    /// was read out of a part, gives way to that, and a failure to anything.
    PUT = both(
        "INSERT INTO core_metadata (file_sha256, body_sha256, size, source, error, stored_us, body) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (file_sha256) DO UPDATE SET body_sha256 = excluded.body_sha256, size = excluded.size, \
                source = excluded.source, error = excluded.error, stored_us = excluded.stored_us, \
                body = excluded.body \
         WHERE core_metadata.body IS NULL OR excluded.source = 'file'",
    );
}

#[derive(FromRow)]
struct MetadataRow {
    body_sha256: Option<String>,
    size: Option<i64>,
    source: String,
    error: Option<String>,
    body: Option<Vec<u8>>,
}

impl Store {
    /// What is known of the file's metadata; `None` when it was never looked for.
    pub async fn metadata(&self, file: Sha256) -> Result<Option<Metadata>> {
        let Some(row) = read!(self, GET, fetch_optional as MetadataRow, file.hex())? else { return Ok(None) };
        let body = match (row.body, row.body_sha256, row.size) {
            (Some(bytes), Some(sha256), Some(size)) => {
                Some(MetadataBody { bytes, sha256: value::sha256(&sha256)?, size: value::count(size) })
            }
            _ => None,
        };
        Ok(Some(Metadata { body, source: MetadataSource::read(&row.source)?, error: row.error }))
    }

    /// Keeps what was found. Metadata that is known already stays as it is (false then), unless what was found was
    /// read out of the whole file: that has the last word.
    pub async fn put_metadata(&self, file: Sha256, found: &Metadata, now: Timestamp) -> Result<bool> {
        alone!(self, put_metadata(file, found, now))
    }
}

impl Tx {
    /// See [`Store::put_metadata`].
    pub async fn put_metadata(&mut self, file: Sha256, found: &Metadata, now: Timestamp) -> Result<bool> {
        let body = found.body.as_ref();
        let changed = execute!(
            self,
            PUT,
            file.hex(),
            body.map(|body| body.sha256.hex()),
            body.map(|body| value::column(body.size)),
            found.source.word(),
            found.error.as_deref().map(value::sentence).as_deref(),
            now.micros(),
            body.map(|body| &body.bytes[..]),
        )?;
        Ok(changed > 0)
    }
}
