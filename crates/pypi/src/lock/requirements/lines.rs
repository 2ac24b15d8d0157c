//! Lines as pip sees them: joined where they end in a backslash, without comments, none empty.

/// pip splits with Python's `str.splitlines`, which knows more line ends than editors do. With fewer of them,
/// `# note\u{2028}evil==1.0` would be a comment here and a package there.
fn is_line_end(character: char) -> bool {
    matches!(
        character,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}' | '\u{1d}' | '\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// The logical lines, each with the number of its first line as an editor counts, from 1.
pub(super) fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut joined: Option<(usize, String)> = None;
    let mut number = 1;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(is_line_end).unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        let comment = line.trim_start().starts_with('#');
        if line.ends_with('\\') && !comment {
            let (_, text) = joined.get_or_insert((number, String::new()));
            text.push_str(line.trim_matches('\\'));
        } else {
            let (first, mut text) = joined.take().unwrap_or((number, String::new()));
            // A comment ends a continued line, and is not to stick to the word before it.
            if comment {
                text.push(' ');
            }
            text.push_str(line);
            keep(&mut lines, first, &text);
        }
        let mut characters = after.chars();
        match characters.next() {
            Some('\n') => number += 1,
            Some('\r') if !characters.as_str().starts_with('\n') => number += 1,
            _ => {}
        }
        rest = characters.as_str();
        // The two characters are one line end: the second must not end a continuation.
        if after.starts_with("\r\n") {
            rest = &rest[1..];
            number += 1;
        }
    }
    if let Some((first, text)) = joined {
        keep(&mut lines, first, &text);
    }
    lines
}

fn keep(lines: &mut Vec<(usize, String)>, number: usize, text: &str) {
    let text = without_comment(text).trim();
    if !text.is_empty() {
        lines.push((number, text.to_owned()));
    }
}

/// A comment begins at a `#` that stands at the start or after white space; elsewhere it is part of a URL.
fn without_comment(text: &str) -> &str {
    let comment = text
        .match_indices('#')
        .find(|(at, _)| text[..*at].chars().next_back().is_none_or(char::is_whitespace));
    comment.map_or(text, |(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_lines_and_drops_comments_as_pip_does() {
        for (text, expected) in [
            ("", &[][..]),
            ("\n \n# only\n   # comments\\\n", &[]),
            ("a\nb", &[(1, "a"), (2, "b")]),
            ("a # one\n\nb#two", &[(1, "a"), (3, "b#two")]),
            ("a \\\n  b \\\n  c\nd", &[(1, "a   b   c"), (4, "d")]),
            ("a \\\r\n  b\r\nc\r\n", &[(1, "a   b"), (3, "c")]),
            ("a \\\n# comment\nb", &[(1, "a"), (3, "b")]),
            ("a\\\n#egg", &[(1, "a")]),
            ("a \\", &[(1, "a")]),
            ("a \\\n", &[(1, "a")]),
            ("a\rb\r\rc", &[(1, "a"), (2, "b"), (4, "c")]),
            ("# note\u{2028}evil==1.0\nb", &[(1, "evil==1.0"), (2, "b")]),
            ("a\u{c}b", &[(1, "a"), (1, "b")]),
            ("a @ https://x.invalid/a.zip#sha256=0 # why", &[(1, "a @ https://x.invalid/a.zip#sha256=0")]),
        ] {
            let lines = logical_lines(text);
            let lines: Vec<(usize, &str)> =
                lines.iter().map(|(number, text)| (*number, text.as_str())).collect();
            assert_eq!(lines, expected, "{text:?}");
        }
    }
}
