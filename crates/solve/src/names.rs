//! Small numbers for names, so that sets of projects are rows of bits and comparisons are cheap.

use std::collections::HashMap;

use packhouse_model::ProjectName;
use packhouse_pypi::Extra;

/// A project within one world and those that were made from it.
pub(crate) type ProjectId = u32;
/// An extra, likewise.
pub(crate) type ExtraId = u32;

/// The numbers given so far. They are never taken back, so a number means the same in every world that was
/// made from another.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    project_ids: HashMap<ProjectName, ProjectId>,
    projects: Vec<ProjectName>,
    extra_ids: HashMap<Extra, ExtraId>,
    extras: Vec<Extra>,
}

impl Names {
    pub(crate) fn find(&self, project: &ProjectName) -> Option<ProjectId> {
        self.project_ids.get(project).copied()
    }

    pub(crate) fn find_extra(&self, extra: &Extra) -> Option<ExtraId> {
        self.extra_ids.get(extra).copied()
    }

    pub(crate) fn project(&self, id: ProjectId) -> &ProjectName {
        &self.projects[id as usize]
    }

    pub(crate) fn extra(&self, id: ExtraId) -> &Extra {
        &self.extras[id as usize]
    }

    pub(crate) fn add(&mut self, project: &ProjectName) -> ProjectId {
        let id = self.projects.len() as ProjectId;
        self.projects.push(project.clone());
        self.project_ids.insert(project.clone(), id);
        id
    }

    pub(crate) fn add_extra(&mut self, extra: &Extra) -> ExtraId {
        let id = self.extras.len() as ExtraId;
        self.extras.push(extra.clone());
        self.extra_ids.insert(extra.clone(), id);
        id
    }
}
