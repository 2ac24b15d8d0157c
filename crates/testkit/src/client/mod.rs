//! Real package clients, pinned, each in an environment of its own.

pub(crate) mod install;
mod operations;
mod run;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

pub use run::ClientRun;

/// A package client at its pinned version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// pip, the newest.
    Pip,
    /// pip of three years ago.
    OldPip,
    /// uv.
    Uv,
    /// Poetry.
    Poetry,
    /// PDM.
    Pdm,
}

impl Client {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Pip, Self::OldPip, Self::Uv, Self::Poetry, Self::Pdm];
    /// Those that write a lock file and install from it.
    pub const LOCKING: [Self; 3] = [Self::Uv, Self::Poetry, Self::Pdm];

    /// The one table of what is tested: the package and its exact version.
    pub const fn pin(self) -> (&'static str, &'static str) {
        match self {
            Self::Pip => ("pip", "26.3"),
            Self::OldPip => ("pip", "23.3.1"),
            Self::Uv => ("uv", "0.13.9"),
            Self::Poetry => ("poetry", "2.5.1"),
            Self::Pdm => ("pdm", "2.29.3"),
        }
    }

    /// Exact versions of all that it needs: pip's constraints. A dependency's new release can break a client.
    const fn constraints(self) -> &'static str {
        match self {
            Self::Pip | Self::OldPip | Self::Uv => "",
            Self::Poetry => include_str!("pins/poetry.txt"),
            Self::Pdm => include_str!("pins/pdm.txt"),
        }
    }

    /// The client, installed on first use from the registry that this machine's own pip asks.
    ///
    /// `None`, with a line that says `skipped: …`, when it cannot be installed; with
    /// `PACKHOUSE_TEST_CLIENTS=require` in the environment that is a panic.
    pub fn ready(self) -> Option<ReadyClient> {
        static READY: [OnceLock<Result<ReadyClient, String>>; 5] = [const { OnceLock::new() }; 5];
        let made = READY[self as usize].get_or_init(|| install::install(self));
        match made {
            Ok(ready) => Some(ready.clone()),
            Err(reason) => {
                let (name, version) = self.pin();
                let message = format!("skipped: {name} {version} cannot be installed: {reason}");
                let required = std::env::var("PACKHOUSE_TEST_CLIENTS").is_ok_and(|value| value == "require");
                assert!(!required, "{message}");
                #[expect(clippy::print_stderr, reason = "a test that checks nothing must say so")]
                {
                    eprintln!("{message}");
                }
                None
            }
        }
    }
}

/// A client that is installed.
#[derive(Debug, Clone)]
pub struct ReadyClient {
    client: Client,
    /// Its own virtual environment.
    folder: PathBuf,
    /// The Python that projects use.
    python: PathBuf,
}

impl ReadyClient {
    /// Which one it is.
    pub fn client(&self) -> Client {
        self.client
    }

    /// The program to run: the client's script, or for pip the Python that has it.
    pub fn program(&self) -> PathBuf {
        let name = match self.client {
            Client::Pip | Client::OldPip => "python",
            other => other.pin().0,
        };
        self.folder.join("bin").join(name)
    }

    /// The Python interpreter that projects use, outside of any virtual environment.
    pub fn python(&self) -> &Path {
        &self.python
    }

    /// A fresh place to run it in: nothing cached, nothing configured, nothing installed.
    pub fn fresh(&self) -> ClientRun {
        ClientRun::new(self.clone())
    }
}
