//! `cargo xtask fuzz`: every fuzz target for a bounded time, with the toolchain that the house has.
//!
//! The compiler's coverage counters are an LLVM pass, and passing arguments to LLVM needs no nightly; only sanitizers do. There
//! is no unsafe code in what is fuzzed, so what can go wrong there is a panic, an overflow, too much memory or too much time,
//! and each of these ends a run.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::machine;

const HELP: &str = "\
cargo xtask fuzz [--seconds N] [TARGET...]

Runs the fuzz targets, all unless some are named, N seconds each (10). What is found new is kept in target/fuzz/corpus, and an
input that breaks a target in target/fuzz/broken.
";

/// What the compiler adds for libFuzzer: see its documentation of `SanitizerCoverage`.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
                        -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares";
/// Megabytes that a target may take, and seconds for one input.
const LIMITS: [&str; 2] = ["-rss_limit_mb=1024", "-timeout=10"];
/// Bytes of an input: what readers of archives and documents need to come to their ends.
const LONGEST: &str = "-max_len=16384";

struct Asked {
    seconds: u64,
    /// The same inputs in the same order each time: what a test run finds must not depend on luck.
    repeatable: bool,
    targets: Vec<String>,
}

/// Runs what the arguments ask for.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    match asked(arguments)? {
        Some(asked) => fuzz(&asked),
        None => {
            print!("{HELP}");
            Ok(())
        }
    }
}

/// The bounded run that belongs to the tests.
pub(crate) fn bounded() -> Result<()> {
    if !machine::has_cxx() {
        println!("skipped: the fuzz targets need a C++ compiler (libFuzzer is built with it): install g++");
        return Ok(());
    }
    fuzz(&Asked { seconds: 3, repeatable: true, targets: Vec::new() })
}

fn asked(arguments: &[String]) -> Result<Option<Asked>> {
    let mut asked = Asked { seconds: 10, repeatable: false, targets: Vec::new() };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--help" | "-h" => return Ok(None),
            "--seconds" => {
                let seconds = rest.next().and_then(|text| text.parse().ok()).filter(|seconds| *seconds > 0);
                asked.seconds = seconds.context("--seconds needs a number above 0")?;
            }
            option if option.starts_with('-') => bail!("there is no option `{option}`\n\n{HELP}"),
            target => asked.targets.push(target.to_owned()),
        }
    }
    Ok(Some(asked))
}

fn fuzz(asked: &Asked) -> Result<()> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("a workspace")?;
    let place = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
    let place = place.join("fuzz");
    let known = targets(workspace)?;
    if let Some(unknown) = asked.targets.iter().find(|name| !known.contains(name)) {
        bail!("there is no fuzz target `{unknown}`; the targets are {}", known.join(", "));
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // With a target named, the flags are not for build scripts and macros, which no fuzzer drives.
    let host = host()?;
    let built = Command::new(cargo)
        .args(["build", "--release", "--locked", "--target", &host, "--manifest-path"])
        .arg(workspace.join("fuzz/Cargo.toml"))
        .env("RUSTFLAGS", COVERAGE)
        .env("CARGO_TARGET_DIR", &place)
        .status()
        .context("cargo did not start")?;
    if !built.success() {
        bail!("the fuzz targets do not build: {built}");
    }
    let programs = place.join(host).join("release");
    let wanted = known.iter().filter(|name| asked.targets.is_empty() || asked.targets.contains(name));
    let broken: Vec<&str> = wanted
        .map(|name| one(workspace, &place, &programs, name, asked))
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .flatten()
        .collect();
    if broken.is_empty() {
        return Ok(());
    }
    bail!(
        "{} broke; the input is in {}: run the program beside it on that file again to see why",
        broken.join(", "),
        place.join("broken").display()
    )
}

/// Runs one target; its name when it broke.
fn one<'a>(
    workspace: &Path,
    place: &Path,
    programs: &Path,
    name: &'a str,
    asked: &Asked,
) -> Result<Option<&'a str>> {
    let folder = |kind: &str| -> Result<PathBuf> {
        let folder = place.join(kind).join(name);
        std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(folder)
    };
    let (corpus, broken) = (folder("corpus")?, folder("broken")?);
    let log = place.join(format!("{name}.log"));
    let output = std::fs::File::create(&log).with_context(|| format!("{} cannot be made", log.display()))?;
    let mut command = Command::new(programs.join(name));
    // What is found goes into the first folder; the seeds are only read.
    command.arg(&corpus);
    let own = workspace.join("fuzz/seeds").join(name);
    command.args(own.is_dir().then_some(own));
    command.args(more_seeds(name).map(|folder| workspace.join(folder)));
    command.args(LIMITS).args([
        LONGEST,
        &format!("-max_total_time={}", asked.seconds),
        "-print_final_stats=1",
    ]);
    command.args(asked.repeatable.then_some("-seed=1"));
    command.arg(format!("-artifact_prefix={}/", broken.display()));
    let status = command.stdout(output.try_clone()?).stderr(output).status().context("it did not start")?;
    let text = std::fs::read_to_string(&log).unwrap_or_default();
    let figure = |word: &str| {
        let line = text.lines().rev().find(|line| line.contains(word))?;
        line.split_once(word)?.1.split_whitespace().next().map(str::to_owned)
    };
    let runs = figure("number_of_executed_units:").unwrap_or_else(|| "no".to_owned());
    let edges = figure(" cov: ").unwrap_or_else(|| "no".to_owned());
    println!(
        "fuzz {name}: {runs} inputs, {edges} places reached{}",
        if status.success() { "" } else { ", BROKE" }
    );
    if status.success() {
        return Ok(None);
    }
    let last: Vec<&str> = text.lines().rev().take(20).collect();
    eprintln!("{}", last.into_iter().rev().collect::<Vec<_>>().join("\n"));
    Ok(Some(name))
}

/// Where other tests keep what this target reads.
fn more_seeds(name: &str) -> Option<&'static str> {
    (name == "lockfile").then_some("crates/pypi/tests/fixtures/locks")
}

/// The kind of machine that this is, as the compiler names it.
fn host() -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output().context("rustc did not start")?;
    let text = String::from_utf8(output.stdout)?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc does not say what machine this is")
}

/// The names of the targets: the programs in `fuzz/fuzz_targets`.
fn targets(workspace: &Path) -> Result<Vec<String>> {
    let folder = workspace.join("fuzz/fuzz_targets");
    let entries =
        std::fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        names.extend(path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}
