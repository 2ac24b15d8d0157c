use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};

/// Work that is done at most once at the same time for the same key, however many wait for it.
///
/// The work runs in a task of its own: it goes on when the caller that began it is dropped, as a client that
/// hangs up must not fail the two hundred that wait with it.
pub(crate) struct Flights<K, V> {
    under_way: UnderWay<K, V>,
}

type UnderWay<K, V> = Arc<Mutex<HashMap<K, Shared<BoxFuture<'static, Option<V>>>>>>;

impl<K, V> Default for Flights<K, V> {
    fn default() -> Self {
        Self { under_way: Arc::default() }
    }
}

impl<K: Eq + Hash + Clone + Send + 'static, V: Clone + Send + Sync + 'static> Flights<K, V> {
    /// The result of `work` for `key`, begun now or by somebody earlier. `None` only when the work panicked.
    pub(crate) async fn run<F>(&self, key: K, work: impl FnOnce() -> F) -> Option<V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let flight = {
            let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(flight) = under_way.get(&key) {
                flight.clone()
            } else {
                let landing = Landing { under_way: Arc::clone(&self.under_way), key: key.clone() };
                let work = work();
                let task = tokio::spawn(async move {
                    let _landing = landing;
                    work.await
                });
                let flight = task.map(Result::ok).boxed().shared();
                under_way.insert(key, flight.clone());
                flight
            }
        };
        flight.await
    }
}

/// Takes the flight off the board when its task ends, also by a panic.
struct Landing<K: Eq + Hash, V> {
    under_way: UnderWay<K, V>,
    key: K,
}

impl<K: Eq + Hash, V> Drop for Landing<K, V> {
    fn drop(&mut self) {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn two_hundred_wait_for_one() {
        let flights = Arc::new(Flights::<&str, usize>::default());
        let began = Arc::new(AtomicUsize::new(0));
        let gate = Arc::new(tokio::sync::Semaphore::new(0));
        let waiting: Vec<_> = (0..200)
            .map(|_| {
                let (flights, began, gate) = (Arc::clone(&flights), Arc::clone(&began), Arc::clone(&gate));
                tokio::spawn(async move {
                    flights
                        .run("key", || async move {
                            began.fetch_add(1, Ordering::SeqCst);
                            let _permit = gate.acquire().await;
                            7
                        })
                        .await
                })
            })
            .collect();
        waiting[0].abort();
        tokio::task::yield_now().await;
        gate.add_permits(1);
        for task in waiting.into_iter().skip(1) {
            assert_eq!(task.await.expect("not aborted"), Some(7));
        }
        assert_eq!(began.load(Ordering::SeqCst), 1);
        assert_eq!(flights.run("key", || async { 8 }).await, Some(8), "a finished flight is forgotten");
    }

    #[tokio::test]
    async fn a_panic_is_no_answer_and_does_not_block_the_key() {
        let flights = Flights::<u8, u8>::default();
        assert_eq!(flights.run(1, || async { panic!("on purpose") }).await, None);
        assert_eq!(flights.run(1, || async { 2 }).await, Some(2));
    }
}
