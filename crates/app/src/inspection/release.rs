//! A file of a release, by the release's name: found on its page, fetched, and handed to an inspection.

use std::sync::Arc;

use packhouse_blob::OnDisk;
use packhouse_guard::{Canonical as _, Case, ProjectFacts};
use packhouse_model::{FileKind, Sha256};

use super::job::Subject;
use crate::error::AppError;
use crate::eviction::Awaited;
use crate::explain::Question;
use crate::index::{Index, PythonNames};
use crate::packhouse::Packhouse;
use crate::project::{Patience, Project};

/// A file of a release, here, to be looked at. It may be one that no index hands out: looking at it is no way to get it.
#[derive(Debug)]
pub struct Fetched {
    /// Its name.
    pub filename: String,
    /// Its identity.
    pub sha256: Sha256,
    file: InHand,
}

/// A stored file that eviction leaves as long as this is kept.
#[derive(Debug)]
pub(super) struct InHand {
    file: OnDisk,
    _awaited: Awaited,
}

impl std::ops::Deref for InHand {
    type Target = OnDisk;

    fn deref(&self) -> &OnDisk {
        &self.file
    }
}

impl Fetched {
    /// As an inspection takes it; as long as this is kept.
    pub fn subject(&self) -> Subject {
        subject_of(&self.file, &self.filename)
    }
}

/// A kept file as an inspection takes it, by a path that holds in every folder.
pub(super) fn subject_of(file: &OnDisk, filename: &str) -> Subject {
    let path = std::path::absolute(file.path()).unwrap_or_else(|_| file.path().to_owned());
    Subject::Stored { path, filename: filename.to_owned() }
}

impl Packhouse {
    /// Fetches a file of a release: of this name; else the wheel for everybody, another wheel, or the sdist.
    pub async fn fetch_release(
        &self,
        question: &Question,
        filename: Option<&str>,
    ) -> Result<Fetched, AppError> {
        let index = match &question.index {
            None => Arc::clone(self.default_index()?),
            Some(name) => {
                self.index(name).ok_or_else(|| AppError::not_found(format!("there is no index {name}")))?
            }
        };
        let name = &question.project;
        let project = match self.vetted(&index, name).await? {
            Some(project) => project,
            None => self.known_to_upstream(&index, question).await?,
        };
        let version = question.version.as_deref().unwrap_or_default();
        let key = PythonNames.version_key(version).map_err(|what| AppError::BadRequest { what })?;
        let place = chosen(&project, &key, filename).ok_or_else(|| {
            let which = filename.map_or_else(|| "a wheel or a .tar.gz".to_owned(), str::to_owned);
            AppError::not_found(format!("{name} {version} has no file that is {which}"))
        })?;
        let file = &project.page.files[place];
        let sha256 = file.sha256.ok_or_else(|| {
            AppError::not_found(format!("the upstream names no sha256 of {}", file.filename))
        })?;
        let file = self.fetched(&project, place, sha256).await?;
        Ok(Fetched { filename: project.page.files[place].filename.clone(), sha256, file })
    }

    /// The bytes of a file on a page, here and on a disk.
    pub(super) async fn fetched(
        &self,
        project: &Arc<Project>,
        place: usize,
        sha256: Sha256,
    ) -> Result<InHand, AppError> {
        let awaited = self.awaited.keep(sha256);
        if !self.blobs.exists(sha256).await?
            && let Some(mut download) = self.download(sha256, project, place).await?
        {
            download.finished().await?;
        }
        let file = self.blobs.on_disk(sha256).await?;
        let file = file.ok_or_else(|| AppError::lost("a file that was just stored is gone"))?;
        Ok(InHand { file, _awaited: awaited })
    }

    pub(super) async fn known_to_upstream(
        &self,
        index: &Index,
        question: &Question,
    ) -> Result<Arc<Project>, AppError> {
        let name = &question.project;
        // A name that is never asked of the upstream is not asked to look at it, either.
        let unasked = ProjectFacts::unasked(name.clone());
        let before = index.decide(&Case { project: &unasked, release: None, file: None, now: self.now() });
        if !before.serves() {
            return Err(self.refuse(index, name, None, None, before));
        }
        let found = self.project(&index.upstream, name, Patience::Page).await?;
        let found =
            found.ok_or_else(|| AppError::not_found(format!("there is no project {name} upstream")))?;
        Ok(found.project)
    }
}

/// The place of the file that says most about a version.
pub(super) fn chosen(project: &Project, key: &str, filename: Option<&str>) -> Option<usize> {
    let rank = |place: usize| {
        let known = &project.files[place];
        let name = &known.facts.filename;
        match known.facts.kind {
            FileKind::Wheel if name.ends_with("-none-any.whl") => Some(0),
            FileKind::Wheel => Some(1),
            FileKind::Sdist if name.ends_with(".tar.gz") => Some(2),
            FileKind::Sdist => Some(3),
            FileKind::Other => None,
        }
    };
    (0..project.files.len())
        .filter(|place| {
            let known = &project.files[*place];
            known.release.is_some_and(|release| project.releases[release].key == key)
                && filename.is_none_or(|filename| known.facts.filename == filename)
        })
        .filter_map(|place| Some((rank(place)?, place)))
        .min()
        .map(|(_, place)| place)
}
