//! What is kept of the files on a page, in one question: a page has thousands of them, and each project is put together of it.

use packhouse_model::{Sha256, UpstreamName};

use crate::db::{Text, read, statements};
use crate::{Result, Store, value};

/// What is kept of some files, by the hash of their bytes. In no order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownFiles {
    /// Those whose metadata was looked for, with the hash of its plain text; without one when there is none that can be
    /// read.
    pub metadata: Vec<(Sha256, Option<Sha256>)>,
    /// Those in which an inspection saw something that weighs, with what it told.
    pub told: Vec<(Sha256, String)>,
    /// Those of which is known what they newly need, with what was found, as the caller wrote it.
    pub needs: Vec<(Sha256, String)>,
}

statements! {
    /// The list is read once for all three tables.
    KNOWN = Text {
        sqlite: "WITH asked AS MATERIALIZED (SELECT value AS file FROM json_each($2)) \
                 SELECT 'metadata' AS kind, file_sha256, body_sha256 FROM core_metadata \
                    WHERE file_sha256 IN (SELECT file FROM asked) \
                 UNION ALL SELECT 'told', file_sha256, told FROM inspection \
                    WHERE file_sha256 IN (SELECT file FROM asked) AND told IS NOT NULL \
                 UNION ALL SELECT 'needs', file_sha256, newcomers FROM file_needs \
                    WHERE upstream = $1 AND file_sha256 IN (SELECT file FROM asked)",
        pg: "WITH asked AS MATERIALIZED (SELECT ARRAY(SELECT jsonb_array_elements_text($2::jsonb)) AS files) \
             SELECT 'metadata' AS kind, file_sha256, body_sha256 FROM core_metadata \
                WHERE file_sha256 = ANY (CAST((SELECT files FROM asked) AS TEXT[])) \
             UNION ALL SELECT 'told', file_sha256, told FROM inspection \
                WHERE file_sha256 = ANY (CAST((SELECT files FROM asked) AS TEXT[])) AND told IS NOT NULL \
             UNION ALL SELECT 'needs', file_sha256, newcomers FROM file_needs \
                WHERE upstream = $1 AND file_sha256 = ANY (CAST((SELECT files FROM asked) AS TEXT[]))",
    };
}

impl Store {
    /// Of the given files, what is kept: what they need is told for each upstream on its own.
    pub async fn known_files(&self, upstream: &UpstreamName, files: &[Sha256]) -> Result<KnownFiles> {
        let files = value::json_list(files.iter().map(Sha256::hex));
        let rows =
            read!(self, KNOWN, fetch_all as (String, String, Option<String>), upstream.as_str(), files)?;
        let mut known = KnownFiles::default();
        for (kind, file, said) in rows {
            let file = value::sha256(&file)?;
            match (kind.as_str(), said) {
                ("metadata", body) => {
                    known.metadata.push((file, body.as_deref().map(value::sha256).transpose()?));
                }
                ("told", Some(told)) => known.told.push((file, told)),
                (_, Some(found)) => known.needs.push((file, found)),
                (_, None) => {}
            }
        }
        Ok(known)
    }
}
