use super::*;
use crate::{Added, BlobState, BlobTotals, Store, both_databases};

async fn candidates(store: &Store, limit: u32) -> Vec<Sha256> {
    store.eviction_candidates(limit).await.unwrap().iter().map(|blob| blob.sha256).collect()
}

both_databases! {
    async fn adding_twice_is_adding_once(store) {
        assert_eq!(store.blob(sha("a")).await.unwrap(), None);
        assert_eq!(store.add_blob(sha("a"), 5, at(10)).await.unwrap(), Added::New);
        assert_eq!(store.add_blob(sha("a"), 5, at(20)).await.unwrap(), Added::AlreadyThere);
        let blob = store.blob(sha("a")).await.unwrap().unwrap();
        assert_eq!((blob.size, blob.state, blob.pinned), (5, BlobState::Stored, false));
        assert_eq!((blob.stored, blob.last_used), (at(10), at(10)));
        assert_eq!(store.blob_totals().await.unwrap(), BlobTotals { files: 1, bytes: 5, pinned_bytes: 0 });
    }

    async fn totals_of_nothing_are_zero(store) {
        assert_eq!(store.blob_totals().await.unwrap(), BlobTotals::default());
    }

    async fn totals_hold_more_than_four_gigabytes(store) {
        for name in ["a", "b", "c"] {
            store.add_blob(sha(name), 3_000_000_000, at(0)).await.unwrap();
        }
        store.pin_blob(sha("c")).await.unwrap();
        let totals = BlobTotals { files: 3, bytes: 9_000_000_000, pinned_bytes: 3_000_000_000 };
        assert_eq!(store.blob_totals().await.unwrap(), totals);
    }

    async fn the_longest_unused_goes_first_and_the_pinned_never(store) {
        for (name, second) in [("a", 1), ("b", 2), ("c", 3), ("d", 4)] {
            store.add_blob(sha(name), 1, at(second)).await.unwrap();
        }
        // Out of order, twice, backwards, and unknown.
        let uses = [(sha("a"), at(9)), (sha("a"), at(8)), (sha("d"), at(1)), (sha("x"), at(9))];
        store.touch_blobs(&uses).await.unwrap();
        store.touch_blobs(&[]).await.unwrap();
        assert_eq!(candidates(store, 10).await, [sha("b"), sha("c"), sha("d"), sha("a")]);
        assert_eq!(candidates(store, 2).await, [sha("b"), sha("c")]);
        assert!(store.pin_blob(sha("b")).await.unwrap());
        assert_eq!(candidates(store, 10).await, [sha("c"), sha("d"), sha("a")]);
        assert!(!store.begin_evict(sha("b")).await.unwrap());
        assert!(store.unpin_blob(sha("b")).await.unwrap());
        assert!(store.begin_evict(sha("b")).await.unwrap());
        assert!(!store.pin_blob(sha("x")).await.unwrap());
        assert!(!store.unpin_blob(sha("x")).await.unwrap());
    }

    async fn an_eviction_that_was_cut_short_is_found_and_finished(store) {
        store.add_blob(sha("a"), 5, at(10)).await.unwrap();
        assert!(store.begin_evict(sha("a")).await.unwrap());
        assert!(!store.begin_evict(sha("a")).await.unwrap(), "one evictor for one file");
        store.store().close().await;
        // The process is gone. Its successor:
        let next = store.reopen().await;
        assert_eq!(next.blob(sha("a")).await.unwrap().unwrap().state, BlobState::Evicting);
        assert_eq!(candidates(&next, 10).await, []);
        assert!(!next.pin_blob(sha("a")).await.unwrap());
        assert_eq!(next.add_blob(sha("a"), 5, at(20)).await.unwrap(), Added::BeingEvicted);
        let left = next.evicting().await.unwrap();
        assert_eq!(left.iter().map(|blob| blob.sha256).collect::<Vec<_>>(), [sha("a")]);
        assert!(next.finish_evict(sha("a")).await.unwrap());
        assert!(!next.finish_evict(sha("a")).await.unwrap());
        assert_eq!(next.evicting().await.unwrap(), []);
        assert_eq!(next.add_blob(sha("a"), 5, at(30)).await.unwrap(), Added::New);
        assert!(!next.finish_evict(sha("a")).await.unwrap(), "a stored file is not forgotten");
    }

    async fn a_file_whose_bytes_are_missing_is_forgotten(store) {
        store.add_blob(sha("a"), 5, at(10)).await.unwrap();
        store.pin_blob(sha("a")).await.unwrap();
        assert!(store.forget_blob(sha("a")).await.unwrap());
        assert!(!store.forget_blob(sha("a")).await.unwrap());
        assert_eq!(store.blob(sha("a")).await.unwrap(), None);
    }
}
