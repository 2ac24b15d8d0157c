//! From a ledger's entry to what it says, and from an act to the statement that is signed.

use std::collections::BTreeSet;

use packhouse_model::{Sha256, Timestamp};
use packhouse_trust::{DsseError, Entry, PublicKey, Statement, StatementError, Subject};

use crate::act::{Act, ActError, Actor};
use crate::state::{ReadEntry, State};

/// The subject that binds every statement to one distribution.
pub const DISTRIBUTION: &str = "distribution";

/// Why an entry's envelope says nothing.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// No envelope.
    #[error("entry {number} holds no envelope that can be read")]
    Envelope {
        /// The entry.
        number: u64,
        /// Why.
        #[source]
        source: DsseError,
    },
    /// No statement in it.
    #[error("entry {number} holds no statement that can be read")]
    Statement {
        /// The entry.
        number: u64,
        /// Why.
        #[source]
        source: StatementError,
    },
    /// No act of ours.
    #[error("entry {number} says nothing that a distribution says")]
    Act {
        /// The entry.
        number: u64,
        /// Why.
        #[source]
        source: ActError,
    },
    /// Made for another distribution.
    #[error(
        "entry {number} is about another distribution: its subject `distribution` is {found}, expected {expected}"
    )]
    Distribution {
        /// The entry.
        number: u64,
        /// As in the statement.
        found: String,
        /// Ours.
        expected: Sha256,
    },
}

/// Reads an entry and finds out which keys signed it. Whether they may say so, [`State::apply`] tells.
///
/// Only keys that could count are tried: the server's, the author's, and one that the act itself brings.
pub fn read(entry: &Entry, state: &State) -> Result<ReadEntry, ReadError> {
    let number = entry.number();
    let envelope = entry.envelope().map_err(|source| ReadError::Envelope { number, source })?;
    let statement: Statement<serde_json::Value> = Statement::parse(envelope.payload_unverified())
        .map_err(|source| ReadError::Statement { number, source })?;
    let predicate = Act::parse(&statement.predicate_type, statement.predicate)
        .map_err(|source| ReadError::Act { number, source })?;
    let expected = match (state.distribution(), &predicate.act) {
        (Some(founded), _) => founded.id,
        (None, Act::Found(act)) => Sha256::of(act.server_key.as_bytes()),
        (None, _) => Sha256::from_bytes([0; 32]),
    };
    let named = statement.subjects.iter().find(|subject| subject.name == DISTRIBUTION);
    if named.is_none_or(|subject| subject.sha256 != expected) {
        return Err(ReadError::Distribution {
            number,
            found: named.map_or_else(|| "not there".to_owned(), |subject| subject.sha256.hex()),
            expected,
        });
    }
    let keys = candidates(state, &predicate.by, &predicate.act);
    let signed = envelope.verify(&keys);
    Ok(ReadEntry {
        number,
        hash: entry.hash(),
        keys: signed.by.iter().map(|key| key.id().to_string()).collect(),
        subjects: statement
            .subjects
            .into_iter()
            .filter(|subject| subject.name != DISTRIBUTION)
            .map(|subject| (subject.name, subject.sha256))
            .collect(),
        at: predicate.at,
        by: predicate.by,
        act: predicate.act,
    })
}

fn candidates(state: &State, by: &Actor, act: &Act) -> Vec<PublicKey> {
    let mut lines: BTreeSet<&str> = BTreeSet::new();
    match by {
        Actor::Server => lines.extend(state.distribution().map(|founded| founded.server_line.as_str())),
        Actor::Maintainer(person) => {
            lines.extend(
                state.keys.iter().filter(|(_, key)| key.owner == *person).map(|(_, key)| key.line.as_str()),
            );
        }
    }
    match act {
        Act::Found(act) => {
            lines.insert(&act.server_key);
        }
        Act::KeyAdd(act) => {
            lines.insert(&act.key);
        }
        _ => {}
    }
    lines.into_iter().filter_map(|line| line.parse().ok()).collect()
}

/// The statement of an act, ready to be signed. `distribution` is [`crate::state::rows::Founded::id`]; `files` are the bytes
/// that the act is about.
pub fn statement(
    distribution: Sha256,
    act: &Act,
    at: Timestamp,
    by: &Actor,
    files: &[(String, Sha256)],
) -> Statement<serde_json::Value> {
    let own = Subject { name: DISTRIBUTION.to_owned(), sha256: distribution };
    let files = files.iter().map(|(name, sha256)| Subject { name: name.clone(), sha256: *sha256 });
    Statement {
        subjects: std::iter::once(own).chain(files).collect(),
        predicate_type: act.kind().to_owned(),
        predicate: act.predicate(at, by),
    }
}

/// The statement of a first entry: it has no distribution to belong to yet, and names the hash of the server's key instead.
pub fn founding(found: &crate::act::Found, at: Timestamp) -> Statement<serde_json::Value> {
    let id = Sha256::of(found.server_key.as_bytes());
    statement(id, &Act::from(found.clone()), at, &Actor::Server, &[])
}
