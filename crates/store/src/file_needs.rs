//! What files newly need that is new itself, by the upstream and the hash of the files' bytes.

use packhouse_model::{Sha256, Timestamp, UpstreamName};

use crate::db::{alone, both, execute, read, statements};
use crate::{Result, Store, Tx};

statements! {
    OF = both("SELECT newcomers FROM file_needs WHERE upstream = $1 AND file_sha256 = $2");
    /// Ages do not change: the first look is the last.
    PUT = both(
        "INSERT INTO file_needs (upstream, file_sha256, seen_us, newcomers) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING",
    );
}

impl Store {
    /// What was found in a file, as the caller wrote it. `None`: nobody looked. Of many files: [`Store::known_files`].
    pub async fn needs_of(&self, upstream: &UpstreamName, file: Sha256) -> Result<Option<String>> {
        let row = read!(self, OF, fetch_optional as (String,), upstream.as_str(), file.hex())?;
        Ok(row.map(|(found,)| found))
    }

    /// Keeps what was found in a file; what was kept of it before stays.
    pub async fn keep_needs(
        &self,
        upstream: &UpstreamName,
        file: Sha256,
        found: &str,
        seen: Timestamp,
    ) -> Result<()> {
        alone!(self, keep_needs(upstream, file, found, seen))
    }
}

impl Tx {
    /// See [`Store::keep_needs`].
    pub async fn keep_needs(
        &mut self,
        upstream: &UpstreamName,
        file: Sha256,
        found: &str,
        seen: Timestamp,
    ) -> Result<()> {
        execute!(self, PUT, upstream.as_str(), file.hex(), seen.micros(), found)?;
        Ok(())
    }
}
