//! Where the stages hand in what they find.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use packhouse_model::Sha256;

use super::budget::{Budget, Trouble};
use super::file::File;
use super::python::Value;
use super::report::{Class, Region};
use super::rule::{self, Rule};
use super::rules::Rules;
use super::stages::shown_decoded;
use crate::risk::visible;

/// Findings of one rule in one file that are written down.
const OF_A_KIND: usize = 500;
/// Characters of an excerpt.
const EXCERPT: usize = 200;

/// Where something was found.
#[derive(Clone)]
pub(crate) enum At<'a> {
    /// In the file as a whole.
    File,
    /// In this part of this text.
    Text(&'a str, Range<usize>),
}

/// A finding before it was compared with others.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) rule: &'static Rule,
    /// New, and with nothing to compare with.
    pub(crate) class: Class,
    pub(crate) alone: Class,
    pub(crate) path: String,
    pub(crate) key: String,
    pub(crate) region: Option<Region>,
    pub(crate) excerpt: String,
    /// What the literal there says once it is decoded.
    pub(crate) decoded: Option<String>,
    pub(crate) message: String,
    pub(crate) fingerprint: String,
}

/// What was put together or decoded at a place of the text that is looked at.
pub(crate) struct Decoded {
    pub(crate) range: Range<usize>,
    pub(crate) value: Value,
}

pub(crate) struct Sink<'a> {
    pub(crate) rules: &'a Rules,
    pub(crate) budget: Budget,
    pub(crate) drafts: Vec<Draft>,
    pub(crate) more: usize,
    pub(crate) files: usize,
    /// Things of the system that the own code uses, in words, by the comparable path of the file.
    pub(crate) capabilities: BTreeSet<(String, &'static str)>,
    /// Python sources of which there was nothing to say: their bytes, whether they lie aside, and whether they run when something
    /// is installed.
    pub(crate) plain: BTreeSet<(Sha256, bool, bool)>,
    /// How often something was said.
    pub(crate) said: u64,
    /// Of the source that is looked at now.
    pub(crate) decoded: Vec<Decoded>,
    of_a_kind: BTreeMap<(&'static str, String), usize>,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(rules: &'a Rules) -> Self {
        Self {
            rules,
            budget: Budget::new(rules.limits.steps),
            drafts: Vec::new(),
            more: 0,
            files: 0,
            capabilities: BTreeSet::new(),
            plain: BTreeSet::new(),
            said: 0,
            decoded: Vec::new(),
            of_a_kind: BTreeMap::new(),
        }
    }

    /// Writes down a finding with the rule's own class. `subject` says what it is, in words that stay the same in the next
    /// release; the same subject in the same file is the same finding.
    pub(crate) fn add(
        &mut self,
        file: &File<'_>,
        rule: &'static Rule,
        at: At<'_>,
        message: impl Into<String>,
        subject: &str,
    ) -> Result<(), Trouble> {
        self.add_as(file, rule, (rule.class, rule.alone), at, message, subject)
    }

    /// With other classes than the rule's: when new, and with nothing to compare with.
    pub(crate) fn add_as(
        &mut self,
        file: &File<'_>,
        rule: &'static Rule,
        (class, alone): (Class, Class),
        at: At<'_>,
        message: impl Into<String>,
        subject: &str,
    ) -> Result<(), Trouble> {
        self.said += 1;
        if self.rules.is_off(rule) {
            return Ok(());
        }
        let count = self.of_a_kind.entry((rule.id, file.path.clone())).or_default();
        *count += 1;
        if *count > OF_A_KIND {
            self.more += 1;
            return Ok(());
        }
        if self.drafts.len() >= self.rules.limits.findings {
            return Err(Trouble::Limit {
                what: "the number of findings",
                limit: self.rules.limits.findings as u64,
            });
        }
        let (region, excerpt, decoded) = match at {
            At::File => (None, String::new(), None),
            At::Text(text, range) => {
                self.budget.spend_bytes(range.end + self.decoded.len())?;
                (Some(region(text, &range)), excerpt(text, &range), self.decoded_at(&range))
            }
        };
        let aside = rule.lowered_aside && file.is_aside();
        let lowered = |class: Class| if aside { class.lowered() } else { class };
        let fingerprint = Sha256::of(format!("{}\n{subject}", rule.id).as_bytes()).to_string();
        self.drafts.push(Draft {
            rule,
            class: lowered(class),
            alone: lowered(alone),
            path: file.path.clone(),
            key: file.key.clone(),
            region,
            excerpt,
            decoded,
            message: visible(&message.into()),
            fingerprint: fingerprint[..16].to_owned(),
        });
        Ok(())
    }

    /// What stands at a place, decoded: the widest within it, which was made of the others, or else what it is a part of.
    fn decoded_at(&self, range: &Range<usize>) -> Option<String> {
        let within =
            |outer: &Range<usize>, inner: &Range<usize>| outer.start <= inner.start && inner.end <= outer.end;
        let inside = self.decoded.iter().filter(|decoded| within(range, &decoded.range));
        let around = self.decoded.iter().filter(|decoded| within(&decoded.range, range));
        let found = inside.max_by_key(|decoded| decoded.range.len());
        let found = found.or_else(|| around.min_by_key(|decoded| decoded.range.len()));
        found.and_then(|decoded| shown_decoded(&decoded.value))
    }

    /// What was not examined holds the file. Never lost, whatever else is full.
    pub(crate) fn trouble(&mut self, file: Option<&File<'_>>, trouble: &Trouble) {
        self.said += 1;
        let rule = match trouble {
            Trouble::Damaged { .. } => &rule::UNREADABLE,
            Trouble::Limit { .. } => &rule::LIMIT,
            Trouble::Broken { .. } => &rule::BROKEN,
            Trouble::Spent { .. } => &rule::SPENT,
        };
        // The same bytes are the same trouble; other bytes are another one.
        let subject = file.map_or_else(String::new, |file| file.sha256.to_string());
        let fingerprint = Sha256::of(format!("{}\n{trouble}\n{subject}", rule.id).as_bytes()).to_string();
        let aside = rule.lowered_aside && file.is_some_and(File::is_aside);
        let class = if aside { rule.class.lowered() } else { rule.class };
        self.drafts.push(Draft {
            rule,
            class,
            alone: class,
            path: file.map_or_else(String::new, |file| file.path.clone()),
            key: file.map_or_else(String::new, |file| file.key.clone()),
            region: None,
            excerpt: String::new(),
            decoded: None,
            message: visible(&trouble.to_string()),
            fingerprint: fingerprint[..16].to_owned(),
        });
    }
}

#[expect(clippy::naive_bytecount, reason = "the compiler makes wide steps of it, and findings are few")]
fn region(text: &str, range: &Range<usize>) -> Region {
    let place = |offset: usize| {
        let offset = offset.min(text.len());
        let before = &text.as_bytes()[..offset];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let column = text.get(start..offset).map_or(0, |before| before.chars().count()) + 1;
        (line, column)
    };
    let ((line, column), (end_line, end_column)) = (place(range.start), place(range.end));
    Region { line, column, end_line, end_column }
}

fn excerpt(text: &str, range: &Range<usize>) -> String {
    let part = text.get(range.clone()).unwrap_or_default();
    let mut characters = part.chars();
    let mut found: String = characters.by_ref().take(EXCERPT).collect();
    if characters.next().is_some() {
        found.push('\u{2026}');
    }
    visible(&found.split_whitespace().collect::<Vec<_>>().join(" "))
}
