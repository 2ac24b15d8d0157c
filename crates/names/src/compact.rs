//! The index as bytes: made once, loaded without making the keys again.

use packhouse_model::ProjectName;

use crate::builder::Standing;
use crate::index::{NameIndex, Protected, Source};
use crate::table::Table;
use crate::vocabulary::Vocabulary;

const MAGIC: &[u8; 8] = b"PHNAMES1";
/// Bytes of all names of a list: far more than the registry's whole list takes.
const MOST_TEXT: usize = 256 << 20;

/// The bytes are no index that this version can load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CompactError {
    /// Made by another version, or something else.
    #[error("the bytes do not begin as an index of names of this version does; build it again")]
    Magic,
    /// Cut off or damaged.
    #[error("the index of names is damaged at {part}; build it again")]
    Damaged {
        /// Where.
        part: &'static str,
    },
}

impl NameIndex {
    /// The index as bytes. The vocabulary is the program's, not the index's.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        put_texts(&mut out, self.protected.iter().map(|entry| entry.name.as_str()));
        for entry in &self.protected {
            let (kind, number) = match entry.source {
                Source::Project { standing: Standing::Vetted, rank } => (0, rank),
                Source::Project { standing: Standing::Popular, rank } => (1, rank),
                Source::Module { project } => (2, project),
                Source::StandardLibrary => (3, 0),
            };
            out.push(kind);
            put(&mut out, number);
        }
        put_texts(&mut out, self.established.iter().map(String::as_str));
        put_texts(&mut out, self.namespaces.iter().map(String::as_str));
        put(&mut out, self.table.starts.len() as u32);
        self.table.starts.iter().for_each(|start| put(&mut out, *start));
        put(&mut out, self.table.names.len() as u32);
        self.table.tags.iter().for_each(|tag| out.extend(tag.to_le_bytes()));
        self.table.names.iter().for_each(|name| put(&mut out, *name));
        out
    }

    /// Reads what [`Self::to_bytes`] wrote. Damage is an error, and never a panic or an index that panics.
    pub fn from_bytes(bytes: &[u8], vocabulary: Vocabulary) -> Result<Self, CompactError> {
        let mut input = Input(bytes);
        if input.take(MAGIC.len()) != Some(MAGIC) {
            return Err(CompactError::Magic);
        }
        let damaged = |part| move || CompactError::Damaged { part };
        let names = input.texts().ok_or_else(damaged("the names"))?;
        let mut protected = Vec::with_capacity(names.len());
        for name in &names {
            let source = input.source(names.len()).ok_or_else(damaged("the sources of the names"))?;
            protected.push(Protected::new(name, source));
        }
        let established = input.texts().ok_or_else(damaged("the established names"))?;
        if !established.is_sorted() {
            return Err(CompactError::Damaged { part: "the order of the established names" });
        }
        let namespaces = input.texts().ok_or_else(damaged("the namespaces"))?;
        let table = input.table().ok_or_else(damaged("the table"))?;
        if !table.is_sound(protected.len()) || !input.0.is_empty() {
            return Err(CompactError::Damaged { part: "the table" });
        }
        Ok(Self::with_table(vocabulary, protected, established, namespaces, table))
    }

    /// The names of the protected projects.
    pub fn projects(&self) -> impl Iterator<Item = ProjectName> {
        let projects = self.protected.iter().filter(|entry| matches!(entry.source, Source::Project { .. }));
        projects.map(|entry| ProjectName::from_canonical(&entry.name))
    }
}

fn put(out: &mut Vec<u8>, number: u32) {
    out.extend(number.to_le_bytes());
}

/// A count, the length of each text, all texts.
fn put_texts<'a>(out: &mut Vec<u8>, texts: impl Iterator<Item = &'a str> + Clone) {
    put(out, texts.clone().count() as u32);
    texts.clone().for_each(|text| put(out, text.len() as u32));
    texts.for_each(|text| out.extend(text.as_bytes()));
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    /// So many numbers; the bytes are there before anything is allocated.
    fn numbers(&mut self, count: usize) -> Option<Vec<u32>> {
        let bytes = self.take(count.checked_mul(4)?)?;
        let (chunks, _) = bytes.as_chunks::<4>();
        Some(chunks.iter().map(|chunk| u32::from_le_bytes(*chunk)).collect())
    }

    fn texts(&mut self) -> Option<Vec<String>> {
        let count = self.number()? as usize;
        let lengths = self.numbers(count)?;
        let total = lengths.iter().try_fold(0usize, |sum, length| sum.checked_add(*length as usize))?;
        if total > MOST_TEXT {
            return None;
        }
        let mut text = Input(self.take(total)?);
        let one = |length: u32| Some(std::str::from_utf8(text.take(length as usize)?).ok()?.to_owned());
        lengths.into_iter().map(one).collect()
    }

    fn source(&mut self, names: usize) -> Option<Source> {
        let kind = self.take(1)?[0];
        let number = self.number()?;
        Some(match kind {
            0 => Source::Project { standing: Standing::Vetted, rank: number },
            1 => Source::Project { standing: Standing::Popular, rank: number },
            2 if (number as usize) < names => Source::Module { project: number },
            3 => Source::StandardLibrary,
            _ => return None,
        })
    }

    fn table(&mut self) -> Option<Table> {
        let count = self.number()? as usize;
        let starts = self.numbers(count)?;
        let count = self.number()? as usize;
        let (chunks, _) = self.take(count.checked_mul(2)?)?.as_chunks::<2>();
        let tags = chunks.iter().map(|chunk| u16::from_le_bytes(*chunk)).collect();
        Some(Table { starts, tags, names: self.numbers(count)? })
    }
}
