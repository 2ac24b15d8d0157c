#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod advisories;
mod blobs;
mod db;
mod error;
mod fact_changes;
mod file_needs;
mod foreign;
mod handed_out;
mod inspections;
mod job_outcome;
mod jobs;
mod known_files;
mod ledger;
mod metadata;
mod migrate;
mod name_lists;
mod name_words;
mod open;
mod page_save;
mod pages;
mod peers;
mod publishers;
mod refusals;
mod seen;
mod settings;
mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod value;

pub use advisories::{AdvisoryRow, AdvisorySource, NewAdvisory};
pub use blobs::{Added, Blob, BlobState, BlobTotals};
pub use db::Tx;
pub use error::Error;
pub use fact_changes::FactChanges;
pub use foreign::ForeignSqlite;
pub use handed_out::{HandedOut, NewHandOut};
pub use inspections::{Inspection, InspectionCount};
pub use job_outcome::{AfterFailure, Settled};
pub use jobs::{Enqueued, FailedJob, Job, JobCount, NewJob};
pub use known_files::KnownFiles;
pub use ledger::{Appended, LedgerEntry, LedgerPlace, RowsMark, StateChange, StateRow};
pub use metadata::{Metadata, MetadataBody, MetadataSource};
pub use name_lists::NameList;
pub use name_words::NameConfirmation;
pub use page_save::NewPage;
pub use pages::{Page, PageCount, PageDocument, PageState, ProjectEntry};
pub use peers::PeerMark;
pub use publishers::SeenPublisher;
pub use refusals::{NewRefusal, Refusal, RefusalFilter, RefusalId, RefusalPage};
pub use seen::{FileLocation, SeenFile};
pub use store::Store;

/// What every method of this crate returns.
pub type Result<T> = std::result::Result<T, Error>;
