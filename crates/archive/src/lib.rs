#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod error;
mod sparse;
mod wheel_metadata;
mod wheel_name;
mod zip;

pub use error::ArchiveError;
pub use wheel_metadata::{MetadataReader, Step, Wanted, metadata_of};
