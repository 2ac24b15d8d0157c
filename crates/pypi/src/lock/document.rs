//! TOML with the line of everything.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::LockError;
use crate::text::excerpt;

/// A parsed file.
pub(super) struct Document<'a> {
    root: Spanned<DeTable<'a>>,
    /// Where each line but the first begins.
    line_starts: Vec<usize>,
}

/// A table of a document, and where it stands.
pub(super) struct Table<'a> {
    entries: &'a DeTable<'a>,
    line_starts: &'a [usize],
    /// Counted from 1. For an element of an array of tables, the line of its header.
    pub(super) line: usize,
}

fn line_of(line_starts: &[usize], offset: usize) -> usize {
    line_starts.partition_point(|start| *start <= offset) + 1
}

impl<'a> Document<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, LockError> {
        let line_starts: Vec<usize> = text.match_indices('\n').map(|(at, _)| at + 1).collect();
        match DeTable::parse(text) {
            Ok(root) => Ok(Self { root, line_starts }),
            Err(error) => Err(LockError::Toml {
                line: line_of(&line_starts, error.span().map_or(0, |span| span.start)),
                problem: excerpt(error.message()).escape_debug().to_string(),
            }),
        }
    }

    pub(super) fn root(&self) -> Table<'_> {
        Table { entries: self.root.get_ref(), line_starts: &self.line_starts, line: 1 }
    }
}

impl<'a> Table<'a> {
    fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.entries.get(key)
    }

    /// A string.
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.get(key)?.get_ref().as_str()
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// A decimal integer, as written.
    pub(super) fn integer(&self, key: &str) -> Option<&'a str> {
        let integer = self.get(key)?.get_ref().as_integer()?;
        (integer.radix() == 10).then(|| integer.as_str())
    }

    pub(super) fn table(&self, key: &str) -> Option<Table<'a>> {
        self.below(self.get(key)?)
    }

    /// The tables in an array. What is not a table there is left out.
    pub(super) fn tables(&self, key: &str) -> impl Iterator<Item = Table<'a>> + use<'a> {
        let line_starts = self.line_starts;
        let array = self.get(key).and_then(|value| value.get_ref().as_array());
        array.into_iter().flatten().filter_map(move |value| below(line_starts, value))
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.entries.keys().map(|key| key.get_ref().as_ref())
    }

    fn below(&self, value: &'a Spanned<DeValue<'a>>) -> Option<Table<'a>> {
        below(self.line_starts, value)
    }
}

fn below<'a>(line_starts: &'a [usize], value: &'a Spanned<DeValue<'a>>) -> Option<Table<'a>> {
    let entries = value.get_ref().as_table()?;
    Some(Table { entries, line_starts, line: line_of(line_starts, value.span().start) })
}
