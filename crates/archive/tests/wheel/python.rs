//! Whatever is accepted here, Python's own `zipfile` and `tarfile` read the same files out of: a corpus of tricks, and some
//! thousand archives that were damaged at random, from fixed seeds.

use std::fmt::Write as _;
use std::process::Command;

use packhouse_archive::{ArchiveFormat, EntryKind, UnpackLimits, unpack};

use crate::support::{Built, Descriptor, Member, build, members};
use crate::tars::{entry, gzip, header, link, pax, sdist, sum};

/// Prints for each archive one line: its number, and sorted `path kind content`, in hexadecimal, or why it cannot.
const SCRIPT: &str = r#"
import sys, tarfile, zipfile

def clean(path):
    return "/".join(part for part in path.split("/") if part not in ("", "."))

def read(path):
    rows = []
    if path.endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if not info.is_dir():
                    rows.append((clean(info.filename), "f", archive.read(info)))
    else:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                name = clean(member.name)
                if member.isfile():
                    rows.append((name, "f", archive.extractfile(member).read()))
                elif member.issym():
                    rows.append((name, "l", member.linkname.encode("utf-8", "surrogateescape")))
                elif member.islnk():
                    rows.append((name, "h", clean(member.linkname).encode("utf-8", "surrogateescape")))
                elif not member.isdir():
                    rows.append((name, "other", b""))
    return sorted("%s %s %s" % (n.encode("utf-8", "surrogateescape").hex(), k, c.hex()) for n, k, c in rows)

for line in sys.stdin:
    path = line.rstrip("\n")
    try:
        print("|".join(read(path)))
    except Exception as error:
        print("error %s %r" % (type(error).__name__, str(error)[:200]))
"#;

/// What this crate reads, in the script's form; `None` when it refuses.
fn ours(archive: &[u8], format: ArchiveFormat) -> Option<String> {
    let mut rows = Vec::new();
    let limits = UnpackLimits { total: 1 << 20, entry: 1 << 20, ..UnpackLimits::default() };
    let read = unpack(archive, format, &limits, &mut |entry| {
        let (kind, content) = match entry.kind {
            EntryKind::Directory => return,
            EntryKind::File => ("f", entry.bytes),
            // Python writes a link of a zip file as a file.
            EntryKind::Symlink { .. } if format == ArchiveFormat::Zip => ("f", entry.bytes),
            EntryKind::Symlink { target } => ("l", target.as_bytes()),
            EntryKind::Hardlink { target } => ("h", target.as_bytes()),
        };
        rows.push(format!("{} {kind} {}", hex(entry.path.as_bytes()), hex(content)));
    });
    rows.sort();
    read.ok().map(|_| rows.join("|"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Compares those that are accepted; says how many Python reads the same way, or that there is no Python. With `or_error`
/// Python may refuse them: who refuses is not deceived. It is stricter on what decides nothing here, such as the version
/// of the format that a member asks for.
#[expect(clippy::print_stdout, reason = "a test that cannot run says so")]
fn agree(archives: &[(String, Vec<u8>, ArchiveFormat)], or_error: bool) -> Option<usize> {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut paths, mut expected) = (String::new(), Vec::new());
    for (at, (name, bytes, format)) in archives.iter().enumerate() {
        let Some(rows) = ours(bytes, *format) else { continue };
        let ending = if *format == ArchiveFormat::Zip { "zip" } else { "tar.gz" };
        let path = folder.path().join(format!("{at}.{ending}"));
        std::fs::write(&path, bytes).expect("it is written");
        let _ = writeln!(paths, "{}", path.display());
        expected.push((name, rows));
    }
    let list = folder.path().join("list");
    std::fs::write(&list, paths).expect("it is written");
    let input = std::fs::File::open(&list).expect("it is there");
    let Ok(output) = Command::new("python3").args(["-I", "-c", SCRIPT]).stdin(input).output() else {
        println!("skipped: no python3 here to compare with");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found = String::from_utf8(output.stdout).expect("text");
    let found: Vec<&str> = found.lines().collect();
    assert_eq!(found.len(), expected.len());
    let mut same = 0;
    for ((name, ours), python) in expected.iter().zip(&found) {
        if !(or_error && python.starts_with("error ")) {
            assert_eq!(ours, python, "{name}");
            same += 1;
        }
    }
    Some(same)
}

/// An archive of three members with a change.
fn changed(change: impl FnOnce(&mut Built)) -> Vec<u8> {
    let mut archive = build(&members(), false, b"");
    change(&mut archive);
    archive.bytes
}

fn with(extra: &[Member]) -> Vec<u8> {
    build(&[&members()[..], extra].concat(), false, b"").bytes
}

/// Name, bytes, and whether it must be refused. What need not be is compared with Python.
fn zips() -> Vec<(&'static str, Vec<u8>, bool)> {
    let plain = build(&members(), false, b"").bytes;
    let nested = Member { deflate: false, ..Member::new("data/nested.zip", &plain) };
    let described = |descriptor| {
        let all: Vec<Member> = members().into_iter().map(|member| Member { descriptor, ..member }).collect();
        build(&all, false, b"").bytes
    };
    let local = |extra: &[u8]| with(&[Member { local_extra: extra.to_vec(), ..Member::new("x", b"x") }]);
    let central = |extra: &[u8]| with(&[Member { central_extra: extra.to_vec(), ..Member::new("x", b"x") }]);
    let one = |name: &str| with(&[Member::new(name, b"x")]);
    vec![
        ("plain", plain.clone(), false),
        ("zip64", build(&members(), true, b"").bytes, false),
        ("a comment", build(&members(), false, b"packed by hand").bytes, false),
        ("a zip in the zip, stored: Django's wheel", with(std::slice::from_ref(&nested)), false),
        ("a zip in the zip, packed", with(&[Member { deflate: true, ..nested }]), false),
        ("descriptors", described(Descriptor::Plain), false),
        ("descriptors with a signature", described(Descriptor::Signed), false),
        ("descriptors of zip64", described(Descriptor::Wide), false),
        ("extra fields", local(b"\x99\x99\x02\0ab"), false),
        ("two archives, one behind the other", [&plain[..], &plain].concat(), true),
        ("an end record in the comment", build(&members(), false, &plain[plain.len() - 22..]).bytes, true),
        ("bytes behind the end", [&plain[..], b"x"].concat(), true),
        ("bytes before the start", [b"#!/bin/sh\n", &plain[..]].concat(), true),
        ("a comment longer than the file", changed(|a| a.put(a.end + 20, &[9, 0])), true),
        ("more members than listed", changed(|a| a.put(a.end + 8, &[2, 0, 2, 0])), true),
        ("fewer members than listed", changed(|a| a.put(a.end + 8, &[4, 0, 4, 0])), true),
        ("two disks", changed(|a| a.put(a.end + 4, &[1, 0])), true),
        ("the directory elsewhere", changed(|a| a.put(a.end + 16, &[0])), true),
        ("another name in the local header", changed(|a| a.put(a.headers[0] + 30, b"S")), true),
        ("another size in the local header", changed(|a| a.put(a.headers[0] + 22, &[9])), true),
        ("another method in the local header", changed(|a| a.put(a.headers[0] + 8, &[0])), true),
        ("another checksum", changed(|a| a.put_both(0, 16, 14, &[1, 2, 3, 4])), true),
        ("two members on one place", changed(|a| a.put(a.entries[1] + 42, &[0; 4])), true),
        ("encrypted by its flag", changed(|a| a.put_both(0, 8, 6, &[1])), true),
        ("packed by bzip2", changed(|a| a.put_both(0, 10, 8, &[12])), true),
        ("a Unicode path field, in the directory", central(b"\x75\x70\x06\0\x01\0\0\0\0y"), true),
        ("a Unicode path field, in the local header", local(b"\x75\x70\x06\0\x01\0\0\0\0y"), true),
        ("an extra field over its end", central(b"\x01\0\xff\0"), true),
        ("the same name twice", one("six.py"), true),
        ("the same name in another case", one("SIX.PY"), true),
        ("the same name by another path", one("./six.py"), true),
        ("the same name with a dot behind it", one("six.py."), true),
        ("a file beneath a file", one("six.py/x"), true),
        ("upwards", one("../x"), true),
        ("upwards from within", one("a/../../x"), true),
        ("absolute", one("/x"), true),
        ("a drive", one("C:x"), true),
        ("a backslash", one("a\\x"), true),
        ("NUL in the name", one("x.py\0.txt"), true),
        ("a line feed in the name", one("x\ny"), true),
        ("a mark that turns the direction", one("a\u{202e}yp.exe"), true),
        ("no name", one(""), true),
        ("a folder with content", one("folder/"), true),
    ]
}

fn tars() -> Vec<(&'static str, Vec<u8>, bool)> {
    let file = |name: &str| entry(name.as_bytes(), b'0', b"x");
    let one = |parts: &[Vec<u8>]| sdist(parts);
    let plain = sdist(&[file("p/a")]);
    let mut wrong = header(b"p/a", b'0', 0);
    wrong[0] = b'q';
    let mut prefixed = header(b"a", b'0', 0);
    prefixed[257..265].copy_from_slice(b"ustar  \0");
    prefixed[345] = b'p';
    sum(&mut prefixed);
    let timeless = |at: usize, text: &[u8]| {
        let mut block = header(b"p/b", b'0', 0);
        block[at..at + text.len()].copy_from_slice(text);
        sum(&mut block);
        sdist(&[file("p/a"), block, file("p/c")])
    };
    vec![
        ("plain", plain.clone(), false),
        ("a time before 1970", timeless(136, &[0xff; 12]), false),
        ("a time that is no number: CPython ends there", timeless(136, b"now"), true),
        ("an owner that is no number: CPython ends there", timeless(108, b"root"), true),
        ("a device that is no number: CPython ends there", timeless(329, b"x"), true),
        ("a folder of its own", one(&[entry(b"p/", b'5', b""), file("p/a")]), false),
        ("the folder ./", one(&[entry(b"./", b'5', b""), file("./p/a")]), false),
        ("an old type", one(&[entry(b"p/a", b'\0', b"x"), entry(b"q/", b'\0', b"")]), false),
        ("a pax path", one(&[pax(b'x', &[("path", "p/long")]), file("short")]), false),
        ("a pax path and size", one(&[pax(b'x', &[("path", "p/b"), ("size", "1")]), file("a")]), false),
        ("a GNU long name", one(&[entry(b"L", b'L', b"p/longer\0"), file("a")]), false),
        ("a global comment", one(&[pax(b'g', &[("comment", "0123")]), file("p/a")]), false),
        ("a symbolic link", one(&[file("p/a"), link(b"p/b", b'2', b"a")]), false),
        ("a hard link", one(&[file("p/a"), link(b"p/b", b'1', b"p/a")]), false),
        ("the same name twice", one(&[file("p/a"), file("p/a")]), true),
        ("the same name in another case", one(&[file("p/a"), file("p/A")]), true),
        ("the same name in another Unicode form", one(&[file("p/\u{e9}"), file("p/e\u{301}")]), true),
        ("two pax paths", one(&[pax(b'x', &[("path", "b"), ("path", "c")]), file("a")]), true),
        (
            "a pax path and a GNU long name",
            { one(&[pax(b'x', &[("path", "b")]), entry(b"L", b'L', b"c\0"), file("a")]) },
            true,
        ),
        ("a pax size unlike the header's", one(&[pax(b'x', &[("size", "512")]), file("a"), file("b")]), true),
        ("a path for all", one(&[pax(b'g', &[("path", "b")]), file("a"), file("c")]), true),
        ("a pax record without a key", one(&[pax(b'x', &[("", "v"), ("path", "b")]), file("a")]), true),
        ("a pax record over its end", one(&[entry(b"x", b'x', b"99 path=b\n"), file("a")]), true),
        (
            "an old type, a slash in the pax path alone",
            { one(&[pax(b'x', &[("path", "b/")]), entry(b"a", b'\0', b"")]) },
            true,
        ),
        (
            "an old type, a slash in the header alone",
            { one(&[pax(b'x', &[("path", "b")]), entry(b"a/", b'\0', b"")]) },
            true,
        ),
        ("a GNU sparse file", one(&[entry(b"a", b'S', b"x")]), true),
        ("a pax sparse file", one(&[pax(b'x', &[("GNU.sparse.name", "b")]), file("a")]), true),
        ("another character set", one(&[pax(b'x', &[("hdrcharset", "BINARY")]), file("a")]), true),
        ("a file named as a folder", one(&[entry(b"p/", b'0', b"x")]), true),
        ("a folder with data", one(&[entry(b"p", b'5', b"x")]), true),
        ("a link with data", one(&[file("p"), entry(b"q", b'2', b"x")]), true),
        ("a symbolic link upwards", one(&[link(b"p/b", b'2', b"../../x")]), true),
        ("an absolute symbolic link", one(&[link(b"p/b", b'2', b"/etc/passwd")]), true),
        ("a file through a link", one(&[link(b"p", b'2', b"q"), file("p/a")]), true),
        ("a hard link to what is not there", one(&[link(b"p/b", b'1', b"p/a")]), true),
        ("a hard link to what comes later", one(&[link(b"p/b", b'1', b"p/a"), file("p/a")]), true),
        ("a device", one(&[entry(b"p", b'3', b"")]), true),
        ("a pipe", one(&[entry(b"p", b'6', b"")]), true),
        ("an unknown type", one(&[entry(b"p", b'V', b"")]), true),
        ("upwards", one(&[file("../a")]), true),
        ("absolute", one(&[file("/a")]), true),
        ("a wrong checksum", one(&[file("b"), wrong]), true),
        ("a GNU header with a prefix", one(&[prefixed]), true),
        (
            "entries behind the end",
            gzip(&[file("p/a"), vec![0; 1024], file("p/b"), vec![0; 1024]].concat()),
            true,
        ),
        ("no end", gzip(&file("p/a")), true),
        ("cut off", gzip(&[file("p/a"), file("p/b")].concat()[..1100]), true),
        ("a second stream", [&plain[..], &plain].concat(), true),
        ("bytes behind the stream", [&plain[..], b"x"].concat(), true),
    ]
}

#[test]
fn tricks_are_refused_and_the_rest_is_read_as_python_reads_it() {
    let mut compared = Vec::new();
    for (corpus, format) in [(zips(), ArchiveFormat::Zip), (tars(), ArchiveFormat::TarGz)] {
        for (name, bytes, refused) in corpus {
            assert_eq!(ours(&bytes, format).is_none(), refused, "{format:?}: {name}");
            compared.push((name.to_owned(), bytes, format));
        }
    }
    if let Some(count) = agree(&compared, false) {
        assert_eq!(count, 20, "the well made ones");
    }
}

/// The same numbers on every machine (xorshift64*).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit.max(1)
    }
}

/// Changes single bytes, the numbers that stand in formats first, and moves, doubles and takes out runs of them.
fn damage(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    for _ in 0..=numbers.below(3) {
        if bytes.is_empty() {
            return;
        }
        let at = numbers.below(bytes.len());
        match numbers.below(8) {
            0 => bytes[at] = 0,
            1 => bytes[at] = 0xff,
            2 => bytes[at] ^= 1 << numbers.below(8),
            3 => bytes[at] = b"/.07x5\0 \xe9A"[numbers.below(10)],
            4 => bytes[at] = bytes[at].wrapping_add(1),
            5 => {
                let end = (at + 1 + numbers.below(600)).min(bytes.len());
                bytes.drain(at..end);
            }
            6 => {
                let end = (at + 1 + numbers.below(600)).min(bytes.len());
                let run = bytes[at..end].to_vec();
                let to = numbers.below(bytes.len());
                bytes.splice(to..to, run);
            }
            _ => {
                let from = numbers.below(bytes.len());
                let end = (from + 4).min(bytes.len());
                let run = bytes[from..end].to_vec();
                for (place, byte) in bytes[at..].iter_mut().zip(run) {
                    *place = byte;
                }
            }
        }
    }
}

#[test]
fn damaged_archives_are_refused_or_read_as_python_reads_them() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut archives = Vec::new();
    let stored: Vec<Member> = members().into_iter().map(|m| Member { deflate: false, ..m }).collect();
    let seeds = [build(&members(), false, b"").bytes, build(&stored, true, b"c").bytes, {
        let all: Vec<Member> =
            stored.iter().map(|m| Member { descriptor: Descriptor::Signed, ..m.clone() }).collect();
        build(&all, false, b"").bytes
    }];
    for turn in 0..1_500 {
        let mut bytes = seeds[turn % seeds.len()].clone();
        damage(&mut bytes, &mut numbers);
        archives.push((format!("zip {turn}"), bytes, ArchiveFormat::Zip));
    }
    let plain = [
        pax(b'g', &[("comment", "x")]),
        pax(b'x', &[("path", "p/long"), ("size", "1")]),
        entry(b"a", b'0', b"x"),
        entry(b"L", b'L', b"p/longer\0"),
        entry(b"a", b'\0', b"yyy"),
        link(b"p/link", b'2', b"long"),
        link(b"p/hard", b'1', b"p/long"),
        entry(b"q/", b'5', b""),
        entry(b"q/z", b'0', b"zzz"),
        vec![0; 1024],
    ]
    .concat();
    for turn in 0..1_500 {
        let mut bytes = plain.clone();
        damage(&mut bytes, &mut numbers);
        // Most damage ends at a checksum: half of the headers get a right one again.
        if turn % 2 == 0 {
            let blocks = bytes.len() / 512;
            for block in 0..blocks {
                let block = &mut bytes[block * 512..(block + 1) * 512];
                if block[257..262] == *b"ustar" {
                    sum(block);
                }
            }
        }
        archives.push((format!("tar {turn}"), gzip(&bytes), ArchiveFormat::TarGz));
    }
    if let Some(count) = agree(&archives, true) {
        assert!(count > 50, "{count} of {} are read alike: the damage is too rough", archives.len());
    }
}
