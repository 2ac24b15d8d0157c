#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod config;
mod decision;
mod exception;
mod facts;
mod pattern;
mod policy;
pub mod rules;
#[cfg(test)]
mod tests;

pub use config::{
    DeletedPolicy, EntryConfig, ExceptionConfig, FindingsPolicy, PolicyConfig, ProjectConfig, RefusedFiles,
    SdistPolicy, Uninspected, VulnerabilityPolicy,
};
pub use decision::{Decision, Note, Outcome, RuleHit};
pub use exception::Exception;
pub use facts::{
    Advisories, AdvisoryFact, Case, FileFacts, Inspected, LooksLike, Newcomer, ProjectFacts, Publisher,
    PublisherChange, ReleaseFacts, UpstreamStatus, Weight, Withdrawn,
};
pub use pattern::{Canonical, Matcher};
pub use policy::{LONGEST_NEW, Policy, PolicyError, decide};
pub use rules::{Hit, Rule, Verdict};
