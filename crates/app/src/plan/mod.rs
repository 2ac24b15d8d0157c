//! The plan: data sets kept under their hash beside the archive, and the ranking that is made of them.

mod archive;

pub use archive::{Archive, ArchiveError, Kept};
