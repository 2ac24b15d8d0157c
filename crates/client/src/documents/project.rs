use std::collections::BTreeMap;

use packhouse_model::Timestamp;
use serde::Deserialize;

/// A project under maintenance.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Project {
    /// Its name.
    pub name: String,
    /// `leaf`, `shared` or `key`.
    pub tier: String,
    /// Which versions are kept.
    pub series: Vec<String>,
    /// Who looks after it.
    pub stewards: Vec<String>,
    /// `active`, `orphaned` or `retired`.
    pub stewardship: String,
    /// Candidates that wait.
    pub open: u64,
    /// Versions by suite.
    pub suites: BTreeMap<String, Vec<String>>,
}

/// A project with its releases.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ProjectDetail {
    /// Its name.
    pub name: String,
    /// `leaf`, `shared` or `key`.
    pub tier: String,
    /// Which versions are kept.
    pub series: Vec<String>,
    /// Who looks after it.
    pub stewards: Vec<String>,
    /// `active`, `orphaned` or `retired`.
    pub stewardship: String,
    /// Versions by suite.
    pub suites: BTreeMap<String, Vec<String>>,
    /// Whether it is neglected.
    pub standing: Option<Standing>,
    /// The newest first.
    pub releases: Vec<ReleaseLine>,
}

/// Where a project's stewardship stands.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Standing {
    /// `active`, `neglected`, ….
    pub stage: String,
    /// Since when, while something is the matter.
    pub since: Option<Timestamp>,
    /// What comes next if nobody acts, and when.
    pub next: Option<(String, Timestamp)>,
    /// What shows it, and what it means.
    pub because: Vec<String>,
}

/// A release in one line.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ReleaseLine {
    /// `flask==3.1.0`.
    pub release: String,
    /// Its version.
    pub version: String,
    /// Where it is.
    pub state: CandidateState,
    /// When suites list it and its reviews do not suffice any more.
    pub lost: Option<Lost>,
    /// `R0` to `R4`.
    pub risk: String,
    /// Where its reviews stand.
    pub sentence: String,
    /// `listed` when nothing is the matter.
    pub condition: String,
}

/// Where a candidate is.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct CandidateState {
    /// `open`, `superseded`, `rejected`, `accepted` or `withdrawn`.
    pub state: String,
}

/// When a release lost its reviews.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Lost {
    /// When that was found.
    pub since: Timestamp,
}

/// A project that a closure needs.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Needed {
    /// Its name.
    pub project: String,
    /// The version that would be taken in.
    pub version: String,
    /// Whether who asked pinned it.
    pub pinned: bool,
    /// The projects that need it.
    #[serde(rename = "needed-by")]
    pub needed_by: Vec<String>,
    /// Whether it is under maintenance.
    pub maintained: bool,
}
