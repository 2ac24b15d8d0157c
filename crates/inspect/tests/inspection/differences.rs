//! What is new in the difference counts, what was there informs.

use packhouse_inspect::{Baseline, Class, Contents, Report, Rules, Verdict, inspect};

use crate::{expect, expect_pass, finding, listed, weighing, wheel};

fn against(now: &Contents, baseline: Baseline, before: &Contents) -> Report {
    inspect(now, &[(baseline, before)], &Rules::default())
}

const EVIL: &str = "import base64\nexec(base64.b64decode('cHJpbnQ='))\n";

#[test]
fn what_was_there_informs() {
    let before = wheel(&[("p/a.py", EVIL)]);
    // Moved down, with something else around it: still the same.
    let now = wheel(&[("p/a.py", &format!("import os\n\n\n{EVIL}y = 2\n"))]);
    let report = against(&now, Baseline::PreviousRelease, &before);
    expect_pass(&report);
    let found = finding(&report, "S04");
    assert_eq!((found.class, found.rule_class, found.new), (Class::Info, Class::Block, false));
    assert!(found.absent_from.is_empty());
    // Another payload in the same call is new.
    let other = wheel(&[("p/a.py", EVIL.replace("cHJpbnQ=", "aW5lcnQ="))]);
    expect(&against(&other, Baseline::PreviousRelease, &before), "S04", Class::Block);
    // The same a second time is new once.
    let twice = wheel(&[("p/a.py", &format!("{EVIL}\n{EVIL}"))]);
    let report = against(&twice, Baseline::PreviousRelease, &before);
    expect(&report, "S04", Class::Block);
    assert_eq!(report.findings.iter().filter(|f| f.rule == "S04" && f.new).count(), 1, "{}", listed(&report));
}

#[test]
fn the_same_bytes_say_in_each_place_what_they_say_in_one() {
    let code = [
        "x = 1\n",
        EVIL,
        "import socket\ndef f():\n    return socket.create_connection(('a.invalid', 1))\n",
        "import subprocess\ndef f(x):\n    return subprocess.run(x)\n",
        "import os\nenv = os.environ\n",
        "def f(:\n",
        "y = 'ab' '\\x2eonion/'\n",
    ];
    for code in code {
        let before = wheel(&[("p/__init__.py", "x = 1\n")]);
        let of = |report: Report, path: &str| -> Vec<(String, Class, String)> {
            let found =
                report.findings.into_iter().filter(|found| found.path == path || found.path.is_empty());
            found.map(|found| (found.rule.into_owned(), found.class, found.message)).collect()
        };
        // In tests it weighs less, and they come first.
        let once = wheel(&[("p/b.py", code)]);
        let twice = wheel(&[("p/a/tests/b.py", code), ("p/b.py", code), ("p/c.py", code)]);
        let once = of(against(&once, Baseline::PreviousRelease, &before), "p/b.py");
        let report = against(&twice, Baseline::PreviousRelease, &before);
        assert_eq!(of(report.clone(), "p/b.py"), once, "{code}");
        let c = of(report, "p/c.py");
        assert_eq!(c.is_empty(), once.is_empty(), "{code}");
    }
}

#[test]
fn the_reviewed_release_counts_before_the_previous_one() {
    let (clean, evil) = (wheel(&[("p/a.py", "x = 1\n")]), wheel(&[("p/a.py", EVIL)]));
    let both = [(Baseline::PreviousRelease, &evil), (Baseline::LastReviewed, &clean)];
    let report = inspect(&evil, &both, &Rules::default());
    expect(&report, "S04", Class::Block);
    assert_eq!(finding(&report, "S04").absent_from, [Baseline::LastReviewed]);
    let both = [(Baseline::PreviousRelease, &clean), (Baseline::LastReviewed, &evil)];
    expect_pass(&inspect(&evil, &both, &Rules::default()));
}

#[test]
fn a_file_that_moved_is_the_same_unless_its_place_matters() {
    let before = wheel(&[("p/a.py", EVIL), ("p/start.py", "x = 1\n")]);
    expect_pass(&against(&wheel(&[("p/b.py", EVIL)]), Baseline::PreviousRelease, &before));
    let now = wheel(&[("sitecustomize.py", "x = 1\n")]);
    expect(&against(&now, Baseline::PreviousRelease, &before), "S10", Class::High);
}

#[test]
fn other_files_of_the_release_excuse_nothing() {
    let now = wheel(&[("p/a.py", EVIL)]);
    let report = against(&now, Baseline::Sibling, &now);
    expect(&report, "S04", Class::Block);
}

#[test]
fn files_that_the_source_does_not_have() {
    let source =
        Contents::from_files([("src/p/a.py", "x = 1\n"), ("src/p/b.py", "y = 1\n"), ("pyproject.toml", "")]);
    let same = wheel(&[("p/a.py", "x = 1\n"), ("p/b.py", "y = 1\n"), ("p/_version.py", "v = '1'\n")]);
    expect_pass(&against(&same, Baseline::SourceTree, &source));
    let more = wheel(&[("p/a.py", "x = 1\n"), ("p/extra.py", "z = 1\n")]);
    let report = against(&more, Baseline::SourceTree, &source);
    expect(&report, "S14", Class::High);
    assert_eq!(finding(&report, "S14").path, "p/extra.py");
    let differs = wheel(&[("p/a.py", "x = 2\n")]);
    expect(&against(&differs, Baseline::SourceTree, &source), "S14", Class::Review);
    let sdist = Contents::from_files([("p-1/src/p/a.py", "x = 1\n"), ("p-1/PKG-INFO", "")]);
    expect(&against(&more, Baseline::Sibling, &sdist), "S14", Class::High);
    expect_pass(&against(&wheel(&[("p/a.py", "x = 1\n")]), Baseline::Sibling, &sdist));
}

#[test]
fn a_copy_of_another_project() {
    let code = |n: usize| {
        format!("def function_{n}():\n    return {n} + {n} + {n} + {n} + {n} + {n} + {n}\n# padding {n}\n")
    };
    let files: Vec<(String, String)> = (0..6).map(|n| (format!("p/m{n}.py"), code(n))).collect();
    let original = Contents::from_files(files.clone());
    let mut copied = files;
    copied[0].1 = "changed = 1\n".repeat(8);
    let report = against(&Contents::from_files(copied), Baseline::LookAlike, &original);
    expect(&report, "S29", Class::High);
    let other =
        wheel(&[("p/a.py", code(100)), ("p/b.py", code(101)), ("p/c.py", code(102)), ("p/d.py", code(103))]);
    expect_pass(&against(&other, Baseline::LookAlike, &original));
}

#[test]
fn requirements_and_entry_points() {
    let with = |more: &str| {
        let metadata = format!("Metadata-Version: 2.4\nName: p\nVersion: 1\n{more}\n\n");
        wheel(&[("p-1.dist-info/METADATA", metadata.as_str()), ("p/__init__.py", "x = 1\n")])
    };
    let before = with("Requires-Dist: a");
    let report = against(&with("Requires-Dist: a\nRequires-Dist: b"), Baseline::PreviousRelease, &before);
    expect_pass(&report);
    expect(&report, "S39", Class::Info);
    assert_eq!(finding(&report, "S39").message, "requires `b`, which is new");
    let direct = with("Requires-Dist: b @ git+https://a.invalid/b.git");
    expect(&against(&direct, Baseline::PreviousRelease, &before), "S18", Class::High);
    expect_pass(&against(&direct, Baseline::PreviousRelease, &direct));
    let broken = wheel(&[("p-1.dist-info/METADATA", &b"\xff\xfe"[..])]);
    assert!(against(&broken, Baseline::PreviousRelease, &before).verdict >= Verdict::Hold);
}

#[test]
fn install_time_code_that_is_new() {
    let sdist = |files: &[(&str, &str)]| {
        let info = ("p-1/PKG-INFO", "Metadata-Version: 2.1\nName: p\nVersion: 1\n");
        Contents::from_files(files.iter().copied().chain([info]))
    };
    let project =
        |back_end: &str| format!("[build-system]\nrequires = [\"x\"]\nbuild-backend = \"{back_end}\"\n");
    let plain = sdist(&[("p-1/pyproject.toml", &project("hatchling.build"))]);
    let check =
        |now: &Contents, class| expect(&against(now, Baseline::PreviousRelease, &plain), "S11", class);
    check(
        &sdist(&[
            ("p-1/pyproject.toml", &project("hatchling.build")),
            ("p-1/setup.py", "from setuptools import setup\nsetup()\n"),
        ]),
        Class::High,
    );
    check(&sdist(&[("p-1/pyproject.toml", &project("own_backend"))]), Class::High);
    check(
        &sdist(&[("p-1/pyproject.toml", &format!("{}backend-path = [\".\"]\n", project("hatchling.build")))]),
        Class::High,
    );
    check(&sdist(&[("p-1/package.json", "{\"scripts\": {\"postinstall\": \"node x.js\"}}")]), Class::High);
    check(&plain, Class::Info);
    expect_pass(&against(&plain, Baseline::PreviousRelease, &plain));
}

#[test]
fn growth() {
    let before = wheel(&[("p/a.py", "x = 1\n")]);
    let large = wheel(&[("p/a.py", "x = 1\n".as_bytes()), ("p/data.bin", &vec![0; 3 << 20])]);
    assert_eq!(weighing(&against(&large, Baseline::PreviousRelease, &before)), "S20 high");
    let language = wheel(&[("p/a.py", "x = 1\n"), ("p/a.js", "let x = 1\n")]);
    assert_eq!(weighing(&against(&language, Baseline::PreviousRelease, &before)), "S20 high");
    let more = wheel(&[("p/a.py", "x = 1\n"), ("p/b.py", "y = 1\n")]);
    expect_pass(&against(&more, Baseline::PreviousRelease, &before));
    // A bundle in a language that was there is called after its hash, and so always new.
    let code = |value: u8| format!("let x = {value};\n").repeat(200_000);
    for (ending, class) in [("js", Class::Review), ("py", Class::High)] {
        let bundle =
            |value: u8| wheel(&[(format!("p/chunk-{value}.{ending}").as_str(), code(value).as_str())]);
        expect(&against(&bundle(2), Baseline::PreviousRelease, &bundle(1)), "S20", class);
    }
}

#[test]
fn capabilities_that_are_new() {
    let before = wheel(&[("p/a.py", "import os\nos.system('x')\n"), ("p/b.py", "x = 1\n")]);
    let now = wheel(&[
        ("p/a.py", "import os\nos.system('x')\n"),
        ("p/b.py", "import requests\ndef f():\n    return requests.get('https://a.invalid')\n"),
    ]);
    let report = against(&now, Baseline::PreviousRelease, &before);
    let new: Vec<&str> =
        report.findings.iter().filter(|f| f.rule == "S38").map(|f| f.message.as_str()).collect();
    assert_eq!(new, ["uses the network, which it did not use before"]);
    expect_pass(&report);
}

#[test]
fn one_more_library_is_a_look_and_a_program_is_more() {
    let library = b"\xca\xfe\xba\xbe\0\0\0\x02".as_slice();
    let before = wheel(&[("p/libp.25.dylib", library)]);
    for (path, class) in [("p/libp.26.dylib", Class::Review), ("p/bin/helper", Class::High)] {
        let now = wheel(&[("p/libp.25.dylib", library), (path, b"\xca\xfe\xba\xbe\0\0\0\x03".as_slice())]);
        expect(&against(&now, Baseline::PreviousRelease, &before), "S19", class);
    }
    // The first of all is said of the release.
    let none = wheel(&[("p/x.py", "x = 1\n")]);
    expect(&against(&before, Baseline::PreviousRelease, &none), "S19", Class::High);
}
