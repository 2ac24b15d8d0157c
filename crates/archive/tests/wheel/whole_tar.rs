//! Sdists: what is read, and one for each way to deceive or exhaust a reader.

use packhouse_archive::{ArchiveFormat, UnpackLimits};

use crate::tars::{entry, gzip, header, kind, link, listing, pax, sdist, sum};

fn read(archive: &[u8]) -> Result<Vec<String>, String> {
    listing(archive, ArchiveFormat::TarGz, &UnpackLimits::default()).map_err(|error| kind(&error))
}

#[track_caller]
fn refused(description: &str, archive: &[u8], expected: &str) {
    assert_eq!(read(archive), Err(expected.to_owned()), "{description}");
}

#[track_caller]
fn refused_parts(description: &str, parts: &[Vec<u8>], expected: &str) {
    refused(description, &sdist(parts), expected);
}

fn file(name: &str) -> Vec<u8> {
    entry(name.as_bytes(), b'0', b"x")
}

#[test]
fn reads_sdists() {
    let long = format!("p-1/{}/x.py", "d".repeat(120));
    let mut prefixed = header(b"name.py", b'0', 0);
    prefixed[345..348].copy_from_slice(b"p-1");
    sum(&mut prefixed);
    let mut script = entry(b"p-1/run", b'0', b"#!");
    script[100..108].copy_from_slice(b"0000755\0");
    sum(&mut script);
    for (description, parts, expected) in [
        ("empty", vec![], vec![]),
        ("files and folders", vec![entry(b"p-1/", b'5', b""), file("p-1/a")], vec!["p-1/", "p-1/a: x"]),
        ("the folder itself, and dots", vec![entry(b"./", b'5', b""), file("./p-1//a")], vec!["p-1/a: x"]),
        (
            "a folder named twice",
            vec![entry(b"p", b'5', b""), file("p/a"), entry(b"p/", b'5', b"")],
            vec!["p/", "p/a: x", "p/"],
        ),
        ("a folder of old", vec![entry(b"p/", 0, b"")], vec!["p/"]),
        ("a file of old", vec![entry(b"p", 0, b"x")], vec!["p: x"]),
        ("a prefix", vec![prefixed], vec!["p-1/name.py: "]),
        ("a mode", vec![script], vec!["p-1/run*: #!"]),
        (
            "a long path, pax",
            vec![pax(b'x', &[("path", &long), ("mtime", "1.5")]), file("cut")],
            vec![&*format!("{long}: x")],
        ),
        (
            "a long path, GNU",
            vec![entry(b"././@LongLink", b'L', format!("{long}\0").as_bytes()), file("c")],
            vec![&*format!("{long}: x")],
        ),
        ("a commit", vec![pax(b'g', &[("comment", "0123abc")]), file("a")], vec!["a: x"]),
        ("the same size twice", vec![pax(b'x', &[("size", "1")]), file("a")], vec!["a: x"]),
        (
            "links",
            vec![file("p/a"), link(b"p/b", b'2', b"../p/a"), link(b"p/c", b'1', b"./p/a")],
            vec!["p/a: x", "p/b -> ../p/a", "p/c = p/a"],
        ),
        ("folders that differ in case", vec![file("P/a"), file("p/b")], vec!["P/a: x", "p/b: x"]),
    ] {
        assert_eq!(
            read(&sdist(&parts)),
            Ok(expected.into_iter().map(str::to_owned).collect()),
            "{description}"
        );
    }
    let blocks = gzip(&[file("a"), vec![0; 10240]].concat());
    assert_eq!(read(&blocks), Ok(vec!["a: x".to_owned()]));
    assert_eq!(read(&[&blocks[..], &[0; 300]].concat()), Ok(vec!["a: x".to_owned()]), "padding after gzip");
}

#[test]
fn formats() {
    for (filename, expected) in [
        ("a-1-py3-none-any.whl", Some(ArchiveFormat::Zip)),
        ("a-1.zip", Some(ArchiveFormat::Zip)),
        ("a-1.tar.gz", Some(ArchiveFormat::TarGz)),
        ("a-1.tgz", Some(ArchiveFormat::TarGz)),
        ("a-1.tar.bz2", None),
        ("a-1.tar.xz", None),
        ("a-1.egg", None),
        ("a-1.ZIP", None),
        ("", None),
    ] {
        assert_eq!(ArchiveFormat::of(filename).ok(), expected, "{filename}");
    }
}

#[test]
fn streams() {
    let good = sdist(&[file("a")]);
    refused("empty", b"", "Gzip");
    refused("no gzip", b"PK\x03\x04", "Gzip");
    refused("truncated", &good[..good.len() - 9], "Gzip");
    refused("a wrong checksum", &[&good[..good.len() - 8], &[0; 8]].concat(), "Gzip");
    refused("a second stream", &[&good[..], &good].concat(), "BytesAfterGzip");
    refused("bytes appended", &[&good[..], b"x"].concat(), "BytesAfterGzip");
    refused("no end", &gzip(&file("a")), "Truncated");
    refused("nothing in it", &gzip(b""), "Truncated");
    refused("half a header", &gzip(&file("a")[..100]), "Truncated");
    refused("half a file", &gzip(&entry(b"a", b'0', &[1; 600])[..800]), "Truncated");
    refused(
        "a tar file after the end",
        &gzip(&[file("a"), vec![0; 1024], file("b")].concat()),
        "BytesAfterEnd",
    );
    refused("after one zero block", &gzip(&[file("a"), vec![0; 512], file("b")].concat()), "BytesAfterEnd");
}

#[test]
fn headers() {
    let mut damaged = file("a");
    damaged[0] = b'b';
    refused_parts("a wrong checksum", &[damaged], "Header");
    for (description, at, bytes) in [
        ("a size of letters", 124, &b"x"[..]),
        ("a negative size", 124, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
        ("a mode of letters", 100, b"x"),
    ] {
        let mut block = file("a");
        block[at..at + bytes.len()].copy_from_slice(bytes);
        sum(&mut block);
        refused_parts(description, &[block], "Header");
    }
    let mut gnu = file("a");
    gnu[257..265].copy_from_slice(b"ustar  \0");
    gnu[345..350].copy_from_slice(b"evil/");
    sum(&mut gnu);
    refused_parts("a prefix that only some readers see", &[gnu], "Header");
    let mut huge = file("a");
    huge[124..136].copy_from_slice(b"\x80\0\0\0\x7f\0\0\0\0\0\0\0");
    sum(&mut huge);
    refused_parts("a size beyond all limits", &[huge], "EntryTooLarge");
    for (name, kind) in
        [("device", b'3'), ("device", b'4'), ("pipe", b'6'), ("sparse", b'S'), ("other", b'V')]
    {
        refused_parts(name, &[header(b"a", kind, 0)], "Kind");
    }
    refused_parts("a folder with data", &[entry(b"a/", b'5', &file("b"))], "Contradiction");
    refused_parts("a link with data", &[entry(b"a", b'2', &file("b"))], "Contradiction");
    refused_parts("a file named as a folder", &[entry(b"a/", b'0', b"x")], "Contradiction");
    refused_parts("a file without a name", &[entry(b"", b'0', b"x")], "Path");
}

#[test]
fn extended_headers() {
    let inner = file("hidden.py");
    let mut smuggled = entry(b"a", b'0', &inner);
    smuggled[124..135].copy_from_slice(b"00000000000");
    sum(&mut smuggled);
    let size = inner.len().to_string();
    refused_parts("sizes that differ", &[pax(b'x', &[("size", &size)]), smuggled], "Extended");
    for (description, records) in [
        ("two paths", &[("path", "a"), ("path", "b")][..]),
        ("two sizes", &[("size", "1"), ("size", "1")]),
        ("a size of letters", &[("size", "+1")]),
        ("a negative size", &[("size", "-1")]),
        ("a sparse file", &[("GNU.sparse.name", "b")]),
        ("a character set", &[("hdrcharset", "BINARY")]),
    ] {
        refused_parts(description, &[pax(b'x', records), file("a")], "Extended");
    }
    refused_parts("a path for all", &[pax(b'g', &[("path", "b")]), file("a")], "Extended");
    refused_parts(
        "paths of two kinds",
        &[pax(b'x', &[("path", "a")]), entry(b"L", b'L', b"b\0"), file("c")],
        "Extended",
    );
    refused_parts("NUL in a long name", &[entry(b"L", b'L', b"a.py\0.txt\0"), file("a")], "Extended");
    refused_parts("NUL in a path", &[pax(b'x', &[("path", "a.py\0.txt")]), file("a")], "Path");
    for content in
        [&b"5 a\n"[..], b"x path=a\n", b"99 path=a\n", b"6 path", b"0 path=a\n", b" 9 path=a\n", b"9 path=ab"]
    {
        refused_parts("damaged records", &[entry(b"pax", b'x', content), file("a")], "Extended");
    }
    refused_parts("a long header", &[entry(b"pax", b'x', &vec![b'1'; 65 << 10]), file("a")], "Extended");
    refused_parts("for nothing", &[pax(b'x', &[("path", "a")])], "Truncated");
}

#[test]
fn paths() {
    for path in [
        "/etc/passwd",
        "../a",
        "a/../../b",
        "a/..",
        "..",
        "a\\b",
        "..\\a",
        "C:a",
        "c:/a",
        "a\nb",
        "a\x1b[31m",
        "a\x7f",
        "a\u{202e}txt.exe",
        "a\u{200b}",
        "\u{feff}a",
        "\u{85}",
        &"a".repeat(300),
        &format!("{}b", "a/".repeat(600)),
    ] {
        refused_parts(path, &[pax(b'x', &[("path", path)]), file("x")], "Path");
    }
    refused_parts("not UTF-8", &[entry(b"a\xff", b'0', b"")], "Path");
    for (first, second) in [
        ("a.py", "a.py"),
        ("a.py", "A.PY"),
        ("p/a.py", "P/a.py"),
        ("p/a.py", "./p//a.py"),
        ("\u{e9}.py", "e\u{301}.py"),
        ("\u{c9}.py", "\u{e9}.py"),
        ("stra\u{df}e", "STRASSE"),
        ("a.py", "a.py."),
        ("a.py", "a.py "),
        ("\u{212a}", "k"),
        ("a/b", "a"),
    ] {
        refused_parts(&format!("{first} {second}"), &[file(first), file(second)], "Duplicate");
    }
    refused_parts("a folder over a file", &[file("a"), entry(b"A/", b'5', b"")], "Duplicate");
    refused_parts("beneath a file", &[file("a"), file("a/b")], "Beneath");
    refused_parts("through a link", &[link(b"a", b'2', b"b"), file("a/b")], "Beneath");
    refused_parts("through a link, by case", &[link(b"a", b'2', b"b"), file("A/b")], "Beneath");
}

#[test]
fn links() {
    for target in ["/etc/passwd", "..", "../b", "x/../../b", "", "a\\b", "C:/x", "b\n"] {
        refused_parts(target, &[link(b"a", b'2', target.as_bytes())], "Link");
    }
    refused_parts("not UTF-8", &[link(b"a", b'2', b"\xff")], "Link");
    for target in ["b", "p", "p/a/", "P/A"] {
        let parts = [file("p/a"), link(b"q", b'1', target.as_bytes())];
        if target == "p/a/" {
            assert!(read(&sdist(&parts)).is_ok(), "a slash at the end of a hard link's target");
        } else {
            refused_parts(target, &parts, "Link");
        }
    }
    refused_parts("absolute", &[link(b"q", b'1', b"/etc/passwd")], "Path");
    refused_parts("to a link", &[file("p/a"), link(b"s", b'2', b"p/a"), link(b"q", b'1', b"s")], "Link");
}

#[test]
fn limits() {
    let base = UnpackLimits {
        entries: 3,
        total: 5000,
        entry: 3000,
        ratio: 100,
        ratio_free: 10_000,
        path: 40,
        ..UnpackLimits::default()
    };
    let check = |description: &str, parts: &[Vec<u8>], expected: Option<&str>| {
        let found = listing(&sdist(parts), ArchiveFormat::TarGz, &base).map_err(|error| kind(&error)).err();
        assert_eq!(found.as_deref(), expected, "{description}");
    };
    let noise: Vec<u8> = (0..3000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    check("at the limits", &[entry(b"a", b'0', &noise), entry(b"b", b'0', &noise[..2000]), file_of(0)], None);
    check("total", &[entry(b"a", b'0', &noise), entry(b"b", b'0', &noise[..2001])], Some("TooLarge"));
    check("entry", &[entry(b"a", b'0', &[&noise[..], b"x"].concat())], Some("EntryTooLarge"));
    check("entries", &[file("a"), file("b"), file("c"), file("d")], Some("TooManyEntries"));
    check("folders", &[file("a/b/c/d/e/f/g/h")], Some("TooManyFolders"));
    check("path", &[file(&"a/".repeat(20))], Some("Contradiction"));
    check("path", &[file(&format!("{}b", "a/".repeat(20)))], Some("Path"));
    let globals: Vec<Vec<u8>> = (0..20).map(|_| pax(b'g', &[("comment", "x")])).collect();
    check("headers without entries", &globals, Some("TooManyEntries"));
    let bomb = gzip(&[file("a"), vec![0; 1 << 20]].concat());
    let found = listing(&bomb, ArchiveFormat::TarGz, &base).map_err(|error| kind(&error));
    assert_eq!(found, Err("TooLarge".to_owned()), "zeros after the end");
    let bomb = gzip(&entry(b"a", b'0', &vec![0; 9 << 20]));
    assert_eq!(read(&bomb), Err("Ratio".to_owned()));
}

fn file_of(size: usize) -> Vec<u8> {
    entry(b"c", b'0', &vec![0; size])
}
