//! The rules of migration as data. The defaults are the distribution's (`MigrationRules::default`).

use std::time::Duration;

use packhouse_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::facts::{RebuildLevel, Risk, Urgency};

const fn days(number: u64) -> Duration {
    Duration::from_secs(number * 86_400)
}

/// Everything about a run that people set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct MigrationRules {
    /// Where the target suite is on its way to a release.
    pub stage: Stage,
    /// When the stage is planned to end: what is closed in it can move then at best.
    pub stage_until: Option<Timestamp>,
    /// What each stage allows.
    pub stages: Stages,
    /// How long items wait.
    pub age: AgeRules,
    /// What rebuilds have to show.
    pub rebuild: RebuildRules,
    /// Which machines deliver facts.
    pub subsystems: Subsystems,
    /// How long to search.
    pub search: SearchLimits,
}

impl MigrationRules {
    /// The rules of the stage that the suite is in.
    pub fn current(&self) -> &StageRules {
        let stages = &self.stages;
        match self.stage {
            Stage::Dev => &stages.dev,
            Stage::ToolchainFreeze => &stages.toolchain_freeze,
            Stage::Soft => &stages.soft,
            Stage::Hard => &stages.hard,
            Stage::Full => &stages.full,
            Stage::Released => &stages.released,
        }
    }
}

/// Where a suite is on its way to a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Between releases.
    #[default]
    Dev,
    /// Six weeks before: interpreters, build back ends, compilers and the like rest.
    ToolchainFreeze,
    /// Four weeks before: nothing new comes.
    Soft,
    /// Two weeks before: key packages and what has no tests need leave.
    Hard,
    /// Four days before: everything needs leave.
    Full,
    /// Out: fixes only.
    Released,
}

impl Stage {
    /// In words, for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Dev => "development",
            Self::ToolchainFreeze => "the toolchain freeze",
            Self::Soft => "the soft freeze",
            Self::Hard => "the hard freeze",
            Self::Full => "the full freeze",
            Self::Released => "a released suite",
        }
    }
}

/// What a stage says to one sort of item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// Moves by itself.
    Automatic,
    /// Needs a release manager's unblock of the exact bytes.
    Unblock,
    /// Does not move in this stage.
    Closed,
}

/// The rules of one stage. Of the permissions that speak of an item, the strictest holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StageRules {
    /// Nothing waits less than this, whatever its urgency.
    #[serde(with = "crate::text::duration")]
    pub minimum_age: Duration,
    /// Whether tests and reviews shorten the wait.
    pub bounty: bool,
    /// Projects that the suite does not have.
    pub new_projects: Permission,
    /// Series that the suite does not have.
    pub new_series: Permission,
    /// Projects that were removed in this freeze.
    pub returning: Permission,
    /// Further files of versions that the suite has.
    pub new_files: Permission,
    /// Removals.
    pub removals: Permission,
    /// Interpreters, build back ends, compilers, providers of binary interfaces.
    pub toolchain: Permission,
    /// Members of transitions; an approved transition has leave.
    pub transitions: Permission,
    /// Key packages, and projects without tests.
    pub key_or_untested: Permission,
    /// Everything else.
    pub others: Permission,
}

/// The rules of every stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Stages {
    /// [`Stage::Dev`].
    pub dev: StageRules,
    /// [`Stage::ToolchainFreeze`].
    pub toolchain_freeze: StageRules,
    /// [`Stage::Soft`].
    pub soft: StageRules,
    /// [`Stage::Hard`].
    pub hard: StageRules,
    /// [`Stage::Full`].
    pub full: StageRules,
    /// [`Stage::Released`].
    pub released: StageRules,
}

impl Default for Stages {
    fn default() -> Self {
        use Permission::{Automatic, Closed, Unblock};
        let dev = StageRules {
            minimum_age: Duration::ZERO,
            bounty: true,
            new_projects: Automatic,
            new_series: Automatic,
            returning: Automatic,
            new_files: Automatic,
            removals: Automatic,
            toolchain: Automatic,
            transitions: Automatic,
            key_or_untested: Automatic,
            others: Automatic,
        };
        let toolchain_freeze = StageRules { toolchain: Unblock, transitions: Unblock, ..dev.clone() };
        let soft = StageRules {
            minimum_age: days(10),
            bounty: false,
            new_projects: Closed,
            new_series: Closed,
            returning: Closed,
            new_files: Unblock,
            ..toolchain_freeze.clone()
        };
        let hard = StageRules { minimum_age: days(14), key_or_untested: Unblock, ..soft.clone() };
        let full = StageRules { removals: Unblock, others: Unblock, ..hard.clone() };
        // Leave is given by hand here, so no clock comes on top. What is in N.y is in N.(y+1): nothing leaves.
        let released =
            StageRules { minimum_age: Duration::ZERO, removals: Closed, new_files: Closed, ..full.clone() };
        Self { dev, toolchain_freeze, soft, hard, full, released }
    }
}

/// How long items wait in the source suite.
///
/// The wait is the longest of the risk's floor, the urgency's and the stage's; less the bounty, but not below
/// `floor`; and the penalty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct AgeRules {
    /// [`Risk::R0`].
    #[serde(with = "crate::text::duration")]
    pub r0: Duration,
    /// [`Risk::R1`].
    #[serde(with = "crate::text::duration")]
    pub r1: Duration,
    /// [`Risk::R2`].
    #[serde(with = "crate::text::duration")]
    pub r2: Duration,
    /// [`Risk::R3`].
    #[serde(with = "crate::text::duration")]
    pub r3: Duration,
    /// [`Risk::R4`].
    #[serde(with = "crate::text::duration")]
    pub r4: Duration,
    /// [`Urgency::Low`].
    #[serde(with = "crate::text::duration")]
    pub low: Duration,
    /// [`Urgency::Medium`].
    #[serde(with = "crate::text::duration")]
    pub medium: Duration,
    /// [`Urgency::High`].
    #[serde(with = "crate::text::duration")]
    pub high: Duration,
    /// Taken off when its own tests pass and reach enough, and people of `bounty_organisations` signed it.
    #[serde(with = "crate::text::duration")]
    pub bounty: Duration,
    /// How many organisations the bounty asks for.
    pub bounty_organisations: u32,
    /// No bounty shortens a wait below this.
    #[serde(with = "crate::text::duration")]
    pub floor: Duration,
    /// Added after a change of identity.
    #[serde(with = "crate::text::duration")]
    pub identity_penalty: Duration,
    /// So many approvals of the security team end the wait.
    pub security_approvals: u32,
}

impl Default for AgeRules {
    fn default() -> Self {
        Self {
            r0: days(1),
            r1: days(2),
            r2: days(5),
            r3: days(10),
            r4: days(14),
            low: days(10),
            medium: days(5),
            high: days(2),
            bounty: days(3),
            bounty_organisations: 2,
            floor: days(2),
            identity_penalty: days(10),
            security_approvals: 2,
        }
    }
}

impl AgeRules {
    pub(crate) fn of_risk(&self, risk: Risk) -> Duration {
        match risk {
            Risk::R0 => self.r0,
            Risk::R1 => self.r1,
            Risk::R2 => self.r2,
            Risk::R3 => self.r3,
            Risk::R4 => self.r4,
        }
    }

    pub(crate) fn of_urgency(&self, urgency: Urgency) -> Duration {
        match urgency {
            Urgency::Low => self.low,
            Urgency::Medium => self.medium,
            Urgency::High => self.high,
        }
    }
}

/// What rebuilds have to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct RebuildRules {
    /// A new project's rebuild has to come at least this close. Up to `payload`, the code that will run is
    /// confirmed.
    pub new_projects: RebuildLevel,
}

impl Default for RebuildRules {
    fn default() -> Self {
        Self { new_projects: RebuildLevel::Payload }
    }
}

/// Which machines deliver facts. A fact that is missing although its machine is on rejects for the time being;
/// where the machine is off, the policy has nothing to say until the fact is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
#[expect(clippy::struct_excessive_bools, reason = "switches that do not depend on each other")]
pub struct Subsystems {
    /// Compares wheels per platform.
    pub coverage: bool,
    /// Looks up advisories.
    pub advisories: bool,
    /// Runs tests.
    pub tests: bool,
    /// Rebuilds.
    pub rebuild: bool,
}

impl Default for Subsystems {
    /// What needs nothing but the suites themselves.
    fn default() -> Self {
        Self { coverage: true, advisories: false, tests: false, rebuild: false }
    }
}

/// How long a run may search. All are counts, never times, so that a run can be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct SearchLimits {
    /// Calls of the oracle in the exact search.
    pub exact_calls: usize,
    /// Sets looked at in the exact search of one component, most of them without asking the oracle. Every
    /// component of n items is searched through when this is at least two to the power of n.
    pub exact_sets: usize,
    /// Calls of the oracle in the greedy search, over all components that were too hard.
    pub greedy_calls: usize,
    /// Calls of the oracle for taking apart what was accepted.
    pub group_calls: usize,
    /// Calls of the oracle for excuses.
    pub excuse_calls: usize,
    /// Of those, for one item's smallest fix.
    pub fix_calls: usize,
    /// The largest fix looked for.
    pub fix_items: usize,
    /// How many roots of an environment are explained in one excuse.
    pub explained_roots: usize,
}

impl Default for SearchLimits {
    fn default() -> Self {
        Self {
            exact_calls: 2_000,
            exact_sets: 1 << 16,
            greedy_calls: 2_000,
            group_calls: 64,
            excuse_calls: 1_000,
            fix_calls: 32,
            fix_items: 4,
            explained_roots: 3,
        }
    }
}
