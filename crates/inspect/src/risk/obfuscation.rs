//! Lines that hide what they say.
//!
//! It misses look-alike letters in names (`rеquests` with a Cyrillic е), ciphers in short pieces, payloads in data files and
//! in whatever passes for ordinary words.

use std::borrow::Cow;

/// Nobody reads a longer line of code.
const LONGEST_LINE: usize = 2_000;
/// An encoded text: this many characters of the alphabet of base 64 in a row, and this many bits in each. English has 4.2,
/// random base 64 of this length 5.7.
const LITERAL: usize = 200;
const BITS: f64 = 4.8;
/// The same in base 16, which has no more than 4 bits.
const HEX: usize = 400;
/// Shorter ones, one below the other.
const SHORT_LITERAL: usize = 60;
const SHORT_LITERALS: usize = 12;
/// Escapes in one line: a text that is not meant to be read.
const ESCAPES: usize = 40;
/// Calls of `chr` in one line.
const CHARACTERS: usize = 8;
/// Blanks that push code out of sight.
const BLANKS: usize = 200;

/// Counts encoded literals over the lines of a file.
#[derive(Debug, Default)]
pub(super) struct Seen {
    short_literals: usize,
}

impl Seen {
    /// What hides in a line, in words.
    pub(super) fn line(&mut self, line: &str) -> Option<String> {
        if line.len() > LONGEST_LINE {
            return Some(format!("a line of {} bytes", line.len()));
        }
        if let Some(hidden) = line.chars().find(|c| is_hidden(*c)) {
            return Some(format!("an invisible character, U+{:04X}", u32::from(hidden)));
        }
        // Below, all are longer than this.
        if line.len() < SHORT_LITERAL {
            return None;
        }
        let blanks = line.trim_start().split(|c: char| !c.is_whitespace()).map(str::len).max();
        let indent = line.len() - line.trim_start().len();
        if !line.trim().is_empty() && blanks.unwrap_or_default().max(indent) >= BLANKS {
            return Some("code behind many blanks".to_owned());
        }
        if line.matches("\\x").count() + line.matches("\\u").count() >= ESCAPES {
            return Some("a text of escapes".to_owned());
        }
        if line.matches("chr(").count() >= CHARACTERS {
            return Some("a text put together of single characters".to_owned());
        }
        let encoded = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '_' | '-');
        let longest = line.split(|c| !encoded(c)).max_by_key(|run| run.len()).unwrap_or_default();
        let hex = longest.bytes().all(|byte| byte.is_ascii_hexdigit());
        if (hex && longest.len() >= HEX) || (longest.len() >= LITERAL && bits(longest) > BITS) {
            return Some(format!("an encoded text of {} characters", longest.len()));
        }
        if longest.len() >= SHORT_LITERAL && (hex || bits(longest) > BITS) {
            self.short_literals += 1;
            if self.short_literals == SHORT_LITERALS {
                return Some("an encoded text in many lines".to_owned());
            }
        }
        None
    }
}

/// The line as Python reads its names (PEP 3131: NFKC), as far as whole alphabets of other forms of Latin letters go:
/// `ｅｖａｌ(x)` is `eval(x)`. Single letters in other blocks (`ᵉ`) are overlooked.
pub(super) fn plain_letters(line: &str) -> Cow<'_, str> {
    if line.is_ascii() {
        return Cow::Borrowed(line);
    }
    Cow::Owned(line.chars().map(plain_letter).collect())
}

fn plain_letter(character: char) -> char {
    let letter = |base: u8, at: u32| char::from(base + at as u8);
    match u32::from(character) {
        code @ 0xff21..=0xff3a => letter(b'A', code - 0xff21),
        code @ 0xff41..=0xff5a => letter(b'a', code - 0xff41),
        0xff3f => '_',
        // Thirteen mathematical alphabets of 52 letters. Their few holes stand among the letterlike symbols.
        code @ 0x1d400..=0x1d6a3 => match (code - 0x1d400) % 52 {
            at @ 0..26 => letter(b'A', at),
            at => letter(b'a', at - 26),
        },
        0x210e => 'h',
        0x212f => 'e',
        0x210a => 'g',
        0x2134 => 'o',
        _ => character,
    }
}

/// The encoding that a source declares on one of its first two lines (PEP 263), unless it is one in which ASCII is ASCII.
pub(super) fn strange_encoding(line: &str) -> Option<&str> {
    const PLAIN: [&str; 8] = ["utf-8", "utf8", "ascii", "us-ascii", "latin", "iso-8859", "iso8859", "cp125"];
    let (_, rest) = line.trim_start().strip_prefix('#')?.split_once("coding")?;
    let rest = rest.strip_prefix([':', '='])?.trim_start();
    let name = rest.split(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_' | '.')).next()?;
    let lower = name.to_ascii_lowercase().replace('_', "-");
    (!name.is_empty() && !PLAIN.iter().any(|plain| lower.starts_with(plain))).then_some(name)
}

/// Characters that show nothing, or reorder what is shown (CVE-2021-42574).
pub(crate) fn is_hidden(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Shannon entropy of a text, in bits for each character.
pub(crate) fn bits(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let length = text.len() as f64;
    let share = counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / length);
    -share.map(|share| share * share.log2()).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Characters of base 64 without a pattern.
    fn noise(length: usize) -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        (0..length as u32)
            .map(|n| char::from(ALPHABET[(n.wrapping_mul(2_654_435_761) >> 20) as usize % 64]))
            .collect()
    }

    #[test]
    fn reads_names_as_python_does() {
        for (line, expected) in [
            ("\u{ff45}\u{ff56}\u{ff41}\u{ff4c}(x)", "eval(x)"),
            ("\u{1d41e}\u{1d431}\u{1d41e}\u{1d41c}", "exec"),
            ("\u{1d4ee}\u{1d4bb}\u{1d5a0}\u{1d6a3}", "efAz"),
            ("\u{e9}\u{5d0}", "\u{e9}\u{5d0}"),
        ] {
            assert_eq!(plain_letters(line), expected);
        }
    }

    #[test]
    fn names_strange_encodings() {
        for (line, expected) in [
            ("# -*- coding: utf-8 -*-", None),
            ("# coding=UTF_8", None),
            ("# vim: set fileencoding=latin-1 :", None),
            ("# coding: utf-7", Some("utf-7")),
            ("# coding: utf7", Some("utf7")),
            ("# coding=rot13", Some("rot13")),
            ("# encoding of things", None),
            ("# coding:", None),
            ("coding: utf-7", None),
        ] {
            assert_eq!(strange_encoding(line), expected, "{line}");
        }
    }

    #[test]
    fn finds_what_hides() {
        for (line, expected) in [
            ("x = 1".to_owned(), None),
            ("x".repeat(2001), Some("a line of 2001 bytes")),
            (format!("x = '{}'", noise(300)), Some("an encoded text of 300 characters")),
            (format!("x = '{}'", "0123456789abcdef".repeat(30)), Some("an encoded text of 480 characters")),
            (format!("sha512 = '{}'", "0123456789abcdef".repeat(8)), None),
            (format!("integrity = '{}'", noise(88)), None),
            ("=".repeat(300), None),
            (format!("x{}import evil", " ".repeat(250)), Some("code behind many blanks")),
            (format!("{}import evil", " ".repeat(250)), Some("code behind many blanks")),
            (" ".repeat(250), None),
            ("\\x41".repeat(50), Some("a text of escapes")),
            ("chr(65)+".repeat(10), Some("a text put together of single characters")),
            ("access = '\u{202e}'".to_owned(), Some("an invisible character, U+202E")),
            ("a\u{200b}b".to_owned(), Some("an invisible character, U+200B")),
            ("\u{5d0}\u{5d1}".to_owned(), None),
        ] {
            assert_eq!(Seen::default().line(&line).as_deref(), expected, "{line}");
        }
        let mut seen = Seen::default();
        let found: Vec<String> = (0..30).filter_map(|_| seen.line(&format!("'{}'", noise(76)))).collect();
        assert_eq!(found, ["an encoded text in many lines"]);
    }
}
