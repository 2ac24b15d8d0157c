//! What an import and the graph cost, on real tables and on a graph of npm's shape.
//!
//! `cargo bench -p packhouse-plan -- FOLDER`, or with the folder in `PACKHOUSE_DATA`. It must hold
//! `pypi_dependencies.csv.gz`. `--npm` adds the graph of npm's shape, which takes minutes. Prints one JSON object; memory
//! is the most that the process had, in MiB, after each step.
//!
//! The same transitive dependents are counted in other ways in the same run, by a recursive query with `DuckDB` and by sparse
//! matrices with `SciPy`, and have to be as many. They need a `python3` with the modules `duckdb` and `scipy`, or one that
//! `PACKHOUSE_PYTHON` names; without, it says so. The graph of npm's shape is ours alone: its pairs, hundreds of millions,
//! would have to lie in their memory.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a bench reports on its standard output")]

use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use packhouse_model::Timestamp;
use packhouse_plan::backtest::SplitMix;
use packhouse_plan::closure::{Way, dependents_weight, mean_closure};
use packhouse_plan::graph::Graph;
use packhouse_plan::import::{Hints, Limits, import};
use packhouse_plan::scc::Components;
use packhouse_plan::snapshot::{Dependencies, Need, Rows};
use serde_json::{Value, json};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = arguments.iter().find(|argument| !argument.starts_with("--")).cloned();
    let folder = folder
        .or_else(|| std::env::var("PACKHOUSE_DATA").ok())
        .ok_or("expected the folder of the data, as an argument or in PACKHOUSE_DATA")?;
    let path = Path::new(&folder).join("pypi_dependencies.csv.gz");
    let threads = std::thread::available_parallelism()?.get();
    let mut report = json!({ "threads": threads });

    let (table, time) = timed(|| table(&path));
    let table = table?;
    report["import"] = json!({ "seconds": time, "edges": table.edges.len(), "peak-mib": peak() });

    let (graph, time) = timed(|| table.graph(&[Need::Runtime], &[]).graph);
    report["graph"] = json!({ "seconds": time, "nodes": graph.len(), "edges": graph.edges() });
    let (components, time) = timed(|| Components::of(&graph));
    report["components"] = json!({ "seconds": time, "count": components.count });
    report["pypi-runtime"] = closures(&graph, &[Way::Walks, Way::Bits]);
    let extras = table.graph(&[Need::Runtime, Need::Extra], &[]).graph;
    report["pypi-with-extras"] = closures(&extras, &[Way::Bits, Way::Walks]);
    let pairs = &report["pypi-runtime"]["pairs"];
    let ways = json!({ "duckdb": other_way("duckdb", DUCKDB, &path, pairs), "scipy": other_way("scipy", SCIPY, &path, pairs) });
    report["other-ways"] = ways;
    drop((table, graph, extras));

    if arguments.iter().any(|argument| argument == "--npm") {
        let graph = npm_shape(3_400_000, 24_500_000);
        report["npm-shape"] = closures(&graph, &[Way::of(&graph)]);
    } else {
        eprintln!("skipped: npm's shape, which takes minutes; ask for it with --npm");
    }
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}

fn table(path: &Path) -> Result<Dependencies> {
    let mut file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut hints = Hints::none(Timestamp::MAX);
    hints.date = Some("2023-09-07".parse()?);
    let imported = import(&mut file, hints, Limits::default(), &mut |_| ())?;
    match imported.snapshots.into_iter().next().map(|snapshot| snapshot.rows) {
        Some(Rows::Dependencies(table)) => Ok(table),
        _ => Err("expected a table of dependencies".into()),
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let started = Instant::now();
    let made = work();
    (made, started.elapsed().as_secs_f64())
}

fn closures(graph: &Graph, ways: &[Way]) -> Value {
    let mut found =
        json!({ "nodes": graph.len(), "edges": graph.edges(), "mean-closure": mean_closure(graph) });
    let mut sums = Vec::new();
    for way in ways {
        let (counts, time) = timed(|| dependents_weight(graph, None, *way));
        sums.push(counts.iter().sum::<u64>());
        let chosen = *way == Way::of(graph);
        found[format!("{way:?}").to_lowercase()] =
            json!({ "seconds": time, "chosen": chosen, "peak-mib": peak() });
    }
    assert!(sums.windows(2).all(|pair| pair[0] == pair[1]), "the ways differ");
    found["pairs"] = json!(sums.first());
    found
}

/// A graph without cycles whose closures have some 160 packages: most edges go to a few packages near the root. Of the edges
/// that are drawn a fifth are there already.
fn npm_shape(nodes: u32, drawn: usize) -> Graph {
    let mut random = SplitMix::new(20_261_122);
    let mut made = Vec::with_capacity(drawn);
    for _ in 0..drawn {
        let from = 1 + random.below(nodes as usize - 1);
        // To a high power, so that small numbers are needed by many: to the fourth, a closure would have thousands.
        let at = random.below(1 << 20) as f64 / f64::from(1 << 20);
        let to = (at.powi(13) * from as f64) as u32;
        made.push((from as u32, to));
    }
    Graph::new(nodes as usize, &made)
}

/// The most memory that the process had so far, where the system says.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
}

const DUCKDB: &str = include_str!("ways/by_query.py");
const SCIPY: &str = include_str!("ways/by_matrix.py");

/// Another way to count the same pairs, in Python.
fn other_way(module: &str, program: &str, path: &Path, pairs: &Value) -> Value {
    let python = std::env::var_os("PACKHOUSE_PYTHON").unwrap_or_else(|| "python3".into());
    let has = Command::new(&python).args(["-c", &format!("import {module}")]).output();
    if !has.is_ok_and(|output| output.status.success()) {
        return json!(format!("skipped: no python3 with the module {module} here"));
    }
    match Command::new(&python).args(["-c", program]).arg(path).output() {
        Ok(output) if output.status.success() => {
            let told: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
            assert_eq!(told["pairs"], *pairs, "{module} counts others than we do");
            told
        }
        Ok(output) => json!(format!("failed: {}", String::from_utf8_lossy(&output.stderr).trim())),
        Err(error) => json!(format!("failed: {error}")),
    }
}
