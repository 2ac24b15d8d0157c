//! Making a state the one that is served: what rests on what it changed is made anew, and nothing else.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use packhouse_distribution::state::State;
use packhouse_distribution::{Release, RowChange};
use packhouse_model::{ProjectName, UpstreamName};
use packhouse_pypi::normalize;

use crate::packhouse::Packhouse;

/// What another state says otherwise than the one before.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changed {
    /// The projects whose pages and files may be others.
    pages: BTreeSet<ProjectName>,
    /// Those of which something was withdrawn, or given back.
    conditions: BTreeSet<ProjectName>,
    /// Nobody knows what: all of them.
    everything: bool,
}

impl Changed {
    /// After rows were read that may be any.
    pub(super) fn everything() -> Self {
        Self { everything: true, ..Self::default() }
    }

    /// By the rows that changed. Pages rest on what suites hold, on releases that were taken in, and on what is the matter
    /// with them; reviews, people and settings change a page only by one of these.
    pub(super) fn by(changes: &[RowChange]) -> Self {
        let mut changed = Self::default();
        for change in changes {
            let release = || change.key.parse::<Release>().ok().map(|release| release.project);
            match change.table {
                "placement" => {
                    let project = change.key.split_once('/').and_then(|(_, name)| normalize(name).ok());
                    changed.pages.extend(project);
                }
                "candidate" => changed.pages.extend(release()),
                "condition" => {
                    changed.pages.extend(release());
                    changed.conditions.extend(release());
                }
                _ => {}
            }
        }
        changed
    }
}

impl Packhouse {
    /// Makes a state the one that is served. What is put into memory while this runs, and was made of the state before, is
    /// told by [`Packhouse::shown`].
    pub(super) fn show(&self, state: State, changed: &Changed) {
        self.ledger.show(state);
        if !changed.everything && changed.pages.is_empty() {
            return;
        }
        // After the state, so that whoever sees this number sees that state; before memory is cleared, so that whoever put
        // something in with an older number takes it out again.
        self.ledger.shown.fetch_add(1, Ordering::SeqCst);
        if changed.everything {
            self.projects.invalidate_all();
            self.pages.invalidate_all();
            self.answers.invalidate_all();
            return;
        }
        for (key, _) in &self.projects {
            if changed.conditions.contains(&key.1) {
                self.projects.invalidate(&*key);
            }
        }
        for (key, _) in &self.pages {
            if changed.pages.contains(&key.project) {
                self.pages.invalidate(&*key);
            }
        }
        for project in &changed.pages {
            self.forget_answers(project);
        }
    }

    /// Has everything made anew that rests on facts of these projects.
    pub(crate) fn show_facts(&self, projects: &BTreeSet<ProjectName>, everything: bool) {
        self.ledger.shown.fetch_add(1, Ordering::SeqCst);
        if everything {
            self.projects.invalidate_all();
            self.pages.invalidate_all();
            self.answers.invalidate_all();
            return;
        }
        for (key, _) in &self.projects {
            if projects.contains(&key.1) {
                self.projects.invalidate(&*key);
            }
        }
        for (key, _) in &self.pages {
            if projects.contains(&key.project) {
                self.pages.invalidate(&*key);
            }
        }
        for project in projects {
            self.forget_answers(project);
        }
    }

    /// Has a project of an upstream put together and decided on again: what is known of one of its files is another.
    pub(crate) fn show_project_again(&self, upstream: &UpstreamName, project: &ProjectName) {
        // In this order for the same reasons as above.
        self.ledger.shown.fetch_add(1, Ordering::SeqCst);
        self.projects.invalidate(&(upstream.clone(), project.clone()));
        for (key, _) in &self.pages {
            if key.project == *project {
                self.pages.invalidate(&*key);
            }
        }
        self.forget_answers(project);
    }

    /// Counts the states that changed something served. Read before a page or an answer is made, and again after it was put
    /// into memory: when it is another, it was made of an older state.
    pub(crate) fn shown(&self) -> u64 {
        self.ledger.shown.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(table: &'static str, key: &str) -> RowChange {
        RowChange { table, key: key.to_owned(), value: None }
    }

    #[test]
    fn only_what_pages_rest_on_changes_them() {
        let names = |set: &BTreeSet<ProjectName>| set.iter().map(ToString::to_string).collect::<Vec<_>>();
        let changed = Changed::by(&[
            row("review", "12"),
            row("clock", "only"),
            row("maintainer", "ada"),
            row("suite", "testing"),
            row("project", "six"),
        ]);
        assert_eq!(changed, Changed::default());
        let changed = Changed::by(&[
            row("placement", "testing/flask"),
            row("candidate", "click==8.1"),
            row("condition", "reb==2.0"),
        ]);
        assert_eq!(names(&changed.pages), ["click", "flask", "reb"]);
        assert_eq!(names(&changed.conditions), ["reb"]);
    }
}
