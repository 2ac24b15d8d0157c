#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod error;
mod record;
mod sparse;
mod unpack;
mod wheel_metadata;
mod wheel_name;
mod zip;

pub use error::ArchiveError;
pub use record::{RecordCheck, RecordProblem, RecordedFile};
pub use unpack::{ArchiveFormat, Entry, EntryKind, UnpackError, UnpackLimits, Unpacked, Whole, unpack};
pub use wheel_metadata::{MetadataReader, Step, Wanted, metadata_of};
