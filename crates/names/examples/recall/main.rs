//! Recall on labelled pairs, alarms on established names, time for a name: what the table of the notes has.
//!
//! `cargo run --release -p packhouse-names --example recall -- FOLDER`. The folder must hold
//! `pypi_downloads_2026-04-01.csv.gz`, `pypi_downloads_2023-09-01.csv.gz` and `pypi_dependencies.csv.gz`. With `--list` it prints each alarm.
#![expect(clippy::print_stdout, reason = "it reports on its standard output")]

use std::collections::{BTreeMap, HashSet};
use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::time::Instant;

use packhouse_model::ProjectName;
use packhouse_names::{IndexBuilder, Likeness, NameIndex, Original, Popular, Standing, Vocabulary};

const PAIRS: &str = include_str!("pairs.txt");
/// Names that are long established: an alarm on one of them, were it new, would be a false one.
const BENIGN: std::ops::Range<usize> = 5_000..15_000;
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = arguments.iter().find(|argument| !argument.starts_with("--"));
    let folder = folder.ok_or("expected the folder of the data as an argument")?;
    let list = arguments.iter().any(|argument| argument == "--list");
    let folder = Path::new(folder);
    let names = downloads(folder, "pypi_downloads_2026-04-01.csv.gz")?;
    println!("corpus | recall on pairs | benign flagged | us a name | protected | kB | built ms | loaded ms");
    for size in [1_000, 3_000, 5_000] {
        report(&names, size, list)?;
    }
    new_names(folder, &names, list)
}

/// Names that are popular in 2026 and were not there in 2023, against what was popular then: honest new names.
fn new_names(folder: &Path, names: &[ProjectName], list: bool) -> Result<(), Box<dyn Error>> {
    let before = downloads(folder, "pypi_downloads_2023-09-01.csv.gz")?;
    let mut known: HashSet<ProjectName> = before.iter().cloned().collect();
    for line in lines(folder, "pypi_dependencies.csv.gz")? {
        known.extend(line?.split(',').next().map(canonical));
    }
    let new: Vec<&ProjectName> = names.iter().filter(|name| !known.contains(name)).collect();
    println!("corpus of 2023-09 | names of 2026-04 that are new since | flagged");
    for size in [1_000, 3_000, 5_000] {
        let index = index(&before[..size.min(before.len())]);
        let alarms: Vec<_> = new.iter().filter_map(|name| Some((name, index.nearest(name)?))).collect();
        let share = 100.0 * alarms.len() as f64 / new.len().max(1) as f64;
        println!("{size} | {} | {} ({share:.2} %)", new.len(), alarms.len());
        for (name, likeness) in alarms.iter().filter(|_| list) {
            println!("    {}: {name} ~ {}", likeness.relation.name(), likeness.original);
        }
    }
    Ok(())
}

fn report(names: &[ProjectName], size: usize, list: bool) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let built = index(&names[..size.min(names.len())]);
    let made = started.elapsed();
    let bytes = built.to_bytes();
    let started = Instant::now();
    let index = NameIndex::from_bytes(&bytes, Vocabulary::PYTHON)?;
    let loaded = started.elapsed();

    let (found, asked, missed) = recall(&index);
    let benign = &names[BENIGN.start.min(names.len())..BENIGN.end.min(names.len())];
    let started = Instant::now();
    let alarms: Vec<(&ProjectName, Likeness)> =
        benign.iter().filter_map(|name| Some((name, index.nearest(name)?))).collect();
    let took = started.elapsed();
    println!(
        "{size} | {found}/{asked} ({:.1} %) | {}/{} ({:.2} %) | {:.1} | {} | {} | {:.1} | {:.1}",
        100.0 * f64::from(found) / f64::from(asked.max(1)),
        alarms.len(),
        benign.len(),
        100.0 * alarms.len() as f64 / benign.len().max(1) as f64,
        took.as_secs_f64() * 1e6 / benign.len().max(1) as f64,
        index.len(),
        bytes.len() / 1000,
        made.as_secs_f64() * 1e3,
        loaded.as_secs_f64() * 1e3,
    );
    for pair in missed {
        println!("  missed: {pair}");
    }
    let mut by_relation: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for (name, likeness) in alarms {
        by_relation.entry(likeness.relation).or_default().push(format!("{name} ~ {}", likeness.original));
    }
    for (relation, alarms) in by_relation {
        println!("  {}: {}", relation.name(), alarms.len());
        for alarm in alarms.iter().filter(|_| list) {
            println!("    {alarm}");
        }
    }
    Ok(())
}

fn index(names: &[ProjectName]) -> NameIndex {
    let mut builder = IndexBuilder::new(Vocabulary::PYTHON);
    for (rank, name) in names.iter().enumerate() {
        builder.project(name.clone(), Standing::Popular, rank as u32);
    }
    for (module, project) in Popular::PYTHON.modules {
        builder.module(module, ProjectName::from_canonical(project));
    }
    builder.build()
}

/// How many pairs whose original is in the index are found, of how many, and those that are not.
fn recall(index: &NameIndex) -> (u32, u32, Vec<String>) {
    let projects: HashSet<ProjectName> = index.projects().collect();
    let (mut found, mut asked, mut missed) = (0, 0, Vec::new());
    for line in PAIRS.lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split('\t');
        let (Some(squat), Some(original)) = (fields.next(), fields.next()) else { continue };
        let squat = ProjectName::from_canonical(squat);
        let expected = match original.strip_prefix("module:") {
            Some(module) => Original::StandardLibrary(module.to_owned()),
            None => Original::Project(ProjectName::from_canonical(original)),
        };
        let is_protected = !matches!(&expected, Original::Project(name) if !projects.contains(name));
        if !is_protected {
            continue;
        }
        asked += 1;
        if index.look(&squat).iter().any(|likeness| likeness.original == expected) {
            found += 1;
        } else {
            missed.push(format!("{squat} ~ {expected}"));
        }
    }
    (found, asked, missed)
}

type Lines = std::io::Lines<BufReader<flate2::read::GzDecoder<std::fs::File>>>;

fn lines(folder: &Path, file: &str) -> Result<Lines, Box<dyn Error>> {
    let file = std::fs::File::open(folder.join(file))?;
    let mut lines = BufReader::new(flate2::read::GzDecoder::new(file)).lines();
    let _header = lines.next();
    Ok(lines)
}

fn downloads(folder: &Path, file: &str) -> Result<Vec<ProjectName>, Box<dyn Error>> {
    let mut names = Vec::new();
    for line in lines(folder, file)? {
        names.extend(line?.split(',').nth(1).map(canonical));
    }
    Ok(names)
}

/// As PEP 503 says; this crate does not know Python's.
fn canonical(name: &str) -> ProjectName {
    let mut out = String::new();
    for letter in name.chars() {
        let letter = if matches!(letter, '-' | '_' | '.') { '-' } else { letter.to_ascii_lowercase() };
        if letter != '-' || !out.ends_with('-') {
            out.push(letter);
        }
    }
    ProjectName::from_canonical(&out)
}
