//! The changes of many files on one page: most updates are a few lines in a few files, and are read without a click.

use std::collections::BTreeMap;

use packhouse_inspect::{FileChange, TextComparison};
use packhouse_model::RiskClass;

use super::review::{FindingRow, LineNote};
use super::review_file::{Line, Mode, ReviewedFile, findings_at, lines, place_notes};

/// Files whose changes stand on the page of all files.
pub const FILES: usize = 40;
/// Bytes of a file whose changes do; larger ones have a page of their own.
pub const BYTES: u64 = 200_000;
/// Rows of all of them together.
const ROWS: usize = 1_500;
/// Bytes of text in these rows.
const TEXT: usize = 200_000;

/// The changes of one file among those of others.
#[derive(Debug, Clone)]
pub struct Inline {
    pub(super) change: FileChange,
    pub(super) class: RiskClass,
    pub(super) lines: Vec<Line>,
    pub(super) notes: BTreeMap<usize, Vec<LineNote>>,
    pub(super) findings: Vec<FindingRow>,
    pub(super) added: usize,
    pub(super) removed: usize,
}

impl Inline {
    pub(super) fn findings_at<'a>(&'a self, line: &'a Line) -> impl Iterator<Item = &'a FindingRow> {
        findings_at(&self.findings, line)
    }

    pub(super) fn notes_at(&self, line: &Line) -> &[LineNote] {
        line.new_number().and_then(|number| self.notes.get(&number)).map_or(&[], Vec::as_slice)
    }
}

/// As many of the files as fit on the page, in their order; without those that have no lines to show.
pub fn inline(files: impl IntoIterator<Item = (ReviewedFile, Vec<LineNote>)>) -> Vec<Inline> {
    let (mut rows, mut text) = (ROWS, TEXT);
    let mut found = Vec::new();
    for (file, notes) in files {
        let TextComparison::Lines(difference) = &file.comparison else { continue };
        let (added, removed) = (difference.added, difference.removed);
        // A gap is a row too, and lines around a change are few.
        if added + removed > rows {
            continue;
        }
        let mut lines = lines(&file, Mode::Unified);
        let bytes: usize = lines.iter().map(Line::bytes).sum();
        if lines.is_empty() || lines.len() > rows || bytes > text {
            continue;
        }
        (rows, text) = (rows - lines.len(), text - bytes);
        super::colours::colour(&mut lines, &file);
        let notes = place_notes(&lines, notes).0;
        let findings = file.findings;
        found.push(Inline { change: file.change, class: file.class, lines, notes, findings, added, removed });
    }
    found
}
