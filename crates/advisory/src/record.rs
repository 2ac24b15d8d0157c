//! A record, read.

use packhouse_model::{ProjectName, Timestamp};
use serde_json::Value;

use crate::ecosystem::Ecosystem;
use crate::severity::{Rating, Score};

/// An OSV record, as far as it is needed here.
#[derive(Debug, Clone, PartialEq)]
pub struct Advisory {
    /// `PYSEC-2026-1`, `GHSA-…`, `MAL-…`, `CVE-…`.
    pub id: String,
    /// When this copy was made: the later one counts.
    pub modified: Timestamp,
    /// When it was first made public.
    pub published: Option<Timestamp>,
    /// Since when it is taken back.
    pub withdrawn: Option<Timestamp>,
    /// Ids of the same matter in other databases.
    pub aliases: Vec<String>,
    /// Ids of matters that have to do with it.
    pub related: Vec<String>,
    /// One line.
    pub summary: Option<String>,
    /// Markdown.
    pub details: Option<String>,
    /// For all that is affected.
    pub severity: Vec<Score>,
    /// What is affected.
    pub affected: Vec<Affected>,
    /// Where to read on.
    pub references: Vec<Reference>,
    /// What only its database knows; `Null` when there is nothing.
    pub database_specific: Value,
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// `ADVISORY`, `FIX`, `WEB` …
    pub kind: String,
    /// The link, unchecked.
    pub url: String,
}

/// One project that is affected, and in which versions.
#[derive(Debug, Clone, PartialEq)]
pub struct Affected {
    /// The ecosystem.
    pub ecosystem: Ecosystem,
    /// The project's canonical name.
    pub project: ProjectName,
    /// Scores for this project alone; they count before those of the record.
    pub severity: Vec<Score>,
    /// Affected versions.
    pub ranges: Vec<Range>,
    /// Affected versions one by one, as they were written.
    pub versions: Vec<String>,
    /// The same, one text for all spellings; sorted.
    pub(crate) keys: Vec<String>,
}

/// Versions by the events between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// What the events name.
    pub kind: RangeKind,
    /// In any order.
    pub events: Vec<Event>,
}

/// What the events of a range name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RangeKind {
    /// Versions of SemVer 2.0.0.
    SemVer,
    /// Versions in the order of the ecosystem.
    Ecosystem,
    /// Commits: they say nothing of versions.
    Git,
}

/// Something that happened with a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub kind: EventKind,
    /// With which version or commit. `0` of [`EventKind::Introduced`] is before all others, `*` of [`EventKind::Limit`]
    /// behind.
    pub version: String,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// Affected no more, from this version on.
    Fixed,
    /// Affected from this version on.
    Introduced,
    /// The last affected version.
    LastAffected,
    /// Versions from here on are not spoken of.
    Limit,
}

impl Advisory {
    /// Whether it speaks of malicious code, not of a mistake.
    pub fn is_malware(&self) -> bool {
        let is_listed = |id: &String| id.starts_with("MAL-");
        let weaknesses = self.database_specific.get("cwe_ids").and_then(Value::as_array);
        is_listed(&self.id)
            || self.aliases.iter().any(is_listed)
            || self.database_specific.get("malicious-packages-origins").is_some()
            || weaknesses.is_some_and(|ids| ids.iter().any(|id| id.as_str() == Some("CWE-506")))
    }

    /// The highest rating of the scores for this project, else of those of the record, else what the database says.
    pub fn rating(&self, affected: &Affected) -> Option<Rating> {
        let highest = |scores: &[Score]| scores.iter().filter_map(Score::rating).max();
        let said = || Rating::of_word(self.database_specific.get("severity")?.as_str()?);
        highest(&affected.severity).or_else(|| highest(&self.severity)).or_else(said)
    }
}
