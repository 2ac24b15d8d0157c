//! The plan: data sets kept under their hash beside the archive, and what is made of them.

mod archive;
mod board;
mod coverage;
mod formats;

pub use archive::{Archive, ArchiveError, Kept};
pub use board::{BoardKey, NextKey, Soon, vetted};
pub(crate) use coverage::JUDGED_AT_ONCE;
pub use coverage::{AskFor, Covered, LockCoverage, MOST_PACKAGES, Standing};
