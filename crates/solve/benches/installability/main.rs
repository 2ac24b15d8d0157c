//! Installability of a suite of 5,000 projects made from real dependencies: from nothing, and after one change.
//!
//! `cargo bench -p packhouse-solve -- FOLDER`, or with the folder in `PACKHOUSE_DATA`. It must hold
//! `pypi_dependencies.csv.gz` and `pypi_downloads_2023-09-01.csv.gz`. Prints one JSON object.
//!
//! The table has one version of each project. So that there is something to choose from, each project gets up to five
//! more releases with the same requirements, at versions that dependents ask for and the others do not satisfy. All but
//! the newest make a second series.
#![expect(clippy::print_stdout, reason = "a bench reports on its standard output")]

mod data;

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use packhouse_pypi::{Environment, Version};
use packhouse_solve::{Change, Checked, Contents, Dependents, Release, Series, check};
use serde_json::json;

const PROJECTS: usize = 5_000;
/// How many projects are changed, spread over the suite; those with the most dependents come on top.
const SPREAD: usize = 60;
const POPULAR: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let folder = folder
        .or_else(|| std::env::var("PACKHOUSE_DATA").ok())
        .ok_or("expected the folder of the data, as an argument or in PACKHOUSE_DATA")?;
    let started = Instant::now();
    let contents = data::suite(folder.as_ref(), PROJECTS)?;
    let loaded = started.elapsed();
    let environment = Environment::parse("cp311 manylinux_2_28_x86_64")?;

    let mut cold = Vec::new();
    for _ in 0..3 {
        let started = Instant::now();
        check(&contents, &environment);
        cold.push(started.elapsed());
    }
    let checked = check(&contents, &environment);

    let started = Instant::now();
    let dependents = Dependents::of(&contents);
    let indexed = started.elapsed();
    let mut projects: Vec<_> = contents.projects().collect();
    let spread: Vec<_> = projects.iter().copied().step_by(PROJECTS / SPREAD).collect();
    projects.sort_by_key(|project| std::cmp::Reverse(dependents.direct(project.name()).len()));
    let changed: Vec<_> = spread.into_iter().chain(projects.into_iter().take(POPULAR)).collect();

    let (mut patch, mut major, mut withdrawn, mut back) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (at, project) in changed.iter().enumerate() {
        let (series, head) = &project.releases()[0];
        let bumped = Version::parse(&format!("{}.1", head.version))
            .or_else(|_| Version::parse(&format!("{}+ph.1", head.version)))?;
        let kinds = [
            (&mut patch, Some(bumped), true),
            (&mut major, Some(Version::parse("4000")?), true),
            (&mut withdrawn, None, true),
        ];
        for (times, version, remove) in kinds {
            let add =
                version.map(|version| (series.clone(), Arc::new(Release { version, ..(**head).clone() })));
            let change = Change {
                remove: if remove {
                    vec![(project.name().clone(), head.version.clone())]
                } else {
                    Vec::new()
                },
                add: add.into_iter().collect(),
            };
            let (renewed, time) = timed(&checked, &contents, &change);
            times.push((time, project.name().as_str()));
            let started = Instant::now();
            let undone = renewed.recheck(&contents);
            back.push((started.elapsed(), project.name().as_str()));
            if at % 10 == 0 {
                let anew = check(renewed.contents(), &environment);
                assert!(renewed.uninstallable() == anew.uninstallable(), "renewed and new verdicts differ");
                assert!(undone.uninstallable() == checked.uninstallable(), "undoing did not undo");
            }
        }
    }

    let uninstallable = checked.uninstallable();
    let plain: Vec<_> = uninstallable.iter().filter(|root| root.extra.is_none()).collect();
    let mut explained = Vec::new();
    for root in uninstallable.iter().step_by(uninstallable.len() / 50 + 1) {
        let started = Instant::now();
        let explanation = checked.explain(root).ok_or("an uninstallable root has an explanation")?;
        explained.push((started.elapsed(), root.project.as_str()));
        assert!(!explanation.lines().is_empty(), "an explanation says something");
    }
    let releases: usize = contents.projects().map(|project| project.releases().len()).sum();
    let report = json!({
        "bench": "installability",
        "environment": environment.name(),
        "projects": contents.projects().count(),
        "releases": releases,
        "roots": contents.roots().count(),
        "uninstallable": uninstallable.len(),
        "uninstallable_without_extra": plain.len(),
        "load_ms": milliseconds(loaded),
        "cold_ms": cold.into_iter().map(milliseconds).collect::<Vec<_>>(),
        "dependents_ms": milliseconds(indexed),
        "after_a_patch_release_ms": spectrum(patch),
        "after_a_major_release_ms": spectrum(major),
        "after_a_withdrawal_ms": spectrum(withdrawn),
        "after_taking_it_back_ms": spectrum(back),
        "explain_ms": spectrum(explained),
    });
    println!("{report:#}");
    Ok(())
}

/// The change itself counts too.
fn timed(checked: &Checked, contents: &Contents, change: &Change) -> (Checked, Duration) {
    let started = Instant::now();
    let renewed = checked.recheck(&contents.apply(change));
    (renewed, started.elapsed())
}

fn spectrum(mut times: Vec<(Duration, &str)>) -> serde_json::Value {
    times.sort_unstable();
    let at = |part: usize| times.get((times.len() * part / 100).min(times.len().saturating_sub(1)));
    let time = |part| at(part).map(|(time, _)| milliseconds(*time));
    json!({ "runs": times.len(), "median": time(50), "p95": time(95), "max": time(100), "slowest": at(100).map(|(_, name)| name) })
}

fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}

// The series of what the table has, and of what was made up beside it.
fn series(older: bool) -> Series {
    if older { "older".parse().unwrap_or_else(|_| Series::only()) } else { Series::only() }
}
