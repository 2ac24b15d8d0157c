//! The audit list: refusals that happened, and the exceptions in force.

use std::sync::{Mutex, PoisonError};

use packhouse_guard::Exception;
use packhouse_model::{IndexName, Sha256};
use packhouse_store::{NewRefusal, Refusal as Row, RefusalFilter};

use crate::error::{AppError, Refusal};
use crate::packhouse::Packhouse;

/// Refusals since they were last written down.
#[derive(Debug, Default)]
pub(crate) struct Audit(Mutex<Vec<NewRefusal>>);

/// Between two writes at most this many are kept: a flood of refusals must not fill the memory. The table adds
/// equal ones up, so what is lost is only how often.
const WAITING: usize = 10_000;

impl Audit {
    pub(crate) fn note(&self, refusal: &Refusal, sha256: Option<Sha256>) {
        let Some(hit) = refusal.decision.reason() else { return };
        let row = NewRefusal {
            index: refusal.index.clone(),
            project: refusal.project.clone(),
            version: refusal.version.clone(),
            filename: refusal.filename.clone(),
            sha256,
            rule: hit.rule.to_owned(),
            sentence: hit.sentence.clone(),
        };
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < WAITING {
            waiting.push(row);
        }
    }

    fn take(&self) -> Vec<NewRefusal> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A page of the audit list.
#[derive(Debug)]
pub struct AuditPage {
    /// Refusals, the latest first.
    pub refusals: Vec<Row>,
    /// How many there are in all.
    pub total: u64,
}

impl Packhouse {
    pub(crate) async fn write_down_refusals(&self) -> Result<(), AppError> {
        let refusals = self.audit.take();
        if !refusals.is_empty() {
            self.store.record_refusals(&refusals, self.clock.now()).await?;
        }
        Ok(())
    }

    /// The refusals that happened, the latest first; `page` counts from 0.
    pub async fn refusals(
        &self,
        filter: &RefusalFilter,
        page: u32,
        per_page: u32,
    ) -> Result<AuditPage, AppError> {
        self.write_down_refusals().await?;
        let found = self.store.refusals(filter, per_page, page.saturating_mul(per_page)).await?;
        Ok(AuditPage { refusals: found.refusals, total: found.total })
    }

    /// Every exception of the configuration with the indexes it holds for.
    pub fn exceptions(&self) -> Vec<(Exception, Vec<IndexName>)> {
        let mut all: Vec<(Exception, Vec<IndexName>)> = Vec::new();
        for index in self.indexes() {
            for exception in index.policy.exceptions() {
                match all.iter_mut().find(|(known, _)| known == exception) {
                    Some((_, indexes)) => indexes.push(index.name.clone()),
                    None => all.push((exception.clone(), vec![index.name.clone()])),
                }
            }
        }
        all
    }
}
