//! The rows that a state is made of: what follows from the ledger, ready to be asked.

mod ids;

use std::collections::{BTreeMap, BTreeSet};

use packhouse_model::{MaintainerId, Sha256, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Release;
use crate::act::{
    Act, Affiliation, Because, Candidate, Condition, Exempt, Hint, Note, Review, Role, Stage, SuiteSet, Tier,
};

pub use ids::{PlacementId, ProjectKey, SnapshotId, TransitionId};

/// The distribution itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Founded {
    /// What people call it.
    pub name: String,
    /// The server's key, by its fingerprint.
    pub server_key: String,
    /// The same key as one line of OpenSSH.
    pub server_line: String,
    /// The hash of the first entry: the distribution's identity.
    pub id: Sha256,
    /// When.
    pub at: Timestamp,
}

/// Where a person is between invitation and leaving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Invited, and has not joined yet.
    Invited,
    /// Acts.
    Active,
    /// Has left; what they signed before still counts.
    Emeritus,
}

/// A person of the distribution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Maintainer {
    /// Their name; the id until they join.
    pub name: String,
    /// Where they are.
    pub standing: Standing,
    /// What they may do.
    pub roles: BTreeSet<Role>,
    /// What they declared.
    pub affiliations: Vec<Affiliation>,
    /// What others found.
    pub conflicts: Vec<Affiliation>,
    /// Their accounts where vendors publish.
    pub accounts: BTreeSet<String>,
    /// SHA-256 of their mail addresses.
    pub addresses: BTreeSet<Sha256>,
    /// When they joined, or were invited.
    pub since: Timestamp,
    /// When they last signed anything.
    pub last_act: Timestamp,
}

/// A person's key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Key {
    /// Whose.
    pub owner: MaintainerId,
    /// One line of OpenSSH.
    pub line: String,
    /// The number of the entry that brought it.
    pub added: u64,
    /// From when on it counts for nothing.
    pub expires: Option<Timestamp>,
    /// What it signed after this entry is void.
    pub void_after: Option<u64>,
    /// Why, when it is revoked.
    pub revoked_because: Option<String>,
}

/// Whether somebody answers for a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stewardship {
    /// Under maintenance. With or without a person of its own.
    Active,
    /// Nobody answers; whoever wants may adopt it.
    Orphaned,
    /// Given up: no new releases come in.
    Retired,
}

/// An intention to take a neglected project over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SalvageIntent {
    /// Who wants it.
    pub by: MaintainerId,
    /// Since when; 21 days for objections run from here.
    pub since: Timestamp,
}

/// When the people who look after a project were asked whether they still do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contacted {
    /// When first.
    pub at: Timestamp,
    /// When again.
    pub reminded: Option<Timestamp>,
}

/// When a project was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retirement {
    /// When.
    pub at: Timestamp,
    /// The entry.
    pub entry: u64,
    /// Why.
    pub reason: String,
    /// What may break by it in unstable: what the person who gave it up has named ([`crate::dependents::broken`]).
    pub waived: BTreeSet<String>,
}

/// A project under maintenance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// How much depends on it.
    pub tier: Tier,
    /// Which versions are kept: opam's maintenance-intent words.
    pub series: Vec<String>,
    /// The projects whose closure brought it in.
    pub needed_by: BTreeSet<String>,
    /// Who looks after it.
    pub stewards: BTreeSet<MaintainerId>,
    /// Whether somebody answers for it.
    pub stewardship: Stewardship,
    /// Since when nobody answers for it, while it is orphaned.
    pub orphaned: Option<Timestamp>,
    /// Since when it is given up, while it is.
    pub retired: Option<Retirement>,
    /// The retirement from which it came back too late for reviews of before it to count.
    pub reviews_lapsed: Option<Retirement>,
    /// Who wants to take it over.
    pub salvage: Option<SalvageIntent>,
    /// When it came under maintenance.
    pub added: Timestamp,
    /// When its stewards last did something for it.
    pub last_steward_act: Timestamp,
    /// When its stewards were last asked.
    pub contacted: Option<Contacted>,
    /// When the upstream said that the whole project is quarantined, and has not lifted that.
    pub upstream_quarantine: Option<Timestamp>,
}

/// Where a candidate is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum CandidateState {
    /// Waits for reviews.
    Open,
    /// A newer release of its series came before it was accepted.
    Superseded {
        /// That release.
        by: Release,
    },
    /// A reviewer said no.
    Rejected {
        /// The review's entry.
        entry: u64,
    },
    /// In the first suite.
    Accepted {
        /// Since when.
        at: Timestamp,
    },
    /// The upstream took it back before it was accepted.
    Withdrawn,
}

/// A release that was taken in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CandidateRow {
    /// What the server found.
    pub candidate: Candidate,
    /// SHA-256 of its files, by filename.
    pub files: BTreeMap<String, Sha256>,
    /// The number of the entry that brought it.
    pub entry: u64,
    /// When it was found.
    pub found: Timestamp,
    /// Its place in the queue: when the first release that it stands for was found.
    pub queued: Timestamp,
    /// Where it is.
    pub state: CandidateState,
    /// While it is listed by suites and its reviews do not suffice any more: since when.
    pub lost: Option<Lost>,
    /// Whether it left the first suite because its project was given up, and comes back with it.
    pub left: bool,
    /// Since when upstream has yanked, deleted or quarantined it, and its reason.
    pub upstream: Option<(crate::act::UpstreamEvent, Timestamp, String)>,
}

/// When a release lost its reviews.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// When that was found.
    pub since: Timestamp,
    /// The entry.
    pub entry: u64,
}

/// A lease.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClaimRow {
    /// Who.
    pub by: MaintainerId,
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// A review, as long as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReviewRow {
    /// Who signed.
    pub by: MaintainerId,
    /// With which of their keys that were good then: the signature stands as long as one of them does.
    pub keys: BTreeSet<String>,
    /// When.
    pub at: Timestamp,
    /// The bytes that it is about.
    pub files: BTreeSet<Sha256>,
    /// What it says.
    pub review: Review,
    /// The entry that took it back, and why.
    pub revoked: Option<(u64, String)>,
    /// For a violation: who agreed that it is lifted, which takes two, with the entry and the keys of their word.
    pub lifted: BTreeMap<MaintainerId, SignedWord>,
}

/// An entry and the keys that signed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedWord {
    /// The entry.
    pub entry: u64,
    /// The signer's keys that were good then.
    pub keys: BTreeSet<String>,
}

/// An exemption.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExemptRow {
    /// Who signed.
    pub by: MaintainerId,
    /// With which of their keys that were good then.
    pub keys: BTreeSet<String>,
    /// When.
    pub at: Timestamp,
    /// The bytes that it is about.
    pub files: BTreeSet<Sha256>,
    /// What it says.
    pub exempt: Exempt,
    /// The entry that ended it before its date, and why.
    pub ended: Option<(u64, String)>,
}

/// A remark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoteRow {
    /// Who.
    pub by: crate::Actor,
    /// When.
    pub at: Timestamp,
    /// What.
    pub note: Note,
}

/// A word on a migration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HintRow {
    /// Who.
    pub by: MaintainerId,
    /// With which of their keys that were good then.
    pub keys: BTreeSet<String>,
    /// When.
    pub at: Timestamp,
    /// The bytes that it is about.
    pub files: BTreeSet<Sha256>,
    /// What.
    pub hint: Hint,
    /// Taken back.
    pub ended: bool,
}

/// A named transition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransitionRow {
    /// Whose it is: who opened it.
    pub by: MaintainerId,
    /// Since when.
    pub opened: Timestamp,
    /// The entry of its present shape.
    pub entry: u64,
    /// The keys that signed that entry and were good then.
    pub keys: BTreeSet<String>,
    /// What it is.
    pub transition: crate::act::Transition,
    /// Whether a release manager said so, or said so too.
    pub approved: bool,
    /// When it ended, and why.
    pub ended: Option<(Timestamp, String)>,
}

/// An act that waits for a second person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// Who proposed it.
    pub by: MaintainerId,
    /// When.
    pub at: Timestamp,
    /// The act's kind and predicate, so that it can be carried out.
    pub kind: String,
    /// The act's predicate.
    pub predicate: serde_json::Value,
    /// Who agreed; when it is one other person, the act is carried out.
    pub approved_by: Option<MaintainerId>,
}

impl Pending {
    /// The act that waits. None when the row is damaged.
    pub fn act(&self) -> Option<Act> {
        Act::parse(&self.kind, self.predicate.clone()).ok().map(|predicate| predicate.act)
    }
}

/// A suite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suite {
    /// Its settings.
    pub settings: SuiteSet,
    /// Where it stands.
    pub stage: Stage,
    /// Since when.
    pub stage_since: Timestamp,
    /// The number of its newest snapshot; 0 before the first.
    pub serial: u64,
    /// The version of its newest release, and when that was.
    pub released: Option<(String, Timestamp)>,
}

/// A suite's state at one time, as a difference from the one before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SnapshotRow {
    /// When.
    pub at: Timestamp,
    /// The entry that made it.
    pub entry: u64,
    /// Why.
    pub because: Because,
    /// What came in, or got further files.
    pub adds: Vec<crate::act::Listing>,
    /// What went, with the files that it had: enough to go back.
    pub removed: Vec<crate::act::Listing>,
    /// What was replaced by an add of the same release: its files before.
    pub replaced: Vec<crate::act::Listing>,
    /// The digest of the contents.
    pub contents: Sha256,
}

/// One project's releases in one suite, by [`packhouse_pypi::Version::key`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Placement {
    /// The releases.
    pub releases: BTreeMap<String, Placed>,
}

/// A release in a suite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Placed {
    /// Which.
    pub release: Release,
    /// SHA-256 of its files here.
    pub files: BTreeSet<Sha256>,
    /// Since when it is here.
    pub since: Timestamp,
    /// The snapshot that brought it.
    pub serial: u64,
}

/// What is the matter with a release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConditionRow {
    /// What it is.
    pub condition: Condition,
    /// What people are told.
    pub reason: String,
    /// Who said so.
    pub by: crate::Actor,
    /// Since when.
    pub at: Timestamp,
    /// The entry.
    pub entry: u64,
    /// An advisory or report.
    pub advisory: Option<String>,
}

/// Whom an entry concerns although it does not name them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeRow {
    /// The people, each with those of the projects that they look after that it concerns, and how.
    pub told: BTreeMap<MaintainerId, BTreeMap<String, Concern>>,
}

/// How an entry concerns a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Concern {
    /// It is about it.
    Own,
    /// It is about something that the project requires, and the project installs all the same.
    Needs,
    /// It is about something without which the project does not install.
    Breaks,
}
