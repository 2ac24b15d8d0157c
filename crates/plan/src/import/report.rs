//! What was skipped, and why.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// How many examples of each reason are kept.
const EXAMPLES: usize = 3;
/// How many characters of an example are kept.
const LONGEST_EXAMPLE: usize = 80;

/// Why a row was skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Skip {
    /// It has more or fewer fields than its columns, or lacks a field it must have.
    Fields,
    /// It is not UTF-8.
    NotText,
    /// No package can have this name.
    Name,
    /// There is no number where one should be.
    Number,
    /// The number is below zero.
    Negative,
    /// The requirement cannot be read.
    Requirement,
    /// The date cannot be read.
    Date,
    /// A text in it is too long.
    TooLong,
    /// The row is there already.
    Duplicate,
    /// The package is there already, with another number; the first holds.
    Conflict,
    /// A package that needs itself.
    Itself,
    /// It is of another version than the newest.
    OlderVersion,
    /// It is of another registry than the one asked for.
    OtherEcosystem,
    /// It is of a package's dependencies, which say it themselves.
    Indirect,
    /// It belongs to no package of the file.
    Unconnected,
    /// Words of a description that are no package.
    Words,
}

impl Skip {
    /// Whether the row was wrong, and not just of no use.
    pub fn is_wrong(self) -> bool {
        !matches!(
            self,
            Self::Duplicate
                | Self::Conflict
                | Self::Itself
                | Self::OlderVersion
                | Self::OtherEcosystem
                | Self::Indirect
                | Self::Words
        )
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fields => "too few or too many fields",
            Self::NotText => "not UTF-8",
            Self::Name => "no name of a package",
            Self::Number => "no number",
            Self::Negative => "a negative number",
            Self::Requirement => "no requirement",
            Self::Date => "no date",
            Self::TooLong => "too long",
            Self::Duplicate => "there already",
            Self::Conflict => "there already with another number",
            Self::Itself => "a package that needs itself",
            Self::OlderVersion => "not the newest version",
            Self::OtherEcosystem => "of another registry",
            Self::Indirect => "no direct dependency",
            Self::Unconnected => "of no package in the file",
            Self::Words => "words that are no package",
        })
    }
}

/// Rows that were skipped for one reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// How many.
    pub count: u64,
    /// The first of them: the number of the row, and what stood there.
    pub examples: Vec<(u64, String)>,
}

/// What became of the rows of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What the file was recognised as.
    pub format: &'static str,
    /// Rows or records that were read. Rows are counted as lines are: the header is row 1.
    pub rows: u64,
    /// What was skipped.
    pub skipped: BTreeMap<Skip, Skipped>,
}

impl Report {
    pub(super) fn new(format: &'static str) -> Self {
        Self { format, rows: 0, skipped: BTreeMap::new() }
    }

    pub(super) fn skip(&mut self, reason: Skip, row: u64, example: &str) {
        let skipped = self.skipped.entry(reason).or_default();
        skipped.count += 1;
        if skipped.examples.len() < EXAMPLES {
            skipped.examples.push((row, example.chars().take(LONGEST_EXAMPLE).collect()));
        }
    }

    /// How many rows were skipped for this reason.
    pub fn count(&self, reason: Skip) -> u64 {
        self.skipped.get(&reason).map_or(0, |skipped| skipped.count)
    }

    /// How many rows were wrong, and the first of them in words.
    pub(super) fn wrong(&self) -> (u64, String) {
        let wrong = || self.skipped.iter().filter(|(reason, _)| reason.is_wrong());
        let first = wrong().filter_map(|(reason, skipped)| Some((skipped.examples.first()?, reason))).min();
        let text = first.map(|((row, text), reason)| format!("row {row}: {reason}: {text:?}"));
        (wrong().map(|(_, skipped)| skipped.count).sum(), text.unwrap_or_default())
    }
}
