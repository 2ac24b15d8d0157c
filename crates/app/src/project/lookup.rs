use std::sync::Arc;
use std::time::Duration;

use packhouse_model::{ProjectName, Timestamp, UpstreamName};

use super::Project;
use super::ahead::LEVELS;
use super::refresh::Want;
use crate::error::AppError;
use crate::packhouse::Packhouse;

/// How old an answer a caller takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// A page: at most `ttl` old, or `ttl` and `grace` while it is asked for again behind the scenes.
    Page,
    /// A file that is known already: whatever is kept will do, and is asked for again behind the scenes when
    /// it is old. A file never changes; only what is said of it may.
    File,
}

/// How long an unfinished page goes out before another look.
const UNFINISHED_FOR: Duration = Duration::from_secs(1);

/// A project that is there.
#[derive(Debug, Clone)]
pub struct Found {
    /// The project.
    pub project: Arc<Project>,
    /// Why it is older than it should be: the upstream's failure, in words.
    pub stale: Option<Arc<str>>,
}

impl Packhouse {
    /// The project as the upstream has it, or as we last saw it when the upstream fails. `None`: it does not
    /// exist, and we never saw it.
    ///
    /// Asks no rule: callers decide on `ProjectFacts::unasked` before, so that private names never reach here.
    pub(crate) async fn project(
        &self,
        upstream: &UpstreamName,
        name: &ProjectName,
        patience: Patience,
    ) -> Result<Option<Found>, AppError> {
        let now = self.clock.now();
        let key = (upstream.clone(), name.clone());
        if self.absent.get(&key).is_some_and(|until| now < until) {
            return Ok(None);
        }
        if let Some(project) = self.kept(upstream, name).await? {
            let upstream_settings = &self.settings.upstream;
            let age = now.since(project.checked());
            if age < upstream_settings.ttl {
                return Ok(Some(Found { project, stale: None }));
            }
            if patience == Patience::File || age < upstream_settings.ttl + upstream_settings.grace {
                self.revalidate_later(upstream, name).await;
                return Ok(Some(Found { project, stale: None }));
            }
        }
        self.fresh(upstream, name, self.past_its_time(now)).await
    }

    /// The project asked of the upstream, by one request however many ask. What was confirmed after
    /// `newer_than` will do: others may have waited for it while the caller looked.
    pub(crate) async fn fresh(
        &self,
        upstream: &UpstreamName,
        name: &ProjectName,
        newer_than: Timestamp,
    ) -> Result<Option<Found>, AppError> {
        let key = (upstream.clone(), name.clone());
        let (this, key_inside) = (self.clone(), key.clone());
        let refreshed = self
            .refreshing
            .run(key, || async move {
                this.refresh(&key_inside.0, &key_inside.1, Want::NewerThan(newer_than), LEVELS).await
            })
            .await;
        match refreshed.unwrap_or_else(|| Err(AppError::lost("a page was being fetched"))) {
            Ok(project) => Ok(project.map(|project| Found { project, stale: None })),
            Err(error) => match self.kept(upstream, name).await? {
                Some(project) => {
                    tracing::warn!(project = %name, upstream = %upstream, error = %error, "serving a page past its time");
                    Ok(Some(Found { project, stale: Some(error.to_string().into()) }))
                }
                None => Err(error),
            },
        }
    }

    /// The project as it is kept, in memory or in the database.
    pub(crate) async fn kept(
        &self,
        upstream: &UpstreamName,
        name: &ProjectName,
    ) -> Result<Option<Arc<Project>>, AppError> {
        let key = (upstream.clone(), name.clone());
        if let Some(project) = self.projects.get(&key) {
            return Ok(Some(project));
        }
        let (this, key_inside) = (self.clone(), key.clone());
        let loaded =
            self.loading.run(key, || async move { this.load(&key_inside.0, &key_inside.1).await }).await;
        loaded.unwrap_or_else(|| Err(AppError::lost("a page was being read from the database")))
    }

    /// What was last confirmed before this is past its time at `now`.
    pub(crate) fn past_its_time(&self, now: Timestamp) -> Timestamp {
        let ttl = i64::try_from(self.settings.upstream.ttl.as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_micros(now.micros().saturating_sub(ttl))
    }

    /// Until when a page made from `project` may be handed out without another look.
    pub(crate) fn fresh_until(&self, project: &Project) -> Timestamp {
        let until = project.checked().plus(self.settings.upstream.ttl);
        // What a page lacks may be there at any moment.
        if project.is_unfinished() { until.min(self.clock.now().plus(UNFINISHED_FOR)) } else { until }
    }
}
