//! "What would happen to this lockfile": each release it names, against the policy of an index.

use std::sync::Arc;

use futures_util::StreamExt as _;
use packhouse_guard::{Canonical as _, Decision, Outcome};
use packhouse_model::Timestamp;
use packhouse_pypi::lock::{Locked, Lockfile, Source};
use serde::Serialize;

use crate::error::AppError;
use crate::index::{Index, PythonNames};
use crate::packhouse::Packhouse;
use crate::paths::why_id;
use crate::project::{Patience, Project};

/// What would happen to one release of a lockfile.
#[derive(Debug, Clone, Serialize)]
pub struct LockedVerdict {
    /// The project.
    pub project: String,
    /// The version it is locked to, if the lockfile says one.
    pub version: Option<String>,
    /// The line of the lockfile; 0 when it is not known.
    pub line: usize,
    /// What would happen.
    pub fate: Fate,
    /// Why, for a person; empty when it is served.
    pub reason: String,
    /// The rules that refuse it.
    pub rules: Vec<&'static str>,
    /// What rules have to say beside, such as known vulnerabilities; also of what is served.
    pub notes: Vec<String>,
    /// When time alone would let it through.
    pub until: Option<Timestamp>,
    /// The id under which `/why/` explains it.
    pub why: String,
}

/// What would happen to a locked release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// It installs.
    Served,
    /// It is refused.
    Refused,
    /// Neither we nor the upstream have what the lockfile names.
    Missing,
    /// It does not come from an index: a URL or a path.
    Outside,
    /// The upstream could not be asked.
    Unknown,
}

/// How many releases are looked at at once.
const AT_ONCE: usize = 16;

impl Packhouse {
    /// Judges every release of a lockfile by the rules of `index`; `progress` is told how many are done.
    pub async fn check_lockfile(
        &self,
        index: &Arc<Index>,
        lockfile: &Lockfile,
        progress: impl Fn(usize, usize),
    ) -> Vec<LockedVerdict> {
        let total = lockfile.packages.len();
        let mut verdicts = Vec::with_capacity(total);
        // By number, and with values of its own: a future that borrows its releases cannot be a handler's.
        let mut judged = futures_util::stream::iter(0..total)
            .map(|at| {
                let (packhouse, index, locked) =
                    (self.clone(), Arc::clone(index), lockfile.packages[at].clone());
                async move { packhouse.check_locked(&index, &locked).await }
            })
            .buffered(AT_ONCE);
        while let Some(verdict) = judged.next().await {
            verdicts.push(verdict);
            progress(verdicts.len(), total);
        }
        verdicts
    }

    async fn check_locked(&self, index: &Arc<Index>, locked: &Locked) -> LockedVerdict {
        let mut verdict = LockedVerdict {
            project: locked.project.to_string(),
            version: locked.version.clone(),
            line: locked.line,
            fate: Fate::Outside,
            reason: "It does not come from an index, so no rule is asked.".to_owned(),
            rules: Vec::new(),
            notes: Vec::new(),
            until: None,
            why: why_id(index, &locked.project, locked.version.as_deref()),
        };
        if !matches!(locked.source, Source::Index) {
            return verdict;
        }
        match self.admitted_project(index, &locked.project, Patience::Page).await {
            Ok((project, _)) => judge(index, &project, locked, self.clock.now(), &mut verdict),
            Err(AppError::Refused(refusal)) => refuse(&mut verdict, std::slice::from_ref(&refusal.decision)),
            Err(AppError::NotFound { what }) => (verdict.fate, verdict.reason) = (Fate::Missing, what),
            Err(error) => (verdict.fate, verdict.reason) = (Fate::Unknown, error.to_string()),
        }
        verdict
    }
}

/// An installer needs one file of those that are locked: one that is served is enough.
fn judge(index: &Index, project: &Project, locked: &Locked, now: Timestamp, verdict: &mut LockedVerdict) {
    let key = locked.version.as_deref().and_then(|version| PythonNames.version_key(version).ok());
    let hashes: Vec<_> = locked.files.iter().filter_map(|file| file.sha256).collect();
    let names: Vec<_> = locked.files.iter().filter_map(|file| file.filename.as_deref()).collect();
    let meant: Vec<usize> = (0..project.files.len())
        .filter(|&place| {
            let known = &project.files[place];
            let of_version = match (&key, known.release) {
                (None, _) => true,
                (Some(key), Some(release)) => project.releases[release].key == *key,
                (Some(_), None) => false,
            };
            of_version
                && (hashes.is_empty() || known.facts.sha256.is_some_and(|sha256| hashes.contains(&sha256)))
                && (names.is_empty() || names.contains(&known.facts.filename.as_str()))
        })
        .collect();
    if meant.is_empty() {
        verdict.fate = Fate::Missing;
        verdict.reason = if hashes.is_empty() {
            "The upstream has no such release.".to_owned()
        } else {
            "The upstream lists no file with a hash that the lockfile names.".to_owned()
        };
        return;
    }
    let decisions: Vec<Decision> =
        meant.iter().map(|&place| index.decide(&project.file_case(place, now))).collect();
    for note in decisions.iter().flat_map(|decision| &decision.notes) {
        if !verdict.notes.contains(&note.sentence) {
            verdict.notes.push(note.sentence.clone());
        }
    }
    if decisions.iter().any(|decision| decision.outcome == Outcome::Serve) {
        (verdict.fate, verdict.reason) = (Fate::Served, String::new());
    } else {
        refuse(verdict, &decisions);
    }
}

fn refuse(verdict: &mut LockedVerdict, decisions: &[Decision]) {
    verdict.fate = Fate::Refused;
    let hits = || decisions.iter().flat_map(|decision| &decision.because).filter(|hit| hit.excused.is_none());
    verdict.reason = hits().next().map(|hit| hit.sentence.clone()).unwrap_or_default();
    for hit in hits() {
        if !verdict.rules.contains(&hit.rule) {
            verdict.rules.push(hit.rule);
        }
    }
    // Time lets it through only when each reason against one of its files ends by itself.
    verdict.until = decisions
        .iter()
        .filter_map(|decision| {
            let ends = decision.because.iter().filter(|hit| hit.excused.is_none()).map(|hit| hit.until);
            ends.collect::<Option<Vec<_>>>().and_then(|ends| ends.into_iter().max())
        })
        .min();
}
