//! A project as we know it: the upstream's page, what we first saw of each file, and the facts made from both.

mod ahead;
mod build;
mod finish;
mod habits;
mod lookup;
mod refresh;
mod saving;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};

use packhouse_guard::{Case, FileFacts, ProjectFacts, ReleaseFacts};
use packhouse_model::{Sha256, Timestamp, UpstreamName};
use packhouse_pypi::simple::{File, Page};

pub(crate) use ahead::Ahead;
pub(crate) use build::{Ingredients, build, changed_to};
pub(crate) use finish::Unfinished;
pub(crate) use habits::Habits;
pub use lookup::{Found, Patience};
pub(crate) use saving::Saving;

/// A project at one state of its upstream page. Immutable, but for when it was last confirmed.
#[derive(Debug)]
pub struct Project {
    /// Whose page this is.
    pub upstream: UpstreamName,
    /// What is known of the project as a whole.
    pub facts: ProjectFacts,
    /// Whether the upstream still has it. What it deletes, we keep.
    pub present: bool,
    /// The page; its files stand in the order of `files`.
    pub page: Page,
    /// What is known of each file of `page`.
    pub files: Vec<KnownFile>,
    /// The releases that files belong to.
    pub releases: Vec<ReleaseFacts>,
    /// Names the state of the page: two projects with the same value have the same page.
    pub state: Sha256,
    /// When the upstream last confirmed it, in microseconds.
    checked: AtomicI64,
    by_filename: HashMap<String, usize>,
}

/// One file of a project.
#[derive(Debug)]
pub struct KnownFile {
    /// What decisions are made from.
    pub facts: FileFacts,
    /// Its place in [`Project::releases`].
    pub release: Option<usize>,
    /// What the core metadata is known to be.
    pub metadata: MetadataState,
}

/// What is known of a wheel's core metadata (PEP 658) without asking the upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetadataState {
    /// Not looked at yet.
    Unknown,
    /// Kept, with this hash.
    Kept(Sha256),
    /// The wheel has none that can be read.
    Unreadable,
}

impl Project {
    /// When the upstream last confirmed this page.
    pub fn checked(&self) -> Timestamp {
        Timestamp::from_micros(self.checked.load(Ordering::Relaxed))
    }

    pub(crate) fn confirm(&self, now: Timestamp) {
        self.checked.store(now.micros(), Ordering::Relaxed);
    }

    /// The file of that name, with its place.
    pub fn file(&self, filename: &str) -> Option<(usize, &File)> {
        let place = *self.by_filename.get(filename)?;
        Some((place, self.page.files.get(place)?))
    }

    /// The case of the project as a whole.
    pub fn case(&self, now: Timestamp) -> Case<'_> {
        Case { project: &self.facts, release: None, file: None, now }
    }

    /// The case of the file at `place`.
    pub fn file_case(&self, place: usize, now: Timestamp) -> Case<'_> {
        let file = &self.files[place];
        let release = file.release.map(|release| &self.releases[release]);
        Case { project: &self.facts, release, file: Some(&file.facts), now }
    }

    /// Whether a file of it newly needs something that is new itself.
    pub(crate) fn needs_newcomers(&self) -> bool {
        let found = |known: &KnownFile| known.facts.newcomers.as_ref().is_some_and(|all| !all.is_empty());
        self.files.iter().any(found)
    }

    /// The version of the file at `place`, as people write it.
    pub fn version_of(&self, place: usize) -> Option<&str> {
        self.files[place].release.map(|release| self.releases[release].version.as_str())
    }

    /// About how many bytes it takes in memory.
    pub(crate) fn weight(&self) -> u32 {
        // An estimate from the sizes of the structures and their usual strings.
        u32::try_from(2_000 + self.files.len() * 900).unwrap_or(u32::MAX)
    }
}
