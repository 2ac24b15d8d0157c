//! A fake upstream, the served program in front of it, its configuration, and the machines of its users.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use packhouse_testkit::{
    BuiltFile, Client, ClientRun, Dialect, FakeUpstream, Served, Wheel, httptest, recorded_folder,
};
use serde_json::Value;
use tempfile::TempDir;

/// flask and its closure as recorded: what every client installs for `flask`.
pub(crate) const FLASK: [(&str, &str); 7] = [
    ("blinker", "1.9.0"),
    ("click", "8.5.1"),
    ("flask", "3.1.3"),
    ("itsdangerous", "2.2.0"),
    ("jinja2", "3.1.6"),
    ("markupsafe", "3.0.4"),
    ("werkzeug", "3.1.9"),
];

/// Asks the upstream again for every page, so that its changes are seen at once.
pub(crate) const ALWAYS_ASK: &str = "[upstream]\nttl = \"0s\"\ngrace = \"0s\"\n";

const CONFIGURATION: &str = "packhouse.toml";

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
        fs::write(folder.path().join(CONFIGURATION), configuration).expect("a new file");
        let served = Served::program(env!("CARGO_BIN_EXE_packhouse"))
            .data(folder.path().join("data"))
            .args(["--upstream", &upstream.simple_url()])
            .arg("--config")
            .arg(folder.path().join(CONFIGURATION))
            .start();
        Self { upstream, served, folder }
    }

    /// The program in front of the recorded projects.
    pub(crate) fn recorded(dialect: Dialect, configuration: &str) -> Self {
        let upstream = FakeUpstream::with_recorded();
        upstream.speak(dialect);
        Self::start(upstream, configuration)
    }

    /// Stops the program and starts it again with another configuration, on the same data; as an operator would, with
    /// a look at the configuration before.
    pub(crate) fn reconfigure(&mut self, configuration: &str) {
        let path = self.folder.path().join(CONFIGURATION);
        self.served.terminate();
        fs::write(&path, configuration).expect("the file of before");
        let path = path.display().to_string();
        self.served.run(["policy", "check", "--config", &path]).assert_success();
        self.served.start_again();
    }

    /// The default index.
    pub(crate) fn index(&self) -> String {
        self.served.simple_url()
    }

    /// Where a refusal is explained.
    pub(crate) fn why(&self, id: &str) -> String {
        format!("{}/why/{id}", self.served.url())
    }
}

/// Whether the client can be had here. When not, that is said aloud, or is a panic where clients are required.
pub(crate) fn have(client: Client) -> bool {
    let ready = client.ready().is_some();
    if !ready {
        // Not through `eprintln!`, which the test harness keeps to itself when a test passes.
        let (name, version) = client.pin();
        let _ = writeln!(std::io::stderr(), "skipped: there is no {name} {version} here");
    }
    ready
}

/// A fresh machine with the client on it. It does not try again: a refusal is final, and so are these faults.
pub(crate) fn fresh(client: Client) -> ClientRun {
    let run = client.ready().expect("asked for before").fresh();
    match client {
        Client::Pip | Client::OldPip => {
            // Nothing here is about bytecode.
            run.env("PIP_RETRIES", "0").env("PIP_RESUME_RETRIES", "0").env("PIP_NO_COMPILE", "1")
        }
        Client::Uv => run.env("UV_HTTP_RETRIES", "0"),
        Client::Poetry | Client::Pdm => run,
    }
}

/// [`FLASK`], as [`ClientRun::installed`] gives it.
pub(crate) fn flask() -> BTreeMap<String, String> {
    FLASK.iter().map(|(name, version)| ((*name).to_owned(), (*version).to_owned())).collect()
}

/// Panics unless exactly this is installed, sorted by name: `[("six", "1.17.0")]`.
#[track_caller]
pub(crate) fn assert_installed(run: &ClientRun, expected: &[(&str, &str)]) {
    let found = run.installed();
    let found: Vec<(&str, &str)> = found.iter().map(|(name, version)| (&**name, &**version)).collect();
    assert_eq!(found, expected, "{:?}", run.client());
}

/// A wheel whose one module, of the project's own name, knows the version.
pub(crate) fn wheel(name: &str, version: &str) -> BuiltFile {
    let module = format!("{}.py", name.replace('-', "_"));
    Wheel::named(name).version(version).module(&module, format!("version = {version:?}\n")).build()
}

/// The files of a project as the page of `index` lists them.
pub(crate) fn listed(index: &str, project: &str) -> Vec<Value> {
    let json = [("accept", "application/vnd.pypi.simple.v1+json")];
    let answer = httptest::get(&format!("{index}{project}/"), &json).expect("an answer");
    assert_eq!(answer.status, 200, "{project}: {}", answer.text());
    answer.json()["files"].as_array().cloned().expect("files")
}

/// Takes the wheels of this version that were not recorded off the upstream's page. A client that locks for all
/// platforms asks for the metadata of a wheel of its own choice, and the fake upstream has only the recorded ones.
pub(crate) fn keep_recorded_files(upstream: &FakeUpstream, project: &str, version: &str) {
    let page = httptest::get(&format!("{}{project}/", upstream.simple_url()), &[]).expect("an answer").text();
    let start = format!(">{project}-{version}-");
    let names = page.split(&start).skip(1).filter_map(|rest| rest.split_once(".whl<"));
    let recorded = recorded_folder().join("files");
    let mut kept = 0;
    for (tag, _) in names {
        let filename = format!("{project}-{version}-{tag}.whl");
        if Path::new(&recorded).join(&filename).exists() {
            kept += 1;
        } else {
            upstream.delete(&filename);
        }
    }
    assert!(kept > 0, "no wheel of {project} {version} was recorded");
}
