//! The distribution's work on the queue: looking for releases, taking them in, migrating.

use std::time::Duration;

use packhouse_distribution::act::{Act, SuiteKind};
use packhouse_distribution::state::ReadEntry;
use packhouse_distribution::state::peers::PeerRow;
use packhouse_distribution::{Release, State, duties};
use packhouse_model::{PeerName, ProjectName, Timestamp};
use packhouse_pypi::version::Version;
use packhouse_store::{Job, NewJob};

use super::LedgerError;
use crate::error::{AppError, chain};
use crate::jobs::Kind;
use crate::packhouse::Packhouse;

/// How often the upstream is asked for new releases of a project. Homebrew's autobump does the same.
const WATCH_EVERY: Duration = Duration::from_secs(3 * 3600);
/// How often a migration runs: four times a day, as Debian's.
const MIGRATE_EVERY: Duration = Duration::from_secs(6 * 3600);
/// How often the ledger of a peer is looked at: what it takes back should not count here for long.
const IMPORT_EVERY: Duration = Duration::from_secs(30 * 60);
/// How long releases that come together are waited for, before the reviews of peers are looked at for them.
const GATHER: Duration = Duration::from_secs(5);

/// Acts that time made due, said at once.
const MOST_DUE: usize = 100;

impl Packhouse {
    /// Puts on the queue what is done again and again, and says what became due while nothing ran.
    pub(crate) async fn enqueue_distribution(&self) {
        if let Err(error) = self.catch_up().await {
            tracing::error!(error = %crate::error::chain(&error), "the ledger cannot be read");
            return;
        }
        self.do_duties().await;
        self.say_while_due(duties::inactive).await;
        let state = self.distribution();
        for (project, _) in state.projects.iter() {
            self.enqueue_again(Kind::Watch.word(), project.0.as_str()).await;
        }
        for suite in self.migrating_suites() {
            self.enqueue_again(Kind::Migrate.word(), suite.as_str()).await;
        }
        for (peer, row) in state.peers.iter() {
            if row.ended.is_none() && row.settings.address.is_some() {
                self.enqueue_again(Kind::Import.word(), peer.as_str()).await;
            }
        }
    }

    /// Puts work that is done again and again on the queue for its next time.
    pub(crate) async fn enqueue_again(&self, kind: &str, key: &str) {
        let (kind, every) = match kind {
            "watch" => (Kind::Watch, WATCH_EVERY),
            "migrate" => (Kind::Migrate, MIGRATE_EVERY),
            "advise" if !self.settings.advisories.sources.is_empty() => {
                (Kind::Advise, self.settings.advisories.every)
            }
            "import" if self.is_imported(key) => (Kind::Import, IMPORT_EVERY),
            _ => return,
        };
        self.enqueue_job(kind, key, self.later(kind, key, every)).await;
    }

    fn later(&self, kind: Kind, key: &str, after: Duration) -> NewJob {
        NewJob { run_at: self.now().plus(after), ..self.job(kind, key) }
    }

    pub(crate) async fn distribution_job(&self, job: &Job) -> Result<(), AppError> {
        self.catch_up().await.map_err(told)?;
        match job.kind.as_str() {
            "watch" => {
                let project = ProjectName::from_canonical(&job.key);
                let watched = self.watch(&project).await;
                if self.say_while_due(|state, now| duties::of_project(state, &project, now)).await {
                    self.do_duties().await;
                }
                watched
            }
            "take-in" => {
                let release: Release =
                    job.key.parse().map_err(|error| AppError::internal("a job names a release", error))?;
                self.take_in_exactly(&release).await
            }
            "import" => {
                let peer =
                    job.key.parse().map_err(|error| AppError::internal("a job names a peer", error))?;
                self.import_job(&peer).await
            }
            _ => {
                let suite =
                    job.key.parse().map_err(|error| AppError::internal("a job names a suite", error))?;
                // Exemptions end, and nobody says anything then.
                self.do_duties().await;
                let plan = self.migrate(&suite).await.map_err(told)?;
                self.say_while_due(duties::inactive).await;
                tracing::info!(%suite, moved = plan.moving().len(), waiting = plan.excuses.len(), "migration");
                Ok(())
            }
        }
    }

    /// Says what time has made due; gives whether it said anything. What is refused, another server has said; the next time
    /// looks again.
    async fn say_while_due(&self, due: impl Fn(&State, Timestamp) -> Option<Act>) -> bool {
        for said in 0..MOST_DUE {
            let Some(act) = due(&self.distribution(), self.now()) else { return said > 0 };
            if let Err(error) = self.say(&act, &[]).await {
                tracing::warn!(act = act.word(), error = %chain(&error), "what is due was not said");
                return said > 0;
            }
        }
        true
    }

    /// The work that an entry makes necessary: put on the queue in the same transaction.
    pub(super) fn jobs_after(&self, entry: &ReadEntry) -> Vec<NewJob> {
        match &entry.act {
            Act::ProjectAdd(act) if act.versions.is_empty() => {
                vec![self.job(Kind::Watch, act.project.as_str())]
            }
            Act::ProjectAdd(act) => {
                let take_in = |version| {
                    let release = Release::new(act.project.clone(), Version::clone(version));
                    self.job(Kind::TakeIn, &release.to_string())
                };
                // From then on it is looked after: what the upstream releases later is found without a restart.
                let watch = self.later(Kind::Watch, act.project.as_str(), WATCH_EVERY);
                act.versions.iter().map(take_in).chain([watch]).collect()
            }
            Act::SuiteSet(act) if act.kind == SuiteKind::Testing => {
                vec![self.later(Kind::Migrate, act.suite.as_str(), MIGRATE_EVERY)]
            }
            Act::PeerSet(act) if act.address.is_some() => {
                vec![self.job(Kind::Import, act.peer.as_str())]
            }
            Act::Candidate(act) => {
                let state = self.distribution();
                let takes = |row: &PeerRow| row.ended.is_none() && row.takes_project(&act.release.project);
                let peers = state.peers.iter().filter(|(_, row)| takes(row));
                peers.map(|(peer, _)| self.later(Kind::Import, peer.as_str(), GATHER)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether a peer's ledger is looked at again and again.
    fn is_imported(&self, name: &str) -> bool {
        let state = self.distribution();
        let peer = name.parse().ok().and_then(|name: PeerName| state.peers.get(&name));
        peer.is_some_and(|row| row.ended.is_none() && row.settings.address.is_some())
    }
}

/// A failure of the ledger, as the queue tells it.
fn told(error: LedgerError) -> AppError {
    match error {
        LedgerError::App(error) => error,
        other => AppError::internal("the ledger could not be used", other),
    }
}
