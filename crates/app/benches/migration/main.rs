//! A migration run with 200 candidates on a suite of 5,000 projects, made from tables of real dependencies.
//!
//! `cargo bench -p packhouse-app --bench migration -- FOLDER`, where FOLDER has the tables that the installability bench of
//! `packhouse-solve` reads; prints one JSON object.

#[path = "../../../solve/benches/installability/data.rs"]
mod data;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use packhouse_app::plan_migration;
use packhouse_distribution::State;
use packhouse_model::{Sha256, Timestamp};
use packhouse_pypi::Version;
use packhouse_solve::{Release, Series};
use serde_json::{Value, json};

const PROJECTS: usize = 5_000;
const CANDIDATES: usize = 200;
const AT: &str = "2026-01-01T00:00:00Z";
const NOW: &str = "2026-06-01T00:00:00Z";

/// The newest releases are one series, the made-up older ones another.
fn series(older: bool) -> Series {
    if older { "older".parse().unwrap_or_else(|_| Series::only()) } else { Series::only() }
}

fn main() -> Result<(), Box<dyn Error>> {
    let argument = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let Some(folder) = argument.or_else(|| std::env::var("PACKHOUSE_DATA").ok()) else {
        print(
            &json!({ "skipped": "no folder with the tables: give it as an argument, or in PACKHOUSE_DATA" }),
        );
        return Ok(());
    };
    let contents = data::suite(&PathBuf::from(folder), PROJECTS)?;
    let mut state = State::default();
    let mut placements: BTreeMap<String, Value> = BTreeMap::new();
    let mut entry = 0;
    let projects: Vec<_> = contents.projects().cloned().collect();
    let every = projects.len() / CANDIDATES;
    for (place, project) in projects.iter().enumerate() {
        let name = project.name().as_str();
        let row = json!({
            "tier": "leaf", "series": ["(any)"], "needed_by": [], "stewards": [], "stewardship": "active",
            "salvage": null, "added": AT, "last_steward_act": AT, "upstream_quarantine": null,
        });
        state.load_row("project", name, &row.to_string())?;
        let mut listed = serde_json::Map::new();
        for (_, release) in project.releases() {
            entry += 1;
            listed.insert(release.version.key(), take_in(&mut state, release, &release.version, entry)?);
        }
        placements.insert(format!("testing/{name}"), json!({ "releases": listed }));
        let head = project.heads().into_values().next();
        if let Some(head) = head.filter(|_| place % every == 0 && place / every < CANDIDATES) {
            entry += 1;
            let next = next_version(&head.version)?;
            listed.insert(next.key(), take_in(&mut state, head, &next, entry)?);
        }
        placements.insert(format!("unstable/{name}"), json!({ "releases": listed }));
    }
    for (key, row) in placements {
        state.load_row("placement", &key, &row.to_string())?;
    }
    for (name, kind, source) in [("unstable", "unstable", None), ("testing", "testing", Some("unstable"))] {
        let mut settings = json!({
            "suite": name, "kind": kind, "environments": [{ "name": "cp311 manylinux_2_28_x86_64", "may_lag": false }],
        });
        if let Some(source) = source {
            settings["source"] = source.into();
        }
        let row = json!({
            "settings": settings, "stage": "development", "stage_since": AT, "serial": 1, "released": null,
        });
        state.load_row("suite", name, &row.to_string())?;
    }
    let (testing, now): (_, Timestamp) = ("testing".parse()?, NOW.parse()?);
    let began = Instant::now();
    let plan = plan_migration(&state, &testing, now, &[])?;
    print(&json!({
        "projects": projects.len(),
        "releases": entry,
        "candidates": plan.excuses.len(),
        "moved": plan.moving().len(),
        "uninstallable_before": plan.before.count(),
        "oracle_calls": plan.oracle_calls,
        "exact": plan.exact,
        "milliseconds": began.elapsed().as_millis() as u64,
    }));
    Ok(())
}

/// A version that comes after it: a digit more, without the parts that may not stand before one (PEP 440).
fn next_version(version: &Version) -> Result<Version, Box<dyn Error>> {
    let text = version.to_string();
    let public = text.split('+').next().unwrap_or_default();
    let is_number = |part: &&str| part.chars().all(|c| c.is_ascii_digit() || c == '!');
    let numbers: Vec<&str> = public.split('.').take_while(is_number).collect();
    let next =
        if numbers.is_empty() { "1000000".to_owned() } else { format!("{}.1000000", numbers.join(".")) };
    Ok(Version::parse(&next)?)
}

/// Puts a release into the state as taken in, with an exemption in the place of reviews. Gives its place in a suite.
fn take_in(
    state: &mut State,
    release: &Release,
    version: &Version,
    entry: u64,
) -> Result<Value, Box<dyn Error>> {
    let id = format!("{}=={version}", release.project);
    let filename = format!("{}-{version}-py3-none-any.whl", release.project.as_str().replace('-', "_"));
    let sha256 = Sha256::of(filename.as_bytes());
    let requires: Vec<String> = release.requires_dist.iter().map(ToString::to_string).collect();
    let extras: Vec<&str> = release.provides_extra.iter().map(packhouse_pypi::Extra::as_str).collect();
    let row = json!({
        "candidate": {
            "release": id, "uploaded": AT, "files": [{ "filename": filename, "size": 1, "uploaded": AT }],
            "metadata": { "requires_dist": requires, "provides_extra": extras }, "vendor": {}, "risk": "R1", "lines": 1,
        },
        "files": { &filename: sha256 }, "entry": entry, "found": AT, "queued": AT,
        "state": { "state": "accepted", "at": AT }, "upstream": null,
    });
    state.load_row("candidate", &id, &row.to_string())?;
    let exemption = json!({
        "by": "alice", "at": AT, "files": [sha256],
        "exempt": { "release": id, "criteria": ["safe-to-run"], "until": "2026-06-29T00:00:00Z", "reason": "bench" },
    });
    state.load_row("exemption", &entry.to_string(), &exemption.to_string())?;
    Ok(json!({ "release": id, "files": [sha256], "since": AT, "serial": 1 }))
}

fn print(report: &Value) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout(), "{report}");
}
