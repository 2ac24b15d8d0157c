use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::{Client, ReadyClient};
use crate::build::normalize;
use crate::process::{Ran, clean, run};

/// One user's machine: an empty home, an empty project folder and an empty virtual environment, in which one
/// client runs. All of it goes away when this is dropped.
#[derive(Debug)]
pub struct ClientRun {
    pub(super) ready: ReadyClient,
    folder: TempDir,
    environment: Vec<(OsString, OsString)>,
    limit: Duration,
}

impl ClientRun {
    pub(super) fn new(ready: ReadyClient) -> Self {
        let folder = tempfile::Builder::new().prefix("packhouse-client-").tempdir().expect("a folder");
        for name in ["home", "project"] {
            fs::create_dir(folder.path().join(name)).expect("a new folder");
        }
        let run = Self { ready, folder, environment: Vec::new(), limit: Duration::from_mins(2) };
        let mut venv = run.command(run.ready.python());
        venv.args(["-m", "venv", "--without-pip"]).arg(run.venv());
        crate::process::run(venv, run.limit).assert_success();
        run
    }

    /// One variable in its otherwise clean environment, for every later command.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// How long one command may take before it is killed with all it started; two minutes unless set.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Which client it is.
    pub fn client(&self) -> Client {
        self.ready.client()
    }

    /// The project's folder, in which commands run.
    pub fn project_folder(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    /// The home, with the client's cache and configuration in it.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// The virtual environment that is installed into.
    pub fn venv(&self) -> PathBuf {
        self.folder.path().join("venv")
    }

    /// Writes a file into the project's folder.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.project_folder().join(name);
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Reads a file of the project's folder.
    pub fn read(&self, name: &str) -> String {
        let path = self.project_folder().join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Runs the client with these arguments as they are.
    pub fn run<A: Into<OsString>>(&self, arguments: impl IntoIterator<Item = A>) -> Ran {
        let mut command = self.command(&self.ready.program());
        if matches!(self.client(), Client::Pip | Client::OldPip) {
            command.args(["-m", "pip"]);
        }
        command.args(arguments.into_iter().map(Into::into));
        run(command, self.limit)
    }

    /// Runs a line of Python in the virtual environment: does what was installed work?
    pub fn python(&self, code: &str) -> Ran {
        let mut command = self.command(&self.venv().join("bin/python"));
        command.args(["-c", code]);
        run(command, self.limit)
    }

    /// What is installed: normalised name and version.
    pub fn installed(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for library in folders(&self.venv().join("lib")) {
            for folder in folders(&library.join("site-packages")) {
                let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let stem = name.strip_suffix(".dist-info").and_then(|stem| stem.split_once('-'));
                found.extend(stem.map(|(name, version)| (normalize(name), version.to_owned())));
            }
        }
        found
    }

    fn command(&self, program: &Path) -> Command {
        let bin = self.venv().join("bin");
        let mut command = Command::new(program);
        clean(&mut command, &self.home(), &format!("{}:/usr/bin:/bin", bin.display()));
        command.current_dir(self.project_folder());
        // The environment is the active one, as after `. venv/bin/activate`.
        command.env("VIRTUAL_ENV", self.venv());
        // Wide, so that reasons are not broken into columns; quiet about newer versions of the client.
        command.env("COLUMNS", "1000").env("NO_COLOR", "1");
        match self.client() {
            Client::Pip | Client::OldPip => {
                // A file that does not count also keeps the machine's `/etc/pip.conf` out.
                command.env("PIP_CONFIG_FILE", "/dev/null").env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
                command.env("PIP_NO_INPUT", "1");
            }
            Client::Uv => {
                command.env("UV_PYTHON_DOWNLOADS", "never").env("UV_NO_PROGRESS", "1");
                command.env("UV_PROJECT_ENVIRONMENT", self.venv()).env("UV_PYTHON", self.ready.python());
            }
            Client::Poetry => {
                command.env("POETRY_NO_INTERACTION", "1").env("POETRY_KEYRING_ENABLED", "false");
            }
            Client::Pdm => {
                command.env("PDM_CHECK_UPDATE", "0").env("PDM_NON_INTERACTIVE", "1");
            }
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

fn folders(parent: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()).collect()
}
