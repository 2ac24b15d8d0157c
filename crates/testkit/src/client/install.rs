//! Installs a client once per target folder, whichever test of whichever process comes first.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use super::{Client, ReadyClient};
use crate::process::run;

const LIMIT: Duration = Duration::from_mins(10);
/// Written last: an environment without it is half made.
const COMPLETE: &str = "complete";

pub(super) fn install(client: Client) -> Result<ReadyClient, String> {
    let (name, version) = client.pin();
    let folder = environment(name, version, client.constraints())?;
    Ok(ReadyClient { client, folder, python: base_python()? })
}

/// A virtual environment with one package at an exact version, made once and kept.
pub(crate) fn environment(name: &str, version: &str, exact: &str) -> Result<PathBuf, String> {
    let python = base_python()?;
    let root = target_folder().join("clients");
    let folder = root.join(format!("{name}-{version}"));
    fs::create_dir_all(&root).map_err(|error| format!("{}: {error}", root.display()))?;
    let marker = folder.join(COMPLETE);
    // What it was made with; a machine with another Python makes it anew.
    let made_with = format!("{}\n{exact}", python.display());
    let is_complete = || fs::read_to_string(&marker).is_ok_and(|text| text == made_with);
    if !is_complete() {
        let lock = root.join(format!("{name}-{version}.lock"));
        let lock = File::create(&lock).and_then(|file| file.lock().map(|()| file));
        let _held = lock.map_err(|error| format!("the lock in {}: {error}", root.display()))?;
        if !is_complete() {
            let constraints = root.join(format!("{name}-{version}.txt"));
            fs::write(&constraints, exact).map_err(|error| format!("{}: {error}", constraints.display()))?;
            make(&folder, &python, &constraints, &format!("{name}=={version}"))?;
            fs::write(&marker, &made_with).map_err(|error| format!("{}: {error}", marker.display()))?;
        }
    }
    Ok(folder)
}

/// Runs with this machine's own settings on purpose: they say where its registry is.
fn make(folder: &Path, python: &Path, constraints: &Path, requirement: &str) -> Result<(), String> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let mut venv = Command::new(python);
    venv.args(["-m", "venv"]).arg(folder);
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]);
    pip.arg("--constraint").arg(constraints).arg(requirement);
    for command in [venv, pip] {
        let ran = run(command, LIMIT);
        if !ran.success() {
            let last = ran.stderr.lines().rev().find(|line| !line.is_empty()).unwrap_or("no message");
            return Err(format!("{}: {last}", ran.command));
        }
    }
    Ok(())
}

/// The interpreter behind `python3`, past any shim that needs this machine's environment.
pub(super) fn base_python() -> Result<PathBuf, String> {
    static PYTHON: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let find = || {
        let script = "import os, sys; print(os.path.realpath(sys.executable))";
        let output = Command::new("python3").args(["-c", script]).output();
        let output = output.map_err(|error| format!("python3: {error}"))?;
        let path = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        if path.is_absolute() { Ok(path) } else { Err("python3 does not say where it is".into()) }
    };
    PYTHON.get_or_init(find).clone()
}

/// The folder that cargo builds into; it marks it as a cache.
fn target_folder() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let marked = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists());
    marked.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"), Path::to_path_buf)
}
