#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod blobs;
mod db;
mod error;
mod foreign;
mod job_outcome;
mod jobs;
mod ledger;
mod metadata;
mod migrate;
mod name_lists;
mod open;
mod page_save;
mod pages;
mod refusals;
mod seen;
mod settings;
mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod value;

pub use blobs::{Added, Blob, BlobState, BlobTotals};
pub use db::Tx;
pub use error::Error;
pub use foreign::ForeignSqlite;
pub use job_outcome::{AfterFailure, Settled};
pub use jobs::{Enqueued, FailedJob, Job, JobCount, NewJob};
pub use ledger::{Appended, LedgerEntry, LedgerPlace, RowsMark, StateChange, StateRow};
pub use metadata::{Metadata, MetadataBody, MetadataSource};
pub use name_lists::NameList;
pub use page_save::NewPage;
pub use pages::{Page, PageCount, PageDocument, PageState, ProjectEntry};
pub use refusals::{NewRefusal, Refusal, RefusalFilter, RefusalId, RefusalPage};
pub use seen::{FileLocation, SeenFile};
pub use store::Store;

/// What every method of this crate returns.
pub type Result<T> = std::result::Result<T, Error>;
