//! Lines of one file.

use std::time::Instant;

use packhouse_inspect::{LineDifference, LineText, Sign, TextComparison, TextLimits, compare_text};

fn lines(old: &str, new: &str) -> LineDifference {
    with(old.as_bytes(), new.as_bytes(), &TextLimits::default())
}

fn with(old: &[u8], new: &[u8], limits: &TextLimits) -> LineDifference {
    match compare_text(Some(old), Some(new), limits) {
        TextComparison::Lines(difference) => difference,
        other @ TextComparison::TooLong { .. } => panic!("{other:?}"),
    }
}

/// As `diff -u` writes it.
fn unified(difference: &LineDifference) -> String {
    let mut text = String::new();
    for hunk in &difference.hunks {
        text +=
            &format!("@@ -{},{} +{},{} @@\n", hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines);
        for (sign, cell) in hunk.unified() {
            let sign = match sign {
                Sign::Same => ' ',
                Sign::Removed => '-',
                Sign::Added => '+',
            };
            text += &format!("{sign}{}\n", cell.text);
        }
    }
    text
}

#[test]
fn hunks() {
    let old = (1..=30).map(|n| format!("{n}\n")).collect::<Vec<_>>().concat();
    let new = old.replace("\n5\n", "\nfive\n").replace("\n20\n", "\n20\n20a\n").replace("\n30\n", "\n");
    let difference = lines(&old, &new);
    assert_eq!(
        unified(&difference),
        "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n@@ -18,6 +18,7 @@\n 18\n 19\n 20\n+20a\n 21\n 22\n 23\n\
         @@ -27,4 +28,3 @@\n 27\n 28\n 29\n-30\n"
    );
    assert_eq!((difference.added, difference.removed, difference.not_shown), (2, 2, 0));
    assert_eq!(unified(&lines("", "a\n")), "@@ -0,0 +1,1 @@\n+a\n");
    assert_eq!(unified(&lines("a\n", "")), "@@ -1,1 +0,0 @@\n-a\n");
    assert_eq!(lines("a\n", "a\n"), LineDifference::default());
}

#[test]
fn pairs_and_words() {
    let difference = lines("a = 1\nb = call(x)\n", "import os\na = 1\nb = call(y)\n");
    let rows = &difference.hunks[0].rows;
    let changed = rows.iter().find(|row| row.old.is_some() && !row.same).expect("a pair");
    let (old, new) = (changed.old.as_ref().expect("both"), changed.new.as_ref().expect("both"));
    assert_eq!((old.number, new.number), (2, 3));
    let words = |cell: &packhouse_inspect::Cell| format!("{:?}", cell.emphasis);
    assert_eq!((words(old), words(new)), ("[9..10]".to_owned(), "[9..10]".to_owned()));
}

#[test]
fn line_endings() {
    for (old, new, only_endings, changed) in [
        ("a\nb\n", "a\r\nb\r\n", true, 0),
        ("a\n", "a", true, 0),
        ("a\n", "a\n", false, 0),
        ("# a b\n", "# a\rb\n", false, 3),
        ("a\n\n", "a\n", false, 1),
    ] {
        let difference = lines(old, new);
        assert_eq!(difference.only_line_endings, only_endings, "{old:?} {new:?}");
        assert_eq!(difference.added + difference.removed, changed, "{old:?} {new:?}");
    }
    assert!(with(b"\xff\n", b"a\n", &TextLimits::default()).not_utf_8);
}

/// A minified file: what takes a browser down, and reviewers scroll past.
#[test]
fn one_line_of_ten_megabytes() {
    let old = vec![b'a'; 10_000_000];
    let mut new = old.clone();
    new[1_234_567] = b'b';
    let start = Instant::now();
    let difference = with(&old, &new, &TextLimits::default());
    let taken = start.elapsed();
    let row = &difference.hunks[0].rows;
    let shown: Vec<String> = row.iter().filter_map(|row| Some(row.new.as_ref()?.text.to_string())).collect();
    assert_eq!(shown, ["too long: 10,000,000 bytes; first differing byte at 1,234,567"]);
    // Milliseconds in a release build.
    assert!(taken.as_secs() < 5, "{taken:?}");
    let small = TextLimits { file_bytes: 1_000_000, ..TextLimits::default() };
    assert_eq!(
        compare_text(Some(&old), Some(&new), &small),
        TextComparison::TooLong {
            old_bytes: 10_000_000,
            new_bytes: 10_000_000,
            first_difference: Some(1_234_567),
        }
    );
    assert_eq!(
        compare_text(Some(&old), None, &small),
        TextComparison::TooLong { old_bytes: 10_000_000, new_bytes: 0, first_difference: Some(0) }
    );
}

#[test]
fn limits() {
    let limits = TextLimits { shown: 10, line_bytes: 20, lines: 100, ..TextLimits::default() };
    let old = (0..40).map(|n| format!("old {n}\n")).collect::<Vec<_>>().concat();
    let new = (0..40).map(|n| format!("new {n}\n")).collect::<Vec<_>>().concat();
    let difference = with(old.as_bytes(), new.as_bytes(), &limits);
    let rows: usize = difference.hunks.iter().map(|hunk| hunk.unified().len()).sum();
    assert_eq!((difference.added, difference.removed, difference.not_shown, rows), (40, 40, 70, 10));
    let many = |word: &str| (0..200).map(|n| format!("{word} {}\n", n % 7)).collect::<Vec<_>>().concat();
    let difference = with(many("a").as_bytes(), format!("b\n{}c\n", many("a")).as_bytes(), &limits);
    assert_eq!((difference.added, difference.removed), (202, 200), "beyond the limit all are replaced");
    let long = format!("{}\n", "\u{e9}".repeat(200));
    let difference = with(b"", long.as_bytes(), &limits);
    let text = &difference.hunks[0].rows[0].new.as_ref().expect("added").text;
    assert!(matches!(text, LineText::TooLong { bytes: 400, first_difference: None, .. }), "{text:?}");
}

/// Inputs that are hard for algorithms which look for the shortest answer.
#[test]
fn hard_inputs() {
    let mut state = 1_u32;
    let mut next = |of: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % of
    };
    let mut file = |kinds: u32, lines: usize| {
        (0..lines).map(|_| format!("{}\n", next(kinds))).collect::<Vec<_>>().concat()
    };
    for (kinds, length) in [(2, 20_000), (10, 20_000), (300, 20_000), (60_000, 20_000)] {
        let (old, new) = (file(kinds, length), file(kinds, length));
        let start = Instant::now();
        let difference = lines(&old, &new);
        let taken = start.elapsed();
        assert!(taken.as_secs() < 60, "{kinds}: {taken:?}");
        assert!(difference.added > 0 && difference.removed > 0);
    }
}
