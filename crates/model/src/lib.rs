#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod digest;
mod duration;
mod name;
mod risk;
mod time;

pub use digest::{ParseSha256Error, Sha256};
pub use duration::{ParseDurationError, humanize, parse_duration};
pub use name::{IndexName, MaintainerId, NameError, PeerName, ProjectName, SuiteName, UpstreamName};
pub use risk::{ParseRiskClassError, RiskClass};
pub use time::{ParseTimestampError, Timestamp};

/// What kind of distribution a file is, as far as the rules care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileKind {
    /// Installs by unpacking; runs no code of the vendor.
    Wheel,
    /// Source; installing it runs the vendor's build back end.
    Sdist,
    /// Anything else an index has ever listed: eggs, Windows installers, RPMs.
    Other,
}

impl FileKind {
    /// The word people use for it: `wheel`, `sdist`, `file`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Wheel => "wheel",
            Self::Sdist => "sdist",
            Self::Other => "file",
        }
    }
}
