use std::collections::{BTreeMap, BTreeSet};

use packhouse_model::{MaintainerId, PeerName, Sha256};
use packhouse_trust::Head;

use super::Follower;
use crate::act::{Act, Affiliation, Import, ImportEnd, PeerKey, PeerPerson, PeerStanding, Verdict};
use crate::state::State;
use crate::state::peers::{PeerPersonRow, PeerRow};
use crate::state::rows::{CandidateRow, ReviewRow, Standing};

/// The longest line of a peer's entry that is quoted, in bytes: a statement of ours has room for it beside everything else.
const LONGEST_LINE: usize = 800_000;

/// Something that the server has to say because of what a peer's ledger holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    /// What.
    pub act: Act,
    /// The files that it is about.
    pub files: Vec<(String, Sha256)>,
}

/// What is to be said now, at most `limit` acts, in this order; when there is something, say it and ask again. Empty when
/// the peer is unknown here or has ended. The follower must have read the peer's ledger to its end.
pub fn due(state: &State, name: &PeerName, follower: &Follower, limit: usize) -> Vec<Due> {
    let Some(peer) = state.peers.get(name).filter(|peer| peer.ended.is_none()) else { return Vec::new() };
    if peer.settings.distribution != follower.distribution() {
        return Vec::new();
    }
    let mut due = Vec::new();
    let here = standing_here(state, name);
    // What is taken back goes first: it must not wait behind a thousand new reviews.
    let known = state.peer_people.iter().filter(|(id, _)| id.peer == *name);
    let changed = known.filter_map(|(id, row)| {
        let person = person(name, &id.person, follower)?;
        (!says_the_same(row, &person)).then(|| Due { act: person.into(), files: Vec::new() })
    });
    due.extend(changed.take(limit));
    for (number, imports) in &here {
        let Some(line) = follower.taken_back(*number).filter(|line| line.len() <= LONGEST_LINE) else {
            continue;
        };
        due.extend(imports.entries.iter().map(|import| {
            let act =
                ImportEnd { peer: name.clone(), head: follower.end(), import: *import, entry: line.clone() };
            Due { act: act.into(), files: Vec::new() }
        }));
    }
    let mut people: BTreeSet<MaintainerId> = state
        .peer_people
        .iter()
        .filter(|(id, _)| id.peer == *name)
        .map(|(id, _)| id.person.clone())
        .collect();
    for (number, row) in follower.state().reviews.iter() {
        if due.len() >= limit {
            break;
        }
        let files = wanted(state, peer, follower, *number, row);
        let covered = here.get(number).map(|imports| &imports.files);
        // Signatures are verified last: that costs most.
        if files.is_empty()
            || covered.is_some_and(|known| files.iter().all(|(_, sha256)| known.contains(sha256)))
            || !signed(follower, *number, row)
        {
            continue;
        }
        let Some(line) = follower.line(*number).filter(|line| line.len() <= LONGEST_LINE) else { continue };
        if !people.contains(&row.by) {
            let Some(person) = person(name, &row.by, follower) else { continue };
            due.push(Due { act: person.into(), files: Vec::new() });
            people.insert(row.by.clone());
        }
        let act = Import { peer: name.clone(), head: follower.end(), entry: line.clone() };
        due.push(Due { act: act.into(), files });
    }
    due.truncate(limit.max(1));
    due
}

#[derive(Default)]
struct Here {
    entries: Vec<u64>,
    files: BTreeSet<Sha256>,
}

/// What stands here of the peer's reviews, by their numbers there.
fn standing_here(state: &State, name: &PeerName) -> BTreeMap<u64, Here> {
    let mut here: BTreeMap<u64, Here> = BTreeMap::new();
    let own = state.imports.iter().filter(|(_, row)| row.peer == *name && row.review.revoked.is_none());
    for (entry, row) in own {
        let imports = here.entry(row.number).or_default();
        imports.entries.push(*entry);
        imports.files.extend(&row.review.files);
    }
    here
}

/// The files of a candidate here that a review of the peer is about, when it is worth importing.
fn wanted(
    state: &State,
    peer: &PeerRow,
    follower: &Follower,
    number: u64,
    row: &ReviewRow,
) -> Vec<(String, Sha256)> {
    let release = &row.review.release;
    let nothing = Vec::new();
    let (Some(ours), Some(theirs)) =
        (state.candidates.get(release), follower.state().candidates.get(release))
    else {
        return nothing;
    };
    if !peer.takes_project(&release.project)
        || !peer.takes_person(&row.by)
        || follower.taken_back(number).is_some()
        || row.review.verdict == Verdict::Accept && peer.mapped(&row.review.criteria).is_empty()
    {
        return nothing;
    }
    let same = |name: &String, sha256: &Sha256, of: &CandidateRow| of.files.get(name) == Some(sha256);
    ours.files
        .iter()
        .filter(|(name, sha256)| row.files.contains(sha256) && same(name, sha256, theirs))
        .map(|(name, sha256)| (name.clone(), *sha256))
        .collect()
}

/// Whether the peer itself still believes the signature.
fn signed(follower: &Follower, number: u64, row: &ReviewRow) -> bool {
    let Some(person) = person_row(follower, &row.by) else { return false };
    if person.problem().is_some() {
        return false;
    }
    let keys = person.keys_for(number, row.at);
    let envelope = follower
        .line(number)
        .and_then(|line| packhouse_trust::Recorded::from_line(line.as_bytes()).ok()?.entry.envelope().ok());
    envelope.is_some_and(|envelope| !envelope.verify(&keys).by.is_empty())
}

fn person_row(follower: &Follower, id: &MaintainerId) -> Option<PeerPersonRow> {
    // Which name the peer has here makes no difference to whether it believes its own people.
    let name: PeerName = "peer".parse().ok()?;
    let at = follower.state().newest()?;
    Some(PeerPersonRow { person: person(&name, id, follower)?, fingerprints: Vec::new(), entry: 0, at })
}

/// What the peer's ledger says of a person.
fn person(peer: &PeerName, id: &MaintainerId, follower: &Follower) -> Option<PeerPerson> {
    let state = follower.state();
    let row = state.maintainers.get(id)?;
    let mut keys: Vec<PeerKey> = state
        .keys
        .iter()
        .filter(|(_, key)| key.owner == *id)
        .map(|(_, key)| PeerKey {
            line: key.line.clone(),
            added: key.added,
            expires: key.expires,
            void_after: key.void_after,
        })
        .collect();
    keys.sort_by(|one, other| (one.added, &one.line).cmp(&(other.added, &other.line)));
    let standing = match row.standing {
        _ if follower.was_removed(id) => PeerStanding::Removed,
        Standing::Emeritus => PeerStanding::Left,
        Standing::Active => PeerStanding::Active,
        Standing::Invited => return None,
    };
    let affiliations: Vec<Affiliation> = row.affiliations.iter().chain(&row.conflicts).cloned().collect();
    Some(PeerPerson {
        peer: peer.clone(),
        head: follower.end(),
        maintainer: id.clone(),
        name: row.name.clone(),
        standing,
        roles: row.roles.clone(),
        affiliations,
        accounts: row.accounts.clone(),
        addresses: row.addresses.clone(),
        keys,
    })
}

/// Whether two tell the same of a person, however far the ledger had got.
fn says_the_same(known: &PeerPersonRow, now: &PeerPerson) -> bool {
    let before = PeerPerson { head: Head::EMPTY, ..known.person.clone() };
    before == PeerPerson { head: Head::EMPTY, ..now.clone() }
}
