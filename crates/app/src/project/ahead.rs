//! Looking ahead: what a resolver is about to ask for is fetched while it still waits for what it asked.
//!
//! A resolver that has a page asks for the core metadata of the newest release that it may use, and then for the pages
//! of what that release depends on, level by level. An upstream's page is here long before its project's JSON document,
//! so all levels can be under way before the first page goes out.

use std::collections::HashMap;
use std::sync::Arc;

use packhouse_guard::{Case, ProjectFacts, Publisher};
use packhouse_model::{ProjectName, Sha256, Timestamp, UpstreamName};
use packhouse_pypi::core_metadata::{CoreMetadata, MetadataLimits};
use packhouse_pypi::requirement::Requirement;
use packhouse_pypi::simple::Page;
use tokio::sync::Semaphore;

use super::Project;
use super::build::{Ingredients, build};
use super::refresh::Want;
use crate::documents::newest_served;
use crate::file::Judged;
use crate::index::Index;
use crate::packhouse::Packhouse;

/// How many levels of dependencies are followed from a page that a client asked for.
pub(super) const LEVELS: u8 = 8;
/// Requirements of one release that are followed: a release that names ten thousand is no reason to ask for them.
const MOST_REQUIREMENTS: usize = 50;
/// Projects whose dependencies are being looked for at once; more are left to be asked for.
const MOST_AT_ONCE: usize = 200;
/// Of these, so many ask the upstream at the same time: those who wait for an answer go first.
const ASKING: usize = 8;

/// Keeps looking ahead within bounds.
#[derive(Debug)]
pub(crate) struct Ahead {
    begun: Arc<Semaphore>,
    asking: Semaphore,
}

impl Default for Ahead {
    fn default() -> Self {
        Self { begun: Arc::new(Semaphore::new(MOST_AT_ONCE)), asking: Semaphore::new(ASKING) }
    }
}

impl Packhouse {
    /// Begins to look for what the newest release on a page that was just fetched depends on.
    ///
    /// Nothing is handed out by this: what it finds is kept where the requests to come look first, and each of them is
    /// decided on as any other.
    pub(super) fn look_ahead(&self, upstream: &UpstreamName, page: &Page, levels: u8) {
        if levels == 0 || !self.settings.upstream.look_ahead {
            return;
        }
        let Ok(permit) = Arc::clone(&self.ahead.begun).try_acquire_owned() else { return };
        let (this, upstream, page) = (self.clone(), upstream.clone(), page.clone());
        tokio::spawn(async move {
            let name = page.name.clone();
            for dependency in this.likely_requirements(&upstream, page).await.unwrap_or_default() {
                if dependency != name && this.is_news(&upstream, &dependency) {
                    this.fetch_ahead(&upstream, dependency, levels - 1);
                }
            }
            drop(permit);
        });
    }

    fn fetch_ahead(&self, upstream: &UpstreamName, name: ProjectName, levels: u8) {
        let (this, key) = (self.clone(), (upstream.clone(), name));
        tokio::spawn(async move {
            let (inside, key_inside) = (this.clone(), key.clone());
            let refresh = || async move {
                inside.refresh(&key_inside.0, &key_inside.1, Want::NewerThan(Timestamp::MIN), levels).await
            };
            if let Some(Err(error)) = this.refreshing.run(key.clone(), refresh).await {
                tracing::debug!(project = %key.1, %error, "not found by looking ahead");
            }
        });
    }

    /// What the release that a resolver will most likely choose requires in every environment.
    async fn likely_requirements(&self, upstream: &UpstreamName, page: Page) -> Option<Vec<ProjectName>> {
        let mut project = build(page, first_sight(upstream, self.clock.now()));
        for release in &mut project.releases {
            // Who published a young release is looked at meanwhile, and mostly it is who always did.
            if release.publisher == Publisher::Unknown {
                release.publisher = Publisher::default();
            }
        }
        let project = Arc::new(project);
        let now = self.clock.now();
        let index = self.indexes_of(upstream).next()?;
        let release = newest_served(index, &project, now)?;
        let place = universal_wheel(index, &project, release, now)?;
        let sha256 = project.files[place].facts.sha256?;
        let _turn = self.ahead.asking.acquire().await.ok()?;
        let judged = Judged { project, place, until: now, shown: self.shown(), looks_into: false };
        let body = self.metadata_of(sha256, judged).await.ok()?;
        let metadata = CoreMetadata::parse(&body.bytes?, &MetadataLimits::default()).ok()?;
        let always = |text: &str| {
            let requirement = Requirement::parse(text).ok()?;
            requirement.marker.is_none().then_some(requirement.project)
        };
        Some(metadata.requires_dist().filter_map(always).take(MOST_REQUIREMENTS).collect())
    }

    /// Whether nothing is known of a project, and every index would have the upstream asked for it.
    fn is_news(&self, upstream: &UpstreamName, name: &ProjectName) -> bool {
        let key = (upstream.clone(), name.clone());
        let unasked = ProjectFacts::unasked(name.clone());
        let case = Case { project: &unasked, release: None, file: None, now: self.clock.now() };
        !self.projects.contains_key(&key)
            && !self.absent.contains_key(&key)
            && self
                .indexes_of(upstream)
                .all(|index| index.decide(&case).serves() && !self.is_held(index, name))
    }

    fn indexes_of<'a>(&'a self, upstream: &'a UpstreamName) -> impl Iterator<Item = &'a Arc<Index>> {
        self.indexes().filter(move |index| index.upstream == *upstream)
    }
}

/// A page as it looks before anything is known of its files: enough to guess by, not to serve by.
fn first_sight(upstream: &UpstreamName, now: Timestamp) -> Ingredients {
    Ingredients {
        upstream: upstream.clone(),
        present: true,
        state: Sha256::of(b""),
        checked: now,
        seen: Vec::new(),
        metadata: HashMap::new(),
        suite: None,
        withdrawn: HashMap::new(),
        shown: Vec::new(),
        facts: Arc::default(),
        inspected: HashMap::new(),
        needs: HashMap::new(),
    }
}

/// A wheel of the release that every client would take. Where each platform has its own, whose is not known.
fn universal_wheel(index: &Index, project: &Project, release: usize, now: Timestamp) -> Option<usize> {
    (0..project.files.len()).find(|&place| {
        let known = &project.files[place];
        known.release == Some(release)
            && known.facts.filename.ends_with("-none-any.whl")
            && index.decide(&project.file_case(place, now)).serves()
    })
}
