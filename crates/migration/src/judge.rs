//! The first phase: each item by itself, then what follows from others being rejected.

use std::collections::BTreeMap;

use packhouse_model::Timestamp;

use crate::item::{Item, ItemId};
use crate::policies::{Case, ask, maintainers, policies};
use crate::relations::{Need, Relations};
use crate::rules::MigrationRules;
use crate::text::list;
use crate::verdict::{Actor, Earliest, PolicyHit, Verdict};

/// What the first phase says of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The worst of its policies'.
    pub verdict: Verdict,
    /// Every policy's word, then `waits-for`.
    pub hits: Vec<PolicyHit>,
    /// The items because of which this one is rejected, by their ids: those that are rejected themselves.
    pub blocked_by: Vec<ItemId>,
    /// When it can pass at best.
    pub earliest: Earliest,
}

impl Judgement {
    /// The hits that reject.
    pub fn rejections(&self) -> impl Iterator<Item = &PolicyHit> {
        self.hits.iter().filter(|hit| hit.verdict.rejects())
    }
}

/// Judges each item, in the order given. Nothing of it depends on that order.
pub fn judge(items: &[Item], rules: &MigrationRules, now: Timestamp) -> Vec<Judgement> {
    let items: Vec<&Item> = items.iter().collect();
    judge_ranked(&items, &Relations::of(&items), rules, now)
}

pub(crate) fn judge_ranked(
    items: &[&Item],
    relations: &Relations,
    rules: &MigrationRules,
    now: Timestamp,
) -> Vec<Judgement> {
    let policies = policies(rules);
    let mut holders: BTreeMap<&ItemId, usize> = BTreeMap::new();
    for item in items {
        *holders.entry(&item.id).or_default() += 1;
    }
    let own: Vec<Judgement> = items
        .iter()
        .map(|item| {
            let mut hits: Vec<PolicyHit> =
                policies.iter().map(|policy| ask(policy.as_ref(), &Case { item, now })).collect();
            if holders[&item.id] > 1 {
                hits.push(ambiguous(&item.id));
            }
            let verdict = hits.iter().map(|hit| hit.verdict).max().unwrap_or(Verdict::NotApplicable);
            let earliest = hits.iter().map(|hit| hit.earliest).max().unwrap_or(Earliest::Now);
            Judgement { verdict, hits, blocked_by: Vec::new(), earliest }
        })
        .collect();
    propagate(items, relations, &own)
}

/// An id is how items name each other: if two have it, nobody knows which one is meant.
fn ambiguous(id: &ItemId) -> PolicyHit {
    PolicyHit {
        policy: "item",
        verdict: Verdict::RejectedPermanently,
        sentence: format!("Two items of this run have the id `{id}`."),
        lift: "Whoever made the items gives each its own.".to_owned(),
        actors: vec![Actor::Machine],
        since: None,
        earliest: Earliest::Unknown,
        waived: None,
    }
}

/// What follows from needs. Each of the three is a fixed point, so that cycles of needs have one answer, and
/// the same one in any order.
struct Consequences {
    /// The largest set in which all needs are met by members.
    valid: Vec<bool>,
    /// Somebody has to do something about all that could meet a need.
    blocked: Vec<bool>,
    earliest: Vec<Earliest>,
}

fn consequences(relations: &Relations, own: &[Judgement]) -> Consequences {
    let mut valid: Vec<bool> = own.iter().map(|judgement| !judgement.verdict.rejects()).collect();
    until_still(|| {
        let mut changed = false;
        for (rank, needs) in relations.needs.iter().enumerate() {
            if valid[rank] && needs.iter().any(|need| !need.any_of.iter().any(|other| valid[other])) {
                valid[rank] = false;
                changed = true;
            }
        }
        changed
    });
    let mut blocked: Vec<bool> = own.iter().map(|judgement| judgement.verdict.blocks()).collect();
    until_still(|| {
        let mut changed = false;
        for (rank, needs) in relations.needs.iter().enumerate() {
            if !blocked[rank] && needs.iter().any(|need| need.any_of.iter().all(|other| blocked[other])) {
                blocked[rank] = true;
                changed = true;
            }
        }
        changed
    });
    let mut earliest: Vec<Earliest> = own.iter().map(|judgement| judgement.earliest).collect();
    until_still(|| {
        let mut changed = false;
        for (rank, needs) in relations.needs.iter().enumerate() {
            for need in needs {
                let soonest =
                    need.any_of.iter().map(|other| earliest[other]).min().unwrap_or(Earliest::Unknown);
                if soonest > earliest[rank] {
                    earliest[rank] = soonest;
                    changed = true;
                }
            }
        }
        changed
    });
    Consequences { valid, blocked, earliest }
}

fn until_still(mut step: impl FnMut() -> bool) {
    while step() {}
}

fn propagate(items: &[&Item], relations: &Relations, own: &[Judgement]) -> Vec<Judgement> {
    let found = consequences(relations, own);
    let unmet = |rank: usize| -> Vec<&Need> {
        let met = |need: &Need| need.any_of.iter().any(|other| found.valid[other]);
        relations.needs[rank].iter().filter(|need| !met(need)).collect()
    };
    let mut judgements = own.to_vec();
    for (rank, judgement) in judgements.iter_mut().enumerate() {
        judgement.earliest = found.earliest[rank];
        if relations.needs[rank].is_empty() {
            continue;
        }
        let mut causes = vec![false; items.len()];
        let mut unknown: Vec<ItemId> = Vec::new();
        let mut seen = vec![false; items.len()];
        seen[rank] = true;
        let mut open = vec![rank];
        while let Some(at) = open.pop() {
            for need in unmet(at) {
                unknown.extend(need.unknown.iter().cloned());
                for other in need.any_of.iter() {
                    causes[other] |= own[other].verdict.rejects();
                    if !std::mem::replace(&mut seen[other], true) {
                        open.push(other);
                    }
                }
            }
        }
        // A ring of needs leads back here: what holds this item itself stands in its own hits.
        causes[rank] = false;
        unknown.sort();
        unknown.dedup();
        let mut causes: Vec<usize> = (0..items.len()).filter(|other| causes[*other]).collect();
        causes.sort_by_key(|cause| &items[*cause].id);
        let hit = waits_for(items, own, rank, &unmet(rank), &causes, &unknown, &found);
        judgement.verdict = judgement.verdict.max(hit.verdict);
        judgement.hits.push(hit);
        judgement.blocked_by = causes.iter().map(|cause| items[*cause].id.clone()).chain(unknown).collect();
    }
    judgements
}

fn waits_for(
    items: &[&Item],
    own: &[Judgement],
    rank: usize,
    unmet: &[&Need],
    causes: &[usize],
    unknown: &[ItemId],
    found: &Consequences,
) -> PolicyHit {
    let subject = items[rank].subject();
    let mut hit = PolicyHit {
        policy: "waits-for",
        verdict: Verdict::Pass,
        sentence: format!("All that {subject} needs passes."),
        lift: String::new(),
        actors: Vec::new(),
        since: None,
        earliest: Earliest::Now,
        waived: None,
    };
    if causes.is_empty() && unknown.is_empty() {
        return hit;
    }
    let mut named: Vec<String> = causes
        .iter()
        .map(|cause| format!("{} ({})", items[*cause].subject(), own[*cause].verdict.word()))
        .collect();
    named.extend(unknown.iter().map(|id| format!("{id} (there is no such item)")));
    let mut reasons: Vec<&str> = unmet.iter().map(|need| need.reason.as_str()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let blocked = unmet.iter().any(|need| need.any_of.iter().all(|other| found.blocked[other]));
    hit.verdict = if blocked { Verdict::BlockedByAnotherItem } else { Verdict::WaitingForAnotherItem };
    hit.sentence = format!("{subject} waits for {}: {}.", list(&named), list(&reasons));
    "It moves as soon as what it waits for does.".clone_into(&mut hit.lift);
    let rejections = || causes.iter().flat_map(|cause| own[*cause].rejections());
    hit.actors = rejections().flat_map(|rejection| rejection.actors.iter().cloned()).collect();
    if !unknown.is_empty() {
        hit.actors.extend(maintainers());
    }
    hit.actors.sort();
    hit.actors.dedup();
    hit.since = rejections().filter_map(|rejection| rejection.since).min();
    hit.earliest = found.earliest[rank];
    hit
}
