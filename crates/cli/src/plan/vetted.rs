//! What is vetted: what the suites of a server or of this machine's data hold, and what a file says.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use packhouse_app::config::Config;
use packhouse_app::{Packhouse, SystemClock};
use packhouse_pypi::lock;
use packhouse_pypi::requirement::Requirement;

use crate::distribution::remote::{Remote, failed};
use crate::exit::{Failure, chain};

/// The largest file of names that is read, in bytes.
const LARGEST: u64 = 8 << 20;

/// Where it is known what is vetted.
#[derive(Debug, Clone, Args)]
pub(super) struct VettedBy {
    #[command(flatten)]
    remote: Remote,
    /// These are vetted too: a lockfile, requirements.txt, or a name a line
    #[arg(long, value_name = "FILE")]
    vetted: Option<PathBuf>,
}

impl VettedBy {
    /// The names of what is vetted. A server is asked when one is named; else the suites of the data folder count, if
    /// there are any.
    pub(super) async fn names(&self, config: &Config) -> Result<BTreeSet<String>, Failure> {
        let mut names = BTreeSet::new();
        if self.remote.server.is_some() {
            let found = self.remote.client()?.vetted().await.map_err(|error| failed(&error))?;
            names.extend(found.document.packages);
        } else if let Some(packhouse) = opened(config).await? {
            let read = packhouse.catch_up().await;
            let state = packhouse.distribution();
            packhouse.close().await;
            read.map_err(|error| Failure::fault("the ledger cannot be read", &error))?;
            names.extend(packhouse_app::plan::vetted(&state).iter().map(ToString::to_string));
        }
        if let Some(path) = &self.vetted {
            names.extend(names_in(path)?);
        }
        Ok(names)
    }
}

/// The data of this machine, if there are any: looking at a plan makes none.
async fn opened(config: &Config) -> Result<Option<Packhouse>, Failure> {
    if config.storage.database.is_none() && !Packhouse::has_database(&config.data) {
        return Ok(None);
    }
    let mut config = config.clone();
    "error".clone_into(&mut config.log);
    let public_url = config.public_url.clone().unwrap_or_else(|| format!("http://{}", config.listen));
    let opened = Packhouse::open_alone(config, public_url, Arc::new(SystemClock)).await;
    opened.map(Some).map_err(|error| Failure::fault("the data could not be opened", &error))
}

/// The packages that a file names: any lockfile, or requirements, or a name a line.
pub(super) fn names_in(path: &Path) -> Result<BTreeSet<String>, Failure> {
    let cannot = |error: &dyn std::fmt::Display| {
        Failure::wrong_use(format!("{} cannot be read: {error}", path.display()))
    };
    let size = std::fs::metadata(path).map_err(|error| cannot(&error))?.len();
    if size > LARGEST {
        return Err(cannot(&format!("it has {size} bytes; at most {LARGEST} are read")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| cannot(&error))?;
    let lines: BTreeSet<String> = text
        .lines()
        .filter_map(|line| Requirement::parse(line.split('#').next().unwrap_or_default().trim()).ok())
        .map(|requirement| requirement.project.to_string())
        .collect();
    match lock::read(&path.display().to_string(), &text) {
        Ok(lockfile) => {
            let mut names: BTreeSet<String> =
                lockfile.packages.iter().map(|locked| locked.project.to_string()).collect();
            // What a requirements file does not pin is a name all the same.
            if lockfile.format == lock::Format::Requirements {
                names.extend(lines);
            }
            Ok(names)
        }
        Err(_) if !lines.is_empty() => Ok(lines),
        Err(error) => Err(cannot(&chain(&error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_lists_and_lockfiles() {
        let folder = tempfile::tempdir().unwrap();
        let read = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            names_in(&path).map(|names| names.into_iter().collect::<Vec<_>>())
        };
        assert_eq!(read("names", "Six\n# a remark\nidna  # why\n").unwrap(), ["idna", "six"]);
        assert_eq!(read("requirements.txt", "six==1.17.0\nFlask>=3\n").unwrap(), ["flask", "six"]);
        assert!(read("empty", "").is_err());
    }
}
