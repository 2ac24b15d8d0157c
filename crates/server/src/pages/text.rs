//! Text for people: what upstream wrote is shown so that it cannot hide, reorder or overflow anything.

use std::fmt::{self, Write};

/// The escaper of every template: HTML's five characters as entities, and characters that are invisible or
/// change the direction of others as their code point, `⟨U+202E⟩`. Line feeds and tabs pass.
///
/// A right-to-left override in a file name can make `x.exe` read as `exe.x` (Unicode Technical Report 36,
/// section 3); a stack of combining marks paints over the lines around it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Visible;

/// More marks than this on one letter occur in no language's names.
const MARKS_PER_LETTER: u32 = 2;

impl askama::filters::Escaper for Visible {
    fn write_escaped_str<W: Write>(&self, mut dest: W, string: &str) -> fmt::Result {
        let mut written = 0;
        let mut marks = 0;
        for (at, character) in string.char_indices() {
            marks = if is_mark(character) { marks + 1 } else { 0 };
            let entity = match character {
                '<' => "&lt;",
                '>' => "&gt;",
                '&' => "&amp;",
                '"' => "&quot;",
                '\'' => "&#39;",
                '\n' | '\t' => continue,
                _ if marks > MARKS_PER_LETTER || is_hidden(character) => "",
                _ => continue,
            };
            dest.write_str(&string[written..at])?;
            if entity.is_empty() {
                write!(dest, "\u{27e8}U+{:04X}\u{27e9}", u32::from(character))?;
            } else {
                dest.write_str(entity)?;
            }
            written = at + character.len_utf8();
        }
        dest.write_str(&string[written..])
    }
}

/// Combining marks that stack (blocks *Combining Diacritical Marks* and its extensions).
fn is_mark(c: char) -> bool {
    matches!(u32::from(c), 0x300..=0x36F | 0x483..=0x489 | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF
        | 0x20D0..=0x20FF | 0xFE20..=0xFE2F)
}

/// Controls (Cc), formats (Cf: bidirectional controls, joiners, tags), separators of lines, fillers without
/// ink, variation selectors, private use and non-characters: nothing a reader could see.
fn is_hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    matches!(u32::from(c), 0x80..=0x9F | 0xAD | 0x34F | 0x600..=0x605 | 0x61C | 0x6DD | 0x70F | 0x890..=0x891
        | 0x8E2 | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x2000..=0x200F | 0x2028..=0x202F
        | 0x205F..=0x206F | 0x2800 | 0x3000 | 0x3164 | 0xE000..=0xF8FF | 0xFDD0..=0xFDEF | 0xFE00..=0xFE0F
        | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFF | 0x110BD | 0x110CD | 0x13430..=0x1343F | 0x1BCA0..=0x1BCA3
        | 0x1D173..=0x1D17A | 0xE0000..=0x10_FFFF)
}

/// The first `most` characters, and how many there are when that is not all of them.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}… ({} characters)", &text[..end], count(text.chars().count() as u64)),
    }
}

/// Our own sentences as HTML: at most so many characters, escaped, and what stands between backticks as code.
pub(crate) fn prose(text: &str, most: usize) -> Result<String, fmt::Error> {
    use askama::filters::Escaper as _;
    let text = cut(text, most);
    let parts: Vec<&str> = text.split('`').collect();
    let mut html = String::with_capacity(text.len() + 32);
    if parts.len().is_multiple_of(2) {
        // A backtick without its fellow: leave them all as they are.
        Visible.write_escaped_str(&mut html, &text)?;
        return Ok(html);
    }
    for (at, part) in parts.into_iter().enumerate() {
        let (before, after) = if at % 2 == 0 { ("", "") } else { ("<code>", "</code>") };
        html.push_str(before);
        Visible.write_escaped_str(&mut html, part)?;
        html.push_str(after);
    }
    Ok(html)
}

/// A size in decimal units with three figures: `999 B`, `1.23 kB`, `41.9 MB`.
pub fn bytes(size: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if size < 1000 {
        return format!("{size} B");
    }
    let mut value = size as f64 / 1000.0;
    let mut unit = 0;
    // 999.5 would be written with four figures.
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let decimals = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
    format!("{value:.decimals$} {}", UNITS[unit])
}

/// A whole number with its thousands apart: `4,012`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 file`, `2 files`, `4,012 files`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use askama::filters::Escaper as _;

    fn shown(text: &str) -> String {
        let mut html = String::new();
        Visible.write_escaped_str(&mut html, text).expect("writing to a string");
        html
    }

    #[test]
    fn hides_nothing() {
        for (text, html) in [
            ("flask", "flask"),
            ("", ""),
            ("<b title='x'>\"&amp;", "&lt;b title=&#39;x&#39;&gt;&quot;&amp;amp;"),
            ("a\u{202e}cod.exe", "a⟨U+202E⟩cod.exe"),
            ("nul\0, bell\u{7}, delete\u{7f}", "nul⟨U+0000⟩, bell⟨U+0007⟩, delete⟨U+007F⟩"),
            ("zero\u{200b}width\u{feff}", "zero⟨U+200B⟩width⟨U+FEFF⟩"),
            ("two\nlines\tand a tab", "two\nlines\tand a tab"),
            ("carriage\rreturn", "carriage⟨U+000D⟩return"),
            ("line\u{2028}separator", "line⟨U+2028⟩separator"),
            ("tag\u{e0041}", "tag⟨U+E0041⟩"),
            ("Zürich 北京 עברית", "Zürich 北京 עברית"),
            ("e\u{301}\u{302}\u{303}\u{304}x\u{301}", "e\u{301}\u{302}⟨U+0303⟩⟨U+0304⟩x\u{301}"),
        ] {
            assert_eq!(shown(text), html, "{text:?}");
        }
    }

    #[test]
    fn cuts_between_characters_and_says_so() {
        assert_eq!(cut("flask", 5), "flask");
        assert_eq!(cut("flask", 4), "flas… (5 characters)");
        assert_eq!(cut(&"é".repeat(10_240), 3), "ééé… (10,240 characters)");
    }

    #[test]
    fn backticks_become_code() {
        for (text, html) in [
            ("set `policy.private`.", "set <code>policy.private</code>."),
            ("`<b>` and `&`", "<code>&lt;b&gt;</code> and <code>&amp;</code>"),
            ("one ` alone <b>", "one ` alone &lt;b&gt;"),
            ("", ""),
        ] {
            assert_eq!(prose(text, 100).expect("a string"), html);
        }
        assert_eq!(prose("a `b` c", 4).expect("a string"), "a `b… (7 characters)");
    }

    #[test]
    fn sizes_have_three_figures() {
        for (size, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.00 kB"),
            (102_961, "103 kB"),
            (999_499, "999 kB"),
            (999_500, "1.00 MB"),
            (16_554_000, "16.6 MB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(bytes(size), text);
        }
    }

    #[test]
    fn counts_have_their_thousands_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (4_012, "4,012"), (1_234_567, "1,234,567")] {
            assert_eq!(count(number), text);
        }
        assert_eq!(counted(1, "file"), "1 file");
        assert_eq!(counted(0, "file"), "0 files");
    }
}
