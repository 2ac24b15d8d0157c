//! The complete search.

use resolvo::{Problem, Solver, UnsolvableOrCancelled};

use crate::goal::Goal;
use crate::names::{ExtraId, ProjectId};
use crate::provider::Provider;
use crate::witness::Witness;
use crate::world::World;

/// How many steps one search may take. Requirements are hostile input and can be made into a puzzle that takes
/// for ever; searches in real suites take some thousand steps.
const MOST_STEPS: u32 = 200_000;

/// One thing that speaks for or against a solution: the smallest part that an explanation can leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Fact {
    /// That the goal names this candidate: index into its pins.
    Pin(u32),
    /// That a candidate needs something, plainly or with an extra.
    Need {
        project: ProjectId,
        position: u32,
        extra: Option<ExtraId>,
        /// Index into its needs.
        at: u32,
    },
}

/// What the search found.
#[derive(Debug)]
pub(crate) enum Answer {
    Solved(Witness),
    /// There is no solution. The proof used what these projects have and need, and nothing else.
    Unsolvable {
        asked: Box<[ProjectId]>,
    },
    /// It took too long, and what was looked at until then.
    Undecided {
        asked: Box<[ProjectId]>,
    },
}

/// Searches for a solution of the goal.
pub(crate) fn solve(world: &World, goal: &Goal) -> Answer {
    let everything = |_| true;
    let mut solver = Solver::new(Provider::new(world, goal, &everything, MOST_STEPS));
    let problem = Problem::new().requirements(solver.provider().requirements());
    match solver.solve(problem) {
        Ok(solution) => {
            let mut chosen = Vec::new();
            let mut extras = Vec::new();
            for solvable in solution {
                match solver.provider().candidate(solvable) {
                    ((project, None), position) => chosen.push((project, position)),
                    ((project, Some(extra)), _) => extras.push((project, extra)),
                }
            }
            match Witness::verified(world, goal, &chosen, &extras) {
                Some(witness) => Answer::Solved(witness),
                // A solution that does not hold is a fault of the solver. Never call that installable.
                None => Answer::Undecided { asked: solver.provider().asked() },
            }
        }
        Err(UnsolvableOrCancelled::Unsolvable(_)) => Answer::Unsolvable { asked: solver.provider().asked() },
        Err(UnsolvableOrCancelled::Cancelled(_)) => Answer::Undecided { asked: solver.provider().asked() },
    }
}

/// Whether the goal has a solution when only some facts count; `None` if that took too long.
pub(crate) fn solvable(world: &World, goal: &Goal, counts: &dyn Fn(Fact) -> bool) -> Option<bool> {
    let mut solver = Solver::new(Provider::new(world, goal, counts, MOST_STEPS));
    let problem = Problem::new().requirements(solver.provider().requirements());
    match solver.solve(problem) {
        Ok(_) => Some(true),
        Err(UnsolvableOrCancelled::Unsolvable(_)) => Some(false),
        Err(UnsolvableOrCancelled::Cancelled(_)) => None,
    }
}
