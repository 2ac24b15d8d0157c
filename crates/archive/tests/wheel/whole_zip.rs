//! Wheels as a whole: what is read, and one for each way to deceive or exhaust a reader. What is wrong with their ends and
//! directories is tested with their metadata.

use packhouse_archive::{ArchiveFormat, UnpackLimits};

use crate::support::{Built, Descriptor, Member, build, members};
use crate::tars::{kind, listing};

fn read(archive: &[u8]) -> Result<Vec<String>, String> {
    listing(archive, ArchiveFormat::Zip, &UnpackLimits::default()).map_err(|error| kind(&error))
}

#[track_caller]
fn changed(description: &str, change: impl FnOnce(&mut Built), expected: &str) {
    let mut archive = build(&members(), false, b"");
    change(&mut archive);
    assert_eq!(read(&archive.bytes), Err(expected.to_owned()), "{description}");
}

fn with(member: Member) -> Vec<Member> {
    let mut members = members();
    members.push(member);
    members
}

#[track_caller]
fn refused(description: &str, members: &[Member], expected: &str) {
    assert_eq!(read(&build(members, false, b"").bytes), Err(expected.to_owned()), "{description}");
}

/// Sets the mode of the last member.
fn moded(name: &str, content: &[u8], mode: u16) -> Vec<u8> {
    let mut archive = build(&with(Member::new(name, content)), false, b"");
    archive.put(archive.entries[3] + 40, &mode.to_le_bytes());
    archive.bytes
}

#[test]
fn reads_wheels() {
    let expected: Vec<String> = read(&build(&members(), false, b"").bytes).expect("well made");
    assert_eq!(expected.len(), 3);
    assert_eq!(expected[0], "six.py: import sys\n");
    assert_eq!(read(&build(&members(), true, b"a comment").bytes), Ok(expected.clone()), "zip64");
    for descriptor in [Descriptor::Plain, Descriptor::Signed, Descriptor::Wide] {
        let described: Vec<Member> =
            members().into_iter().map(|member| Member { descriptor, ..member }).collect();
        assert_eq!(read(&build(&described, false, b"").bytes), Ok(expected.clone()), "descriptors");
    }
    let stored: Vec<Member> = members().into_iter().map(|m| Member { deflate: false, ..m }).collect();
    assert_eq!(read(&build(&stored, false, b"").bytes), Ok(expected), "stored");
    assert_eq!(read(&build(&[], false, b"").bytes), Ok(vec![]), "empty");
    for (name, content, mode, shown) in [
        ("run.sh", &b"#!"[..], 0o100_755, "run.sh*: #!"),
        ("run.sh", b"#!", 0o644, "run.sh: #!"),
        ("p/", b"", 0o040_755, "p/"),
        ("p/", b"", 0, "p/"),
        ("link", b"six.py", 0o120_777, "link -> six.py"),
    ] {
        let found = read(&moded(name, content, mode)).expect("well made");
        assert_eq!(found[3], shown);
    }
}

#[test]
fn what_is_hidden() {
    let before = Member { local_extra: b"\x99\x99\x02\0ab".to_vec(), ..Member::new("x.py", b"x") };
    assert!(
        read(&build(&with(before), false, b"").bytes).is_ok(),
        "extra fields in the header alone are named bytes"
    );

    // Three bytes between the first member and the second.
    let mut gap = build(&members(), false, b"");
    let at = gap.headers[1];
    gap.bytes.splice(at..at, *b"abc");
    for member in [1, 2] {
        let offset = (gap.headers[member] + 3) as u32;
        gap.put(gap.entries[member] + 3 + 42, &offset.to_le_bytes());
    }
    let directory = (gap.entries[0] + 3) as u32;
    gap.put(gap.end + 3 + 16, &directory.to_le_bytes());
    assert_eq!(read(&gap.bytes), Err("BytesBetween".to_owned()));

    // A script in front, all offsets moved.
    let mut front = build(&members(), false, b"");
    front.bytes.splice(0..0, *b"#!\n");
    for member in 0..3 {
        let offset = (front.headers[member] + 3) as u32;
        front.put(front.entries[member] + 3 + 42, &offset.to_le_bytes());
    }
    front.put(front.end + 3 + 16, &directory.to_le_bytes());
    assert_eq!(read(&front.bytes), Err("BytesBefore".to_owned()));

    // The directory leaves out a member.
    let full = build(&members(), false, b"");
    let mut less = build(&members()[..2], false, b"");
    let start = less.entries[0];
    less.bytes.splice(start..start, full.bytes[full.headers[2]..full.entries[0]].iter().copied());
    let moved = full.entries[0] - start;
    less.put(less.end + moved + 16, &(full.entries[0] as u32).to_le_bytes());
    assert_eq!(read(&less.bytes), Err("BytesBetween".to_owned()));
}

#[test]
fn members_that_deceive() {
    changed("name in the header", |a| a.put(a.headers[0] + 30, b"S"), "HeaderDiffers");
    changed("size in the header", |a| a.put(a.headers[0] + 22, &[9]), "HeaderDiffers");
    changed("method in the header", |a| a.put(a.headers[0] + 8, &[0]), "HeaderDiffers");
    changed("checksum in the header", |a| a.put(a.headers[0] + 14, &[1, 2, 3, 4]), "HeaderDiffers");
    changed("checksum", |a| a.put_both(0, 16, 14, &[1, 2, 3, 4]), "Checksum");
    changed("size", |a| a.put_both(0, 24, 22, &[3, 0]), "Size");
    changed("encrypted", |a| a.put_both(0, 8, 6, &[1]), "Encrypted");
    changed("bzip2", |a| a.put_both(0, 10, 8, &[12]), "Method");
    changed("no header there", |a| a.put(a.headers[0], b"XX"), "HeaderDiffers");
    changed("data damaged", |a| a.put(a.data[0], &[0xff]), "Deflate");
    changed("two members in one place", |a| a.put(a.entries[1] + 42, &[0; 4]), "Overlap");
    changed("offset beyond", |a| a.put(a.entries[2] + 42, &[0xff, 0xff, 0xff, 0]), "OutOfBounds");
    let second_name = Member { central_extra: b"\x75\x70\x01\0a".to_vec(), ..Member::new("x.py", b"x") };
    refused("a second name", &with(second_name), "SecondName");
    refused("NUL", &with(Member::new("a.py\0.txt", b"x")), "NulInName");
    refused("not UTF-8 by its flag", &with(Member::new("\u{e9}.py", b"x")), "NameEncoding");
    let mut flagged = build(&with(Member::new("\u{e9}.py", b"x")), false, b"");
    flagged.put(flagged.entries[3] + 9, &[8]);
    assert_eq!(read(&flagged.bytes), Err("HeaderDiffers".to_owned()), "a flag in the directory alone");
    flagged.put(flagged.headers[3] + 7, &[8]);
    assert!(read(&flagged.bytes).is_ok());
    for (name, expected) in [
        ("six.py", "Duplicate"),
        ("SIX.py", "Duplicate"),
        ("./six.py", "Duplicate"),
        ("six-1.17.0.DIST-INFO/metadata", "Duplicate"),
        ("six.py/x", "Beneath"),
        ("../six.py", "Path"),
        ("/six.py", "Path"),
        ("a\\six.py", "Path"),
        ("", "Path"),
        ("folder/", "Contradiction"),
    ] {
        refused(name, &with(Member::new(name, b"x")), expected);
    }
    for (name, content, mode, expected) in [
        ("p", &b""[..], 0o040_755, "Contradiction"),
        ("p/", b"", 0o100_644, "Contradiction"),
        ("p", b"", 0o020_644, "Kind"),
        ("p", b"", 0o010_644, "Kind"),
        ("p", b"/etc/passwd", 0o120_777, "Link"),
        ("p", b"../x", 0o120_777, "Link"),
    ] {
        assert_eq!(read(&moded(name, content, mode)), Err(expected.to_owned()), "{name} {mode:o}");
    }
}

#[test]
fn limits() {
    let limits = UnpackLimits {
        entries: 4,
        total: 3000,
        entry: 2000,
        ratio: 50,
        ratio_free: 1000,
        path: 60,
        ..UnpackLimits::default()
    };
    let noise: Vec<u8> = (0..3000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let check = |description: &str, members: &[Member], expected: Option<&str>| {
        let archive = build(members, false, b"").bytes;
        let found = listing(&archive, ArchiveFormat::Zip, &limits).map_err(|error| kind(&error)).err();
        assert_eq!(found.as_deref(), expected, "{description}");
    };
    let stored = |name: &str, length: usize| Member { deflate: false, ..Member::new(name, &noise[..length]) };
    check("at the limits", &[stored("a", 2000), stored("b", 1000)], None);
    check("packs badly", &[Member::new("a", &noise[..2000])], None);
    check("entry", &[stored("a", 2001)], Some("EntryTooLarge"));
    check("total", &[stored("a", 2000), stored("b", 1001)], Some("TooLarge"));
    check("ratio", &[Member::new("a", &[0; 2000])], Some("Ratio"));
    check("below the free size", &[Member::new("a", &[0; 1000])], None);
    let many: Vec<Member> = (0..5).map(|n| Member::new(format!("f{n}"), b"")).collect();
    check("entries", &many, Some("TooManyEntries"));
    check("path", &[Member::new("a".repeat(61), b"")], Some("Path"));
}
