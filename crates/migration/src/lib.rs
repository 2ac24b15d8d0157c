#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod bits;
mod excuse;
mod facts;
mod item;
mod judge;
mod oracle;
mod overrides;
mod plan;
pub mod policies;
mod relations;
mod render;
mod rules;
mod text;
mod trial;
mod verdict;
mod what_if;

pub use excuse::{Broken, EnvironmentTrial, Excuse, FixItem, TrialReport};
pub use facts::{
    Advisories, Exemption, IdentityHold, ItemFacts, Lane, PlatformCoverage, Quorum, Rebuild, RebuildLevel,
    RebuildOutcome, RetirementFacts, Risk, TestOutcome, TransitionFacts, Urgency, Violation, WaitFor,
};
pub use item::{EnvironmentName, Item, ItemId, ItemKind, TransitionName};
pub use judge::{Judgement, judge};
pub use oracle::{Environment, ItemIndex, Oracle, PROFILE_PREFIX, Requirement, Uninstallable};
pub use overrides::{Block, Unblock, Waiver, WaiverTarget};
pub use plan::{Group, Plan, plan};
pub use rules::{
    AgeRules, MigrationRules, Permission, RebuildRules, SearchLimits, Stage, StageRules, Stages, Subsystems,
};
pub use verdict::{Actor, Earliest, PolicyHit, Role, Verdict};
pub use what_if::{WhatIf, WhatIfError};
