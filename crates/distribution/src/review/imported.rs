//! Whether the review of a peer counts here.
//!
//! Like that of somebody here it is judged by what is known now: of the subscription, of the person and their keys as the
//! peer's ledger tells, of the vendor as it was found here.

use std::collections::BTreeSet;

use super::reviewer::Voice;
use super::signature::Signature;
use super::{Reviewer, criteria, quorum};
use crate::State;
use crate::act::{Vendor, Verdict, Weight};
use crate::independence::why_not_independent;
use crate::state::peers::{ImportRow, PeerPersonId, PeerPersonRow, PeerRow};
use crate::state::rows::Maintainer;

/// The signature of an imported review.
pub(super) fn signature<'s>(state: &State, entry: u64, row: &'s ImportRow, vendor: &Vendor) -> Signature<'s> {
    let (peer, by) = (&row.peer, &row.review.by);
    let subscription = state.peers.get(peer);
    let person = state.peer_people.get(&PeerPersonId::new(peer.clone(), by.clone()));
    let weight = subscription.map_or(Weight::None, |row| row.settings.counts);
    let voice = match weight {
        Weight::Each => Voice::Person(peer.clone(), by.clone()),
        Weight::None | Weight::One => Voice::Peer(peer.clone()),
    };
    let there = person.map(PeerPersonRow::maintainer);
    let mut organisations: BTreeSet<String> =
        there.as_ref().map(|there| quorum::organisations(by, there, row.review.at)).unwrap_or_default();
    // Somebody without an organisation is not the one here who has the same name.
    if organisations.remove(&format!("~{by}")) {
        organisations.insert(format!("~{by}@{peer}"));
    }
    if weight != Weight::Each {
        organisations.insert(format!("~@{peer}"));
    }
    let problem = broken(row, person).or_else(|| match row.review.review.verdict {
        // A violation is heard whatever the subscription has become: two people lift it, and not one who ends an import.
        Verdict::Violation => None,
        Verdict::Accept => not_taken(row, subscription, weight)
            .or_else(|| tie(state, row, there.as_ref(), vendor))
            .or_else(|| {
                let mapped = subscription.map(|peer| peer.mapped(&row.review.review.criteria));
                let lacking = criteria::lacking(&mapped.unwrap_or_default())?;
                Some(format!("what it asserts is not worth {lacking} here"))
            }),
        Verdict::Reject => {
            not_taken(row, subscription, weight).or_else(|| tie(state, row, there.as_ref(), vendor))
        }
    });
    Signature {
        entry,
        row: &row.review,
        by: Reviewer::of(peer, by),
        voice,
        keys: Some(&row.review.keys),
        problem,
        lifted: state.is_lifted(&row.review),
        organisations,
    }
}

/// Whether one review was signed after another of the same person: imports may come in another order.
pub(super) fn later(one: &Signature<'_>, other: &Signature<'_>) -> bool {
    if one.by.peer.is_some() {
        (one.row.at, one.entry) > (other.row.at, other.entry)
    } else {
        one.entry > other.entry
    }
}

/// Why it is no signature.
fn broken(row: &ImportRow, person: Option<&PeerPersonRow>) -> Option<String> {
    if let Some((by, reason)) = &row.review.revoked {
        return Some(format!("taken back in entry {by}: {reason}"));
    }
    let Some(person) = person else { return Some("the signer is not known".to_owned()) };
    if let Some(problem) = person.problem() {
        return Some(problem);
    }
    let believed = person.believes(&row.review.keys, row.number, row.review.at);
    (!believed).then(|| format!("{} believes its key no longer", row.peer))
}

/// Why the subscription does not take it.
fn not_taken(row: &ImportRow, peer: Option<&PeerRow>, weight: Weight) -> Option<String> {
    let name = &row.peer;
    let Some(peer) = peer else { return Some(format!("nothing is imported from {name}")) };
    if let Some((entry, reason)) = &peer.ended {
        return Some(format!("imports from {name} have ended in entry {entry}: {reason}"));
    }
    let project = &row.review.review.release.project;
    if !peer.takes_project(project) {
        return Some(format!("reviews of {project} are not imported from {name}"));
    }
    if !peer.takes_person(&row.review.by) {
        return Some(format!("their reviews are not imported from {name}"));
    }
    (weight == Weight::None).then(|| format!("reviews of {name} are shown and do not count"))
}

/// What ties them to the vendor, or makes them somebody who signs here themselves.
fn tie(state: &State, row: &ImportRow, there: Option<&Maintainer>, vendor: &Vendor) -> Option<String> {
    let there = there?;
    if let Some(tie) = why_not_independent(there, vendor, row.review.at).into_iter().next() {
        return Some(format!("not independent of its vendor: {tie}"));
    }
    let own_key = row.review.keys.iter().find_map(|key| state.keys.get(key)).map(|key| &key.owner);
    let same = |person: &Maintainer| {
        !person.accounts.is_disjoint(&there.accounts) || !person.addresses.is_disjoint(&there.addresses)
    };
    // Attack: one person, a maintainer at two places, would be two signatures.
    let own = own_key.or_else(|| state.maintainers.iter().find(|(_, person)| same(person)).map(|(id, _)| id));
    own.map(|id| format!("they are {id} here, and sign here themselves"))
}
