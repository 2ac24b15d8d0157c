use std::collections::BTreeMap;
use std::time::Duration;

use tokio::task::JoinSet;

use super::*;
use crate::{Enqueued, NewRefusal, Settled, both_databases};

both_databases! {
    async fn no_two_claimers_get_one_job(store) {
        for number in 0..60 {
            store.enqueue(&job("page", &number.to_string()), at(0)).await.unwrap();
        }
        let mut workers = JoinSet::new();
        for number in 0..6 {
            // Half of them are other processes.
            let store = if number % 2 == 0 { store.store().clone() } else { store.reopen().await };
            workers.spawn(async move {
                let mut claimed = Vec::new();
                let worker = format!("worker-{number}");
                while let Some(job) =
                    store.claim(&["page"], &worker, Duration::from_mins(1), at(1)).await.unwrap()
                {
                    claimed.push(job.key.clone());
                    assert_eq!(store.complete(&job, at(1)).await.unwrap(), Settled::Done);
                }
                claimed
            });
        }
        let mut claimed = workers.join_all().await.concat();
        claimed.sort();
        assert_eq!(claimed.len(), 60);
        claimed.dedup();
        assert_eq!(claimed.len(), 60);
    }

    async fn one_expired_job_goes_to_one_claimer(store) {
        let mut stores = Vec::new();
        for _ in 0..4 {
            stores.push(store.reopen().await);
        }
        store.enqueue(&NewJob { max_attempts: 99, ..job("page", "six") }, at(0)).await.unwrap();
        for round in 1..=10 {
            let mut workers = JoinSet::new();
            for (number, store) in stores.iter().enumerate() {
                let store = store.clone();
                workers.spawn(async move {
                    let worker = format!("worker-{number}");
                    store.claim(&["page"], &worker, Duration::from_mins(1), at(100 * round)).await.unwrap()
                });
            }
            let claims = workers.join_all().await.into_iter().flatten().count();
            assert_eq!(claims, 1, "round {round}");
        }
    }

    async fn of_many_askers_one_makes_the_job(store) {
        let mut askers = JoinSet::new();
        for number in 0..20 {
            let store = if number % 2 == 0 { store.store().clone() } else { store.reopen().await };
            askers.spawn(async move { store.enqueue(&job("page", "six"), at(0)).await.unwrap() });
        }
        let answers = askers.join_all().await;
        assert_eq!(answers.iter().filter(|answer| **answer == Enqueued::New).count(), 1);
    }

    async fn one_page_saved_by_many_has_one_pin_a_file(store) {
        let mut savers = JoinSet::new();
        for number in 0..8_i64 {
            let store = if number % 2 == 0 { store.store().clone() } else { store.reopen().await };
            savers.spawn(async move {
                // Each lists the files in another order and with hashes of its own.
                let mut files: Vec<(String, Sha256)> =
                    (0..50).map(|file| (format!("six-{file}.tar.gz"), sha(&format!("{file} {number}")))).collect();
                files.rotate_left(usize::try_from(number).unwrap() * 7);
                store.save_page(&NewPage { files, ..page(&[]) }, at(number)).await.unwrap()
            });
        }
        let mut pins = BTreeMap::new();
        for seen in savers.join_all().await {
            for file in seen {
                let pin = pins.entry(file.filename.clone()).or_insert_with(|| file.clone());
                assert_eq!(*pin, file, "a pin was told in two ways");
            }
        }
        assert_eq!(pins.len(), 50);
    }

    async fn batches_in_opposite_orders_do_not_block_each_other(store) {
        let names: Vec<String> = (0..200).map(|number| number.to_string()).collect();
        for name in &names {
            store.add_blob(sha(name), 1, at(0)).await.unwrap();
        }
        let mut writers = JoinSet::new();
        for number in 0..6 {
            let store = store.reopen().await;
            let mut names = names.clone();
            names.rotate_left(number * 33);
            if number % 2 == 0 {
                names.reverse();
            }
            writers.spawn(async move {
                let uses: Vec<_> = names.iter().map(|name| (sha(name), at(number as i64))).collect();
                let refusals: Vec<_> = names
                    .iter()
                    .map(|name| NewRefusal {
                        index: "default".parse().unwrap(),
                        project: project(name),
                        version: None,
                        filename: None,
                        sha256: None,
                        rule: "deny".to_owned(),
                        sentence: String::new(),
                    })
                    .collect();
                for _ in 0..5 {
                    store.touch_blobs(&uses).await.unwrap();
                    store.record_refusals(&refusals, at(0)).await.unwrap();
                }
            });
        }
        writers.join_all().await;
        let all = store.refusals(&crate::RefusalFilter::default(), 1_000, 0).await.unwrap();
        assert_eq!((all.total, all.refusals[0].times), (200, 30));
    }

    async fn readers_do_not_wait_for_a_writer(store) {
        let mut tx = store.begin().await.unwrap();
        tx.set_setting("instance", "a").await.unwrap();
        assert_eq!(store.setting("instance").await.unwrap(), None);
        tx.commit().await.unwrap();
        assert_eq!(store.setting("instance").await.unwrap().as_deref(), Some("a"));
    }

    async fn a_call_that_is_dropped_midway_leaves_the_store_usable(store) {
        for round in 0..30_u64 {
            let sent = page(&[("six-1.0.tar.gz", "a")]);
            let _ = tokio::time::timeout(Duration::from_micros(round * 50), store.save_page(&sent, at(0))).await;
        }
        store.save_page(&page(&[("six-1.0.tar.gz", "a")]), at(1)).await.unwrap();
        assert_eq!(store.seen_files(&upstream(), &project("six")).await.unwrap().len(), 1);
    }
}
