//! Tells of most sources that they are not nested deep, by their bytes and without a lexer, which takes several times as long.
//!
//! Counts what the lexer's tokens would count, or more. Of what it is not sure of (texts within texts in braces, texts without an
//! end) it says nothing.

use super::Level;

/// Columns of a tab, at most.
const TAB: usize = 8;

/// Whether a source is certainly nested no deeper than `limit`.
pub(super) fn is_shallow(source: &str, limit: usize) -> bool {
    let levels = vec![Level::default()];
    Scan { bytes: source.as_bytes(), at: 0, levels, depth: 0, columns: 0, limit }.run().is_some()
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    levels: Vec<Level>,
    /// Within the statement.
    depth: usize,
    /// The deepest indentation so far: no more blocks than columns are open.
    columns: usize,
    limit: usize,
}

impl Scan<'_> {
    /// Nothing, where it cannot be told.
    fn run(mut self) -> Option<()> {
        if self.bytes.starts_with("\u{feff}".as_bytes()) {
            self.at = '\u{feff}'.len_utf8();
        }
        self.indentation()?;
        while let Some(byte) = self.bytes.get(self.at).copied() {
            let start = self.at;
            self.at += 1;
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | 0x80.. => self.word(start)?,
                b'(' | b'[' | b'{' => {
                    self.levels.push(Level::default());
                    self.deeper()?;
                }
                b')' | b']' | b'}' => self.close(),
                b',' => {
                    let level = self.levels.last_mut()?;
                    self.depth -= std::mem::take(&mut level.operators);
                }
                b'\n' | b'\r' if self.levels.len() == 1 => {
                    self.levels[0] = Level::default();
                    self.depth = 0;
                    self.indentation()?;
                }
                b'"' | b'\'' => self.text(byte, false)?,
                b'#' => self.comment(),
                // The statement goes on in the next line; or begins there, as deep as it stands there.
                b'\\' => {
                    self.at += 1 + usize::from(self.bytes[self.at..].starts_with(b"\r\n"));
                    self.indentation()?;
                }
                b'+' | b'-' | b'*' | b'/' | b'|' | b'&' | b'.' | b'%' | b'~' | b'^' | b'<' | b'>' | b'@' => {
                    self.operator()?;
                }
                b':' if self.bytes.get(self.at) == Some(&b'=') => self.operator()?,
                _ => {}
            }
        }
        Some(())
    }

    fn deeper(&mut self) -> Option<()> {
        self.depth += 1;
        (self.columns + self.depth <= self.limit).then_some(())
    }

    fn operator(&mut self) -> Option<()> {
        self.levels.last_mut()?.operators += 1;
        self.deeper()
    }

    /// The bracket itself stays, as it does in the lexer's count.
    fn close(&mut self) {
        if self.levels.len() > 1
            && let Some(level) = self.levels.pop()
        {
            self.depth -= level.operators + level.lambdas;
            let last = self.levels.len() - 1;
            self.levels[last].operators += 1;
        }
    }

    fn indentation(&mut self) -> Option<()> {
        let mut columns = 0;
        while let Some(byte) = self.bytes.get(self.at) {
            columns += match byte {
                b' ' => 1,
                b'\t' => TAB,
                b'\x0c' => 0,
                _ => break,
            };
            self.at += 1;
        }
        self.columns = self.columns.max(columns);
        (self.columns <= self.limit).then_some(())
    }

    fn comment(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
    }

    /// A name, a keyword, a number, or what stands before a text and says how it is read.
    fn word(&mut self, start: usize) -> Option<()> {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|byte| !is_word(*byte)).unwrap_or(rest.len());
        let word = &self.bytes[start..self.at];
        match word {
            b"and" | b"or" | b"await" | b"else" | b"for" | b"if" | b"not" | b"yield" => self.operator()?,
            b"lambda" => {
                self.levels.last_mut()?.lambdas += 1;
                self.deeper()?;
            }
            _ => {}
        }
        if let Some(quote @ (b'"' | b'\'')) = self.bytes.get(self.at).copied() {
            self.at += 1;
            // More than the prefixes that there are: that only makes more uncertain.
            let prefix = &word[word.len().saturating_sub(2)..];
            self.text(quote, prefix.iter().any(|byte| matches!(byte, b'f' | b'F' | b't' | b'T')))?;
        }
        Some(())
    }

    /// A text whose first quote was passed.
    fn text(&mut self, quote: u8, has_expressions: bool) -> Option<()> {
        let long = self.bytes[self.at..].starts_with(&[quote; 2]);
        self.at += if long { 2 } else { 0 };
        let start = self.at;
        loop {
            let byte = *self.bytes.get(self.at)?;
            if byte == quote && (!long || self.bytes[self.at..].starts_with(&[quote; 3])) {
                break;
            }
            if !long && matches!(byte, b'\n' | b'\r') {
                return None;
            }
            self.at += if byte == b'\\' { 2 } else { 1 };
        }
        let inside = &self.bytes[start..self.at];
        self.at += if long { 3 } else { 1 };
        if has_expressions { self.expressions(inside) } else { Some(()) }
    }

    /// A text that may have expressions in braces. Each brace is counted, also the double ones that stand for themselves: so never
    /// fewer are open than the lexer knows of, and where none is, the quote behind it is the text's end.
    fn expressions(&mut self, inside: &[u8]) -> Option<()> {
        let (mut braces, mut brackets, mut signs) = (0_usize, 0_usize, 0_usize);
        let mut at = 0;
        while let Some(byte) = inside.get(at).copied() {
            at += 1;
            match byte {
                b'{' => braces += 1,
                b'}' => braces = braces.checked_sub(1)?,
                _ if braces == 0 => continue,
                b'(' | b'[' => brackets += 1,
                b')' | b']' => brackets = brackets.checked_sub(1)?,
                b'#' | b'\\' => return None,
                b'"' | b'\'' => {
                    let within = inside[at..].split(|other| *other == byte).next()?;
                    let plain = !within.iter().any(|byte| b"{}\\#\"'".contains(byte));
                    if !plain || at + within.len() == inside.len() {
                        return None;
                    }
                    at += within.len() + 1;
                }
                _ => {}
            }
            signs += usize::from(!is_word(byte));
        }
        if braces + brackets > 0 {
            return None;
        }
        self.operator()?;
        // A token that nests is a sign, or a word behind one.
        let most = 2 * signs + 1;
        (self.columns + self.depth + most <= self.limit).then_some(())
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
