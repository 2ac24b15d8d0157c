//! Ledgers that were truncated, reordered, edited and forked.

use std::error::Error as _;
use std::sync::LazyLock;

use super::common::key;
use crate::ledger::{
    Broken, EntryError, ExportReader, Fork, LineError, MAX_LINE_BYTES, MAX_NUMBER, MAX_PROBLEMS, Problem,
    first_fork,
};
use crate::{Chain, Entry, Envelope, Head, Recorded};
use packhouse_model::Sha256;
use proptest::prelude::*;

/// A ledger of statements that say `word` and their number.
fn ledger(length: u64, word: &str) -> Vec<Recorded> {
    let mut head = Head::EMPTY;
    let next = |number: u64| {
        let envelope = Envelope::sign(format!("{{\"{word}\":{number}}}").into_bytes(), &key(1)).unwrap();
        let recorded = Entry::next(&head, &envelope).unwrap().record();
        head = recorded.entry.head();
        recorded
    };
    (1..=length).map(next).collect()
}

static SIX: LazyLock<Vec<Recorded>> = LazyLock::new(|| ledger(6, "n"));
static LINES: LazyLock<Vec<String>> = LazyLock::new(|| SIX.iter().map(Recorded::to_line).collect());

fn head(recorded: &Recorded) -> Head {
    Head { number: recorded.entry.number(), hash: recorded.hash }
}

fn follow<'a>(
    entries: impl IntoIterator<Item = &'a Recorded>,
    remembered: Option<Head>,
) -> Result<Head, Broken> {
    let mut chain = Chain::new();
    if let Some(head) = remembered {
        chain.remember(head);
    }
    for entry in entries {
        chain.push(entry);
    }
    chain.finish()
}

fn problems<'a>(entries: impl IntoIterator<Item = &'a Recorded>, remembered: Option<Head>) -> Vec<Problem> {
    follow(entries, remembered).expect_err("broken").problems
}

/// Reads a whole export, in chunks of some size, and follows its chain: what a mirror does.
fn import(export: &[u8], chunk: usize, expected: Option<Head>) -> Result<Head, String> {
    let mut chain = Chain::new();
    if let Some(head) = expected {
        chain.remember(head);
    }
    let mut reader = ExportReader::new();
    for chunk in export.chunks(chunk) {
        reader.feed(chunk, |recorded| chain.push(&recorded)).map_err(|error| error.to_string())?;
    }
    reader.finish().map_err(|error| error.to_string())?;
    chain.finish().map_err(|broken| broken.to_string())
}

/// Fixed for ever: changed hashes would orphan every ledger there is.
#[test]
fn hashes_are_known() {
    let first = Entry::stored(1, Head::EMPTY.hash, b"envelope".to_vec()).unwrap();
    let leaf = [
        &b"packhouse distribution ledger v1\n\0"[..],
        &[0, 0, 0, 0, 0, 0, 0, 1],
        &[0; 32],
        &[0, 0, 0, 0, 0, 0, 0, 8],
        Sha256::of(b"envelope").as_bytes(),
    ]
    .concat();
    assert_eq!(leaf.len(), 114);
    assert_eq!(first.leaf()[..], leaf);
    assert_eq!(first.hash(), Sha256::of(&leaf));
    assert_eq!(first.leaf_hash(), Sha256::of(&[&[0][..], &leaf].concat()));
    assert_eq!(first.hash().hex(), "767a823e79503077336b979768cd750b6fb2db4d50697a8c51ae59b9af29f7a3");
}

#[test]
fn a_sound_ledger_has_a_head() {
    let last = head(&SIX[5]);
    assert_eq!(follow(&*SIX, None), Ok(last));
    assert_eq!(follow(&*SIX, Some(last)), Ok(last));
    assert_eq!(follow(&*SIX, Some(head(&SIX[2]))), Ok(last));
    assert_eq!(follow([], None), Ok(Head::EMPTY));
    let mut later = Chain::after(head(&SIX[2]));
    later.remember(head(&SIX[0]));
    for entry in &SIX[3..] {
        later.push(entry);
    }
    assert_eq!(later.finish(), Ok(last));
    let envelope = SIX[3].entry.envelope().unwrap();
    assert_eq!(envelope.payload_unverified(), b"{\"n\":4}");
}

#[test]
fn what_is_missing_is_named() {
    let (first, last) = (2, 3);
    assert_eq!(problems(SIX[..1].iter().chain(&SIX[3..]), None), [Problem::Gap { first, last }]);
    assert_eq!(problems(&SIX[1..], None), [Problem::Gap { first: 1, last: 1 }]);
    let (expected, found) = (head(&SIX[5]), head(&SIX[3]));
    assert_eq!(problems(&SIX[..4], Some(expected)), [Problem::Truncated { expected, found }]);
    assert_eq!(problems([], Some(expected)), [Problem::Truncated { expected, found: Head::EMPTY }]);
}

#[test]
fn what_comes_in_another_order_is_named() {
    let order = |places: &[usize]| problems(places.iter().map(|place| &SIX[*place]), None);
    assert_eq!(order(&[0, 2, 1, 3, 4, 5]), [Problem::Reordered { number: 2, after: 3 }]);
    assert_eq!(
        order(&[0, 3, 2, 1, 4, 5]),
        [Problem::Reordered { number: 3, after: 4 }, Problem::Reordered { number: 2, after: 4 }]
    );
    assert_eq!(
        order(&[0, 4, 2, 5]),
        [
            Problem::Reordered { number: 3, after: 5 },
            Problem::Gap { first: 2, last: 2 },
            Problem::Gap { first: 4, last: 4 }
        ]
    );
    assert_eq!(order(&[0, 1, 1, 2]), [Problem::Repeated { number: 2 }]);
    assert_eq!(order(&[0, 1, 2, 0]), [Problem::Repeated { number: 1 }]);
}

#[test]
fn what_was_edited_is_named() {
    let edit = |place: usize, fix_hash: bool| {
        let mut entries = SIX.clone();
        let (number, previous) = (entries[place].entry.number(), entries[place].entry.previous());
        entries[place].entry = Entry::stored(number, previous, b"another".to_vec()).unwrap();
        let found = entries[place].entry.hash();
        if fix_hash {
            entries[place].hash = found;
        }
        (entries, found)
    };
    let (entries, found) = edit(2, false);
    assert_eq!(problems(&entries, None), [Problem::Edited { number: 3, recorded: SIX[2].hash, found }]);
    // With its hash put right, the next entry tells.
    let (entries, found) = edit(2, true);
    assert_eq!(problems(&entries, None), [Problem::Unlinked { number: 4, names: SIX[2].hash, found }]);
    // The last entry has no next: only a head that somebody remembers tells.
    let (entries, found) = edit(5, true);
    assert_eq!(follow(&entries, None), Ok(Head { number: 6, hash: found }));
    let fork = Fork { number: 6, known: SIX[5].hash, found };
    assert_eq!(problems(&entries, Some(head(&SIX[5]))), [Problem::Forked(fork)]);
    // An edit among entries that come in another order.
    let (mut entries, found) = edit(2, true);
    entries.swap(2, 3);
    let expected = [
        Problem::Reordered { number: 3, after: 4 },
        Problem::Unlinked { number: 4, names: SIX[2].hash, found },
    ];
    assert_eq!(problems(&entries, None), expected);
    let strange = Entry::stored(1, SIX[0].hash, Vec::new()).unwrap().record();
    let unlinked = Problem::Unlinked { number: 1, names: SIX[0].hash, found: Head::EMPTY.hash };
    assert_eq!(problems([&strange], None), [unlinked]);
}

#[test]
fn a_second_history_is_named() {
    let mut other = SIX[..3].to_vec();
    let mut last = head(&SIX[2]);
    for number in 4..=7 {
        let entry = Entry::stored(number, last.hash, b"another history".to_vec()).unwrap().record();
        last = entry.entry.head();
        other.push(entry);
    }
    let fork = Fork { number: 4, known: SIX[3].hash, found: other[3].hash };
    assert_eq!(first_fork(SIX.iter().map(head), other.iter().map(head)), Some(fork));
    assert_eq!(first_fork(SIX.iter().map(head), SIX[..4].iter().map(head)), None);
    assert_eq!(first_fork(SIX[1..].iter().map(head), SIX.iter().map(head)), None);
    assert_eq!(follow(&other, None), Ok(last), "each alone is sound");
    for known in 3..6 {
        let number = known as u64 + 1;
        let fork = Fork { number, known: SIX[known].hash, found: other[known].hash };
        assert_eq!(problems(&other, Some(head(&SIX[known]))), [Problem::Forked(fork)]);
    }
    // Both histories in one table.
    let both = problems(SIX[..4].iter().chain(&other[3..4]), None);
    assert_eq!(both, [Problem::Forked(fork)]);
    // Two people remember different heads.
    let mut chain = Chain::new();
    chain.remember(head(&SIX[3]));
    chain.remember(head(&other[3]));
    assert_eq!(chain.problems(), [Problem::Forked(fork)]);
    let mut resumed = Chain::after(head(&SIX[3]));
    resumed.remember(head(&other[3]));
    assert_eq!(resumed.problems(), [Problem::Forked(fork)]);
}

#[test]
fn a_flood_of_problems_is_counted() {
    let many = MAX_PROBLEMS as u64 + 500;
    let entries: Vec<_> = (1..=many)
        .map(|number| Entry::stored(number * 2, Head::EMPTY.hash, Vec::new()).unwrap().record())
        .collect();
    let broken = follow(&entries, None).expect_err("gaps");
    assert_eq!((broken.problems.len(), broken.further), (MAX_PROBLEMS, 500));
    assert!(broken.to_string().ends_with("(and 1499 more)"), "{broken}");
}

#[test]
fn entries_have_limits() {
    let zero = Head::EMPTY.hash;
    assert_eq!(Entry::stored(0, zero, vec![]), Err(EntryError::Number { found: 0 }));
    assert!(Entry::stored(MAX_NUMBER, zero, vec![]).is_ok());
    assert!(Entry::stored(MAX_NUMBER + 1, zero, vec![]).is_err());
    assert!(matches!(Entry::stored(1, zero, vec![0; 1_500_001]), Err(EntryError::TooLarge { .. })));
    let largest = Entry::stored(MAX_NUMBER, zero, vec![0xff; 1_500_000]).unwrap().record();
    assert!(largest.to_line().len() <= MAX_LINE_BYTES);
    let last = Head { number: MAX_NUMBER, hash: SIX[0].hash };
    assert!(Entry::next(&last, &SIX[0].entry.envelope().unwrap()).is_err());
}

#[test]
fn an_export_comes_back_whatever_its_chunks() {
    let export = LINES.concat();
    for chunk in [1, 7, 1000, export.len()] {
        assert_eq!(import(export.as_bytes(), chunk, None), Ok(head(&SIX[5])));
    }
    assert_eq!(import(b"", 1, None), Ok(Head::EMPTY));
    assert!(LINES[0].starts_with(&format!(
        r#"{{"number":1,"previous":"{}","hash":"{}","envelope":"eyJ"#,
        "0".repeat(64),
        SIX[0].hash
    )));
}

#[test]
fn a_line_that_cannot_be_read_is_numbered() {
    let line = LINES[0].trim_end();
    for (bad, expected) in [
        (String::new(), "no JSON object with"),
        ("{}".to_owned(), "no JSON object with"),
        (line.replacen("\"number\":1", "\"number\":1,\"number\":1", 1), "no JSON object with"),
        (line.replacen("\"number\":1", "\"number\":1,\"at\":1", 1), "no JSON object with"),
        (line.replacen("\"number\":1", "\"number\":-1", 1), "no JSON object with"),
        (line.replacen("\"number\":1", "\"number\":0", 1), "numbered from 1"),
        (line.replacen("\"number\":1", "\"number\": 1", 1), "not written as"),
        (line.replacen(&SIX[0].hash.hex(), &SIX[0].hash.hex().to_uppercase(), 1), "not written as"),
        (format!("{line}\r"), "not written as"),
        (line.replacen("eyJ", "\\u0065yJ", 1), "not written as"),
        (line.replacen("eyJ", "eyJ*", 1), "not base64"),
        ("x".repeat(MAX_LINE_BYTES + 1), "longer than"),
    ] {
        let export = format!("{}{bad}\n{}", LINES[0], LINES[1]);
        for chunk in [1000, export.len()] {
            let mut reader = ExportReader::new();
            let error = export
                .as_bytes()
                .chunks(chunk)
                .find_map(|chunk| reader.feed(chunk, |_| {}).err())
                .expect(expected);
            assert_eq!(error.to_string(), "line 2 of the ledger's export cannot be read");
            assert!(
                error.source().expect("a cause").to_string().contains(expected),
                "{expected}: {:?}",
                error.source
            );
        }
    }
    let mut reader = ExportReader::new();
    reader.feed(line.as_bytes(), |_| {}).unwrap();
    let error = reader.finish().expect_err("cut off");
    assert!(matches!((error.line, error.source), (1, LineError::CutOff)));
    // A line without an end stops before it fills the memory.
    let mut reader = ExportReader::new();
    let endless = vec![b'x'; MAX_LINE_BYTES];
    reader.feed(&endless, |_| {}).unwrap();
    assert!(reader.feed(b"x", |_| {}).is_err());
}

#[test]
fn every_truncation_and_every_swap_is_detected() {
    let expected = Some(head(&SIX[5]));
    for kept in 0..LINES.len() {
        let error = import(LINES[..kept].concat().as_bytes(), 1000, expected).expect_err("truncated");
        assert!(error.contains(&format!("the ledger ends at {kept} sha256:")), "{error}");
    }
    for one in 0..LINES.len() {
        for other in 0..one {
            let mut lines = LINES.clone();
            lines.swap(one, other);
            let error = import(lines.concat().as_bytes(), 1000, None).expect_err("reordered");
            assert!(error.contains("comes after"), "{one} {other}: {error}");
        }
        let mut lines = LINES.clone();
        lines.remove(one);
        assert!(import(lines.concat().as_bytes(), 1000, expected).is_err(), "{one}");
    }
}

/// Exhaustive over places, with the changes that keep a letter a letter, a digit a digit, or change its case.
#[test]
fn every_flipped_bit_is_detected() {
    let export = LINES[..2].concat().into_bytes();
    for place in 0..export.len() {
        for bit in 0..8 {
            let mut copy = export.clone();
            copy[place] ^= 1 << bit;
            assert!(import(&copy, copy.len(), None).is_err(), "byte {place}, bit {bit}");
        }
    }
}

proptest! {
    #[test]
    fn every_changed_byte_is_detected(place: prop::sample::Index, with: u8) {
        let mut copy = LINES.concat().into_bytes();
        let place = place.index(copy.len());
        prop_assume!(copy[place] != with);
        copy[place] = with;
        prop_assert!(import(&copy, 1000, None).is_err());
    }

    #[test]
    fn every_cut_is_detected(keep: prop::sample::Index) {
        let export = LINES.concat();
        let kept = keep.index(export.len());
        prop_assert!(import(&export.as_bytes()[..kept], 1000, Some(head(&SIX[5]))).is_err());
    }

    #[test]
    fn any_other_order_is_detected(order in Just((0..6).collect::<Vec<usize>>()).prop_shuffle(), keep in 1_usize..7) {
        let entries: Vec<_> = order.iter().take(keep).map(|place| &SIX[*place]).collect();
        let sound = entries.len() == 6 && order.is_sorted();
        prop_assert_eq!(follow(entries, Some(head(&SIX[5]))).is_ok(), sound);
    }

    #[test]
    fn reading_never_panics(bytes: Vec<u8>, text in "[\\{\\}\"a-z:0-9,\\n]{0,80}") {
        let mut reader = ExportReader::new();
        let _ = reader.feed(&bytes, |_| {});
        let _ = reader.feed(text.as_bytes(), |_| {});
        let _ = reader.finish();
        let _ = text.parse::<Head>();
    }

    #[test]
    fn any_entry_comes_back(number in 1..=MAX_NUMBER, previous: [u8; 32], hash: [u8; 32], envelope: Vec<u8>) {
        let entry = Entry::stored(number, Sha256::from_bytes(previous), envelope).unwrap();
        let recorded = Recorded { entry, hash: Sha256::from_bytes(hash) };
        let line = recorded.to_line();
        prop_assert_eq!(Recorded::from_line(line.trim_end().as_bytes()).unwrap(), recorded);
    }
}
