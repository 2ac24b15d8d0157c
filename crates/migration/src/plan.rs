use std::collections::BTreeSet;

use packhouse_model::Timestamp;
use serde::Serialize;

use crate::bits::Bits;
use crate::excuse::{Broken, EnvironmentTrial, Excuse, FixItem, TrialReport};
use crate::item::{Item, ItemId};
use crate::judge::{Judgement, judge_ranked};
use crate::oracle::{ItemIndex, Oracle, Requirement, Uninstallable};
use crate::relations::Relations;
use crate::rules::{MigrationRules, SearchLimits, Stage};
use crate::trial::{Fix, Trials, find_fix, find_instead, groups, search};
use crate::verdict::{Actor, Earliest, Role, Verdict};

/// What one run would do, and why not more. Written as JSON it is `excuses.json`; see the README.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Plan {
    /// The version of the JSON's shape.
    pub format: u32,
    /// The moment that the run is for.
    pub generated: Timestamp,
    /// The stage of the target suite.
    pub stage: Stage,
    /// What moves, in an order in which the groups could move one after the other.
    pub accepted: Vec<Group>,
    /// What is uninstallable in the target suite as it stands.
    pub before: Uninstallable,
    /// What will be uninstallable after all that moves has moved.
    pub after: Uninstallable,
    /// One for each item, in the canonical order: since when in the source suite, project, id.
    pub excuses: Vec<Excuse>,
    /// How often the oracle was asked what is uninstallable.
    pub oracle_calls: usize,
    /// No larger set could move. `false` when a limit on the search was reached.
    pub exact: bool,
}

/// Items that move together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Group {
    /// From the oldest.
    pub items: Vec<ItemId>,
    /// Why they are one group, for a person.
    pub reason: String,
}

impl Plan {
    /// The ids of all that moves.
    pub fn moving(&self) -> BTreeSet<&ItemId> {
        self.accepted.iter().flat_map(|group| &group.items).collect()
    }

    /// The excuse of an item.
    pub fn excuse(&self, id: &ItemId) -> Option<&Excuse> {
        self.excuses.iter().find(|excuse| excuse.item_name == *id)
    }
}

/// What moves from the source suite to the target suite, and why the rest does not.
///
/// A set of items is acceptable when every root that it makes uninstallable in a required environment is waived
/// for one of its items, and every need of its items is met by its items. Of the items that pass the policies,
/// the largest acceptable set moves; of equally large ones, the one with the oldest item that not both have.
///
/// Pure: the same arguments give the same plan, in whatever order the items come. A what-if is this call with
/// edited facts ([`crate::WhatIf`]).
pub fn plan<O: Oracle>(items: &[Item], rules: &MigrationRules, now: Timestamp, oracle: &mut O) -> Plan {
    let mut indices: Vec<ItemIndex> = (0..items.len()).map(ItemIndex).collect();
    let key = |index: &ItemIndex| {
        let item = &items[index.0];
        (item.facts.since, &item.project, &item.id)
    };
    indices.sort_by(|a, b| key(a).cmp(&key(b)));
    let ranked: Vec<&Item> = indices.iter().map(|index| &items[index.0]).collect();
    let relations = Relations::of(&ranked);
    let judgements = judge_ranked(&ranked, &relations, rules, now);
    let passing = (0..ranked.len()).filter(|rank| !judgements[*rank].verdict.rejects());
    let valid = Bits::of(ranked.len(), passing);

    let mut trials = Trials::new(oracle, &ranked, indices, &relations, now);
    let found = search(&mut trials, &valid, &rules.search);
    let after = trials.after(&found.accepted);
    let mut world =
        World { items: &ranked, judgements: &judgements, accepted: found.accepted, limits: rules.search };
    let accepted = world.groups(&mut trials);
    let excuses = world.excuses(&mut trials);
    Plan {
        format: 1,
        generated: now,
        stage: rules.stage,
        accepted,
        before: trials.before().clone(),
        after,
        excuses,
        oracle_calls: trials.calls(),
        exact: found.exact,
    }
}

/// What is settled when the telling begins. Items are named by their rank.
struct World<'a> {
    items: &'a [&'a Item],
    judgements: &'a [Judgement],
    accepted: Bits,
    limits: SearchLimits,
}

impl World<'_> {
    fn ids(&self, set: &Bits) -> Vec<ItemId> {
        set.iter().map(|rank| self.items[rank].id.clone()).collect()
    }

    fn groups<O: Oracle>(&mut self, trials: &mut Trials<'_, O>) -> Vec<Group> {
        let mut budget = self.limits.group_calls;
        groups(trials, &self.accepted, &mut budget)
            .into_iter()
            .map(|together| {
                let first = together.items.first().and_then(|rank| self.items[rank].transition.as_ref());
                let one_transition = first.filter(|name| {
                    together.items.iter().all(|rank| self.items[rank].transition.as_ref() == Some(*name))
                });
                let reason = match (one_transition, &together.because) {
                    (Some(name), _) => format!("The transition `{name}` moves whole or not at all."),
                    (None, Some((environment, root))) if !together.unsplit => format!(
                        "They move together: by itself the first would make {root} uninstallable on {environment}."
                    ),
                    _ if together.unsplit => {
                        "They move together; the limit on calls ended before they were taken apart.".to_owned()
                    }
                    _ if together.items.count() == 1 => "It moves by itself.".to_owned(),
                    _ => "They move together: they wait for one another.".to_owned(),
                };
                Group { items: self.ids(&together.items), reason }
            })
            .collect()
    }

    fn excuses<O: Oracle>(&mut self, trials: &mut Trials<'_, O>) -> Vec<Excuse> {
        let mut budget = self.limits.excuse_calls;
        // To need what passes is better than to need what waits, and that better than what somebody must mend.
        let mut preferred: Vec<usize> = (0..self.items.len()).collect();
        preferred.sort_by_key(|rank| (self.judgements[*rank].verdict, *rank));
        (0..self.items.len())
            .map(|rank| {
                let report = if self.accepted.contains(rank) {
                    self.report_accepted(trials, rank)
                } else {
                    self.report_rejected(trials, rank, &preferred, &mut budget)
                };
                self.excuse(rank, report)
            })
            .collect()
    }

    fn report_accepted<O: Oracle>(&self, trials: &mut Trials<'_, O>, rank: usize) -> TrialReport {
        let mut report = TrialReport { tried: true, acceptable: true, ..TrialReport::default() };
        report.fix_search_complete = true;
        report.minimal_fix = Some(Vec::new());
        self.report_environments(trials, &self.accepted, Some(rank), &mut report);
        report
    }

    fn report_rejected<O: Oracle>(
        &self,
        trials: &mut Trials<'_, O>,
        rank: usize,
        preferred: &[usize],
        budget: &mut usize,
    ) -> TrialReport {
        let mut report = TrialReport::default();
        if *budget == 0 {
            return report;
        }
        let mut set = self.accepted.clone();
        set.insert(rank);
        let set = trials.relations().closure(&set);
        let mut with = set.minus(&self.accepted);
        with.remove(rank);
        let begun = trials.calls();
        let trial = trials.run(&set);
        *budget = budget.saturating_sub(trials.calls() - begun);
        report.tried = true;
        report.acceptable = trial.acceptable();
        report.tried_with = self.ids(&with);
        self.report_environments(trials, &set, None, &mut report);
        let fix = find_fix(trials, &self.accepted, rank, preferred, &self.limits, budget);
        report.fix_search_complete = fix != Fix::Unknown;
        if let Fix::With(others) = fix {
            report.minimal_fix = Some(others.iter().map(|other| self.fix_item(other)).collect());
        } else {
            let suspects = trials.touching_any(&trial.broken);
            let mut own = self.limits.fix_calls.min(*budget);
            let given = own;
            if let Some(instead) = find_instead(trials, &self.accepted, rank, &suspects, &mut own) {
                report.instead_of = self.ids(&instead);
            }
            *budget = budget.saturating_sub(given - own);
        }
        report
    }

    /// What the set breaks; with `about`, only the roots that this item touches.
    fn report_environments<O: Oracle>(
        &self,
        trials: &mut Trials<'_, O>,
        set: &Bits,
        about: Option<usize>,
        report: &mut TrialReport,
    ) {
        let trial = trials.run(set);
        for (roots, waived) in [(&trial.broken, false), (&trial.lagging, false), (&trial.waived, true)] {
            for (environment, roots) in roots {
                for root in roots {
                    if about.is_some_and(|rank| !trials.touching(root).contains(rank)) {
                        continue;
                    }
                    let requirement = trials.requirement(environment);
                    let place = report
                        .environments
                        .entry(environment.clone())
                        .or_insert_with(|| EnvironmentTrial { requirement, newly_uninstallable: Vec::new() });
                    let explanation = if place.newly_uninstallable.len() < self.limits.explained_roots {
                        trials.explain(set, environment, root)
                    } else {
                        Vec::new()
                    };
                    place.newly_uninstallable.push(Broken { root: root.clone(), waived, explanation });
                }
            }
        }
    }

    fn fix_item(&self, rank: usize) -> FixItem {
        let judgement = &self.judgements[rank];
        let mut actors: Vec<Actor> =
            judgement.rejections().flat_map(|hit| hit.actors.iter().cloned()).collect();
        actors.sort();
        actors.dedup();
        FixItem {
            item_name: self.items[rank].id.clone(),
            subject: self.items[rank].subject(),
            verdict: judgement.verdict,
            needs: judgement.rejections().map(|hit| hit.sentence.clone()).collect(),
            actor_needed: actors,
            eta: judgement.earliest,
        }
    }

    fn excuse(&self, rank: usize, report: TrialReport) -> Excuse {
        let (item, judgement) = (self.items[rank], &self.judgements[rank]);
        let accepted = self.accepted.contains(rank);
        let mut reason: Vec<&'static str> = judgement.rejections().map(|hit| hit.policy).collect();
        let mut actors: BTreeSet<Actor> =
            judgement.rejections().flat_map(|hit| hit.actors.iter().cloned()).collect();
        let mut eta = judgement.earliest;
        let mut verdict = judgement.verdict;
        // An item that passes by policy and still stays has its reason in the second phase.
        if !accepted && (report.tried && !report.acceptable || !verdict.rejects()) {
            reason.push("installability");
            let second = second_phase(&report);
            verdict = verdict.max(second);
            match report.minimal_fix.as_deref() {
                Some([]) => {
                    actors.insert(Actor::Machine);
                    eta = Earliest::Unknown;
                }
                Some(fix) => {
                    actors.extend(fix.iter().flat_map(|other| other.actor_needed.iter().cloned()));
                    eta = fix.iter().map(|other| other.eta).max().unwrap_or(Earliest::Unknown).max(eta);
                }
                None => {
                    actors.insert(Actor::Role(Role::Maintainer));
                    eta = Earliest::Unknown;
                }
            }
        }
        let since = judgement.rejections().filter_map(|hit| hit.since).min().unwrap_or(item.facts.since);
        Excuse {
            item_name: item.id.clone(),
            project: item.project.clone(),
            kind: item.kind,
            old_version: item.removes.clone(),
            new_version: item.adds.clone(),
            transition: item.transition.clone(),
            accepted,
            is_candidate: !judgement.verdict.rejects(),
            migration_policy_verdict: judgement.verdict,
            verdict,
            policy_info: judgement.hits.clone(),
            reason,
            blocked_by: judgement.blocked_by.clone(),
            phase2: report,
            actor_needed: actors.into_iter().collect(),
            since,
            eta,
            waivers: judgement.hits.iter().filter_map(|hit| hit.waived.clone()).collect(),
        }
    }
}

/// The verdict on an item that the trial keeps out.
fn second_phase(report: &TrialReport) -> Verdict {
    match report.minimal_fix.as_deref() {
        // It would fit; a limit kept the search from finding so.
        Some([]) => Verdict::RejectedTemporarily,
        Some(fix) if fix.iter().any(|other| other.verdict.blocks()) => Verdict::BlockedByAnotherItem,
        Some(_) => Verdict::WaitingForAnotherItem,
        None if !report.instead_of.is_empty() => Verdict::BlockedByAnotherItem,
        None => Verdict::CannotDetermineIfPermanent,
    }
}

impl EnvironmentTrial {
    /// Whether it is among what holds items back.
    pub fn holds_back(&self) -> bool {
        self.requirement == Requirement::Required
            && self.newly_uninstallable.iter().any(|broken| !broken.waived)
    }
}
