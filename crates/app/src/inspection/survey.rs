//! How often an inspection raises a false alarm: the newest wheel of a project alone, and as an update.

use std::sync::Arc;
use std::time::{Duration, Instant};

use packhouse_inspect::{Baseline, Report};
use packhouse_model::{FileKind, ProjectName};
use packhouse_pypi::simple::Yanked;
use packhouse_pypi::version::Version;

use super::job::Job;
use super::release::{chosen, subject_of};
use super::seen::Place;
use crate::error::AppError;
use crate::explain::Question;
use crate::packhouse::Packhouse;
use crate::project::Project;

/// What was seen in the newest wheel of a project.
#[derive(Debug)]
pub struct Surveyed {
    /// The wheel.
    pub filename: String,
    /// Alone.
    pub alone: Report,
    /// How long that look took, with the process for it.
    pub took: Duration,
    /// Against the wheel of the release before, with its name.
    pub update: Option<(String, Report)>,
}

impl Packhouse {
    /// Looks at the newest wheel of a project, alone and against the release before.
    pub async fn survey(&self, name: &ProjectName) -> Result<Surveyed, AppError> {
        let question = Question { index: None, project: name.clone(), version: None };
        let index = Arc::clone(self.default_index()?);
        let project = self.known_to_upstream(&index, &question).await?;
        let newest =
            releases(&project).pop().ok_or_else(|| AppError::not_found(format!("{name} has no wheel")))?;
        let sha_of = |place: usize| {
            project.page.files[place].sha256.ok_or_else(|| AppError::lost("a file lost its hash"))
        };
        let place = chosen(&project, &newest, None).ok_or_else(|| AppError::lost("a wheel"))?;
        let filename = project.page.files[place].filename.clone();
        let file = self.fetched(&project, place, sha_of(place)?).await?;
        let subject = subject_of(&file, &filename);
        let begun = Instant::now();
        let alone = self.inspector.look(Job { subject: subject.clone(), against: Vec::new() }).await?;
        let took = begun.elapsed();
        // As the guard chooses it, but for the time that it was public.
        let at = Place { project: Arc::clone(&project), place };
        let update = match self.earlier(&at, Duration::ZERO) {
            None => None,
            Some(place) => {
                let name = project.page.files[place].filename.clone();
                let before = self.fetched(&project, place, sha_of(place)?).await?;
                let against = vec![(Baseline::PreviousRelease, subject_of(&before, &name))];
                Some((name, self.inspector.look(Job { subject, against }).await?.report))
            }
        };
        Ok(Surveyed { filename, alone: alone.report, took, update })
    }
}

/// The keys of the releases with a wheel, the newest last; without pre-releases and what was yanked.
fn releases(project: &Project) -> Vec<String> {
    let mut found: Vec<(Version, String)> = Vec::new();
    for (file, known) in project.page.files.iter().zip(&project.files) {
        let release = known.release.map(|release| &project.releases[release]);
        let Some(release) = release.filter(|_| known.facts.kind == FileKind::Wheel) else { continue };
        let Ok(version) = Version::parse(&release.version) else { continue };
        if file.yanked == Yanked::No && !version.is_prerelease() {
            found.push((version, release.key.clone()));
        }
    }
    found.sort();
    found.dedup();
    found.into_iter().map(|(_, key)| key).collect()
}
