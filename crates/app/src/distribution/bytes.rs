//! What is in the files of a release: unpacked in memory, compared with the release before.

use std::sync::Arc;

use bytes::Bytes;
use packhouse_distribution::act::RiskReason;
use packhouse_distribution::state::rows::CandidateRow;
use packhouse_inspect::{
    Assessment, Baseline, Class, Difference, Finding, ReadLimits, Release, Report, RiskFacts, assess, compare,
};
use packhouse_model::{RiskClass, Sha256};

use super::intake::reasons;
use crate::error::AppError;
use crate::packhouse::Packhouse;

/// Larger archives are not unpacked; their reviewer has to.
const LARGEST: u64 = 256 * 1024 * 1024;

/// What was found in one file.
pub(super) struct Looked {
    pub(super) size: u64,
    /// Its core metadata.
    pub(super) metadata: Option<Bytes>,
    assessment: Option<Assessment>,
    /// What an inspection saw.
    inspection: Option<Report>,
    /// Why it could not be looked into.
    problem: Option<String>,
    lines: u64,
    filename: String,
}

/// What was found in all files of a release.
#[derive(Default)]
pub(super) struct Inspected {
    pub(super) metadata: Option<Bytes>,
    pub(super) lines: u64,
    class: Option<RiskClass>,
    reasons: Vec<RiskReason>,
}

impl Inspected {
    pub(super) fn add(&mut self, looked: Looked) {
        // A wheel's metadata says what will be installed; an sdist's is only what its author expected.
        if looked.metadata.is_some() && (self.metadata.is_none() || looked.filename.ends_with(".whl")) {
            self.metadata = looked.metadata;
        }
        self.lines = self.lines.max(looked.lines);
        if let Some(assessment) = &looked.assessment {
            self.class = self.class.max(Some(assessment.class));
            for reason in reasons(assessment) {
                if !self.reasons.contains(&reason) {
                    self.reasons.push(reason);
                }
            }
        }
        let findings = looked.inspection.iter().flat_map(|report| &report.findings);
        for reason in findings.filter_map(|finding| reason_of(finding, &looked.filename)) {
            self.class = self.class.max(Some(reason.class));
            if !self.reasons.contains(&reason) {
                self.reasons.push(reason);
            }
        }
        if let Some(problem) = looked.problem {
            self.class = Some(RiskClass::R4);
            self.reasons.push(RiskReason {
                class: RiskClass::R4,
                what: format!("cannot be looked into: {problem}"),
                place: Some(looked.filename),
            });
        }
    }

    pub(super) fn risk(&self, new_project: bool) -> (RiskClass, Vec<RiskReason>) {
        let mut reasons = self.reasons.clone();
        if new_project {
            reasons.insert(
                0,
                RiskReason {
                    class: RiskClass::R4,
                    what: "nothing of the project was accepted before".to_owned(),
                    place: None,
                },
            );
        }
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.class));
        reasons.truncate(100);
        (self.class.unwrap_or(RiskClass::R4), reasons)
    }
}

/// Why people have to look more closely because of a finding; none for what only informs.
fn reason_of(finding: &Finding, filename: &str) -> Option<RiskReason> {
    let class = match finding.class {
        Class::Info => return None,
        Class::Review => RiskClass::R2,
        Class::High => RiskClass::R3,
        Class::Block => RiskClass::R4,
    };
    let place = match (finding.path.as_str(), finding.region) {
        ("", _) => filename.to_owned(),
        (path, Some(region)) => format!("{path}:{}", region.line),
        (path, None) => path.to_owned(),
    };
    Some(RiskReason { class, what: format!("{} ({})", finding.message, finding.rule), place: Some(place) })
}

/// The file of an earlier release that takes the place of this one: of the same kind, for the same platform.
pub(super) fn counterpart(filename: &str, row: &CandidateRow) -> Option<(String, Sha256)> {
    let tail = |name: &str| -> String {
        if name.ends_with(".whl") {
            name.rsplitn(4, '-').take(3).collect::<Vec<_>>().join("-")
        } else {
            "sdist".to_owned()
        }
    };
    let wheel = filename.ends_with(".whl");
    let same = row.files.iter().find(|(name, _)| tail(name) == tail(filename));
    let like = || row.files.iter().find(|(name, _)| name.ends_with(".whl") == wheel);
    same.or_else(like).map(|(name, sha256)| (name.clone(), *sha256))
}

impl Packhouse {
    /// Unpacks a kept file. The error says why it cannot be looked into.
    pub(crate) async fn unpacked(
        &self,
        filename: &str,
        sha256: Sha256,
    ) -> Result<Result<Arc<Release>, String>, AppError> {
        let reader = self
            .blobs
            .get(sha256)
            .await?
            .ok_or_else(|| AppError::not_found(format!("the bytes of {filename} are not kept here")))?;
        if reader.size() > LARGEST {
            return Ok(Err(format!("it has {} bytes; at most {LARGEST} are unpacked", reader.size())));
        }
        let bytes = reader.read_all(LARGEST).await?;
        let name = filename.to_owned();
        let read = move || Release::read(&bytes, &name, &ReadLimits::default());
        let read = tokio::task::spawn_blocking(read).await;
        let read = read.map_err(|_| AppError::lost("an archive was being unpacked"))?;
        Ok(read.map(Arc::new).map_err(|error| crate::error::chain(&error)))
    }

    /// The difference of two kept files and what it could do.
    pub(super) async fn inspect_file(
        &self,
        filename: &str,
        sha256: Sha256,
        before: Option<(String, Sha256)>,
        previous: Option<(String, Sha256)>,
    ) -> Result<Looked, AppError> {
        let size = self.blobs.get(sha256).await?.map_or(0, |reader| reader.size());
        let mut looked = Looked {
            size,
            metadata: None,
            assessment: None,
            inspection: None,
            problem: None,
            lines: 0,
            filename: filename.to_owned(),
        };
        let new = match self.unpacked(filename, sha256).await? {
            Ok(new) => new,
            Err(problem) => {
                looked.problem = Some(problem);
                return Ok(looked);
            }
        };
        let mut against = Vec::new();
        against.extend(before.clone().map(|(name, sha256)| (Baseline::LastReviewed, name, sha256)));
        let other = previous.filter(|previous| Some(previous) != before.as_ref());
        against.extend(other.map(|(name, sha256)| (Baseline::PreviousRelease, name, sha256)));
        looked.inspection = Some(self.look_for_review(filename, sha256, &against).await?.report);
        let old = match before {
            Some((name, sha256)) => self.unpacked(&name, sha256).await?.unwrap_or_default(),
            None => Arc::default(),
        };
        looked.metadata = core_metadata(&new, filename);
        let compared = tokio::task::spawn_blocking(move || {
            let difference: Difference = compare(&old, &new);
            // Who published, and whether the project is new, is judged for the release as a whole.
            assess(&old, &new, &difference, &RiskFacts::default())
        });
        let assessment = compared.await.map_err(|_| AppError::lost("two archives were being compared"))?;
        looked.lines = (assessment.added_lines + assessment.removed_lines) as u64;
        looked.assessment = Some(assessment);
        Ok(looked)
    }
}

/// The core metadata in an unpacked file: `METADATA` of a wheel, the topmost `PKG-INFO` of an sdist.
fn core_metadata(release: &Release, filename: &str) -> Option<Bytes> {
    let wheel = filename.ends_with(".whl");
    let mut paths: Vec<&String> = release
        .tree
        .files
        .keys()
        .filter(|path| {
            if wheel {
                path.ends_with(".dist-info/METADATA") && path.matches('/').count() == 1
            } else {
                path.ends_with("/PKG-INFO") && path.matches('/').count() == 1
            }
        })
        .collect();
    paths.sort();
    release.content(paths.first()?).map(|content| Bytes::from(content.to_vec()))
}
