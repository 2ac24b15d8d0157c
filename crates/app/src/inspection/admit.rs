//! No client gets all of a file that nobody has looked into: the gate between the bytes and whoever asked for them.

use super::seen::Place;
use crate::download::Download;
use crate::error::AppError;
use crate::eviction::Awaited;
use crate::file::{FileKey, Judged};
use crate::packhouse::Packhouse;

/// How often a decision is made again because of what was seen.
const AGAIN: usize = 3;

impl Packhouse {
    /// Has a file whose bytes are here inspected, where the index that serves it wants that, and decided on with what was
    /// seen.
    pub(crate) async fn admitted(&self, key: &FileKey, judged: Judged) -> Result<Judged, AppError> {
        let mut judged = judged;
        for _ in 0..AGAIN {
            if !judged.looks_into {
                return Ok(judged);
            }
            let at = Place { project: judged.project.clone(), place: judged.place };
            let seen = self.seen(key.sha256, &at).await?;
            if seen.told == judged.project.files[judged.place].facts.inspected {
                // What it was decided on with.
                return Ok(judged);
            }
            self.show_project_again(&judged.project.upstream, &judged.project.facts.name);
            // A project that was read before the result was written down may come once more.
            judged = self.judge(key).await?;
        }
        Err(AppError::lost("a file was being inspected"))
    }

    /// Waits in a task of its own until a file has arrived, was inspected, and may go out.
    pub(crate) fn gate(
        &self,
        key: &FileKey,
        judged: Judged,
        mut download: Download,
        awaited: Awaited,
    ) -> Gate {
        let (this, key) = (self.clone(), key.clone());
        Gate(tokio::spawn(async move {
            download.finished().await?;
            let admitted = this.admitted(&key, judged).await.map(drop);
            drop(awaited);
            this.evict_if_full().await;
            admitted
        }))
    }
}

/// Whether the last bytes of a file may go out. It goes on when nobody waits for it any more.
#[derive(Debug)]
pub struct Gate(tokio::task::JoinHandle<Result<(), AppError>>);

impl Gate {
    /// Waits for the word.
    pub(crate) async fn opened(self) -> Result<(), AppError> {
        self.0.await.unwrap_or_else(|_| Err(AppError::lost("a file was being inspected")))
    }
}
