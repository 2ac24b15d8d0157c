use std::collections::BTreeMap;

use packhouse_model::{Sha256, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::{CandidateState, Review, ReviewStatus};

/// A release that was taken in.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Release {
    /// `flask==3.1.0`.
    pub release: String,
    /// Where it is.
    pub state: CandidateState,
    /// When it came upstream.
    pub uploaded: Timestamp,
    /// When its reviews should be there.
    pub deadline: Timestamp,
    /// With their hashes.
    pub files: Vec<File>,
    /// What it says of itself.
    pub metadata: ReleaseMetadata,
    /// Who made it.
    pub vendor: Value,
    /// What changed of who publishes.
    pub identity: Vec<IdentityChange>,
    /// `R0` to `R4`.
    pub risk: String,
    /// Why.
    pub risk_reasons: Vec<RiskReason>,
    /// What it was compared with.
    pub base: Option<String>,
    /// Lines to read against that.
    pub lines: u64,
    /// Where its reviews stand.
    pub sentence: String,
    /// The same in detail.
    pub status: ReviewStatus,
    /// All of them.
    pub reviews: Vec<Review>,
    /// Those that cover it, and those that did.
    pub exemptions: Vec<Exemption>,
    /// Remarks.
    pub notes: Vec<Note>,
    /// Who is on it.
    pub claim: Option<Claim>,
    /// What is the matter with it.
    pub condition: Option<Condition>,
    /// The suites that hold it.
    pub placements: BTreeMap<String, Placed>,
}

/// A file with its hash.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct File {
    /// Its name.
    pub filename: String,
    /// Its hash.
    pub sha256: Sha256,
    /// Bytes.
    pub size: u64,
}

/// What a release says of itself.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ReleaseMetadata {
    /// `Requires-Python`.
    #[serde(default)]
    pub requires_python: Option<String>,
    /// `Requires-Dist`.
    #[serde(default)]
    pub requires_dist: Vec<String>,
    /// `Summary`.
    #[serde(default)]
    pub summary: Option<String>,
    /// Its licence.
    #[serde(default)]
    pub license: Option<String>,
}

/// What changed of who publishes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct IdentityChange {
    /// `publisher`, `repository`, ….
    pub what: String,
    /// As it was.
    pub before: String,
    /// As it is.
    pub after: String,
}

/// Why a release is in its risk class.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct RiskReason {
    /// The class that this alone would bring.
    pub class: String,
    /// For people.
    pub what: String,
    /// Where.
    #[serde(default)]
    pub place: Option<String>,
}

/// A remark.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Note {
    /// Its entry.
    pub entry: u64,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: String,
    /// The file.
    #[serde(default)]
    pub path: Option<String>,
    /// The line.
    #[serde(default)]
    pub line: Option<u64>,
}

/// A release that is taken without a review, until a date.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Exemption {
    /// Its entry.
    pub entry: u64,
    /// `flask==3.1.0`.
    pub release: String,
    /// Who signed.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
    /// Why it covers nothing; none while it does.
    pub why_not: Option<String>,
}

/// A lease.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Claim {
    /// Who.
    pub by: String,
    /// Until when.
    pub until: Timestamp,
}

/// What is the matter with a release.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Condition {
    /// `yanked`, `quarantined`, ….
    pub condition: String,
    /// Why.
    pub reason: String,
    /// Who said so.
    pub by: String,
    /// Since when.
    pub at: Timestamp,
}

/// A release in a suite.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Placed {
    /// `flask==3.1.0`.
    pub release: String,
    /// Its files there.
    pub files: Vec<Sha256>,
    /// Since when.
    pub since: Timestamp,
    /// The snapshot that brought it.
    pub serial: u64,
}

/// Who requires a release.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Dependent {
    /// Where.
    pub suite: String,
    /// Who.
    pub release: String,
    /// How.
    pub requirement: String,
    /// Whether nothing else there would do.
    pub breaks: bool,
}

/// A release that waits.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct QueueItem {
    /// `flask==3.1.0`.
    pub release: String,
    /// `new`, or `lost-reviews` for what suites list.
    pub reason: String,
    /// `R0` to `R4`.
    pub risk: String,
    /// Lines to read.
    pub lines: u64,
    /// When its reviews should be there.
    pub deadline: Timestamp,
    /// Whether that has passed.
    pub overdue: bool,
    /// How many.
    pub missing_signatures: u64,
    /// Who is on it.
    pub claim: Option<Claim>,
    /// Where its reviews stand.
    pub sentence: String,
}
