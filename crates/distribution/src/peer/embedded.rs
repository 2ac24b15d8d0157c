//! An entry of a peer's ledger as it stands in a statement of ours.

use packhouse_model::{Sha256, Timestamp};
use packhouse_trust::{Envelope, Recorded, Statement};

use crate::act::{Act, Actor};
use crate::entry::DISTRIBUTION;

/// A peer's entry, read and bound to that peer. Its signatures are not verified.
pub(crate) struct Embedded {
    pub(crate) recorded: Recorded,
    pub(crate) envelope: Envelope,
    pub(crate) at: Timestamp,
    pub(crate) by: Actor,
    pub(crate) act: Act,
    /// Files by name.
    pub(crate) subjects: Vec<(String, Sha256)>,
}

/// Reads the line of an export. `distribution` is the hash of the peer's first entry.
pub(crate) fn read(line: &str, distribution: Sha256) -> Result<Embedded, String> {
    let recorded = Recorded::from_line(line.as_bytes()).map_err(|error| error.to_string())?;
    if recorded.entry.hash() != recorded.hash {
        return Err("it is not what its hash says".to_owned());
    }
    let envelope = recorded.entry.envelope().map_err(|error| error.to_string())?;
    let statement: Statement<serde_json::Value> =
        Statement::parse(envelope.payload_unverified()).map_err(|error| error.to_string())?;
    let predicate =
        Act::parse(&statement.predicate_type, statement.predicate).map_err(|error| error.to_string())?;
    let (own, files): (Vec<_>, Vec<_>) =
        statement.subjects.into_iter().partition(|subject| subject.name == DISTRIBUTION);
    // Attack: what a third distribution said, in the peer's ledger or out of it, would be imported as the peer's own.
    if own.len() != 1 || own[0].sha256 != distribution {
        return Err("it was made for another distribution than the peer".to_owned());
    }
    Ok(Embedded {
        recorded,
        envelope,
        at: predicate.at,
        by: predicate.by,
        act: predicate.act,
        subjects: files.into_iter().map(|subject| (subject.name, subject.sha256)).collect(),
    })
}
