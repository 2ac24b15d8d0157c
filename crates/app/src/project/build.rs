use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use packhouse_guard::{
    Advisories, FileFacts, Inspected, ProjectFacts, Publisher, ReleaseFacts, UpstreamStatus, Withdrawn,
};
use packhouse_model::{FileKind, Sha256, SuiteName, Timestamp, UpstreamName};
use packhouse_pypi::parse_filename;
use packhouse_pypi::simple::{File, Page, State};
use packhouse_store::{SeenFile, SeenPublisher};

use crate::facts::{FileNeeds, GuardFacts, SETTLED, compare};

use super::{KnownFile, MetadataState, Project};

/// The mark on a file that the upstream no longer lists: since when.
pub(super) const DELETED: &str = "_packhouse-deleted";

/// The mark on a file whose bytes the upstream changed: to what.
pub(super) const CHANGED: &str = "_packhouse-changed";

/// What a project is made from, beside its page.
pub(crate) struct Ingredients {
    pub(crate) upstream: UpstreamName,
    pub(crate) present: bool,
    pub(crate) state: Sha256,
    pub(crate) checked: Timestamp,
    pub(crate) seen: Vec<SeenFile>,
    pub(crate) metadata: HashMap<Sha256, Option<Sha256>>,
    /// The suite that the page was made from; none for the upstream's.
    pub(crate) suite: Option<SuiteName>,
    /// What the distribution took out of use, by the key of the version.
    pub(crate) withdrawn: HashMap<String, Withdrawn>,
    /// What was shown of those who publish it.
    pub(crate) shown: Vec<SeenPublisher>,
    /// What is known of the project beside its page.
    pub(crate) facts: Arc<GuardFacts>,
    /// What inspections saw in its files that weighs.
    pub(crate) inspected: HashMap<Sha256, Inspected>,
    /// What its files newly need that is new itself, as far as somebody has looked.
    pub(crate) needs: FileNeeds,
}

/// Joins the page with what we first saw of its files.
pub(crate) fn build(page: Page, with: Ingredients) -> Project {
    let seen: HashMap<&str, &SeenFile> =
        with.seen.iter().map(|seen| (seen.filename.as_str(), seen)).collect();
    let mut releases: Vec<ReleaseFacts> = Vec::new();
    let mut by_key: HashMap<String, usize> = HashMap::new();
    let mut files: Vec<KnownFile> = Vec::with_capacity(page.files.len());
    let mut advisories: HashMap<Option<usize>, Arc<Advisories>> = HashMap::new();
    for file in &page.files {
        let distribution = parse_filename(&file.filename, &page.name);
        let release = distribution.version.as_ref().map(|version| {
            let key = version.key();
            *by_key.entry(key.clone()).or_insert_with(|| {
                releases.push(ReleaseFacts {
                    version: version.to_string(),
                    key,
                    has_wheel: false,
                    has_universal_wheel: false,
                    publisher: Publisher::default(),
                });
                releases.len() - 1
            })
        });
        if let Some(release) = release.filter(|_| distribution.kind == FileKind::Wheel) {
            releases[release].has_wheel = true;
            releases[release].has_universal_wheel |= distribution.universal;
        }
        let of_version =
            || with.facts.of_version(&page.name, release.map(|at| releases[at].version.as_str()));
        let advisories = Arc::clone(advisories.entry(release).or_insert_with(of_version));
        let first = seen.get(file.filename.as_str());
        let metadata = match file.sha256.and_then(|sha256| with.metadata.get(&sha256)) {
            None => MetadataState::Unknown,
            Some(Some(sha256)) => MetadataState::Kept(*sha256),
            Some(None) => MetadataState::Unreadable,
        };
        let facts = FileFacts {
            filename: file.filename.clone(),
            kind: distribution.kind,
            sha256: file.sha256,
            pinned: first.map(|seen| seen.sha256),
            upload_time: file.upload_time,
            // A file without a SHA-256 has no row; it is refused for that, whatever its age.
            first_seen: first.map_or(with.checked, |seen| seen.first_seen),
            not_before: first.and_then(|seen| seen.not_before),
            deleted: deleted(file),
            in_suite: with.suite.is_some(),
            withdrawn: release.and_then(|place| with.withdrawn.get(&releases[place].key)).cloned(),
            advisories,
            inspected: file.sha256.and_then(|sha256| with.inspected.get(&sha256)).cloned(),
            late: None,
            newcomers: file.sha256.and_then(|sha256| with.needs.get(&sha256)).cloned(),
        };
        files.push(KnownFile { facts, release, metadata });
    }
    // What a suite holds was looked at by people.
    if with.suite.is_none() {
        mark_late(&page, &mut files, &by_key, &with.seen);
        compare(page.name.as_str(), &mut releases, &files, &with.shown, with.checked);
    }
    let by_filename =
        page.files.iter().enumerate().map(|(place, file)| (file.filename.clone(), place)).collect();
    Project {
        upstream: with.upstream,
        facts: ProjectFacts {
            name: page.name.clone(),
            status: status(&page.status.state),
            status_reason: page.status.reason.clone(),
            suite: with.suite,
            oldest: files.iter().map(|known| known.facts.age_from().0).min(),
            looks_like: Arc::clone(&with.facts.looks_like),
            known: with.facts.known,
        },
        present: with.present,
        page,
        files,
        releases,
        state: with.state,
        checked: AtomicI64::new(with.checked.micros()),
        by_filename,
    }
}

/// Marks the files that came to their version long after it was first there: what people looked at was without them.
///
/// A version is there since its oldest file, or since we first saw a file of it that may be gone by now.
fn mark_late(page: &Page, files: &mut [KnownFile], by_key: &HashMap<String, usize>, seen: &[SeenFile]) {
    let mut since: HashMap<usize, Timestamp> = HashMap::new();
    let mut there = |release: usize, moment: Timestamp| {
        since.entry(release).and_modify(|known| *known = moment.min(*known)).or_insert(moment);
    };
    let mut listed: HashMap<&str, Option<usize>> = HashMap::with_capacity(files.len());
    for known in &*files {
        listed.insert(&known.facts.filename, known.release);
        if let Some(release) = known.release {
            there(release, known.facts.age_from().0);
        }
    }
    for row in seen {
        // Of a name that is no longer listed, the version is read out of it.
        let release = listed.get(row.filename.as_str()).copied().unwrap_or_else(|| {
            let version = parse_filename(&row.filename, &page.name).version?;
            by_key.get(&version.key()).copied()
        });
        if let Some(release) = release {
            there(release, row.first_seen);
        }
    }
    for known in files {
        let first = known.release.and_then(|release| since.get(&release).copied());
        known.facts.late = first.filter(|first| known.facts.age_from().0.since(*first) >= SETTLED);
    }
}

/// The hash of what the upstream offers now under a name whose first bytes we keep.
pub(crate) fn changed_to(file: &File) -> Option<Sha256> {
    file.extra.get(CHANGED)?.as_str()?.parse().ok()
}

pub(super) fn deleted(file: &File) -> Option<Timestamp> {
    file.extra.get(DELETED)?.as_str()?.parse().ok()
}

fn status(state: &State) -> UpstreamStatus {
    match state {
        State::Active => UpstreamStatus::Active,
        State::Archived => UpstreamStatus::Archived,
        State::Deprecated => UpstreamStatus::Deprecated,
        State::Quarantined => UpstreamStatus::Quarantined,
        State::Other(word) => UpstreamStatus::Other(word.clone()),
    }
}
