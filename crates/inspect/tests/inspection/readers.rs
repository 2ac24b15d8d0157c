//! Start-up files, pickles, machine code, nested archives, sources that cannot be read.

use std::io::Write as _;

use packhouse_inspect::{Baseline, Class, Contents, Limits, Rules, Verdict, inspect};

use crate::{alone, expect, expect_pass, finding, listed, new, wheel};

#[test]
fn startup_files_are_high() {
    let report = alone(&wheel(&[("p.pth", "import base64; exec(base64.b64decode('cHJpbnQ='))\n")]));
    expect(&report, "S10", Class::High);
    expect(&report, "S04", Class::Block);
    expect(&alone(&wheel(&[("p.pth", "import p.start\n")])), "S10", Class::High);
    expect(&alone(&wheel(&[("p.pth", "/somewhere\n")])), "S10", Class::High);
    expect(&alone(&wheel(&[("sitecustomize.py", "x = 1\n")])), "S10", Class::High);
    expect(&alone(&wheel(&[("p-1.data/purelib/usercustomize.py", "x = 1\n")])), "S10", Class::High);
    // Deeper in, Python does not look; a network's weights have the same ending.
    expect_pass(&alone(&wheel(&[("p/sub/sitecustomize.py", "x = 1\n")])));
    expect_pass(&alone(&wheel(&[("p/models/weights.pth", &b"\x00\x01\x02"[..])])));
}

/// As setuptools wrote them for zope, and for google.cloud; with one word more they are lines like any other.
#[test]
fn declared_namespaces_inform() {
    let older = "import sys, types, os;has_mfs = sys.version_info > (3, 5);p = os.path.join(sys._getframe(1).f_locals['sitedir'], *('zope',));importlib = has_mfs and __import__('importlib.util');has_mfs and __import__('importlib.machinery');m = has_mfs and sys.modules.setdefault('zope', importlib.util.module_from_spec(importlib.machinery.PathFinder.find_spec('zope', [os.path.dirname(p)])));m = m or sys.modules.setdefault('zope', types.ModuleType('zope'));mp = (m or []) and m.__dict__.setdefault('__path__',[]);(p not in mp) and mp.append(p)\n";
    let nested = "import sys, types, os;p = os.path.join(sys._getframe(1).f_locals['sitedir'], *('google', 'cloud'));importlib = __import__('importlib.util');__import__('importlib.machinery');m = sys.modules.setdefault('google.cloud', importlib.util.module_from_spec(importlib.machinery.PathFinder.find_spec('google.cloud', [os.path.dirname(p)])));m = m or sys.modules.setdefault('google.cloud', types.ModuleType('google.cloud'));mp = (m or []) and m.__dict__.setdefault('__path__',[]);(p not in mp) and mp.append(p);m and setattr(sys.modules['google'], 'cloud', m)\n";
    let declared = "p-1-py3.12-nspkg.pth";
    for line in [older, nested] {
        expect(&alone(&wheel(&[(declared, line)])), "S10", Class::Info);
        expect(&alone(&wheel(&[("p.pth", line)])), "S10", Class::High);
        let more = line.replace("mp.append(p)", "mp.append(p);import p.start");
        expect(&alone(&wheel(&[(declared, more)])), "S10", Class::High);
        let other = line.replace("'importlib.util'", "'p.start'");
        expect(&alone(&wheel(&[(declared, other)])), "S10", Class::High);
    }
}

/// A pickle of protocol 4 that calls `module.name` with a text.
fn pickle(module: &str, name: &str) -> Vec<u8> {
    let text = |text: &str| [&[0x8c, text.len() as u8], text.as_bytes()].concat();
    [&b"\x80\x04"[..], &text(module), &text(name), b"\x93", &text("inert"), b"\x85R."].concat()
}

#[test]
fn pickles_are_read_by_opcodes() {
    for (bytes, class) in [
        (pickle("os", "system"), Some(Class::Block)),
        (pickle("builtins", "eval"), Some(Class::Block)),
        (pickle("p.module", "Thing"), Some(Class::High)),
        (pickle("collections", "OrderedDict"), None),
        (b"cos\nsystem\n(S'inert'\ntR.".to_vec(), Some(Class::Block)),
        (b"(S'inert'\nios\nsystem\n.".to_vec(), Some(Class::Block)),
        (b"\x80\x02}q\x00.".to_vec(), None),
        // The memo in another order than that of writing.
        (
            b"\x80\x04\x8c\x02osq\x01\x8c\x06systemq\x00\x8c\x0bcollectionsq\x05h\x01h\x00\x93.".to_vec(),
            Some(Class::Block),
        ),
        // Harmless names above a mark that is popped with them.
        (
            b"\x80\x04\x8c\x02os\x8c\x06system(\x8c\x0bcollections\x8c\x0bOrderedDict\x8c\x01x1\x93."
                .to_vec(),
            Some(Class::Block),
        ),
        (
            b"\x80\x04\x8c\x02os\x8c\x06system](\x8c\x0bcollections\x8c\x0bOrderedDict\x8c\x01xe0\x93."
                .to_vec(),
            Some(Class::Block),
        ),
        // A second one behind the first.
        ([&b"\x80\x02}."[..], &pickle("os", "system")].concat(), Some(Class::Block)),
        (b"\x82\x01.".to_vec(), Some(Class::High)),
    ] {
        let report = new(&wheel(&[("p/data.pkl", &bytes)]));
        let found =
            report.findings.iter().filter(|finding| finding.rule == "S27").map(|finding| finding.class).max();
        assert_eq!(found, class, "{}", bytes.escape_ascii());
    }
    expect(&new(&wheel(&[("p/data.bin", pickle("os", "system"))])), "S27", Class::Block);
    expect(&new(&wheel(&[("p/data.pkl", "no pickle")])), "S27", Class::Review);
}

/// The smallest ELF file that its reader takes: a header and nothing else.
fn elf() -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(16, 0);
    bytes.extend([3, 0, 62, 0, 1, 0, 0, 0]);
    bytes.resize(52, 0);
    bytes.extend([64, 0, 56, 0, 0, 0, 64, 0, 0, 0, 0, 0]);
    bytes
}

#[test]
fn machine_code_is_read_by_its_format() {
    let report = new(&wheel(&[("p/a.so", elf())]));
    expect(&report, "S19", Class::High);
    expect_pass(&alone(&wheel(&[("p/a.so", elf())])));
    expect(&new(&wheel(&[("p/logo.png", elf())])), "S19", Class::Block);
    expect(&new(&wheel(&[("p/a.txt", &b"PK\x03\x04 and more"[..])])), "S19", Class::High);
    expect(&new(&wheel(&[("p/a.pyc", &b"\xa7\r\r\n\0\0\0\0"[..])])), "S19", Class::High);
    // Cut off behind its magic number, it is no machine code, and nobody knows what it is.
    let damaged = alone(&wheel(&[("p/a.so", &b"\x7fELF"[..])]));
    expect(&damaged, "X01", Class::Review);
    assert_eq!(damaged.verdict, Verdict::Hold);
}

#[test]
fn the_same_machine_code_is_not_new() {
    let (old, mut next) = (elf(), elf());
    next.extend([0; 8]);
    let before = wheel(&[("p/a.so", old)]);
    let now = wheel(&[("p/a.so", next)]);
    let report = inspect(&now, &[(Baseline::PreviousRelease, &before)], &Rules::default());
    expect_pass(&report);
}

/// A zip file of stored members.
pub(crate) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        common.extend(crc.sum().to_le_bytes());
        common.extend((content.len() as u32).to_le_bytes());
        common.extend((content.len() as u32).to_le_bytes());
        common.extend((name.len() as u16).to_le_bytes());
        common.extend([0, 0]);
        directory.extend(b"PK\x01\x02\x14\x03");
        directory.extend(&common);
        directory.extend([0; 6]);
        directory.extend((0o100_644_u32 << 16).to_le_bytes());
        directory.extend((bytes.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&common);
        bytes.extend(name.as_bytes());
        bytes.extend(*content);
    }
    let start = bytes.len() as u32;
    let count = (files.len() as u16).to_le_bytes();
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count);
    bytes.extend(count);
    bytes.extend((directory.len() as u32).to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

#[test]
fn archives_in_archives_are_unpacked_twice() {
    let evil = b"import base64\nexec(base64.b64decode('cHJpbnQ='))\n";
    let one = zip(&[("a.py", evil)]);
    let report = new(&wheel(&[("p/data.zip", &one)]));
    expect(&report, "S04", Class::Block);
    assert_eq!(finding(&report, "S04").path, "p/data.zip!/a.py");
    let two = zip(&[("one.zip", &one)]);
    let report = new(&wheel(&[("p/data.bin", &two)]));
    assert_eq!(finding(&report, "S04").path, "p/data.bin!/one.zip!/a.py");
    let three = zip(&[("two.zip", &two)]);
    let report = new(&wheel(&[("p/data.zip", &three)]));
    expect(&report, "X02", Class::Review);
    assert!(report.verdict >= Verdict::Hold);
    let damaged = new(&wheel(&[("p/data.zip", &one[..one.len() - 4])]));
    expect(&damaged, "X01", Class::Review);
    expect(&new(&wheel(&[("p/a.bin", &b"7z\xbc\xaf\x27\x1c"[..])])), "X01", Class::Review);
}

#[test]
fn sources_that_cannot_be_read_hold() {
    for source in
        [&b"print 'two'\n"[..], b"x = '\xff'\n", b"# coding: utf-7\nx = 1\n", b"def f(:\n", b"x = 1\n\0"]
    {
        let report = new(&wheel(&[("p/a.py", source)]));
        expect(&report, "X01", Class::Review);
        assert_eq!(report.verdict, Verdict::Hold, "{}", listed(&report));
        // Nobody imports it from tests.
        expect_pass(&new(&wheel(&[("p/tests/a.py", source)])));
        // What was there before and did not change was seen before.
        let same = wheel(&[("p/a.py", source)]);
        expect_pass(&inspect(&same, &[(Baseline::LastReviewed, &same)], &Rules::default()));
    }
    expect_pass(&new(&wheel(&[("p/a.py", b"# coding: latin-1\nx = '\xff'\n")])));
    expect_pass(&new(&wheel(&[("p/a.py", "\u{feff}x = 1\n")])));
}

#[test]
fn deep_nesting_holds() {
    let deep = 100_000;
    for source in [
        format!("x = {}1{}", "(".repeat(deep), ")".repeat(deep)),
        format!("x = {}1{}", "[".repeat(deep), "]".repeat(deep)),
        format!("x = {}1", "-".repeat(deep)),
        format!("x = {}1", "not ".repeat(deep)),
        format!("x = 1{}", "+1".repeat(deep)),
        format!("x = 1{}", "**1".repeat(deep)),
        format!("x = a{}", ".a".repeat(deep)),
        format!("x = a{}", "()".repeat(deep)),
        format!("x = a{}", "[0]".repeat(deep)),
        format!("x = {}1", "lambda: ".repeat(deep)),
        format!("x = {}1", "lambda a, b: ".repeat(deep)),
        format!("x = {}1", "1 if 1 else ".repeat(deep)),
        format!("x = {}1", "f(".repeat(deep)),
        format!("x = {}1{}", "f\"{".repeat(deep), "}\"".repeat(deep)),
        (0..deep / 50).map(|n| [&" ".repeat(n), "if 1:\n"].concat()).collect(),
    ] {
        let report = new(&wheel(&[("p/a.py", source.as_bytes())]));
        assert!(report.verdict >= Verdict::Hold, "{}", &source[..40]);
        assert!(report.findings.iter().any(|finding| finding.rule.starts_with('X')), "{}", listed(&report));
    }
    // As deep as is allowed, on the stack of a test.
    let most = Limits::default().nesting - 10;
    for source in [
        format!("x = {}1{}", "(".repeat(most), ")".repeat(most)),
        format!("x = a{}", ".a".repeat(most)),
        format!("x = a{}", "()".repeat(most)),
        format!("x = {}1", "-".repeat(most)),
        format!("x = {}1", "lambda: ".repeat(most)),
        format!("x = 'a'{}", "+'a'".repeat(most)),
    ] {
        let report = new(&wheel(&[("p/a.py", source.as_bytes())]));
        assert!(!report.findings.iter().any(|finding| finding.rule.starts_with('X')), "{}", listed(&report));
    }
    // Long is not deep.
    expect_pass(&new(&wheel(&[("p/a.py", format!("x = [\n{}]", "f(1, -2),\n".repeat(20_000)))])));
}

#[test]
fn limits_hold() {
    let small = |limits: Limits| Rules { limits, ..Rules::default() };
    let code = "x = [1, 2, 3]\n".repeat(200);
    let contents = wheel(&[("p/a.py", code.as_bytes())]);
    for rules in [
        small(Limits { python: 100, ..Limits::default() }),
        small(Limits { text: 100, ..Limits::default() }),
        small(Limits { steps: 100, ..Limits::default() }),
        small(Limits { nesting: 0, ..Limits::default() }),
    ] {
        let report = inspect(&contents, &[], &rules);
        assert_eq!(report.verdict, Verdict::Hold, "{}", listed(&report));
    }
    expect_pass(&alone(&contents));
}

#[test]
fn the_rule_set_has_a_hash() {
    let usual = Rules::default();
    let mut other = usual.clone();
    assert_eq!(usual.hash(), other.hash());
    other.off.insert("S22".to_owned());
    assert_ne!(usual.hash(), other.hash());
    let limits = Rules { limits: Limits { steps: 1, ..Limits::default() }, ..Rules::default() };
    assert_ne!(usual.hash(), limits.hash());
    let contents = wheel(&[("p/a.py", "URL = 'https://webhook.site/inert'")]);
    expect_pass(&inspect(&contents, &[], &other));
    assert_eq!(alone(&contents).verdict, Verdict::Hold);
    assert_eq!(alone(&contents).rule_set, usual.hash());
    // The ids stay unique, and those of holds cannot be switched off.
    let ids: std::collections::BTreeSet<_> = Rules::list().iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), Rules::list().len());
    let off = Rules { off: ids.iter().map(ToString::to_string).collect(), ..Rules::default() };
    let report = inspect(&wheel(&[("p/a.py", "def f(:")]), &[], &off);
    assert_eq!(report.verdict, Verdict::Hold);
}

#[test]
fn a_real_archive_is_read() {
    let bytes = zip(&[
        ("p/__init__.py", b"x = 1\n"),
        ("p-1.dist-info/METADATA", b"Metadata-Version: 2.1\nName: p\nVersion: 1\n"),
        (
            "p-1.dist-info/RECORD",
            b"p/__init__.py,sha256=nia_NpkRxFwkPGhBR7I_yeHc_PJX0pmhxjIBam_NM_Q,6\n\
              p-1.dist-info/METADATA,sha256=C24-6Ej4Fq7EKHE-N_K9_iw7bWzaGvkh3YPAL70TMeg,41\np-1.dist-info/RECORD,,\n",
        ),
    ]);
    let contents =
        Contents::read(&bytes, "p-1-py3-none-any.whl", &packhouse_archive::UnpackLimits::default()).unwrap();
    assert_eq!(contents.len(), 3);
    expect_pass(&alone(&contents));
    let mut gap = bytes.clone();
    gap.write_all(b"more").unwrap();
    let error = Contents::read(&gap, "p-1-py3-none-any.whl", &packhouse_archive::UnpackLimits::default())
        .unwrap_err();
    let report = packhouse_inspect::Report::refused(&error, &Rules::default());
    assert_eq!(report.verdict, Verdict::Block);
    let error = Contents::read(&bytes, "p-1.egg", &packhouse_archive::UnpackLimits::default()).unwrap_err();
    assert_eq!(packhouse_inspect::Report::refused(&error, &Rules::default()).verdict, Verdict::Hold);
}
