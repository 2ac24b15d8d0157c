use packhouse_model::Sha256;
use serde::{Deserialize, Serialize};

use crate::Release;

/// What is the matter with a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// Nothing: takes an earlier condition back.
    Listed,
    /// Works, and should be replaced.
    Deprecated,
    /// Not offered any more; its files are still handed out by hash.
    Delisted,
    /// Listed, and not chosen by installers unless pinned (PEP 592).
    Yanked,
    /// Not handed out at all while it is looked into. Needs two people.
    Quarantined,
    /// Harmful: never handed out again. Needs two people.
    Condemned,
}

impl Condition {
    /// The word in statements and on pages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::Deprecated => "deprecated",
            Self::Delisted => "delisted",
            Self::Yanked => "yanked",
            Self::Quarantined => "quarantined",
            Self::Condemned => "condemned",
        }
    }

    /// Whether its files are refused: the only state that may break a lockfile.
    pub fn refuses(self) -> bool {
        matches!(self, Self::Quarantined | Self::Condemned)
    }
}

/// By a maintainer who looks after the project (up to `yanked`), or by security.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// Which.
    pub release: Release,
    /// What it is from now on.
    pub condition: Condition,
    /// What people are told.
    pub reason: String,
    /// What its going breaks in the suites, each as `flask==3.1.0 in unstable`: who signs knows
    /// ([`crate::dependents::broken`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependents: Vec<String>,
    /// The digest of all that requires it, as its author has seen it ([`crate::dependents::digest`]); none when nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preflight: Option<Sha256>,
    /// An advisory or report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advisory: Option<String>,
    /// The evidence's hash, when it is kept apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Sha256>,
}
