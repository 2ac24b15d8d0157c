//! Reading the ledgers of peers, and writing down what follows from them.
//!
//! A peer's ledger is replayed in memory, from its first entry; a later look reads on from there, also after a restart
//! (`kept`). What was seen of it is remembered apart from that, so that no shorter or other ledger is believed. Nothing is concluded before the
//! ledger was read to its end: what takes a review back stands behind it.

mod error;
mod fetch;
mod kept;
mod said;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use packhouse_distribution::peer::Follower;
use packhouse_distribution::state::peers::PeerRow;
use packhouse_model::{PeerName, Timestamp};
use packhouse_trust::Head;
use serde::{Deserialize, Serialize};

use crate::error::{AppError, chain};
use crate::packhouse::Packhouse;

pub use error::ImportError;

/// The ledgers that this process follows.
#[derive(Debug, Default)]
pub(crate) struct Peers(Mutex<HashMap<PeerName, Slot>>);

/// Held by whoever reads the peer's ledger.
type Slot = Arc<tokio::sync::Mutex<Option<Following>>>;

/// A peer's ledger in memory.
#[derive(Debug)]
struct Following {
    follower: Follower,
    /// Bytes of export that it came as.
    bytes: u64,
    /// The part of a file that comes next, from 1.
    part: usize,
    /// Whether it was read to its end, and that end believed.
    complete: bool,
    /// How far of it is in the database.
    kept: Option<packhouse_store::PeerMark>,
}

/// What a look at a peer's ledger came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportReport {
    /// How far the peer's ledger was read; 0 for not at all.
    pub head: Option<Head>,
    /// Entries that were new.
    pub read: u64,
    /// Reviews that were imported.
    pub imported: u64,
    /// Reviews that were taken back.
    pub taken_back: u64,
    /// People of whom something new was written down.
    pub people: u64,
    /// Whether it was read to its end: only then anything is concluded.
    pub complete: bool,
}

/// How the last look at a peer went, and what was seen of its ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportChecked {
    /// When.
    pub at: Timestamp,
    /// The highest end that was ever seen, and believed.
    pub head: Head,
    /// Why nothing was taken from it.
    pub error: Option<String>,
}

impl Peers {
    fn slot(&self, name: &PeerName) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(name.clone()).or_default())
    }
}

impl Packhouse {
    /// Reads on in a peer's ledger at its address, and writes down what follows.
    pub async fn fetch_import(&self, name: &PeerName) -> Result<ImportReport, ImportError> {
        let slot = self.peers.slot(name);
        let mut slot = slot.lock().await;
        let report = self.fetch(name, &mut slot).await;
        self.drop_unbelieved(name, &report).await;
        self.note_checked(name, &report).await;
        report
    }

    /// Takes a part of a peer's ledger in as lines of an export, part `part` of `of`, the first of them from the ledger's first
    /// entry on. With the last, writes down what follows.
    pub async fn import_ledger(
        &self,
        name: &PeerName,
        part: usize,
        of: usize,
        lines: &[u8],
    ) -> Result<ImportReport, ImportError> {
        let slot = self.peers.slot(name);
        let mut slot = slot.lock().await;
        let report = self.take_part(name, &mut slot, part, of, lines).await;
        self.drop_unbelieved(name, &report).await;
        self.note_checked(name, &report).await;
        report
    }

    /// How the last look at a peer went; none before the first.
    pub async fn import_checked(&self, name: &PeerName) -> Result<Option<ImportChecked>, AppError> {
        let kept = self.store.setting(&setting(name)).await?;
        Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()))
    }

    /// The job: looks at a peer. A failure is written down and logged; the next look comes at its time.
    pub(super) async fn import_job(&self, name: &PeerName) -> Result<(), AppError> {
        let state = self.distribution();
        let Some(row) = state.peers.get(name).filter(|row| row.ended.is_none()) else { return Ok(()) };
        let report = if row.settings.address.is_some() {
            self.fetch_import(name).await
        } else {
            // What came as a file may hold reviews of what was taken in since.
            let slot = self.peers.slot(name);
            let slot = slot.lock().await;
            match slot.as_ref().filter(|following| following.complete) {
                Some(following) => self.conclude(name, &following.follower).await,
                None => return Ok(()),
            }
        };
        match report {
            Ok(report) => {
                let (imported, taken_back) = (report.imported, report.taken_back);
                tracing::info!(peer = %name, read = report.read, imported, taken_back, "import");
            }
            Err(error) => tracing::warn!(peer = %name, error = %chain(&error), "nothing was imported"),
        }
        Ok(())
    }

    /// A ledger that is not believed is begun anew.
    async fn drop_unbelieved(&self, name: &PeerName, report: &Result<ImportReport, ImportError>) {
        if let Err(ImportError::Follow { .. } | ImportError::TooLarge { .. }) = report {
            self.forget_following(name).await;
        }
    }

    /// Writes down how a look went. What was seen of a ledger is never forgotten, whatever comes later.
    async fn note_checked(&self, name: &PeerName, report: &Result<ImportReport, ImportError>) {
        let before = match self.import_checked(name).await {
            Ok(before) => before.map_or(Head::EMPTY, |checked| checked.head),
            Err(error) => {
                tracing::error!(%error, "what was seen of a peer cannot be read");
                return;
            }
        };
        let (head, error) = match report {
            // Nobody knows yet whether what was read so far is all of it.
            Ok(report) if !report.complete => return,
            Ok(report) => (report.head.filter(|head| head.number >= before.number).unwrap_or(before), None),
            Err(ImportError::Unknown(_) | ImportError::Ended(_) | ImportError::NoAddress(_)) => return,
            Err(error) => (before, Some(chain(error))),
        };
        let checked = ImportChecked { at: self.now(), head, error };
        let text = serde_json::to_string(&checked).unwrap_or_default();
        if let Err(error) = self.store.set_setting(&setting(name), &text).await {
            tracing::error!(%error, "what was seen of a peer was not written down");
        }
    }

    /// The subscription, unless it has ended.
    fn subscription(&self, name: &PeerName) -> Result<PeerRow, ImportError> {
        let state = self.distribution();
        let row = state.peers.get(name).ok_or_else(|| ImportError::Unknown(name.clone()))?;
        if row.ended.is_some() {
            return Err(ImportError::Ended(name.clone()));
        }
        Ok(row.clone())
    }

    /// The ledger in memory, or an empty one that expects all that was ever seen of it.
    async fn following(
        &self,
        name: &PeerName,
        peer: &PeerRow,
        kept: Option<Following>,
    ) -> Result<Following, ImportError> {
        let distribution = peer.settings.distribution;
        let known = match kept.filter(|kept| kept.follower.distribution() == distribution) {
            Some(kept) => Some(kept),
            None => self.kept_following(name, distribution).await.map_err(crate::LedgerError::App)?,
        };
        let mut following = known.unwrap_or_else(|| Following {
            follower: Follower::new(distribution),
            bytes: 0,
            part: 1,
            complete: false,
            kept: None,
        });
        let checked = self.import_checked(name).await.map_err(crate::LedgerError::App)?;
        let seen = peer.head.into_iter().chain(checked.map(|checked| checked.head));
        for head in seen.filter(|head| head.number > 0) {
            following
                .follower
                .remember(head)
                .map_err(|source| ImportError::Follow { peer: name.clone(), source })?;
        }
        Ok(following)
    }
}

fn setting(name: &PeerName) -> String {
    format!("import.{name}")
}
