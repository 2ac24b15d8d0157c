//! What is asked of a solver: candidates that must be there, and extras of them.

use crate::names::{ExtraId, ProjectId};
use crate::world::World;

/// Candidates that a solution must hold, as if each had been named with `==` on the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Goal {
    /// Project and position, each project once.
    pub(crate) pins: Vec<(ProjectId, u32)>,
    /// Extras asked for, of pinned projects.
    pub(crate) extras: Vec<(ProjectId, ExtraId)>,
}

impl Goal {
    pub(crate) fn root(project: ProjectId, position: u32, extra: Option<ExtraId>) -> Self {
        Self {
            pins: vec![(project, position)],
            extras: extra.map(|extra| (project, extra)).into_iter().collect(),
        }
    }

    /// Whether a solution may rest on a release being named by the goal that would be passed over otherwise.
    pub(crate) fn leans(&self, world: &World) -> bool {
        self.pins.iter().any(|&(project, position)| world.place(project).passes_over(position))
    }

    /// Whether the goal names this very candidate.
    pub(crate) fn pins(&self, project: ProjectId, position: u32) -> bool {
        self.pins.contains(&(project, position))
    }
}
