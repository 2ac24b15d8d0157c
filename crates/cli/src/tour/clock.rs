use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use packhouse_app::{Clock, SystemClock};
use packhouse_model::Timestamp;

/// The machine's clock, set forward: a tour does not wait two weeks.
#[derive(Debug, Default)]
pub(super) struct TourClock {
    ahead: AtomicI64,
}

impl TourClock {
    /// Sets it further forward.
    pub(super) fn advance(&self, by: Duration) {
        self.ahead.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }
}

impl Clock for TourClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(SystemClock.now().micros() + self.ahead.load(Ordering::SeqCst))
    }
}
