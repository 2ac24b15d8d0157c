#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod commit;
mod crash;
mod durable;
mod error;
mod follow;
mod key;
mod reader;
mod staged;
mod staging;
mod store;

#[cfg(test)]
mod tests;

pub use error::BlobError;
pub use follow::{Follower, Progress, StageState};
pub use reader::{BlobReader, ByteStream};
pub use staged::{Committed, Staged};
pub use store::BlobStore;
