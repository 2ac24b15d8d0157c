//! Whom a change can concern.

use std::collections::{BTreeMap, BTreeSet};

use packhouse_model::ProjectName;

use crate::change::Change;
use crate::contents::Contents;

/// Who needs whom in a suite, whatever the version, the extra and the environment.
#[derive(Debug, Clone)]
pub struct Dependents<'a>(BTreeMap<&'a ProjectName, Vec<&'a ProjectName>>);

impl<'a> Dependents<'a> {
    /// The dependents of every project. Costs the size of the suite; asking it costs the size of the answer.
    pub fn of(contents: &'a Contents) -> Self {
        let mut dependents: BTreeMap<&ProjectName, Vec<&ProjectName>> = BTreeMap::new();
        for project in contents.projects() {
            for need in project.needs() {
                dependents.entry(need).or_default().push(project.name());
            }
        }
        Self(dependents)
    }

    /// The projects that name this one in a requirement; sorted.
    pub fn direct(&self, project: &ProjectName) -> &[&'a ProjectName] {
        self.0.get(project).map_or(&[], Vec::as_slice)
    }

    /// The projects whose roots may be judged otherwise after the change: those it touches, and all that need
    /// them, directly or not.
    ///
    /// It is enough to follow needs as they are before the change. A root that is concerned reaches a touched
    /// project before or after it; on the way to the first touched one there are only untouched ones, and what
    /// those need is the same before and after.
    pub fn relevant(&self, change: &Change) -> BTreeSet<ProjectName> {
        let mut found: BTreeSet<ProjectName> = change.projects().into_iter().cloned().collect();
        let mut open: Vec<ProjectName> = found.iter().cloned().collect();
        while let Some(project) = open.pop() {
            for &dependent in self.direct(&project) {
                if found.insert(dependent.clone()) {
                    open.push(dependent.clone());
                }
            }
        }
        found
    }
}

/// As [`Dependents::relevant`], for one change.
pub fn relevant(contents: &Contents, change: &Change) -> BTreeSet<ProjectName> {
    Dependents::of(contents).relevant(change)
}
