//! A solution, kept as the proof that a root can be installed.

use crate::goal::Goal;
use crate::names::{ExtraId, ProjectId};
use crate::world::World;

/// A set of candidates and extras in which every need of every member is met by a member.
///
/// That is a property of the set alone, not of the root it was found for. So one witness serves every root that
/// it contains, unless `leans_on_pins`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Witness {
    /// Project and slot, sorted; each project once.
    members: Box<[(ProjectId, u32)]>,
    /// Extras that are asked for, sorted.
    extras: Box<[(ProjectId, ExtraId)]>,
    /// Whether a need in it is met only because the goal asks for a pre-release or a yanked release by name.
    /// Then it says nothing about other goals.
    leans_on_pins: bool,
}

impl Witness {
    /// A witness from positions, after checking it: a solution is believed because it was verified, whoever
    /// found it. `None` if it is none.
    pub(crate) fn verified(
        world: &World,
        goal: &Goal,
        chosen: &[(ProjectId, u32)],
        extras: &[(ProjectId, ExtraId)],
    ) -> Option<Self> {
        let slot =
            |&(project, position): &(ProjectId, u32)| (project, world.candidate(project, position).slot);
        let mut members: Vec<(ProjectId, u32)> = chosen.iter().map(slot).collect();
        members.sort_unstable();
        if members.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return None;
        }
        let mut extras = extras.to_vec();
        extras.sort_unstable();
        extras.dedup();
        let mut witness = Self { members: members.into(), extras: extras.into(), leans_on_pins: false };
        if witness.holds(world, &Goal::default(), None) {
            return witness.reaches(world, goal).then_some(witness);
        }
        witness.leans_on_pins = true;
        (witness.holds(world, goal, None) && witness.reaches(world, goal)).then_some(witness)
    }

    pub(crate) fn members(&self) -> &[(ProjectId, u32)] {
        &self.members
    }

    pub(crate) fn extras(&self) -> &[(ProjectId, ExtraId)] {
        &self.extras
    }

    pub(crate) fn leans_on_pins(&self) -> bool {
        self.leans_on_pins
    }

    fn has_extra(&self, project: ProjectId, extra: ExtraId) -> bool {
        self.extras.binary_search(&(project, extra)).is_ok()
    }

    /// Whether a project whose bit is set is a member.
    pub(crate) fn touches(&self, changed: &[bool]) -> bool {
        self.members.iter().any(|&(project, _)| changed[project as usize])
    }

    pub(crate) fn slot(&self, project: ProjectId) -> Option<u32> {
        let at = self.members.binary_search_by_key(&project, |(member, _)| *member).ok()?;
        Some(self.members[at].1)
    }

    /// Whether what the goal asks for is in the set.
    pub(crate) fn reaches(&self, world: &World, goal: &Goal) -> bool {
        goal.pins.iter().all(|&(project, at)| self.slot(project) == Some(world.candidate(project, at).slot))
            && goal.extras.iter().all(|&(project, extra)| self.has_extra(project, extra))
    }

    /// Whether every need of every member is met by a member.
    ///
    /// With `changed`, the set is known to have held in a world that differs in those projects only. Then it is
    /// enough to look at members that changed, and at needs whose target changed: whether a need is met
    /// depends on the member that has it and on the candidates of its target, and on nothing else.
    pub(crate) fn holds(&self, world: &World, goal: &Goal, changed: Option<&[bool]>) -> bool {
        let is_changed = |project: ProjectId| changed.is_none_or(|changed| changed[project as usize]);
        self.members.iter().all(|&(project, slot)| {
            let all = is_changed(project);
            let Some(position) = world.place(project).position(slot) else { return false };
            let candidate = world.candidate(project, position);
            if candidate.misfit.is_some() {
                return false;
            }
            let extras = self.extras.iter().filter(|(of, _)| *of == project).map(|(_, extra)| Some(*extra));
            std::iter::once(None).chain(extras).flat_map(|extra| candidate.needs(extra)).all(|need| {
                if !all && !is_changed(need.target) {
                    return true;
                }
                let Some(met) =
                    self.slot(need.target).and_then(|slot| world.place(need.target).position(slot))
                else {
                    return false;
                };
                world.admits(need, met, goal.pins(need.target, met))
                    && need.extras.iter().all(|&extra| self.has_extra(need.target, extra))
            })
        })
    }
}
