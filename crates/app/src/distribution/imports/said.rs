//! What follows from a peer's ledger becomes entries of ours.

use packhouse_distribution::Act;
use packhouse_distribution::peer::{self, Follower};
use packhouse_distribution::state::Refused;
use packhouse_model::PeerName;

use super::super::LedgerError;
use super::{ImportError, ImportReport};
use crate::error::chain;
use crate::packhouse::Packhouse;

/// Acts that are worked out at once.
const BATCH: usize = 200;
/// Acts of one look; the next goes on.
const MOST: usize = 20_000;
/// Statements of one look that are refused, before it is given up.
const MOST_REFUSED: usize = 100;

impl Packhouse {
    /// Says what is due, and what follows from that.
    pub(super) async fn conclude(
        &self,
        name: &PeerName,
        follower: &Follower,
    ) -> Result<ImportReport, ImportError> {
        let mut report =
            ImportReport { head: Some(follower.end()), complete: true, ..ImportReport::default() };
        let (mut said, mut refused) = (0, Vec::new());
        'look: while said < MOST && refused.len() < MOST_REFUSED {
            let mut due = peer::due(&self.distribution(), name, follower, BATCH + refused.len());
            due.retain(|one| !refused.contains(one));
            if due.is_empty() {
                break;
            }
            for one in due {
                match self.say(&one.act, &one.files).await {
                    Ok(_) => {
                        said += 1;
                        match one.act {
                            Act::Import(_) => report.imported += 1,
                            Act::ImportEnd(_) => report.taken_back += 1,
                            _ => report.people += 1,
                        }
                    }
                    // Somebody was faster, or it cannot be said: what else is due is looked at anew.
                    Err(
                        error @ (LedgerError::Refused(_) | LedgerError::Known | LedgerError::Statement(_)),
                    ) => {
                        let conflict = matches!(error, LedgerError::Refused(Refused::Conflict(_)));
                        if !conflict {
                            let act = one.act.word();
                            tracing::error!(peer = %name, act, error = %chain(&error), "an import was refused");
                        }
                        refused.push(one);
                        continue 'look;
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
        if said > 0 {
            self.do_duties().await;
        }
        Ok(report)
    }
}
