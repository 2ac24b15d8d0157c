#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod address;
mod calls;
mod documents;
mod error;
mod transport;

pub use address::{Address, AddressError};
pub use calls::{Client, Compared};
pub use documents::{
    Added, Affiliation, BrokenRoot, CandidateState, Claim, Condition, Counted, Counts, Dependent, Difference,
    DifferenceBase, DifferenceFile, DistributionInfo, Environment, Exemption, File, FileStatus, Head,
    HeldFix, Hunk, IdentityChange, Ignored, Imported, ImportedReview, Key, LeftOut, Line, Lost, Maintainer,
    Needed, Note, Peer, PeerChecked, PeerDetail, PeerMember, Pending, Placed, PlanVetted, Project,
    ProjectDetail, QueueItem, Quorum, Release, ReleaseLine, ReleaseMetadata, Released, Review, ReviewStatus,
    RiskReason, Rollback, Snapshot, SnapshotDetail, Standing, Submitted, Suggestion, Suite, SuiteDetail,
    TextDifference, Transition, TransitionMember,
};
pub use error::{ClientError, Problem};
pub use transport::Fetched;
