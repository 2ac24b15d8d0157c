#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod advise;
mod audit;
mod clock;
mod compression;
pub mod config;
mod distribution;
mod documents;
mod download;
mod error;
mod eviction;
mod explain;
mod facts;
mod file;
mod flight;
mod index;
pub mod inspection;
mod jobs;
mod list;
mod lockcheck;
mod metadata;
mod open;
mod packhouse;
mod page;
mod paths;
pub mod plan;
mod project;
mod status;
mod trickle;

pub use advise::{
    AdvisoryFilter, AdvisoryHere, AdvisoryImport, AdvisoryProgress, AdvisoryStatus, AdvisoryView, HandedTo,
    ReleaseHere, ServedFile, SkippedRecord, SourceView,
};
pub use audit::AuditPage;
pub use clock::{Clock, ManualClock, SystemClock};
pub use distribution::{
    Broken, Fsck, HeldFix, ImportChecked, ImportError, ImportReport, LedgerError, Needed, ReviewView,
    ServerKeyError, Submitted, TOKEN_PREFIX, Token, TokenScope,
};
pub use distribution::{
    History, LOOKED_AT, LedgerLine, LedgerPage, LedgerSignature, LedgerWhole, Topic, plan_migration,
};
pub use download::{Download, HELD_BACK};
pub use error::{AppError, Refusal, chain as error_chain};
pub use explain::{Explanation, FileView, Question, ReleaseView};
pub use facts::{NameWord, NamesReport};
pub use file::{Arriving, FileAnswer, FileKey, Kept, KnownAnswer};
pub use index::{DEFAULT, Index, IndexError, PythonNames, SuiteView, read_indexes};
pub use list::RenderedList;
pub use lockcheck::{Fate, LockedVerdict};
pub use metadata::{MetadataBody, Sidecar};
pub use open::OpenError;
pub use packhouse::{Inner, Packhouse};
pub use packhouse_guard::rules::ALL_RULES;
pub use packhouse_guard::{Exception, Outcome, RuleHit};
pub use packhouse_store::{Refusal as AuditRow, RefusalFilter};
pub use packhouse_upstream::{Health, OriginHealth, discover};
pub use page::{PageKey, RenderedPage, Stale};
pub use paths::{file_path, why_id};
pub use project::{Found, KnownFile, MetadataState, Patience, Project};
pub use status::{Counters, Status, UpstreamStatus};
