//! Candidates that no solution can hold.

use std::collections::HashMap;

use crate::names::{ExtraId, ProjectId};
use crate::world::{Need, World};

/// Candidates that are known to be in no solution, with or without an extra: those with a need that nothing can
/// meet, those that need such candidates, and so on; and what [`Hopeless::learn`] is told.
///
/// It is sound to call these uninstallable. A candidate is listed only if for one of its needs every candidate
/// that could meet it, for any goal, is listed or is not there; by induction over the order in which they were listed
/// no solution holds any of them. What is not listed may be uninstallable all the same.
#[derive(Debug)]
pub(crate) struct Hopeless {
    /// Where the candidates of each project begin in `plain`.
    starts: Vec<u32>,
    plain: Vec<Hope>,
    /// With an extra that has a need of that kind.
    extras: HashMap<(u32, ExtraId), Hope>,
    /// Who needs a project, as project and position; those of one project lie together, from `dependents_from`.
    dependents: Vec<(ProjectId, u32)>,
    dependents_from: Vec<u32>,
}

/// How hopeless.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hope {
    Some,
    /// None for goals that lean on no pin.
    Learned,
    /// None for any goal.
    None,
}

impl Hopeless {
    pub(crate) fn of(world: &World) -> Self {
        let mut starts = Vec::with_capacity(world.len());
        let mut plain = Vec::new();
        let mut dependents_from = vec![0_u32; world.len() + 1];
        for id in 0..world.len() {
            starts.push(plain.len() as u32);
            for candidate in &world.place(id as ProjectId).candidates {
                plain.push(if candidate.misfit.is_some() { Hope::None } else { Hope::Some });
                for need in candidate.all_needs() {
                    dependents_from[need.target as usize + 1] += 1;
                }
            }
        }
        for at in 0..world.len() {
            dependents_from[at + 1] += dependents_from[at];
        }
        let mut next = dependents_from.clone();
        let mut dependents = vec![(0, 0); dependents_from[world.len()] as usize];
        for id in 0..world.len() as ProjectId {
            for (position, candidate) in world.place(id).candidates.iter().enumerate() {
                for need in candidate.all_needs() {
                    let at = &mut next[need.target as usize];
                    dependents[*at as usize] = (id, position as u32);
                    *at += 1;
                }
            }
        }
        let mut hopeless = Self { starts, plain, extras: HashMap::new(), dependents, dependents_from };
        let mut fallen = Vec::new();
        for id in 0..world.len() as ProjectId {
            for position in 0..world.place(id).candidates.len() as u32 {
                if hopeless.look(world, id, position, Hope::None) {
                    fallen.push(id);
                }
            }
        }
        hopeless.spread(world, fallen, Hope::None);
        hopeless
    }

    /// Whether no solution holds the candidate, for a goal that may lean on pins or does not.
    pub(crate) fn plain(&self, project: ProjectId, position: u32, leans: bool) -> bool {
        falls(self.plain[self.at(project, position)], leans)
    }

    /// Likewise with an extra.
    pub(crate) fn with(&self, project: ProjectId, position: u32, extra: ExtraId, leans: bool) -> bool {
        let at = self.at(project, position);
        falls(self.plain[at], leans)
            || (!self.extras.is_empty()
                && self.extras.get(&(at as u32, extra)).is_some_and(|hope| falls(*hope, leans)))
    }

    /// Takes note that a root was searched for and has no solution. Then no other solution holds its release, for
    /// all that it needs would be a solution for the root; unless the other's goal names a release that would be
    /// passed over otherwise. Such a goal leans on its pin, and what is learned here does not count for it.
    pub(crate) fn learn(
        &mut self,
        world: &World,
        unsolvable: impl IntoIterator<Item = (ProjectId, u32, Option<ExtraId>)>,
    ) {
        let mut fallen = Vec::new();
        for (project, position, extra) in unsolvable {
            let at = self.at(project, position);
            let hope = match extra {
                None => &mut self.plain[at],
                Some(extra) => self.extras.entry((at as u32, extra)).or_insert(Hope::Some),
            };
            if *hope == Hope::Some {
                *hope = Hope::Learned;
                fallen.push(project);
            }
        }
        fallen.dedup();
        self.spread(world, fallen, Hope::Learned);
    }

    fn at(&self, project: ProjectId, position: u32) -> usize {
        (self.starts[project as usize] + position) as usize
    }

    /// Looks again at whoever needs a project of which a candidate fell, until nothing falls.
    fn spread(&mut self, world: &World, mut fallen: Vec<ProjectId>, hope: Hope) {
        let mut waits = vec![false; world.len()];
        for &project in &fallen {
            waits[project as usize] = true;
        }
        while let Some(project) = fallen.pop() {
            waits[project as usize] = false;
            let [from, to] = [0, 1].map(|more| self.dependents_from[project as usize + more]);
            for at in from..to {
                let (dependent, position) = self.dependents[at as usize];
                if self.look(world, dependent, position, hope)
                    && !std::mem::replace(&mut waits[dependent as usize], true)
                {
                    fallen.push(dependent);
                }
            }
        }
    }

    /// Looks at one candidate. Returns whether it fell, plainly or with an extra.
    fn look(&mut self, world: &World, project: ProjectId, position: u32, hope: Hope) -> bool {
        let at = self.at(project, position);
        if self.plain[at] >= hope {
            return false;
        }
        let candidate = world.candidate(project, position);
        let leans = hope == Hope::None;
        if candidate.plain.iter().any(|need| !self.may_be_met(world, need, leans)) {
            self.plain[at] = hope;
            return true;
        }
        let mut fell = false;
        for (extra, needs) in &candidate.extras {
            let key = (at as u32, *extra);
            if self.extras.get(&key).is_none_or(|known| *known < hope)
                && needs.iter().any(|need| !self.may_be_met(world, need, leans))
            {
                self.extras.insert(key, hope);
                fell = true;
            }
        }
        fell
    }

    fn may_be_met(&self, world: &World, need: &Need, leans: bool) -> bool {
        let want = world.want(need);
        want.taken.iter().chain(&want.passed_over).any(|&position| {
            !self.plain(need.target, position, leans)
                && need.extras.iter().all(|&extra| !self.with(need.target, position, extra, leans))
        })
    }
}

fn falls(hope: Hope, leans: bool) -> bool {
    hope >= if leans { Hope::None } else { Hope::Learned }
}
