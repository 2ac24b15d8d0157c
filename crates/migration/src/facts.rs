//! What is known of an item. Plain data: others find it out and fill it in.

use std::collections::{BTreeMap, BTreeSet};

use packhouse_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::item::ItemId;
use crate::overrides::{Block, Unblock, Waiver};

/// Everything that the policies judge an item by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::struct_excessive_bools, reason = "facts that do not depend on each other")]
pub struct ItemFacts {
    /// Since when it has been in the source suite.
    pub since: Timestamp,
    /// The risk class of its difference.
    pub risk: Risk,
    /// How much its users are waiting for it.
    pub urgency: Urgency,
    /// The ordinary way, or the security team's.
    pub lane: Lane,
    /// Signatures; `None` when nobody has counted them yet.
    pub quorum: Option<Quorum>,
    /// What stands in for signatures until a day.
    pub exemption: Option<Exemption>,
    /// Reviewers' words that these bytes break a criterion, which nobody has resolved yet.
    pub violations: Vec<Violation>,
    /// A change of who publishes it.
    pub identity: Option<IdentityHold>,
    /// Wheels per platform of the suite; `None` when they have not been compared yet.
    pub coverage: Option<BTreeMap<String, PlatformCoverage>>,
    /// Known vulnerabilities; `None` when they have not been looked up yet.
    pub advisories: Option<Advisories>,
    /// Its own tests and those of its dependents; `None` when none have been asked for yet.
    pub tests: Option<TestOutcome>,
    /// Our build of it; `None` when it has not been tried yet.
    pub rebuild: Option<Rebuild>,
    /// What people have waived.
    pub waivers: Vec<Waiver>,
    /// What people have stopped.
    pub blocks: Vec<Block>,
    /// What people have let through.
    pub unblocks: Vec<Unblock>,
    /// A key package: in the closure of a profile, or with many dependents.
    pub key_package: bool,
    /// Its project has tests.
    pub has_tests: bool,
    /// Its tests reach enough of its code to earn the bounty.
    pub tests_reach_enough: bool,
    /// It opens a series that the target suite does not have.
    pub new_series: bool,
    /// An interpreter, build back end, compiler, or provider of a binary interface.
    pub toolchain: bool,
    /// Its project was removed from the target suite in this freeze.
    pub returning: bool,
    /// The transition it is part of.
    pub transition: Option<TransitionFacts>,
    /// Items that have to move with it or before it.
    pub waits_for: Vec<WaitFor>,
    /// That its project was given up, for a removal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired: Option<RetirementFacts>,
}

/// A project that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RetirementFacts {
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub reason: String,
    /// The released suites that have it and whose point releases are made of the target suite.
    pub promised: Vec<String>,
}

impl ItemFacts {
    /// Facts with nothing known but these two.
    pub fn new(since: Timestamp, risk: Risk) -> Self {
        Self {
            since,
            risk,
            urgency: Urgency::default(),
            lane: Lane::default(),
            quorum: None,
            exemption: None,
            violations: Vec::new(),
            identity: None,
            coverage: None,
            advisories: None,
            tests: None,
            rebuild: None,
            waivers: Vec::new(),
            blocks: Vec::new(),
            unblocks: Vec::new(),
            key_package: false,
            has_tests: false,
            tests_reach_enough: false,
            new_series: false,
            toolchain: false,
            returning: false,
            transition: None,
            waits_for: Vec::new(),
            retired: None,
        }
    }
}

/// How much a difference can do, from metadata alone (R0) to a new project or obfuscated code (R4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Risk {
    /// Metadata and documents only.
    R0,
    /// Pure code, small, no new dependency or entry point.
    R1,
    /// What is normal.
    R2,
    /// New dependency, network, processes, native code, build script, licence.
    R3,
    /// New project, new publisher, obfuscation, or an sdist that is not the repository's tag.
    R4,
}

/// How long an item without other reasons waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Urgency {
    /// Longest.
    Low,
    /// What nobody said otherwise of.
    #[default]
    Medium,
    /// Shortest.
    High,
}

impl Urgency {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// The way an item takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lane {
    /// The ordinary way.
    #[default]
    Normal,
    /// A fix of a vulnerability.
    Security {
        /// How many of the security team have approved these bytes.
        approvals: u32,
    },
}

/// Signatures that count, by people and by their organisations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Quorum {
    /// Independent signatures that lead to these bytes.
    pub signatures: u32,
    /// How many this project and this risk ask for.
    pub signatures_needed: u32,
    /// Organisations among them.
    pub organisations: u32,
    /// How many are asked for.
    pub organisations_needed: u32,
    /// Those who have claimed the review.
    pub claimed_by: Vec<String>,
}

/// A release that is in without a review, until a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Exemption {
    /// Who took it in.
    pub by: String,
    /// Why.
    pub reason: String,
    /// From this moment on it no longer stands in for a review.
    pub until: Timestamp,
}

/// A reviewer's word that these bytes, or a base that their review rests on, break a criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Violation {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

/// What is different about who publishes, since the last accepted release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct IdentityHold {
    /// `publisher`, `repository`, ...: what changed, in words for people.
    pub changed: Vec<String>,
    /// Since when.
    pub since: Timestamp,
    /// A full review has confirmed the new identity. The longer wait stays.
    pub cleared: bool,
}

/// One platform of the suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlatformCoverage {
    /// The item brings a wheel for it.
    pub now: bool,
    /// The version it replaces has one.
    pub before: bool,
    /// The suite promises this platform; else it may lag.
    pub required: bool,
}

/// Known vulnerabilities, by the identifiers of their records.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Advisories {
    /// The item has them and what it replaces has not.
    pub introduced: BTreeSet<String>,
    /// What it replaces has them and the item has not.
    pub fixed: BTreeSet<String>,
}

/// Where the tests are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestOutcome {
    /// There is nothing to run.
    None,
    /// All that ran passed.
    Passed,
    /// Some failed.
    Failed {
        /// At least one of them passes in the target suite today.
        regression: bool,
        /// The suites of tests that failed, by project.
        failed: Vec<String>,
    },
    /// Not all have answered yet.
    Running {
        /// Since when.
        since: Timestamp,
    },
}

/// Our build of the item beside that of the version it replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Rebuild {
    /// The worst of the item's files.
    pub now: RebuildOutcome,
    /// The worst of the replaced version's files; `None`: nothing is replaced, or it was never tried.
    pub before: Option<RebuildOutcome>,
}

/// How a rebuild ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RebuildOutcome {
    /// Compared, at this level of equivalence.
    Level(RebuildLevel),
    /// No recipe, no source, or not tried on purpose.
    NotBuilt,
    /// Our infrastructure failed: it will be tried again.
    Error,
}

/// The ladder of equivalence, from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RebuildLevel {
    /// The same bytes. Only this may be called reproducible.
    Bitwise,
    /// The same entries; the container differs.
    Archive,
    /// And generated metadata differs in form.
    Generated,
    /// And descriptive metadata differs.
    Payload,
    /// No rebuild matches, but each file stands in the declared source.
    Contained,
    /// It differs.
    Differs,
}

impl RebuildLevel {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Bitwise => "bitwise",
            Self::Archive => "archive",
            Self::Generated => "generated",
            Self::Payload => "payload",
            Self::Contained => "contained",
            Self::Differs => "differs",
        }
    }
}

/// What is known of a transition. The same in each of its items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TransitionFacts {
    /// Who leads it.
    pub owner: String,
    /// Why there is one.
    pub reason: String,
    /// When it was opened.
    pub opened: Timestamp,
    /// When it is meant to be done.
    pub deadline: Option<Timestamp>,
    /// Its declared members that have no item yet: `reb 2.0`.
    pub missing: Vec<String>,
    /// A release manager has approved it for a freeze.
    pub approved: bool,
}

/// A need of other items: one of them is enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct WaitFor {
    /// Any of these. Whoever fills this in leaves the need out when the target suite already meets it.
    pub any_of: BTreeSet<ItemId>,
    /// What for, in words for people.
    pub reason: String,
}
