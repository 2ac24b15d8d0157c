//! What an inspection says.

use std::borrow::Cow;

use packhouse_archive::UnpackError;
use serde::{Deserialize, Serialize};

use super::rule;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Orders the queue, and is shown to the reviewer. Never changes a verdict.
    Info,
    /// Deserves a look before the release counts as harmless.
    Review,
    /// A person has to explain it.
    High,
    /// Has no harmless explanation that was met so far.
    Block,
}

impl Class {
    /// One class less; [`Class::Info`] stays.
    pub(crate) fn lowered(self) -> Self {
        match self {
            Self::Block => Self::High,
            Self::High => Self::Review,
            Self::Review | Self::Info => Self::Info,
        }
    }

    /// As in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Review => "review",
            Self::High => "high",
            Self::Block => "block",
        }
    }
}

/// What is to be done with a file: that of its heaviest finding, never a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing was found that weighs.
    Pass,
    /// Let it wait: something deserves a look, or was not examined.
    Hold,
    /// A person has to look at it.
    Review,
    /// Do not hand it out.
    Block,
}

impl Verdict {
    /// As in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Hold => "hold",
            Self::Review => "review",
            Self::Block => "block",
        }
    }

    fn of(class: Class) -> Self {
        match class {
            Class::Info => Self::Pass,
            Class::Review => Self::Hold,
            Class::High => Self::Review,
            Class::Block => Self::Block,
        }
    }
}

/// What a release is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Baseline {
    /// The release that people reviewed last. What stands in it is explained.
    LastReviewed,
    /// The release before. Counts when nothing was reviewed.
    PreviousRelease,
    /// The other file of the release: the sdist of a wheel, or a wheel of the sdist.
    Sibling,
    /// The tree of the repository at the release's tag.
    SourceTree,
    /// A release of another project, whose name or files look like this one's.
    LookAlike,
}

/// A part of a text. Lines and columns count from 1, columns in characters; the end column is behind the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Region {
    /// First line.
    pub line: usize,
    /// First column.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// Behind the last column.
    pub end_column: usize,
}

/// One thing that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The rule: `S04`.
    pub rule: Cow<'static, str>,
    /// Its version.
    pub rule_version: u32,
    /// What it weighs here: less than the rule's own class in tests and documentation, and for what was there before.
    pub class: Class,
    /// What it would weigh if it were new and in the project's own code.
    pub rule_class: Class,
    /// Path in the archive; behind `!/` in an archive within it. Empty for the release as a whole.
    pub path: String,
    /// Where in the file; none for binaries and for a file as a whole.
    pub region: Option<Region>,
    /// The text there, cut, with everything escaped that a terminal or browser would obey or not show.
    pub excerpt: String,
    /// What the literal there says once it is put together and decoded, which was never run: cut, line feeds and tabs as they are,
    /// all else escaped as in the excerpt, and bytes that are no text in hexadecimal. Reports of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decoded: Option<String>,
    /// What was found, for people.
    pub message: String,
    /// What the reviewer should be able to answer.
    pub question: Cow<'static, str>,
    /// Whether it is new in the difference; true when there was nothing to compare with.
    pub new: bool,
    /// What was compared, and does not have it.
    pub absent_from: Vec<Baseline>,
    /// The same for the same thing in another version of the file, wherever it stands.
    pub fingerprint: String,
}

/// All that was seen in a file, and the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// What is to be done.
    pub verdict: Verdict,
    /// Heaviest first, what is new before what is not; at most some thousands.
    pub findings: Vec<Finding>,
    /// How many more of the same rules in the same files there are.
    pub more: usize,
    /// What was compared with.
    pub against: Vec<Baseline>,
    /// Files that were looked at, those of nested archives included.
    pub files: usize,
    /// The SHA-256 of the rules, their versions and the limits: the same bytes, baselines and rules give the same report.
    pub rule_set: String,
}

impl Report {
    /// The report on a file that could not be unpacked. An archive that two programs read differently is blocked, one
    /// that nothing here reads is held.
    pub fn refused(error: &UnpackError, rules: &super::Rules) -> Self {
        let unread = matches!(
            error,
            UnpackError::Format { .. }
                | UnpackError::TooManyEntries { .. }
                | UnpackError::TooManyFolders { .. }
                | UnpackError::EntryTooLarge { .. }
                | UnpackError::TooLarge { .. }
        );
        let rule = if unread { &rule::LIMIT } else { &rule::ARCHIVE };
        Self::of_one(rule, format!("the archive was refused: {error}"), rules)
    }

    /// The report on a file that could not be inspected: a stage failed, was stopped, or gave no answer. It holds the file.
    pub fn not_examined(problem: &str, rules: &super::Rules) -> Self {
        Self::of_one(&rule::BROKEN, crate::risk::visible(problem), rules)
    }

    /// The first finding that says that something was not examined: a limit, a stage that failed, steps used up.
    pub fn unexamined(&self) -> Option<&Finding> {
        let rules = [rule::LIMIT.id, rule::BROKEN.id, rule::SPENT.id];
        self.findings.iter().find(|finding| finding.class > Class::Info && rules.contains(&&*finding.rule))
    }

    fn of_one(rule: &'static rule::Rule, message: String, rules: &super::Rules) -> Self {
        let finding = Finding {
            rule: Cow::Borrowed(rule.id),
            rule_version: rule.version,
            class: rule.class,
            rule_class: rule.class,
            path: String::new(),
            region: None,
            excerpt: String::new(),
            decoded: None,
            message,
            question: Cow::Borrowed(rule.question),
            new: true,
            absent_from: Vec::new(),
            fingerprint: String::new(),
        };
        Self::of(vec![finding], 0, Vec::new(), 0, rules)
    }

    pub(super) fn of(
        findings: Vec<Finding>,
        more: usize,
        against: Vec<Baseline>,
        files: usize,
        rules: &super::Rules,
    ) -> Self {
        let heaviest = findings.iter().map(|finding| finding.class).max().unwrap_or(Class::Info);
        Self { verdict: Verdict::of(heaviest), findings, more, against, files, rule_set: rules.hash() }
    }
}
