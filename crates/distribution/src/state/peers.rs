//! The rows of imports: peers, their people, their reviews.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use packhouse_model::{MaintainerId, PeerName, ProjectName, Sha256, Timestamp};
use packhouse_trust::{Head, PublicKey};
use serde::{Deserialize, Serialize};

use super::rows::{Maintainer, ReviewRow, Standing};
use crate::act::{PeerKey, PeerPerson, PeerSet, PeerStanding, Role};

/// Another distribution whose reviews are imported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PeerRow {
    /// The subscription as it was said last.
    pub settings: PeerSet,
    /// Who said it.
    pub by: MaintainerId,
    /// When.
    pub at: Timestamp,
    /// The entry.
    pub entry: u64,
    /// The end of the peer's ledger, as far as entries here say.
    pub head: Option<Head>,
    /// The entry that ended it, and why.
    pub ended: Option<(u64, String)>,
}

impl PeerRow {
    /// Whether reviews of this project are imported.
    pub fn takes_project(&self, project: &ProjectName) -> bool {
        let settings = &self.settings;
        settings.projects.as_ref().is_none_or(|only| only.contains(project.as_str()))
            && !settings.exclude.contains(project.as_str())
    }

    /// Whether reviews of this person there are imported.
    pub fn takes_person(&self, person: &MaintainerId) -> bool {
        self.settings.maintainers.as_ref().is_none_or(|only| only.contains(person))
    }

    /// What criteria of the peer are worth here.
    pub fn mapped(&self, criteria: &[String]) -> Vec<String> {
        let mapped: BTreeSet<&String> =
            criteria.iter().filter_map(|name| self.settings.criteria.get(name)).flatten().collect();
        mapped.into_iter().cloned().collect()
    }
}

/// `elsewhere/ben`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerPersonId {
    /// The peer.
    pub peer: PeerName,
    /// The person's name there.
    pub person: MaintainerId,
}

impl PeerPersonId {
    /// The key of the two.
    pub fn new(peer: PeerName, person: MaintainerId) -> Self {
        Self { peer, person }
    }
}

impl fmt::Display for PeerPersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.peer, self.person)
    }
}

impl FromStr for PeerPersonId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (peer, person) = text.split_once('/').ok_or(())?;
        Ok(Self { peer: peer.parse().map_err(|_| ())?, person: person.parse().map_err(|_| ())? })
    }
}

/// A person of a peer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PeerPersonRow {
    /// What the peer's ledger says of them.
    pub person: PeerPerson,
    /// The fingerprints of their keys, in the order of these.
    pub fingerprints: Vec<String>,
    /// Our entry.
    pub entry: u64,
    /// When it was said.
    pub at: Timestamp,
}

impl PeerPersonRow {
    /// The person as one of ours, for questions of independence and organisations.
    pub(crate) fn maintainer(&self) -> Maintainer {
        let person = &self.person;
        Maintainer {
            name: person.name.clone(),
            standing: if person.standing == PeerStanding::Active {
                Standing::Active
            } else {
                Standing::Emeritus
            },
            roles: person.roles.clone(),
            affiliations: person.affiliations.clone(),
            conflicts: Vec::new(),
            accounts: person.accounts.clone(),
            addresses: person.addresses.clone(),
            since: self.at,
            last_act: self.at,
        }
    }

    /// The keys whose signature on the peer's entry `number`, made at `at`, is theirs as far as is known now.
    pub(crate) fn keys_for(&self, number: u64, at: Timestamp) -> Vec<PublicKey> {
        let good = self.person.keys.iter().filter(|key| counts(key, number, at));
        good.filter_map(|key| key.line.parse().ok()).collect()
    }

    /// Whether one of these keys, by their fingerprints, is such a key.
    pub(crate) fn believes(&self, keys: &BTreeSet<String>, number: u64, at: Timestamp) -> bool {
        let own = self.person.keys.iter().zip(&self.fingerprints);
        own.into_iter().any(|(key, fingerprint)| keys.contains(fingerprint) && counts(key, number, at))
    }

    /// Why nothing that they sign counts; in the third person, without a full stop.
    pub(crate) fn problem(&self) -> Option<String> {
        let peer = &self.person.peer;
        match self.person.standing {
            PeerStanding::Removed => Some(format!("{peer} has removed them")),
            _ if self.person.roles.iter().all(|role| *role == Role::Trainee) => {
                Some(format!("a trainee's word moves nothing, at {peer} neither"))
            }
            PeerStanding::Active | PeerStanding::Left => None,
        }
    }
}

fn counts(key: &PeerKey, number: u64, at: Timestamp) -> bool {
    key.added <= number
        && key.void_after.is_none_or(|last| number <= last)
        && key.expires.is_none_or(|end| at < end)
}

/// A review of a peer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportRow {
    /// Whose.
    pub peer: PeerName,
    /// The number of its entry there.
    pub number: u64,
    /// The hash of that entry.
    pub hash: Sha256,
    /// When it was imported.
    pub imported: Timestamp,
    /// The review as one of ours: `by` is who signed there, with keys as the peer's ledger tells them, its criteria are
    /// the peer's, its files those of a candidate here; who lifted it are people here.
    pub review: ReviewRow,
}
