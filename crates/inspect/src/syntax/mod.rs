//! Which pieces of a source text are comments, strings, numbers and keywords, so that they can be told apart by colour.
//!
//! Made for texts that an attacker wrote: one pass, in time proportional to the text, without regular expressions. A
//! reader takes what is pale for a comment, so what Python, JavaScript and C take for code is never told to be one
//! where that can be seen without parsing: strings inside of replacement fields (PEP 701), template literals and
//! regular expression literals are followed. Where too much is open at once, the rest of the text has no colours.

mod grammar;
mod lexer;
mod plain;

use std::ops::Range;

pub use grammar::Language;

use crate::text::split;

/// What a piece of a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Token {
    /// A comment.
    Comment,
    /// A string, or a part of one; code inside of a text.
    Text,
    /// A number, a date.
    Number,
    /// A word of the language.
    Keyword,
    /// What is defined: a function, a class, a key.
    Name,
    /// A decorator, a directive, a section, a heading.
    Special,
}

/// Byte ranges of a line, in order, without overlaps.
pub type Spans = Vec<(Range<usize>, Token)>;

/// Larger texts have no colours.
const LARGEST: usize = 8 << 20;

/// The spans of some lines of a text. `wanted` are line numbers from 1, ascending, each with the line as it is shown:
/// the beginning of a long one, with U+FFFD for what is not UTF-8. The answer has as many items, all of them empty for a
/// language that is not known and for a text of more than 8 MiB.
pub fn highlight(path: &str, content: &[u8], wanted: &[(usize, &str)]) -> Vec<Spans> {
    let mut found = Vec::with_capacity(wanted.len());
    let language = Language::of(path, content).filter(|_| content.len() <= LARGEST);
    let (Some(language), Some((last, _))) = (language, wanted.last()) else {
        found.resize_with(wanted.len(), Spans::new);
        return found;
    };
    let mut lexer = lexer::Lexer::new(language);
    let mut open = wanted.iter().peekable();
    for (at, line) in split(content).into_iter().take(*last).enumerate() {
        while let Some((_, shown)) = open.next_if(|(number, _)| *number == at + 1) {
            found.push(lexer.clone().line(shown.as_bytes()));
        }
        lexer.skip(line);
    }
    found.resize_with(wanted.len(), Spans::new);
    found
}

#[cfg(test)]
mod tests;
