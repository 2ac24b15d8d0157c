//! The client of the tour: pip as it is on the machine, with nothing of the machine's settings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tokio::process::Command;

use crate::exit::Failure;

/// A Python that has pip.
pub(super) struct Pip {
    python: PathBuf,
    home: PathBuf,
    /// `cp312`.
    pub(super) interpreter: String,
}

/// What a run of pip came to.
pub(super) struct Ran {
    pub(super) good: bool,
    /// Both outputs.
    pub(super) text: String,
}

/// `pip install --report`, the part that is read.
#[derive(Deserialize)]
struct Report {
    install: Vec<Installed>,
}

#[derive(Deserialize)]
struct Installed {
    metadata: Name,
    download_info: Download,
}

#[derive(Deserialize)]
struct Name {
    name: String,
    version: String,
}

#[derive(Deserialize)]
struct Download {
    archive_info: Archive,
}

#[derive(Deserialize)]
struct Archive {
    hashes: BTreeMap<String, String>,
}

impl Pip {
    /// Looks whether this Python has pip, and which it is.
    pub(super) async fn find(python: &Path, home: &Path) -> Result<Self, Failure> {
        let hint = "the tour installs with pip: install it, or name a Python that has it with --python";
        let pip = Self { python: python.to_owned(), home: home.to_owned(), interpreter: String::new() };
        let version = pip.run(&["-m", "pip", "--version"]).await?;
        if !version.good {
            return Err(Failure::wrong_use(format!("{} has no pip", python.display())).with_hint(hint));
        }
        let code = "import sys; print('cp%d%d' % sys.version_info[:2])";
        let interpreter = pip.run(&["-c", code]).await?.text.trim().to_owned();
        Ok(Self { interpreter, ..pip })
    }

    /// Installs into a folder of its own; gives what is in it: name and version.
    pub(super) async fn install(
        &self,
        index: &str,
        folder: &str,
        more: &[&str],
    ) -> Result<(Ran, BTreeMap<String, String>), Failure> {
        let target = self.home.join(folder);
        let target = target.display().to_string();
        let mut arguments =
            vec!["-m", "pip", "install", "--no-cache-dir", "--target", &target, "--index-url", index];
        arguments.extend(more);
        let ran = self.run(&arguments).await?;
        Ok((ran, installed(Path::new(&target))))
    }

    /// A lockfile of `requirements` with hashes, as pip resolves them at this index.
    pub(super) async fn lock(&self, index: &str, requirements: &[String]) -> Result<(Ran, String), Failure> {
        let report = self.home.join("report.json");
        let path = report.display().to_string();
        let mut arguments = vec!["-m", "pip", "install", "--no-cache-dir", "--dry-run", "--ignore-installed"];
        arguments.extend(["--report", &path, "--index-url", index]);
        arguments.extend(requirements.iter().map(String::as_str));
        let ran = self.run(&arguments).await?;
        let text = std::fs::read(&report).unwrap_or_default();
        let read: Report = serde_json::from_slice(&text).unwrap_or(Report { install: Vec::new() });
        let line = |one: &Installed| {
            let hash = one.download_info.archive_info.hashes.get("sha256").map_or("", String::as_str);
            format!("{}=={} --hash=sha256:{hash}\n", one.metadata.name, one.metadata.version)
        };
        Ok((ran, read.install.iter().map(line).collect()))
    }

    async fn run(&self, arguments: &[&str]) -> Result<Ran, Failure> {
        let output = Command::new(&self.python)
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.home)
            .env("PIP_CONFIG_FILE", "/dev/null")
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .env("PIP_NO_INPUT", "1")
            .env("PIP_ROOT_USER_ACTION", "ignore")
            .env("PIP_PROGRESS_BAR", "off")
            .kill_on_drop(true)
            .output()
            .await
            .map_err(|error| Failure::fault(&format!("{} did not run", self.python.display()), &error))?;
        let text = [output.stdout, output.stderr].concat();
        Ok(Ran { good: output.status.success(), text: String::from_utf8_lossy(&text).into_owned() })
    }
}

/// What pip put into a folder, by its `.dist-info` folders.
fn installed(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let (project, version) = name.strip_suffix(".dist-info")?.rsplit_once('-')?;
            Some((packhouse_pypi::normalize(project).ok()?.to_string(), version.to_owned()))
        })
        .collect()
}
