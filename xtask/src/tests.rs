//! `cargo xtask test`: the one command that says whether the house holds.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::{fuzz, machine, tidy};

const STEPS: [&str; 7] = ["format", "tidy", "clippy", "tests", "yara", "fuzz", LOGS];
/// Has to be asked for by name: it builds a query engine that is larger than all the rest.
const LOGS: &str = "logs";

/// Runs every step, or only those that are named.
pub(crate) fn run(only: &[String]) -> Result<()> {
    let named = |step: &str| only.iter().any(|name| name == step);
    let wanted = |step: &str| only.is_empty() || named(step);
    if let Some(unknown) = only.iter().find(|name| !STEPS.contains(&name.as_str())) {
        bail!("there is no step `{unknown}`; the steps are {}", STEPS.join(", "));
    }
    let begun = Instant::now();
    if wanted("format") {
        step("format", || cargo(&["fmt", "--all", "--check"]))?;
    }
    if wanted("tidy") {
        step("tidy", tidy::run)?;
    }
    if wanted("clippy") {
        step("clippy", || {
            cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])
        })?;
    }
    if wanted("tests") {
        step("machine", || {
            machine::prepare();
            Ok(())
        })?;
        step("tests", || cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]))?;
    }
    if wanted("yara") {
        // What only the feature has, in the crate and in the program: its other tests say nothing new with it.
        step("yara", || {
            let features = ["--features", "packhouse-inspect/yara,packhouse/yara"];
            let tests = ["--test", "inspection", "--test", "command_line", "yara"];
            // Of the whole workspace, so that what both stand on is built once for all steps.
            cargo(&[&["test", "--locked", "--workspace"][..], &features, &tests].concat())
        })?;
    }
    if wanted("fuzz") {
        step("fuzz", fuzz::bounded)?;
    }
    if named(LOGS) {
        step(LOGS, logs)?;
    } else if only.is_empty() {
        println!(
            "== logs: not asked for; `cargo xtask test logs` builds it with its query engine, and tests it"
        );
    }
    println!("all steps hold, {} s", begun.elapsed().as_secs());
    Ok(())
}

fn step(name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("== {name}");
    let begun = Instant::now();
    work()
        .with_context(|| format!("the step `{name}` failed; run it alone with `cargo xtask test {name}`"))?;
    println!("== {name} held, {} s", begun.elapsed().as_secs());
    Ok(())
}

/// The raw logs, a workspace of its own: format, tests, and at their end the program itself on what they wrote.
fn logs() -> Result<()> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("a workspace")?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
    let target = std::path::absolute(target)?;
    let manifest = workspace.join("logs/Cargo.toml");
    let manifest = manifest.to_str().context("the path of the workspace is no text")?;
    cargo(&["fmt", "--manifest-path", manifest, "--check"])?;
    cargo(&["build", "--package", "packhouse", "--locked"])?;
    cargo_with(
        &["test", "--locked", "--manifest-path", manifest],
        &[("CARGO_TARGET_DIR", target.join("logs")), ("PACKHOUSE_PROGRAM", target.join("debug/packhouse"))],
    )
}

fn cargo(arguments: &[&str]) -> Result<()> {
    cargo_with(arguments, &[])
}

fn cargo_with(arguments: &[&str], variables: &[(&str, PathBuf)]) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let variables = variables.iter().map(|(name, value)| (name, value));
    let status =
        Command::new(cargo).args(arguments).envs(variables).status().context("cargo did not start")?;
    if !status.success() {
        bail!("`cargo {}` ended with {status}", arguments.join(" "));
    }
    Ok(())
}
