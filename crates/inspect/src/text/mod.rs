//! Two texts, line by line.

mod lines;
mod pairs;
mod words;

pub(crate) use lines::{Aligned, align, split};

use std::ops::Range;

use serde::Serialize;
use similar::DiffOp;

/// How much is compared and shown. Whatever is beyond is named with its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextLimits {
    /// Bytes of a file that is compared line by line.
    pub file_bytes: usize,
    /// Lines of both files between the first and the last difference; with more, all of them count as replaced.
    pub lines: usize,
    /// Bytes of a line that is shown.
    pub line_bytes: usize,
    /// Changed lines that are shown.
    pub shown: usize,
    /// Unchanged lines around each change.
    pub context: usize,
    /// Bytes of a line whose words are compared.
    pub word_bytes: usize,
    /// Pairs of lines whose words are compared.
    pub word_pairs: usize,
}

impl Default for TextLimits {
    fn default() -> Self {
        Self {
            file_bytes: 32 << 20,
            lines: 200_000,
            line_bytes: 10_000,
            shown: 20_000,
            context: 3,
            word_bytes: 1_000,
            word_pairs: 2_000,
        }
    }
}

/// How two texts differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "comparison")]
pub enum TextComparison {
    /// Line by line.
    Lines(LineDifference),
    /// A file has more than [`TextLimits::file_bytes`].
    TooLong {
        /// Bytes of the old file.
        old_bytes: usize,
        /// Bytes of the new file.
        new_bytes: usize,
        /// Offset of the first byte that differs, from 0; `None` when they are the same.
        first_difference: Option<usize>,
    },
}

/// What changed in a text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LineDifference {
    /// The changes with the lines around them.
    pub hunks: Vec<Hunk>,
    /// Lines that are new.
    pub added: usize,
    /// Lines that are gone.
    pub removed: usize,
    /// How many of both stand in no hunk, as there were too many.
    pub not_shown: usize,
    /// The bytes differ but no line does: in line endings, or in the line feed at the end.
    pub only_line_endings: bool,
    /// One of the texts is not UTF-8; what cannot be read is shown as U+FFFD.
    pub not_utf_8: bool,
}

/// A group of changes that stand close together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hunk {
    /// First line in the old file, from 1; the line before when it has none here.
    pub old_start: usize,
    /// Lines in the old file.
    pub old_lines: usize,
    /// As [`old_start`](Self::old_start).
    pub new_start: usize,
    /// Lines in the new file.
    pub new_lines: usize,
    /// Side by side, in order.
    pub rows: Vec<Row>,
}

/// A line on the left, on the right, or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// `None` for a line that is new.
    pub old: Option<Cell>,
    /// `None` for a line that is gone.
    pub new: Option<Cell>,
    /// Whether both sides are the same line.
    pub same: bool,
}

/// A line in one of the files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// From 1.
    pub number: usize,
    /// Without its ending.
    pub text: LineText,
    /// Byte ranges of the shown text in which it differs from the other side; empty when all of it does.
    pub emphasis: Vec<Range<usize>>,
}

/// A line's text, if it can be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineText {
    /// The line as it is. Whoever shows it has to make control and invisible characters visible.
    Shown(String),
    /// Longer than [`TextLimits::line_bytes`].
    TooLong {
        /// Its length.
        bytes: usize,
        /// Offset of the first byte that differs from the line on the other side, from 0.
        first_difference: Option<usize>,
        /// How it begins.
        start: String,
    },
}

/// What a line of a unified diff begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// On both sides.
    Same,
    /// Gone.
    Removed,
    /// New.
    Added,
}

impl Hunk {
    /// The same rows one below the other: in each run of changes the lines that are gone, then those that are new.
    pub fn unified(&self) -> Vec<(Sign, &Cell)> {
        let mut found = Vec::new();
        for run in self.rows.chunk_by(|one, other| one.same == other.same) {
            if run[0].same {
                found.extend(run.iter().filter_map(|row| Some((Sign::Same, row.new.as_ref()?))));
            } else {
                found.extend(run.iter().filter_map(|row| Some((Sign::Removed, row.old.as_ref()?))));
                found.extend(run.iter().filter_map(|row| Some((Sign::Added, row.new.as_ref()?))));
            }
        }
        found
    }
}

impl std::fmt::Display for LineText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Shown(text) => f.write_str(text),
            Self::TooLong { bytes, first_difference, .. } => {
                write!(f, "too long: {} bytes", grouped(*bytes))?;
                match first_difference {
                    Some(at) => write!(f, "; first differing byte at {}", grouped(*at)),
                    None => Ok(()),
                }
            }
        }
    }
}

/// `10,000,000`
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// Compares two texts; a file that is not there is empty.
pub fn compare_text(old: Option<&[u8]>, new: Option<&[u8]>, limits: &TextLimits) -> TextComparison {
    let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
    if old.len().max(new.len()) > limits.file_bytes {
        let (old_bytes, new_bytes) = (old.len(), new.len());
        let first_difference = lines::first_difference(old, new);
        return TextComparison::TooLong { old_bytes, new_bytes, first_difference };
    }
    let aligned = align(old, new, limits.lines);
    let mut difference = LineDifference {
        added: aligned.added().count(),
        removed: aligned.removed(),
        not_utf_8: std::str::from_utf8(old).is_err() || std::str::from_utf8(new).is_err(),
        ..LineDifference::default()
    };
    difference.only_line_endings = difference.added + difference.removed == 0 && old != new;
    let mut rows = pairs::Rows::new(&aligned, limits);
    for group in similar::group_diff_ops(aligned.ops.clone(), limits.context) {
        if rows.shown >= limits.shown {
            break;
        }
        difference.hunks.extend(hunk(&group, &mut rows));
    }
    difference.not_shown = (difference.added + difference.removed).saturating_sub(rows.shown);
    TextComparison::Lines(difference)
}

fn hunk(group: &[DiffOp], rows: &mut pairs::Rows<'_>) -> Option<Hunk> {
    let first = group.first()?;
    let (old_from, new_from) = (first.old_range().start, first.new_range().start);
    let mut found = Vec::new();
    for op in group {
        rows.push(op, &mut found);
    }
    let old_lines = found.iter().filter(|row: &&Row| row.old.is_some()).count();
    let new_lines = found.iter().filter(|row: &&Row| row.new.is_some()).count();
    let start = |from: usize, lines: usize| if lines == 0 { from } else { from + 1 };
    Some(Hunk {
        old_start: start(old_from, old_lines),
        old_lines,
        new_start: start(new_from, new_lines),
        new_lines,
        rows: found,
    })
}
