//! Work that no request waits for: asking again for old pages, eviction, looking after the files.

use std::sync::atomic::Ordering;
use std::time::Duration;

use packhouse_model::{ProjectName, UpstreamName};
use packhouse_store::{AfterFailure, Job, NewJob};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::error::AppError;
use crate::packhouse::Packhouse;

/// Wakes the worker when there is a job, so that it need not look often.
#[derive(Debug, Default)]
pub(crate) struct Wakeup(Notify);

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Ask the upstream for a page again. The key is `<upstream>/<project>`.
    Revalidate,
    /// Bring the files within their size.
    Evict,
    /// Compare the files with their table.
    Sweep,
    /// Look for new releases of a project under maintenance. The key is its name.
    Watch,
    /// Take one release in, whatever its age. The key is `flask==3.1.0`.
    TakeIn,
    /// Move to a suite what may. The key is the suite's name.
    Migrate,
    /// Ask the sources of advisories.
    Advise,
    /// Read on in the ledger of a peer. The key is its name.
    Import,
    /// Inspect a file again. The key is its SHA-256, the payload its name.
    Inspect,
    /// Inspect again what was inspected by other rules.
    InspectAll,
}

impl Kind {
    const ALL: [Self; 10] = [
        Self::Evict,
        Self::Sweep,
        Self::Revalidate,
        Self::Watch,
        Self::TakeIn,
        Self::Migrate,
        Self::Import,
        Self::Advise,
        Self::Inspect,
        Self::InspectAll,
    ];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Revalidate => "revalidate",
            Self::Watch => "watch",
            Self::TakeIn => "take-in",
            Self::Migrate => "migrate",
            Self::Import => "import",
            Self::Advise => "advise",
            Self::Inspect => "inspect",
            Self::InspectAll => "inspect-all",
            Self::Evict => "evict",
            Self::Sweep => "sweep",
        }
    }
}

/// How long a job may run before another worker takes it for dead.
const LEASE: Duration = Duration::from_secs(30);
/// How often a running job says that it is alive.
const ALIVE: Duration = Duration::from_secs(10);
/// How often the worker looks although nobody woke it: jobs of other processes, and those that wait for their time.
const LOOK: Duration = Duration::from_secs(5);
/// How often what was counted in memory is written down.
const WRITE_DOWN: Duration = Duration::from_secs(1);
/// After so many times the clients are forgotten whose time is over.
const FORGET: u64 = 600;
/// Jobs under way at once in one process. Most of them wait for an upstream.
const AT_ONCE: usize = 8;
/// How many times a job is tried.
const ATTEMPTS: u32 = 3;

impl Packhouse {
    /// A job that can run now.
    pub(crate) fn job(&self, kind: Kind, key: &str) -> NewJob {
        NewJob {
            kind: kind.word().to_owned(),
            key: key.to_owned(),
            payload: String::new(),
            priority: 0,
            run_at: self.clock.now(),
            max_attempts: ATTEMPTS,
        }
    }

    /// Puts a job on the queue; one of the same kind and key that waits there already will do.
    pub(crate) async fn enqueue(&self, kind: Kind, key: &str, payload: &str) {
        let job = NewJob { payload: payload.to_owned(), ..self.job(kind, key) };
        self.enqueue_job(kind, key, job).await;
    }

    pub(crate) async fn enqueue_job(&self, kind: Kind, key: &str, job: NewJob) {
        match self.store.enqueue(&job, self.clock.now()).await {
            Ok(_) => self.wakeup.0.notify_one(),
            Err(error) => tracing::warn!(kind = kind.word(), key, %error, "a job was not put on the queue"),
        }
    }

    /// Has the worker look at the queue now.
    pub(crate) fn wake_worker(&self) {
        self.wakeup.0.notify_one();
    }

    /// Has a page asked for again behind the scenes.
    pub(crate) async fn revalidate_later(&self, upstream: &UpstreamName, name: &ProjectName) {
        let key = (upstream.clone(), name.clone());
        if self.asked_again.get(&key).is_none() {
            self.asked_again.insert(key, ());
            self.enqueue(Kind::Revalidate, &format!("{upstream}/{name}"), "").await;
        }
    }

    /// Works off the queue until `stop` says so. A job that is under way then is finished.
    pub async fn work(&self, mut stop: watch::Receiver<bool>) {
        self.enqueue(Kind::Evict, "all", "").await;
        self.enqueue(Kind::Sweep, "all", "").await;
        if !self.settings.advisories.sources.is_empty() {
            self.enqueue(Kind::Advise, "all", "").await;
        }
        self.enqueue(Kind::InspectAll, "all", "").await;
        self.enqueue_distribution().await;
        let worker = format!("{}-{}", std::process::id(), self.clock.now().micros());
        let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
        let mut running = JoinSet::new();
        let mut number = 0_u64;
        while !*stop.borrow() {
            if running.len() >= AT_ONCE {
                running.join_next().await;
            }
            number += 1;
            let claimed =
                self.store.claim(&kinds, &format!("{worker}-{number}"), LEASE, self.clock.now()).await;
            match claimed {
                Ok(Some(job)) => {
                    let this = self.clone();
                    running.spawn(async move { this.run(job).await });
                }
                Ok(None) => {
                    tokio::select! {
                        () = self.wakeup.0.notified() => {}
                        () = tokio::time::sleep(LOOK) => {}
                        changed = stop.changed() => if changed.is_err() { break },
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "the job queue cannot be read");
                    tokio::time::sleep(LOOK).await;
                }
            }
            while running.try_join_next().is_some() {}
        }
        while running.join_next().await.is_some() {}
    }

    async fn run(&self, job: Job) {
        self.counters.jobs_run.fetch_add(1, Ordering::Relaxed);
        let work = async {
            match job.kind.as_str() {
                "evict" => self.evict().await,
                "sweep" => self.adopt_orphans().await,
                "revalidate" => self.revalidate(&job.key).await,
                "advise" => self.update_advisories(&|_| ()).await.map(drop),
                "inspect" => self.inspect_again(&job.key, &job.payload).await,
                "inspect-all" => self.inspect_all_again().await,
                "watch" | "take-in" | "migrate" | "import" => self.distribution_job(&job).await,
                other => Err(AppError::BadRequest { what: format!("there is no job {other}") }),
            }
        };
        let done = tokio::select! {
            done = work => done,
            never = self.keep_lease(&job) => never,
        };
        let now = self.clock.now();
        let told = match done {
            Ok(()) => {
                let told = self.store.complete(&job, now).await;
                self.enqueue_again(&job.kind, &job.key).await;
                told
            }
            Err(error) => {
                tracing::warn!(kind = %job.kind, key = %job.key, attempt = job.attempt, %error, "a job failed");
                let after = AfterFailure::RetryAt(now.plus(Duration::from_secs(10 << job.attempt.min(6))));
                let told = self.store.fail(&job, &error.to_string(), after, now).await;
                if job.attempt >= job.max_attempts {
                    // Given up for now: an upstream that is down for an hour is looked at again at the next time.
                    self.enqueue_again(&job.kind, &job.key).await;
                }
                told
            }
        };
        if let Err(error) = told {
            tracing::error!(%error, "the end of a job was not written down");
        }
    }

    /// Says again and again that a job is being worked on; ends only when it is somebody else's by now.
    async fn keep_lease(&self, job: &Job) -> Result<(), AppError> {
        loop {
            tokio::time::sleep(ALIVE).await;
            if !self.store.extend_lease(job, LEASE, self.clock.now()).await? {
                return Err(AppError::lost("the job's lease ran out"));
            }
        }
    }

    async fn revalidate(&self, key: &str) -> Result<(), AppError> {
        let (upstream, name) =
            key.split_once('/').ok_or_else(|| AppError::BadRequest { what: format!("job key {key}") })?;
        let upstream: UpstreamName =
            upstream.parse().map_err(|error| AppError::internal("a job names an upstream", error))?;
        // An upstream that left the configuration has nothing to be asked.
        if self.clients.contains_key(&upstream) {
            // A failure is told to whoever asks for the page next; trying again here would only add to the load.
            let newer_than = self.past_its_time(self.clock.now());
            self.fresh(&upstream, &ProjectName::from_canonical(name), newer_than).await?;
        }
        Ok(())
    }

    /// Writes down what is counted in memory, each second and at the end.
    pub async fn write_down(&self, mut stop: watch::Receiver<bool>) {
        for turn in 0_u64.. {
            let last = tokio::select! {
                () = tokio::time::sleep(WRITE_DOWN) => false,
                _ = stop.changed() => true,
            };
            if let Err(error) = self.write_down_uses().await {
                tracing::warn!(%error, "the times of use were not written down");
            }
            if turn % FORGET == 0
                && let Err(error) = self.forget_clients().await
            {
                tracing::warn!(%error, "clients were not forgotten");
            }
            if let Err(error) = self.write_down_refusals().await {
                tracing::warn!(%error, "refusals were not written down");
            }
            if last {
                return;
            }
            if let Err(error) = self.catch_up_facts().await {
                tracing::warn!(%error, "changed facts were not read");
            }
            // What another server has written into the ledger is served here a second later.
            if let Err(error) = self.catch_up().await {
                tracing::warn!(error = %crate::error::chain(&error), "the ledger was not read on");
            }
        }
    }
}
