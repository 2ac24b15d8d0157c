//! Which files and which metadata changed.

use packhouse_inspect::{Change, Difference, Release, compare};

use crate::{release, wheel};

/// One line for each file: `+` added, `-` removed, `~` changed, `> from path N%` renamed.
fn files(difference: &Difference) -> Vec<String> {
    let line = |file: &packhouse_inspect::FileChange| match file.change {
        Change::Added => format!("+ {}", file.path),
        Change::Removed => format!("- {}", file.path),
        Change::Changed => format!("~ {}", file.path),
        Change::Renamed { similarity } => {
            let from = file.old.as_ref().map(|side| side.path.as_str()).unwrap_or_default();
            format!("> {from} {} {similarity}%", file.path)
        }
    };
    difference.files.iter().map(line).collect()
}

#[test]
fn sdists_line_up() {
    let old = release(&[
        ("flask-3.0.0/PKG-INFO", "Name: flask\nVersion: 3.0.0\n"),
        ("flask-3.0.0/src/flask/app.py", "a = 1\n"),
        ("flask-3.0.0/src/flask/same.py", "b = 1\n"),
        ("flask-3.0.0/src/flask/gone.py", "c = 1\n"),
    ]);
    let new = release(&[
        ("flask-3.1.0/PKG-INFO", "Name: flask\nVersion: 3.1.0\n"),
        ("flask-3.1.0/src/flask/app.py", "a = 2\n"),
        ("flask-3.1.0/src/flask/same.py", "b = 1\n"),
        ("flask-3.1.0/setup.py", "import setuptools\n"),
        ("flask-3.1.0/tests/test_app.py", "d = 1\n"),
    ]);
    let difference = compare(&old, &new);
    assert_eq!(
        files(&difference),
        ["~ PKG-INFO", "+ setup.py", "~ src/flask/app.py", "- src/flask/gone.py", "+ tests/test_app.py",]
    );
    assert_eq!(difference.unchanged, 1);
    assert_eq!(difference.news.build_scripts, ["setup.py"]);
    assert_eq!(difference.count(|change| change == Change::Added), 2);
    assert!(difference.metadata.problems.is_empty());
    let app = difference.files[2].new.as_ref().expect("changed");
    assert_eq!(app.path, "flask-3.1.0/src/flask/app.py");
    assert_eq!(new.content(&app.path), Some(&b"a = 2\n"[..]));
}

#[test]
fn wheels_line_up() {
    let old = wheel("3.0.0", "", &[]);
    let new = wheel("3.1.0", "", &[]);
    assert_eq!(files(&compare(&old, &new)), ["~ p.dist-info/METADATA", "~ p.dist-info/RECORD"]);
    assert_eq!(files(&compare(&old, &old)), [""; 0]);
}

#[test]
fn renames() {
    let lines = |from: usize, to: usize| {
        (from..to).map(|n| format!("line number {n} of it\n")).collect::<Vec<_>>().concat()
    };
    for (old, new, expected) in [
        (&[("a.py", lines(0, 20))][..], &[("b.py", lines(0, 20))][..], &["> a.py b.py 100%"][..]),
        (&[("a.py", lines(0, 20))], &[("b.py", lines(5, 20))], &["> a.py b.py 85%"]),
        (&[("a.py", lines(0, 20))], &[("b.py", lines(15, 40))], &["- a.py", "+ b.py"]),
        (
            &[("a.py", lines(0, 20)), ("b.py", lines(0, 20))],
            &[("c.py", lines(0, 20)), ("d.py", lines(0, 20))],
            &["> a.py c.py 100%", "> b.py d.py 100%"],
        ),
        (
            &[("a.py", lines(0, 20))],
            &[("c.py", lines(0, 19)), ("d.py", lines(0, 20))],
            &["+ c.py", "> a.py d.py 100%"],
        ),
        (&[("a.py", String::new())], &[("b.py", String::new())], &["- a.py", "+ b.py"]),
        (&[("a.py", "x\n".into())], &[("b.py", "x\n".into())], &["> a.py b.py 100%"]),
    ] {
        let make = |files: &[(&str, String)]| {
            Release::from_files(files.iter().map(|(path, content)| (*path, content.as_bytes())))
        };
        assert_eq!(files(&compare(&make(old), &make(new))), expected, "{expected:?}");
    }
}

#[test]
fn metadata() {
    let old = wheel(
        "1",
        "Requires-Dist: a>=1\nRequires-Dist: Same (<3,>=1) ; extra == 'x'\nRequires-Dist: b\nRequires-Dist: Dev.Tool; extra == \"dev\"\nRequires-Python: >=3.8\n\
         License: MIT\nClassifier: A\nClassifier: B\nAuthor: Ann\nX-Other: 1\n",
        &[("p-{version}.dist-info/entry_points.txt", "[console_scripts]\np = p:main\nold = p:old\n")],
    );
    let new = wheel(
        "2",
        "Requires-Dist: a >=2\nRequires-Dist: same>=1,<3; extra == \"x\"\nRequires-Dist: c @ https://example.invalid/c.zip\nRequires-Dist: dev-tool\n\
         Requires-Python: >=3.9\nLicense-Expression: MIT\nClassifier: B\nClassifier: C\nAuthor: Ann\nX-Other: 2\n\
         Project-URL: Home, https://example.invalid\n",
        &[(
            "p-{version}.dist-info/entry_points.txt",
            "# a comment\n[console_scripts]\np = p:other\nnew = p:new\n[plugins]\nx = p.x\n",
        )],
    );
    let difference = compare(&old, &new);
    let requirements: Vec<String> = difference
        .metadata
        .requirements
        .iter()
        .map(|change| format!("{} {:?} {:?} {}", change.project, change.old, change.new, change.is_new()))
        .collect();
    assert_eq!(
        requirements,
        [
            r#"a ["a>=1"] ["a >=2"] false"#,
            r#"b ["b"] [] false"#,
            r#"c [] ["c @ https://example.invalid/c.zip"] true"#,
            r#"dev-tool ["Dev.Tool; extra == \"dev\""] ["dev-tool"] true"#,
        ]
    );
    let fields: Vec<String> = difference
        .metadata
        .fields
        .iter()
        .map(|change| format!("{} -{} +{}", change.field, change.removed.join(","), change.added.join(",")))
        .collect();
    assert_eq!(
        fields,
        [
            "Requires-Python ->=3.8 +>=3.9",
            "License-Expression - +MIT",
            "License -MIT +",
            "Project-URL - +Home, https://example.invalid",
            "Classifier -A +C",
            "x-other -1 +2",
        ]
    );
    let names = |points: &[packhouse_inspect::EntryPoint]| -> Vec<String> {
        points.iter().map(|point| format!("{} {} {}", point.group, point.name, point.value)).collect()
    };
    assert_eq!(names(&difference.news.commands), ["console_scripts new p:new", "console_scripts p p:other"]);
    assert_eq!(names(&difference.news.entry_points), ["plugins x p.x"]);
    assert_eq!(difference.metadata.entry_points.len(), 4);
    assert_eq!(difference.news.dependencies, ["c @ https://example.invalid/c.zip", "dev-tool"]);
    assert!(!difference.metadata.description);
}

#[test]
fn metadata_that_cannot_be_read() {
    let old = wheel("1", "", &[]);
    for (new, expected) in [
        (release(&[("p/__init__.py", "")]), "the new release has no METADATA or PKG-INFO"),
        (release(&[("p-2.dist-info/METADATA", "nothing")]), "the new metadata: the metadata has no `Name`"),
        (release(&[("p-2.dist-info/METADATA", "\0")]), "the new metadata is no text, or too large"),
    ] {
        let mut new = new;
        if expected.ends_with("large") {
            // A release that was unpacked keeps no binaries.
            new = Release::from_tree(new.tree);
        }
        assert_eq!(compare(&old, &new).metadata.problems, [expected]);
    }
    let two = release(&[
        ("p-1.dist-info/METADATA", "Name: p\nVersion: 1\n"),
        ("q-1.dist-info/METADATA", "Name: q\nVersion: 1\n"),
    ]);
    assert_eq!(compare(&old, &two).metadata.problems.len(), 1);
}

#[test]
fn what_is_new() {
    let old = wheel("1", "", &[]);
    let mut files: Vec<(&str, Vec<u8>)> = vec![
        ("evil.pth", b"import evil\n".to_vec()),
        ("p/native.so", b"\x7fELF\0".to_vec()),
        ("p/data.bin", b"\0\0".to_vec()),
        ("p-2.data/scripts/run", b"#!python\n".to_vec()),
        ("other/__init__.py", b"".to_vec()),
        ("single.py", b"".to_vec()),
    ];
    files.push(("p-2.dist-info/METADATA", b"Name: p\nVersion: 2\n".to_vec()));
    let difference = compare(&old, &Release::from_files(files));
    assert_eq!(difference.news.startup, ["evil.pth"]);
    assert_eq!(difference.news.binaries, ["p/native.so", "p/data.bin"]);
    assert_eq!(difference.news.build_scripts, ["p.data/scripts/run"]);
    assert_eq!(difference.news.top_level, ["other", "single"]);
}

/// The bound is far above what it takes (tenths of it in a release build), and far below what comparing every file with
/// every other would take.
#[test]
fn ten_thousand_files() {
    let content = |n: usize, version: usize| {
        let body =
            (0..15).map(|line| format!("value_{line} = compute({n}, {line})\n")).collect::<Vec<_>>().concat();
        format!("{body}version = {version}\n")
    };
    let make = |version: usize, folder: &str| {
        Release::from_files(
            (0..10_000).map(|n| (format!("{folder}/f{n}.py"), content(n, version).into_bytes())),
        )
    };
    let (old, new, moved) = (make(1, "p"), make(2, "p"), make(2, "q"));
    let start = std::time::Instant::now();
    let difference = compare(&old, &new);
    let overview = start.elapsed();
    assert_eq!(difference.files.len(), 10_000);
    let start = std::time::Instant::now();
    let renamed = compare(&old, &moved);
    let elsewhere = start.elapsed();
    assert_eq!(renamed.count(|change| matches!(change, Change::Renamed { .. })), 10_000);
    assert!(overview.as_secs() < 5 && elsewhere.as_secs() < 20, "{overview:?} {elsewhere:?}");
}
