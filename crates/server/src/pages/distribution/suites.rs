use packhouse_model::Timestamp;

use super::super::{Paging, Site, assets, filters, links};
use super::ledger::HistoryList;

/// Releases on one page of a suite.
pub(crate) const ROWS: u64 = 200;
/// Snapshots on one page.
pub(crate) const SNAPSHOTS: u64 = 50;
/// Releases named of one snapshot.
const NAMED: usize = 12;

/// A suite in one line.
#[derive(Debug, Clone)]
pub struct SuiteSummary {
    /// Its name.
    pub name: String,
    /// `unstable`, `testing`, `stable`, `security`.
    pub kind: &'static str,
    /// Where it stands.
    pub stage: &'static str,
    /// Since when.
    pub stage_since: Timestamp,
    /// Where its releases come from.
    pub source: Option<String>,
    /// The number of its newest snapshot; 0 before the first.
    pub serial: u64,
    /// How many releases it holds.
    pub releases: usize,
    /// The version of its newest release, and when that was.
    pub released: Option<(String, Timestamp)>,
    /// Until when it is looked after.
    pub supported_until: Option<Timestamp>,
    /// The whole address of its index.
    pub url: String,
    /// Whether releases migrate to it, so that there are excuses.
    pub migrates: bool,
}

impl SuiteSummary {
    pub(crate) fn href(&self) -> String {
        super::suite_path(&self.name)
    }

    pub(crate) fn snapshots_href(&self) -> String {
        format!("{}/snapshots", self.href())
    }

    pub(crate) fn excuses_href(&self) -> String {
        format!("{}/excuses", self.href())
    }

    pub(crate) fn feed(&self) -> String {
        super::feed::path("suites", &self.name)
    }

    pub(crate) fn tone(&self) -> &'static str {
        match self.stage {
            "released" => "ok",
            "end-of-life" => "no",
            "development" => "plain",
            _ => "wait",
        }
    }

    /// Whether its support has ended.
    fn is_over(&self, now: Timestamp) -> bool {
        self.supported_until.is_some_and(|end| end <= now)
    }
}

/// `/suites`: what can be installed from.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "suites.html", config = "templates/askama.toml")]
pub struct SuitesPage {
    /// What every page needs.
    pub site: Site,
    /// The distribution's name.
    pub distribution: String,
    /// The suites.
    pub suites: Vec<SuiteSummary>,
}

crate::pages::page!(SuitesPage, Suites);

/// A release in a suite.
#[derive(Debug, Clone)]
pub struct ContentRow {
    /// The project.
    pub project: String,
    /// The version.
    pub version: String,
    /// How many of its files.
    pub files: usize,
    /// Since when.
    pub since: Timestamp,
    /// The snapshot that brought it.
    pub serial: u64,
    /// What is the matter with it, when something is.
    pub condition: Option<&'static str>,
}

impl ContentRow {
    fn href(&self) -> String {
        links::project_path(&self.project, "")
    }
}

/// `/suites/<name>?page=`: what a suite holds, and what it is for.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "suite.html", config = "templates/askama.toml")]
pub struct SuitePage {
    /// What every page needs.
    pub site: Site,
    /// In one line.
    pub suite: SuiteSummary,
    /// Where it must install: the name, and whether it may lag behind.
    pub environments: Vec<(String, bool)>,
    /// What must install together: the name, and the requirements.
    pub profiles: Vec<(String, Vec<String>)>,
    /// The SHA-256 over its contents.
    pub digest: String,
    /// Security fixes that are held back, each with what would break by it.
    pub held: Vec<(String, Vec<String>)>,
    /// The releases of this page.
    pub rows: Vec<ContentRow>,
    /// `Paging::new(page, releases, 200, …)`.
    pub paging: Paging,
    /// What the ledger says of it.
    pub history: HistoryList,
}

crate::pages::page!(SuitePage, Suites);

/// A snapshot in one line.
#[derive(Debug, Clone)]
pub struct SnapshotLine {
    /// Its number.
    pub serial: u64,
    /// When.
    pub at: Timestamp,
    /// The entry that made it.
    pub entry: u64,
    /// Why: `a migration`.
    pub because: String,
    /// What came in.
    pub adds: Vec<String>,
    /// What went.
    pub removes: Vec<String>,
    /// What a rollback did not bring back, each with why: `is yanked`.
    pub left_out: Vec<(String, &'static str)>,
    /// The whole address of its index.
    pub url: String,
    /// The digest of its contents.
    pub digest: String,
}

impl SnapshotLine {
    fn entry_href(&self) -> String {
        super::ledger::entry_path(self.entry)
    }

    /// What did not come back, as far as it is named, and how much is not.
    fn missing(&self) -> (&[(String, &'static str)], usize) {
        let named = self.left_out.len().min(NAMED);
        (&self.left_out[..named], self.left_out.len() - named)
    }

    /// What came in and went, as far as it is named, and how much is not.
    fn changes(&self) -> (Vec<String>, usize) {
        let all = self.adds.iter().map(|one| format!("+{one}"));
        let mut all: Vec<String> = all.chain(self.removes.iter().map(|one| format!("-{one}"))).collect();
        let more = all.len().saturating_sub(NAMED);
        all.truncate(NAMED);
        (all, more)
    }
}

/// `/suites/<name>/snapshots?page=`: what a suite was, the newest first.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "snapshots.html", config = "templates/askama.toml")]
pub struct SnapshotsPage {
    /// What every page needs.
    pub site: Site,
    /// The suite in one line.
    pub suite: SuiteSummary,
    /// The snapshots of this page.
    pub rows: Vec<SnapshotLine>,
    /// `Paging::new(page, serial, 50, …)`.
    pub paging: Paging,
}

crate::pages::page!(SnapshotsPage, Suites);
