//! The acts of a distribution: what a statement in the ledger can say.
//!
//! Each act is the predicate of an in-toto Statement v1; its kind is the `predicateType`. An act that is about files has
//! them as subjects, by name and SHA-256; every statement has the distribution's first entry as a further subject, so that
//! it means nothing in another distribution.

mod candidate;
mod import;
mod maintainer;
mod project;
mod review;
mod suite;
mod transition;
mod withdraw;

use std::fmt;
use std::str::FromStr;

use packhouse_model::{MaintainerId, Timestamp};
use serde::{Deserialize, Serialize};

pub use candidate::{
    Candidate, CandidateFile, IdentityChange, Provenance, ReleaseMetadata, RiskReason, UpstreamEvent,
    UpstreamNews, Vendor,
};
pub use import::{Import, ImportEnd, PeerEnd, PeerKey, PeerPerson, PeerSet, PeerStanding, Weight};
pub use maintainer::{
    Affiliate, Affiliation, Conflict, Invite, Join, KeyAdd, KeyRevoke, Leave, Role, SetRoles,
};
pub use project::{Contact, Orphan, ProjectAdd, Salvage, Steward, StewardAction, Tier};
pub use review::{
    Approve, Claim, Exempt, ExemptEnd, LostReviews, Note, Recount, Review, ReviewRevoke, Scope, Thoroughness,
    Verdict,
};
pub use suite::{
    Because, Environment, Hint, HintEnd, HintKind, LeftOut, Listing, Profile, Promise, ReleaseSuite,
    SetStage, Snapshot, Stage, SuiteKind, SuiteSet, WhyLeftOut,
};
pub use transition::{Member, Transition, TransitionEnd};
pub use withdraw::{Condition, Withdraw};

/// The longest free text in an act, in characters.
pub const LONGEST_TEXT: usize = 20_000;

/// Who an act is by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Actor {
    /// The distribution's own server: what machines find and compute.
    Server,
    /// A person.
    Maintainer(MaintainerId),
}

impl Actor {
    /// The person, if it is one.
    pub fn maintainer(&self) -> Option<&MaintainerId> {
        match self {
            Self::Server => None,
            Self::Maintainer(id) => Some(id),
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server => f.write_str("server"),
            Self::Maintainer(id) => write!(f, "{id}"),
        }
    }
}

impl FromStr for Actor {
    type Err = packhouse_model::NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "server" { Ok(Self::Server) } else { text.parse().map(Self::Maintainer) }
    }
}

impl Serialize for Actor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Actor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What stands in a statement's `predicate`, whatever the act.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predicate<A> {
    /// When, by the clock of who signed.
    pub at: Timestamp,
    /// Who says it.
    pub by: Actor,
    /// What.
    pub act: A,
}

/// A predicate that does not read.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// The `predicateType` is none of ours.
    #[error("{found:?} is no act of a Packhouse distribution (such as {prefix}review:v1)", prefix = PREFIX)]
    Kind {
        /// The type, cut to 80 characters.
        found: String,
    },
    /// The predicate has other fields than its kind.
    #[error("a statement of type {kind} does not have the fields of one")]
    Fields {
        /// The predicate type.
        kind: &'static str,
        /// What serde said.
        #[source]
        source: serde_json::Error,
    },
}

/// What all our predicate types begin with. A URN: statements are read without asking any host.
pub const PREFIX: &str = "urn:x-packhouse:";

macro_rules! acts {
    ($($(#[$doc:meta])* $act:ident = $kind:literal;)*) => {
        /// One act.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Act {
            $($(#[$doc])* $act(Box<$act>),)*
        }

        impl Act {
            /// The `predicateType`.
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$act(_) => concat!("urn:x-packhouse:", $kind),)* }
            }

            /// The kind as people read it: `review`, `key-add`.
            pub fn word(&self) -> &'static str {
                self.kind().trim_start_matches(PREFIX).trim_end_matches(":v1")
            }

            /// Reads the predicate of a statement of type `kind`.
            pub fn parse(kind: &str, predicate: serde_json::Value) -> Result<Predicate<Self>, ActError> {
                match kind {
                    $(concat!("urn:x-packhouse:", $kind) => {
                        let read: Predicate<$act> = serde_json::from_value(predicate).map_err(|source| {
                            ActError::Fields { kind: concat!("urn:x-packhouse:", $kind), source }
                        })?;
                        Ok(Predicate { at: read.at, by: read.by, act: Self::$act(Box::new(read.act)) })
                    })*
                    _ => Err(ActError::Kind { found: kind.chars().take(80).collect() }),
                }
            }

            /// The predicate as JSON; [`Act::parse`] reads it back.
            pub fn predicate(&self, at: Timestamp, by: &Actor) -> serde_json::Value {
                // Acts are made of text, numbers and lists: serialising them cannot fail.
                match self {
                    $(Self::$act(act) => serde_json::to_value(Predicate { at, by: by.clone(), act })
                        .unwrap_or_default(),)*
                }
            }
        }

        $(impl From<$act> for Act {
            fn from(act: $act) -> Self {
                Self::$act(Box::new(act))
            }
        })*
    };
}

acts! {
    /// The first entry: the distribution exists.
    Found = "found:v1";
    /// A person is invited, with the keys they sent.
    Invite = "invite:v1";
    /// An invited person joins, by the key they were invited with.
    Join = "join:v1";
    /// A person says whom they work for and where else they belong.
    Affiliate = "affiliate:v1";
    /// A further key of a person.
    KeyAdd = "key-add:v1";
    /// A key is not to be believed any more.
    KeyRevoke = "key-revoke:v1";
    /// What a person may do.
    SetRoles = "roles:v1";
    /// A person goes.
    Leave = "leave:v1";
    /// A tie that a person did not declare.
    Conflict = "conflict:v1";
    /// A project comes under maintenance.
    ProjectAdd = "project-add:v1";
    /// A person begins or ends to look after a project.
    Steward = "steward:v1";
    /// The people who look after a project are asked whether they still do.
    Contact = "contact:v1";
    /// A project has nobody, or is given up.
    Orphan = "orphan:v1";
    /// A person asks to take over a neglected project, or objects to that.
    Salvage = "salvage:v1";
    /// An upstream release on its way in.
    Candidate = "candidate:v1";
    /// Upstream yanked, deleted or quarantined something.
    UpstreamNews = "upstream:v1";
    /// A lease on the review of a release.
    Claim = "claim:v1";
    /// A remark on a release, which counts for nothing.
    Note = "note:v1";
    /// A verdict on exact bytes.
    Review = "review:v1";
    /// A review is taken back.
    ReviewRevoke = "review-revoke:v1";
    /// A release is taken without a review, until a date.
    Exempt = "exempt:v1";
    /// It ends before its date.
    ExemptEnd = "exempt-end:v1";
    /// Releases that lost their reviews, or have them again.
    Recount = "recount:v1";
    /// The second person's agreement to an act that needs two.
    Approve = "approve:v1";
    /// A person's word on a migration.
    Hint = "hint:v1";
    /// A hint is taken back.
    HintEnd = "hint-end:v1";
    /// What moves to a suite together, under a name.
    Transition = "transition:v1";
    /// A transition is over.
    TransitionEnd = "transition-end:v1";
    /// A suite, or its settings.
    SuiteSet = "suite:v1";
    /// Where a suite stands between two releases.
    SetStage = "stage:v1";
    /// The decision to release.
    ReleaseSuite = "release:v1";
    /// A new state of a suite.
    Snapshot = "snapshot:v1";
    /// A release is deprecated, yanked, quarantined, …
    Withdraw = "withdraw:v1";
    /// The reviews of another distribution are imported.
    PeerSet = "peer:v1";
    /// They are imported no longer.
    PeerEnd = "peer-end:v1";
    /// What a peer's ledger says of a person.
    PeerPerson = "peer-person:v1";
    /// A review of a peer.
    Import = "import:v1";
    /// The peer has taken it back.
    ImportEnd = "import-end:v1";
}

/// The first entry of a ledger, signed by the server's key that it names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// What people call the distribution.
    pub name: String,
    /// The server's public key, as one line of OpenSSH (`ssh-ed25519 AAAA…`).
    pub server_key: String,
}
