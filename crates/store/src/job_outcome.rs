//! How a claimed job ends: done, failed, given back, or kept for longer.
//!
//! Each of these changes the job only while the claim holds. A worker whose lease ran out, and whose job another
//! has claimed, changes nothing and learns so.

use std::time::Duration;

use packhouse_model::Timestamp;

use crate::db::{alone, both, execute, run, statements};
use crate::{Job, Result, Store, Tx, value};

/// What became of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It is done and gone.
    Done,
    /// It is ready again: to be tried again, or because it was asked for again while it ran.
    Ready,
    /// It was given up, and is kept for people to see.
    Failed,
    /// The lease ran out and the job is no longer this worker's. Nothing was changed: roll back what was done
    /// for it in the same transaction.
    LeaseLost,
}

/// What to do with a job that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// Try again then, unless this was the last attempt.
    RetryAt(Timestamp),
    /// It would fail again.
    GiveUp,
}

statements! {
    DONE = both(
        "DELETE FROM job WHERE id = $1 AND locked_by = $2 AND attempts = $3 AND state = 'running' AND asked = 1",
    );
    AGAIN = both(
        "UPDATE job SET state = 'ready', attempts = 0, asked = 1, run_at_us = $4, locked_by = NULL, \
                locked_until_us = NULL, last_error = NULL \
         WHERE id = $1 AND locked_by = $2 AND attempts = $3 AND state = 'running' AND asked > 1",
    );
    FAIL = both(
        "UPDATE job SET state = CASE WHEN asked > 1 OR ($4 AND attempts < max_attempts) THEN 'ready' \
                ELSE 'failed' END, \
                attempts = CASE WHEN asked > 1 THEN 0 ELSE attempts END, asked = 1, run_at_us = $5, \
                locked_by = NULL, locked_until_us = NULL, last_error = $6 \
         WHERE id = $1 AND locked_by = $2 AND attempts = $3 AND state = 'running' \
         RETURNING state",
    );
    RELEASE = both(
        "UPDATE job SET state = 'ready', attempts = attempts - 1, asked = 1, run_at_us = $4, locked_by = NULL, \
                locked_until_us = NULL \
         WHERE id = $1 AND locked_by = $2 AND attempts = $3 AND state = 'running'",
    );
    EXTEND = both(
        "UPDATE job SET locked_until_us = $4 \
         WHERE id = $1 AND locked_by = $2 AND attempts = $3 AND state = 'running'",
    );
}

impl Store {
    /// Ends a job whose work is done. Prefer [`Tx::complete`], in the transaction that records the work's result.
    pub async fn complete(&self, job: &Job, now: Timestamp) -> Result<Settled> {
        alone!(self, complete(job, now))
    }

    /// Ends an attempt that failed.
    pub async fn fail(&self, job: &Job, error: &str, after: AfterFailure, now: Timestamp) -> Result<Settled> {
        alone!(self, fail(job, error, after, now))
    }

    /// Gives a job back unfinished, as at shutdown; the attempt does not count.
    pub async fn release(&self, job: &Job, now: Timestamp) -> Result<Settled> {
        alone!(self, release(job, now))
    }

    /// Keeps a job for `lease` from now. False when it is no longer this worker's: stop working on it.
    pub async fn extend_lease(&self, job: &Job, lease: Duration, now: Timestamp) -> Result<bool> {
        alone!(self, extend_lease(job, lease, now))
    }
}

impl Tx {
    /// Ends a job whose work is done, with the work's result: either both happen or neither. On
    /// [`Settled::LeaseLost`] drop the transaction, because another worker does the same work.
    pub async fn complete(&mut self, job: &Job, now: Timestamp) -> Result<Settled> {
        let (worker, attempt) = (job.worker.as_str(), i64::from(job.attempt));
        if execute!(self, DONE, job.id, worker, attempt)? > 0 {
            return Ok(Settled::Done);
        }
        let again = execute!(self, AGAIN, job.id, worker, attempt, now.micros())?;
        Ok(if again > 0 { Settled::Ready } else { Settled::LeaseLost })
    }

    /// See [`Store::fail`].
    pub async fn fail(
        &mut self,
        job: &Job,
        error: &str,
        after: AfterFailure,
        now: Timestamp,
    ) -> Result<Settled> {
        let (retry, run_at) = match after {
            AfterFailure::RetryAt(at) => (true, at),
            AfterFailure::GiveUp => (false, now),
        };
        let state = run!(
            self,
            FAIL,
            fetch_optional as (String,),
            job.id,
            job.worker.as_str(),
            i64::from(job.attempt),
            retry,
            run_at.micros(),
            &*value::sentence(error),
        )?;
        match state.as_ref().map(|(state,)| state.as_str()) {
            None => Ok(Settled::LeaseLost),
            Some("ready") => Ok(Settled::Ready),
            Some("failed") => Ok(Settled::Failed),
            Some(other) => Err(value::corrupt("state of a job", other)),
        }
    }

    /// See [`Store::release`].
    pub async fn release(&mut self, job: &Job, now: Timestamp) -> Result<Settled> {
        let changed =
            execute!(self, RELEASE, job.id, job.worker.as_str(), i64::from(job.attempt), now.micros())?;
        Ok(if changed > 0 { Settled::Ready } else { Settled::LeaseLost })
    }

    /// See [`Store::extend_lease`].
    pub async fn extend_lease(&mut self, job: &Job, lease: Duration, now: Timestamp) -> Result<bool> {
        let until = now.plus(lease).micros();
        Ok(execute!(self, EXTEND, job.id, job.worker.as_str(), i64::from(job.attempt), until)? > 0)
    }
}
