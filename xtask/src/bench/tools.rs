//! The programs that a run needs beside the one it measures: nginx to compare with, wrk to ask.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// Where they are.
#[derive(Debug)]
pub(crate) struct Tools {
    pub(crate) nginx: PathBuf,
    pub(crate) wrk: PathBuf,
}

/// Finds them; installs what is missing where that needs no question (root on a Debian).
pub(crate) fn ready() -> Result<Tools> {
    if let Some(tools) = find() {
        return Ok(tools);
    }
    let packages = ["nginx-light", "wrk"];
    if program("apt-get").is_some() && rustix::process::geteuid().is_root() {
        eprintln!("installing {}", packages.join(" and "));
        for arguments in [&["update", "-qq"][..], &["install", "-y", "-qq", "--no-install-recommends"]] {
            let more: &[&str] = if arguments[0] == "install" { &packages } else { &[] };
            let mut command = Command::new("apt-get");
            command.args(arguments).args(more).env("DEBIAN_FRONTEND", "noninteractive");
            // Its words go where progress goes: standard output is for the table.
            let output = command.output().context("apt-get did not start")?;
            if !output.status.success() {
                eprintln!("apt-get: {}", String::from_utf8_lossy(&output.stderr).trim());
            }
        }
    }
    match find() {
        Some(tools) => Ok(tools),
        None => bail!("nginx and wrk are needed to measure: apt-get install {}", packages.join(" ")),
    }
}

fn find() -> Option<Tools> {
    Some(Tools { nginx: program("nginx")?, wrk: program("wrk")? })
}

/// A program on the path, or where Debian puts those for root.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join(name)).find(|file| file.is_file())
}

impl Tools {
    /// `nginx/1.22.1, wrk 4.1.0`.
    pub(crate) fn versions(&self) -> Result<String> {
        let nginx = Command::new(&self.nginx).arg("-v").output().context("nginx does not run")?;
        let nginx = String::from_utf8_lossy(&nginx.stderr).into_owned();
        // wrk has no option that succeeds and says only this.
        let wrk = Command::new(&self.wrk).arg("--version").output().context("wrk does not run")?;
        let wrk = String::from_utf8_lossy(&wrk.stdout).into_owned();
        let wrk: Vec<&str> = wrk.split_whitespace().take(2).collect();
        Ok(format!("{}, {}", nginx.trim().rsplit(' ').next().unwrap_or("nginx"), wrk.join(" ")))
    }
}
