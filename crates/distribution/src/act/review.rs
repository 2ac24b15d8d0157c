use std::collections::BTreeSet;

use packhouse_model::{SuiteName, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Release;

/// By a maintainer or trainee: nobody else need begin with this release until the lease ends (at most 72 hours).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Which.
    pub release: Release,
    /// When the lease ends; in the past or now: it is given back.
    pub until: Timestamp,
}

/// By anybody, the server too: it moves nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// Which.
    pub release: Release,
    /// A path in the release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// A line of that file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What is to be said.
    pub text: String,
    /// The model and version when a machine wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Scope {
    /// Everything in the files.
    Full,
    /// The difference from a release that is itself reviewed.
    Delta {
        /// That release.
        base: Release,
        /// SHA-256 of the files of `base` that were compared with, so that the review holds for those bytes only.
        base_files: Vec<packhouse_model::Sha256>,
    },
}

/// How closely it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Thoroughness {
    /// Looked over.
    Low,
    /// Read.
    Medium,
    /// Read, understood and tried.
    High,
}

/// What a review comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Meets the criteria.
    Accept,
    /// Does not, and should not be taken as it is.
    Reject,
    /// Harms: everything that rests on these bytes is blocked.
    Violation,
}

/// By a maintainer: a verdict on the bytes that are the statement's subjects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// Which.
    pub release: Release,
    /// What was read.
    pub scope: Scope,
    /// What it comes to.
    pub verdict: Verdict,
    /// The criteria that it meets: `safe-to-run`, …
    pub criteria: Vec<String>,
    /// How closely it was read.
    pub thoroughness: Thoroughness,
    /// Time spent.
    pub minutes: u32,
    /// What was seen; for a rejection or a violation, why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
    /// What was used: `packhouse 0.1.0`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
}

/// By who signed it, or by security.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewRevoke {
    /// The number of the review's entry.
    pub entry: u64,
    /// Why.
    pub reason: String,
}

/// By a release manager or security: taken without a review, for at most 180 days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exempt {
    /// Which; its bytes are the statement's subjects.
    pub release: Release,
    /// The criteria that are taken for met.
    pub criteria: Vec<String>,
    /// Until when.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
}

/// By who signed the exemption, or by a release manager: it ends now. What rests on it is not reviewed any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExemptEnd {
    /// The number of the exemption's entry.
    pub entry: u64,
    /// Why.
    pub reason: String,
}

/// By the server, when it is due: for what is known now, the reviews of releases that suites list do not suffice any more,
/// or suffice again. Nothing leaves a suite by it; it brings them back to the queue, and to whoever looks after them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recount {
    /// Releases that lost their reviews.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<LostReviews>,
    /// Releases that had lost them, and wait no more: reviewed again, refused, or in no suite.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settled: Vec<Release>,
}

/// A release that lost its reviews.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LostReviews {
    /// Which.
    pub release: Release,
    /// The suites that list files of it that are not reviewed.
    pub suites: BTreeSet<SuiteName>,
    /// What it lacks, as a sentence without a full stop.
    pub because: String,
}

/// By a second person with the same right: an act that needs two takes effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// The number of the act's entry.
    pub entry: u64,
}
