use packhouse_model::{Sha256, Timestamp};
use serde::Deserialize;
use serde_json::Value;

/// A distribution.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct DistributionInfo {
    /// As people call it.
    pub name: String,
    /// The hash of its first entry: every statement has it as a subject.
    pub id: Sha256,
    /// The server's key, by its fingerprint.
    pub server_key: String,
    /// The ledger's end.
    pub head: Head,
    /// How much there is.
    pub counts: Counts,
}

/// A ledger's end.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Head {
    /// Of the last entry.
    pub number: u64,
    /// Its hash.
    pub hash: Sha256,
}

/// How much there is of everything.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Counts {
    /// Active people.
    pub maintainers: u64,
    /// Under maintenance.
    pub projects: u64,
    /// Releases that were taken in.
    pub candidates: u64,
    /// Those of them that wait.
    pub open: u64,
    /// Reviews, those that do not count too.
    pub reviews: u64,
    /// Suites.
    pub suites: u64,
    /// Snapshots of all suites.
    pub snapshots: u64,
    /// Acts that wait for a second person.
    pub pending: u64,
}

/// What became of a statement.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Submitted {
    /// Its entry.
    pub number: u64,
    /// The entry's hash.
    pub hash: Sha256,
    /// What it was.
    pub act: String,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Maintainer {
    /// What they act under.
    pub id: String,
    /// For people.
    pub name: String,
    /// `invited`, `active` or `emeritus`.
    pub standing: String,
    /// What they may do.
    pub roles: Vec<String>,
    /// What they declared.
    pub affiliations: Vec<Affiliation>,
    /// What others found.
    pub conflicts: Vec<Affiliation>,
    /// Where vendors publish.
    pub accounts: Vec<String>,
    /// When they came.
    pub since: Timestamp,
    /// When they last signed anything.
    pub last_act: Timestamp,
    /// All that were ever theirs.
    pub keys: Vec<Key>,
    /// Those they look after.
    pub projects: Vec<String>,
    /// How many they signed.
    pub reviews: u64,
}

/// An employer or another tie.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Affiliation {
    /// Its name.
    pub organisation: String,
    /// Its mail domains.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Its accounts where vendors publish.
    #[serde(default)]
    pub accounts: Vec<String>,
    /// Since when.
    pub from: Timestamp,
    /// Until when.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

/// A key.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Key {
    /// `SHA256:…`.
    pub fingerprint: String,
    /// One line of OpenSSH.
    pub line: String,
    /// From when on it counts for nothing.
    pub expires: Option<Timestamp>,
    /// What it signed after this entry is void.
    pub void_after: Option<u64>,
}

/// An act that waits for a second person.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Pending {
    /// Its entry.
    pub entry: u64,
    /// Who proposed it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What it is.
    pub act: String,
    /// All of it.
    pub predicate: Value,
}
