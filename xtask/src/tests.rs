//! `cargo xtask test`: the one command that says whether the house holds.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::{fuzz, machine, tidy};

const STEPS: [&str; 6] = ["format", "tidy", "clippy", "tests", "yara", "fuzz"];

/// Runs every step, or only those that are named.
pub(crate) fn run(only: &[String]) -> Result<()> {
    let wanted = |step: &str| only.is_empty() || only.iter().any(|name| name == step);
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
            let packages = ["test", "--locked", "-p", "packhouse-inspect", "-p", "packhouse"];
            cargo(&[&packages[..], &features, &tests].concat())
        })?;
    }
    if wanted("fuzz") {
        step("fuzz", fuzz::bounded)?;
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

fn cargo(arguments: &[&str]) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo).args(arguments).status().context("cargo did not start")?;
    if !status.success() {
        bail!("`cargo {}` ended with {status}", arguments.join(" "));
    }
    Ok(())
}
