use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::Failure;

/// A page may name any number of hosts; what is remembered of them is bounded.
const MOST_ORIGINS: usize = 64;

/// How an upstream has been doing since this client was made. Ages count back from the moment of the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The origin of the Simple API.
    pub index: OriginHealth,
    /// Other origins that were asked: where the files are, or the JSON API.
    pub others: Vec<OriginHealth>,
}

/// How one scheme, host and port has been doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginHealth {
    /// `https://host` or `https://host:port`.
    pub origin: String,
    /// How long ago it last answered; `None`: never yet.
    pub since_success: Option<Duration>,
    /// How long ago an attempt last got no answer (no connection, too late, 502, 503, 504); `None`: never yet.
    pub since_failure: Option<Duration>,
    /// What that was.
    pub last_failure: Option<String>,
    /// Attempts without an answer since the last answer.
    pub consecutive_failures: u32,
    /// Until it is asked again, while it is left alone.
    pub resting: Option<Duration>,
}

/// Keeps a dead origin from costing every caller its timeouts. One state per origin; the caller tells the time.
#[derive(Debug)]
pub(crate) struct Breakers {
    failures: u32,
    rest: Duration,
    origins: Mutex<HashMap<String, State>>,
}

#[derive(Debug, Default, Clone)]
struct State {
    success: Option<Instant>,
    failure: Option<(Instant, String)>,
    consecutive: u32,
    /// Set while the origin is left alone, and then until a probe has succeeded.
    rests_until: Option<Instant>,
    probing: bool,
}

/// The right to make one attempt; it is told how that went. Dropped untold, the attempt counts neither way.
#[derive(Debug)]
pub(crate) struct Pass {
    breakers: Arc<Breakers>,
    origin: String,
    probe: bool,
}

impl Breakers {
    pub(crate) fn new(failures: u32, rest: Duration) -> Arc<Self> {
        Arc::new(Self { failures: failures.max(1), rest, origins: Mutex::default() })
    }

    /// Asks to make an attempt; refused with [`Failure::Resting`] while the origin is left alone, and while
    /// another attempt is finding out whether it is back.
    pub(crate) fn enter(self: &Arc<Self>, origin: String, now: Instant) -> Result<Pass, Failure> {
        let mut origins = self.lock();
        let mut probe = false;
        if let Some(state) = origins.get_mut(&origin)
            && let Some(until) = state.rests_until
        {
            let left = until.saturating_duration_since(now);
            if state.probing || !left.is_zero() {
                // While the probe runs the end is not known; a second is a fair time to come back.
                let left = left.max(Duration::from_secs(1).min(self.rest));
                return Err(Failure::Resting { failures: state.consecutive, left });
            }
            state.probing = true;
            probe = true;
        }
        drop(origins);
        Ok(Pass { breakers: Arc::clone(self), origin, probe })
    }

    /// The health of `index`, and of the others in the order of their names.
    pub(crate) fn health(&self, index: String, now: Instant) -> Health {
        let origins = self.lock();
        let mut others: Vec<_> = origins
            .iter()
            .filter(|(origin, _)| **origin != index)
            .map(|(origin, state)| state.health(origin.clone(), now))
            .collect();
        others.sort_by(|a, b| a.origin.cmp(&b.origin));
        let state = origins.get(&index).cloned().unwrap_or_default();
        Health { index: state.health(index, now), others }
    }

    fn update(&self, origin: &str, change: impl FnOnce(&mut State)) {
        let mut origins = self.lock();
        if origins.len() >= MOST_ORIGINS && !origins.contains_key(origin) {
            // Well origins are forgotten first: nothing is lost but a date. With none, the new one has no breaker.
            origins.retain(|_, state| state.consecutive > 0 || state.probing);
        }
        if origins.len() < MOST_ORIGINS || origins.contains_key(origin) {
            change(origins.entry(origin.to_owned()).or_default());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, State>> {
        // Every statement leaves the map whole, so a panic elsewhere does not spoil it.
        self.origins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass {
    /// The origin answered, whatever it said.
    pub(crate) fn answered(mut self, now: Instant) {
        self.probe = false;
        self.breakers.update(&self.origin, |state| {
            *state = State { success: Some(now), failure: state.failure.take(), ..State::default() };
        });
    }

    /// The origin gave no answer.
    pub(crate) fn failed(mut self, failure: &Failure, now: Instant) {
        let probe = std::mem::take(&mut self.probe);
        let (limit, rest) = (self.breakers.failures, self.breakers.rest);
        self.breakers.update(&self.origin, |state| {
            state.failure = Some((now, failure.to_string()));
            state.consecutive = state.consecutive.saturating_add(1);
            state.probing &= !probe;
            if state.consecutive >= limit {
                state.rests_until = Some(now + rest);
            }
        });
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if self.probe {
            self.breakers.update(&self.origin, |state| state.probing = false);
        }
    }
}

impl State {
    fn health(&self, origin: String, now: Instant) -> OriginHealth {
        let left = self.rests_until.map(|until| until.saturating_duration_since(now));
        OriginHealth {
            origin,
            since_success: self.success.map(|at| now.saturating_duration_since(at)),
            since_failure: self.failure.as_ref().map(|(at, _)| now.saturating_duration_since(*at)),
            last_failure: self.failure.as_ref().map(|(_, text)| text.clone()),
            consecutive_failures: self.consecutive,
            resting: left.filter(|left| !left.is_zero()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "https://upstream.invalid";

    fn failure() -> Failure {
        Failure::Unreachable { reason: "refused".to_owned() }
    }

    fn left(result: Result<Pass, Failure>) -> Duration {
        match result.expect_err("refused") {
            Failure::Resting { left, .. } => left,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_dead_origin_is_left_alone_and_tried_by_one() {
        let breakers = Breakers::new(3, Duration::from_secs(5));
        let enter = |now| breakers.enter(A.to_owned(), now);
        let start = Instant::now();
        for _ in 0..3 {
            enter(start).expect("not yet").failed(&failure(), start);
        }
        assert_eq!(left(enter(start)), Duration::from_secs(5));
        breakers
            .enter("https://files.upstream.invalid".to_owned(), start)
            .expect("another origin")
            .answered(start);

        let later = start + Duration::from_secs(5);
        let probe = enter(later).expect("a probe");
        assert_eq!(left(enter(later)), Duration::from_secs(1), "one at a time");
        probe.failed(&failure(), later);
        assert_eq!(left(enter(later)), Duration::from_secs(5));

        let later = later + Duration::from_secs(5);
        drop(enter(later).expect("a probe whose caller went away"));
        enter(later).expect("another probe").answered(later);
        let both = [enter(later), enter(later)];
        assert!(both.iter().all(Result::is_ok));
    }

    #[test]
    fn health_tells_what_was() {
        let breakers = Breakers::new(2, Duration::from_secs(5));
        let start = Instant::now();
        let (failed, now) = (start + Duration::from_mins(1), start + Duration::from_secs(62));
        assert_eq!(breakers.health(A.to_owned(), start).index.since_success, None);
        breakers.enter(A.to_owned(), start).unwrap().answered(start);
        for _ in 0..2 {
            breakers.enter(A.to_owned(), failed).unwrap().failed(&failure(), failed);
        }
        breakers.enter("http://b.invalid".to_owned(), failed).unwrap().answered(failed);
        let health = breakers.health(A.to_owned(), now);
        assert_eq!(
            health.index,
            OriginHealth {
                origin: A.to_owned(),
                since_success: Some(Duration::from_secs(62)),
                since_failure: Some(Duration::from_secs(2)),
                last_failure: Some("it cannot be reached: refused".to_owned()),
                consecutive_failures: 2,
                resting: Some(Duration::from_secs(3)),
            }
        );
        assert_eq!(health.others.len(), 1);
    }

    #[test]
    fn the_number_of_origins_is_bounded() {
        let breakers = Breakers::new(1, Duration::from_secs(5));
        let now = Instant::now();
        for at in 0..1000 {
            let pass = breakers.enter(format!("https://host{at}.invalid"), now).expect("never seen");
            if at % 2 == 0 { pass.answered(now) } else { pass.failed(&failure(), now) }
        }
        assert!(breakers.lock().len() <= MOST_ORIGINS);
    }
}
