use std::fmt;

use packhouse_model::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

use crate::overrides::Waiver;

/// What a policy says of an item, from the best to the worst. An item's verdict is the worst of its policies'.
///
/// The nine of britney's lattice (`policies/__init__.py`, `PolicyVerdict`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The policy has nothing to say of this item.
    NotApplicable,
    /// Nothing against it.
    Pass,
    /// Something against it, and a person has lifted it.
    PassHinted,
    /// Time or a machine will end it.
    RejectedTemporarily,
    /// It waits for an item that time or a machine will let through.
    WaitingForAnotherItem,
    /// It waits for an item that somebody has to do something about.
    BlockedByAnotherItem,
    /// A person has to approve.
    NeedsApproval,
    /// Something is wrong that may or may not be mended for these bytes.
    CannotDetermineIfPermanent,
    /// These bytes will not move.
    RejectedPermanently,
}

impl Verdict {
    /// Whether the item stays where it is.
    pub fn rejects(self) -> bool {
        self >= Self::RejectedTemporarily
    }

    /// Whether somebody has to do something: time alone will not move it.
    pub fn blocks(self) -> bool {
        self >= Self::BlockedByAnotherItem
    }

    /// In words, for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotApplicable => "not applicable",
            Self::Pass => "passes",
            Self::PassHinted => "passes, lifted by a person",
            Self::RejectedTemporarily => "not yet",
            Self::WaitingForAnotherItem => "waits for another item",
            Self::BlockedByAnotherItem => "blocked by another item",
            Self::NeedsApproval => "needs approval",
            Self::CannotDetermineIfPermanent => "rejected, perhaps for good",
            Self::RejectedPermanently => "rejected for good",
        }
    }
}

/// Who has to do something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Actor {
    /// Nobody: a clock or a job.
    Machine,
    /// Anyone with this role.
    Role(Role),
    /// One person, by the name that the distribution knows them under.
    Person(String),
}

/// What people are to the distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Reviews, accepts, uploads.
    Maintainer,
    /// Unblocks, waives, releases.
    ReleaseManager,
    /// Approves fixes of vulnerabilities, resolves violations.
    Security,
}

impl fmt::Display for Actor {
    /// `machine`, `role:release-manager`, `person:ada`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Machine => f.write_str("machine"),
            Self::Role(Role::Maintainer) => f.write_str("role:maintainer"),
            Self::Role(Role::ReleaseManager) => f.write_str("role:release-manager"),
            Self::Role(Role::Security) => f.write_str("role:security"),
            Self::Person(name) => write!(f, "person:{name}"),
        }
    }
}

impl Serialize for Actor {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// The earliest moment at which something can be over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Earliest {
    /// It is over, or nothing has to end.
    Now,
    /// By a clock.
    At(Timestamp),
    /// Nobody can say: it hangs on people or machines.
    Unknown,
}

impl fmt::Display for Earliest {
    /// `now`, a time to the minute, `unknown`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => f.write_str("now"),
            Self::At(time) => f.write_str(&time.minute()),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

impl Serialize for Earliest {
    /// `null` for [`Earliest::Now`], a time in full, `"unknown"`.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Now => to.serialize_none(),
            Self::At(time) => time.serialize(to),
            Self::Unknown => to.serialize_str("unknown"),
        }
    }
}

/// One policy's part in an excuse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PolicyHit {
    /// The policy's name, as in waivers.
    pub policy: &'static str,
    /// What it says, waivers considered.
    pub verdict: Verdict,
    /// Why, for a person. Times, never ages: the same facts give the same words.
    pub sentence: String,
    /// Who may lift it, and how; empty where nothing has to be lifted.
    pub lift: String,
    /// Who has to do something; empty where nothing is to be done.
    pub actors: Vec<Actor>,
    /// Since when it has been so.
    pub since: Option<Timestamp>,
    /// When it can be over at best.
    pub earliest: Earliest,
    /// The waiver that turned a rejection into [`Verdict::PassHinted`].
    pub waived: Option<Waiver>,
}
