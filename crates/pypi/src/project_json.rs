//! The JSON API document of a project or of one of its versions (`/pypi/<project>/json`,
//! `/pypi/<project>/<version>/json`).
//!
//! It is not standardised; the shape is Warehouse's. We read what completes a project page from it, and
//! hand it on with our URLs and our decisions in it.

mod summary;
#[cfg(test)]
mod tests;
mod view;

use std::collections::HashMap;

use packhouse_model::{Sha256, Timestamp};
use serde_json::{Map, Value};

use crate::json::object;

pub use summary::Summary;
pub use view::{Chosen, Verdict};

/// A document may hold one JSON value or key for so many of its bytes, and [`SPARE_VALUES`] beside: real
/// ones have about 21, and one of `[0,0,0,...]`, which has 2, would take fifty times its own size in
/// memory.
const BYTES_PER_VALUE: usize = 12;

/// See [`BYTES_PER_VALUE`].
const SPARE_VALUES: usize = 10_000;

/// A project's JSON API document, read.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectJson {
    document: Map<String, Value>,
}

/// The bytes are not a JSON API document.
#[derive(Debug, thiserror::Error)]
pub enum ProjectJsonError {
    /// More bytes than the limit.
    #[error("the project's JSON document has {found} bytes; at most {limit} are accepted")]
    TooLarge {
        /// The limit.
        limit: usize,
        /// Its length.
        found: usize,
    },
    /// Not JSON, or too many values in too few bytes.
    #[error("the project's JSON document cannot be read")]
    Json(#[source] serde_json::Error),
    /// An error message with the status 200, or another document altogether.
    #[error("the project's JSON document has no `{key}` in the shape of the JSON API")]
    Shape {
        /// The key.
        key: &'static str,
    },
}

/// A file of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleaseFile<'a> {
    /// As it stands there, unchecked.
    pub filename: &'a str,
    /// Where upstream has it, unchecked.
    pub url: Option<&'a str>,
    /// `digests.sha256`.
    pub sha256: Option<Sha256>,
    /// In bytes.
    pub size: Option<u64>,
    /// `upload_time_iso_8601`, or `upload_time`, which has no zone and is UTC.
    pub upload_time: Option<Timestamp>,
    /// A version specifier.
    pub requires_python: Option<&'a str>,
    /// Whether it is yanked.
    pub yanked: bool,
    /// Why.
    pub yanked_reason: Option<&'a str>,
}

impl ProjectJson {
    /// Reads a document of at most `limit` bytes.
    pub fn parse(bytes: &[u8], limit: usize) -> Result<Self, ProjectJsonError> {
        if bytes.len() > limit {
            return Err(ProjectJsonError::TooLarge { limit, found: bytes.len() });
        }
        let values = bytes.len() / BYTES_PER_VALUE + SPARE_VALUES;
        let document = object(bytes, values).map_err(ProjectJsonError::Json)?;
        let is_object = |key: &str| document.get(key).is_some_and(Value::is_object);
        if !is_object("info") {
            return Err(ProjectJsonError::Shape { key: "info" });
        }
        if document.contains_key("releases") && !is_object("releases") {
            return Err(ProjectJsonError::Shape { key: "releases" });
        }
        Ok(Self { document })
    }

    /// `info`.
    pub fn info(&self) -> Option<&Map<String, Value>> {
        self.document.get("info")?.as_object()
    }

    /// `info.name`, as upstream displays it.
    pub fn name(&self) -> Option<&str> {
        self.info()?.get("name")?.as_str()
    }

    /// `info.version`: the version that `info` and `urls` are about.
    pub fn version(&self) -> Option<&str> {
        self.info()?.get("version")?.as_str()
    }

    /// Warehouse's serial number of the last change.
    pub fn last_serial(&self) -> Option<u64> {
        self.document.get("last_serial")?.as_u64()
    }

    /// The keys of `releases`, or `info.version` when there are none (the document of one version).
    pub fn versions(&self) -> impl Iterator<Item = &str> {
        let releases = self.releases();
        let single = if releases.is_none() { self.version() } else { None };
        releases.into_iter().flat_map(Map::keys).map(String::as_str).chain(single)
    }

    /// All files of `releases` and `urls`. A filename may occur more than once: `urls` repeats a release.
    pub fn files(&self) -> impl Iterator<Item = ReleaseFile<'_>> {
        let releases = self.releases().into_iter().flat_map(Map::values).flat_map(entries);
        releases.chain(self.document.get("urls").into_iter().flat_map(entries)).filter_map(release_file)
    }

    /// The files of each version that `releases` or `urls` knows, by version as written.
    pub fn by_version(&self) -> HashMap<&str, Vec<ReleaseFile<'_>>> {
        self.versions()
            .map(|version| (version, self.entries_of(version).iter().filter_map(release_file).collect()))
            .collect()
    }

    fn releases(&self) -> Option<&Map<String, Value>> {
        self.document.get("releases")?.as_object()
    }

    /// The entries of a version, which must be written as in `releases`, or be `info.version`.
    fn entries_of(&self, version: &str) -> &[Value] {
        let listed = self.releases().and_then(|releases| releases.get(version));
        let single = || self.document.get("urls").filter(|_| self.version() == Some(version));
        listed.or_else(single).map_or(&[], entries)
    }
}

fn entries(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn filename_of(entry: &Value) -> Option<&str> {
    entry.get("filename")?.as_str()
}

fn release_file(entry: &Value) -> Option<ReleaseFile<'_>> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    Some(ReleaseFile {
        filename: filename_of(entry)?,
        url: text("url"),
        sha256: entry
            .get("digests")
            .and_then(|digests| digests.get("sha256")?.as_str())
            .and_then(|digest| digest.parse().ok()),
        size: entry.get("size").and_then(Value::as_u64),
        upload_time: text("upload_time_iso_8601")
            .or_else(|| text("upload_time"))
            .and_then(|time| time.parse().ok()),
        requires_python: text("requires_python"),
        yanked: entry.get("yanked").and_then(Value::as_bool).unwrap_or(false),
        yanked_reason: text("yanked_reason"),
    })
}
