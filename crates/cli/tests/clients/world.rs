//! A fake upstream, the served program in front of it, and its configuration.

use std::fs;
use std::time::Duration;

use packhouse_testkit::{Client, ClientRun, Dialect, FakeUpstream, Served};
use tempfile::TempDir;

/// One world: everything in it is fresh, and goes away with it.
pub(crate) struct World {
    pub(crate) upstream: FakeUpstream,
    pub(crate) served: Served,
    folder: TempDir,
}

impl World {
    /// The program in front of `upstream`, with this `packhouse.toml`.
    pub(crate) fn start(upstream: FakeUpstream, configuration: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("packhouse.toml"), configuration).expect("a new file");
        let served = Served::program(env!("CARGO_BIN_EXE_packhouse"))
            .data(folder.path().join("data"))
            .args(["--upstream", &upstream.simple_url()])
            .arg("--config")
            .arg(folder.path().join("packhouse.toml"))
            .start();
        Self { upstream, served, folder }
    }

    /// In front of the recorded projects.
    pub(crate) fn recorded(dialect: Dialect, configuration: &str) -> Self {
        let upstream = FakeUpstream::with_recorded();
        upstream.speak(dialect);
        Self::start(upstream, configuration)
    }

    /// Stops the program and starts it again with another configuration.
    pub(crate) fn reconfigure(&mut self, configuration: &str) {
        fs::write(self.folder.path().join("packhouse.toml"), configuration).expect("the file of before");
        self.served.restart();
    }
}

/// The client's fresh machine; `None`, after saying so, when the client cannot be had and need not be.
pub(crate) fn fresh(client: Client) -> Option<ClientRun> {
    // A refusal is final, so trying again only takes time; and a fault is not what these tests are about.
    let run = client.ready()?.fresh().limit(Duration::from_secs(100));
    Some(match client {
        Client::Pip | Client::OldPip => run.env("PIP_RETRIES", "0").env("PIP_NO_COMPILE", "1"),
        Client::Uv => run.env("UV_HTTP_RETRIES", "0"),
        Client::Poetry => run.env("POETRY_REQUESTS_MAX_RETRIES", "0"),
        Client::Pdm => run,
    })
}
