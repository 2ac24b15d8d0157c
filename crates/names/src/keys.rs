//! Under which keys a name is found.

use crate::fold;
use crate::stem::{AffixKind, stems};
use crate::table::KeyHash;
use crate::vocabulary::Vocabulary;

const SQUASHED: u8 = 0;
const ULTRA: u8 = 1;
const LOOK_ALIKE: u8 = 2;
const AMERICAN: u8 = 3;
const WORDS: u8 = 4;
const ANAGRAM: u8 = 5;
const STEM: u8 = 6;
const DELETED: u8 = 7;

/// From this length on two letters may differ.
pub(crate) const LONG: usize = 8;
/// Beyond this length two letters are not looked for: the number of keys grows with its square.
const LONGEST_FOR_TWO: usize = 30;
/// Names with more words are not looked for in other orders.
const MOST_WORDS: usize = 3;

fn key(kind: u8, text: &str) -> u64 {
    KeyHash::of(kind).with(text.as_bytes()).finish()
}

/// The keys under which a protected name is entered.
pub(crate) fn of_protected(name: &str, vocabulary: &Vocabulary, add: &mut dyn FnMut(u64)) {
    let squashed = fold::squashed(name);
    of_forms(&squashed, add);
    add(key(ANAGRAM, &fold::anagram(&squashed)));
    for order in orders(name) {
        add(key(WORDS, &order));
    }
    add(key(STEM, &squashed));
    for (stem, _) in stems(name, vocabulary) {
        add(key(STEM, &fold::squashed(&stem)));
    }
    deletions(&squashed, add);
}

/// The keys under which names that look like this one are found.
pub(crate) fn of_asked(asked: &Asked, add: &mut dyn FnMut(u64)) {
    of_forms(&asked.squashed, add);
    add(key(ANAGRAM, &fold::anagram(&asked.squashed)));
    add(key(WORDS, &asked.squashed));
    add(key(STEM, &asked.squashed));
    for (stem, _) in &asked.stems {
        add(key(STEM, stem));
    }
    deletions(&asked.squashed, add);
    if let Some(read) = &asked.unleet {
        deletions(read, add);
    }
}

/// A name that is asked about, in the forms that are compared.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) name: String,
    pub(crate) squashed: String,
    pub(crate) unleet: Option<String>,
    /// Squashed, the name itself left out.
    pub(crate) stems: Vec<(String, AffixKind)>,
}

impl Asked {
    pub(crate) fn new(name: &str, vocabulary: &Vocabulary) -> Self {
        let squashed = fold::squashed(name);
        let unleet = fold::unleet(&squashed);
        let stems = stems(name, vocabulary);
        let stems = stems.into_iter().map(|(stem, kind)| (fold::squashed(&stem), kind)).collect();
        Self { name: name.to_owned(), squashed, unleet, stems }
    }
}

fn of_forms(squashed: &str, add: &mut dyn FnMut(u64)) {
    add(key(SQUASHED, squashed));
    add(key(ULTRA, &fold::ultra(squashed)));
    add(key(LOOK_ALIKE, &fold::look_alike(squashed)));
    add(key(AMERICAN, &fold::american(squashed)));
}

/// The words of a name in all other orders, squashed.
pub(crate) fn orders(name: &str) -> Vec<String> {
    let words = fold::words(name);
    match words[..] {
        [a, b] => vec![format!("{b}{a}")],
        [a, b, c] if MOST_WORDS >= 3 => [[a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a]]
            .into_iter()
            .map(|order| order.concat())
            .collect(),
        _ => Vec::new(),
    }
}

/// The name and the name without one letter, or without two where it is long: two names that are one slip apart share one
/// of them (the deletion neighbourhood).
fn deletions(squashed: &str, add: &mut dyn FnMut(u64)) {
    let bytes = squashed.as_bytes();
    add(KeyHash::of(DELETED).with(bytes).finish());
    let two = (LONG - 1..=LONGEST_FOR_TWO).contains(&bytes.len());
    let mut before = KeyHash::of(DELETED);
    for first in 0..bytes.len() {
        let rest = &bytes[first + 1..];
        add(before.with(rest).finish());
        if two {
            let mut between = before;
            for second in 0..rest.len() {
                add(between.with(&rest[second + 1..]).finish());
                between = between.with(&rest[second..=second]);
            }
        }
        before = before.with(&bytes[first..=first]);
    }
}
