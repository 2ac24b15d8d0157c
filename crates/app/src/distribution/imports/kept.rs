//! What was read of a peer's ledger is kept, so that a restart reads on and not anew.
//!
//! A ledger is a chain from an entry that a person here signed for, and each entry is verified against what all entries
//! before it came to. Both are known at any point of it: the hash of the last entry, and the rows. So nothing needs the
//! entries before a checkpoint again; what follows it must follow its hash. The rows are believed as those of this server's own
//! distribution are ([`super::super::ledger`]): whoever can write to the database can change them. After any failure to follow
//! a ledger the checkpoint goes, and the next look begins at the first entry.

use packhouse_distribution::peer::Follower;
use packhouse_distribution::state::ROWS_FORMAT;
use packhouse_distribution::{RowChange, RowError};
use packhouse_model::{PeerName, Sha256};
use packhouse_store::{PeerMark, StateChange};
use packhouse_trust::Head;

use super::Following;
use crate::error::{AppError, chain};
use crate::packhouse::Packhouse;

impl Packhouse {
    /// What was read of a peer's ledger before this process began; none when nothing is kept that this version understands.
    pub(super) async fn kept_following(
        &self,
        name: &PeerName,
        distribution: Sha256,
    ) -> Result<Option<Following>, AppError> {
        // Mark and rows are of one moment only if nobody read on in between.
        let (mark, rows) = loop {
            let Some(mark) = self.store.peer_mark(name.as_str()).await? else { return Ok(None) };
            let rows = self.store.peer_rows(name.as_str()).await?;
            if self.store.peer_mark(name.as_str()).await? == Some(mark) {
                break (mark, rows);
            }
        };
        if mark.format != ROWS_FORMAT || mark.distribution != distribution {
            return Ok(None);
        }
        let end = Head { number: mark.number, hash: mark.hash };
        let rows = rows.into_iter().map(|row| (row.kind, row.key, row.value));
        let restore = move || Follower::restored(distribution, end, rows);
        let restored: Result<Follower, RowError> = tokio::task::spawn_blocking(restore)
            .await
            .map_err(|_| AppError::lost("what is kept of a peer was read"))?;
        match restored {
            Ok(follower) => Ok(Some(Following {
                follower,
                bytes: mark.bytes,
                part: 1,
                complete: false,
                kept: Some(mark),
            })),
            Err(error) => {
                tracing::warn!(peer = %name, error = %chain(&error), "what is kept of a peer is read anew");
                Ok(None)
            }
        }
    }

    /// Keeps what was read. A failure costs a restart more reading, and nothing else.
    pub(super) async fn keep_following(&self, name: &PeerName, following: &mut Following) {
        let follower = &mut following.follower;
        let end = follower.end();
        if following.kept.is_some_and(|kept| kept.number == end.number) {
            return;
        }
        let mark = PeerMark {
            distribution: follower.distribution(),
            number: end.number,
            hash: end.hash,
            format: ROWS_FORMAT,
            bytes: following.bytes,
        };
        let changes = follower.take_changes();
        let rows = if following.kept.is_some() { changes } else { follower.rows() };
        let rows: Vec<StateChange> = rows.into_iter().map(stored).collect();
        let kept = self.store.keep_peer(name.as_str(), following.kept.as_ref(), &mark, &rows).await;
        following.kept = match kept {
            Ok(true) => Some(mark),
            // Another server has read on: the next time all rows are kept, in the place of its own.
            Ok(false) => None,
            Err(error) => {
                tracing::warn!(peer = %name, error = %chain(&error), "what was read of a peer was not kept");
                None
            }
        };
    }

    /// Keeps nothing of a ledger that could not be followed: whatever was read of it may be of another one.
    pub(super) async fn forget_following(&self, name: &PeerName) {
        if let Err(error) = self.store.forget_peer(name.as_str()).await {
            tracing::error!(peer = %name, error = %chain(&error), "what was kept of a peer was not removed");
        }
    }
}

fn stored(row: RowChange) -> StateChange {
    StateChange { kind: row.table.to_owned(), key: row.key, value: row.value }
}
