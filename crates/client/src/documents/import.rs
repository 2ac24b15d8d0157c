use std::collections::BTreeMap;

use packhouse_model::{Sha256, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::Head;

/// Another distribution whose reviews are imported.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Peer {
    /// What it is called here.
    pub peer: String,
    /// The hash of its ledger's first entry.
    pub distribution: Sha256,
    /// Where its API is.
    pub address: Option<String>,
    /// Whose reviews; everybody's without a list.
    pub maintainers: Option<Vec<String>>,
    /// What its criteria are worth here.
    pub criteria: BTreeMap<String, Vec<String>>,
    /// Only these projects; all without a list.
    pub projects: Option<Vec<String>>,
    /// Never these.
    pub exclude: Vec<String>,
    /// `none`, `one` or `each`.
    pub counts: String,
    /// Why it is trusted with that.
    pub reason: String,
    /// Who said so.
    pub by: String,
    /// In which entry.
    pub entry: u64,
    /// Whether and why it has ended.
    pub ended: Option<Value>,
    /// The end of its ledger, as far as entries here say.
    pub head: Option<Head>,
    /// Reviews that were imported.
    pub imported: u64,
    /// Those that were not taken back.
    pub standing: u64,
    /// How the last look at it went.
    pub checked: Option<PeerChecked>,
}

/// How the last look at a peer's ledger went.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PeerChecked {
    /// When.
    pub at: Timestamp,
    /// How far it was read.
    pub head: Head,
    /// Why nothing was taken from it.
    pub error: Option<String>,
}

/// A peer with its people and reviews.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PeerDetail {
    /// The peer.
    #[serde(flatten)]
    pub peer: Peer,
    /// Its people whose reviews were imported.
    pub people: Vec<PeerMember>,
    /// Their reviews, the newest first.
    pub reviews: Vec<ImportedReview>,
}

/// A person of a peer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PeerMember {
    /// Their name there.
    pub id: String,
    /// Their name, for people.
    pub name: String,
    /// `active`, `left` or `removed`.
    pub standing: String,
    /// What they may do there.
    pub roles: Vec<String>,
    /// The organisations that they belong to.
    pub organisations: Vec<String>,
}

/// A review that was imported.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ImportedReview {
    /// Our entry.
    pub entry: u64,
    /// The peer's.
    pub number: u64,
    /// Who: `ben@elsewhere`.
    pub by: String,
    /// Which release.
    pub release: String,
    /// `accept`, `reject` or `violation`.
    pub verdict: String,
    /// The peer's criteria that it meets.
    pub criteria: Vec<String>,
    /// What they are worth here.
    pub worth: Vec<String>,
    /// Whether and why it was taken back.
    pub revoked: Option<Value>,
}

/// What a look at a peer's ledger came to.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Imported {
    /// How far its ledger was read.
    pub head: Head,
    /// Entries that were new.
    pub read: u64,
    /// Reviews that were imported.
    pub imported: u64,
    /// Reviews that were taken back.
    pub taken_back: u64,
    /// People of whom something new was written down.
    pub people: u64,
    /// Whether it was read to its end: only then anything is concluded.
    pub complete: bool,
}
