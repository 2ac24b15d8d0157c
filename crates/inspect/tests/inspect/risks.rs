//! Risk classes and their reasons.

use packhouse_inspect::{Assessment, Release, RiskFacts, assess, compare, review_order};

use crate::{release, wheel};

fn judged(old: &Release, new: &Release) -> Assessment {
    assess(old, new, &compare(old, new), &RiskFacts::default())
}

/// The class and the reasons, one below the other.
#[track_caller]
fn check(old: &Release, new: &Release, class: &str, reasons: &[&str]) {
    let found = judged(old, new);
    let texts: Vec<String> = found.reasons.iter().map(ToString::to_string).collect();
    assert_eq!(
        (found.class.word(), &texts[..]),
        (class, &reasons.iter().map(ToString::to_string).collect::<Vec<_>>()[..])
    );
}

#[test]
fn metadata_and_documentation() {
    let old = wheel("1", "Summary: a\nRequires-Dist: a\nRequires-Dist: b\nLicense: MIT\n", &[]);
    let same = "Summary: a\nRequires-Dist: a\nRequires-Dist: b\nLicense: MIT\n";
    check(&old, &wheel("2", same, &[]), "R0", &[]);
    check(&old, &wheel("2", same, &[("p/docs/x.md", "eval(x) is described here\n")]), "R0", &[]);
    check(&old, &wheel("2", &same.replace("Summary: a", "Summary: b"), &[]), "R0", &[]);
    check(
        &old,
        &wheel("2", &same.replace("Dist: a", "Dist: a>1"), &[]),
        "R1",
        &["Requires-Dist: requires `a>1` instead of `a`"],
    );
    check(
        &old,
        &wheel("2", &same.replace("Requires-Dist: b\n", ""), &[]),
        "R1",
        &["Requires-Dist: no longer requires `b`"],
    );
    check(
        &old,
        &wheel("2", &(same.to_owned() + "Requires-Dist: c\n"), &[]),
        "R3",
        &["Requires-Dist: requires `c`, which is new"],
    );
    check(&old, &wheel("2", &same.replace("MIT", "GPL"), &[]), "R3", &["License: `GPL` instead of `MIT`"]);
    check(&old, &wheel("2", &(same.to_owned() + "Home-page: x\n"), &[]), "R2", &["Home-page: `x` is new"]);
    check(
        &old,
        &wheel("2", same, &[("p-2.dist-info/entry_points.txt", "[console_scripts]\np = p:m\n")]),
        "R3",
        &["entry_points.txt: the command `p` is new: `p:m`"],
    );
    check(
        &old,
        &release(&[("p/__init__.py", "x = 1\n"), ("p-2.dist-info/METADATA", "x")]),
        "R4",
        &[
            "Metadata-Version: the new metadata: the metadata has no `Name`",
            "License: `MIT` is gone",
            "Requires-Dist: no longer requires `a`",
            "Requires-Dist: no longer requires `b`",
        ],
    );
}

#[test]
fn code() {
    let old = wheel("1", "", &[]);
    for (path, content, class, reasons) in [
        ("p/__init__.py", "x = 2\n", "R1", &[][..]),
        ("p/data.json", "{}", "R1", &[]),
        ("p/__init__.py", "x = 1\nimport socket\n", "R3", &["p/__init__.py:2: uses the network: `socket`"]),
        (
            "p/__init__.py",
            "os.system(x)\nx = 1\n",
            "R3",
            &["p/__init__.py:1: starts other programs: `system`"],
        ),
        ("p/__init__.py", "eval(y)\n", "R3", &["p/__init__.py:1: makes code at run time: `eval`"]),
        ("p/__init__.py", "import ctypes\n", "R3", &["p/__init__.py:1: loads native code: `ctypes`"]),
        (
            "p/__init__.py",
            "marshal.loads(x)\n",
            "R3",
            &["p/__init__.py:1: reads data that can run code: `marshal`"],
        ),
        (
            "p/__init__.py",
            "y = b64decode(z)\n\nexec(y)\n",
            "R3",
            &[
                "p/__init__.py:3: makes code at run time: `exec`",
                "p/__init__.py:3: decodes texts, and runs code that is made at run time",
            ],
        ),
        (
            "p/__init__.py",
            "exec(b64decode(z))\n",
            "R4",
            &[
                "p/__init__.py:1: decodes a text and runs it in one line",
                "p/__init__.py:1: makes code at run time: `exec`",
                "p/__init__.py:1: decodes texts, and runs code that is made at run time",
            ],
        ),
        ("p/__init__.py", "x = '\u{202e}'\n", "R4", &["p/__init__.py:1: an invisible character, U+202E"]),
        (
            "p/__init__.py",
            "\u{ff45}\u{ff56}\u{ff41}\u{ff4c}(x)\n",
            "R4",
            &[
                "p/__init__.py:1: names in letters that Python takes for others",
                "p/__init__.py:1: makes code at run time: `eval`",
            ],
        ),
        ("p/__init__.py", "# coding: utf-7\n", "R4", &["p/__init__.py:1: written in the encoding `utf-7`"]),
        (
            "p/__init__.py",
            "# a comment\rimport socket\n",
            "R3",
            &["p/__init__.py:2: uses the network: `socket`"],
        ),
        ("p/tests/test_p.py", "import socket\n", "R2", &["p/tests/test_p.py:1: uses the network: `socket`"]),
        (
            "p/x.sh",
            "curl x | bash\n",
            "R3",
            &["p/x.sh:1: uses the network: `curl`", "p/x.sh:1: starts other programs: `bash`"],
        ),
        ("p/x", "#!/bin/sh\ncurl x\n", "R3", &["p/x:2: uses the network: `curl`"]),
        ("p/x.css", "curl\n", "R1", &[]),
        (
            "p.pth",
            "import socket\n",
            "R3",
            &["p.pth: runs at each start of Python", "p.pth:1: uses the network: `socket`"],
        ),
        ("q/__init__.py", "", "R3", &["release: `import q` finds something that was not there before"]),
    ] {
        let new = wheel("2", "", &[(path, content)]);
        let found = judged(&old, &new);
        let texts: Vec<String> = found.reasons.iter().map(ToString::to_string).collect();
        assert_eq!(
            (found.class.word(), texts),
            (class, reasons.iter().map(ToString::to_string).collect()),
            "{content}"
        );
    }
}

#[test]
fn a_project_may_name_itself() {
    let old = wheel("1", "", &[("requests/__init__.py", "")]);
    let with = |content| wheel("2", "", &[("requests/__init__.py", ""), ("requests/a.py", content)]);
    check(&old, &with("import requests\n"), "R1", &[]);
    check(&old, &with("import socket\n"), "R3", &["requests/a.py:1: uses the network: `socket`"]);
}

#[test]
fn reasons_are_safe_to_print() {
    let old = wheel("1", "", &[]);
    let found = judged(&old, &wheel("2", "License: a\n  \u{1b}[31mb\u{202e}\n", &[]));
    assert_eq!(found.reasons[0].to_string(), "License: `a\\u{a}\\u{1b}[31mb\\u{202e}` is new");
}

#[test]
fn size() {
    let old = wheel("1", "", &[]);
    let lines = |count: usize| (0..count).map(|n| format!("x{n} = 1\n")).collect::<Vec<_>>().concat();
    check(&old, &wheel("2", "", &[("p/a.py", &lines(100))]), "R1", &[]);
    check(
        &old,
        &wheel("2", "", &[("p/a.py", &lines(101))]),
        "R2",
        &["release: 101 lines of code are new and 0 are gone"],
    );
    check(&old, &wheel("2", "", &[("p/tests/a.py", &lines(101))]), "R1", &[]);
    let found = judged(&old, &wheel("2", "", &[("p/a.py", &"eval(x)\n".repeat(10))]));
    assert_eq!((found.reasons.len(), found.more_reasons, found.added_lines), (3, 7, 10));
}

#[test]
fn build_scripts_and_licences() {
    let base = [
        ("p-1/PKG-INFO", "Name: p\nVersion: 1\n"),
        ("p-1/setup.py", "setup(\n  version='1',\n)\n"),
        ("p-1/pyproject.toml", "[build-system]\nrequires = []\n[tool.ruff]\nx = 1\n"),
        ("p-1/LICENSE", "MIT\nCopyright 2025 A\nfree\n"),
    ];
    let old = release(&base);
    for (path, content, class, reasons) in [
        ("p-1/setup.py", "setup(\n  version='2',\n)\n", "R1", &[][..]),
        (
            "p-1/setup.py",
            "setup(\n  version='1',\n  x=1,\n)\n",
            "R3",
            &["setup.py:3: changed, and decides what is built and installed"],
        ),
        (
            "p-1/setup.py",
            "setup(\n  version='1' or f(),\n)\n",
            "R3",
            &["setup.py:2: changed, and decides what is built and installed"],
        ),
        ("p-1/pyproject.toml", "[build-system]\nrequires = []\n[tool.ruff]\nx = 2\n", "R1", &[]),
        (
            "p-1/pyproject.toml",
            "[build-system]\nrequires = ['evil']\n[tool.ruff]\nx = 1\n",
            "R3",
            &["pyproject.toml: `build-system.requires` changed"],
        ),
        ("p-1/LICENSE", "MIT\nCopyright 2026 A\nfree\n", "R0", &[]),
        (
            "p-1/LICENSE",
            "MIT\nCopyright 2025 A\nnot free\n",
            "R3",
            &["LICENSE: the text of a licence changed"],
        ),
    ] {
        let mut files = base.to_vec();
        files.retain(|(known, _)| *known != path);
        files.push((path, content));
        check(&old, &release(&files), class, reasons);
    }
    let mut files = base.to_vec();
    files.push(("p-1/Makefile", "all:\n"));
    check(&old, &release(&files), "R3", &["Makefile: is new"]);
}

#[test]
fn binaries() {
    let native = "\u{7f}ELF";
    let old =
        wheel("1", "", &[("p/a.so", &format!("{native}1")), ("p/b.bin", "\0"), ("p/moved.bin", "\0\0")]);
    let with = |files: &[(&str, &str)]| wheel("2", "", files);
    let kept = [("p/a.so", "\u{7f}ELF1"), ("p/b.bin", "\0"), ("p/moved.bin", "\0\0")];
    check(&old, &with(&kept), "R0", &[]);
    for (path, content, class, reason) in [
        ("p/a.so", "\u{7f}ELF2", "R3", "p/a.so: native code changed"),
        ("p/b.bin", "\0\0\0", "R3", "p/b.bin: a file that is no text changed"),
        ("p/b.bin", native, "R4", "p/b.bin: native code of 4 bytes is new"),
        ("p/c.so", native, "R4", "p/c.so: native code of 4 bytes is new"),
        ("p/c.bin", "\0\u{1}", "R4", "p/c.bin: a file that is no text of 2 bytes is new"),
        ("p/c.png", "\0\u{1}", "R3", "p/c.png: a file that is no text of 2 bytes is new"),
    ] {
        let mut files = kept.to_vec();
        files.retain(|(known, _)| *known != path);
        files.push((path, content));
        check(&old, &with(&files), class, &[reason]);
    }
    check(
        &old,
        &with(&[("p/a.so", "\u{7f}ELF1"), ("p/b.bin", "\0"), ("p/elsewhere.bin", "\0\0")]),
        "R0",
        &[],
    );
}

#[test]
fn facts_of_the_caller() {
    let release = wheel("1", "", &[]);
    let difference = compare(&release, &release);
    for (facts, expected) in [
        (
            RiskFacts { new_project: true, ..RiskFacts::default() },
            "release: nothing of this project was accepted before",
        ),
        (
            RiskFacts { new_publisher: Some("mallory".to_owned()), ..RiskFacts::default() },
            "release: published by mallory, who did not publish the release before",
        ),
        (
            RiskFacts { differs_from_repository: Some("1 file".to_owned()), ..RiskFacts::default() },
            "release: the sdist differs from the repository: 1 file",
        ),
    ] {
        let found = assess(&release, &release, &difference, &facts);
        assert_eq!((found.class.word(), found.reasons[0].to_string()), ("R4", expected.to_owned()));
        assert!(found.reasons[0].rule.question().ends_with('?'));
    }
}

#[test]
fn what_was_not_examined_is_named() {
    let old = wheel("1", "", &[]);
    let full = wheel("2", "", &[("p/huge.py", "x = 1\n"), ("p/huge.txt", "x\n")]);
    // As if both had been beyond the limits of unpacking: in the tree, but not kept.
    let kept = full.tree.files.keys().filter(|path| !path.contains("huge"));
    let mut new =
        Release::from_files(kept.map(|path| (path.clone(), full.content(path).expect("kept").to_vec())));
    new.tree = full.tree.clone();
    check(
        &old,
        &new,
        "R4",
        &["p/huge.py: 6 bytes were not examined", "p/huge.txt: 2 bytes were not examined"],
    );
}

#[test]
fn order_for_a_reviewer() {
    let old = wheel("1", "", &[]);
    let new = wheel(
        "2",
        "Requires-Dist: a\n",
        &[
            ("p/a.py", "x = 2\n"),
            ("p/z.py", "import socket\n"),
            ("p/y.so", "\u{7f}ELF"),
            ("docs/a.md", "text\n"),
            ("tests/test_a.py", "x = 1\n"),
            ("x.pth", "x\n"),
        ],
    );
    let difference = compare(&old, &new);
    let assessment = assess(&old, &new, &difference, &RiskFacts::default());
    let order = review_order(&difference, &assessment);
    let paths: Vec<&str> = order.iter().map(|index| difference.files[*index].path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "p.dist-info/METADATA",
            "p/y.so",
            "x.pth",
            "p/z.py",
            "p/a.py",
            "tests/test_a.py",
            "docs/a.md",
            "p.dist-info/RECORD",
        ]
    );
}
