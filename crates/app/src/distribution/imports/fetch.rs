//! A peer's ledger comes: from its address, or in parts of a file.

use std::time::{Duration, Instant};

use packhouse_client::Client;
use packhouse_distribution::peer::{FollowError, Follower};
use packhouse_model::PeerName;
use packhouse_trust::ledger::ExportReader;
use packhouse_trust::{Head, Recorded};

use super::{Following, ImportError, ImportReport};
use crate::error::AppError;
use crate::packhouse::Packhouse;

/// Bytes that are read before what they say is verified.
const ROUND: u64 = 16 << 20;
/// The largest ledger that is followed, in bytes of export.
const MOST_BYTES: u64 = 1 << 30;
/// The time for one round, and for all rounds of one look; what is left is read at the next.
const LONGEST: Duration = Duration::from_secs(120);

impl Packhouse {
    pub(super) async fn fetch(
        &self,
        name: &PeerName,
        slot: &mut Option<Following>,
    ) -> Result<ImportReport, ImportError> {
        self.catch_up().await?;
        let peer = self.subscription(name)?;
        let address = peer.settings.address.as_ref().ok_or_else(|| ImportError::NoAddress(name.clone()))?;
        let address =
            address.parse().map_err(|source| ImportError::Address { peer: name.clone(), source })?;
        let asked = |source| ImportError::Client { peer: name.clone(), source };
        let client = Client::new(address, None).map_err(asked)?;
        let slow = |_| ImportError::Slow { peer: name.clone(), seconds: LONGEST.as_secs() };
        // A few bytes say whether there is anything new. They are only a hint: what is believed is the ledger.
        let about =
            tokio::time::timeout(LONGEST, client.distribution()).await.map_err(slow)?.map_err(asked)?;
        let (id, told) = (about.document.id, about.document.head);
        if id != peer.settings.distribution {
            let source = FollowError::Another { expected: peer.settings.distribution, found: id };
            return Err(ImportError::Follow { peer: name.clone(), source });
        }
        let mut following = self.following(name, &peer, slot.take()).await?;
        let before = following.follower.end().number;
        let unchanged = Head { number: told.number, hash: told.hash } == following.follower.end();
        if !(unchanged && following.complete) {
            following.follower.begin();
            following.complete = false;
            let begun = Instant::now();
            loop {
                let (whole, entries, bytes) = match self.round(name, &client, following.follower.end()).await
                {
                    Ok(round) => round,
                    Err(error) => {
                        // What was read before is as good as it was.
                        *slot = Some(following);
                        return Err(error);
                    }
                };
                following.bytes = following.bytes.saturating_add(bytes);
                if following.bytes > MOST_BYTES || !whole && entries.is_empty() {
                    return Err(ImportError::TooLarge { peer: name.clone(), most: MOST_BYTES });
                }
                following.follower = replay(name, following.follower, entries).await?;
                self.keep_following(name, &mut following).await;
                if whole {
                    following
                        .follower
                        .finish()
                        .map_err(|source| ImportError::Follow { peer: name.clone(), source })?;
                    following.complete = true;
                    break;
                }
                if begun.elapsed() > LONGEST {
                    break;
                }
            }
        }
        let read = following.follower.end().number - before;
        let report = if following.complete {
            self.conclude(name, &following.follower).await
        } else {
            Ok(ImportReport { head: Some(following.follower.end()), ..ImportReport::default() })
        };
        *slot = Some(following);
        report.map(|report| ImportReport { read, ..report })
    }

    /// Entries from the last that is known on; whether those were all, and how many bytes it was.
    async fn round(
        &self,
        name: &PeerName,
        client: &Client,
        end: Head,
    ) -> Result<(bool, Vec<Recorded>, u64), ImportError> {
        let mut reader = ExportReader::new();
        let (mut entries, mut bytes, mut problem) = (Vec::new(), 0_u64, None);
        let mut each = |chunk: &[u8]| {
            bytes += chunk.len() as u64;
            if problem.is_none() {
                problem = reader.feed(chunk, |recorded| entries.push(recorded)).err();
            }
        };
        // The last known entry comes again: that is how another history is noticed.
        let exported = client.export_at_most(end.number.saturating_sub(1), ROUND, &mut each);
        let whole = tokio::time::timeout(LONGEST, exported)
            .await
            .map_err(|_| ImportError::Slow { peer: name.clone(), seconds: LONGEST.as_secs() })?
            .map_err(|source| ImportError::Client { peer: name.clone(), source })?;
        let ended = if whole && problem.is_none() { reader.finish().err() } else { None };
        if let Some(source) = problem.or(ended) {
            return Err(ImportError::Export { peer: name.clone(), source });
        }
        Ok((whole, entries, bytes))
    }

    pub(super) async fn take_part(
        &self,
        name: &PeerName,
        slot: &mut Option<Following>,
        part: usize,
        of: usize,
        lines: &[u8],
    ) -> Result<ImportReport, ImportError> {
        self.catch_up().await?;
        let peer = self.subscription(name)?;
        let mut following = self.following(name, &peer, slot.take()).await?;
        let expected = following.part;
        if part != 1 && part != expected || part == 0 || part > of {
            *slot = Some(following);
            return Err(ImportError::Part { peer: name.clone(), expected, found: part, of });
        }
        if part == 1 {
            following.follower.begin();
            following.bytes = 0;
        }
        following.complete = false;
        following.bytes = following.bytes.saturating_add(lines.len() as u64);
        if following.bytes > MOST_BYTES {
            return Err(ImportError::TooLarge { peer: name.clone(), most: MOST_BYTES });
        }
        let mut entries = Vec::new();
        let mut reader = ExportReader::new();
        let came = reader.feed(lines, |recorded| entries.push(recorded)).and_then(|()| reader.finish());
        came.map_err(|source| ImportError::Export { peer: name.clone(), source })?;
        let before = following.follower.end().number;
        following.follower = replay(name, following.follower, entries).await?;
        self.keep_following(name, &mut following).await;
        following.part = part + 1;
        let read = following.follower.end().number - before;
        let mut report = ImportReport { head: Some(following.follower.end()), ..ImportReport::default() };
        if part == of {
            following.part = 1;
            following
                .follower
                .finish()
                .map_err(|source| ImportError::Follow { peer: name.clone(), source })?;
            following.complete = true;
            report = match self.conclude(name, &following.follower).await {
                Ok(report) => report,
                Err(error) => {
                    *slot = Some(following);
                    return Err(error);
                }
            };
        }
        *slot = Some(following);
        Ok(ImportReport { read, ..report })
    }
}

/// Verifies what came. After a failure nothing of the ledger stays in memory: the next look begins at its first entry.
async fn replay(
    name: &PeerName,
    mut follower: Follower,
    entries: Vec<Recorded>,
) -> Result<Follower, ImportError> {
    let work = move || {
        entries.iter().try_for_each(|recorded| follower.push(recorded))?;
        Ok(follower)
    };
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|_| crate::LedgerError::App(AppError::lost("a peer's ledger was verified")))?;
    done.map_err(|source| ImportError::Follow { peer: name.clone(), source })
}
