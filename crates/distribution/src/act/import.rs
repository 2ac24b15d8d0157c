use std::collections::{BTreeMap, BTreeSet};

use packhouse_model::{MaintainerId, PeerName, Sha256, Timestamp};
use packhouse_trust::Head;
use serde::{Deserialize, Serialize};

use super::{Affiliation, Role};

/// How the reviews of a peer count towards a quorum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// They are shown, and a violation blocks; as signatures they count for nothing.
    None,
    /// All of them together are one signature from one organisation.
    #[default]
    One,
    /// Each person there is one signature, from the organisations that they declare there.
    Each,
}

impl Weight {
    /// The word in statements and on pages.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::One => "one",
            Self::Each => "each",
        }
    }
}

/// By a release manager: the reviews of another distribution are imported from now on. Said again it replaces what was said
/// before of the same peer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerSet {
    /// What it is called here.
    pub peer: PeerName,
    /// The hash of its ledger's first entry, which names its server's key: known from its people, and never from its
    /// server's first answer. It can never be another one under the same name.
    pub distribution: Sha256,
    /// Where its API is: `https://packhouse.example`. Without one its ledger comes as a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Only the reviews of these people there; without a list, of everybody there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintainers: Option<BTreeSet<MaintainerId>>,
    /// What each of its criteria is worth here. One that is not named is worth nothing.
    pub criteria: BTreeMap<String, BTreeSet<String>>,
    /// Only these projects, by their normalised names; without a list, all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projects: Option<BTreeSet<String>>,
    /// Never these projects.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub exclude: BTreeSet<String>,
    /// How its reviews count.
    #[serde(default)]
    pub counts: Weight,
    /// Why it is trusted with that.
    pub reason: String,
}

/// By a release manager or security: what was imported from a peer counts for nothing from now on. Violations stay until
/// two people here lift them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerEnd {
    /// Which.
    pub peer: PeerName,
    /// Why.
    pub reason: String,
}

/// Where a person of a peer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PeerStanding {
    /// Acts.
    Active,
    /// Has left by their own word; what they signed before still counts.
    Left,
    /// Was removed by somebody else; nothing of theirs counts.
    Removed,
}

/// A key of a person of a peer, with the numbers of entries of the peer's ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerKey {
    /// One line of OpenSSH.
    pub line: String,
    /// The entry that brought it.
    pub added: u64,
    /// From when on its signatures count for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// When it is revoked: the last entry that is still believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub void_after: Option<u64>,
}

/// By the server: what a peer's ledger says of one of its people, as far as `head`. Said again when that changes, so that
/// what they signed counts by what is known now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerPerson {
    /// Which peer.
    pub peer: PeerName,
    /// The end of its ledger when it was read.
    pub head: Head,
    /// Who, by their name there.
    pub maintainer: MaintainerId,
    /// Their name, for people.
    pub name: String,
    /// Where they are.
    pub standing: PeerStanding,
    /// What they may do there.
    pub roles: BTreeSet<Role>,
    /// Whom they belong to, declared or found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub affiliations: Vec<Affiliation>,
    /// Their accounts where vendors publish.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub accounts: BTreeSet<String>,
    /// SHA-256 of their mail addresses.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub addresses: BTreeSet<Sha256>,
    /// All keys that they ever had, in the order in which they came.
    pub keys: Vec<PeerKey>,
}

/// By the server: a review of a peer, with the files of a candidate here as subjects.
///
/// The entry is the peer's own, byte for byte: who holds its ledger finds it there, and its signature can be verified for
/// ever, whatever becomes of the peer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// Which peer.
    pub peer: PeerName,
    /// The end of its ledger when it was read.
    pub head: Head,
    /// The review's entry, as its line in an export of the peer's ledger, without the line feed.
    pub entry: String,
}

/// By the server: the peer has taken a review back, or lifted a violation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportEnd {
    /// Which peer.
    pub peer: PeerName,
    /// The end of its ledger when it was read.
    pub head: Head,
    /// The number of our entry that imported it.
    pub import: u64,
    /// The peer's entry that took it back, as a line like [`Import::entry`].
    pub entry: String,
}
