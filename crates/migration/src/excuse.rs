use std::collections::BTreeMap;

use packhouse_model::{ProjectName, Timestamp};
use packhouse_pypi::Version;
use serde::Serialize;

use crate::item::{EnvironmentName, ItemId, ItemKind, TransitionName};
use crate::oracle::Requirement;
use crate::overrides::Waiver;
use crate::verdict::{Actor, Earliest, PolicyHit, Verdict};

/// Why an item moves or does not: both phases, who must act, since when, how long at best.
///
/// Its JSON is described in this crate's README, section *excuses.json*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Excuse {
    /// The item.
    pub item_name: ItemId,
    /// Its project.
    #[serde(serialize_with = "crate::text::project::serialize")]
    pub project: ProjectName,
    /// What kind of step it is.
    pub kind: ItemKind,
    /// What leaves.
    #[serde(serialize_with = "crate::text::versions::serialize")]
    pub old_version: Vec<Version>,
    /// What comes.
    #[serde(serialize_with = "crate::text::versions::serialize")]
    pub new_version: Vec<Version>,
    /// The transition it is part of.
    pub transition: Option<TransitionName>,
    /// It moves.
    pub accepted: bool,
    /// It passed the first phase.
    pub is_candidate: bool,
    /// The first phase's verdict.
    pub migration_policy_verdict: Verdict,
    /// The worse of both phases' verdicts.
    pub verdict: Verdict,
    /// Each policy's word, in the order of the policies.
    pub policy_info: Vec<PolicyHit>,
    /// The names of the policies that reject, and `installability` for the second phase.
    pub reason: Vec<&'static str>,
    /// The items because of whose own rejection this one waits.
    pub blocked_by: Vec<ItemId>,
    /// The second phase.
    pub phase2: TrialReport,
    /// Who has to do something for it to move; empty when it moves.
    pub actor_needed: Vec<Actor>,
    /// Since when it has been held; of an item that moves, since when it was in the source suite.
    pub since: Timestamp,
    /// When it can move at best.
    pub eta: Earliest,
    /// The overrides of people that it rests on.
    pub waivers: Vec<Waiver>,
}

/// What trying an item beside all that moves came to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TrialReport {
    /// `false` when the limit on calls was reached first; then the rest is empty.
    pub tried: bool,
    /// It holds everywhere where it has to.
    pub acceptable: bool,
    /// Further items that were tried with it, because it cannot move without them.
    pub tried_with: Vec<ItemId>,
    /// Environments in which something is different.
    pub environments: BTreeMap<EnvironmentName, EnvironmentTrial>,
    /// The smallest set of other items with which it would pass the second phase; `None`: there is none among
    /// the items of this run, or none was found (see `fix_search_complete`).
    pub minimal_fix: Option<Vec<FixItem>>,
    /// All sets up to the limit on size were ruled out or looked at.
    pub fix_search_complete: bool,
    /// Accepted items that it excludes: without them, it would pass.
    pub instead_of: Vec<ItemId>,
}

/// What changes in one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct EnvironmentTrial {
    /// Whether it can hold items back.
    pub requirement: Requirement,
    /// What becomes uninstallable, and is installable without this item.
    pub newly_uninstallable: Vec<Broken>,
}

/// One root that breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Broken {
    /// A project, or a profile.
    pub root: String,
    /// A person has waived it.
    pub waived: bool,
    /// Why, in the oracle's words. Empty beyond the limit on roots that are explained.
    pub explanation: Vec<String>,
}

/// One member of a smallest fix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct FixItem {
    /// The item.
    pub item_name: ItemId,
    /// `reb 1.2`.
    pub subject: String,
    /// What the first phase says of it.
    pub verdict: Verdict,
    /// What it still needs: the sentences of what rejects it.
    pub needs: Vec<String>,
    /// Who has to do something for it.
    pub actor_needed: Vec<Actor>,
    /// When it can pass the first phase at best.
    pub eta: Earliest,
}
