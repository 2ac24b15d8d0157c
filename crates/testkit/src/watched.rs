use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

/// How long a test waits for something to happen before it fails.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A value that threads and tasks can wait for.
#[derive(Debug, Default)]
pub(crate) struct Watched<T> {
    value: Mutex<T>,
    changed: Condvar,
    notify: Notify,
}

impl<T> Watched<T> {
    pub(crate) fn read<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.value.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut T)) {
        change(&mut self.value.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
        self.notify.notify_waiters();
    }

    /// Blocks the thread until `done`; panics with `what` when that takes a minute.
    pub(crate) fn wait(&self, what: &str, done: impl Fn(&T) -> bool) {
        let guard = self.value.lock().unwrap_or_else(PoisonError::into_inner);
        let (_guard, waited) = self
            .changed
            .wait_timeout_while(guard, PATIENCE, |value| !done(value))
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!waited.timed_out(), "waited {PATIENCE:?} for {what}");
    }

    /// Waits until `done`, without a limit.
    pub(crate) async fn until(&self, done: impl Fn(&T) -> bool) {
        loop {
            let mut notified = std::pin::pin!(self.notify.notified());
            // Registered before the look, so that a change between the two is not missed.
            notified.as_mut().enable();
            if self.read(&done) {
                return;
            }
            notified.await;
        }
    }

    /// Waits until `done`; panics with `what` when that takes a minute.
    pub(crate) async fn until_patiently(&self, what: &str, done: impl Fn(&T) -> bool) {
        let waited = tokio::time::timeout(PATIENCE, self.until(done)).await;
        assert!(waited.is_ok(), "waited {PATIENCE:?} for {what}");
    }
}
