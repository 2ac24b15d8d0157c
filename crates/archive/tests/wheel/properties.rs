//! For all inputs: no panic, no other bytes than the wheel's, and the same as an independent reader finds.

use std::io::{Cursor, Read as _, Write as _};

use crate::support::{FILENAME, METADATA, TEXT, build, members, read};
use packhouse_archive::{MetadataReader, Step, metadata_of};
use proptest::collection::vec;
use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// How to write one member.
#[derive(Debug, Clone)]
struct Plan {
    content: Vec<u8>,
    stored: bool,
    large: bool,
}

fn plan() -> impl Strategy<Value = Plan> {
    let content = prop_oneof![
        4 => vec(any::<u8>(), 0..300),
        2 => vec(any::<u8>(), 0..40_000),
        1 => (any::<u8>(), 0_usize..9_000).prop_map(|(byte, length)| vec![byte; length]),
    ];
    (content, any::<bool>(), any::<bool>()).prop_map(|(content, stored, large)| Plan {
        content,
        stored,
        large,
    })
}

/// The `zip` crate writes the wheel; with `streamed`, sizes come in data descriptors.
fn written(plans: &[(String, Plan)], comment: &[u8], streamed: bool) -> Vec<u8> {
    fn fill<W: std::io::Write + std::io::Seek>(
        mut zip: ZipWriter<W>,
        plans: &[(String, Plan)],
        comment: &[u8],
    ) -> W {
        zip.set_raw_comment(comment.into()).expect("short enough");
        for (name, plan) in plans {
            let method = if plan.stored { CompressionMethod::Stored } else { CompressionMethod::Deflated };
            let options = SimpleFileOptions::default().compression_method(method).large_file(plan.large);
            zip.start_file(name.as_str(), options).expect("a new name");
            zip.write_all(&plan.content).expect("into memory");
        }
        zip.finish().expect("into memory")
    }
    if streamed {
        fill(ZipWriter::new_stream(Vec::new()), plans, comment).into_inner()
    } else {
        fill(ZipWriter::new(Cursor::new(Vec::new())), plans, comment).into_inner()
    }
}

fn archives() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let name = "([a-z]{1,9}/){0,2}[a-z]{1,9}\\.py";
    let others = prop::collection::btree_map(name, plan(), 0..12);
    // Without the letter P there is no second signature in the comment.
    let comment = vec(0_u8..0x50, 0..60);
    (others, plan(), any::<prop::sample::Index>(), comment, any::<bool>()).prop_map(
        |(others, metadata, place, comment, streamed)| {
            let mut plans: Vec<(String, Plan)> = others.into_iter().collect();
            let content = metadata.content.clone();
            plans.insert(place.index(plans.len() + 1), (METADATA.into(), metadata));
            (written(&plans, &comment, streamed), content)
        },
    )
}

/// Feeds each answer in pieces of the given lengths, forwards or backwards, and leaves out the end of the first one.
fn read_in_pieces(wheel: &[u8], known: bool, lengths: &[usize], backwards: bool) -> Step {
    let total = wheel.len() as u64;
    let mut reader = MetadataReader::new(known.then_some(total), FILENAME).expect("a wheel's name");
    let mut lengths = lengths.iter().copied().cycle();
    let mut first = true;
    loop {
        let wanted = match reader.step() {
            Step::Need(wanted) => wanted,
            end => return end,
        };
        let range = wanted.within(total);
        let mut pieces = Vec::new();
        let (mut at, end) = (range.start as usize, range.end as usize);
        while at < end {
            let length = lengths.next().unwrap_or(1).min(end - at);
            pieces.push(at..at + length);
            at += length;
        }
        if first && pieces.len() > 1 {
            pieces.pop();
        }
        first = false;
        if backwards {
            pieces.reverse();
        }
        for piece in pieces {
            reader.feed(piece.start as u64, &wheel[piece], total);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn agrees_with_the_zip_crate(
        (wheel, content) in archives(), known: bool, lengths in vec(1_usize..9_000, 1..8), backwards: bool,
    ) {
        let mut theirs = Vec::new();
        let mut archive = ZipArchive::new(Cursor::new(&wheel)).expect("just written");
        archive.by_name(METADATA).expect("there").read_to_end(&mut theirs).expect("intact");
        prop_assert_eq!(&theirs, &content);
        prop_assert_eq!(metadata_of(&wheel, FILENAME), Ok(content.clone()));
        prop_assert_eq!(read_in_pieces(&wheel, known, &lengths, backwards), Step::Done(content));
    }

    #[test]
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..400), name in "\\PC{0,40}") {
        let _ = metadata_of(&bytes, FILENAME);
        let _ = metadata_of(&bytes, &name);
        let _ = metadata_of(&bytes, &format!("{name}-1-py3-none-any.whl"));
    }

    #[test]
    fn random_answers_never_panic(
        answers in vec((any::<u64>(), vec(any::<u8>(), 0..60), any::<u64>()), 0..20), size: Option<u64>,
    ) {
        let mut reader = MetadataReader::new(size, FILENAME).expect("a wheel's name");
        for (offset, bytes, total) in answers {
            let _ = reader.step();
            reader.feed(offset, &bytes, total);
            reader.feed(offset % (total / 2 + 1), &bytes, size.unwrap_or(total));
        }
        let _ = reader.step();
    }
}

/// One change to a wheel.
#[derive(Debug, Clone)]
enum Damage {
    Byte(prop::sample::Index, u8),
    Word(prop::sample::Index, u32),
    Cut(prop::sample::Index),
    Remove(prop::sample::Index, usize),
    Insert(prop::sample::Index, Vec<u8>),
    /// Copies bytes over others.
    Copy(prop::sample::Index, prop::sample::Index, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = any::<prop::sample::Index>;
    let word =
        prop_oneof![any::<u32>(), Just(0), Just(u32::MAX), 0_u32..64, Just(0x0605_4b50), Just(0x0403_4b50)];
    prop_oneof![
        4 => (place(), any::<u8>()).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        4 => (place(), word).prop_map(|(at, word)| Damage::Word(at, word)),
        1 => place().prop_map(Damage::Cut),
        1 => (place(), 1_usize..30).prop_map(|(at, length)| Damage::Remove(at, length)),
        1 => (place(), vec(any::<u8>(), 1..30)).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        2 => (place(), place(), 1_usize..60).prop_map(|(from, to, length)| Damage::Copy(from, to, length)),
    ]
}

fn apply(bytes: &mut Vec<u8>, damage: &Damage) {
    let size = bytes.len();
    match damage {
        _ if size == 0 => {}
        Damage::Byte(at, byte) => bytes[at.index(size)] = *byte,
        Damage::Word(at, word) => {
            let at = at.index(size);
            let end = (at + 4).min(size);
            bytes[at..end].copy_from_slice(&word.to_le_bytes()[..end - at]);
        }
        Damage::Cut(at) => bytes.truncate(at.index(size)),
        Damage::Remove(at, length) => {
            let at = at.index(size);
            bytes.drain(at..(at + length).min(size));
        }
        Damage::Insert(at, more) => {
            let at = at.index(size);
            bytes.splice(at..at, more.iter().copied());
        }
        Damage::Copy(from, to, length) => {
            let (from, to) = (from.index(size), to.index(size));
            let length = *length.min(&(size - from.max(to)));
            bytes.copy_within(from..from + length, to);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// A damaged wheel gives an error or the metadata of the wheel, never anything else; and asking for parts of it
    /// gives the same as reading it whole.
    #[test]
    fn damage_never_changes_the_metadata(
        zip64: bool, comment in 0_usize..3, stored: bool, descriptor in 0_usize..4, damages in vec(damage(), 1..4),
    ) {
        use crate::support::Descriptor::{Absent, Plain, Signed, Wide};
        let mut members = members();
        members[1].deflate = !stored;
        members[1].descriptor = [Absent, Plain, Signed, Wide][descriptor];
        let mut wheel = build(&members, zip64, &vec![b'c'; comment * 7]).bytes;
        for damage in &damages { apply(&mut wheel, damage); }
        let result = metadata_of(&wheel, FILENAME);
        prop_assert_eq!(&read(&wheel, FILENAME, None).0, &result);
        if let Ok(metadata) = result {
            prop_assert_eq!(metadata, TEXT);
        }
    }
}
