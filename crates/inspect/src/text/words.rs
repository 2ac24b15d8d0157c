//! Which words differ within two lines.

use std::ops::Range;

use similar::{Algorithm, DiffOp};

/// With less in common the lines are different ones, and coloured words would only distract.
const LEAST_COMMON: usize = 30;

pub(super) type Ranges = Vec<Range<usize>>;

/// Byte ranges that differ, in the old and in the new line; `None` when too little is common.
pub(super) fn emphasis(old: &str, new: &str) -> Option<(Ranges, Ranges)> {
    let (old_words, new_words) = (words(old), words(new));
    let ops =
        similar::capture_diff_slices(Algorithm::Myers, &texts(old, &old_words), &texts(new, &new_words));
    let mut common = 0;
    let (mut in_old, mut in_new) = (Vec::new(), Vec::new());
    for op in ops {
        if let DiffOp::Equal { .. } = op {
            common += old_words[op.old_range()].iter().map(Range::len).sum::<usize>();
        } else {
            in_old.extend(span(&old_words[op.old_range()]));
            in_new.extend(span(&new_words[op.new_range()]));
        }
    }
    (common * 200 >= LEAST_COMMON * (old.len() + new.len())).then_some((in_old, in_new))
}

fn texts<'a>(line: &'a str, words: &[Range<usize>]) -> Vec<&'a str> {
    words.iter().map(|word| &line[word.clone()]).collect()
}

/// From the first word's start to the last one's end.
fn span(words: &[Range<usize>]) -> Option<Range<usize>> {
    Some(words.first()?.start..words.last()?.end)
}

/// Runs of letters, digits and `_`; runs of white space; each other character alone.
fn words(line: &str) -> Vec<Range<usize>> {
    let class = |c: char| match c {
        _ if c.is_alphanumeric() || c == '_' => 0,
        _ if c.is_whitespace() => 1,
        _ => 2,
    };
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut last = 2;
    for (at, character) in line.char_indices() {
        let (now, end) = (class(character), at + character.len_utf8());
        match found.last_mut() {
            Some(word) if now == last && now != 2 => word.end = end,
            _ => found.push(at..end),
        }
        last = now;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_words() {
        for (old, new, expected) in [
            ("x = foo(1)", "x = bar(1)", Some((vec!["foo"], vec!["bar"]))),
            ("a b c", "a c", Some((vec!["b "], vec![]))),
            ("import os", "import os, sys", Some((vec![], vec![", sys"]))),
            ("same", "same", Some((vec![], vec![]))),
            ("entirely", "different", None),
            ("gr\u{fc}n = 1", "gr\u{fc}n = 2", Some((vec!["1"], vec!["2"]))),
            ("", "", Some((vec![], vec![]))),
            ("", "x", None),
        ] {
            let found = emphasis(old, new).map(|(before, after)| {
                let texts = |line: &str, ranges: Vec<Range<usize>>| -> Vec<String> {
                    ranges.into_iter().map(|range| line[range].to_owned()).collect()
                };
                (texts(old, before), texts(new, after))
            });
            let strings = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(found, expected.map(|(a, b)| (strings(a), strings(b))), "{old:?} {new:?}");
        }
    }
}
