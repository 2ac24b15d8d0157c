use packhouse_model::{Sha256, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::Placed;

/// What moves to a suite together, under a name.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Transition {
    /// Its name.
    pub name: String,
    /// To which suite.
    pub suite: String,
    /// Whose it is.
    pub by: String,
    /// Since when.
    pub opened: Timestamp,
    /// Why.
    pub reason: String,
    /// When it is meant to be done.
    pub deadline: Option<Timestamp>,
    /// Whether that is past.
    pub overdue: bool,
    /// Whether a release manager said so.
    pub approved: bool,
    /// What moves.
    pub members: Vec<TransitionMember>,
    /// Why it holds nothing together; none while it does.
    pub why_not: Option<String>,
}

/// What a transition moves of one project.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TransitionMember {
    /// The project.
    pub project: String,
    /// Which versions (PEP 440).
    pub versions: String,
    /// `done`, `waits` or `missing`.
    pub progress: String,
}

/// A security fix that is held back.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct HeldFix {
    /// `flask==3.1.1`.
    pub release: String,
    /// What it would break.
    pub breaks: Vec<BrokenRoot>,
}

/// What could not be installed any more.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct BrokenRoot {
    /// By whose index.
    pub suite: String,
    /// Where.
    pub environment: String,
    /// `flask in series 3`.
    pub root: String,
    /// Why, line by line.
    pub why: Vec<String>,
}

/// A suite.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Suite {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub kind: String,
    /// Where it stands.
    pub stage: String,
    /// Where its releases come from.
    pub source: Option<String>,
    /// Its newest snapshot.
    pub serial: u64,
    /// Its newest release.
    pub released: Option<Released>,
    /// In it.
    pub projects: u64,
    /// In it.
    pub releases: u64,
}

/// A suite's newest release.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Released {
    /// Which.
    pub version: String,
    /// When.
    pub at: Timestamp,
}

/// A suite with its contents.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SuiteDetail {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub kind: String,
    /// Where it stands.
    pub stage: String,
    /// Where its releases come from.
    pub source: Option<String>,
    /// Where everything in it must install.
    pub environments: Vec<Environment>,
    /// Its newest snapshot.
    pub serial: u64,
    /// Its newest release.
    pub released: Option<Released>,
    /// What it holds.
    pub contents: Vec<Placed>,
}

/// A Python and a platform.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Environment {
    /// In words of wheel tags.
    pub name: String,
    /// Whether it may lag behind.
    pub may_lag: bool,
}

/// A suite's state at one time.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Snapshot {
    /// Its number.
    pub serial: u64,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub because: Value,
    /// The digest of what it held.
    pub contents: Sha256,
}

/// A snapshot with what it held.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SnapshotDetail {
    /// Its number.
    pub serial: u64,
    /// When.
    pub at: Timestamp,
    /// The digest of what it held.
    pub contents: Sha256,
    /// The digest of what a beginning takes over of it.
    pub releasable: Option<Sha256>,
}

/// What a rollback would do at this moment.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Rollback {
    /// The number that the new snapshot would have.
    pub serial: u64,
    /// The digest of what the suite would hold.
    pub contents: Sha256,
    /// What does not come back.
    pub left_out: Vec<LeftOut>,
    /// What the suite holds now and keeps because of that.
    pub stays: Vec<String>,
    /// What comes in.
    pub adds: Vec<Added>,
    /// What goes.
    pub removes: Vec<String>,
}

/// A release that a rollback does not bring back.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LeftOut {
    /// Which.
    pub release: String,
    /// `yanked`, `lost-reviews`, …
    pub why: String,
    /// For people.
    pub sentence: String,
}

/// A release that comes in.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Added {
    /// Which.
    pub release: String,
}
