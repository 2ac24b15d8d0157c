//! What people with pip and uv see.

use std::path::{Path, PathBuf};

use packhouse_testkit::{Client, ClientRun, Ran};

use crate::story::Bad;
use crate::world::Server;

/// The clients of a replay, as far as this machine has them.
pub(crate) const CLIENTS: [Client; 2] = [Client::Pip, Client::Uv];

/// What came of an installation.
#[derive(Debug)]
pub(crate) struct Saw {
    pub(crate) client: Client,
    /// The line that says why not. None where it worked.
    pub(crate) line: Option<String>,
}

/// Installs on a fresh machine. None when the client cannot be had here.
pub(crate) fn install(client: Client, server: &Server, requirement: &str) -> Option<(ClientRun, Ran)> {
    let user = client.ready()?.fresh();
    let ran = user.install(&server.index(), &[requirement], &[]);
    Some((user, ran))
}

/// The bad release of `id` that this machine has now, if it has it.
pub(crate) fn has(user: &ClientRun, id: &str, bad: &Bad) -> bool {
    let (project, version) = id.split_once("==").expect("project==version");
    let installed = user.installed();
    let there = installed.get(&project.to_lowercase().replace(['_', '.'], "-"));
    // Where the version is that of a good release too, the bytes say which one it is.
    let folders = site_packages(&user.venv());
    let marked = |(path, bytes): &(String, Vec<u8>)| {
        folders.iter().any(|folder| std::fs::read(folder.join(path)).is_ok_and(|found| found == *bytes))
    };
    there.is_some_and(|found| found == version) && (bad.marks.is_empty() || bad.marks.iter().any(marked))
}

fn site_packages(venv: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(venv.join("lib")).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path().join("site-packages"))).collect()
}

/// The line of a failure that tells a person why, without what differs from run to run.
pub(crate) fn reason(ran: &Ran, server: &Server) -> String {
    let text = ran.text();
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let telling = lines()
        .find(|line| line.contains("Blocked by policy"))
        .or_else(|| lines().find(|line| line.contains("ERROR: No matching")))
        .or_else(|| lines().next_back())
        .unwrap_or_default();
    let telling = telling.replace(&server.url, "https://packhouse.example");
    // The address of the file is in the report of the release.
    telling
        .split(" for url: ")
        .next()
        .unwrap_or_default()
        .trim_matches(['│', '╰', '├', '─', '▶', '×', ' '])
        .to_owned()
}
