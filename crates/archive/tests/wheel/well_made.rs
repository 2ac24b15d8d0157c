//! Wheels that are right, in all the forms that the format allows, and how many requests they cost.

use crate::support::{Built, Descriptor, FILENAME, METADATA, Member, TEXT, build, members, read};
use packhouse_archive::{ArchiveError, MetadataReader, Step, Wanted, metadata_of};

fn check(description: &str, archive: &Built) {
    assert_eq!(metadata_of(&archive.bytes, FILENAME).as_deref(), Ok(TEXT), "{description}");
    for size in [None, Some(archive.bytes.len() as u64)] {
        assert_eq!(read(&archive.bytes, FILENAME, size).0.as_deref(), Ok(TEXT), "{description}");
    }
}

#[test]
fn every_form_of_a_wheel_is_read() {
    check("plain", &build(&members(), false, b""));
    check("zip64", &build(&members(), true, b""));
    check("comment", &build(&members(), false, b"a comment"));
    check("longest comment", &build(&members(), false, &vec![b'c'; 65_535]));
    check("zip64 and longest comment", &build(&members(), true, &vec![b'c'; 65_535]));
    for form in [Descriptor::Plain, Descriptor::Signed, Descriptor::Wide] {
        for deflate in [true, false] {
            let mut members = members();
            for member in &mut members {
                (member.descriptor, member.deflate) = (form, deflate);
            }
            check("data descriptor", &build(&members, false, b""));
        }
    }
    let mut stored = members();
    for member in &mut stored {
        member.deflate = false;
    }
    check("stored", &build(&stored, false, b""));

    let mut extra = members();
    extra[1].local_extra = [&[0xfe, 0xca, 0x60, 0xea][..], &vec![0; 60_000]].concat();
    check("a long extra field in the local header only", &build(&extra, false, b""));
    extra[1].local_extra = Vec::new();
    extra[1].central_extra = vec![0xfe, 0xca, 4, 0, 1, 2, 3, 4];
    check("an extra field in the directory only", &build(&extra, false, b""));
    extra[1].central_extra = vec![0, 0, 0];
    check("padding", &build(&extra, false, b""));

    let mut last = members();
    last.swap(1, 2);
    check("METADATA last", &build(&last, false, b""));
    last.rotate_right(1);
    check("METADATA first", &build(&last, false, b""));
}

#[test]
fn zip64_sizes_and_offsets_are_read() {
    let mut wide = members();
    wide[1].deflate = false;
    let length = (TEXT.len() as u64).to_le_bytes();
    wide[1].local_extra = [&[1, 0, 16, 0][..], &length, &length].concat();
    let header = build(&wide, true, b"").headers[1] as u64;
    wide[1].central_extra = [&[1, 0, 24, 0][..], &length, &length, &header.to_le_bytes()].concat();
    let mut archive = build(&wide, true, b"");
    archive.put_both(1, 20, 18, &[0xff; 8]);
    archive.put(archive.entries[1] + 42, &[0xff; 4]);
    check("all three", &archive);
}

#[test]
fn other_metadata_in_the_wheel_does_not_count() {
    let mut more = members();
    more.push(Member::new("six/_vendor/attrs-1.0.dist-info/METADATA", b"Name: attrs\n"));
    more.push(Member::new("six-1.17.0.dist-info/METADATA.txt", b""));
    more.push(Member::new("six-1.17.0.dist-info/licenses/METADATA", b""));
    more.push(Member::new("METADATA", b""));
    more.push(Member::new("six-1.17.0.data/METADATA", b""));
    check("vendored", &build(&more, false, b""));

    // A zip file stored in the wheel leaves a second end record in the searched part.
    let mut nested = members();
    nested[2] = Member::new("six/nested.zip", &build(&members(), false, b"").bytes);
    nested[2].deflate = false;
    check("nested", &build(&nested, false, b""));
}

#[test]
fn the_bytes_are_not_touched() {
    for content in [&b""[..], b"\xef\xbb\xbfName: six\r\n\r\n\xff\xfe\0\n\n", &vec![0; 60_000]] {
        for deflate in [true, false] {
            let mut wheel = members();
            wheel[1].content = content.to_vec();
            wheel[1].deflate = deflate;
            let wheel = build(&wheel, false, b"");
            assert_eq!(metadata_of(&wheel.bytes, FILENAME).as_deref(), Ok(content));
        }
    }
}

/// Modules of incompressible content, so that nothing fits into the first request by chance.
fn modules(count: usize, length: usize) -> Vec<Member> {
    (0..count)
        .map(|index| {
            let mut member = Member::new(format!("six/module_{index:05}.py"), &vec![index as u8; length]);
            member.deflate = false;
            member
        })
        .collect()
}

#[test]
fn requests_are_few() {
    let small = build(&[modules(50, 20_000), members()].concat(), false, b"").bytes;
    let many = build(&[modules(3_000, 2_000), members()].concat(), false, b"").bytes;
    let mut record = members();
    record[2] = Member::new("six-1.17.0.dist-info/RECORD", &vec![b'x'; 3_000 * 50]);
    record[2].deflate = false;
    let with_record = build(&[modules(3_000, 2_000), record].concat(), false, b"").bytes;
    let first = build(&[members(), modules(3_000, 2_000)].concat(), false, b"").bytes;
    for (description, wheel, requests) in [
        ("dist-info last", &small, 1),
        ("a directory longer than the first request", &many, 2),
        ("with a RECORD of 50 bytes for each member between", &with_record, 2),
        ("dist-info first", &first, 3),
    ] {
        for size in [None, Some(wheel.len() as u64)] {
            let (metadata, asked) = read(wheel, FILENAME, size);
            assert_eq!(metadata.as_deref(), Ok(TEXT), "{description}");
            assert_eq!(asked.len(), requests, "{description}: {asked:?}");
            let first_is_suffix = matches!(asked[0], Wanted::Suffix(_));
            assert_eq!(first_is_suffix, size.is_none(), "{description}");
            let bytes: u64 =
                asked.iter().map(|wanted| wanted.within(wheel.len() as u64)).map(|r| r.end - r.start).sum();
            assert!(bytes < 600_000, "{description}: {bytes} bytes fetched");
        }
    }
}

#[test]
fn nothing_is_asked_for_twice() {
    let wheel = build(&[members(), modules(3_000, 2_000)].concat(), false, b"").bytes;
    let (_, asked) = read(&wheel, FILENAME, None);
    let mut ranges: Vec<_> = asked.iter().map(|wanted| wanted.within(wheel.len() as u64)).collect();
    ranges.sort_by_key(|range| range.start);
    assert!(ranges.windows(2).all(|pair| pair[0].end <= pair[1].start), "{ranges:?}");
}

#[test]
fn answers_may_be_short_long_or_not_asked_for() {
    let wheel = build(&[modules(200, 2_000), members()].concat(), false, b"").bytes;
    let total = wheel.len() as u64;
    let mut reader = MetadataReader::new(None, FILENAME).expect("a wheel's name");
    reader.feed(0, &wheel[..100], total); // nothing was asked yet
    assert!(matches!(reader.step(), Step::Need(Wanted::Range(_))));
    reader.feed(total - 10, &wheel[wheel.len() - 10..], total);
    let Step::Need(Wanted::Range(rest)) = reader.step() else { panic!("not done") };
    assert_eq!(rest.end, total - 10);
    reader.feed(0, &wheel, total);
    assert_eq!(reader.step(), Step::Done(TEXT.to_vec()));
    reader.feed(0, b"ignored", 7);
    assert_eq!(reader.step(), Step::Done(TEXT.to_vec()), "the answer stays");
}

#[test]
fn lying_servers_are_noticed() {
    let wheel = build(&members(), false, b"").bytes;
    let total = wheel.len() as u64;
    let start = || MetadataReader::new(Some(total), FILENAME).expect("a wheel's name");

    let mut reader = start();
    reader.step();
    reader.feed(0, &wheel, total + 1);
    assert_eq!(reader.step(), Step::Fail(ArchiveError::SizeDiffers { expected: total, found: total + 1 }));

    for (offset, length) in [(1, total), (total, 1), (u64::MAX, 1), (u64::MAX - 1, 5)] {
        let mut reader = start();
        reader.step();
        reader.feed(offset, &vec![0; length as usize], total);
        assert_eq!(reader.step(), Step::Fail(ArchiveError::OutsideFile { offset, length, size: total }));
    }

    let mut reader = start();
    let mut requests = 0;
    while let Step::Need(_) = reader.step() {
        reader.feed(requests, &wheel[requests as usize..=requests as usize], total);
        requests += 1;
    }
    assert_eq!(reader.step(), Step::Fail(ArchiveError::TooManyRequests { limit: requests as u32 }));
}

#[test]
fn a_wheel_is_known_by_its_name() {
    let wheel = build(&members(), false, b"").bytes;
    assert_eq!(metadata_of(&wheel, "six-1.17-py3-none-any.whl").as_deref(), Ok(TEXT));
    for filename in ["six-1.17.0.zip", "six-1.17.0.tar.gz", "", "six.whl"] {
        let error = metadata_of(&wheel, filename).expect_err("not a wheel's name");
        assert_eq!(error, ArchiveError::NotAWheelName { found: filename.into() });
    }
    assert_eq!(METADATA.split('/').next(), Some("six-1.17.0.dist-info"));
}
