//! The queue: work that must be done once, some time, by some worker, even if that worker is killed.
//!
//! A job is *ready*, then *running* under a lease, and then gone, ready again, or *failed*. Whoever claims a job
//! may be killed; when the lease has run out, the job is ready again. So a job may be run more than once, and its
//! work must bear that. `kind` and `key` together name the work: while it is queued, asking for it again adds
//! nothing, and has it run at the earlier of the two times, unless it waits because it failed. Asked for again while it runs, it runs once more afterwards, because the run under way may have
//! read the state before the change that the second asking is about.

use std::time::Duration;

use packhouse_model::Timestamp;
use sqlx::FromRow;

use crate::db::{Text, alone, both, execute, read, run, statements};
use crate::{Result, Store, Tx, value};

/// Work to be queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// What to do; workers choose by it.
    pub kind: String,
    /// What to do it to. Names the work together with the kind.
    pub key: String,
    /// What else the worker must know, as JSON. The payload of work that is queued already stays.
    pub payload: String,
    /// Higher ones run first.
    pub priority: i64,
    /// Not before. The earlier time holds for work that is queued already.
    pub run_at: Timestamp,
    /// After so many runs that failed it is given up; at least 1.
    pub max_attempts: u32,
}

/// What [`Store::enqueue`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enqueued {
    /// The job is new.
    New,
    /// The same work is queued, or runs and will run once more.
    AlreadyThere,
}

/// A job that a worker has claimed, and the proof of its claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub(crate) id: i64,
    pub(crate) worker: String,
    /// What to do.
    pub kind: String,
    /// What to do it to.
    pub key: String,
    /// What else there is to know, as JSON.
    pub payload: String,
    /// Higher ones run first.
    pub priority: i64,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// How many there may be.
    pub max_attempts: u32,
    /// When it was first asked for.
    pub created: Timestamp,
}

/// How many jobs of a kind there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobCount {
    /// The kind.
    pub kind: String,
    /// Waiting.
    pub ready: u64,
    /// Claimed.
    pub running: u64,
    /// Given up.
    pub failed: u64,
}

/// A job that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedJob {
    /// What was to be done.
    pub kind: String,
    /// What it was to be done to.
    pub key: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What the last attempt said.
    pub error: String,
    /// When it was first asked for.
    pub created: Timestamp,
}

statements! {
    /// `asked` counts the askings since the job was queued or, while it runs, since it was claimed, which counts as
    /// one: a new row has 1, and a running one with more than 1 has to run again. What waits after a failure keeps its
    /// time: whoever asks often does not make a broken upstream be asked more often.
    ENQUEUE = both(
        "INSERT INTO job (kind, key, payload, priority, run_at_us, attempts, max_attempts, asked, state, created_us) \
         VALUES ($1, $2, $3, $4, $5, 0, $6, 1, 'ready', $7) \
         ON CONFLICT (kind, key) WHERE state <> 'failed' DO UPDATE SET asked = job.asked + 1, \
            run_at_us = CASE WHEN job.state = 'ready' AND job.attempts = 0 \
                AND excluded.run_at_us < job.run_at_us THEN excluded.run_at_us ELSE job.run_at_us END \
         RETURNING asked",
    );
    /// Jobs whose worker has let its lease run out. One that was the last attempt is given up: it may be what
    /// kills the workers.
    EXPIRE = Text {
        sqlite: "UPDATE job SET state = CASE WHEN asked > 1 OR attempts < max_attempts THEN 'ready' ELSE 'failed' END, \
                    attempts = CASE WHEN asked > 1 THEN 0 ELSE attempts END, asked = 1, locked_by = NULL, \
                    locked_until_us = NULL, last_error = 'the worker did not finish before its lease ran out' \
                 WHERE state = 'running' AND locked_until_us <= $1",
        pg: "UPDATE job SET state = CASE WHEN asked > 1 OR attempts < max_attempts THEN 'ready' ELSE 'failed' END, \
                    attempts = CASE WHEN asked > 1 THEN 0 ELSE attempts END, asked = 1, locked_by = NULL, \
                    locked_until_us = NULL, last_error = 'the worker did not finish before its lease ran out' \
             WHERE id IN (SELECT id FROM job WHERE state = 'running' AND locked_until_us <= $1 \
                    FOR UPDATE SKIP LOCKED)",
    };
    CLAIM = Text {
        sqlite: "UPDATE job SET state = 'running', attempts = attempts + 1, asked = 1, locked_by = $3, \
                    locked_until_us = $4 \
                 WHERE id = (SELECT id FROM job WHERE state = 'ready' AND run_at_us <= $2 \
                    AND kind IN (SELECT value FROM json_each($1)) \
                    ORDER BY priority DESC, run_at_us, id LIMIT 1) \
                 RETURNING id, kind, key, payload, priority, attempts, max_attempts, created_us",
        pg: "UPDATE job SET state = 'running', attempts = attempts + 1, asked = 1, locked_by = $3, \
                    locked_until_us = $4 \
             WHERE id = (SELECT id FROM job WHERE state = 'ready' AND run_at_us <= $2 \
                    AND kind = ANY (ARRAY(SELECT jsonb_array_elements_text($1::jsonb))) \
                    ORDER BY priority DESC, run_at_us, id LIMIT 1 FOR UPDATE SKIP LOCKED) \
             RETURNING id, kind, key, payload, priority, attempts, max_attempts, created_us",
    };
    COUNTS = both(
        "SELECT kind, COUNT(*) FILTER (WHERE state = 'ready') AS ready, \
                COUNT(*) FILTER (WHERE state = 'running') AS running, \
                COUNT(*) FILTER (WHERE state = 'failed') AS failed \
         FROM job GROUP BY kind ORDER BY kind",
    );
    FAILED = both(
        "SELECT kind, key, attempts, COALESCE(last_error, '') AS last_error, created_us FROM job \
         WHERE state = 'failed' ORDER BY id DESC LIMIT $1",
    );
    PRUNE = both("DELETE FROM job WHERE state = 'failed' AND run_at_us < $1");
}

#[derive(FromRow)]
struct JobRow {
    id: i64,
    kind: String,
    key: String,
    payload: String,
    priority: i64,
    attempts: i64,
    max_attempts: i64,
    created_us: i64,
}

impl Store {
    /// Queues work. Prefer [`Tx::enqueue`], in the transaction that makes the work necessary.
    pub async fn enqueue(&self, job: &NewJob, now: Timestamp) -> Result<Enqueued> {
        alone!(self, enqueue(job, now))
    }

    /// Claims the ready job of one of `kinds` that has the highest priority and has waited longest, for as long
    /// as `lease`. `worker` names the claimer: a name must not be used for two claims at the same time.
    pub async fn claim(
        &self,
        kinds: &[&str],
        worker: &str,
        lease: Duration,
        now: Timestamp,
    ) -> Result<Option<Job>> {
        let mut tx = self.begin().await?;
        execute!(tx, EXPIRE, now.micros())?;
        let kinds = value::json_list(kinds.iter().copied());
        let until = now.plus(lease).micros();
        let row = run!(tx, CLAIM, fetch_optional as JobRow, kinds, now.micros(), worker, until)?;
        tx.commit().await?;
        Ok(row.map(|row| Job {
            id: row.id,
            worker: worker.to_owned(),
            kind: row.kind,
            key: row.key,
            payload: row.payload,
            priority: row.priority,
            attempt: attempts(row.attempts),
            max_attempts: attempts(row.max_attempts),
            created: Timestamp::from_micros(row.created_us),
        }))
    }

    /// How many jobs there are, by kind.
    pub async fn job_counts(&self) -> Result<Vec<JobCount>> {
        let rows = read!(self, COUNTS, fetch_all as (String, i64, i64, i64))?;
        let count = |(kind, ready, running, failed)| JobCount {
            kind,
            ready: value::count(ready),
            running: value::count(running),
            failed: value::count(failed),
        };
        Ok(rows.into_iter().map(count).collect())
    }

    /// At most `limit` jobs that were given up, the newest first.
    pub async fn failed_jobs(&self, limit: u32) -> Result<Vec<FailedJob>> {
        let rows = read!(self, FAILED, fetch_all as (String, String, i64, String, i64), i64::from(limit))?;
        let failed = |(kind, key, tried, error, created)| FailedJob {
            kind,
            key,
            attempts: attempts(tried),
            error,
            created: Timestamp::from_micros(created),
        };
        Ok(rows.into_iter().map(failed).collect())
    }

    /// Deletes the jobs that were given up and whose last attempt was due before `before`, and says how many.
    pub async fn prune_failed_jobs(&self, before: Timestamp) -> Result<u64> {
        alone!(self, prune_failed_jobs(before))
    }
}

impl Tx {
    /// Queues work that this transaction makes necessary: either both happen or neither.
    pub async fn enqueue(&mut self, job: &NewJob, now: Timestamp) -> Result<Enqueued> {
        let (asked,) = run!(
            self,
            ENQUEUE,
            fetch_one as (i64,),
            value::name("kind of job", &job.kind)?,
            value::name("job's key", &job.key)?,
            job.payload.as_str(),
            job.priority,
            job.run_at.micros(),
            i64::from(job.max_attempts.max(1)),
            now.micros(),
        )?;
        Ok(if asked == 1 { Enqueued::New } else { Enqueued::AlreadyThere })
    }

    /// See [`Store::prune_failed_jobs`].
    pub async fn prune_failed_jobs(&mut self, before: Timestamp) -> Result<u64> {
        execute!(self, PRUNE, before.micros())
    }
}

fn attempts(column: i64) -> u32 {
    u32::try_from(column).unwrap_or(0)
}
