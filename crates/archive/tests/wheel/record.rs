//! `RECORD` against the wheel, both ways.

use packhouse_archive::{ArchiveFormat, EntryKind, RecordCheck, RecordedFile, UnpackLimits, unpack};
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::support::{Member, build};

const RECORD: &str = "six-1.17.0.dist-info/RECORD";
/// Of something else, and of nothing.
const SIX: &str = "sha256=Y5_vW7LDZzHmRTrnbVcxS7KVRNN4k10rlRXQDNf9NIE";
const EMPTY: &str = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

fn file<'a>(path: &'a str, bytes: &'a [u8]) -> RecordedFile<'a> {
    let sha256 = Sha256::digest(bytes).into();
    RecordedFile { path, size: bytes.len() as u64, sha256, bytes: Some(bytes) }
}

fn problems(files: &[(&str, &[u8])]) -> Vec<String> {
    let members: Vec<Member> = files.iter().map(|(name, content)| Member::new(name, content)).collect();
    let wheel = build(&members, false, b"").bytes;
    let mut kept = Vec::new();
    unpack(&wheel, ArchiveFormat::Zip, &UnpackLimits::default(), &mut |entry| {
        if entry.kind != EntryKind::Directory {
            kept.push((entry.path.to_owned(), entry.bytes.to_vec()));
        }
    })
    .expect("well made");
    let mut check = RecordCheck::default();
    for (path, bytes) in &kept {
        check.see(file(path, bytes));
    }
    check.finish().iter().map(ToString::to_string).collect()
}

#[test]
fn both_ways() {
    let empty384 = "sha384=OLBgp1GsljhM2TJ-sbHjaiH9txEUvgdDTAzHv2P24donTt6_529l-9Ua0vFImLlb";
    for (row, extra, expected) in [
        (format!("a.py,{EMPTY},0\n"), None, None),
        (format!("a.py,{EMPTY},0\r\n"), None, None),
        (format!("a.py,{EMPTY},\n"), None, None),
        (format!("a.py,{empty384},0\n"), None, None),
        (format!("\"a.py\",\"{EMPTY}\",\"0\"\n"), None, None),
        (format!("a.py,{EMPTY},0\n\"b \"\",c\",{EMPTY},0\n"), Some("b \",c"), None),
        (format!("a.py,{EMPTY},0\n"), Some("six-1.17.0.dist-info/RECORD.jws"), None),
        (format!("a.py,{EMPTY},0\n{RECORD}.p7s,,\n"), Some("six-1.17.0.dist-info/RECORD.p7s"), None),
        (String::new(), None, Some("\"a.py\" is in the wheel and not in RECORD")),
        (format!("a.py,{EMPTY},0\n"), Some("b.pth"), Some("\"b.pth\" is in the wheel and not in RECORD")),
        (
            format!("a.py,{EMPTY},0\nb.py,{EMPTY},0\n"),
            None,
            Some("\"b.py\" is in RECORD and not in the wheel"),
        ),
        (format!("A.py,{EMPTY},0\n"), None, Some("\"A.py\" is in RECORD and not in the wheel")),
        (format!("a.py,{SIX},0\n"), None, Some("the hash of \"a.py\" in RECORD is another one")),
        (format!("a.py,{EMPTY}=,0\n"), None, Some("the hash of \"a.py\" in RECORD is another one")),
        (format!("a.py,{EMPTY},1\n"), None, Some("RECORD says that \"a.py\" has 1 bytes; it has 0")),
        ("a.py,,\n".to_owned(), None, Some("RECORD has no hash of SHA-256 or better for \"a.py\"")),
        (
            "a.py,md5=1B2M2Y8AsgTpgAmY7PhCfg,0\n".to_owned(),
            None,
            Some("RECORD has no hash of SHA-256 or better for \"a.py\""),
        ),
        (format!("a.py,{EMPTY},0\na.py,{EMPTY},0\n"), None, Some("RECORD lists \"a.py\" twice")),
        (format!("a.py,{EMPTY},0\nb\n"), None, Some("row 3 of RECORD is not a path, a hash and a size")),
        (format!("a.py,{EMPTY},0\n\"b\n"), None, Some("row 3 of RECORD is not a path, a hash and a size")),
        (
            format!("a.py,{EMPTY},0\nx\"b\",,\n"),
            None,
            Some("row 3 of RECORD is not a path, a hash and a size"),
        ),
        (
            format!("a.py,{EMPTY},0\n\"b\"c,,\n"),
            None,
            Some("row 3 of RECORD is not a path, a hash and a size"),
        ),
        (format!("a.py,{EMPTY},0\nb,,,\n"), None, Some("row 3 of RECORD is not a path, a hash and a size")),
    ] {
        let record = format!("{RECORD},,\n{row}");
        let mut files = vec![("a.py", &b""[..]), (RECORD, record.as_bytes())];
        files.extend(extra.map(|name| (name, &b""[..])));
        let found = problems(&files);
        // What the list says of a file twice it says once.
        assert_eq!(found.first().map(String::as_str), expected, "{row:?}: {found:?}");
    }
}

#[test]
fn there_is_one() {
    let none = "the wheel has 0 RECORD files; expected one, in its .dist-info folder";
    assert_eq!(problems(&[("a.py", b"")]), [none]);
    assert_eq!(problems(&[("RECORD", b""), ("x/y.dist-info/RECORD", b"")]), [none]);
    let two = "the wheel has 2 RECORD files; expected one, in its .dist-info folder";
    assert_eq!(problems(&[("a-1.dist-info/RECORD", b""), ("b-1.dist-info/RECORD", b"")]), [two]);
}

proptest! {
    #[test]
    fn never_panics(record in proptest::collection::vec(any::<u8>(), 0..300)) {
        assert!(problems(&[("a.py", b""), (RECORD, &record)]).len() <= 100);
    }
}

#[test]
fn rows_that_cannot_be_read_are_no_more_than_a_hundred_problems() {
    let record = "one,two\n".repeat(5_000);
    assert_eq!(problems(&[("six.py", b""), (RECORD, record.as_bytes())]).len(), 100);
}
