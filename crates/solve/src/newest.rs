//! Profiles: lists of projects whose newest releases must be installable together.

use packhouse_pypi::{Environment, Offer, Requirement};

use crate::check::Checked;
use crate::contents::Contents;
use crate::explain::{conflict, misfit, offered};
use crate::explanation::{Explanation, Reason, Subject};
use crate::goal::Goal;
use crate::solver::{Answer, solve};
use crate::world::World;

/// Whether a profile can be installed with the newest of everything in it: of each project that it lists, the
/// newest release that its line admits, whether or not that is made for the environment ("present and
/// installable"). Lines whose marker does not hold in the environment are passed over.
pub fn newest(
    contents: &Contents,
    environment: &Environment,
    profile: &[Requirement],
) -> Result<(), Box<Explanation>> {
    check_profile(&World::new(contents, environment), profile)
}

impl Checked {
    /// As [`newest`](crate::newest()), with what is prepared already.
    pub fn newest(&self, profile: &[Requirement]) -> Result<(), Box<Explanation>> {
        check_profile(&self.world, profile)
    }
}

fn check_profile(world: &World, profile: &[Requirement]) -> Result<(), Box<Explanation>> {
    let fails = |reason| {
        let environment = world.environment.name().to_owned();
        Err(Box::new(Explanation { subject: Subject::Profile, environment, reason }))
    };
    let mut goal = Goal::default();
    let mut lines: Vec<&Requirement> = Vec::new();
    for requirement in profile.iter().filter(|line| line.holds(&world.environment, None)) {
        let missing = |offered| Reason::Missing { requirement: requirement.clone(), offered };
        let Some(project) = world.find(&requirement.project) else { return fails(missing(Vec::new())) };
        let Some(position) = head(world, project, requirement) else {
            return fails(missing(offered(world, project, requirement)));
        };
        let candidate = world.candidate(project, position);
        if let Some(reason) = misfit(world, &candidate.release) {
            return fails(reason);
        }
        match goal.pins.iter().find(|(pinned, _)| *pinned == project) {
            Some(&(_, other)) if other != position => {
                return fails(missing(offered(world, project, requirement)));
            }
            Some(_) => {}
            None => {
                goal.pins.push((project, position));
                lines.push(requirement);
            }
        }
        let extras = requirement.extras.iter().filter_map(|extra| world.find_extra(extra));
        goal.extras.extend(extras.map(|extra| (project, extra)));
    }
    match solve(world, &goal) {
        Answer::Solved(_) => Ok(()),
        Answer::Undecided { .. } => fails(Reason::Undecided),
        Answer::Unsolvable { .. } => fails(conflict(world, &goal, Some(&lines)).unwrap_or(Reason::Undecided)),
    }
}

/// The newest release that the line admits, in any environment.
fn head(world: &World, project: u32, requirement: &Requirement) -> Option<u32> {
    let candidates = &world.place(project).candidates;
    let offers: Vec<Offer<'_>> = candidates
        .iter()
        .map(|candidate| &candidate.release)
        .map(|release| Offer { version: &release.version, yanked: release.yanked })
        .collect();
    requirement.specifiers()?.admit(&offers).taken.first().map(|position| *position as u32)
}
