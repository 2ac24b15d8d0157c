//! What the advisories that are kept say of a project's versions.

use packhouse_advisory::{Advisory, Answer, Database, Ecosystem, RecordLimits};
use packhouse_guard::{Advisories, AdvisoryFact};
use packhouse_model::ProjectName;

use super::GuardFacts;
use crate::error::{AppError, chain};
use crate::packhouse::Packhouse;

/// A kept record was within the limits when it came; this bounds what a damaged database can ask for.
const LARGEST: usize = 64 << 20;

impl Packhouse {
    /// The records of a project that are not withdrawn.
    pub(super) async fn advisories_in_store(&self, project: &ProjectName) -> Result<Database, AppError> {
        let mut database = Database::default();
        for row in self.store.advisories_of(Ecosystem::PYPI.as_str(), project).await? {
            database.merge(read_kept(&row.id, &row.document)?);
        }
        Ok(database)
    }
}

/// A record as it is kept.
pub(crate) fn read_kept(id: &str, document: &[u8]) -> Result<Advisory, AppError> {
    let bytes = unpacked(id, document)?;
    let limits = RecordLimits { bytes: LARGEST, ..RecordLimits::default() };
    Advisory::parse(&bytes, &limits).map_err(|error| damaged(&format!("{id}: {}", chain(&error))))
}

/// The bytes of a record as it is kept: compressed.
pub(crate) fn unpacked(id: &str, document: &[u8]) -> Result<Vec<u8>, AppError> {
    zstd::bulk::decompress(document, LARGEST).map_err(|error| damaged(&format!("{id}: {error}")))
}

fn damaged(problem: &str) -> AppError {
    AppError::internal("a kept advisory was read", std::io::Error::other(problem.to_owned()))
}

impl GuardFacts {
    pub(super) fn evaluate(&self, project: &ProjectName, version: Option<&str>) -> Advisories {
        let found = self.advisories.affected(&Ecosystem::PYPI, project, version.unwrap_or_default());
        let affecting = found.into_iter().map(|found| {
            let (fixed, unknown) = match found.answer {
                Answer::Yes { fixed } => (fixed, None),
                Answer::Unknown { reason } => (Vec::new(), Some(reason)),
                Answer::No => (Vec::new(), None),
            };
            let advisory = &found.advisory;
            AdvisoryFact {
                id: advisory.id.clone(),
                aliases: advisory.aliases.clone(),
                summary: one_line(advisory),
                malware: advisory.is_malware(),
                rating: found.rating.map(packhouse_advisory::Rating::word),
                fixed,
                unknown,
            }
        });
        let affecting = affecting.collect();
        let fixes = version.map(|version| self.advisories.fixes(&Ecosystem::PYPI, project, version));
        let fixes = fixes.unwrap_or_default().iter().map(|advisory| advisory.id.clone()).collect();
        Advisories { affecting, fixes }
    }
}

/// The characters of a summary that are shown.
const SUMMARY: usize = 200;

/// What an advisory is about, in a line without controls.
pub(crate) fn one_line(advisory: &Advisory) -> String {
    let text = advisory.summary.as_deref().or(advisory.details.as_deref()).unwrap_or_default();
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let clean = line.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    let mut short: String = clean.take(SUMMARY).collect();
    if line.chars().count() > SUMMARY {
        short.push('…');
    }
    short
}
