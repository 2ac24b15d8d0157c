use super::distribution::{Tracker, words};
use super::links::{encode, with_query};
use super::why::file_anchor;
use super::{Link, Paging, Reason, Site, Tally, Verdict, assets, filters, links, text};
use packhouse_model::{FileKind, Timestamp};

/// Releases on one page.
const RELEASES_PER_PAGE: usize = 50;
/// Files on one page, unless its only release has more: what a browser lays out at once without a pause.
const FILES_PER_PAGE: usize = 1_000;
/// The newest releases are unfolded.
const UNFOLDED: usize = 10;

/// Everything the page of a project says, before it is divided into pages.
#[derive(Debug, Clone)]
pub struct Project {
    /// The canonical name.
    pub name: String,
    /// The index whose decisions are shown.
    pub index: String,
    /// The names of all indexes, to change between them.
    pub indexes: Vec<String>,
    /// What upstream says of the project as a whole.
    pub status: UpstreamStatus,
    /// Set when the index refuses or holds the whole project.
    pub refusal: Option<ProjectRefusal>,
    /// How old what is shown is.
    pub checked: Checked,
    /// Newest first.
    pub releases: Vec<Release>,
    /// The path of the project's own `/why/…`.
    pub why: String,
    /// The path of its Simple API page, which the clients read.
    pub simple: String,
}

/// PEP 792's status of a project.
#[derive(Debug, Clone)]
pub struct UpstreamStatus {
    /// `active`, `archived`, `deprecated`, `quarantined`; `unknown` when upstream does not say.
    pub word: String,
    /// Upstream's reason.
    pub reason: Option<String>,
}

impl UpstreamStatus {
    fn tone(&self) -> &'static str {
        match self.word.as_str() {
            "active" | "unknown" => "plain",
            "quarantined" => "no",
            _ => "wait",
        }
    }
}

/// Why a whole project is not served.
#[derive(Debug, Clone)]
pub struct ProjectRefusal {
    /// Held or refused.
    pub verdict: Verdict,
    /// The sentences of the rules that decided.
    pub because: Vec<String>,
}

/// When upstream was last asked for the project's page.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The last good answer.
    pub at: Option<Timestamp>,
    /// What to know when that is older than it should be.
    pub stale: Option<String>,
}

/// One version and its files.
#[derive(Debug, Clone)]
pub struct Release {
    /// The version as upstream writes it; empty for files whose names say none.
    pub version: String,
    /// Whether PEP 440 calls it a pre-release.
    pub prerelease: bool,
    /// The earliest upload of its files.
    pub uploaded: Option<Timestamp>,
    /// In the order of the index page.
    pub files: Vec<FileRow>,
    /// The path of its `/why/…`.
    pub why: String,
}

/// One file and its decision.
#[derive(Debug, Clone)]
pub struct FileRow {
    /// The file name.
    pub name: String,
    /// Wheel, sdist or other.
    pub kind: FileKind,
    /// Bytes, when known.
    pub size: Option<u64>,
    /// 64 hexadecimal digits.
    pub sha256: Option<String>,
    /// Upstream's `Requires-Python`.
    pub requires_python: Option<String>,
    /// Upstream's reason when it yanked the file; may be empty (PEP 592).
    pub yanked: Option<String>,
    /// Since when upstream no longer lists it.
    pub deleted: Option<Timestamp>,
    /// What this index does with it.
    pub verdict: Verdict,
    /// What the rules had against it, also where an exception lifts that. Reasons that do not name the file
    /// are said once for a release when all its files share them.
    pub because: Vec<Reason>,
}

impl FileRow {
    /// The fragment of its row on the page of [`Release::why`].
    fn anchor(&self) -> String {
        file_anchor(&self.name)
    }

    /// The first twelve digits: enough to compare by eye.
    fn short_hash(&self) -> &str {
        let hash = self.sha256.as_deref().unwrap_or_default();
        hash.get(..12).unwrap_or(hash)
    }
}

impl Release {
    fn tally(&self) -> Tally {
        Tally::of(self.files.iter().map(|file| file.verdict))
    }

    /// The one verdict and reason of all its files, so that seventy wheels do not say the same seventy times.
    fn shared(&self) -> Option<&FileRow> {
        let first = self.files.first()?;
        self.files
            .iter()
            .all(|file| file.verdict == first.verdict && file.because == first.because)
            .then_some(first)
    }

    /// Upstream's reason when every file is yanked.
    fn yanked(&self) -> Option<&str> {
        let first = self.files.first()?.yanked.as_deref()?;
        self.files.iter().all(|file| file.yanked.is_some()).then_some(first)
    }

    fn title(&self) -> &str {
        if self.version.is_empty() { "no version" } else { &self.version }
    }

    fn anchor(&self) -> String {
        format!("v-{}", encode(&self.version))
    }
}

/// Which releases are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Show {
    /// All of them.
    #[default]
    All,
    /// Those with a file that is held or refused.
    Stopped,
}

impl Show {
    /// Reads the query's `show`: `stopped`; anything else is all.
    pub fn from_query(value: &str) -> Self {
        if value == "stopped" { Self::Stopped } else { Self::All }
    }

    fn query(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Stopped => "stopped",
        }
    }
}

/// `/project/<name>?index=&show=&page=`: the releases and files of a project with their decisions.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "project.html", config = "templates/askama.toml")]
pub struct ProjectPage {
    site: Site,
    project: Project,
    tracker: Option<Tracker>,
    show: Show,
    releases_total: u64,
    tally: Tally,
    stopped_releases: u64,
    paging: Paging,
    unfolded: usize,
}

impl ProjectPage {
    /// One page of the project's releases; `page` counts from 1 and is brought into range. The project
    /// should be handed over whole: its counts are of all its files.
    pub fn new(site: Site, mut project: Project, show: Show, page: u64) -> Self {
        let releases_total = project.releases.len() as u64;
        let tally =
            Tally::of(project.releases.iter().flat_map(|release| &release.files).map(|file| file.verdict));
        let stopped = |release: &Release| release.tally().stopped() > 0;
        let stopped_releases = project.releases.iter().filter(|release| stopped(release)).count() as u64;
        if show == Show::Stopped {
            project.releases.retain(stopped);
        }
        let starts = page_starts(project.releases.iter().map(|release| release.files.len()));
        let path = links::project_path(&project.name, &project.index);
        let paging = Paging::of_pages(page, starts.len() as u64, &path, &[("show", show.query())]);
        let at = paging.page() as usize - 1;
        if let Some(end) = starts.get(at + 1) {
            project.releases.truncate(*end);
        }
        project.releases.drain(..starts.get(at).copied().unwrap_or(0));
        let unfolded = if paging.page() == 1 { UNFOLDED } else { 0 };
        Self { site, project, tracker: None, show, releases_total, tally, stopped_releases, paging, unfolded }
    }

    /// With what the distribution knows of the project.
    #[must_use]
    pub fn with_tracker(mut self, tracker: Option<Tracker>) -> Self {
        self.tracker = tracker;
        self
    }

    fn filters(&self) -> [Link; 2] {
        let path = links::project_path(&self.project.name, &self.project.index);
        [
            (Show::All, "All releases", self.releases_total),
            (Show::Stopped, "With files held or refused", self.stopped_releases),
        ]
        .map(|(show, words, number)| Link {
            label: format!("{words} ({})", text::count(number)),
            href: with_query(&path, &[("show", show.query())]),
            current: show == self.show,
        })
    }

    fn index_links(&self) -> Vec<Link> {
        let link = |index: &String| Link {
            label: index.clone(),
            href: with_query(&links::project_path(&self.project.name, index), &[("show", self.show.query())]),
            current: *index == self.project.index,
        };
        self.project.indexes.iter().map(link).collect()
    }
}

super::page!(ProjectPage, Elsewhere);

/// Where each page starts: a page ends at 50 releases, or before the release that would bring it over 1,000
/// files.
fn page_starts(files_of_releases: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut starts = vec![];
    let (mut releases, mut files) = (0, 0);
    for (at, more) in files_of_releases.enumerate() {
        if starts.is_empty() || releases == RELEASES_PER_PAGE || files + more > FILES_PER_PAGE {
            starts.push(at);
            (releases, files) = (0, 0);
        }
        releases += 1;
        files += more;
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_end_at_fifty_releases_or_a_thousand_files() {
        for (files, expected) in [
            (vec![], vec![]),
            (vec![2; 50], vec![0]),
            (vec![2; 51], vec![0, 50]),
            (vec![400; 5], vec![0, 2, 4]),
            (vec![1, 5_000, 1], vec![0, 1, 2]),
        ] {
            assert_eq!(page_starts(files.into_iter()), expected);
        }
    }
}
