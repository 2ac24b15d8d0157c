//! What files newly need that is new itself, by the upstream and the hash of the files' bytes.

use packhouse_model::{Sha256, Timestamp, UpstreamName};

use crate::db::{Text, alone, both, execute, read, statements};
use crate::{Result, Store, Tx, value};

statements! {
    OF = Text {
        sqlite: "SELECT file_sha256, newcomers FROM file_needs \
                 WHERE upstream = $1 AND file_sha256 IN (SELECT value FROM json_each($2))",
        pg: "SELECT file_sha256, newcomers FROM file_needs \
             WHERE upstream = $1 AND file_sha256 = ANY (ARRAY(SELECT jsonb_array_elements_text($2::jsonb)))",
    };
    /// Ages do not change: the first look is the last.
    PUT = both(
        "INSERT INTO file_needs (upstream, file_sha256, seen_us, newcomers) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING",
    );
}

impl Store {
    /// Of the given files, those that were looked at, with what was found, as the caller writes it. In no order.
    pub async fn needs_of(&self, upstream: &UpstreamName, files: &[Sha256]) -> Result<Vec<(Sha256, String)>> {
        let files = value::json_list(files.iter().map(Sha256::hex));
        let rows = read!(self, OF, fetch_all as (String, String), upstream.as_str(), files)?;
        rows.into_iter().map(|(file, found)| Ok((value::sha256(&file)?, found))).collect()
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
