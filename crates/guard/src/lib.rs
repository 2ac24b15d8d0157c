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
    SdistPolicy, Uninspected,
};
pub use decision::{Decision, Outcome, RuleHit};
pub use exception::Exception;
pub use facts::{Case, FileFacts, Inspected, ProjectFacts, ReleaseFacts, UpstreamStatus, Weight, Withdrawn};
pub use pattern::{Canonical, Matcher};
pub use policy::{Policy, PolicyError, decide};
pub use rules::{Hit, Rule, Verdict};
