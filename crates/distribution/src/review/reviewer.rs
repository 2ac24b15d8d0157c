use std::fmt;
use std::str::FromStr;

use packhouse_model::{MaintainerId, NameError, PeerName};
use serde::{Serialize, Serializer};

/// Who signed a review: somebody here, `ada`, or somebody of a peer, `ben@elsewhere`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reviewer {
    /// Their name here, or there.
    pub person: MaintainerId,
    /// The peer whose person they are.
    pub peer: Option<PeerName>,
}

impl Reviewer {
    /// Somebody here.
    pub fn here(person: &MaintainerId) -> Self {
        Self { person: person.clone(), peer: None }
    }

    /// Somebody of a peer.
    pub fn of(peer: &PeerName, person: &MaintainerId) -> Self {
        Self { person: person.clone(), peer: Some(peer.clone()) }
    }
}

impl fmt::Display for Reviewer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.peer {
            None => self.person.fmt(f),
            Some(peer) => write!(f, "{}@{peer}", self.person),
        }
    }
}

impl FromStr for Reviewer {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Ok(match text.split_once('@') {
            None => Self { person: text.parse()?, peer: None },
            Some((person, peer)) => Self { person: person.parse()?, peer: Some(peer.parse()?) },
        })
    }
}

impl Serialize for Reviewer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// As whose a signature counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Voice {
    /// Somebody here.
    Own(MaintainerId),
    /// A peer as a whole.
    Peer(PeerName),
    /// Somebody of a peer.
    Person(PeerName, MaintainerId),
}

impl Voice {
    pub(super) fn is_own(&self, who: &MaintainerId) -> bool {
        matches!(self, Self::Own(own) if own == who)
    }

    /// Why a further signature of the voice does not count.
    pub(super) fn spoke_in(&self, entry: u64) -> String {
        match self {
            Self::Own(_) | Self::Person(..) => format!("they signed already, in entry {entry}"),
            Self::Peer(peer) => format!("{peer} counts as one signature, which is entry {entry}"),
        }
    }
}
