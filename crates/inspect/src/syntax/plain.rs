//! Lines of languages without words and strings: INI and Markdown.

use super::lexer::{Lexer, Spans};
use super::{Language, Token};

/// Where the line goes on to be read, and its spans so far; `None`: there is nothing more to tell of it.
pub(super) fn line(lexer: &mut Lexer, line: &[u8], spans: &mut Spans<'_>) {
    match lexer.language {
        Language::Markdown => markdown(lexer, line, spans),
        _ => ini(line, spans),
    }
}

fn ini(line: &[u8], spans: &mut Spans<'_>) {
    let first = line.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(line.len());
    match line.get(first) {
        Some(b'#' | b';') => spans.push(first..line.len(), Token::Comment),
        Some(b'[') if first == 0 => spans.push(0..line.len(), Token::Special),
        // Indented lines go on with the value above.
        Some(_) if first == 0 => {
            if let Some(end) = line.iter().position(|byte| matches!(byte, b'=' | b':')) {
                spans.push(0..line[..end].trim_ascii_end().len(), Token::Name);
            }
        }
        _ => {}
    }
}

fn markdown(lexer: &mut Lexer, line: &[u8], spans: &mut Spans<'_>) {
    let bare = line.trim_ascii_start();
    if bare.starts_with(b"```") || bare.starts_with(b"~~~") {
        lexer.fenced = !lexer.fenced;
        return spans.push(0..line.len(), Token::Text);
    }
    if lexer.fenced {
        return spans.push(0..line.len(), Token::Text);
    }
    if bare.starts_with(b"#") {
        return spans.push(0..line.len(), Token::Special);
    }
    // Code between backticks.
    let mut from = 0;
    while let Some(start) = line[from..].iter().position(|byte| *byte == b'`') {
        let start = from + start;
        let Some(length) = line[start + 1..].iter().position(|byte| *byte == b'`') else { return };
        from = start + length + 2;
        spans.push(start..from, Token::Text);
    }
}
