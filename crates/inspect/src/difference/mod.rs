//! Which files are new, gone, changed or renamed.

mod renames;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::entry_points::EntryPoint;
use crate::kind::ContentKind;
use crate::metadata::{self, MetadataDifference};
use crate::paths;
use crate::release::Release;
use crate::tree::TreeFile;

/// What differs between two releases.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What the metadata says, first of all.
    pub metadata: MetadataDifference,
    /// What is new and deserves a look of its own.
    pub news: News,
    /// Files that changed: first those that matter by their kind, then by path. [`review_order`](crate::review_order)
    /// knows more.
    pub files: Vec<FileChange>,
    /// How many files are the same.
    pub unchanged: usize,
}

/// What a release has that the one before it had not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct News {
    /// Requirements that bring another project, as written.
    pub dependencies: Vec<String>,
    /// Entry points that are new or lead elsewhere, without commands.
    pub entry_points: Vec<EntryPoint>,
    /// The same that put a command on the path.
    pub commands: Vec<EntryPoint>,
    /// Files that decide what is built and installed. These and the following are paths of [`FileChange::path`].
    pub build_scripts: Vec<String>,
    /// Native code and other files that are no texts.
    pub binaries: Vec<String>,
    /// Files that run at each start of Python.
    pub startup: Vec<String>,
    /// What `import` finds at the top level of a wheel, and did not find before.
    pub top_level: Vec<String>,
}

/// One file that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileChange {
    /// Its path without the release's version, of the new release where it is there.
    pub path: String,
    /// How.
    pub change: Change,
    /// In the old release.
    pub old: Option<Side>,
    /// In the new release.
    pub new: Option<Side>,
}

/// A file in one of the two releases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Side {
    /// Its path in the archive: the key of [`Release::content`].
    pub path: String,
    /// What it is.
    #[serde(flatten)]
    pub file: TreeFile,
}

/// How a file changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "change")]
pub enum Change {
    /// It was not there.
    Added,
    /// It is gone.
    Removed,
    /// Other content, mode or link target.
    Changed,
    /// It was elsewhere.
    Renamed {
        /// Percent of the lines that stayed; 100 for the same bytes.
        similarity: u8,
    },
}

impl FileChange {
    /// What it is now; what it was, when it is gone.
    pub fn kind(&self) -> ContentKind {
        self.new.as_ref().or(self.old.as_ref()).map_or(ContentKind::Binary, |side| side.file.kind)
    }

    /// Whether its bytes are the same as before.
    pub fn is_same_content(&self) -> bool {
        matches!((&self.old, &self.new), (Some(old), Some(new)) if old.file.sha256 == new.file.sha256)
    }
}

impl Difference {
    /// How many files changed in this way: `difference.count(|change| change == Change::Added)`.
    pub fn count(&self, which: impl Fn(Change) -> bool) -> usize {
        self.files.iter().filter(|file| which(file.change)).count()
    }
}

/// Compares two releases by their trees and metadata. `old` is empty (`Release::default()`) for a project that is new.
pub fn compare(old: &Release, new: &Release) -> Difference {
    let before = paths::comparable(old.tree.files.keys().map(String::as_str));
    let after = paths::comparable(new.tree.files.keys().map(String::as_str));
    let side = |release: &Release, path: &str| {
        let file = release.tree.files.get(path)?.clone();
        Some(Side { path: path.to_owned(), file })
    };
    let mut difference = Difference::default();
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    for (key, path) in &after {
        let change = |change, old| FileChange { path: key.clone(), change, old, new: side(new, path) };
        match before.get(key) {
            None => added.push(change(Change::Added, None)),
            Some(earlier) if is_same(&old.tree.files[*earlier], &new.tree.files[*path]) => {
                difference.unchanged += 1;
            }
            Some(earlier) => difference.files.push(change(Change::Changed, side(old, earlier))),
        }
    }
    for (key, path) in before.iter().filter(|(key, _)| !after.contains_key(*key)) {
        let old = side(old, path);
        removed.push(FileChange { path: key.clone(), change: Change::Removed, old, new: None });
    }
    renames::join(&mut added, &mut removed, old, new);
    difference.files.extend(added);
    difference.files.extend(removed);
    difference.files.sort_by(|one, other| (weight(one), &one.path).cmp(&(weight(other), &other.path)));
    difference.metadata = metadata::compare((old, &before), (new, &after));
    difference.news = news(&difference, &before, &after);
    difference
}

fn is_same(old: &TreeFile, new: &TreeFile) -> bool {
    old.sha256 == new.sha256 && old.executable == new.executable && old.link == new.link
}

/// Which kinds come first. `RECORD` lists the hashes of all others, so it changes always.
pub(crate) fn weight(file: &FileChange) -> u8 {
    match file.kind() {
        ContentKind::Metadata if file.path.ends_with("/RECORD") => 9,
        ContentKind::Metadata => 0,
        ContentKind::Pth => 1,
        ContentKind::BuildScript => 2,
        ContentKind::NativeBinary => 3,
        ContentKind::Binary => 4,
        ContentKind::Python => 5,
        ContentKind::Text => 6,
        ContentKind::License => 7,
        ContentKind::Test | ContentKind::Doc => 8,
    }
}

fn news(difference: &Difference, before: &BTreeMap<String, &str>, after: &BTreeMap<String, &str>) -> News {
    let mut news = News::default();
    for requirement in difference.metadata.requirements.iter().filter(|change| change.is_new()) {
        news.dependencies.extend(requirement.new.iter().cloned());
    }
    for point in difference.metadata.entry_points.iter().filter_map(|change| change.new.as_ref()) {
        let list = if point.is_command() { &mut news.commands } else { &mut news.entry_points };
        list.push(point.clone());
    }
    for file in difference.files.iter().filter(|file| file.change == Change::Added) {
        let list = match file.kind() {
            ContentKind::BuildScript => &mut news.build_scripts,
            ContentKind::NativeBinary | ContentKind::Binary => &mut news.binaries,
            ContentKind::Pth => &mut news.startup,
            _ => continue,
        };
        list.push(file.path.clone());
    }
    let known = top_level(before);
    // With nothing to compare with, everything would be new.
    if !known.is_empty() {
        news.top_level = top_level(after).difference(&known).map(ToString::to_string).collect();
    }
    news
}

/// Modules and packages at the top of a wheel; empty for an sdist.
fn top_level<'a>(paths: &'a BTreeMap<String, &str>) -> BTreeSet<&'a str> {
    if !paths.keys().any(|path| path.ends_with(".dist-info/METADATA")) {
        return BTreeSet::new();
    }
    let found = paths.keys().filter_map(|path| match path.split_once('/') {
        Some((folder, _)) => Some(folder).filter(|folder| !folder.contains('.')),
        // `name.py`, `name.cpython-313-x86_64-linux-gnu.so`.
        None if [".py", ".pyc", ".so", ".pyd"].iter().any(|ending| path.ends_with(ending)) => {
            path.split_once('.').map(|(module, _)| module)
        }
        None => None,
    });
    found.collect()
}
