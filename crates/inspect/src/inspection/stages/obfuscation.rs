//! Lines that people cannot read: far too long and without words, or pushed out of sight.

use super::Result;
use crate::inspection::file::File;
use crate::inspection::report::Class::{High, Info, Review};
use crate::inspection::rule;
use crate::inspection::sink::{At, Sink};
use crate::kind::ContentKind;
use crate::risk::obfuscation::bits;

/// Nobody reads a longer line of code.
const LONG: usize = 2_000;
/// Bits in each character of such a line. Code has 4.2 to 4.7, base 64 nearly 6.
const BITS: f64 = 4.8;
/// Blanks that push code out of sight.
const BLANKS: usize = 200;

pub(super) fn look(file: &File<'_>, sink: &mut Sink<'_>) -> Result {
    let code = file.kind.is_code(&file.key) || file.is_python() || file.is_foreign_program();
    if !code || !file.is_text() {
        return Ok(());
    }
    sink.budget.spend_bytes(file.bytes.len())?;
    let text = file.text();
    let python = file.is_python() || file.kind == ContentKind::Pth;
    let mut start = 0;
    while start < text.len() {
        // Lines that end within as many bytes are too short for anything below.
        let ahead = &text.as_bytes()[start..text.len().min(start + BLANKS)];
        if let Some(end) = ahead.iter().rposition(|byte| *byte == b'\n') {
            start += end + 1;
            continue;
        }
        let line = text[start..].split_inclusive('\n').next().unwrap_or_default();
        let range = start..start + line.trim_end().len();
        start += line.len();
        if line.len() > LONG {
            // Minified files of other languages are long in every line, and known by that.
            let dense = bits(line) > BITS;
            let classes = match (python, dense) {
                (true, true) => (High, Info),
                (true, false) | (false, true) => (Review, Info),
                (false, false) => (Info, Info),
            };
            let what = format!("a line of {} bytes", line.len());
            sink.add_as(
                file,
                &rule::OBFUSCATED,
                classes,
                At::Text(&text, range.clone()),
                what,
                &line[..line.floor_char_boundary(200)],
            )?;
        }
        if python && line.len() > BLANKS && hidden_behind_blanks(line) {
            let what = "code behind so many blanks that nobody sees it";
            sink.add_as(file, &rule::OBFUSCATED, (High, High), At::Text(&text, range), what, line.trim())?;
        }
    }
    Ok(())
}

/// Code, then 200 blanks, then code again: `x = 1;            import y`. Data is aligned in columns too, but not that far.
fn hidden_behind_blanks(line: &str) -> bool {
    let body = line.trim();
    let blanks = body.split(|c: char| c != ' ' && c != '\t').map(str::len).max().unwrap_or(0);
    let at = body.find(&" ".repeat(BLANKS));
    let behind = at.map(|at| body[at..].trim_start());
    blanks >= BLANKS
        && behind.is_some_and(|behind| {
            !behind.starts_with(['#', '\\', '"', '\'']) && behind.contains(['(', '=', ' '])
        })
}
