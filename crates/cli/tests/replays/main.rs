//! The incident record in replay: what attackers did, played upstream without a payload, in front of real servers, with real
//! clients, day by day. `docs/incidents.md` is what this prints.
//!
//! `PACKHOUSE_REPLAY=28,29 cargo test -p packhouse --test replays` plays these rows alone.

#![expect(clippy::print_stdout, reason = "a test that was not played to its end says so")]

mod advisories;
mod controls;
mod files;
mod people;
mod replay;
mod report;
mod scenario;
mod shapes;
mod story;
mod suite;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use replay::Played;
use scenario::Scenario;

const REPORT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/incidents.md");
/// Rows of the record.
const ROWS: usize = 46;
/// Replays that are played at once.
const AT_ONCE: usize = 3;

#[test]
fn every_row_has_its_replay() {
    let rows: Vec<usize> = scenario::all().iter().map(|one| one.row).collect();
    assert_eq!(rows, (1..=ROWS).collect::<Vec<_>>());
}

/// The whole record: nothing that is stopped today may pass tomorrow, and no harmless twin may be stopped.
#[test]
fn the_record_is_stopped() {
    let scenarios = scenario::chosen();
    let played = play_all(&scenarios);
    let mut wrong = Vec::new();
    for scenario in &scenarios {
        let played = &played[&scenario.row];
        let expected: BTreeSet<String> = scenario.stopped_by.iter().cloned().collect();
        if played.alone != expected {
            wrong.push(format!(
                "row {}: stopped by {:?}, expected {expected:?}; partly by {:?}",
                scenario.row, played.alone, played.partly
            ));
        }
        if played.worked.is_some() != expected.is_empty() {
            wrong.push(format!(
                "row {}: it worked after {:?}\n{:#?}",
                scenario.row, played.worked, played.said
            ));
        }
        if let Some(worked) = played.suite_worked {
            wrong.push(format!("row {}: it worked through the suite after {worked:?}", scenario.row));
        }
        wrong.extend(played.problems.iter().map(|problem| format!("row {}: {problem}", scenario.row)));
    }
    let all = scenarios.len() == ROWS;
    let clients = played.values().all(|played| played.saw.len() == people::CLIENTS.len());
    let said = report::write(&scenarios, &played);
    if all && clients && std::env::var_os("PACKHOUSE_WRITE_INCIDENTS").is_some() {
        std::fs::write(REPORT, &said).expect("docs/incidents.md");
    }
    if std::env::var_os("PACKHOUSE_REPLAY_PRINT").is_some() {
        println!("{said}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    if !all {
        println!("skipped: only some of the replays were played, so docs/incidents.md was not compared");
    } else if !clients {
        println!("skipped: a client is missing, so docs/incidents.md was not compared");
    } else {
        let kept = std::fs::read_to_string(REPORT).unwrap_or_default();
        assert!(
            kept == said,
            "docs/incidents.md is another: PACKHOUSE_WRITE_INCIDENTS=1 makes this test write it"
        );
    }
}

/// `PACKHOUSE_REPLAY_FILES=folder` puts the files of all stories there, for whoever wants to look at them.
#[test]
fn the_files_can_be_had() {
    let Some(folder) = std::env::var_os("PACKHOUSE_REPLAY_FILES").map(std::path::PathBuf::from) else {
        println!("skipped: PACKHOUSE_REPLAY_FILES names no folder");
        return;
    };
    for scenario in scenario::chosen() {
        let here = folder.join(format!("{:02}", scenario.row));
        story::Story::of(&scenario, false).write_files(&here.join("attack"), true);
        story::Story::of(&scenario, false).write_files(&here.join("before"), false);
        story::Story::of(&scenario, true).write_files(&here.join("twin"), false);
    }
}

fn play_all(scenarios: &[Scenario]) -> BTreeMap<usize, Played> {
    let left: Mutex<Vec<&Scenario>> = Mutex::new(scenarios.iter().rev().collect());
    let done = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = left.lock().expect("no panic").pop();
                    let Some(scenario) = next else { return };
                    let played = replay::play(scenario);
                    done.lock().expect("no panic").insert(scenario.row, played);
                }
            });
        }
    });
    done.into_inner().expect("no panic")
}
