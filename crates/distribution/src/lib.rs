#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod act;
pub mod dependents;
pub mod duties;
pub mod entry;
pub mod identity;
pub mod independence;
mod keys;
pub mod peer;
mod release;
pub mod review;
pub mod series;
pub mod state;
pub mod stewardship;
mod table;
pub mod vendor;
#[cfg(test)]
mod world;

pub use act::{Act, ActError, Actor};
pub use release::{ParseReleaseError, Release};
pub use state::{ReadEntry, Refused, State};
pub use table::{RowChange, RowError};
