//! The ledger's entries as others read them, and looks that people ask for.

use packhouse_model::ProjectName;
use packhouse_trust::{Entry, Recorded};

use super::LedgerError;
use crate::error::AppError;
use crate::jobs::Kind;
use crate::packhouse::Packhouse;

impl Packhouse {
    /// At most `limit` entries after the one with the number `after`, in order, byte for byte as they are kept.
    pub async fn ledger_after(&self, after: u64, limit: u32) -> Result<Vec<Recorded>, LedgerError> {
        let kept = self.store.ledger_after(after, limit).await?;
        kept.into_iter()
            .map(|kept| {
                let entry = Entry::stored(kept.number, kept.previous, kept.envelope).map_err(|error| {
                    LedgerError::Damaged { number: kept.number, problem: error.to_string() }
                })?;
                Ok(Recorded { entry, hash: kept.hash })
            })
            .collect()
    }

    /// Has the upstream looked at now for new releases of a project under maintenance, instead of at its next time.
    pub async fn watch_soon(&self, project: &ProjectName) -> Result<(), AppError> {
        if !self.distribution().is_maintained(project) {
            return Err(AppError::not_found(format!("{project} is not under maintenance")));
        }
        self.enqueue(Kind::Watch, project.as_str(), "").await;
        Ok(())
    }
}
