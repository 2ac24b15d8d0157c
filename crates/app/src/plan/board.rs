use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use packhouse_distribution::State;
use packhouse_distribution::act::Stage;
use packhouse_model::{ProjectName, Sha256};
use packhouse_plan::board::{Board, NextSet, Value};
use packhouse_plan::capacity::Effort;
use packhouse_plan::score::Weights;
use packhouse_plan::snapshot::Ecosystem;
use tokio::sync::watch;

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

const NO_BOARD: &str = "the plan could not be made";

/// A plan for somebody who does not wait for long.
#[derive(Debug, Clone, Default)]
pub struct Soon {
    /// The plan; none when there are no data sets, or when none was made before.
    pub board: Option<Arc<Board>>,
    /// Of which state of the archive it is.
    pub state: Option<Sha256>,
    /// Whether there are newer data sets, of which it is being made.
    pub making: bool,
}

/// How often is looked whether data sets were imported.
const LOOK: Duration = Duration::from_secs(2);

impl Packhouse {
    /// The plan of a registry as the data sets say it; `None` when there are none of it. Made once for each state of the
    /// archive, however many ask, and kept until the archive changes or another registry is asked for.
    pub async fn board(&self, ecosystem: &Ecosystem) -> Result<Option<Arc<Board>>, AppError> {
        let Some(key) = self.board_key(ecosystem).await? else { return Ok(None) };
        if let Some(board) = self.boards.get(&key) {
            return Ok(board);
        }
        let packhouse = self.clone();
        let kept = key.clone();
        let work = || async move {
            let made = tokio::task::spawn_blocking(move || packhouse.board_now(&kept)).await;
            match made {
                Ok(Ok(board)) => Ok(board),
                Ok(Err(error)) => Err(AppError::internal(NO_BOARD, error)),
                Err(error) => Err(AppError::internal(NO_BOARD, error)),
            }
        };
        self.boarding.run(key, work).await.unwrap_or_else(|| Err(AppError::lost(NO_BOARD)))
    }

    /// The same for somebody who waits no longer than `patience`: then it goes on without them, and they have the plan of
    /// the data sets before, if there were any.
    pub async fn board_soon(&self, ecosystem: &Ecosystem, patience: Duration) -> Result<Soon, AppError> {
        let Some(key) = self.board_key(ecosystem).await? else { return Ok(Soon::default()) };
        if let Some(board) = self.boards.get(&key) {
            return Ok(Soon { board, state: Some(key.0), making: false });
        }
        let before = self.boards.iter().find(|(key, _)| key.1 == *ecosystem);
        let (packhouse, of) = (self.clone(), ecosystem.clone());
        let making = tokio::spawn(async move { packhouse.board(&of).await });
        match tokio::time::timeout(patience, making).await {
            Ok(Ok(board)) => Ok(Soon { board: board?, state: Some(key.0), making: false }),
            Ok(Err(error)) => Err(AppError::internal(NO_BOARD, error)),
            Err(_) => {
                let (state, board) = before.map_or((None, None), |(key, board)| (Some(key.0), board));
                Ok(Soon { board, state, making: true })
            }
        }
    }

    /// Makes the plan before anybody asks: at the start, and when other data sets were imported and nothing was for a moment.
    pub async fn keep_board(&self, mut stop: watch::Receiver<bool>) {
        let (mut made, mut seen) = (None, None);
        loop {
            // What cannot be read is told to whoever asks for it.
            let found = self.board_key(&Ecosystem::Pypi).await.unwrap_or_default();
            if found.is_some() && found != made && (found == seen || made.is_none()) {
                if let Err(error) = self.board(&Ecosystem::Pypi).await {
                    tracing::warn!(error = %crate::error::chain(&error), "the plan was not made");
                }
                made.clone_from(&found);
            }
            seen = found;
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = stop.changed() => return,
            }
        }
    }

    /// Under which key the plan is kept; none when nothing was imported.
    async fn board_key(&self, ecosystem: &Ecosystem) -> Result<Option<BoardKey>, AppError> {
        let archive = Archive::of(&self.settings.data);
        let state = tokio::task::spawn_blocking(move || archive.state()).await;
        let state = state.map_err(|error| AppError::internal(NO_BOARD, error))?;
        let state = state.map_err(|error| AppError::internal(NO_BOARD, error))?;
        Ok(state.map(|state| (state, ecosystem.clone())))
    }

    fn board_now(&self, key: &BoardKey) -> Result<Option<Arc<Board>>, ArchiveError> {
        let ecosystem = &key.1;
        let snapshots = Archive::of(&self.settings.data).newest(ecosystem, self.clock.now())?;
        let board = (!snapshots.is_empty()).then(|| {
            let begun = Instant::now();
            let board = Board::new(&snapshots, ecosystem, &Weights::default(), &Effort::default());
            tracing::info!(
                packages = board.graph.len(),
                seconds = begun.elapsed().as_secs_f64(),
                "the plan was made"
            );
            Arc::new(board)
        });
        self.boards.insert(key.clone(), board.clone());
        Ok(board)
    }

    /// The best set for some hours of review by a plan, given what the suites hold; `None` when there is no plan. It is a cut of
    /// a large graph: made once for each question and state, and never two at the same time.
    pub async fn plan_next(
        &self,
        plan: &Soon,
        by: Value,
        hours: u64,
        steps: usize,
    ) -> Result<Option<Arc<NextSet>>, AppError> {
        let Soon { board: Some(board), state: Some(state), .. } = plan else { return Ok(None) };
        let board = Arc::clone(board);
        let what = "the best set could not be found";
        let head = self.catch_up().await.map_err(|error| AppError::internal(what, error))?;
        let key = ((*state, board.ecosystem.clone()), head.number, by, hours, steps);
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
