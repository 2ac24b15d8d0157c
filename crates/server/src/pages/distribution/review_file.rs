use std::collections::{BTreeMap, BTreeSet};

use packhouse_inspect::{Cell, FileChange, LineDifference, LineText, Sign, TextComparison, TextLimits};
use packhouse_model::RiskClass;

use super::super::text::{bytes, count};
use super::super::{Link, Paging, Site, assets, filters};
use super::review::{FindingRow, LineNote, ReviewHead};
use super::words;

/// Lines on one page: what a browser lays out at once without a pause.
pub const LINES_PER_PAGE: usize = 3_000;
/// Bytes of text on one page.
pub const TEXT_PER_PAGE: usize = 400_000;
/// Bytes of a line that is shown; longer ones are cut and their length is said.
const LINE: usize = 2_000;
/// Remarks shown on a page apart from those at their lines.
const LOOSE: usize = 50;

/// What is compared and shown of a file.
pub fn limits() -> TextLimits {
    TextLimits { line_bytes: LINE, shown: 60_000, ..TextLimits::default() }
}

/// How a file is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// What is gone above what is new.
    #[default]
    Unified,
    /// What is gone beside what is new.
    Split,
    /// The whole new file.
    Whole,
}

impl Mode {
    /// Reads the query's `view`; anything unknown is unified.
    pub fn from_query(value: &str) -> Self {
        match value {
            "split" => Self::Split,
            "whole" => Self::Whole,
            _ => Self::Unified,
        }
    }

    pub(super) fn query(self) -> &'static str {
        match self {
            Self::Unified => "",
            Self::Split => "split",
            Self::Whole => "whole",
        }
    }
}

/// A part of a line, and whether it differs from the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) marked: bool,
    /// A class of the style sheet, for pieces of a source text in a language that is known.
    pub(crate) class: Option<&'static str>,
    pub(crate) text: String,
}

/// A line on one side.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Side {
    pub(crate) number: usize,
    pub(crate) pieces: Vec<Piece>,
    /// How long the line is, when it was cut.
    pub(crate) cut: Option<String>,
}

/// A row of what is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    /// Lines are left out before it; what follows.
    Gap(String),
    /// The same on both sides: the old number, and the line.
    Same(usize, Side),
    /// Gone.
    Gone(Side),
    /// New.
    New(Side),
    /// Side by side; either may be missing.
    Pair(Option<Side>, Option<Side>),
}

impl Line {
    pub(super) fn bytes(&self) -> usize {
        let of = |side: &Side| side.pieces.iter().map(|piece| piece.text.len()).sum::<usize>();
        match self {
            Self::Gap(text) => text.len(),
            Self::Same(_, side) | Self::Gone(side) | Self::New(side) => of(side),
            Self::Pair(old, new) => [old, new].into_iter().flatten().map(of).sum(),
        }
    }

    /// The line's number in the new file.
    pub(super) fn new_number(&self) -> Option<usize> {
        match self {
            Self::Same(_, side) | Self::New(side) | Self::Pair(_, Some(side)) => Some(side.number),
            Self::Gap(_) | Self::Gone(_) | Self::Pair(_, None) => None,
        }
    }
}

/// What there is to show of one file.
#[derive(Debug, Clone)]
pub struct ReviewedFile {
    /// How it changed.
    pub change: FileChange,
    /// Its risk class.
    pub class: RiskClass,
    /// Its lines, compared.
    pub comparison: TextComparison,
    /// The whole new file, where it is a text.
    pub content: Option<Vec<u8>>,
    /// The whole old file, where it is a text.
    pub before: Option<Vec<u8>>,
    /// Its place in the order of reading, from 1, and how many files there are.
    pub place: (usize, usize),
    /// The paths before and after it in that order.
    pub neighbours: (Option<String>, Option<String>),
    /// Why it has its risk class: the class, the line, the words.
    pub reasons: Vec<(RiskClass, Option<usize>, String)>,
    /// What the inspection saw in it.
    pub findings: Vec<FindingRow>,
}

impl ReviewedFile {
    /// What the inspection saw at the line of a row.
    pub(super) fn findings_at<'a>(&'a self, line: &'a Line) -> impl Iterator<Item = &'a FindingRow> {
        findings_at(&self.findings, line)
    }
}

pub(super) fn findings_at<'a>(
    findings: &'a [FindingRow],
    line: &'a Line,
) -> impl Iterator<Item = &'a FindingRow> {
    let number = line.new_number();
    findings.iter().filter(move |finding| number.is_some() && finding.line == number)
}

/// `/review/<project>/<version>?path=…&view=…`: one file of a review.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "review-file.html", config = "templates/askama.toml")]
pub struct ReviewFilePage {
    site: Site,
    head: ReviewHead,
    file: ReviewedFile,
    mode: Mode,
    lines: Vec<Line>,
    /// What to know beside the lines: that there are none, or that some are not shown.
    remarks: Vec<String>,
    notes: BTreeMap<usize, Vec<LineNote>>,
    loose: Vec<LineNote>,
    paging: Paging,
    /// The command that remarks on a line.
    remark: Option<String>,
}

impl ReviewFilePage {
    /// One page of the file. `page` counts from 1 and is brought into range; with `line`, it is the page of that line of the
    /// new file, of which the whole is shown when the line stands in no change.
    pub fn new(
        site: Site,
        head: ReviewHead,
        mut file: ReviewedFile,
        notes: Vec<LineNote>,
        mode: Mode,
        page: u64,
        line: Option<usize>,
    ) -> Self {
        let mut mode = if file.content.is_none() && mode == Mode::Whole { Mode::Unified } else { mode };
        let mut lines = lines(&file, mode);
        let has = |lines: &[Line], number| lines.iter().any(|line| line.new_number() == Some(number));
        if let Some(number) = line
            && mode != Mode::Whole
            && file.content.is_some()
            && !has(&lines, number)
        {
            mode = Mode::Whole;
            lines = self::lines(&file, mode);
        }
        let mut remarks = remarks(&file, mode);
        if lines.is_empty() && remarks.is_empty() {
            remarks.push("There is nothing to show: the file is empty.".to_owned());
        }
        let starts = page_starts(&lines);
        let of_line = line.and_then(|number| {
            let at = lines.iter().position(|line| line.new_number() == Some(number))?;
            Some(starts.partition_point(|start| *start <= at) as u64)
        });
        let base = head.file_href(&file.change.path, mode.query(), None);
        let paging = Paging::of_pages(of_line.unwrap_or(page), starts.len() as u64, &base, &[]);
        let at = paging.page() as usize - 1;
        if let Some(end) = starts.get(at + 1) {
            lines.truncate(*end);
        }
        lines.drain(..starts.get(at).copied().unwrap_or(0));
        super::colours::colour(&mut lines, &file);
        (file.content, file.before) = (None, None);
        let (placed, loose) = place_notes(&lines, notes);
        Self { site, head, file, mode, lines, remarks, notes: placed, loose, paging, remark: None }
    }

    /// With the command that remarks on a line of the file.
    #[must_use]
    pub fn with_remark(mut self, remark: Option<String>) -> Self {
        self.remark = remark;
        self
    }

    fn views(&self) -> Vec<Link> {
        let link = |mode: Mode, label: &str| Link {
            label: label.to_owned(),
            href: self.head.file_href(&self.file.change.path, mode.query(), None),
            current: mode == self.mode,
        };
        let mut views = vec![link(Mode::Unified, "Unified"), link(Mode::Split, "Side by side")];
        if self.file.change.new.is_some() {
            views.push(link(Mode::Whole, "Whole file"));
        }
        views
    }

    /// The files before and after this one: relation, word, address, path.
    fn neighbours(&self) -> Vec<(&'static str, &'static str, String, &str)> {
        let (before, after) = &self.file.neighbours;
        [("prev", "Before", before), ("next", "Next", after)]
            .into_iter()
            .filter_map(|(rel, word, path)| {
                let path = path.as_deref()?;
                Some((rel, word, self.head.file_href(path, self.mode.query(), None), path))
            })
            .collect()
    }

    fn notes_at(&self, line: &Line) -> &[LineNote] {
        line.new_number().and_then(|number| self.notes.get(&number)).map_or(&[], Vec::as_slice)
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hold references")]
    fn reason_href(&self, line: &usize) -> String {
        self.head.file_href(&self.file.change.path, self.mode.query(), Some(*line))
    }

    /// `1.20 kB, before 980 B`.
    fn sizes(&self) -> String {
        let size = |side: &Option<packhouse_inspect::Side>| side.as_ref().map(|side| bytes(side.file.size));
        match (size(&self.file.change.old), size(&self.file.change.new)) {
            (Some(old), Some(new)) => format!("{new}, before {old}"),
            (None, Some(new)) => new,
            (Some(old), None) => format!("gone; it had {old}"),
            (None, None) => String::new(),
        }
    }

    /// Where it was, when it was elsewhere.
    fn moved_from(&self) -> Option<&str> {
        let renamed = matches!(self.file.change.change, packhouse_inspect::Change::Renamed { .. });
        self.file.change.old.as_ref().filter(|_| renamed).map(|side| side.path.as_str())
    }

    fn totals(&self) -> Option<(usize, usize)> {
        match &self.file.comparison {
            TextComparison::Lines(lines) => Some((lines.added, lines.removed)),
            TextComparison::TooLong { .. } => None,
        }
    }
}

crate::pages::page!(ReviewFilePage, Queue);

/// The remarks at the lines that are shown, and some of the others.
pub(super) fn place_notes(
    lines: &[Line],
    notes: Vec<LineNote>,
) -> (BTreeMap<usize, Vec<LineNote>>, Vec<LineNote>) {
    let shown: BTreeSet<usize> = lines.iter().filter_map(Line::new_number).collect();
    let (mut placed, mut loose) = (BTreeMap::<usize, Vec<LineNote>>::new(), Vec::new());
    for note in notes {
        match note.line.filter(|number| shown.contains(number)) {
            Some(number) => placed.entry(number).or_default().push(note),
            None if loose.len() < LOOSE => loose.push(note),
            None => {}
        }
    }
    (placed, loose)
}

/// The rows of a file in a view.
pub(super) fn lines(file: &ReviewedFile, mode: Mode) -> Vec<Line> {
    match (mode, &file.comparison) {
        (Mode::Whole, _) => file.content.as_deref().map(whole).unwrap_or_default(),
        (_, TextComparison::TooLong { .. }) => Vec::new(),
        (Mode::Unified, TextComparison::Lines(difference)) => unified(difference),
        (Mode::Split, TextComparison::Lines(difference)) => split(difference),
    }
}

fn unified(difference: &LineDifference) -> Vec<Line> {
    let mut lines = Vec::new();
    for hunk in &difference.hunks {
        lines.push(gap(hunk));
        let mut olds = hunk.rows.iter().filter(|row| row.same).filter_map(|row| row.old.as_ref());
        for (sign, cell) in hunk.unified() {
            lines.push(match sign {
                Sign::Same => Line::Same(olds.next().map_or(0, |old| old.number), side(cell)),
                Sign::Removed => Line::Gone(side(cell)),
                Sign::Added => Line::New(side(cell)),
            });
        }
    }
    lines
}

fn split(difference: &LineDifference) -> Vec<Line> {
    let mut lines = Vec::new();
    for hunk in &difference.hunks {
        lines.push(gap(hunk));
        for row in &hunk.rows {
            let (old, new) = (row.old.as_ref().map(side), row.new.as_ref().map(side));
            lines.push(match (row.same, old, new) {
                (true, Some(old), Some(new)) => Line::Same(old.number, new),
                (_, old, new) => Line::Pair(old, new),
            });
        }
    }
    lines
}

/// What the rows below are: `Lines 8 to 15, before 8 to 12`.
fn gap(hunk: &packhouse_inspect::Hunk) -> Line {
    let range = |start: usize, lines: usize| {
        let last = (start + lines).saturating_sub(1).max(start);
        format!("{} to {}", count(start as u64), count(last as u64))
    };
    let (old, new) = (range(hunk.old_start, hunk.old_lines), range(hunk.new_start, hunk.new_lines));
    Line::Gap(match (hunk.old_lines, hunk.new_lines) {
        (0, _) => format!("Lines {new}, all new"),
        (_, 0) => format!("Lines {old} before, all gone"),
        _ => format!("Lines {new}, before {old}"),
    })
}

/// Lines end where Python ends them, as in the comparison.
fn whole(content: &[u8]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut rest = content;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        let text = &rest[..end];
        let shown = String::from_utf8_lossy(&text[..text.len().min(LINE)]).into_owned();
        let cut =
            (text.len() > LINE).then(|| format!("cut: the line has {} bytes", count(text.len() as u64)));
        let pieces = vec![Piece { marked: false, class: None, text: shown }];
        let side = Side { number: lines.len() + 1, pieces, cut };
        lines.push(Line::Same(0, side));
        let ending = if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
        rest = rest.get(end + ending..).unwrap_or_default();
    }
    lines
}

fn side(cell: &Cell) -> Side {
    match &cell.text {
        LineText::Shown(text) => Side { number: cell.number, pieces: pieces(text, cell), cut: None },
        LineText::TooLong { bytes, first_difference, start } => {
            let differs = match first_difference {
                Some(at) => format!("; it differs from byte {} on", count(*at as u64 + 1)),
                None => String::new(),
            };
            Side {
                number: cell.number,
                pieces: vec![Piece { marked: false, class: None, text: start.clone() }],
                cut: Some(format!("cut: the line has {} bytes{differs}", count(*bytes as u64))),
            }
        }
    }
}

fn pieces(text: &str, cell: &Cell) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut push = |from: usize, to: usize, marked| {
        if let Some(part) = text.get(from..to).filter(|part| !part.is_empty()) {
            pieces.push(Piece { marked, class: None, text: part.to_owned() });
        }
    };
    for range in &cell.emphasis {
        push(at, range.start, false);
        push(range.start, range.end, true);
        at = range.end.max(at);
    }
    push(at, text.len(), false);
    pieces
}

fn remarks(file: &ReviewedFile, mode: Mode) -> Vec<String> {
    let mut remarks = Vec::new();
    match &file.comparison {
        TextComparison::TooLong { old_bytes, new_bytes, first_difference } => remarks.push(format!(
            "The file is too long to be compared: {} bytes, before {}{}.",
            count(*new_bytes as u64),
            count(*old_bytes as u64),
            first_difference
                .map(|at| format!("; it differs from byte {} on", count(at as u64 + 1)))
                .unwrap_or_default()
        )),
        TextComparison::Lines(lines) => {
            if lines.only_line_endings {
                remarks.push("Only line endings differ.".to_owned());
            }
            if lines.not_utf_8 {
                remarks.push("The file is not UTF-8; what cannot be read is shown as U+FFFD.".to_owned());
            }
            if lines.not_shown > 0 && mode != Mode::Whole {
                remarks.push(format!(
                    "{} changed lines are in none of these pages; the whole file has them.",
                    count(lines.not_shown as u64)
                ));
            }
        }
    }
    let is_text = |side: &packhouse_inspect::Side| {
        use packhouse_inspect::ContentKind::{Binary, NativeBinary};
        !matches!(side.file.kind, NativeBinary | Binary)
    };
    if let Some(new) = &file.change.new {
        if !is_text(new) {
            remarks.push(format!("This is no text: {}, SHA-256 {}.", bytes(new.file.size), new.file.sha256));
        } else if file.content.is_none() {
            remarks.push(format!("The file was too large to be kept: {}.", bytes(new.file.size)));
        }
        if let Some(link) = &new.file.link {
            remarks.push(format!("It is a symbolic link to {link}."));
        }
        if new.file.executable && file.change.old.as_ref().is_none_or(|old| !old.file.executable) {
            remarks.push("It may now be executed.".to_owned());
        }
    }
    if file.change.is_same_content() {
        remarks.push("Its bytes are the same as before.".to_owned());
    }
    remarks
}

/// Where each page starts.
fn page_starts(lines: &[Line]) -> Vec<usize> {
    let mut starts = Vec::new();
    let (mut rows, mut text) = (0, 0);
    for (at, line) in lines.iter().enumerate() {
        let more = line.bytes();
        if starts.is_empty() || rows == LINES_PER_PAGE || text + more > TEXT_PER_PAGE {
            starts.push(at);
            (rows, text) = (0, 0);
        }
        rows += 1;
        text += more;
    }
    starts
}
