//! Which projects come with those that somebody asks for.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use packhouse_guard::{Case, ProjectFacts};
use packhouse_model::{FileKind, ProjectName, Timestamp};
use packhouse_pypi::core_metadata::{CoreMetadata, MetadataLimits};
use packhouse_pypi::environment::Environment;
use packhouse_pypi::requirement::{Extra, Requirement};
use packhouse_pypi::simple::Yanked;
use packhouse_pypi::specifiers::{Offer, VersionSpecifiers};
use packhouse_pypi::version::Version;
use serde::Serialize;

use crate::error::AppError;
use crate::file::Judged;
use crate::packhouse::Packhouse;
use crate::project::{Patience, Project};

/// Projects of one closure.
const MOST: usize = 2_000;

/// A project that a closure needs.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Needed {
    /// Its name.
    pub project: String,
    /// The version that would be taken in.
    pub version: String,
    /// Whether it was pinned by who asked.
    pub pinned: bool,
    /// The projects that need it; empty when it was asked for.
    pub needed_by: BTreeSet<String>,
    /// Whether it is under maintenance already.
    pub maintained: bool,
}

impl Packhouse {
    /// The projects that installing `requirements` needs, in any environment of the suites: breadth first over the newest
    /// version that every requirement seen so far admits.
    ///
    /// It is a proposal, not a resolution: whether a suite's contents install together is checked when they migrate.
    pub async fn closure(&self, requirements: &[Requirement]) -> Result<Vec<Needed>, AppError> {
        let environments = self.environments();
        let mut wanted: BTreeMap<ProjectName, Vec<VersionSpecifiers>> = BTreeMap::new();
        let mut found: BTreeMap<ProjectName, Needed> = BTreeMap::new();
        let mut queue: VecDeque<(Requirement, Option<ProjectName>)> =
            requirements.iter().map(|requirement| (requirement.clone(), None)).collect();
        let mut seen: BTreeSet<(ProjectName, Option<Extra>)> = BTreeSet::new();
        while let Some((requirement, needed_by)) = queue.pop_front() {
            let name = requirement.project.clone();
            let Some(specifiers) = requirement.specifiers() else { continue };
            wanted.entry(name.clone()).or_default().push(specifiers.clone());
            if found.len() >= MOST {
                return Err(AppError::BadRequest {
                    what: format!("the closure has more than {MOST} projects"),
                });
            }
            let (project, version, place) = self.newest(&name, &wanted[&name]).await?;
            let entry = found.entry(name.clone()).or_insert_with(|| Needed {
                project: name.to_string(),
                version: version.to_string(),
                pinned: false,
                needed_by: BTreeSet::new(),
                maintained: self.distribution().is_maintained(&name),
            });
            entry.version = version.to_string();
            entry.pinned |= needed_by.is_none() && specifiers.pins();
            entry.needed_by.extend(needed_by.as_ref().map(ToString::to_string));
            let asked = std::iter::once(None).chain(requirement.extras.iter().cloned().map(Some));
            let new: Vec<Option<Extra>> =
                asked.filter(|extra| seen.insert((name.clone(), extra.clone()))).collect();
            if new.is_empty() {
                continue;
            }
            for next in self.requires(&project, place).await? {
                let holds = |environment: &Environment| {
                    new.iter().any(|extra| next.holds(environment, extra.as_ref()))
                };
                if next.project != name && environments.iter().any(holds) {
                    queue.push_back((next, Some(name.clone())));
                }
            }
        }
        Ok(found.into_values().collect())
    }

    /// The environments of all suites, or this machine's ordinary ones while there is no suite.
    fn environments(&self) -> Vec<Environment> {
        let state = self.distribution();
        let names: BTreeSet<String> = state
            .suites
            .iter()
            .flat_map(|(_, suite)| suite.settings.environments.iter().map(|one| one.name.clone()))
            .collect();
        let declared: Vec<Environment> =
            names.iter().filter_map(|name| Environment::parse(name).ok()).collect();
        if declared.is_empty() {
            return Environment::parse("cp312 manylinux_2_28_x86_64").into_iter().collect();
        }
        declared
    }

    /// The newest version that all specifiers admit, and the place of a file of it that has metadata.
    async fn newest(
        &self,
        name: &ProjectName,
        specifiers: &[VersionSpecifiers],
    ) -> Result<(Arc<Project>, Version, usize), AppError> {
        let index = Arc::clone(self.default_index()?);
        let now = self.now();
        let found = self.project(&index.upstream, name, Patience::Page).await?;
        let project =
            found.ok_or_else(|| AppError::not_found(format!("there is no project {name} upstream")))?.project;
        // Who takes a new project in looks at it: that it is new holds nothing back here.
        let taken_in = ProjectFacts { known: true, ..project.facts.clone() };
        let mut versions: BTreeMap<Version, (bool, usize, bool)> = BTreeMap::new();
        for (place, file) in project.page.files.iter().enumerate() {
            let Some(version) = project.version_of(place).and_then(|text| Version::parse(text).ok()) else {
                continue;
            };
            // What the guard holds back, for its age or another reason, is not proposed.
            let case = Case { project: &taken_in, ..project.file_case(place, now) };
            if !index.decide(&case).serves() {
                continue;
            }
            let wheel = project.files[place].facts.kind == FileKind::Wheel;
            let yanked = file.yanked != Yanked::No;
            let entry = versions.entry(version).or_insert((yanked, place, wheel));
            if wheel && !entry.2 {
                *entry = (yanked, place, true);
            }
        }
        let list: Vec<(Version, (bool, usize, bool))> = versions.into_iter().rev().collect();
        let offers: Vec<Offer<'_>> =
            list.iter().map(|(version, (yanked, ..))| Offer { version, yanked: *yanked }).collect();
        let mut admitted: Option<Vec<usize>> = None;
        for one in specifiers {
            let taken = one.admit(&offers).taken;
            admitted = Some(match admitted {
                None => taken,
                Some(before) => before.into_iter().filter(|place| taken.contains(place)).collect(),
            });
        }
        let first = admitted.and_then(|places| places.first().copied()).ok_or_else(|| {
            AppError::not_found(format!("no release of {name} upstream meets all that is required of it"))
        })?;
        let (version, (_, place, _)) = list[first].clone();
        Ok((project, version, place))
    }

    async fn requires(&self, project: &Arc<Project>, place: usize) -> Result<Vec<Requirement>, AppError> {
        let file = &project.page.files[place];
        let Some(sha256) = file.sha256.filter(|_| project.files[place].facts.kind == FileKind::Wheel) else {
            return Ok(Vec::new());
        };
        let judged = Judged {
            project: Arc::clone(project),
            place,
            until: Timestamp::MAX,
            shown: self.shown(),
            looks_into: false,
        };
        let body = self.metadata_of(sha256, judged).await?;
        let bytes = body.bytes.unwrap_or_default();
        let read = CoreMetadata::parse(&bytes, &MetadataLimits::default());
        let Ok(read) = read else { return Ok(Vec::new()) };
        Ok(read.requires_dist().filter_map(|line| Requirement::parse(line).ok()).collect())
    }
}
