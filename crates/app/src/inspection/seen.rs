//! Results of inspections: made once for the same bytes and rules, kept, and made anew when the rules change.

use std::sync::Arc;
use std::time::Duration;

use packhouse_guard::{Inspected, Weight};
use packhouse_inspect::{Baseline, Class, Finding, Report, Verdict};
use packhouse_model::{Sha256, Timestamp};
use packhouse_store::{Inspection, NewJob};

use super::inspector::Looked;
use super::job::Job;
use super::release::subject_of;
use crate::error::AppError;
use crate::jobs::Kind;
use crate::packhouse::Packhouse;
use crate::project::{Patience, Project};

/// A failure is looked at again after this long.
const AGAIN_AFTER: Duration = Duration::from_secs(600);
/// Findings of a report that are kept: the heaviest come first.
const KEPT: usize = 500;
/// Bytes of a report, unpacked.
const REPORT: usize = 64 << 20;
/// Results by other rules that one job has made anew before it makes room for others.
const AT_ONCE: u32 = 100;

/// The file that is inspected, where its project lists it.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) project: Arc<Project>,
    pub(crate) place: usize,
}

/// A result as decisions need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// What weighs; none: nothing.
    pub(crate) told: Option<Inspected>,
    /// Until when it holds, when the inspection failed.
    again: Option<Timestamp>,
}

impl Seen {
    fn of(row: &Inspection) -> Self {
        let told = row.told.as_deref().map(read_told);
        let again = row.rule_set.is_empty().then(|| row.made.plus(AGAIN_AFTER));
        Self { told, again }
    }
}

/// What decisions rest on, as it is kept. What cannot be read is no reason to hand the file out.
pub(crate) fn read_told(text: &str) -> Inspected {
    serde_json::from_str(text).unwrap_or_else(|_| Inspected {
        weight: Weight::Hold,
        unexamined: true,
        rule: "X03".to_owned(),
        place: String::new(),
        line: String::new(),
        message: "the kept result of the inspection cannot be read".to_owned(),
        question: "What stands in what was not examined?".to_owned(),
        more: 0,
    })
}

/// What of a report decisions rest on: the heaviest finding, and whether all of the file was examined.
pub(crate) fn told(report: &Report) -> Option<Inspected> {
    let weighing = || report.findings.iter().filter(|finding| finding.class > Class::Info);
    let heaviest = weighing().max_by_key(|finding| finding.class)?;
    let weight = match report.verdict {
        Verdict::Pass => return None,
        Verdict::Hold => Weight::Hold,
        Verdict::Review => Weight::Review,
        Verdict::Block => Weight::Block,
    };
    let unexamined = report.unexamined();
    // Of what only deserves a look, that something was not seen is the most important.
    let first = weighing().find(|finding| finding.class == heaviest.class).unwrap_or(heaviest);
    let shown = unexamined.filter(|_| weight == Weight::Hold).unwrap_or(first);
    Some(Inspected {
        weight,
        unexamined: unexamined.is_some(),
        rule: shown.rule.to_string(),
        place: place(shown),
        line: shown.excerpt.clone(),
        message: shown.message.clone(),
        question: shown.question.to_string(),
        more: weighing().count() + report.more - 1,
    })
}

/// `p/__init__.py:3`.
fn place(finding: &Finding) -> String {
    match finding.region {
        Some(region) if !finding.path.is_empty() => format!("{}:{}", finding.path, region.line),
        _ => finding.path.clone(),
    }
}

impl Packhouse {
    /// What was seen in a file whose bytes are here, by the rules of this program: from memory, from the database, or now.
    pub(crate) async fn seen(&self, sha256: Sha256, at: &Place) -> Result<Arc<Seen>, AppError> {
        let now = self.now();
        let holds = |seen: &Seen| seen.again.is_none_or(|again| now < again);
        if let Some(seen) = self.seen.get(&sha256).filter(|seen| holds(seen)) {
            return Ok(seen);
        }
        let (this, at) = (self.clone(), at.clone());
        let seen = self.inspecting.run(sha256, || async move { this.inspect_now(sha256, &at, false).await });
        seen.await.unwrap_or_else(|| Err(AppError::lost("a file was being inspected")))
    }

    async fn inspect_now(&self, sha256: Sha256, at: &Place, anew: bool) -> Result<Arc<Seen>, AppError> {
        if !anew && let Some(row) = self.store.inspection(sha256).await? {
            let seen = Arc::new(Seen::of(&row));
            let current = row.rule_set == self.inspector.rule_set();
            if current || seen.again.is_some_and(|again| self.now() < again) {
                self.seen.insert(sha256, Arc::clone(&seen));
                return Ok(seen);
            }
        }
        let filename = at.project.page.files[at.place].filename.clone();
        let (looked, base) = self.look_and_compare(sha256, &filename, at).await?;
        if looked.failed {
            let job =
                NewJob { run_at: self.now().plus(AGAIN_AFTER), ..self.job(Kind::Inspect, &sha256.hex()) };
            self.enqueue_job(Kind::Inspect, &sha256.hex(), NewJob { payload: filename.clone(), ..job }).await;
        }
        let row = self.keep_report(sha256, filename, looked, base).await?;
        let seen = Arc::new(Seen::of(&row));
        self.seen.insert(sha256, Arc::clone(&seen));
        Ok(seen)
    }

    /// One look at all of the file. Compared with what was there before is what would weigh, and what is young: in that,
    /// what was not there before may weigh although it says nothing alone.
    async fn look_and_compare(
        &self,
        sha256: Sha256,
        filename: &str,
        at: &Place,
    ) -> Result<(Looked, Option<Sha256>), AppError> {
        let _awaited = self.awaited.keep(sha256);
        let file = self.blobs.on_disk(sha256).await?;
        let file = file.ok_or_else(|| AppError::lost("a file that was just stored is gone"))?;
        let subject = subject_of(&file, filename);
        let alone = async || {
            let looked = self.inspector.look(Job { subject: subject.clone(), against: Vec::new() }).await;
            looked.map_err(|error| AppError::internal("a file was being inspected", error))
        };
        // What is compared in any case is looked at once, with what was there before.
        let mut looked = None;
        if !self.is_young(at) {
            let first = alone().await?;
            if first.failed || first.report.verdict == Verdict::Pass {
                return Ok((first, None));
            }
            looked = Some(first);
        }
        let base = match self.base_of(at).await {
            // Listed upstream and not there is as good as none: no other attempt would find it.
            Err(AppError::NotFound { .. }) => Ok(None),
            base => base,
        };
        if let Ok(Some(base)) = &base {
            let before = subject_of(&base.file, &base.filename);
            let job = Job { subject: subject.clone(), against: vec![(Baseline::PreviousRelease, before)] };
            let compared = self.inspector.look(job).await;
            let compared =
                compared.map_err(|error| AppError::internal("two files were being compared", error))?;
            return Ok((compared, Some(base.sha256)));
        }
        let looked = match looked {
            Some(looked) => looked,
            None => alone().await?,
        };
        let Err(error) = base else { return Ok((looked, None)) };
        tracing::warn!(file = filename, %error, "what came before a file could not be fetched");
        Ok((looked.without_base(), None))
    }

    /// Looks at one file alone, and keeps nothing.
    pub(super) async fn look_at(&self, sha256: Sha256, filename: &str) -> Result<Looked, AppError> {
        let file = self.blobs.on_disk(sha256).await?;
        let file = file.ok_or_else(|| AppError::lost("a file that was just stored is gone"))?;
        self.inspector.look(Job { subject: subject_of(&file, filename), against: Vec::new() }).await
    }

    /// Looks at a kept file against others that are kept, for people who review it. Where the bytes are gone, or the
    /// inspection fails, the report says so.
    pub(crate) async fn look_for_review(
        &self,
        filename: &str,
        sha256: Sha256,
        against: &[(Baseline, String, Sha256)],
    ) -> Result<Looked, AppError> {
        let gone = || AppError::not_found(format!("the bytes of {filename} are not kept here"));
        let file = self.blobs.on_disk(sha256).await?.ok_or_else(gone)?;
        // Held until the end: from an object store they are copies.
        let mut others = Vec::new();
        for (baseline, name, sha256) in against {
            if let Some(other) = self.blobs.on_disk(*sha256).await? {
                others.push((*baseline, name, other));
            }
        }
        let against =
            others.iter().map(|(baseline, name, other)| (*baseline, subject_of(other, name))).collect();
        self.inspector.look(Job { subject: subject_of(&file, filename), against }).await
    }

    async fn keep_report(
        &self,
        sha256: Sha256,
        filename: String,
        looked: Looked,
        base: Option<Sha256>,
    ) -> Result<Inspection, AppError> {
        let Looked { mut report, failed } = looked;
        let told = told(&report);
        if let Some(told) = &told {
            tracing::warn!(file = %filename, %sha256, verdict = report.verdict.word(), rule = %told.rule,
                place = %told.place, message = %told.message, "an inspection saw something");
        }
        report.more += report.findings.len().saturating_sub(KEPT);
        report.findings.truncate(KEPT);
        let written = |error| AppError::internal("a report was being written", error);
        let text = serde_json::to_vec(&report).map_err(written)?;
        let packed = zstd::bulk::compress(&text, 3)
            .map_err(|error| AppError::internal("a report could not be compressed", error))?;
        let row = Inspection {
            filename,
            rule_set: if failed { String::new() } else { report.rule_set.clone() },
            verdict: report.verdict.word().to_owned(),
            told: told.as_ref().map(serde_json::to_string).transpose().map_err(written)?,
            base,
            made: self.now(),
            report: packed,
        };
        self.store.put_inspection(sha256, &row).await?;
        Ok(row)
    }

    /// The report that is kept of a file, and the file that it was compared with.
    pub async fn kept_report(&self, sha256: Sha256) -> Result<Option<(Report, Option<Sha256>)>, AppError> {
        let Some(row) = self.store.inspection(sha256).await? else { return Ok(None) };
        let text = zstd::bulk::decompress(&row.report, REPORT)
            .map_err(|error| AppError::internal("a kept report could not be decompressed", error))?;
        let report = serde_json::from_slice(&text)
            .map_err(|error| AppError::internal("a kept report could not be read", error))?;
        Ok(Some((report, row.base)))
    }

    /// The job that makes one result anew: after a failure, or by other rules.
    pub(crate) async fn inspect_again(&self, key: &str, filename: &str) -> Result<(), AppError> {
        let sha256: Sha256 = key.parse().map_err(|error| AppError::internal("a job names a file", error))?;
        if !self.blobs.exists(sha256).await? {
            // Evicted: looked at when it comes again.
            return Ok(());
        }
        for location in self.store.find_file(sha256, filename).await? {
            let found = self.project(&location.upstream, &location.project, Patience::File).await?;
            let Some(found) = found else { continue };
            let Some((place, _)) = found.project.file(filename) else { continue };
            let at = Place { project: Arc::clone(&found.project), place };
            let before = found.project.files[place].facts.inspected.clone();
            let seen = self.inspect_now(sha256, &at, true).await?;
            if seen.told != before {
                self.show_project_again(&location.upstream, &location.project);
            }
            break;
        }
        Ok(())
    }

    /// The job that finds results by other rules than this program's, and puts each on the queue.
    pub(crate) async fn inspect_all_again(&self) -> Result<(), AppError> {
        let mut after = None;
        loop {
            let stale = self.store.stale_inspections(self.inspector.rule_set(), after, AT_ONCE).await?;
            let Some((last, _)) = stale.last() else { return Ok(()) };
            after = Some(*last);
            for (sha256, filename) in stale {
                // After all that somebody waits for.
                let job = NewJob { priority: -1, ..self.job(Kind::Inspect, &sha256.hex()) };
                self.enqueue_job(Kind::Inspect, &sha256.hex(), NewJob { payload: filename, ..job }).await;
            }
        }
    }
}
