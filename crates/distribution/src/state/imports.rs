use std::collections::{BTreeMap, BTreeSet};

use packhouse_model::PeerName;
use packhouse_pypi::normalize;
use packhouse_trust::Head;

use super::peers::{ImportRow, PeerPersonId, PeerPersonRow, PeerRow};
use super::rows::{ReviewRow, SignedWord};
use super::{ReadEntry, Refused, State, reviews, rules};
use crate::act::{Act, Actor, Import, ImportEnd, PeerEnd, PeerPerson, PeerSet, Role, Verdict};
use crate::keys;
use crate::peer::embedded;

/// Names in one list of a subscription.
const MOST_NAMES: usize = 10_000;
/// The longest address of a peer, in characters.
const LONGEST_ADDRESS: usize = 500;
/// Keys, affiliations, accounts or addresses of a person of a peer.
const MOST_OF_A_PERSON: usize = 1_000;

pub(super) fn set(state: &mut State, entry: &ReadEntry, act: &PeerSet) -> Result<(), Refused> {
    let by = rules::person_with(state, entry, &[Role::ReleaseManager])?;
    rules::text("reason", &act.reason)?;
    if state.distribution().is_some_and(|founded| founded.id == act.distribution) {
        return Err(Refused::value("distribution", "is this distribution itself"));
    }
    if let Some((other, _)) = state
        .peers
        .iter()
        .find(|(name, row)| **name != act.peer && row.settings.distribution == act.distribution)
    {
        return Err(Refused::Conflict(format!("the same distribution is imported as {other} already")));
    }
    let known = state.peers.get(&act.peer);
    if known.is_some_and(|row| row.settings.distribution != act.distribution) {
        return Err(Refused::Conflict(format!(
            "{} is another distribution, and stays it: give the new one another name",
            act.peer
        )));
    }
    if let Some(address) = &act.address {
        let web = address.starts_with("https://") || address.starts_with("http://");
        let plain = address.len() <= LONGEST_ADDRESS && address.chars().all(|c| c.is_ascii_graphic());
        if !web || !plain {
            return Err(Refused::value(
                "address",
                "must be where its server is, such as https://packhouse.example",
            ));
        }
    }
    if act.maintainers.as_ref().is_some_and(BTreeSet::is_empty) {
        return Err(Refused::value(
            "maintainers",
            "names nobody; without the list, everybody's reviews count",
        ));
    }
    if act.criteria.is_empty() {
        return Err(Refused::value("criteria", "maps none: say what the peer's criteria are worth here"));
    }
    for (theirs, ours) in &act.criteria {
        rules::text("criteria", theirs)?;
        let ours: Vec<String> = ours.iter().cloned().collect();
        reviews::known_criteria(&ours)?;
    }
    for name in act.projects.iter().flatten().chain(&act.exclude) {
        if normalize(name).map_or(true, |normal| normal.as_str() != name) {
            return Err(Refused::value("projects", format!("{name:?} is not a normalised project name")));
        }
    }
    let longest = [
        act.maintainers.as_ref().map_or(0, BTreeSet::len),
        act.projects.as_ref().map_or(0, BTreeSet::len),
        act.exclude.len(),
        act.criteria.len(),
    ];
    if longest.into_iter().any(|length| length > MOST_NAMES) {
        return Err(Refused::value("peer", format!("has a list of more than {MOST_NAMES} names")));
    }
    let row = PeerRow {
        settings: act.clone(),
        by: by.clone(),
        at: entry.at,
        entry: entry.number,
        head: known.and_then(|row| row.head),
        ended: None,
    };
    state.peers.put(act.peer.clone(), row);
    Ok(())
}

pub(super) fn end(state: &mut State, entry: &ReadEntry, act: &PeerEnd) -> Result<(), Refused> {
    rules::person_with(state, entry, &[Role::ReleaseManager, Role::Security])?;
    rules::text("reason", &act.reason)?;
    live(state, &act.peer)?;
    let ended = Some((entry.number, act.reason.clone()));
    state.peers.edit(&act.peer, |row| row.ended = ended);
    Ok(())
}

pub(super) fn person(state: &mut State, entry: &ReadEntry, act: &PeerPerson) -> Result<(), Refused> {
    rules::server_only(entry)?;
    advance(state, &act.peer, act.head)?;
    let lists = [act.keys.len(), act.affiliations.len(), act.accounts.len(), act.addresses.len()];
    if lists.into_iter().any(|length| length > MOST_OF_A_PERSON) {
        return Err(Refused::value("person", format!("has more than {MOST_OF_A_PERSON} of something")));
    }
    rules::text("name", &act.name)?;
    let fingerprints: Result<Vec<String>, String> =
        act.keys.iter().map(|key| keys::fingerprint(&key.line)).collect();
    let fingerprints = fingerprints.map_err(|problem| Refused::value("keys", problem))?;
    let id = PeerPersonId::new(act.peer.clone(), act.maintainer.clone());
    let row = PeerPersonRow { person: act.clone(), fingerprints, entry: entry.number, at: entry.at };
    state.peer_people.put(id, row);
    Ok(())
}

pub(super) fn import(state: &mut State, entry: &ReadEntry, act: &Import) -> Result<(), Refused> {
    rules::server_only(entry)?;
    advance(state, &act.peer, act.head)?;
    let peer = live(state, &act.peer)?;
    let read = embedded::read(&act.entry, peer.settings.distribution)
        .map_err(|problem| Refused::value("entry", problem))?;
    let (number, hash) = (read.recorded.entry.number(), read.recorded.hash);
    if number > act.head.number || number == act.head.number && hash != act.head.hash {
        return Err(Refused::value("head", format!("does not hold the peer's entry {number}")));
    }
    // Attack: a peer hands on what it imported itself, from somebody whom nobody here has chosen to trust.
    let (Actor::Maintainer(by), Act::Review(review)) = (&read.by, &read.act) else {
        return Err(Refused::value(
            "entry",
            "is no review of a person of the peer: nothing else is imported",
        ));
    };
    if !peer.takes_project(&review.release.project) || !peer.takes_person(by) {
        return Err(Refused::Conflict(format!(
            "reviews of {} by {by} are not imported from {}",
            review.release.project, act.peer
        )));
    }
    let id = PeerPersonId::new(act.peer.clone(), by.clone());
    let person = state.peer_people.get(&id).ok_or_else(|| Refused::missing("person of a peer", &id))?;
    let refuse = |problem: String| Refused::Signature { by: format!("{by}@{}", act.peer), problem };
    if let Some(problem) = person.problem() {
        return Err(refuse(problem));
    }
    let signed = read.envelope.verify(&person.keys_for(number, read.at));
    if signed.by.is_empty() {
        return Err(refuse("no key that the peer's ledger gives them for that entry signed it".to_owned()));
    }
    let candidate = rules::candidate(state, &review.release)?;
    rules::subjects_of(entry, candidate)?;
    if let Some((name, _)) = entry.subjects.iter().find(|file| !read.subjects.contains(file)) {
        return Err(Refused::value(
            "subject",
            format!("{name} with these bytes is not in the peer's review"),
        ));
    }
    let files = entry.files();
    if files.is_subset(&imported(state, &act.peer, number)) {
        return Err(Refused::Conflict(format!("entry {number} of {} is imported already", act.peer)));
    }
    let keys: BTreeSet<String> = signed.by.iter().map(|key| key.id().to_string()).collect();
    let row = ImportRow {
        peer: act.peer.clone(),
        number,
        hash,
        imported: entry.at,
        review: ReviewRow {
            by: by.clone(),
            keys,
            at: read.at,
            files,
            review: (**review).clone(),
            revoked: None,
            lifted: BTreeMap::new(),
        },
    };
    state.imports.put(entry.number, row);
    Ok(())
}

pub(super) fn take_back(state: &mut State, entry: &ReadEntry, act: &ImportEnd) -> Result<(), Refused> {
    rules::server_only(entry)?;
    advance(state, &act.peer, act.head)?;
    let peer = live(state, &act.peer)?;
    let row =
        state.imports.get(&act.import).ok_or_else(|| Refused::missing("import in entry", &act.import))?;
    if row.peer != act.peer {
        return Err(Refused::value("import", format!("is of {}, not of {}", row.peer, act.peer)));
    }
    if row.review.revoked.is_some() {
        return Err(Refused::Conflict(format!("the import in entry {} is taken back already", act.import)));
    }
    let read = embedded::read(&act.entry, peer.settings.distribution)
        .map_err(|problem| Refused::value("entry", problem))?;
    let (by, theirs) = (&read.by, read.recorded.entry.number());
    let reason = match &read.act {
        Act::ReviewRevoke(revoke) if revoke.entry == row.number => {
            format!("{by} of {} took it back there, in entry {theirs}: {}", act.peer, revoke.reason)
        }
        Act::Approve(approve)
            if approve.entry == row.number && row.review.review.verdict == Verdict::Violation =>
        {
            format!("{} lifted it there, in entry {theirs}", act.peer)
        }
        _ => {
            return Err(Refused::value(
                "entry",
                format!("does not take entry {} of {} back", row.number, act.peer),
            ));
        }
    };
    state.imports.edit(&act.import, |row| row.review.revoked = Some((entry.number, reason)));
    Ok(())
}

/// A second person's word lifts a violation of a peer, as one of ours.
pub(super) fn lift(state: &mut State, entry: &ReadEntry, import: u64) -> Result<(), Refused> {
    let by = rules::person_with(state, entry, &[Role::Security, Role::ReleaseManager])?.clone();
    if state.imports.get(&import).is_some_and(|row| row.review.review.verdict != Verdict::Violation) {
        return Err(Refused::Conflict(format!("entry {import} is a review that needs no approval")));
    }
    let word = SignedWord { entry: entry.number, keys: rules::signing_keys(state, entry) };
    state.imports.edit(&import, |row| {
        row.review.lifted.insert(by, word);
    });
    Ok(())
}

/// The files for which a review of a peer stands here.
fn imported(state: &State, peer: &PeerName, number: u64) -> BTreeSet<packhouse_model::Sha256> {
    let own = |row: &ImportRow| row.peer == *peer && row.number == number && row.review.revoked.is_none();
    state.imports.iter().filter(|(_, row)| own(row)).flat_map(|(_, row)| &row.review.files).copied().collect()
}

fn live<'s>(state: &'s State, name: &PeerName) -> Result<&'s PeerRow, Refused> {
    let row = state.peers.get(name).ok_or_else(|| Refused::Missing {
        what: "peer",
        name: name.to_string(),
        hint: "; `packhouse import list` lists them".to_owned(),
    })?;
    match &row.ended {
        Some((entry, _)) => {
            Err(Refused::Conflict(format!("imports from {name} have ended, in entry {entry}")))
        }
        None => Ok(row),
    }
}

/// The peer's ledger only grows: what was read of it once stays in it.
fn advance(state: &mut State, name: &PeerName, head: Head) -> Result<(), Refused> {
    let known = live(state, name)?.head;
    if let Some(known) = known {
        if head.number < known.number {
            return Err(Refused::Conflict(format!(
                "the ledger of {name} ends at entry {}, and has been at {}",
                head.number, known.number
            )));
        }
        if head.number == known.number && head.hash != known.hash {
            return Err(Refused::Conflict(format!(
                "the ledger of {name} was forked at entry {}",
                head.number
            )));
        }
    }
    if known != Some(head) {
        state.peers.edit(name, |row| row.head = Some(head));
    }
    Ok(())
}
