//! What a suite holds, and the roots that follow from it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use packhouse_model::ProjectName;
use packhouse_pypi::{Extra, Version};

use crate::change::Change;
use crate::release::{Release, Series};

/// How many projects may differ from the common base before a new base is made.
const MOST_DIFFERENCES: usize = 200;

/// The releases of one project in a suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    name: ProjectName,
    /// Newest first.
    releases: Vec<(Series, Arc<Release>)>,
    needs: Box<[ProjectName]>,
}

impl Project {
    /// `None` without releases: such a project is not in the suite.
    fn new(name: ProjectName, mut releases: Vec<(Series, Arc<Release>)>) -> Option<Arc<Self>> {
        if releases.is_empty() {
            return None;
        }
        // Versions that are equal and written differently are told apart by their text: the order must not
        // depend on the order in which they were put in.
        releases.sort_by_cached_key(|(series, release)| {
            (std::cmp::Reverse(release.version.clone()), release.version.to_string(), series.clone())
        });
        let needs: BTreeSet<&ProjectName> = releases
            .iter()
            .flat_map(|(_, release)| &release.requires_dist)
            .map(|need| &need.project)
            .collect();
        let needs = needs.into_iter().cloned().collect();
        Some(Arc::new(Self { name, releases, needs }))
    }

    /// The project's name.
    pub fn name(&self) -> &ProjectName {
        &self.name
    }

    /// All releases, newest first, with the series they belong to.
    pub fn releases(&self) -> &[(Series, Arc<Release>)] {
        &self.releases
    }

    /// The projects that requirements of these releases name, whatever the environment; sorted.
    pub fn needs(&self) -> &[ProjectName] {
        &self.needs
    }

    /// The head of each series: its newest release that is neither yanked nor a pre-release; if there is
    /// none, its newest pre-release that is not yanked, and at last its newest yanked one.
    pub fn heads(&self) -> BTreeMap<&Series, &Arc<Release>> {
        let mut heads: BTreeMap<&Series, &Arc<Release>> = BTreeMap::new();
        let rank = |release: &Release| (!release.yanked, !release.version.is_prerelease());
        for (series, release) in &self.releases {
            let head = heads.entry(series).or_insert(release);
            if rank(release) > rank(head) {
                *head = release;
            }
        }
        heads
    }
}

/// What a suite holds: for each project its releases. Cheap to clone, and cheap to vary: a variant shares
/// what it does not change.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    base: Arc<BTreeMap<ProjectName, Arc<Project>>>,
    /// What differs from the base; `None` for a project that is not there.
    differences: BTreeMap<ProjectName, Option<Arc<Project>>>,
}

impl Contents {
    /// Contents made of these releases. Of two with the same project and version, the later one counts.
    pub fn new(releases: impl IntoIterator<Item = (Series, Arc<Release>)>) -> Self {
        let mut projects: BTreeMap<ProjectName, Vec<(Series, Arc<Release>)>> = BTreeMap::new();
        for (series, release) in releases {
            put(projects.entry(release.project.clone()).or_default(), series, release);
        }
        let base = projects
            .into_iter()
            .filter_map(|(name, releases)| Some((name.clone(), Project::new(name, releases)?)))
            .collect();
        Self { base: Arc::new(base), differences: BTreeMap::new() }
    }

    /// A project, if the suite holds a release of it.
    pub fn get(&self, name: &ProjectName) -> Option<&Arc<Project>> {
        match self.differences.get(name) {
            Some(difference) => difference.as_ref(),
            None => self.base.get(name),
        }
    }

    /// All projects, by name.
    pub fn projects(&self) -> impl Iterator<Item = &Arc<Project>> {
        let mut base = self.base.iter().peekable();
        let mut differences = self.differences.iter().peekable();
        std::iter::from_fn(move || {
            loop {
                let Some((name, difference)) = differences.peek() else {
                    return base.next().map(|(_, project)| project);
                };
                match base.peek() {
                    Some((before, _)) if before < name => return base.next().map(|(_, project)| project),
                    Some((same, _)) if same == name => drop(base.next()),
                    _ => {}
                }
                let difference = difference.as_ref();
                differences.next();
                if difference.is_some() {
                    return difference;
                }
            }
        })
    }

    /// The same contents with a change made. Costs the size of the change, and of the variants since the
    /// last common base; not that of the suite.
    #[must_use]
    pub fn apply(&self, change: &Change) -> Self {
        let mut contents = self.clone();
        for name in change.projects() {
            let mut releases = self.get(name).map(|project| project.releases.clone()).unwrap_or_default();
            releases.retain(|(_, release)| {
                !change.remove.iter().any(|(removed, version)| removed == name && *version == release.version)
            });
            for (series, release) in change.add.iter().filter(|(_, release)| release.project == *name) {
                put(&mut releases, series.clone(), Arc::clone(release));
            }
            contents.differences.insert(name.clone(), Project::new(name.clone(), releases));
        }
        if contents.differences.len() > MOST_DIFFERENCES {
            let base =
                contents.projects().map(|project| (project.name.clone(), Arc::clone(project))).collect();
            contents = Self { base: Arc::new(base), differences: BTreeMap::new() };
        }
        contents
    }

    /// Everything that must stay installable: the head of each series of each project, plain and with each
    /// extra that it declares.
    pub fn roots(&self) -> impl Iterator<Item = Root> {
        self.projects().flat_map(|project| {
            project.heads().into_iter().flat_map(|(series, head)| {
                let root = |extra| Root { project: project.name.clone(), series: series.clone(), extra };
                let extras: BTreeSet<&Extra> = head.provides_extra.iter().collect();
                std::iter::once(None)
                    .chain(extras.into_iter().cloned().map(Some))
                    .map(root)
                    .collect::<Vec<_>>()
            })
        })
    }

    /// The release that a root stands for. `None` if the suite does not have the series.
    pub fn head(&self, project: &ProjectName, series: &Series) -> Option<&Arc<Release>> {
        self.get(project)?.heads().get(series).copied()
    }

    /// A release by its version.
    pub fn release(&self, project: &ProjectName, version: &Version) -> Option<&Arc<Release>> {
        let project = self.get(project)?;
        project.releases.iter().map(|(_, release)| release).find(|release| release.version == *version)
    }
}

fn put(releases: &mut Vec<(Series, Arc<Release>)>, series: Series, release: Arc<Release>) {
    releases.retain(|(_, there)| there.version != release.version);
    releases.push((series, release));
}

/// Something that a suite promises can be installed from it: the newest release of a series, plain or with an
/// extra. The version is not part of it, so that roots before and after a change can be compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Root {
    /// The project.
    pub project: ProjectName,
    /// The series whose head is meant.
    pub series: Series,
    /// The extra asked for.
    pub extra: Option<Extra>,
}

impl fmt::Display for Root {
    /// `django[argon2] in series 4.2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.project.as_str())?;
        if let Some(extra) = &self.extra {
            write!(f, "[{extra}]")?;
        }
        if self.series != Series::only() {
            write!(f, " in series {}", self.series)?;
        }
        Ok(())
    }
}
