//! How much a change could do (process: *Incoming upstream release*, TRIAGED).

mod facts;
mod files;
pub(crate) mod obfuscation;
mod rule;
mod sections;
mod words;

pub use rule::RiskRule;

use std::collections::BTreeMap;
use std::fmt;

use packhouse_model::RiskClass;
use serde::{Deserialize, Serialize};

use crate::difference::Difference;
use crate::release::Release;

/// Lines of code, new and gone together, up to which a change is small. The median update of a popular project adds 38.
pub const SMALL_CHANGE: usize = 100;

/// Reasons of one rule in one file that are kept; the others are counted.
const REASONS_OF_A_KIND: usize = 3;
/// Reasons that are kept in all.
const REASONS: usize = 500;
/// Bytes of both releases that are compared line by line. What is beyond was not examined.
const BYTES: u64 = 256 << 20;
/// Lines of two files that are compared; with more, all lines of the new one count as added.
const LINES: usize = 100_000;

/// What the trees do not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RiskFacts {
    /// Nothing of the project was accepted before.
    pub new_project: bool,
    /// Who published it, when that is not who published the release before.
    pub new_publisher: Option<String>,
    /// How the sdist differs from the repository, when it does: `3 files, first src/x.py`.
    pub differs_from_repository: Option<String>,
}

/// The risk class of a difference, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// The highest of all reasons.
    pub class: RiskClass,
    /// Highest class first; at most 500.
    pub reasons: Vec<Reason>,
    /// How many more there are, of rules and files that are already named.
    pub more_reasons: usize,
    /// The class of each file that changed, by [`FileChange::path`](crate::FileChange::path).
    pub files: BTreeMap<String, RiskClass>,
    /// Lines of code that are new, without tests and documentation.
    pub added_lines: usize,
    /// Lines of code that are gone, without tests and documentation.
    pub removed_lines: usize,
}

/// One reason for a risk class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The class it asks for.
    pub class: RiskClass,
    /// Which rule.
    pub rule: RiskRule,
    /// Where.
    pub place: Place,
    /// What was found, for people. Invisible and control characters are escaped.
    pub text: String,
}

/// Where a reason was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "in")]
pub enum Place {
    /// In the release as a whole.
    Release,
    /// In the metadata.
    Metadata {
        /// The field, as core metadata spells it; `entry_points.txt`.
        field: String,
    },
    /// In a file.
    File {
        /// As in [`FileChange::path`](crate::FileChange::path).
        path: String,
        /// In the new file, from 1.
        line: Option<usize>,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Release => f.write_str("release"),
            Self::Metadata { field } => f.write_str(field),
            Self::File { path, line: Some(line) } => write!(f, "{path}:{line}"),
            Self::File { path, line: None } => f.write_str(path),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text)
    }
}

/// Gives the risk class of a difference that [`compare`](crate::compare) made of the same two releases.
///
/// R0 without any reason; R1 for code and requirements; more by the reasons' rules.
pub fn assess(old: &Release, new: &Release, difference: &Difference, facts: &RiskFacts) -> Assessment {
    let mut found = Found::default();
    facts::look(facts, difference, &mut found);
    files::look(old, new, difference, &mut found);
    let lines = found.added_lines + found.removed_lines;
    if lines > SMALL_CHANGE {
        let text =
            format!("{} lines of code are new and {} are gone", found.added_lines, found.removed_lines);
        found.add(RiskRule::LargeChange, Place::Release, text);
    }
    found.finish()
}

/// With everything escaped that a terminal or a browser would obey or not show: the texts quote the release.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || obfuscation::is_hidden(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Reasons as they are found.
#[derive(Debug, Default)]
struct Found {
    reasons: Vec<Reason>,
    more: usize,
    of_a_kind: BTreeMap<(RiskRule, String), usize>,
    files: BTreeMap<String, RiskClass>,
    highest: Option<RiskClass>,
    added_lines: usize,
    removed_lines: usize,
}

impl Found {
    fn add(&mut self, rule: RiskRule, place: Place, text: impl Into<String>) {
        self.add_as(rule.class(), rule, place, text);
    }

    /// With another class than the rule's own.
    fn add_as(&mut self, class: RiskClass, rule: RiskRule, place: Place, text: impl Into<String>) {
        self.highest = self.highest.max(Some(class));
        if let Place::File { path, .. } = &place {
            let file = self.files.entry(path.clone()).or_insert(class);
            *file = class.max(*file);
            let count = self.of_a_kind.entry((rule, path.clone())).or_default();
            *count += 1;
            if *count > REASONS_OF_A_KIND {
                self.more += 1;
                return;
            }
        }
        self.reasons.push(Reason { class, rule, place, text: visible(&text.into()) });
    }

    fn finish(mut self) -> Assessment {
        // The sort is stable: within a class, the order in which they were found.
        self.reasons.sort_by_key(|reason| std::cmp::Reverse(reason.class));
        let dropped = self.reasons.len().saturating_sub(REASONS);
        self.reasons.truncate(REASONS);
        Assessment {
            class: self.highest.unwrap_or(RiskClass::R0),
            reasons: self.reasons,
            more_reasons: self.more + dropped,
            files: self.files,
            added_lines: self.added_lines,
            removed_lines: self.removed_lines,
        }
    }
}
