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
    DeletedPolicy, EntryConfig, ExceptionConfig, PolicyConfig, ProjectConfig, RefusedFiles, SdistPolicy,
};
pub use decision::{Decision, Outcome, RuleHit};
pub use exception::Exception;
pub use facts::{Case, FileFacts, ProjectFacts, ReleaseFacts, UpstreamStatus, Withdrawn};
pub use pattern::{Canonical, Matcher};
pub use policy::{Policy, PolicyError, decide};
pub use rules::{Hit, Rule, Verdict};
