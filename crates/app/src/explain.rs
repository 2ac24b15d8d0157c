//! Explanations for people: a project with the decision on each file, and why.

use std::sync::Arc;

use packhouse_guard::{Decision, Outcome};
use packhouse_model::{FileKind, ProjectName, Sha256, Timestamp};
use packhouse_pypi::version::Version;
use serde::Serialize;

use crate::error::AppError;
use crate::index::{Index, PythonNames};
use crate::packhouse::Packhouse;
use crate::page::Stale;
use crate::paths::{file_path, why_id};
use crate::project::{Patience, Project};

/// A project, or one version of it, as an index decides on it now.
#[derive(Debug, Serialize)]
pub struct Explanation {
    /// The id under which `/why/` shows it.
    pub id: String,
    /// The index.
    pub index: String,
    /// The project.
    pub project: String,
    /// The version asked about, if one was.
    pub version: Option<String>,
    /// What happens, taken together: served when any file is.
    pub outcome: Outcome,
    /// That in a sentence.
    pub sentence: String,
    /// The decision on the project as a whole.
    pub decision: Decision,
    /// PEP 792's status upstream; `None` when the upstream was not asked.
    pub upstream_status: Option<String>,
    /// The upstream's words for it.
    pub upstream_status_reason: Option<String>,
    /// When the upstream last confirmed what is known.
    pub checked: Option<Timestamp>,
    /// Why that is longer ago than it should be.
    pub stale: Option<String>,
    /// The releases, the newest version first.
    pub releases: Vec<ReleaseView>,
}

/// A release with its files.
#[derive(Debug, Serialize)]
pub struct ReleaseView {
    /// The version; empty for files whose names say none.
    pub version: String,
    /// A pre-release by PEP 440.
    pub prerelease: bool,
    /// Its files, as the upstream lists them.
    pub files: Vec<FileView>,
}

/// A file with the decision on it and the facts that it was made from.
#[derive(Debug, Serialize)]
pub struct FileView {
    /// Its name.
    pub filename: String,
    /// In JSON `wheel`, `sdist` or `file`.
    #[serde(serialize_with = "kind_word")]
    pub kind: FileKind,
    /// Its path on this server.
    pub path: String,
    /// Its identity, if the upstream names one.
    pub sha256: Option<Sha256>,
    /// In bytes.
    pub size: Option<u64>,
    /// As the upstream says.
    pub upload_time: Option<Timestamp>,
    /// When we first saw it.
    pub first_seen: Timestamp,
    /// The last time we looked and it was not there yet.
    pub not_before: Option<Timestamp>,
    /// Since when the upstream no longer lists it.
    pub deleted: Option<Timestamp>,
    /// PEP 345's specifier.
    pub requires_python: Option<String>,
    /// The upstream's yank: `None` for no, else its reason or nothing.
    pub upstream_yanked: Option<String>,
    /// The decision.
    pub decision: Decision,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's form")]
fn kind_word<S: serde::Serializer>(kind: &FileKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.word())
}

/// What `/why/` and `packhouse why` are asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The index's name; `None` for the default one.
    pub index: Option<String>,
    /// The project.
    pub project: ProjectName,
    /// The version, as written.
    pub version: Option<String>,
}

impl Question {
    /// Reads `reb`, `reb==1.2`, `team:reb==1.2`.
    pub fn parse(id: &str) -> Result<Self, AppError> {
        let bad = |what: String| AppError::BadRequest { what };
        let (index, rest) = match id.split_once(':') {
            Some((index, rest)) => (Some(index.to_owned()), rest),
            None => (None, id),
        };
        let (name, version) = match rest.split_once("==") {
            Some((name, version)) => (name.trim(), Some(version.trim().to_owned())),
            None => (rest.trim(), None),
        };
        let project = packhouse_pypi::normalize(name).map_err(|error| bad(error.to_string()))?;
        if let Some(version) = &version {
            Version::parse(version).map_err(|error| bad(error.to_string()))?;
        }
        Ok(Self { index, project, version })
    }
}

impl Packhouse {
    /// Explains what an index does with a project or a version, and why.
    pub async fn explain(&self, question: &Question) -> Result<Explanation, AppError> {
        let index = match &question.index {
            None => Arc::clone(self.default_index()?),
            Some(name) => {
                self.index(name).ok_or_else(|| AppError::not_found(format!("there is no index {name}")))?
            }
        };
        let now = self.clock.now();
        // In the order of `admitted_project`: what a suite holds is asked of nobody else.
        let (project, stale) = match self.vetted(&index, &question.project).await? {
            Some(project) => (project, None),
            None => {
                if let Some(view) = index.suite.as_ref().filter(|view| !view.falls_through) {
                    let what = format!("there is no project {} in {}", question.project, view.name());
                    return Err(AppError::not_found(what));
                }
                let unasked = packhouse_guard::ProjectFacts::unasked(question.project.clone());
                let before = index.decide(&packhouse_guard::Case {
                    project: &unasked,
                    release: None,
                    file: None,
                    now,
                });
                if !before.serves() {
                    return Ok(self.explanation(&index, question, before, None));
                }
                let found = self.project(&index.upstream, &question.project, Patience::Page).await?;
                let found = found.ok_or_else(|| {
                    AppError::not_found(format!("there is no project {} upstream", question.project))
                })?;
                let checked = found.project.checked();
                (found.project, found.stale.map(|problem| Stale { checked, problem }))
            }
        };
        let decision = index.decide(&project.case(now));
        let explanation = self.explanation(&index, question, decision, Some(&(project, stale)));
        if question.version.is_some() && explanation.releases.is_empty() {
            let version = question.version.as_deref().unwrap_or_default();
            return Err(AppError::not_found(format!(
                "{} has no release {version} upstream",
                question.project
            )));
        }
        Ok(explanation)
    }

    fn explanation(
        &self,
        index: &Arc<Index>,
        question: &Question,
        decision: Decision,
        known: Option<&(Arc<Project>, Option<Stale>)>,
    ) -> Explanation {
        let now = self.clock.now();
        let project = known.map(|(project, _)| project.as_ref());
        let releases = project.map(|project| releases(index, project, question, now)).unwrap_or_default();
        let (outcome, sentence) = summary(question, &decision, &releases);
        Explanation {
            id: why_id(index, &question.project, question.version.as_deref()),
            index: index.name.to_string(),
            project: question.project.to_string(),
            version: question.version.clone(),
            outcome,
            sentence,
            decision,
            upstream_status: project.map(|project| project.facts.status.word().to_owned()),
            upstream_status_reason: project.and_then(|project| project.facts.status_reason.clone()),
            checked: project.map(Project::checked),
            stale: known
                .as_ref()
                .and_then(|(_, stale)| stale.as_ref())
                .map(|stale| stale.problem.to_string()),
            releases,
        }
    }
}

fn releases(index: &Index, project: &Project, question: &Question, now: Timestamp) -> Vec<ReleaseView> {
    use packhouse_guard::Canonical as _;
    let wanted = question.version.as_deref().and_then(|version| PythonNames.version_key(version).ok());
    let mut views: Vec<(Option<Version>, ReleaseView)> = project
        .releases
        .iter()
        .map(|release| {
            let version = Version::parse(&release.version).ok();
            let prerelease = version.as_ref().is_some_and(Version::is_prerelease);
            (version, ReleaseView { version: release.version.clone(), prerelease, files: Vec::new() })
        })
        .collect();
    let unnamed = views.len();
    views.push((None, ReleaseView { version: String::new(), prerelease: false, files: Vec::new() }));
    for (place, known) in project.files.iter().enumerate() {
        let skip = match (&wanted, known.release) {
            (None, _) => false,
            (Some(key), Some(release)) => project.releases[release].key != *key,
            (Some(_), None) => true,
        };
        if !skip {
            let decision = index.decide(&project.file_case(place, now));
            views[known.release.unwrap_or(unnamed)].1.files.push(file_view(project, place, decision));
        }
    }
    views.retain(|(_, view)| !view.files.is_empty());
    views.sort_by(|(a, _), (b, _)| b.cmp(a));
    views.into_iter().map(|(_, view)| view).collect()
}

fn file_view(project: &Project, place: usize, decision: Decision) -> FileView {
    let (file, known) = (&project.page.files[place], &project.files[place]);
    FileView {
        filename: file.filename.clone(),
        kind: known.facts.kind,
        path: format!("/{}", file_path(file.sha256, &file.filename)),
        sha256: file.sha256,
        size: file.size,
        upload_time: file.upload_time,
        first_seen: known.facts.first_seen,
        not_before: known.facts.not_before,
        deleted: known.facts.deleted,
        requires_python: file.requires_python.clone(),
        upstream_yanked: file.yanked.listed().map(str::to_owned),
        decision,
    }
}

fn summary(question: &Question, decision: &Decision, releases: &[ReleaseView]) -> (Outcome, String) {
    let subject = match &question.version {
        Some(version) => format!("{} {version}", question.project),
        None => question.project.to_string(),
    };
    if let Some(hit) = decision.reason() {
        return (Outcome::Refuse, format!("{subject} is refused. {}", hit.sentence));
    }
    let files: Vec<&FileView> = releases.iter().flat_map(|release| &release.files).collect();
    let served = files.iter().filter(|file| file.decision.serves()).count();
    if files.is_empty() {
        return (Outcome::Serve, format!("{subject} has no files."));
    }
    if served == files.len() {
        let excused = files.iter().any(|file| !file.decision.because.is_empty());
        let because = match (excused, files.len()) {
            (true, _) => "by exception".to_owned(),
            (false, 1) => "nothing speaks against its file".to_owned(),
            (false, count) => format!("nothing speaks against any of its {count} files"),
        };
        return (Outcome::Serve, format!("{subject} is served: {because}."));
    }
    if served > 0 {
        let held = files.len() - served;
        return (
            Outcome::Serve,
            format!("{subject} is served, but for {held} of its {} files.", files.len()),
        );
    }
    // A wheel's reason before an sdist's: it is what an installer would have taken.
    let first = files.iter().find(|file| file.kind == FileKind::Wheel).or(files.first());
    let reason = first.and_then(|file| file.decision.reason()).map_or("", |hit| hit.sentence.as_str());
    (Outcome::Tombstone, format!("{subject} is refused. {reason}"))
}
