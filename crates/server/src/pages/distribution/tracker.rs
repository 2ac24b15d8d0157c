use packhouse_model::{RiskClass, Timestamp};

use super::ledger::HistoryList;
use super::review::{ExemptionRow, SignatureRow};
use super::{Claimed, review_path, suite_path};

/// What a suite has of a project.
#[derive(Debug, Clone)]
pub struct InSuite {
    /// The suite.
    pub suite: String,
    /// Where it stands.
    pub stage: &'static str,
    /// The versions with the moment they came in, the highest first.
    pub versions: Vec<(String, Timestamp)>,
}

impl InSuite {
    pub(crate) fn href(&self) -> String {
        suite_path(&self.suite)
    }
}

/// A release that was taken in.
#[derive(Debug, Clone)]
pub struct CandidateLine {
    /// The version.
    pub version: String,
    /// The project.
    pub project: String,
    /// `open`, `accepted`, …
    pub state: String,
    /// Its tone.
    pub tone: &'static str,
    /// Its risk class.
    pub risk: RiskClass,
    /// Lines to read.
    pub lines: u64,
    /// Where its reviews stand.
    pub sentence: String,
    /// When it was found.
    pub found: Timestamp,
    /// When its reviews should be there, when it waits.
    pub deadline: Option<Timestamp>,
    /// Who has claimed it.
    pub claimed: Option<Claimed>,
}

impl CandidateLine {
    pub(crate) fn href(&self) -> String {
        review_path(&self.project, &self.version)
    }
}

/// Why something of the project does not move to a suite.
#[derive(Debug, Clone)]
pub struct Excused {
    /// The suite.
    pub suite: String,
    /// Whether it moves.
    pub moves: bool,
    /// `update 3.0.3 → 3.1.0`.
    pub what: String,
    /// Why not, one sentence each.
    pub because: Vec<String>,
    /// The path of the excuse.
    pub href: String,
}

/// What is the matter with a release.
#[derive(Debug, Clone)]
pub struct ConditionLine {
    /// The version.
    pub version: String,
    /// `yanked`, `quarantined`, …
    pub condition: &'static str,
    /// Whether its files are refused.
    pub refuses: bool,
    /// What people are told.
    pub reason: String,
    /// Who said so.
    pub by: String,
    /// Since when.
    pub since: Timestamp,
    /// An advisory.
    pub advisory: Option<String>,
}

/// What the distribution knows of a project: the upper part of its page.
#[derive(Debug, Clone)]
pub struct Tracker {
    /// The project.
    pub project: String,
    /// How much depends on it: `leaf`, `shared`, `key`.
    pub tier: &'static str,
    /// Which versions are kept.
    pub series: Vec<String>,
    /// Where its stewardship stands: `active`, `neglected`, …
    pub stewardship: &'static str,
    /// Since when, while something is the matter.
    pub stewardship_since: Option<Timestamp>,
    /// What comes next if nobody acts, and when.
    pub stewardship_next: Option<(&'static str, Timestamp)>,
    /// What shows that, and what it means, one sentence each.
    pub stewardship_because: Vec<String>,
    /// Who looks after it.
    pub stewards: Vec<String>,
    /// The vendor's names.
    pub vendor: Vec<String>,
    /// The vendor's repository, as it is written down: `forge/pallets/flask`. Not a link.
    pub repository: Option<String>,
    /// Who publishes, by its attestations.
    pub publisher: Option<String>,
    /// When the upstream quarantined the whole project.
    pub quarantined: Option<Timestamp>,
    /// What the suites have.
    pub suites: Vec<InSuite>,
    /// What was taken in, the highest version first.
    pub candidates: Vec<CandidateLine>,
    /// How many more there are.
    pub more_candidates: usize,
    /// The reviews with the release each is about, the newest first.
    pub reviews: Vec<(String, SignatureRow)>,
    /// How many more there are.
    pub more_reviews: usize,
    /// The exemptions with the release each is about, the newest first.
    pub exemptions: Vec<(String, ExemptionRow)>,
    /// Why something does not move.
    pub excuses: Vec<Excused>,
    /// Whether the excuses are still being worked out.
    pub excuses_later: bool,
    /// What is the matter with releases.
    pub conditions: Vec<ConditionLine>,
    /// What the ledger says of it.
    pub history: HistoryList,
}

impl Tracker {
    pub(crate) fn feed(&self) -> String {
        super::feed::path("projects", &self.project)
    }

    pub(crate) fn steward_href(id: &str) -> String {
        super::maintainer_path(id)
    }
}
