//! The figures that the plan rests on, counted again from tables, beside what is expected.
//!
//! `cargo run --release -p packhouse-plan --example figures -- FOLDER`. The folder must hold
//! `pypi_dependencies.csv.gz`, `pypi_owners_2020-12-23.csv`, `pypi_downloads_{2022-05,2023-09,2026-04}-01.csv.gz` and
//! `npm_downloads_2026-10.csv.gz`. Ends with 1 when a figure is not what is expected.
//!
//! What is expected was counted on names as the table writes them: dependencies in their canonical form, but 11,438
//! packages with a dot (`jaraco.collections`), so that nobody seemed to need these. The same is done here for the
//! comparison; what comes out with canonical names (PEP 503) stands beside it.
#![expect(clippy::print_stdout, reason = "an example reports on its standard output")]

use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::process::ExitCode;

use packhouse_model::Timestamp;
use packhouse_plan::closure::{closure_sizes, transitive_dependents};
use packhouse_plan::condition::usual_environments;
use packhouse_plan::coverage::{Coverage, prefix_with_closure};
use packhouse_plan::curve::{Curve, SHARES, maintainers};
use packhouse_plan::cut::Project;
use packhouse_plan::graph::Graph;
use packhouse_plan::import::{Hints, Limits, import};
use packhouse_plan::names::PackageId;
use packhouse_plan::scc::Components;
use packhouse_plan::snapshot::{Dependencies, Downloads, Ecosystem, Need, Owners, Rows, Snapshot};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// Maintainers look after this many packages each.
const EACH: usize = 403;
/// The total of all downloads in the month before 2022-05-01.
const ALL_IN_2022: u64 = 14_756_299_061;
/// How many packages there were when the expected figures were counted: the tail ends there.
const REGISTRY: usize = 430_855;

fn main() -> Result<ExitCode> {
    let folder = std::env::args().nth(1).ok_or("expected the folder of the tables as argument")?;
    let folder = Path::new(&folder);
    let mut figures = Figures::default();
    curves(folder, &mut figures)?;
    let written = dependencies(folder, Some(Ecosystem::Other("as-written".into())))?;
    let canonical = dependencies(folder, None)?;
    graphs(&written, &canonical, &mut figures);
    coverage(folder, &written, &mut figures)?;
    println!("\nThe same with canonical names, which is what Packhouse uses:");
    coverage(folder, &canonical, &mut Figures { quiet: true, ..Figures::default() })?;
    owners(folder, &mut figures)?;
    println!("{} of {} figures are as expected", figures.good, figures.all);
    Ok(if figures.good == figures.all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[derive(Default)]
struct Figures {
    all: usize,
    good: usize,
    /// Nothing is expected: what is found is only shown.
    quiet: bool,
}

impl Figures {
    fn title(&mut self, text: &str) {
        let expected = if self.quiet { "as written" } else { "expected" };
        println!("\n{text}\n{:<66} {expected:>14} {:>14}", "", "found");
    }

    /// A figure that may differ from the expected one by this much.
    fn near(&mut self, what: &str, expected: f64, found: f64, by: f64) {
        let good = (expected - found).abs() <= by + 1e-9;
        self.all += 1;
        self.good += usize::from(good);
        let places = if expected.fract() == 0.0 && found.fract() == 0.0 { 0 } else { 2 };
        let mark = match good {
            true if expected.to_bits() == found.to_bits() => "",
            true => "  near",
            false if self.quiet => "",
            false => "  DIFFERS",
        };
        println!("{what:<66} {expected:>14.places$} {found:>14.places$}{mark}");
    }

    fn same(&mut self, what: &str, expected: usize, found: usize) {
        self.near(what, expected as f64, found as f64, 0.0);
    }
}

fn read(folder: &Path, name: &str, ecosystem: Option<Ecosystem>) -> Result<Snapshot> {
    let mut hints = Hints::none(Timestamp::MAX);
    hints.ecosystem = ecosystem;
    let mut hints = hints.from_name(name);
    // The table of dependencies does not say its date.
    hints.date = hints.date.or("2023-09-07".parse().ok());
    let path = folder.join(name);
    let mut file = File::open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let imported = import(&mut file, hints, Limits::default(), &mut |_| ())?;
    for (reason, skipped) in &imported.report.skipped {
        println!("{name}: skipped {} rows: {reason}", skipped.count);
    }
    imported.snapshots.into_iter().next().ok_or_else(|| "nothing was imported".into())
}

fn dependencies(folder: &Path, ecosystem: Option<Ecosystem>) -> Result<Dependencies> {
    let snapshot = read(folder, "pypi_dependencies.csv.gz", ecosystem)?;
    let Rows::Dependencies(table) = snapshot.rows else { return Err("expected dependencies".into()) };
    Ok(table)
}

fn downloads(folder: &Path, name: &str) -> Result<Downloads> {
    let Rows::Downloads(list) = read(folder, name, None)?.rows else {
        return Err("expected downloads".into());
    };
    Ok(list)
}

fn curves(folder: &Path, figures: &mut Figures) -> Result {
    figures.title("Packages that carry a share of the downloads");
    let first = downloads(folder, "pypi_downloads_2022-05-01.csv.gz")?;
    let curve = Curve::new(&first, Some(first.ranked().len()));
    figures.near("PyPI 2022-05: sum of the list", 13_225_311_500.0, curve.listed() as f64, 0.0);
    let passed = curve.needed_of(0.8, ALL_IN_2022).ok_or("the list is too short")?;
    figures.same("PyPI 2022-05: packages for 80 % of the blog's total", 820, passed);
    let share = 100.0 * curve.sum(805) as f64 / ALL_IN_2022 as f64;
    figures.near("PyPI 2022-05: share of the blog's total of 805 packages, %", 79.80, share, 0.005);
    let expected = [Some(96), Some(433), Some(870), Some(1_463), None];
    shares("PyPI 2022-05, the list alone", &curve, expected, 0.0, figures);
    let second = downloads(folder, "pypi_downloads_2023-09-01.csv.gz")?;
    let curve = Curve::new(&second, Some(second.ranked().len()));
    let expected = [Some(93), Some(444), Some(925), Some(1_658), None];
    shares("PyPI 2023-09, the list alone", &curve, expected, 0.0, figures);

    let third = downloads(folder, "pypi_downloads_2026-04-01.csv.gz")?;
    let curve = Curve::new(&third, Some(REGISTRY));
    let tail = curve.tail().ok_or("the list is too short")?;
    let beyond = 100.0 * tail.downloads / (tail.downloads + curve.listed() as f64);
    figures.near("PyPI 2026-04: exponent of the tail", -2.38, tail.exponent, 0.01);
    figures.near("PyPI 2026-04: downloads beyond the list, %", 0.45, beyond, 0.01);
    let expected = [Some(138), Some(607), Some(1_296), Some(2_540), Some(8_452)];
    // The last two depend on the tail, which is an estimate: half a percent.
    shares("PyPI 2026-04, with the tail", &curve, expected, 0.005, figures);
    for (share, expected) in SHARES.iter().zip([1, 2, 4, 7, 21]) {
        let found = maintainers(curve.needed(*share).packages.ok_or("too short")?, EACH);
        figures.same(&format!("PyPI 2026-04: maintainers for {} %", share * 100.0), expected, found);
    }

    let npm = downloads(folder, "npm_downloads_2026-10.csv.gz")?;
    let curve = Curve::new(&npm, Some(npm.ranked().len()));
    let expected = [Some(721), Some(2_467), Some(4_670), Some(8_046), Some(23_257)];
    shares("npm 2026-10, the list alone", &curve, expected, 0.0, figures);
    for (share, expected) in SHARES.iter().zip([2, 7, 12, 20, 58]) {
        let found = maintainers(curve.needed(*share).packages.ok_or("too short")?, EACH);
        figures.same(&format!("npm 2026-10: maintainers for {} %", share * 100.0), expected, found);
    }
    Ok(())
}

fn shares(name: &str, curve: &Curve, expected: [Option<usize>; 5], by: f64, figures: &mut Figures) {
    for (share, expected) in SHARES.iter().zip(expected) {
        let Some(expected) = expected else { continue };
        let needed = curve.needed(*share);
        let what = format!("{name}: packages for {} %", share * 100.0);
        let found = needed.packages.unwrap_or(0);
        figures.near(&what, expected as f64, found as f64, expected as f64 * by);
        if by > 0.0 {
            println!(
                "    between {:?} and {:?}, by the tail",
                needed.least.unwrap_or(0),
                needed.most.unwrap_or(0)
            );
        }
    }
}

fn graphs(table: &Dependencies, canonical: &Dependencies, figures: &mut Figures) {
    figures.title("Who stands on whom: transitive dependents");
    let plain = table.graph(&[Need::Runtime], &[]).graph;
    // The expected count has packages that need themselves, which are left out here.
    figures.near("runtime edges", 1_089_890.0, plain.edges() as f64, 591.0);
    let components = Components::of(&plain);
    let sizes = components.sizes();
    figures.same("groups that need each other", 130, sizes.iter().filter(|size| **size > 1).count());
    figures.same("the largest of them", 12, sizes.iter().max().copied().unwrap_or(0) as usize);
    let closures = closure_sizes(&plain);
    let pairs = closures.iter().map(|size| *size as usize).sum();
    figures.same("pairs of a package and one that it needs", 5_336_244, pairs);
    figures.same(
        "the most that one package needs",
        543,
        closures.iter().max().copied().unwrap_or(0) as usize,
    );

    let environments = usual_environments(&["39", "311", "313"]);
    let selected = table.graph(&[Need::Runtime], &environments);
    // Which edges fall away depends on how markers that mean little are read, such as a version compared as text.
    figures.near("edges that hold nowhere", 8_771.0, selected.excluded as f64, 100.0);
    println!("    markers that could not be read, kept: {}", selected.unreadable);
    let without = transitive_dependents(&plain);
    let with = transitive_dependents(&selected.graph);
    let better = transitive_dependents(&canonical.graph(&[Need::Runtime], &environments).graph);
    let of = |table: &Dependencies, sums: &[u64], name: &str| {
        table.names.id(name).map_or(0, |id| sums[id as usize]) as usize
    };
    for (name, expected) in
        [("zipp", 115_069), ("enum34", 32_980), ("dataclasses", 26_671), ("typing-extensions", 140_440)]
    {
        figures.same(&format!("{name}, without markers"), expected, of(table, &without, name));
    }
    for (name, expected) in [
        ("idna", 113_011),
        ("six", 118_143),
        ("pytz", 64_777),
        ("pyparsing", 63_862),
        ("attrs", 48_745),
        ("pycparser", 46_930),
        ("zipp", 34_632),
        ("enum34", 820),
        ("dataclasses", 615),
        ("typing-extensions", 71_140),
    ] {
        figures.near(
            &format!("{name}, with markers"),
            f64::from(expected),
            of(table, &with, name) as f64,
            15.0,
        );
        println!("    {} with canonical names", of(canonical, &better, name));
    }
}

fn coverage(folder: &Path, table: &Dependencies, figures: &mut Figures) -> Result {
    figures.title("What can be installed from the vetted packages alone (2023-09)");
    let list = downloads(folder, "pypi_downloads_2023-09-01.csv.gz")?;
    let mut table = table.clone();
    let order: Vec<(PackageId, u64)> =
        list.ranked().iter().map(|(name, count)| (table.names.intern(name), *count)).collect();
    let graph = table.graph(&[Need::Runtime], &usual_environments(&["39", "311", "313"])).graph;
    let by_rank = Coverage::by_rank(&graph, &order);
    for (packages, closed, missing) in [(403, 348, 96), (805, 746, 151)] {
        let found = by_rank.at(packages);
        figures.same(&format!("of the first {packages}: closed"), closed, found.closed);
        figures.same(&format!("of the first {packages}: packages that are missing"), missing, found.missing);
    }

    let roots: Vec<PackageId> = order.iter().map(|(package, _)| *package).collect();
    let nodes = graph.closure(&roots);
    let part: Graph = graph.part(&nodes);
    let mut values = vec![0; nodes.len()];
    for (package, count) in &order {
        values[nodes.binary_search(package).map_err(|_| "a root is in its closure")?] = *count;
    }
    let weights: Vec<u64> = {
        let mut weights = vec![0; graph.len()];
        for (package, count) in &order {
            weights[*package as usize] = *count;
        }
        weights
    };
    let total = list.total() as f64;
    let percent = |weight: u64| 100.0 * weight as f64 / total;
    let steps = prefix_with_closure(&graph, &order, &weights);
    let project = Project {
        graph: &part,
        values: &values,
        costs: &vec![1; nodes.len()],
        vetted: &vec![false; nodes.len()],
    };
    for (packages, cut, rank, prefix) in [
        (78, 45.7, 39.7, 44.1),
        (228, 67.4, 62.9, 66.2),
        (467, 80.3, 75.7, 79.8),
        (900, 89.4, 87.1, 88.8),
        (1_891, 95.7, 95.1, 95.6),
    ] {
        let best = project.within(packages as u64)?;
        let what = format!("best set of {packages} packages, %");
        figures.near(&what, cut, percent(best.chosen.value), 0.1);
        let (cost, bound) = (best.chosen.cost, percent(best.bound));
        println!("    {cost} packages; no closed set of {packages} has more than {bound:.2} %");
        figures.near(
            &format!("first {packages} by downloads, %"),
            rank,
            percent(by_rank.at(packages).weight),
            0.2,
        );
        let step = steps.iter().rfind(|(size, _)| *size <= packages).map_or(0, |(_, weight)| *weight);
        figures.near(
            &format!("{packages} by downloads, each with all that it needs, %"),
            prefix,
            percent(step),
            0.1,
        );
    }
    Ok(())
}

fn owners(folder: &Path, figures: &mut Figures) -> Result {
    figures.title("Accounts that may publish, of the 5,000 most downloaded (2020-12)");
    let snapshot = read(folder, "pypi_owners_2020-12-23.csv", None)?;
    let Rows::Owners(owners) = snapshot.rows else { return Err("expected owners".into()) };
    let Owners { accounts, count, .. } = &owners;
    let with = |wanted: fn(usize) -> bool| accounts.iter().filter(|accounts| wanted(accounts.len())).count();
    figures.same("accounts", 5_179, *count);
    figures.same("packages with one", 2_804, with(|n| n == 1));
    figures.same("with two", 960, with(|n| n == 2));
    figures.same("with three", 561, with(|n| n == 3));
    figures.same("with four", 251, with(|n| n == 4));
    figures.same("with more", 423, with(|n| n > 4));
    Ok(())
}
