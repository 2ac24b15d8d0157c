//! One line after the other, with what is open at its beginning.

use std::ops::Range;

use super::grammar::{Grammar, Language, Quote, Reach};
use super::{Token, plain};

/// More that is open at once is no source that a person wrote.
const DEEPEST: usize = 32;
/// Bytes in which a regular expression has to end.
const EXPRESSION: usize = 500;

/// What is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    /// A comment over several lines.
    Comment,
    /// A string; with `field`, what begins code in it.
    Text { quote: Quote, field: Option<&'static [u8]> },
    /// Code inside of a string, with so many brackets open. `formats`: behind a colon the format stands.
    Field { brackets: u32, formats: bool },
    /// The format of a replacement field.
    Format,
    /// Too much: nothing is told any more.
    Lost,
}

/// Spans as they are found: neighbours of one kind are one.
#[derive(Debug)]
pub(super) struct Spans<'s>(Option<&'s mut super::Spans>);

impl Spans<'_> {
    pub(super) fn push(&mut self, range: Range<usize>, token: Token) {
        let Some(spans) = self.0.as_mut().filter(|_| !range.is_empty()) else { return };
        match spans.last_mut() {
            Some((last, kind)) if last.end == range.start && *kind == token => last.end = range.end,
            _ => spans.push((range, token)),
        }
    }
}

/// What is known at the beginning of a line.
#[derive(Debug, Clone)]
pub(super) struct Lexer {
    pub(super) language: Language,
    grammar: &'static Grammar,
    open: Vec<Open>,
    /// Inside of a block of code (Markdown).
    pub(super) fenced: bool,
    /// What stood before is a value: a slash divides.
    value: bool,
    /// The next word is what is defined.
    defines: bool,
}

impl Lexer {
    pub(super) fn new(language: Language) -> Self {
        let grammar = language.grammar();
        Self { language, grammar, open: Vec::new(), fenced: false, value: false, defines: false }
    }

    /// The spans of a line.
    pub(super) fn line(mut self, line: &[u8]) -> super::Spans {
        let mut found = super::Spans::new();
        self.read(line, &mut Spans(Some(&mut found)));
        found
    }

    /// Goes over a line.
    pub(super) fn skip(&mut self, line: &[u8]) {
        self.read(line, &mut Spans(None));
    }

    fn read(&mut self, line: &[u8], spans: &mut Spans<'_>) {
        let mut at = 0;
        let mut escaped_end = false;
        if self.open.is_empty() && self.grammar.values_are_plain {
            if !self.begins_comment(line) {
                return plain::line(self, line, spans);
            }
            self.open.push(Open::Comment);
        } else if self.open.is_empty() {
            at = self.beginning(line, spans);
        }
        while at < line.len() {
            let from = at;
            match self.open.last().copied() {
                Some(Open::Lost) => return,
                Some(Open::Comment) => {
                    at = self.comment(line, at);
                    spans.push(from..at, Token::Comment);
                }
                Some(Open::Text { quote, field }) => {
                    (at, escaped_end) = self.text(line, at, quote, field);
                    spans.push(from..at, Token::Text);
                }
                Some(Open::Format) => {
                    at = self.format(line, at);
                    spans.push(from..at, Token::Text);
                }
                Some(Open::Field { .. }) | None if self.grammar.values_are_plain => return,
                Some(Open::Field { .. }) | None => at = self.code(line, at, spans),
            }
        }
        self.end(escaped_end);
    }

    /// A string that does not reach over the end of the line ends there.
    fn end(&mut self, escaped: bool) {
        (self.value, self.defines) = (false, false);
        if self.open.last() == Some(&Open::Format) {
            self.open.truncate(self.open.len().saturating_sub(2));
        }
        if let Some(Open::Text { quote, .. }) = self.open.last()
            && quote.reach == Reach::Line
            && !escaped
        {
            self.open.pop();
        }
    }

    fn push(&mut self, open: Open) {
        if self.open.len() < DEEPEST {
            self.open.push(open);
        } else {
            self.open.push(Open::Lost);
        }
    }

    fn begins_comment(&self, line: &[u8]) -> bool {
        !self.fenced
            && self.grammar.block.is_some_and(|(begin, _)| line.trim_ascii_start().starts_with(begin))
    }

    /// What means something at the beginning of a line alone. Gives where the rest begins.
    fn beginning(&mut self, line: &[u8], spans: &mut Spans<'_>) -> usize {
        let first = line.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(line.len());
        let rest = &line[first..];
        if self.grammar.sections && line.starts_with(b"[") {
            let end = line.iter().position(|byte| *byte == b'#').unwrap_or(line.len());
            spans.push(0..line[..end].trim_ascii_end().len(), Token::Special);
            return end;
        }
        if self.grammar.special.is_some_and(|mark| rest.first() == Some(&mark)) {
            let blank = rest[1..].iter().take_while(|byte| **byte == b' ').count();
            let name = |byte: &&u8| is_word(**byte) || **byte == b'.';
            let end = first + 1 + blank + rest[1 + blank..].iter().take_while(name).count();
            spans.push(first..end, Token::Special);
            return end;
        }
        if !self.grammar.keys.is_empty() {
            let key = |byte: &&u8| is_word(**byte) || matches!(byte, b'.' | b'-');
            let length = rest.iter().take_while(key).count();
            let next = rest[length..].trim_ascii_start().first();
            if length > 0 && next.is_some_and(|byte| self.grammar.keys.contains(byte)) {
                spans.push(first..first + length, Token::Name);
                return first + length;
            }
        }
        first
    }

    fn comment(&mut self, line: &[u8], at: usize) -> usize {
        let close = self.grammar.block.map_or(&b""[..], |(_, close)| close);
        match line[at..].windows(close.len().max(1)).position(|window| window == close) {
            Some(offset) => {
                self.open.pop();
                at + offset + close.len()
            }
            None => line.len(),
        }
    }

    /// To the end of the string, of the line, or to where code begins in it. Whether a backslash ends the line.
    fn text(&mut self, line: &[u8], at: usize, quote: Quote, field: Option<&'static [u8]>) -> (usize, bool) {
        let mut at = at;
        while at < line.len() {
            let rest = &line[at..];
            if quote.escapes && rest[0] == b'\\' {
                if rest.len() == 1 {
                    return (line.len(), true);
                }
                at += 2;
            } else if rest.starts_with(quote.mark) {
                self.open.pop();
                self.value = true;
                return (at + quote.mark.len(), false);
            } else if field == Some(b"{") && rest.starts_with(b"{{") {
                at += 2;
            } else if let Some(mark) = field.filter(|mark| rest.starts_with(mark)) {
                self.push(Open::Field { brackets: 0, formats: mark == b"{" });
                self.value = false;
                return (at + mark.len(), false);
            } else {
                at += 1;
            }
        }
        (line.len(), false)
    }

    fn format(&mut self, line: &[u8], at: usize) -> usize {
        let end = line[at..].iter().position(|byte| matches!(byte, b'{' | b'}'));
        let Some(end) = end.map(|offset| at + offset) else { return line.len() };
        if line[end] == b'{' {
            self.push(Open::Field { brackets: 0, formats: true });
        } else {
            // The format, and its field.
            self.open.truncate(self.open.len().saturating_sub(2));
        }
        end + 1
    }

    /// One piece of code.
    fn code(&mut self, line: &[u8], at: usize, spans: &mut Spans<'_>) -> usize {
        let (rest, grammar) = (&line[at..], self.grammar);
        let byte = rest[0];
        if byte.is_ascii_whitespace() {
            return at + 1;
        }
        let at_word = at == 0 || line[at - 1].is_ascii_whitespace() || b";&|()".contains(&line[at - 1]);
        if grammar.comment.is_some_and(|mark| rest.starts_with(mark)) && (at_word || !grammar.comment_at_word)
        {
            spans.push(at..line.len(), Token::Comment);
            return line.len();
        }
        if let Some((begin, _)) = grammar.block.filter(|(begin, _)| rest.starts_with(begin)) {
            self.push(Open::Comment);
            spans.push(at..at + begin.len(), Token::Comment);
            return at + begin.len();
        }
        if let Some(quote) = grammar.quotes.iter().find(|quote| rest.starts_with(quote.mark)) {
            return self.begin_text(line, at, at, *quote, quote.field, spans);
        }
        if is_word(byte) {
            return self.word(line, at, spans);
        }
        if byte == b'/'
            && grammar.regular_expressions
            && !self.value
            && let Some(length) = expression(rest)
        {
            self.value = true;
            spans.push(at..at + length, Token::Text);
            return at + length;
        }
        if byte == b'\\' && self.language == Language::Shell {
            let next = line[at + 1..].iter().skip(1).take_while(|byte| **byte & 0xc0 == 0x80).count();
            return line.len().min(at + 2 + next);
        }
        self.bracket(byte);
        at + 1
    }

    fn bracket(&mut self, byte: u8) {
        self.value = matches!(byte, b')' | b']' | b'}');
        let Some(Open::Field { brackets, formats }) = self.open.last_mut() else { return };
        match byte {
            b'(' | b'[' | b'{' => *brackets = brackets.saturating_add(1),
            b'}' if *brackets == 0 => {
                self.open.pop();
            }
            b')' | b']' | b'}' => *brackets = brackets.saturating_sub(1),
            b':' if *brackets == 0 && *formats => self.push(Open::Format),
            _ => {}
        }
    }

    fn begin_text(
        &mut self,
        line: &[u8],
        from: usize,
        at: usize,
        quote: Quote,
        field: Option<&'static [u8]>,
        spans: &mut Spans<'_>,
    ) -> usize {
        let inside = at + quote.mark.len();
        if self.grammar.quoted_keys {
            let (end, _) = self.text(line, inside, quote, None);
            // `text` took what is open for this string.
            let key = line[end..].trim_ascii_start().first() == Some(&b':');
            spans.push(from..end, if key { Token::Name } else { Token::Text });
            return end;
        }
        self.push(Open::Text { quote, field });
        spans.push(from..inside, Token::Text);
        inside
    }

    fn word(&mut self, line: &[u8], at: usize, spans: &mut Spans<'_>) -> usize {
        let (rest, grammar) = (&line[at..], self.grammar);
        if rest[0].is_ascii_digit() {
            let mut length = 0;
            while let Some(byte) = rest.get(length) {
                let sign = matches!(byte, b'+' | b'-') && matches!(rest[length - 1], b'e' | b'E');
                if !(is_word(*byte) || *byte == b'.' || sign) {
                    break;
                }
                length += 1;
            }
            spans.push(at..at + length, Token::Number);
            self.value = true;
            return at + length;
        }
        let end = at + rest.iter().take_while(|byte| is_word(**byte)).count();
        let word = &line[at..end];
        let prefix =
            grammar.prefixes && word.len() <= 2 && word.iter().all(|byte| b"rbuftRBUFT".contains(byte));
        if prefix && let Some(quote) = grammar.quotes.iter().find(|quote| line[end..].starts_with(quote.mark))
        {
            let fields = word.iter().any(|byte| b"ftFT".contains(byte));
            return self.begin_text(line, at, end, *quote, fields.then_some(b"{"), spans);
        }
        let defined = std::mem::take(&mut self.defines);
        // `x.class` is no definition, and `match` after a dot is a method.
        let member = at > 0 && line[at - 1] == b'.';
        if !member && grammar.keywords.iter().any(|keyword| keyword.as_bytes() == word) {
            spans.push(at..end, Token::Keyword);
            self.value = matches!(word, b"this" | b"super" | b"null" | b"true" | b"false" | b"undefined");
            self.defines = grammar.defines.iter().any(|keyword| keyword.as_bytes() == word);
        } else {
            if defined {
                spans.push(at..end, Token::Name);
            }
            self.value = true;
        }
        end
    }
}

/// The length of a regular expression literal with its flags, if it ends on the line.
fn expression(text: &[u8]) -> Option<usize> {
    let (mut at, mut class) = (1, false);
    while at < text.len().min(EXPRESSION) {
        match text[at] {
            b'\\' => at += 1,
            b'[' => class = true,
            b']' => class = false,
            b'/' if !class => {
                let flags =
                    text[at + 1..].iter().take_while(|byte| byte.is_ascii_alphabetic()).take(10).count();
                return Some(at + 1 + flags);
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Letters of all scripts count as letters.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
