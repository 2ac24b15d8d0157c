//! What the server's documents say, as far as callers need it.

mod difference;
mod distribution;
mod import;
mod plan;
mod project;
mod release;
mod review;
mod suite;

pub use difference::{Difference, DifferenceBase, DifferenceFile, Hunk, Line, TextDifference};
pub use distribution::{Affiliation, Counts, DistributionInfo, Head, Key, Maintainer, Pending, Submitted};
pub use import::{Imported, ImportedReview, Peer, PeerChecked, PeerDetail, PeerMember};
pub use plan::PlanVetted;
pub use project::{CandidateState, Lost, Needed, Project, ProjectDetail, ReleaseLine, Standing};
pub use release::{
    Claim, Condition, Dependent, Exemption, File, IdentityChange, Note, Placed, QueueItem, Release,
    ReleaseMetadata, RiskReason,
};
pub use review::{Counted, FileStatus, Ignored, Quorum, Review, ReviewStatus, Suggestion};
pub use suite::{
    Added, BrokenRoot, Environment, HeldFix, LeftOut, Released, Rollback, Snapshot, SnapshotDetail, Suite,
    SuiteDetail, Transition, TransitionMember,
};
