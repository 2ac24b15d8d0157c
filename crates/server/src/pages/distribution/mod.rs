//! The pages of the distribution: what waits, what is reviewed, what the suites hold, and who said so.

mod colours;
mod excuses;
mod feed;
mod imports;
mod inline;
mod ledger;
mod people;
mod queue;
mod review;
mod review_file;
mod section;
mod suites;
mod tracker;
pub(crate) mod words;

pub use excuses::{ExcusesPage, SuiteExcuses, TransitionLine};
pub use feed::{Feed, FeedEntry};
pub use imports::{ImportPage, ImportedLine, ImportsPage, PeerPersonLine, PeerSummary};
pub use inline::{BYTES as INLINE_BYTES, FILES as INLINE_FILES, Inline, inline};
pub use ledger::{EntryLine, EntryPage, HistoryList, LedgerPage, SignedBy};
pub use people::{KeyRow, MaintainerPage, MaintainerRow, MaintainersPage, ReviewLine, Tie};
pub use queue::{Claimed, QueuePage, QueueRow};
pub use review::{
    ExemptionRow, FILES_PER_PAGE, LineNote, ReviewHead, ReviewPage, ReviewStanding, SignatureRow,
};
pub use review_file::{
    LINES_PER_PAGE, Mode, ReviewFilePage, ReviewedFile, TEXT_PER_PAGE, limits as text_limits,
};
pub use section::{DistributionSection, SuiteLine};
pub use suites::{ContentRow, SnapshotLine, SnapshotsPage, SuitePage, SuiteSummary, SuitesPage};
pub use tracker::{CandidateLine, ConditionLine, Excused, InSuite, Tracker};

pub(crate) use excuses::anchor as excuse_anchor;
pub(crate) use feed::{ENTRIES as FEED_ENTRIES, path as feed_path};
pub(crate) use ledger::ROWS as LEDGER_ROWS;
pub(crate) use queue::ROWS as QUEUE_ROWS;
pub(crate) use suites::{ROWS as SUITE_ROWS, SNAPSHOTS as SNAPSHOT_ROWS};

/// The page on which a release is reviewed: `/review/flask/3.1.0`.
pub fn review_path(project: &str, version: &str) -> String {
    use super::links::encode;
    format!("/review/{}/{}", encode(project), encode(version))
}

/// The page of a maintainer.
pub fn maintainer_path(id: &str) -> String {
    format!("/maintainers/{}", super::links::encode(id))
}

/// The page of another distribution whose reviews are imported.
pub fn import_path(peer: &str) -> String {
    format!("/imports/{}", super::links::encode(peer))
}

/// The page of a suite.
pub fn suite_path(name: &str) -> String {
    format!("/suites/{}", super::links::encode(name))
}
