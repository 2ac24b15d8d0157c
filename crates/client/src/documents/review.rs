use std::collections::BTreeMap;

use packhouse_model::{Sha256, Timestamp};
use serde::Deserialize;
use serde_json::Value;

/// How far reviews have come.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ReviewStatus {
    /// What each file needs.
    pub needed: Quorum,
    /// By hash.
    pub files: BTreeMap<String, FileStatus>,
    /// Files that may be listed.
    pub reviewed: Vec<Sha256>,
    /// Whether any may.
    pub complete: bool,
}

/// What each file needs.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Quorum {
    /// Of different people.
    pub signatures: u64,
    /// From as many.
    pub organisations: u64,
    /// Why.
    pub because: Vec<String>,
}

/// How far the reviews of a file have come.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct FileStatus {
    /// Its name.
    pub filename: String,
    /// Signatures that count.
    pub counted: Vec<Counted>,
    /// Those that do not.
    pub ignored: Vec<Ignored>,
    /// Whether that is enough.
    pub reviewed: bool,
}

/// A signature that counts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Counted {
    /// The review's entry.
    pub entry: u64,
    /// Who.
    pub by: String,
}

/// A signature that does not count.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Ignored {
    /// The review's entry.
    pub entry: u64,
    /// Who.
    pub by: String,
    /// Why.
    pub why: String,
}

/// A signed verdict.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Review {
    /// Its entry.
    pub entry: u64,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// `accept`, `reject` or `violation`.
    pub verdict: String,
    /// What it asserts.
    pub criteria: Vec<String>,
    /// How closely it was read.
    pub thoroughness: String,
    /// Time spent.
    pub minutes: u64,
    /// What was seen.
    #[serde(default)]
    pub notes: String,
    /// Full, or a delta.
    pub scope: Value,
    /// Whether it was taken back.
    pub revoked: Option<Value>,
}

/// A review that would count.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Suggestion {
    /// What to compare with; none for a full review.
    pub base: Option<String>,
    /// The files of it that a delta may start from.
    pub base_files: Vec<Sha256>,
    /// What there is to read.
    pub lines: u64,
}
