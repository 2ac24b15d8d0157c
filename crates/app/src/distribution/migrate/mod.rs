//! Migration: what may move to the next suite, and why the rest does not.

mod items;
mod oracle;
mod transitions;

use std::collections::BTreeSet;
use std::sync::Arc;

use packhouse_distribution::State;
use packhouse_distribution::act::{Act, Because, Stage as SuiteStage, SuiteKind};
use packhouse_distribution::duties::drop_superseded;
use packhouse_distribution::state::snapshots::Contents;
use packhouse_migration::{Item, MigrationRules, Plan, Stage, WhatIf};
use packhouse_model::{SuiteName, Timestamp};

pub(super) use self::oracle::offered;

use self::oracle::SuiteOracle;
use super::LedgerError;
use crate::error::AppError;
use crate::packhouse::Packhouse;

impl Packhouse {
    /// What a migration run to `suite` would do now, with the facts changed as `what_if` says.
    pub async fn migration_plan(&self, suite: &SuiteName, what_if: Vec<WhatIf>) -> Result<Plan, AppError> {
        let (state, now, suite) = (self.distribution(), self.now(), suite.clone());
        let planned = tokio::task::spawn_blocking(move || planned(&state, &suite, now, &what_if));
        let planned = planned.await.map_err(|_| AppError::lost("a migration was being planned"))?;
        planned.map(|(_, plan)| plan)
    }

    /// Plans a migration run and carries it out. Gives what it did.
    pub async fn migrate(&self, suite: &SuiteName) -> Result<Plan, LedgerError> {
        let (state, now, name) = (self.distribution(), self.now(), suite.clone());
        let work = move || planned(&state, &name, now, &[]);
        let planned = tokio::task::spawn_blocking(work).await;
        let (items, plan) = planned.map_err(|_| AppError::lost("a migration was being planned"))??;
        if plan.accepted.is_empty() {
            return Ok(plan);
        }
        // If the ledger has gone on meanwhile, the snapshot is refused, and the next run looks again.
        let state = self.distribution();
        let wanted = after(&state, suite, &items, &plan);
        if let Some(snapshot) = state.snapshot_towards(suite, &wanted, Because::Migration) {
            self.say(&Act::from(snapshot), &[]).await?;
        }
        Ok(plan)
    }

    /// The suites that releases migrate to.
    pub fn migrating_suites(&self) -> Vec<SuiteName> {
        let state: Arc<State> = self.distribution();
        state
            .suites_of(SuiteKind::Testing)
            .into_iter()
            .filter(|name| state.suites.get(name).is_some_and(|suite| suite.stage != SuiteStage::EndOfLife))
            .cloned()
            .collect()
    }
}

/// What a migration run to `suite` would do in `state` at `now`, with the facts changed as `what_if` says. Pure.
pub fn plan_migration(
    state: &State,
    suite: &SuiteName,
    now: Timestamp,
    what_if: &[WhatIf],
) -> Result<Plan, AppError> {
    planned(state, suite, now, what_if).map(|(_, plan)| plan)
}

fn planned(
    state: &State,
    suite: &SuiteName,
    now: Timestamp,
    what_if: &[WhatIf],
) -> Result<(Vec<Item>, Plan), AppError> {
    let row =
        state.suites.get(suite).ok_or_else(|| AppError::not_found(format!("there is no suite {suite}")))?;
    let Some(source) = &row.settings.source else {
        return Err(AppError::BadRequest { what: format!("nothing migrates to {suite}: it has no source") });
    };
    let mut items = items::items(state, suite, source, now);
    for change in what_if {
        change.apply(&mut items, now).map_err(|error| AppError::BadRequest { what: error.to_string() })?;
    }
    let rules = MigrationRules { stage: stage(row.stage), ..MigrationRules::default() };
    let mut oracle = SuiteOracle::new(state, suite, &items)?;
    let plan = packhouse_migration::plan(&items, &rules, now, &mut oracle);
    Ok((items, plan))
}

fn stage(stage: SuiteStage) -> Stage {
    match stage {
        SuiteStage::Development => Stage::Dev,
        SuiteStage::ToolchainFreeze => Stage::ToolchainFreeze,
        SuiteStage::SoftFreeze => Stage::Soft,
        SuiteStage::HardFreeze => Stage::Hard,
        SuiteStage::FullFreeze => Stage::Full,
        SuiteStage::Released | SuiteStage::EndOfLife => Stage::Released,
    }
}

/// What the suite holds once the accepted items have moved.
fn after(state: &State, suite: &SuiteName, items: &[Item], plan: &Plan) -> Contents {
    let mut contents = state.contents(suite);
    let moving = plan.moving();
    let mut touched = BTreeSet::new();
    for item in items.iter().filter(|item| moving.contains(&item.id)) {
        touched.insert(item.project.clone());
        contents
            .retain(|release, _| release.project != item.project || !item.removes.contains(&release.version));
        for version in &item.adds {
            let release = packhouse_distribution::Release::new(item.project.clone(), version.clone());
            contents.entry(release).or_default().extend(item.hashes.iter().copied());
        }
    }
    // Two items of one project may each keep what the other replaces.
    for project in touched {
        drop_superseded(state, &project, &mut contents);
    }
    contents
}
