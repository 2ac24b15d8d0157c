#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod cached;
mod commit;
mod crash;
mod durable;
mod error;
mod follow;
mod key;
mod pool;
mod reader;
mod reading;
mod remote;
mod s3;
mod staged;
mod staging;
mod store;
mod turn;

#[cfg(test)]
mod tests;

pub use error::BlobError;
pub use follow::{Follower, Progress, StageState};
pub use reader::{BlobReader, ByteStream};
pub use staged::{Committed, Staged};
pub use store::{BlobStore, OnDisk};
