//! Migration plans that pages share: working one out takes seconds for a large suite.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use packhouse_app::{AppError, Packhouse};
use packhouse_distribution::State;
use packhouse_migration::Plan;
use packhouse_model::{SuiteName, Timestamp};

/// How old a plan may be while nothing is said: time alone changes what it says, but slowly.
const KEPT: Duration = Duration::from_secs(5 * 60);

#[derive(Debug)]
struct Kept {
    state: Arc<State>,
    made: Timestamp,
    plan: Arc<Plan>,
}

type Slot = Arc<tokio::sync::Mutex<Option<Kept>>>;

/// The last plan for each suite.
#[derive(Debug, Default)]
pub(crate) struct Plans(Mutex<HashMap<SuiteName, Slot>>);

impl Plans {
    fn slot(&self, suite: &SuiteName) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(suite.clone()).or_default())
    }

    /// The plan for a suite as it stands. However many ask, it is worked out once; and to its end, even if nobody waits any
    /// more.
    pub(crate) async fn plan(&self, packhouse: &Packhouse, suite: &SuiteName) -> Result<Arc<Plan>, AppError> {
        let (slot, packhouse, suite) = (self.slot(suite), packhouse.clone(), suite.clone());
        let work = tokio::spawn(async move {
            let mut kept = slot.lock().await;
            let (state, now) = (packhouse.distribution(), packhouse.now());
            if let Some(kept) = kept.as_ref()
                && Arc::ptr_eq(&kept.state, &state)
                && now.since(kept.made) < KEPT
            {
                return Ok(Arc::clone(&kept.plan));
            }
            let plan = Arc::new(packhouse.migration_plan(&suite, Vec::new()).await?);
            *kept = Some(Kept { state, made: now, plan: Arc::clone(&plan) });
            Ok(plan)
        });
        work.await.map_err(|error| AppError::Internal {
            what: "a migration was being planned".to_owned(),
            source: Arc::new(error),
        })?
    }
}
