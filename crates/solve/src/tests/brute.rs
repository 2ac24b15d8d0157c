//! Installability by trying everything: slow, short and made of nothing that the crate is made of, but for matching
//! versions (`packhouse_pypi`).

use std::collections::BTreeMap;
use std::sync::Arc;

use packhouse_model::ProjectName;
use packhouse_pypi::{Environment, Extra, Offer, Requirement};

use crate::{Contents, Release};

/// Which requirements count.
pub(crate) type Counts<'a> = &'a dyn Fn(&Release, Option<&Extra>, &Requirement) -> bool;

type Choice<'a> = BTreeMap<&'a ProjectName, &'a Arc<Release>>;

/// Whether these releases, with these extras, can be installed together.
pub(crate) fn installable(
    contents: &Contents,
    environment: &Environment,
    goal: &[(Arc<Release>, Vec<Extra>)],
    counts: Counts<'_>,
) -> bool {
    let projects: Vec<(&ProjectName, Vec<&Arc<Release>>)> = contents
        .projects()
        .map(|project| {
            let releases = project.releases().iter().map(|(_, release)| release);
            (project.name(), releases.filter(|release| release.misfit(environment).is_none()).collect())
        })
        .collect();
    try_all(&projects, &mut BTreeMap::new(), &mut |choice| {
        holds(choice, &projects, environment, goal, counts)
    })
}

fn try_all<'a>(
    projects: &[(&'a ProjectName, Vec<&'a Arc<Release>>)],
    choice: &mut Choice<'a>,
    good: &mut dyn FnMut(&Choice<'a>) -> bool,
) -> bool {
    let Some(((name, releases), rest)) = projects.split_first() else { return good(choice) };
    for release in releases {
        choice.insert(name, release);
        if try_all(rest, choice, good) {
            return true;
        }
    }
    choice.remove(name);
    try_all(rest, choice, good)
}

fn holds(
    choice: &Choice<'_>,
    projects: &[(&ProjectName, Vec<&Arc<Release>>)],
    environment: &Environment,
    goal: &[(Arc<Release>, Vec<Extra>)],
    counts: Counts<'_>,
) -> bool {
    let mut open: Vec<(ProjectName, Option<Extra>)> = Vec::new();
    for (release, extras) in goal {
        if choice.get(&release.project).is_none_or(|chosen| chosen.version != release.version) {
            return false;
        }
        open.push((release.project.clone(), None));
        open.extend(extras.iter().map(|extra| (release.project.clone(), Some(extra.clone()))));
    }
    let mut seen = Vec::new();
    while let Some(node) = open.pop() {
        if seen.contains(&node) {
            continue;
        }
        let release = choice[&node.0];
        for requirement in &release.requires_dist {
            let wanted = match &node.1 {
                None => requirement.holds(environment, None),
                Some(extra) => {
                    release.provides_extra.contains(extra)
                        && requirement.holds(environment, Some(extra))
                        && !requirement.holds(environment, None)
                }
            };
            if !wanted || !counts(release, node.1.as_ref(), requirement) {
                continue;
            }
            let Some(chosen) = choice.get(&requirement.project) else { return false };
            let offered = projects.iter().find(|(name, _)| **name == requirement.project);
            let offered = offered.map(|(_, releases)| releases.as_slice()).unwrap_or_default();
            let offers: Vec<Offer<'_>> = offered
                .iter()
                .map(|release| Offer { version: &release.version, yanked: release.yanked })
                .collect();
            let Some(specifiers) = requirement.specifiers() else { return false };
            let admitted = specifiers.admit(&offers);
            let at = offered.iter().position(|release| release.version == chosen.version).expect("chosen");
            let pinned = goal.iter().any(|(pinned, _)| pinned.project == chosen.project);
            if !(admitted.taken.contains(&at) || (pinned && admitted.passed_over.contains(&at))) {
                return false;
            }
            open.push((requirement.project.clone(), None));
            open.extend(
                requirement.extras.iter().map(|extra| (requirement.project.clone(), Some(extra.clone()))),
            );
        }
        seen.push(node);
    }
    true
}
