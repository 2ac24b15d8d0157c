//! A quick search for a witness: the newest that is admitted, and a few fresh starts when that conflicts.
//!
//! It may miss a solution; it never finds a wrong one, since what it finds is verified. Most roots of a healthy
//! suite need nothing else.

use std::collections::{HashMap, HashSet};

use crate::goal::Goal;
use crate::hopeless::Hopeless;
use crate::names::{ExtraId, ProjectId};
use crate::witness::Witness;
use crate::world::{Need, World};

/// How often it starts again before the solver is asked.
const ATTEMPTS: usize = 12;

/// Finds a witness for the goal, or gives up.
pub(crate) fn search(world: &World, goal: &Goal, hopeless: &Hopeless) -> Option<Witness> {
    let mut lessons = Lessons::default();
    let leans = goal.leans(world);
    for _ in 0..ATTEMPTS {
        let mut attempt =
            Attempt { world, goal, hopeless, leans, chosen: HashMap::new(), extras: HashSet::new() };
        match attempt.run(&mut lessons) {
            Outcome::Done => {
                let chosen: Vec<(ProjectId, u32)> = attempt.chosen.into_iter().collect();
                let extras: Vec<(ProjectId, ExtraId)> = attempt.extras.into_iter().collect();
                return Witness::verified(world, goal, &chosen, &extras);
            }
            Outcome::Again => {}
            Outcome::Stuck => return None,
        }
    }
    None
}

/// What earlier attempts ran into.
#[derive(Default)]
struct Lessons {
    /// Wants that came too late, by project: the next attempt chooses with them in mind.
    wants: HashMap<ProjectId, Vec<u32>>,
    /// Candidates whose needs could not be met beside the others.
    avoided: HashSet<(ProjectId, u32)>,
}

enum Outcome {
    Done,
    Again,
    Stuck,
}

struct Attempt<'a> {
    world: &'a World,
    goal: &'a Goal,
    hopeless: &'a Hopeless,
    leans: bool,
    chosen: HashMap<ProjectId, u32>,
    extras: HashSet<(ProjectId, ExtraId)>,
}

impl Attempt<'_> {
    fn run(&mut self, lessons: &mut Lessons) -> Outcome {
        let mut open: Vec<(ProjectId, Option<ExtraId>)> = Vec::new();
        for &(project, position) in &self.goal.pins {
            self.chosen.insert(project, position);
            open.push((project, None));
        }
        for &(project, extra) in &self.goal.extras {
            self.extras.insert((project, extra));
            open.push((project, Some(extra)));
        }
        // First come, first served: what is near the goal chooses before what is far.
        let mut next = 0;
        while let Some(&(project, extra)) = open.get(next) {
            next += 1;
            let position = self.chosen[&project];
            for need in self.world.candidate(project, position).needs(extra) {
                match self.chosen.get(&need.target) {
                    Some(&there) => {
                        if !self.world.admits(need, there, self.goal.pins(need.target, there)) {
                            return self.learn(lessons, project, position, need);
                        }
                    }
                    None => match self.choose(lessons, need) {
                        Some(position) => {
                            self.chosen.insert(need.target, position);
                            open.push((need.target, None));
                        }
                        None => return self.avoid(lessons, project, position),
                    },
                }
                for &extra in &need.extras {
                    if self.extras.insert((need.target, extra)) {
                        open.push((need.target, Some(extra)));
                    }
                }
            }
        }
        Outcome::Done
    }

    fn choose(&self, lessons: &Lessons, need: &Need) -> Option<u32> {
        let place = self.world.place(need.target);
        let remembered = lessons.wants.get(&need.target);
        self.world.want(need).taken.iter().copied().find(|&position| {
            !self.hopeless.plain(need.target, position, self.leans)
                && need
                    .extras
                    .iter()
                    .all(|&extra| !self.hopeless.with(need.target, position, extra, self.leans))
                && !lessons.avoided.contains(&(need.target, position))
                && remembered
                    .is_none_or(|wants| wants.iter().all(|&want| place.want(want).taken.contains(&position)))
        })
    }

    /// A need came too late: its target is chosen, and not as it wants it.
    fn learn(&self, lessons: &mut Lessons, project: ProjectId, position: u32, need: &Need) -> Outcome {
        let wants = lessons.wants.entry(need.target).or_default();
        if self.goal.pins.iter().any(|(pinned, _)| *pinned == need.target) || wants.contains(&need.want) {
            return self.avoid(lessons, project, position);
        }
        wants.push(need.want);
        Outcome::Again
    }

    /// A candidate turned out to be a bad choice.
    fn avoid(&self, lessons: &mut Lessons, project: ProjectId, position: u32) -> Outcome {
        if self.goal.pins(project, position) || !lessons.avoided.insert((project, position)) {
            return Outcome::Stuck;
        }
        Outcome::Again
    }
}
