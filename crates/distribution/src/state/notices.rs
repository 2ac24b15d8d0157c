//! Whom an entry concerns although it does not name them. Their feed tells them.

use packhouse_model::ProjectName;

use super::State;
use super::rows::{Concern, NoticeRow, ProjectKey};
use crate::dependents::Dependent;

/// Keeps of an entry who looks after the projects that it is about, and after what requires them, at this moment.
pub(super) fn tell<'p>(
    state: &mut State,
    entry: u64,
    about: impl IntoIterator<Item = &'p ProjectName>,
    dependents: &[Dependent],
) {
    let own = about.into_iter().map(|project| (project, Concern::Own));
    let needs = dependents.iter().map(|one| {
        let concern = if one.breaks { Concern::Breaks } else { Concern::Needs };
        (&one.release.project, concern)
    });
    let mut row = NoticeRow::default();
    for (project, concern) in own.chain(needs) {
        let stewards = state.projects.get(&ProjectKey(project.clone())).map(|row| &row.stewards);
        for person in stewards.into_iter().flatten() {
            let known = row.told.entry(person.clone()).or_default();
            let known = known.entry(project.to_string()).or_insert(concern);
            *known = (*known).max(concern);
        }
    }
    if !row.told.is_empty() {
        state.notices.put(entry, row);
    }
}

#[cfg(test)]
mod tests;
