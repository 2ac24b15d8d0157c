//! Recall on labelled pairs, alarms on established names, time for a name: what the table of the notes has.
//!
//! `cargo run --release -p packhouse-names --example recall -- FOLDER`. The folder must hold
//! `pypi_downloads_2026-04-01.csv.gz`. With `--list` it prints each alarm.
#![expect(clippy::print_stdout, reason = "it reports on its standard output")]

use std::collections::{BTreeMap, HashSet};
use std::error::Error;
use std::io::Read as _;
use std::path::Path;
use std::time::Instant;

use packhouse_model::ProjectName;
use packhouse_names::{IndexBuilder, Likeness, NameIndex, Original, Standing, Vocabulary};

const PAIRS: &str = include_str!("pairs.txt");
/// Names that are long established: an alarm on one of them, were it new, would be a false one.
const BENIGN: std::ops::Range<usize> = 5_000..15_000;
/// Well-known modules whose project has another name.
const MODULES: [(&str, &str); 12] = [
    ("yaml", "pyyaml"),
    ("bs4", "beautifulsoup4"),
    ("sklearn", "scikit-learn"),
    ("cv2", "opencv-python"),
    ("pil", "pillow"),
    ("dateutil", "python-dateutil"),
    ("dotenv", "python-dotenv"),
    ("jwt", "pyjwt"),
    ("attr", "attrs"),
    ("git", "gitpython"),
    ("serial", "pyserial"),
    ("skimage", "scikit-image"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = arguments.iter().find(|argument| !argument.starts_with("--"));
    let folder = folder.ok_or("expected the folder of the data as an argument")?;
    let list = arguments.iter().any(|argument| argument == "--list");
    let names = downloads(folder.as_ref())?;
    println!("corpus | recall on pairs | benign flagged | us a name | protected | kB | built ms | loaded ms");
    for size in [1_000, 3_000, 5_000] {
        report(&names, size, list)?;
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
    for (module, project) in MODULES {
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

fn downloads(folder: &Path) -> Result<Vec<ProjectName>, Box<dyn Error>> {
    let file = std::fs::File::open(folder.join("pypi_downloads_2026-04-01.csv.gz"))?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text)?;
    let name = |line: &str| line.split(',').nth(1).map(canonical);
    Ok(text.lines().skip(1).filter_map(name).collect())
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
