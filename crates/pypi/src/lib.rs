#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod core_metadata;
pub mod environment;
pub mod filename;
mod json;
pub mod lock;
pub mod marker;
pub mod name;
pub mod negotiate;
pub mod project_json;
pub mod provenance;
pub mod requirement;
pub mod simple;
pub mod specifiers;
pub mod tags;
mod text;
pub mod version;

pub use environment::{Environment, InvalidEnvironment};
pub use filename::{Distribution, InvalidFilename, check_filename, parse_filename};
pub use marker::Marker;
pub use name::{InvalidName, normalize};
pub use requirement::{Extra, InvalidRequirement, Requirement, Source};
pub use specifiers::{Admitted, InvalidSpecifiers, Offer, VersionSpecifiers};
pub use tags::{InvalidTags, WheelTags};
pub use version::{InvalidVersion, Version};
