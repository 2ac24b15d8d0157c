use std::collections::BTreeSet;
use std::sync::Arc;

use packhouse_distribution::State;
use packhouse_distribution::act::Stage;
use packhouse_model::{ProjectName, Sha256};
use packhouse_plan::board::{Board, NextSet, Value};
use packhouse_plan::capacity::Effort;
use packhouse_plan::score::Weights;
use packhouse_plan::snapshot::Ecosystem;

use super::{Archive, ArchiveError};
use crate::error::AppError;
use crate::packhouse::Packhouse;

/// A state of the archive, and the registry that is looked at.
pub type BoardKey = (Sha256, Ecosystem);

/// A board, the number of the ledger's last entry, what packages are worth, hours of review, steps.
pub type NextKey = (BoardKey, u64, Value, u64, usize);

/// The projects of which a suite that is looked after holds a release: what users can install vetted.
pub fn vetted(state: &State) -> BTreeSet<ProjectName> {
    let suites = state.suites.iter().filter(|(_, row)| row.stage != Stage::EndOfLife);
    suites
        .flat_map(|(name, _)| state.suite_projects(name))
        .filter(|(_, placement)| !placement.releases.is_empty())
        .map(|(project, _)| project.clone())
        .collect()
}

impl Packhouse {
    /// The plan of a registry as the data sets say it; `None` when there are none of it. Made once for each state of the
    /// archive, however many ask, and kept until the archive changes or another registry is asked for.
    pub async fn board(&self, ecosystem: &Ecosystem) -> Result<Option<Arc<Board>>, AppError> {
        let (packhouse, ecosystem) = (self.clone(), ecosystem.clone());
        let made = tokio::task::spawn_blocking(move || packhouse.board_now(&ecosystem)).await;
        let what = "the plan could not be made";
        match made {
            Ok(Ok(board)) => Ok(board),
            Ok(Err(error)) => Err(AppError::internal(what, error)),
            Err(error) => Err(AppError::internal(what, error)),
        }
    }

    fn board_now(&self, ecosystem: &Ecosystem) -> Result<Option<Arc<Board>>, Arc<ArchiveError>> {
        let archive = Archive::of(&self.settings.data);
        let Some(state) = archive.state().map_err(Arc::new)? else { return Ok(None) };
        let now = self.clock.now();
        self.boards.try_get_with((state, ecosystem.clone()), || {
            let snapshots = archive.newest(ecosystem, now)?;
            if snapshots.is_empty() {
                return Ok(None);
            }
            let board = Board::new(&snapshots, ecosystem, &Weights::default(), &Effort::default());
            Ok(Some(Arc::new(board)))
        })
    }

    /// The best set for some hours of review, given what the suites hold; `None` when there are no data sets. It is a cut of a
    /// large graph: made once for each question and state, and never two at the same time.
    pub async fn plan_next(
        &self,
        ecosystem: &Ecosystem,
        by: Value,
        hours: u64,
        steps: usize,
    ) -> Result<Option<Arc<NextSet>>, AppError> {
        let Some(board) = self.board(ecosystem).await? else { return Ok(None) };
        let what = "the best set could not be found";
        let head = self.catch_up().await.map_err(|error| AppError::internal(what, error))?;
        let archive = Archive::of(&self.settings.data);
        let state = archive.state().map_err(|error| AppError::internal(what, error))?;
        let Some(state) = state else { return Ok(None) };
        let key = ((state, ecosystem.clone()), head.number, by, hours, steps);
        if let Some(known) = self.nexts.get(&key) {
            return Ok(Some(known));
        }
        let _alone = self.cutting.acquire().await.map_err(|_| AppError::lost(what))?;
        let (packhouse, kept) = (self.clone(), key.clone());
        let work = tokio::task::spawn_blocking(move || {
            packhouse.nexts.try_get_with(kept, || {
                let names: Vec<String> =
                    vetted(&packhouse.distribution()).iter().map(ToString::to_string).collect();
                let places = board.places(names.iter().map(String::as_str));
                board.next(&places, by, hours as f64, steps).map(Arc::new)
            })
        });
        match work.await {
            Ok(Ok(found)) => Ok(Some(found)),
            Ok(Err(error)) => Err(AppError::internal(what, error)),
            Err(error) => Err(AppError::internal(what, error)),
        }
    }
}
