//! Many words searched at once in texts that hardly ever have one of them.
//!
//! Of each word, the five bytes that are least likely elsewhere are its key. Wherever a key stands, one of its two groups of four
//! bytes begins at an even place, so only every second place of a text is looked at: in a table of bits first, and where a group
//! of that kind belongs to a key, the whole word is compared. An automaton has to look at each byte, and takes 2 ms and a megabyte
//! to build before it looks at anything.

use std::ops::Range;

/// Bytes of a key; no word may be shorter.
const KEY: usize = 5;
/// Bytes of a group.
const GROUP: usize = 4;
/// From one place that is looked at to the next.
const STEP: usize = KEY - GROUP + 1;
/// Kinds of groups, as a power of two, and kinds that share a list of words.
const KINDS: u32 = 16;
const SHARED: u32 = 4;
/// Words of 64 bits in the table.
const TABLE: usize = 1 << (KINDS - 6);

/// Words, ready to be searched for. ASCII letters are found in either case.
#[derive(Debug)]
pub(super) struct Sieve {
    words: Vec<&'static str>,
    /// For each kind, whether a group of a key is of it: 8 kB.
    known: Box<[u64; TABLE]>,
    /// Groups of keys by their kind: of which word, and where in it.
    groups: Vec<(usize, usize, usize)>,
    /// Where in `groups` those begin that share a list.
    lists: Vec<usize>,
}

impl Sieve {
    /// # Panics
    ///
    /// When a word is shorter than five bytes. The words are part of the program.
    pub(super) fn new(words: impl IntoIterator<Item = &'static str>) -> Self {
        let words: Vec<&'static str> = words.into_iter().collect();
        let mut known = Box::new([0; TABLE]);
        let mut groups = Vec::with_capacity(words.len() * STEP);
        for (index, word) in words.iter().enumerate() {
            let bytes = word.as_bytes();
            assert!(bytes.len() >= KEY, "{word:?} is too short");
            let commonness = |at: &usize| bytes[*at..*at + KEY].iter().map(|byte| common(*byte)).sum::<u32>();
            let start = (0..=bytes.len() - KEY).min_by_key(commonness).unwrap_or(0);
            for at in start..start + STEP {
                let kind = kind([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
                known[kind >> 6] |= 1 << (kind & 63);
                groups.push((kind, index, at));
            }
        }
        groups.sort_unstable();
        let begin = |list: usize| groups.partition_point(|(kind, ..)| kind >> SHARED < list);
        let lists = (0..=1 << (KINDS - SHARED)).map(begin).collect();
        Self { words, known, groups, lists }
    }

    /// All words of a text, by their index, in its order. Where several begin at one place, the one that was named first; none
    /// begins within another.
    pub(super) fn find(&self, text: &[u8]) -> Vec<(usize, Range<usize>)> {
        let mut found: Vec<(usize, usize)> = Vec::new();
        let mut at = 0;
        while let Some(group) = text[at..].first_chunk() {
            let kind = kind(*group);
            if self.known[kind >> 6] >> (kind & 63) & 1 == 1 {
                self.around(text, at, kind, &mut found);
            }
            at += STEP;
        }
        found.sort_unstable();
        let mut end = 0;
        let mut words = Vec::new();
        for (start, word) in found {
            if start >= end {
                end = start + self.words[word].len();
                words.push((word, start..end));
            }
        }
        words
    }

    /// The words that have a group of this kind in their key, where it stands at `at`.
    fn around(&self, text: &[u8], at: usize, kind: usize, found: &mut Vec<(usize, usize)>) {
        let list = kind >> SHARED;
        for (other, word, offset) in &self.groups[self.lists[list]..self.lists[list + 1]] {
            let Some(start) = at.checked_sub(*offset).filter(|_| *other == kind) else { continue };
            let bytes = self.words[*word].as_bytes();
            if text.get(start..start + bytes.len()).is_some_and(|there| there.eq_ignore_ascii_case(bytes)) {
                found.push((start, *word));
            }
        }
    }
}

/// Groups that differ by the case of ASCII letters are of one kind; others may be, too.
fn kind(group: [u8; GROUP]) -> usize {
    let folded = u32::from_le_bytes(group) | 0x2020_2020;
    (folded.wrapping_mul(0x9e37_79b1) >> (32 - KINDS)) as usize
}

/// How common a byte is in sources and texts, roughly.
fn common(byte: u8) -> u32 {
    match byte {
        b' ' | b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 8,
        b'l' | b'd' | b'c' | b'u' | b'm' | b'p' | b'f' | b'_' | b'.' => 5,
        b'h' | b'g' | b'y' | b'b' | b'-' | b'(' | b'"' | b'=' | b':' => 3,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use aho_corasick::{AhoCorasick, MatchKind};
    use proptest::prelude::*;

    use super::*;

    const WORDS: [&str; 8] = [
        "t.ly/",
        "bit.ly/",
        "rm -rf /",
        "rm -rf ~",
        "is safe",
        "this is safe",
        "safe and sound",
        "/etc/passwd",
    ];

    fn check(words: &[&'static str], text: &[u8]) {
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostFirst)
            .build(words)
            .unwrap();
        let expected: Vec<_> =
            automaton.find_iter(text).map(|hit| (hit.pattern().as_usize(), hit.range())).collect();
        assert_eq!(
            Sieve::new(words.iter().copied()).find(text),
            expected,
            "{:?}",
            String::from_utf8_lossy(text)
        );
    }

    #[test]
    fn each_word_is_found_at_each_place() {
        for word in WORDS {
            for before in 0..7 {
                let text = format!("{}{}{}", "x".repeat(before), word.to_uppercase(), "y".repeat(6 - before));
                check(&WORDS, text.as_bytes());
                check(&WORDS, text.trim_end_matches('y').as_bytes());
            }
        }
    }

    proptest! {
        #[test]
        fn finds_what_an_automaton_finds(
            parts in prop::collection::vec(
                prop_oneof![
                    prop::sample::select(&WORDS[..]).prop_map(|word| word.as_bytes().to_vec()),
                    prop::sample::select(&WORDS[..]).prop_map(|word| word.to_uppercase().into_bytes()),
                    prop::sample::select(&WORDS[..]).prop_map(|word| word.as_bytes()[1..].to_vec()),
                    prop::sample::select(&WORDS[..]).prop_map(|word| word.as_bytes()[..4].to_vec()),
                    prop::collection::vec(any::<u8>(), 0..4),
                    "[a-z /.\\n]{0,6}".prop_map(String::into_bytes),
                ],
                0..12,
            )
        ) {
            check(&WORDS, &parts.concat());
        }
    }
}
