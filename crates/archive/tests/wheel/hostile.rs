//! One wheel for each way to deceive or exhaust a reader, and the error that stops it.

use crate::support::{Built, Descriptor, FILENAME, METADATA, Member, TEXT, build, members, read};
use packhouse_archive::metadata_of;

/// The variant's name.
fn kind(bytes: &[u8]) -> String {
    let error = metadata_of(bytes, FILENAME).expect_err("hostile");
    assert_eq!(read(bytes, FILENAME, None).0, Err(error.clone()), "the same by ranges");
    let shown = error.to_string();
    assert!(shown.len() < 600 && shown.chars().all(|c| !c.is_control()), "{shown}");
    format!("{error:?}").split([' ', '{']).next().unwrap_or_default().to_owned()
}

#[track_caller]
fn check(description: &str, bytes: &[u8], expected: &str) {
    assert_eq!(kind(bytes), expected, "{description}");
}

/// Changes a plain wheel.
#[track_caller]
fn changed(description: &str, change: impl FnOnce(&mut Built), expected: &str) {
    let mut archive = build(&members(), false, b"");
    change(&mut archive);
    check(description, &archive.bytes, expected);
}

/// Changes a wheel with zip64 records.
#[track_caller]
fn changed64(description: &str, change: impl FnOnce(&mut Built, usize), expected: &str) {
    let mut archive = build(&members(), true, b"");
    let record = archive.zip64.expect("asked for");
    change(&mut archive, record);
    check(description, &archive.bytes, expected);
}

/// Adds a member to a plain wheel.
#[track_caller]
fn added(description: &str, name: impl AsRef<[u8]>, expected: &str) {
    let mut members = members();
    members.push(Member::new(name, b"Name: evil\n"));
    check(description, &build(&members, false, b"").bytes, expected);
}

#[test]
fn the_end() {
    let wheel = build(&members(), false, b"").bytes;
    check("empty file", b"", "NoEndRecord");
    check("web page", b"<!DOCTYPE html><title>404</title>", "NoEndRecord");
    check("truncated", &wheel[..wheel.len() - 23], "NoEndRecord");
    check("truncated in the record", &wheel[..wheel.len() - 1], "EndRecordMisplaced");
    check("only the signature", b"PK\x05\x06", "EndRecordMisplaced");
    check("bytes appended", &[&wheel[..], b"more"].concat(), "EndRecordMisplaced");
    check("prepended", &[b"#!/bin/sh\n", &wheel[..]].concat(), "DirectoryMisplaced");

    let inner = build(&members(), false, b"");
    let hidden = build(&members(), false, &inner.bytes[inner.end..]);
    check("a second end record in the comment", &hidden.bytes, "EndRecordAmbiguous");
    let hidden = build(&members(), false, b"see PK\x05\x06");
    check("a signature in the comment", &hidden.bytes, "EndRecordAmbiguous");
    let mut hidden = build(&members(), false, b"");
    hidden.bytes.splice(hidden.end.., b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x16\0".iter().copied());
    hidden.bytes.extend(&wheel[wheel.len() - 22..]);
    check("an end record before the end record", &hidden.bytes, "EndRecordAmbiguous");

    changed("a disk number", |a| a.put(a.end + 4, &[1]), "MultipleDisks");
    changed("disks without zip64", |a| a.put(a.end + 4, &[0xff; 4]), "MultipleDisks");
    changed("members on another disk", |a| a.put(a.end + 8, &[2]), "MultipleDisks");
    changed("offset", |a| a.put(a.end + 16, &[0]), "DirectoryMisplaced");
    changed("offset beyond the file", |a| a.put(a.end + 16, &[0xff; 4]), "DirectoryMisplaced");
    changed("huge directory", |a| a.put(a.end + 12, &[0xff; 4]), "DirectoryTooLarge");
    changed("more members than fit", |a| a.put(a.end + 8, &[0xff; 4]), "MemberCount");
}

#[test]
fn zip64_records() {
    changed64("locator elsewhere", |a, r| a.put(r + 56 + 8, &[0]), "Zip64End");
    changed64("locator overflows", |a, r| a.put(r + 56 + 8, &[0xff; 8]), "Zip64End");
    changed64("two disks", |a, r| a.put(r + 56 + 16, &[2]), "MultipleDisks");
    changed64("another disk in the record", |a, r| a.put(r + 16, &[1]), "MultipleDisks");
    changed64("no record", |a, r| a.put(r, b"PK\x00\x00"), "Zip64End");
    changed64("extensible data", |a, r| a.put(r + 4, &[45]), "Zip64End");
    changed64("contradicts the short record", |a, _| a.put(a.end + 10, &[2, 0]), "Zip64End");
    changed64("members on another disk", |a, r| a.put(r + 24, &[9]), "MultipleDisks");
    changed64("too many members", |a, r| (24..40).for_each(|at| a.put(r + at, &[0x7f])), "TooManyMembers");
    changed64("directory size overflows", |a, r| a.put(r + 40, &[0xff; 8]), "DirectoryTooLarge");
    changed64("directory offset overflows", |a, r| a.put(r + 48, &[0xff; 8]), "DirectoryMisplaced");
    // A reader that looks for the locator takes the end of the last entry for one.
    let mut members = members();
    members[2].central_extra = [&[0xfe, 0xca, 20, 0][..], b"PK\x06\x07", &[0; 16]].concat();
    check("a locator in an entry", &build(&members, false, b"").bytes, "Zip64End");
}

#[test]
fn the_directory() {
    changed("no signature", |a| a.put(a.entries[1], b"QK"), "EntryDamaged");
    changed("name runs over", |a| a.put(a.entries[2] + 28, &[0xff, 0xff]), "EntryDamaged");
    changed("extra runs over", |a| a.put(a.entries[2] + 30, &[0xff, 0xff]), "EntryDamaged");
    changed("comment runs over", |a| a.put(a.entries[2] + 32, &[0xff, 0xff]), "EntryDamaged");
    changed("comment hides the next entry", |a| a.put(a.entries[0] + 32, &[75]), "MemberCount");
    changed("fewer than listed", |a| a.put(a.end + 8, &[2, 0, 2, 0]), "MemberCount");
    changed("zip64 size without a field", |a| a.put(a.entries[0] + 20, &[0xff; 4]), "EntryDamaged");
    changed(
        "offset beyond the directory",
        |a| a.put(a.entries[0] + 42, &[0xff, 0xff, 0xff, 0x7f]),
        "OutOfBounds",
    );
    changed("size beyond the directory", |a| a.put(a.entries[0] + 20, &[0xff, 0xff]), "OutOfBounds");
    changed("the same bytes twice", |a| a.put(a.entries[2] + 42, &[0]), "Overlap");
    changed("one byte shared", |a| a.put(a.entries[0] + 20, &[14]), "Overlap");

    for (description, extra, expected) in [
        ("extra field runs over", &[1, 0, 9, 0][..], "EntryDamaged"),
        ("two zip64 fields", &[1, 0, 0, 0, 1, 0, 0, 0], "EntryDamaged"),
        ("second name", &[0x75, 0x70, 5, 0, 1, 0, 0, 0, 0], "SecondName"),
    ] {
        let mut members = members();
        members[0].central_extra = extra.to_vec();
        check(description, &build(&members, false, b"").bytes, expected);
    }
    let mut overflowing = members();
    overflowing[0].central_extra = [&[1, 0, 8, 0][..], &[0xff; 8]].concat();
    let mut overflowing = build(&overflowing, false, b"");
    overflowing.put(overflowing.entries[0] + 42, &[0xff; 4]);
    check("zip64 offset overflows", &overflowing.bytes, "OutOfBounds");
}

#[test]
fn which_member() {
    check("none", &build(&members()[..1], false, b"").bytes, "MetadataMissing");
    check("no members", &build(&[], false, b"").bytes, "MetadataMissing");
    added("the same name", METADATA, "MetadataRepeated");
    added("another project", "evil-1.0.dist-info/METADATA", "MetadataRepeated");
    added("other case", "six-1.17.0.dist-info/metadata", "MetadataRepeated");
    added("other case of the folder", "SIX-1.17.0.DIST-INFO/METADATA", "MetadataRepeated");
    added("backslash", "six-1.17.0.dist-info\\METADATA", "MetadataRepeated");
    added("dot", "./six-1.17.0.dist-info/METADATA", "MetadataRepeated");
    added("two slashes", "six-1.17.0.dist-info//METADATA", "MetadataRepeated");
    added("absolute", "/six-1.17.0.dist-info/METADATA", "MetadataRepeated");
    added("folder", "six-1.17.0.dist-info/METADATA/", "MetadataRepeated");
    added("NUL", "six-1.17.0.dist-info/METADATA\0.txt", "NulInName");
    for (name, expected) in [
        ("six-1.16.0.dist-info/METADATA", "DistInfoDiffers"),
        ("seven-1.17.0.dist-info/METADATA", "DistInfoDiffers"),
        (".dist-info/METADATA", "DistInfoDiffers"),
        ("six-1.17.0.DIST-info/METADATA", "MetadataMissing"),
        ("six-1.17.0.dist-info/Metadata", "MetadataMissing"),
        ("six-1.17.0.dist-info\\METADATA", "MetadataMissing"),
        ("six-1.17.0.egg-info/METADATA", "MetadataMissing"),
        ("x/six-1.17.0.dist-info/METADATA", "MetadataMissing"),
    ] {
        check(name, &build(&[Member::new(name, TEXT)], false, b"").bytes, expected);
    }
    let terminal = "\u{1b}[2J\u{202e}.dist-info/METADATA";
    check("an escape sequence", &build(&[Member::new(terminal, TEXT)], false, b"").bytes, "DistInfoDiffers");
    check(
        "not UTF-8",
        &build(&[Member::new(b"\xff-1.dist-info/METADATA", TEXT)], false, b"").bytes,
        "DistInfoDiffers",
    );
}

#[test]
fn the_member() {
    changed("encrypted", |a| a.put_both(1, 8, 6, &[1]), "Encrypted");
    changed("strongly encrypted", |a| a.put_both(1, 8, 6, &[0x40]), "Encrypted");
    changed("masked", |a| a.put_both(1, 8, 6, &[0, 0x20]), "Encrypted");
    changed("encrypted in the header only", |a| a.put(a.headers[1] + 6, &[1]), "HeaderDiffers");
    for method in [1, 9, 12, 14, 93, 95, 99] {
        changed("method", |a| a.put_both(1, 10, 8, &[method]), "Method");
    }
    changed("no header", |a| a.put(a.headers[1], b"QK"), "HeaderDiffers");
    changed("name differs", |a| a.put(a.headers[1] + 30, b"S"), "HeaderDiffers");
    changed("name longer", |a| a.put(a.headers[1] + 26, &[METADATA.len() as u8 + 1]), "HeaderDiffers");
    changed("name runs over", |a| a.put(a.headers[1] + 26, &[0xff, 0xff]), "HeaderDiffers");
    changed("method differs", |a| a.put(a.headers[1] + 8, &[0]), "HeaderDiffers");
    changed("CRC differs", |a| a.put(a.headers[1] + 14, &[1, 2, 3, 4]), "HeaderDiffers");
    changed("compressed size differs", |a| a.put(a.headers[1] + 18, &[1]), "HeaderDiffers");
    changed("size differs", |a| a.put(a.headers[1] + 22, &[1]), "HeaderDiffers");
    changed("extra runs over", |a| a.put(a.headers[1] + 28, &[0xff, 0xff]), "HeaderDiffers");
    changed("CRC", |a| a.put_both(1, 16, 14, &[1, 2, 3, 4]), "Checksum");
    changed("size too small", |a| a.put_both(1, 24, 22, &[1, 0, 0, 0]), "Size");
    changed("size too large", |a| a.put_both(1, 24, 22, &[0xff, 0, 0, 0]), "Size");
    changed("compressed size too small", |a| a.put_both(1, 20, 18, &[9]), "Deflate");
    changed("empty", |a| a.put_both(1, 20, 18, &[0]), "Deflate");
    changed("not deflate", |a| a.put(a.data[1], &[0xff; 8]), "Deflate");
    changed("too large", |a| a.put_both(1, 24, 22, &[0, 0, 0, 0x7f]), "MemberTooLarge");
    changed("bomb", |a| a.put_both(1, 24, 22, &[0, 0, 0xff, 0]), "Ratio");

    let mut members = members();
    members[1].content = vec![b'x'; 5 << 20];
    check("real bomb", &build(&members, false, b"").bytes, "Ratio");
    members[1].content = vec![b'x'; 17 << 20];
    check("too large", &build(&members, false, b"").bytes, "MemberTooLarge");
    members[1].content = TEXT.to_vec();
    members[1].local_extra = vec![0x75, 0x70, 5, 0, 1, 0, 0, 0, 0];
    check("second name in the header", &build(&members, false, b"").bytes, "HeaderDiffers");
    members[1].local_extra = Vec::new();
    members[1].deflate = false;
    let mut stored = build(&members, false, b"");
    stored.put_both(1, 24, 22, &[1, 0, 0, 0]);
    check("stored with two sizes", &stored.bytes, "Size");
    let mut stored = build(&members, false, b"");
    stored.put(stored.data[1], b"N");
    check("one byte differs", &stored.bytes, "Checksum");
}

/// Bytes between the end of the stream and the next member: a second stream for readers that go on.
#[test]
fn bytes_after_the_stream() {
    let archive = build(&members(), false, b"");
    let length = archive.headers[2] - archive.data[1];
    let mut padded = members();
    padded[1].content = [&archive.bytes[archive.data[1]..archive.headers[2]], b"junk"].concat();
    padded[1].deflate = false;
    let mut padded = build(&padded, false, b"");
    padded.put_both(1, 10, 8, &[8]);
    padded.put_both(1, 24, 22, &(TEXT.len() as u32).to_le_bytes());
    padded.put_both(1, 16, 14, &crate::support::crc(TEXT).to_le_bytes());
    check("junk after the stream", &padded.bytes, "Deflate");
    assert_eq!(padded.headers[2] - padded.data[1], length + 4);
}

#[test]
fn descriptors() {
    for form in [Descriptor::Plain, Descriptor::Signed, Descriptor::Wide] {
        let mut members = members();
        members[1].descriptor = form;
        let mut archive = build(&members, false, b"");
        let last = archive.headers[2] - 1;
        archive.bytes[last] ^= 1;
        check("size in the descriptor", &archive.bytes, "DescriptorDiffers");
        let mut archive = build(&members, false, b"");
        archive.put(archive.headers[1] + 18, &[7]);
        check("size before it", &archive.bytes, "HeaderDiffers");
    }
    changed("descriptor announced only", |a| a.put(a.headers[1] + 6, &[8]), "DescriptorDiffers");
}
