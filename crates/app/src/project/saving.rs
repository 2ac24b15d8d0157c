//! Saving pages in groups: those that arrive while one is being written go to the disk together.

use std::sync::{Mutex, PoisonError};

use packhouse_model::Timestamp;
use packhouse_store::{Error as StoreError, NewPage, SeenFile};
use tokio::sync::oneshot;

use crate::error::AppError;
use crate::packhouse::Packhouse;

/// Pages written in one transaction. More would keep the first of them waiting.
const MOST_TOGETHER: usize = 16;

type Seen = Result<Vec<SeenFile>, StoreError>;

/// Pages that wait to be written.
///
/// A resolver's first run brings a hundred pages within a second, and every transaction waits for the disk. Whoever has
/// the turn writes what has gathered since the turn before, its own page among it.
#[derive(Debug, Default)]
pub(crate) struct Saving {
    waiting: Mutex<Vec<Waiting>>,
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Waiting {
    page: NewPage,
    now: Timestamp,
    saved: oneshot::Sender<Seen>,
}

impl Saving {
    fn gathered(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let together = waiting.len().min(MOST_TOGETHER);
        waiting.drain(..together).collect()
    }
}

impl Packhouse {
    /// Saves a page, with others that wait at the same time; returns when it is on the disk. What one page fails by,
    /// the others do not.
    pub(super) async fn save(&self, page: NewPage, now: Timestamp) -> Result<Vec<SeenFile>, AppError> {
        let (saved, mut outcome) = oneshot::channel();
        self.saving.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(Waiting { page, now, saved });
        loop {
            let turn = self.saving.turn.lock().await;
            match outcome.try_recv() {
                Ok(seen) => return Ok(seen?),
                Err(oneshot::error::TryRecvError::Closed) => {
                    return Err(AppError::lost("a page was being saved"));
                }
                // Its turn has not come, and there are pages before it.
                Err(oneshot::error::TryRecvError::Empty) => self.save_together(self.saving.gathered()).await,
            }
            drop(turn);
        }
    }

    async fn save_together(&self, mut group: Vec<Waiting>) {
        // Two servers that save the same pages take their rows in the same order.
        group.sort_by(|a, b| (&a.page.upstream, &a.page.project).cmp(&(&b.page.upstream, &b.page.project)));
        if group.len() > 1 {
            let pages: Vec<_> = group.iter().map(|waiting| (&waiting.page, waiting.now)).collect();
            match self.store.save_pages(&pages).await {
                Ok(seen) => {
                    for (waiting, seen) in group.into_iter().zip(seen) {
                        // Nobody waits for it any more.
                        let _ = waiting.saved.send(Ok(seen));
                    }
                    return;
                }
                Err(error) => tracing::debug!(%error, pages = group.len(), "saved one by one instead"),
            }
        }
        for waiting in group {
            let seen = self.store.save_page(&waiting.page, waiting.now).await;
            let _ = waiting.saved.send(seen);
        }
    }
}
