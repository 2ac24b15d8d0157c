//! Real installs with uv, without its cache, through the registry that this machine's own pip asks: directly,
//! through an empty Packhouse, and through the same one again.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use packhouse_testkit::{Client, ReadyClient};

use super::Place;
use super::options::Options;
use super::process::finish;
use super::report::Findings;
use super::server::{Packhouse, Policy};
use super::table::{Goal, Row, median};

const LIMIT: Duration = Duration::from_secs(300);

/// What uv is told to do.
#[derive(Debug, Clone, Copy)]
enum Task {
    Install(&'static str),
    Compile(&'static str),
}

impl Task {
    fn text(self) -> String {
        match self {
            Self::Install(what) => format!("uv pip install {what}"),
            Self::Compile(what) => format!("uv pip compile {what}"),
        }
    }
}

/// One round: seconds.
#[derive(Debug, Default, Clone)]
struct Times {
    direct: Vec<f64>,
    empty: Vec<f64>,
    warm: Vec<f64>,
}

/// Each round goes directly, through an empty Packhouse, directly again, and through it again.
pub(crate) fn measure(place: &Place, packhouse: &Packhouse<'_>, options: &Options) -> Result<Findings> {
    let uv = Client::Uv.ready().context("uv is needed for the cold part")?;
    let registry = registry()?;
    let mut found = Findings::default();
    for task in [Task::Install("flask"), Task::Compile("jupyterlab")] {
        let (mut times, mut peers) = (Times::default(), Vec::new());
        for round in 0..options.rounds {
            let server = packhouse.start("packhouse", &place.fresh("cold")?, &registry, Policy::Open)?;
            let through = format!("{}/", server.index);
            times.direct.push(run(place, &uv, task, &registry)?);
            times.empty.push(run(place, &uv, task, &through)?);
            times.direct.push(run(place, &uv, task, &registry)?);
            times.warm.push(run(place, &uv, task, &through)?);
            eprintln!("round {}: {}: {times:.2?}", round + 1, task.text());
        }
        for peer in options.peers.iter().filter(|peer| peer.name() != "nginx-cache") {
            let both = peer.start_before_registry(place, &registry).and_then(|server| {
                let through = format!("{}/", server.index);
                Ok((run(place, &uv, task, &through)?, run(place, &uv, task, &through)?))
            });
            match both {
                Ok(both) => peers.push((peer.name(), both)),
                Err(error) => found.notes.push(format!("{}: {}: {error:#}", task.text(), peer.name())),
            }
        }
        for (state, most) in [("empty", 1.05), ("warm", 0.5)] {
            let ours = if state == "empty" { &times.empty } else { &times.warm };
            let mut row = row(task, state, most, ours, &times.direct);
            row.peers.extend(peers.iter().map(|(name, (empty, warm))| {
                let seconds = if state == "empty" { empty } else { warm };
                ((*name).to_owned(), format!("{seconds:.2} s"))
            }));
            found.rows.push(row);
        }
    }
    found.notes.push(
        "Cold: uv without its cache, through the registry that this machine's pip asks; nothing is refused, so that \
         both ways lead to the same versions."
            .to_owned(),
    );
    Ok(found)
}

fn row(task: Task, state: &str, most: f64, ours: &[f64], direct: &[f64]) -> Row {
    let (our, their) = (median(ours.iter().copied()), median(direct.iter().copied()));
    // Each round went directly twice.
    let rounds = ours.iter().zip(direct.chunks(2));
    let ratio = median(rounds.filter_map(|(our, direct)| Some(our / median(direct.iter().copied())?)));
    Row {
        what: format!("{}, {state} Packhouse", task.text()),
        ours: format!("{:.2} s", our.unwrap_or_default()),
        reference: format!("directly {:.2} s", their.unwrap_or_default()),
        ratio,
        reach: vec![Goal::at_most("time", most, ratio.unwrap_or(f64::MAX))],
        raw: serde_json::json!({ "packhouse_s": ours, "direct_s": direct }),
        ..Row::default()
    }
}

/// Runs uv once in an empty folder; seconds.
fn run(place: &Place, uv: &ReadyClient, task: Task, index: &str) -> Result<f64> {
    let folder = place.fresh("uv")?;
    let mut command = Command::new(uv.program());
    // Nothing but what is measured may speak to uv; only how the machine reaches the network stays.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if ["UV_", "PIP_", "VIRTUAL_ENV"].iter().any(|start| name.starts_with(start)) {
            command.env_remove(&*name);
        }
    }
    let roots = "/etc/ssl/certs/ca-certificates.crt";
    if std::env::var_os("SSL_CERT_FILE").is_none() && Path::new(roots).is_file() {
        command.env("SSL_CERT_FILE", roots);
    }
    command.current_dir(&folder).env("UV_PYTHON_DOWNLOADS", "never").env("UV_NO_CONFIG", "1");
    command.args(["pip", if matches!(task, Task::Install(_)) { "install" } else { "compile" }]);
    command.args(["--no-cache", "--quiet", "--default-index", index, "--python"]).arg(uv.python());
    match task {
        Task::Install(what) => command.arg("--target").arg(folder.join("target")).arg(what),
        Task::Compile(what) => {
            std::fs::write(folder.join("requirements.in"), format!("{what}\n"))?;
            command.args(["requirements.in", "--output-file", "requirements.txt"])
        }
    };
    // The address may hold a password, and stands in what uv says.
    let came = finish("uv", command, &place.log("uv"), LIMIT);
    let (_, took) = came.map_err(|error| match error.to_string() {
        words if index.contains('@') => anyhow::anyhow!("{}", words.replace(index, "the registry")),
        words => anyhow::anyhow!(words),
    })?;
    Ok(took.as_secs_f64())
}

/// The registry that this machine's own pip asks.
fn registry() -> Result<String> {
    let script = "\
from pip._internal.configuration import Configuration
from pip._internal.models.index import PyPI
configuration = Configuration(isolated=False)
configuration.load()
values = dict(configuration.items())
flat = {}
for key, value in values.items():
    flat.update(value if isinstance(value, dict) else {key: value})
found = [flat[key] for key in (':env:.index-url', 'install.index-url', 'global.index-url') if flat.get(key)]
print(found[0] if found else PyPI.simple_url)
";
    let output = Command::new("python3").args(["-c", script]).output().context("python3 is needed")?;
    let url = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if !output.status.success() || !url.starts_with("http") {
        bail!("pip does not say which registry it asks: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(format!("{}/", url.trim_end_matches('/')))
}
