#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod core_metadata;
pub mod filename;
mod json;
pub mod lock;
pub mod name;
pub mod negotiate;
pub mod project_json;
pub mod simple;
mod text;
pub mod version;

pub use filename::{Distribution, InvalidFilename, check_filename, parse_filename};
pub use name::{InvalidName, normalize};
pub use version::{InvalidVersion, Version};
