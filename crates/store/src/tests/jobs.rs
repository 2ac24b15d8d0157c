use std::time::Duration;

use super::*;
use crate::{AfterFailure, Enqueued, Job, JobCount, Settled, Store, both_databases};

const LEASE: Duration = Duration::from_mins(1);

async fn claim(store: &Store, worker: &str, now: i64) -> Option<Job> {
    store.claim(&["page", "evict"], worker, LEASE, at(now)).await.unwrap()
}

async fn counts(store: &Store) -> (u64, u64, u64) {
    let counts = store.job_counts().await.unwrap();
    let sum = |part: fn(&JobCount) -> u64| counts.iter().map(part).sum();
    (sum(|count| count.ready), sum(|count| count.running), sum(|count| count.failed))
}

both_databases! {
    async fn a_job_is_claimed_worked_on_and_gone(store) {
        let wanted = NewJob { payload: "{\"a\":1}".to_owned(), priority: 5, ..job("page", "six") };
        assert_eq!(store.enqueue(&wanted, at(1)).await.unwrap(), Enqueued::New);
        let job = claim(store, "w", 2).await.unwrap();
        assert_eq!((&*job.kind, &*job.key, &*job.payload, job.priority), ("page", "six", "{\"a\":1}", 5));
        assert_eq!((job.attempt, job.max_attempts, job.created), (1, 3, at(1)));
        assert_eq!(counts(store).await, (0, 1, 0));
        assert_eq!(claim(store, "x", 3).await, None);
        assert_eq!(store.complete(&job, at(4)).await.unwrap(), Settled::Done);
        assert_eq!(store.complete(&job, at(4)).await.unwrap(), Settled::LeaseLost);
        assert_eq!(store.job_counts().await.unwrap(), []);
    }

    async fn the_same_work_is_queued_once(store) {
        assert_eq!(store.enqueue(&job("page", "six"), at(1)).await.unwrap(), Enqueued::New);
        assert_eq!(store.enqueue(&job("page", "six"), at(2)).await.unwrap(), Enqueued::AlreadyThere);
        assert_eq!(store.enqueue(&job("evict", "six"), at(2)).await.unwrap(), Enqueued::New);
        assert_eq!(store.enqueue(&job("page", "seven"), at(2)).await.unwrap(), Enqueued::New);
        assert_eq!(counts(store).await, (3, 0, 0));
        let claimed = claim(store, "w", 3).await.unwrap();
        assert_eq!(store.complete(&claimed, at(4)).await.unwrap(), Settled::Done, "asked twice, run once");
        assert_eq!(store.enqueue(&job("page", "six"), at(5)).await.unwrap(), Enqueued::New);
    }

    async fn the_earlier_time_holds(store) {
        for (run_at, expected) in [(9, Enqueued::New), (4, Enqueued::AlreadyThere), (7, Enqueued::AlreadyThere)] {
            let wanted = NewJob { run_at: at(run_at), ..job("page", "six") };
            assert_eq!(store.enqueue(&wanted, at(1)).await.unwrap(), expected);
        }
        assert_eq!(claim(store, "w", 3).await, None);
        let job_of_six = claim(store, "w", 4).await.unwrap();
        let again = AfterFailure::RetryAt(at(20));
        assert_eq!(store.fail(&job_of_six, "down", again, at(5)).await.unwrap(), Settled::Ready);
        let wanted = NewJob { run_at: at(6), ..job("page", "six") };
        assert_eq!(store.enqueue(&wanted, at(6)).await.unwrap(), Enqueued::AlreadyThere);
        assert_eq!(claim(store, "w", 19).await, None, "what failed waits");
        assert_eq!(claim(store, "w", 20).await.unwrap().attempt, 2);
    }

    async fn work_asked_for_while_it_runs_runs_again(store) {
        store.enqueue(&job("page", "six"), at(1)).await.unwrap();
        let first = claim(store, "w", 2).await.unwrap();
        assert_eq!(store.enqueue(&job("page", "six"), at(3)).await.unwrap(), Enqueued::AlreadyThere);
        assert_eq!(claim(store, "x", 3).await, None, "not twice at the same time");
        assert_eq!(store.complete(&first, at(4)).await.unwrap(), Settled::Ready);
        let second = claim(store, "w", 4).await.unwrap();
        assert_eq!((second.attempt, store.complete(&second, at(5)).await.unwrap()), (1, Settled::Done));
    }

    async fn the_most_important_then_the_oldest_runs_first(store) {
        for (key, priority, run_at) in [("late", 0, 3), ("early", 0, 1), ("urgent", 9, 4), ("future", 99, 50)] {
            let wanted = NewJob { priority, run_at: at(run_at), ..job("page", key) };
            store.enqueue(&wanted, at(0)).await.unwrap();
        }
        store.enqueue(&job("other", "kind"), at(0)).await.unwrap();
        let mut order = Vec::new();
        while let Some(job) = claim(store, "w", 10).await {
            order.push(job.key);
        }
        assert_eq!(order, ["urgent", "early", "late"]);
        assert_eq!(claim(store, "w", 49).await, None);
        assert_eq!(claim(store, "w", 50).await.unwrap().key, "future");
        assert_eq!(store.claim(&[], "w", LEASE, at(60)).await.unwrap(), None);
    }

    async fn a_failure_is_retried_until_the_last_attempt(store) {
        store.enqueue(&NewJob { run_at: at(5), ..job("page", "six") }, at(1)).await.unwrap();
        for (now, expected) in [(10, Settled::Ready), (20, Settled::Ready), (30, Settled::Failed)] {
            assert_eq!(claim(store, "w", now - 6).await, None, "not before its time");
            let job = claim(store, "w", now).await.unwrap();
            let settled = store.fail(&job, "no\0 answer", AfterFailure::RetryAt(at(now + 5)), at(now)).await;
            assert_eq!(settled.unwrap(), expected);
        }
        assert_eq!(claim(store, "w", 1_000).await, None);
        let failed = store.failed_jobs(10).await.unwrap();
        assert_eq!((failed.len(), &*failed[0].error, failed[0].attempts), (1, "no\u{fffd} answer", 3));
        // A failure is history; the work may be asked for anew.
        assert_eq!(store.enqueue(&job("page", "six"), at(40)).await.unwrap(), Enqueued::New);
        assert_eq!(counts(store).await, (1, 0, 1));
        assert_eq!(store.prune_failed_jobs(at(1_000)).await.unwrap(), 1);
        assert_eq!(counts(store).await, (1, 0, 0));
    }

    async fn giving_up_does_not_forget_a_later_asking(store) {
        store.enqueue(&job("page", "six"), at(1)).await.unwrap();
        let first = claim(store, "w", 2).await.unwrap();
        store.enqueue(&job("page", "six"), at(3)).await.unwrap();
        assert_eq!(store.fail(&first, "gone", AfterFailure::GiveUp, at(4)).await.unwrap(), Settled::Ready);
        let second = claim(store, "w", 5).await.unwrap();
        assert_eq!(second.attempt, 1);
        assert_eq!(store.fail(&second, "gone", AfterFailure::GiveUp, at(6)).await.unwrap(), Settled::Failed);
    }

    async fn a_lease_that_ran_out_is_another_workers(store) {
        store.enqueue(&job("page", "six"), at(0)).await.unwrap();
        let lost = claim(store, "w", 0).await.unwrap();
        assert_eq!(claim(store, "x", 59).await, None);
        let taken = claim(store, "x", 60).await.unwrap();
        assert_eq!(taken.attempt, 2);
        assert_eq!(store.complete(&lost, at(61)).await.unwrap(), Settled::LeaseLost);
        assert_eq!(store.fail(&lost, "", AfterFailure::GiveUp, at(61)).await.unwrap(), Settled::LeaseLost);
        assert_eq!(store.release(&lost, at(61)).await.unwrap(), Settled::LeaseLost);
        assert!(!store.extend_lease(&lost, LEASE, at(61)).await.unwrap());
        assert_eq!(store.complete(&taken, at(61)).await.unwrap(), Settled::Done);
    }

    async fn a_lease_can_be_extended(store) {
        store.enqueue(&job("page", "six"), at(0)).await.unwrap();
        let job = claim(store, "w", 0).await.unwrap();
        assert!(store.extend_lease(&job, LEASE, at(50)).await.unwrap());
        assert_eq!(claim(store, "x", 100).await, None);
        assert!(claim(store, "x", 110).await.is_some());
    }

    async fn a_job_that_kills_its_workers_is_given_up(store) {
        store.enqueue(&job("page", "six"), at(0)).await.unwrap();
        for attempt in 1..=3 {
            assert_eq!(claim(store, "w", attempt * 100).await.unwrap().attempt, attempt as u32);
        }
        assert_eq!(claim(store, "w", 400).await, None);
        assert_eq!(counts(store).await, (0, 0, 1));
        assert!(store.failed_jobs(1).await.unwrap()[0].error.contains("lease"));
    }

    async fn a_job_given_back_has_lost_no_attempt(store) {
        store.enqueue(&job("page", "six"), at(0)).await.unwrap();
        let first = claim(store, "w", 1).await.unwrap();
        assert_eq!(store.release(&first, at(2)).await.unwrap(), Settled::Ready);
        assert_eq!(claim(store, "x", 2).await.unwrap().attempt, 1);
    }

    async fn a_result_and_its_job_end_together_or_not_at_all(store) {
        store.enqueue(&job("page", "six"), at(0)).await.unwrap();
        let claimed = claim(store, "w", 1).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        tx.save_page(&page(&[]), at(2)).await.unwrap();
        assert_eq!(tx.complete(&claimed, at(2)).await.unwrap(), Settled::Done);
        drop(tx);
        assert_eq!(counts(store).await, (0, 1, 0));
        assert_eq!(store.page(&upstream(), &project("six")).await.unwrap(), None);
    }
}
