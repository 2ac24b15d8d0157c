use std::sync::Arc;

use packhouse_distribution::act::IdentityChange;
use packhouse_inspect::{Assessment, Class, Difference, FileChange, Place};
use packhouse_model::{RiskClass, Timestamp};

use super::super::links::with_query;
use super::super::{Link, Paging, Site, assets, filters, links};
use super::review_file::Line;
use super::words::{self, place_file};
use super::{Claimed, Inline};

/// Files of a difference on one page.
pub const FILES_PER_PAGE: usize = 500;
/// Items of one list in the metadata and the news; a release can list thousands.
const LISTED: usize = 50;
/// Reasons of the risk class on one page.
const REASONS: usize = 100;

/// What both pages of a review need: which bytes are looked at.
#[derive(Debug, Clone)]
pub struct ReviewHead {
    /// The project's canonical name.
    pub project: String,
    /// The version.
    pub version: String,
    /// The file of the release that is looked at.
    pub filename: String,
    /// Its hash: 64 hexadecimal digits.
    pub sha256: String,
    /// What it is compared with: release, file, hash.
    pub base: Option<(String, String, String)>,
    /// The value of `file` in links; empty for the file that is shown without one.
    pub file_query: String,
    /// The value of `base` in links; empty for the one that is shown without one.
    pub base_query: String,
    /// The files of the release.
    pub files: Vec<Link>,
    /// The reviewed releases that it can be compared with.
    pub bases: Vec<Link>,
}

impl ReviewHead {
    /// As a requirement names it.
    pub fn release(&self) -> String {
        format!("{}=={}", self.project, self.version)
    }

    /// The same with another file and another base, by their values in the query.
    #[must_use]
    pub fn with(&self, file: &str, base: &str) -> Self {
        Self { file_query: file.to_owned(), base_query: base.to_owned(), ..self.clone() }
    }

    pub(super) fn path(&self) -> String {
        super::review_path(&self.project, &self.version)
    }

    /// The list of files.
    pub(crate) fn href(&self) -> String {
        with_query(&self.path(), &self.query())
    }

    fn query(&self) -> [(&str, &str); 2] {
        [("file", &self.file_query), ("base", &self.base_query)]
    }

    /// One file, in a view, at a line of the new file.
    pub(super) fn file_href(&self, path: &str, view: &str, line: Option<usize>) -> String {
        let number = line.map(|line| line.to_string()).unwrap_or_default();
        let [file, base] = self.query();
        let href = with_query(&self.path(), &[file, base, ("path", path), ("view", view), ("line", &number)]);
        match line {
            Some(line) => format!("{href}#n{line}"),
            None => href,
        }
    }

    pub(super) fn project_href(&self) -> String {
        links::project_path(&self.project, "")
    }

    /// The other end: `release, file`, or that there is none.
    pub(super) fn against(&self) -> String {
        match &self.base {
            Some((release, filename, _)) => format!("{release} ({filename})"),
            None => "nothing: all of it is new".to_owned(),
        }
    }
}

/// A signature on the release.
#[derive(Debug, Clone)]
pub struct SignatureRow {
    /// The number of its entry.
    pub entry: u64,
    /// Who signed.
    pub by: String,
    /// The peer that it was imported from, and its entry there.
    pub imported: Option<(String, u64)>,
    /// When.
    pub at: Timestamp,
    /// `accept`, `reject`, `violation`.
    pub verdict: String,
    /// What was read: `in full`, `as a change from flask==3.0.3`.
    pub scope: String,
    /// The criteria.
    pub criteria: Vec<String>,
    /// Time spent.
    pub minutes: u32,
    /// What was seen.
    pub notes: String,
    /// How many of the release's files it counts for.
    pub counts_for: usize,
    /// Why it does not count, where it does not.
    pub why_not: Option<String>,
}

impl SignatureRow {
    pub(crate) fn tone(&self) -> &'static str {
        match self.verdict.as_str() {
            "accept" if self.why_not.is_none() => "ok",
            "accept" => "plain",
            _ => "no",
        }
    }

    pub(crate) fn entry_href(&self) -> String {
        super::ledger::entry_path(self.entry)
    }

    pub(crate) fn by_href(&self) -> String {
        super::maintainer_path(&self.by)
    }
}

/// An exemption of the release.
#[derive(Debug, Clone)]
pub struct ExemptionRow {
    /// The number of its entry.
    pub entry: u64,
    /// Who signed.
    pub by: String,
    /// Until when.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
    /// Why it covers nothing, where it does not.
    pub why_not: Option<String>,
}

impl ExemptionRow {
    pub(crate) fn entry_href(&self) -> String {
        super::ledger::entry_path(self.entry)
    }

    pub(crate) fn by_href(&self) -> String {
        super::maintainer_path(&self.by)
    }
}

/// A remark.
#[derive(Debug, Clone)]
pub struct LineNote {
    /// The number of its entry.
    pub entry: u64,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The file, when it is about one.
    pub path: Option<String>,
    /// The line of the new file, when it is about one.
    pub line: Option<usize>,
    /// What.
    pub text: String,
    /// The machine that wrote it, when it was one.
    pub machine: Option<String>,
}

/// Something that an inspection saw.
#[derive(Debug, Clone)]
pub struct FindingRow {
    /// How much it weighs.
    pub class: Class,
    /// The rule.
    pub rule: String,
    /// The file among those that differ; none for what stands in no file that differs, or in the release as a whole.
    pub path: Option<String>,
    /// The path in the archive; empty for the release as a whole.
    pub place: String,
    /// The line of the new file.
    pub line: Option<usize>,
    /// What was seen.
    pub message: String,
    /// The text there, with everything escaped that a browser would not show.
    pub excerpt: String,
    /// What a hidden literal there says; escaped in the same way.
    pub decoded: Option<String>,
    /// What the reviewer should be able to answer.
    pub question: String,
    /// Whether what it is compared with does not have it.
    pub new: bool,
}

impl FindingRow {
    pub(crate) fn tone(&self) -> &'static str {
        match self.class {
            Class::Block => "no",
            Class::High | Class::Review => "wait",
            Class::Info => "plain",
        }
    }

    /// Whether the question has to be answered.
    pub(crate) fn weighs(&self) -> bool {
        self.class > Class::Info
    }
}

/// Where the reviews of a release stand.
#[derive(Debug, Clone)]
pub struct ReviewStanding {
    /// `open`, `accepted`, …
    pub state: String,
    /// Its tone.
    pub tone: &'static str,
    /// Where it stands, in one sentence without a full stop.
    pub sentence: String,
    /// What it needs, one clause each.
    pub needs: Vec<String>,
    /// Why something blocks, one sentence each.
    pub violations: Vec<String>,
    /// The risk class that the server gave the whole release.
    pub risk: RiskClass,
    /// Lines to read against the release it was compared with.
    pub lines: u64,
    /// Since when it waits.
    pub queued: Timestamp,
    /// When its reviews should be there; none when it does not wait.
    pub deadline: Option<Timestamp>,
    /// Who has claimed it.
    pub claimed: Option<Claimed>,
    /// What differs in who published it.
    pub identity: Vec<IdentityChange>,
    /// The signatures, the newest first.
    pub signatures: Vec<SignatureRow>,
    /// The exemptions, the newest first.
    pub exemptions: Vec<ExemptionRow>,
    /// Every file of the release with its hash, and whether it is reviewed.
    pub files: Vec<(String, String, bool)>,
}

/// `/review/<project>/<version>`: what is to be read of a release, and who has signed.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "review.html", config = "templates/askama.toml")]
pub struct ReviewPage {
    /// What every page needs.
    pub site: Site,
    /// Which bytes.
    pub head: ReviewHead,
    /// Where the reviews stand.
    pub standing: ReviewStanding,
    /// Why there is nothing to compare, when there is not.
    pub problem: Option<String>,
    /// What differs.
    pub difference: Arc<Difference>,
    /// What that could do.
    pub assessment: Arc<Assessment>,
    /// Places in `difference.files`, in the order in which to read them.
    pub order: Arc<Vec<usize>>,
    /// The changes of the files of this page that are small enough.
    pub inline: Vec<Inline>,
    /// Remarks on the whole release, and on its files.
    pub notes: Vec<LineNote>,
    /// What the inspection saw, the heaviest first.
    pub findings: Vec<FindingRow>,
    /// Which page of the files, from 1.
    pub page: u64,
    /// The commands, with a label each.
    pub commands: Vec<(String, String)>,
}

impl ReviewPage {
    fn paging(&self) -> Paging {
        let [file, base] = self.head.query();
        Paging::new(
            self.page,
            self.order.len() as u64,
            FILES_PER_PAGE as u64,
            &self.head.path(),
            &[file, base],
        )
    }

    fn listed(&self) -> impl Iterator<Item = &FileChange> {
        let start = (self.paging().page() as usize - 1) * FILES_PER_PAGE;
        self.order.iter().skip(start).take(FILES_PER_PAGE).filter_map(|at| self.difference.files.get(*at))
    }

    fn class(&self, file: &FileChange) -> &RiskClass {
        self.assessment.files.get(&file.path).unwrap_or(&RiskClass::R0)
    }

    fn size(file: &FileChange) -> Option<u64> {
        file.new.as_ref().or(file.old.as_ref()).map(|side| side.file.size)
    }

    fn notes_on(&self, path: &str) -> usize {
        self.notes.iter().filter(|note| note.path.as_deref() == Some(path)).count()
    }

    fn loose_notes(&self) -> impl Iterator<Item = &LineNote> {
        self.notes.iter().filter(|note| note.path.is_none()).take(LISTED)
    }

    fn finding_href(&self, finding: &FindingRow) -> Option<String> {
        Some(self.head.file_href(finding.path.as_deref()?, "", finding.line))
    }

    fn has_metadata(&self) -> bool {
        let metadata = &self.difference.metadata;
        !(metadata.problems.is_empty()
            && metadata.requirements.is_empty()
            && metadata.entry_points.is_empty()
            && metadata.fields.is_empty()
            && self.standing.identity.is_empty())
            || metadata.description
    }

    /// The lists of news that are not empty: what it is, and its items.
    fn news(&self) -> Vec<(&'static str, Vec<String>, usize)> {
        let news = &self.difference.news;
        let point = |point: &packhouse_inspect::EntryPoint| format!("{} = {}", point.name, point.value);
        let all: [(&'static str, Vec<String>); 7] = [
            ("Dependencies", news.dependencies.clone()),
            (
                "Entry points",
                news.entry_points.iter().map(|one| format!("[{}] {}", one.group, point(one))).collect(),
            ),
            ("Commands", news.commands.iter().map(point).collect()),
            ("Build scripts", news.build_scripts.clone()),
            ("Native code and other binaries", news.binaries.clone()),
            ("Files that run at each start of Python", news.startup.clone()),
            ("Names at the top level", news.top_level.clone()),
        ];
        all.into_iter()
            .filter(|(_, items)| !items.is_empty())
            .map(|(label, mut items)| {
                let more = items.len().saturating_sub(LISTED);
                items.truncate(LISTED);
                (label, items, more)
            })
            .collect()
    }

    fn is_file(&self, text: &str) -> bool {
        self.difference.files.iter().any(|file| file.path == text)
    }

    fn reasons(&self) -> &[packhouse_inspect::Reason] {
        &self.assessment.reasons[..self.assessment.reasons.len().min(REASONS)]
    }

    fn more_reasons(&self) -> usize {
        self.assessment.reasons.len() - self.reasons().len() + self.assessment.more_reasons
    }

    fn place_href(&self, place: &Place) -> Option<String> {
        let (path, line) = place_file(place)?;
        Some(self.head.file_href(path, "", line))
    }
}

crate::pages::page!(ReviewPage, Queue);
