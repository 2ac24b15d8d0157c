//! Small random suites against the search that tries everything.

use std::collections::BTreeSet;
use std::sync::Arc;

use packhouse_pypi::{Environment, Requirement, normalize};
use proptest::prelude::*;

use super::brute::installable;
use super::suite::{linux, mac, release};
use crate::goal::Goal;
use crate::solver::{Answer, solve};
use crate::world::World;
use crate::{
    Change, Contents, Line, Reason, Release, Root, Series, Status, check, explain, newest, relevant,
};

const PROJECTS: [&str; 5] = ["a", "b", "c", "d", "e"];

fn a_requirement() -> impl Strategy<Value = String> {
    let target = prop::sample::select(vec!["a", "b", "c", "d", "e", "e", "missing"]);
    let extras = prop::sample::select(vec!["", "", "", "[x]", "[y]", "[x,y]"]);
    let specifiers = prop::sample::select(vec![
        "", "", ">=2", "<2", "<3", "==1", "==2.*", ">=2rc1", "==3rc1", "!=2", "===2", ">1", "==1+l", "~=1.0",
    ]);
    let marker = prop::sample::select(vec![
        "",
        "",
        "",
        "",
        "; python_version < '3.10'",
        "; sys_platform == 'linux'",
        "; extra == 'x'",
        "; extra == 'x'",
        "; extra == 'y'",
        "; extra == 'y' and sys_platform == 'linux'",
        "; extra != 'x'",
    ]);
    let one = (target, extras, specifiers, marker);
    one.prop_map(|(target, extras, specifiers, marker)| format!("{target}{extras}{specifiers}{marker}"))
        .prop_filter("rarely missing", |text| !text.starts_with("missing") || text.len() > 20)
}

fn a_release() -> impl Strategy<Value = (Series, Arc<Release>)> {
    let project = prop::sample::select(&PROJECTS[..]);
    let version = prop::sample::select(vec!["1", "1+l", "2", "2rc1", "3", "3rc1"]);
    let requirements = prop::collection::vec(a_requirement(), 0..3);
    let rest = prop::sample::select(vec![
        "",
        "",
        "",
        "",
        " | yanked",
        " | python >=3.10",
        " | python <3.10",
        " | wheel cp312-cp312-win_amd64",
        " | sdist",
        " | unreadable",
        " | series s",
        " | series s",
    ]);
    (project, version, requirements, rest).prop_map(|(project, version, requirements, rest)| {
        let needs = requirements.join(" | ");
        let before = if needs.is_empty() { "" } else { " | " };
        release(&format!("{project} {version}{before}{needs} | +x | +y{rest}"))
    })
}

fn a_suite() -> impl Strategy<Value = Contents> {
    prop::collection::vec(a_release(), 3..9).prop_map(Contents::new)
}

fn a_change() -> impl Strategy<Value = Change> {
    let remove = (prop::sample::select(&PROJECTS[..]), prop::sample::select(vec!["1", "2", "3", "3rc1"]));
    (prop::collection::vec(remove, 0..3), prop::collection::vec(a_release(), 0..3)).prop_map(
        |(remove, add)| {
            let parse = |(name, version): (&str, &str)| (normalize(name).unwrap(), version.parse().unwrap());
            Change { remove: remove.into_iter().map(parse).collect(), add }
        },
    )
}

fn environment() -> impl Strategy<Value = Environment> {
    prop::sample::select(vec![linux(), mac(), mac().with_sdists(true)])
}

fn goal(contents: &Contents, root: &Root) -> Vec<(Arc<Release>, Vec<packhouse_pypi::Extra>)> {
    let head = contents.head(&root.project, &root.series).expect("a root has a head");
    vec![(Arc::clone(head), root.extra.iter().cloned().collect())]
}

fn expected(contents: &Contents, environment: &Environment, root: &Root) -> Status {
    let goal = goal(contents, root);
    match goal[0].0.misfit(environment) {
        Some(misfit) => Status::NotApplicable(misfit),
        None if installable(contents, environment, &goal, &|_, _, _| true) => Status::Installable,
        None => Status::Uninstallable,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_verdict_is_right(contents in a_suite(), environment in environment()) {
        let checked = check(&contents, &environment);
        for root in contents.roots() {
            prop_assert_eq!(checked.status(&root), Some(expected(&contents, &environment, &root)), "{}", root);
        }
    }

    /// Without what is tried before it.
    #[test]
    fn the_solver_alone_is_right(contents in a_suite(), environment in environment()) {
        let world = World::new(&contents, &environment);
        for root in contents.roots() {
            let goal = goal(&contents, &root);
            if goal[0].0.misfit(&environment).is_some() {
                continue;
            }
            let project = world.find(&root.project).expect("a project");
            let candidates = &world.place(project).candidates;
            let position = candidates.iter().position(|candidate| candidate.release == goal[0].0).expect("a head");
            let extra = root.extra.as_ref().and_then(|extra| world.find_extra(extra));
            let found = match solve(&world, &Goal::root(project, position as u32, extra)) {
                Answer::Solved(_) => true,
                Answer::Unsolvable { .. } => false,
                Answer::Undecided { .. } => return Err(TestCaseError::fail("undecided")),
            };
            prop_assert_eq!(found, installable(&contents, &environment, &goal, &|_, _, _| true), "{}", root);
        }
    }

    /// Changes one after the other, and each also tried and given up, as a migration does.
    #[test]
    fn a_renewed_verdict_is_a_new_one(
        contents in a_suite(),
        environment in environment(),
        changes in prop::collection::vec((a_change(), any::<bool>()), 1..6),
    ) {
        let mut contents = contents;
        let mut checked = check(&contents, &environment);
        for (change, keep) in changes {
            let changed = contents.apply(&change);
            let renewed = checked.recheck(&changed);
            let anew = check(&changed, &environment);
            let concerned = relevant(&contents, &change);
            for root in changed.roots() {
                prop_assert_eq!(renewed.status(&root), anew.status(&root), "{}", root);
                if !concerned.contains(&root.project) {
                    prop_assert_eq!(renewed.status(&root), checked.status(&root), "{} is not concerned", root);
                }
            }
            prop_assert_eq!(renewed.uninstallable(), anew.uninstallable());
            prop_assert_eq!(renewed.not_applicable(), anew.not_applicable());
            if keep {
                (contents, checked) = (changed, renewed);
            } else {
                let back = renewed.recheck(&contents);
                prop_assert_eq!(back.uninstallable(), checked.uninstallable());
            }
        }
    }

    #[test]
    fn an_explanation_is_true_and_minimal(contents in a_suite(), environment in environment()) {
        let checked = check(&contents, &environment);
        for root in contents.roots() {
            let explanation = checked.explain(&root);
            prop_assert_eq!(&explanation, &explain(&contents, &environment, &root));
            let Some(explanation) = explanation else {
                prop_assert_eq!(checked.status(&root), Some(Status::Installable), "{}", root);
                continue;
            };
            prop_assert!(!explanation.to_string().is_empty());
            match explanation.reason {
                Reason::Misfit { misfit, .. } => {
                    prop_assert_eq!(checked.status(&root), Some(Status::NotApplicable(misfit)));
                }
                Reason::Conflict(lines) => {
                    prop_assert_eq!(checked.status(&root), Some(Status::Uninstallable));
                    let goal = goal(&contents, &root);
                    let with = |kept: &[Line]| installable(&contents, &environment, &goal, &|release, extra, need| {
                        kept.iter().any(|line| says(line, release, extra, need))
                    });
                    prop_assert!(!with(&lines), "{}: {:#?}", root, lines);
                    for without in 0..lines.len() {
                        let mut fewer = lines.clone();
                        let line = fewer.remove(without);
                        prop_assert!(with(&fewer), "{} does without {}", root, line);
                    }
                }
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }

    #[test]
    fn a_profile_is_judged_right(
        contents in a_suite(),
        environment in environment(),
        profile in prop::collection::vec(a_requirement(), 1..4),
    ) {
        let profile: Vec<Requirement> = profile.iter().map(|line| Requirement::parse(line).unwrap()).collect();
        let found = newest(&contents, &environment, &profile);
        let mut goal = Vec::new();
        let mut there = true;
        for line in profile.iter().filter(|line| line.holds(&environment, None)) {
            let Some(project) = contents.get(&line.project) else { there = false; continue };
            let offers: Vec<_> = project.releases().iter().map(|(_, release)| packhouse_pypi::Offer {
                version: &release.version, yanked: release.yanked,
            }).collect();
            match line.specifiers().and_then(|specifiers| specifiers.admit(&offers).taken.first().copied()) {
                Some(at) => goal.push((Arc::clone(&project.releases()[at].1), line.extras.to_vec())),
                None => there = false,
            }
        }
        let good = there
            && goal.iter().all(|(release, _)| release.misfit(&environment).is_none())
            && installable(&contents, &environment, &goal, &|_, _, _| true);
        prop_assert_eq!(found.is_ok(), good, "{:?}", found);
        if let Err(explanation) = found {
            prop_assert!(!explanation.lines().is_empty(), "{:?}", explanation);
        }
    }

    #[test]
    fn the_order_of_releases_is_nothing(releases in prop::collection::vec(a_release(), 3..9)) {
        let mut seen = BTreeSet::new();
        let distinct: Vec<_> = releases
            .into_iter()
            .filter(|(_, release)| seen.insert((release.project.clone(), release.version.clone())))
            .collect();
        let one = Contents::new(distinct.clone());
        let other = Contents::new(distinct.into_iter().rev());
        prop_assert_eq!(check(&one, &linux()).uninstallable(), check(&other, &linux()).uninstallable());
        for root in one.roots() {
            prop_assert_eq!(explain(&one, &linux(), &root), explain(&other, &linux(), &root));
        }
    }
}

/// Whether a line is about this requirement of this release.
fn says(line: &Line, release: &Release, with: Option<&packhouse_pypi::Extra>, need: &Requirement) -> bool {
    let Line::Needs { project, extra, versions, requirement, .. } = line else { return false };
    *project == release.project
        && extra.as_ref() == with
        && versions.contains(&release.version)
        && requirement.bare() == need.bare()
}
