//! What a file is compared with: a release that came before it and has been public for a while.

use std::sync::Arc;
use std::time::Duration;

use packhouse_inspect::Verdict;
use packhouse_model::{FileKind, Sha256};
use packhouse_pypi::version::Version;

use super::release::InHand;
use super::seen::Place;
use crate::error::AppError;
use crate::packhouse::Packhouse;
use crate::project::Project;

/// How long a release has been public before it explains what is in the next one: most malicious releases are found before.
const PUBLIC: Duration = Duration::from_secs(14 * 24 * 3600);
/// The same for one in which something weighs: else whoever waits that long has their own first release for an excuse.
const LONG_PUBLIC: Duration = Duration::from_secs(90 * 24 * 3600);
/// Until this age a file is compared even where it says nothing alone: what was found out in registries was found out sooner.
const YOUNG: Duration = Duration::from_secs(30 * 24 * 3600);
/// Larger files are not fetched to be compared with.
const LARGEST: u64 = 100_000_000;
/// How long that may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The file of an earlier release.
pub(super) struct Base {
    pub(super) filename: String,
    pub(super) sha256: Sha256,
    pub(super) file: InHand,
}

impl Packhouse {
    /// The file of the release before, of the same kind, that explains what is in both. None: there is none.
    pub(super) async fn base_of(&self, at: &Place) -> Result<Option<Base>, AppError> {
        let Some(first) = self.earlier(at, PUBLIC) else { return Ok(None) };
        let base = self.fetch_base(&at.project, first).await?;
        if self.is_long_public(&at.project, first) {
            return Ok(Some(base));
        }
        let looked = self.look_at(base.sha256, &base.filename).await?;
        if !looked.failed && looked.report.verdict < Verdict::Review {
            return Ok(Some(base));
        }
        match self.earlier(at, LONG_PUBLIC) {
            Some(second) => self.fetch_base(&at.project, second).await.map(Some),
            None => Ok(None),
        }
    }

    async fn fetch_base(&self, project: &Arc<Project>, place: usize) -> Result<Base, AppError> {
        let file = &project.page.files[place];
        let sha256 = file.sha256.ok_or_else(|| AppError::lost("a file lost its hash"))?;
        let fetched = tokio::time::timeout(PATIENCE, self.fetched(project, place, sha256)).await;
        let fetched = fetched.map_err(|_| AppError::lost("an earlier release was being fetched"))?;
        Ok(Base { filename: file.filename.clone(), sha256, file: fetched? })
    }

    /// Whether a file came so lately that nobody may have looked at it yet.
    pub(super) fn is_young(&self, at: &Place) -> bool {
        let (since, _) = at.project.files[at.place].facts.age_from();
        since.plus(YOUNG) > self.now()
    }

    fn is_long_public(&self, project: &Project, place: usize) -> bool {
        let (since, _) = project.files[place].facts.age_from();
        since.plus(LONG_PUBLIC) <= self.now()
    }

    /// The place of the file nearest below that has been public this long: of the highest version, and of those the most
    /// alike.
    pub(super) fn earlier(&self, at: &Place, public: Duration) -> Option<usize> {
        let project = &at.project;
        let version_at = |place: usize| Version::parse(project.version_of(place)?).ok();
        let own = version_at(at.place)?;
        let facts = &project.files[at.place].facts;
        let tail = tail(&facts.filename);
        (0..project.files.len())
            .filter_map(|place| {
                let (file, other) = (&project.page.files[place], &project.files[place].facts);
                let sound = other.sha256.is_some()
                    && other.pinned == other.sha256
                    && other.withdrawn.is_none()
                    && file.size.is_none_or(|size| size <= LARGEST);
                let alike = match facts.kind {
                    FileKind::Wheel => other.kind == FileKind::Wheel,
                    FileKind::Sdist => other.filename.ends_with(".tar.gz"),
                    FileKind::Other => false,
                };
                let (since, _) = other.age_from();
                let version = version_at(place)?;
                let fits = sound && alike && version < own && since.plus(public) <= self.now();
                // A pre-release is what somebody was asked to try, and seldom what all have.
                let rank = (own.is_prerelease() || !version.is_prerelease(), version);
                fits.then(|| (rank, self::tail(&other.filename) == tail, std::cmp::Reverse(place)))
            })
            .max()
            .map(|(_, _, std::cmp::Reverse(place))| place)
    }
}

/// Python, ABI and platform of a wheel.
fn tail(filename: &str) -> &str {
    let mut parts = filename.rsplitn(4, '-');
    let third =
        parts.nth(2).map_or(filename.len(), |part| part.as_ptr() as usize - filename.as_ptr() as usize);
    &filename[third.min(filename.len())..]
}
