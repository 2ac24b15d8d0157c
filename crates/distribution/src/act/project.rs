use std::collections::BTreeSet;

use packhouse_model::{MaintainerId, ProjectName, Sha256};
use packhouse_pypi::Version;
use serde::{Deserialize, Serialize};

use crate::release::project_name;

/// How many people a project can hurt; how many signatures its releases need follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Nothing or little depends on it: one signature.
    Leaf,
    /// Others depend on it: two signatures.
    Shared,
    /// Much of the suite depends on it: two signatures from two organisations.
    Key,
}

impl Tier {
    /// The word in statements and on pages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Leaf => "leaf",
            Self::Shared => "shared",
            Self::Key => "key",
        }
    }
}

/// By a maintainer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectAdd {
    /// Which.
    #[serde(with = "project_name")]
    pub project: ProjectName,
    /// How much depends on it.
    pub tier: Tier,
    /// Which versions are kept, in opam's maintenance-intent words: `(latest)`, `2.(latest)`, `(any).(latest)`.
    pub series: Vec<String>,
    /// Versions to take in whatever their age, such as those that a lockfile pins. Without any, the newest that are old
    /// enough are taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "crate::release::versions")]
    pub versions: Vec<Version>,
    /// The projects whose closure brought it in; empty when it was asked for by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needed_by: Vec<String>,
}

/// What [`Steward`] does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StewardAction {
    /// Begins to look after it.
    Adopt,
    /// Stops.
    Leave,
}

/// By oneself; a release manager may end somebody else's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Steward {
    /// Which.
    #[serde(with = "project_name")]
    pub project: ProjectName,
    /// Who.
    pub maintainer: MaintainerId,
    /// What.
    pub action: StewardAction,
}

/// By the server, when it is due: the people who look after a project are asked whether they still do. It reaches them by
/// their feed; an act of theirs for the project is the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Which.
    #[serde(with = "project_name")]
    pub project: ProjectName,
    /// Who is asked.
    pub stewards: BTreeSet<MaintainerId>,
    /// Whether they were asked before.
    pub reminder: bool,
    /// What shows the neglect, one sentence each.
    pub because: Vec<String>,
}

/// By a release manager: nobody answers for the project any more. By the server, when nobody took it in 6 weeks after it
/// was orphaned: it is retired.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Orphan {
    /// Which.
    #[serde(with = "project_name")]
    pub project: ProjectName,
    /// Whether it leaves the distribution, instead of waiting for somebody who adopts it.
    pub retire: bool,
    /// Why.
    pub reason: String,
    /// For a retirement: what breaks when the project leaves the suites, as in [`crate::act::Withdraw`]. A person who names
    /// it lets it break in unstable; for the server the project stays there while anything needs it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependents: Vec<String>,
    /// For a retirement: the digest of all that requires the project, as its author has seen it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preflight: Option<Sha256>,
}

/// By a maintainer who wants to look after a neglected project; or, with `object`, by somebody who looks after it.
///
/// After 21 days without an objection and 7 more, the intention becomes an adoption (Debian's developers-reference 5.12).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Salvage {
    /// Which.
    #[serde(with = "project_name")]
    pub project: ProjectName,
    /// Whether this is an objection.
    #[serde(default)]
    pub object: bool,
    /// What shows the neglect, or why not.
    pub reason: String,
}
