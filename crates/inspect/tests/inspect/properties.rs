//! For all inputs: no panic, and a difference that says what it should.

use packhouse_inspect::{
    Change, Release, RiskFacts, TextComparison, TextLimits, assess, compare, compare_text, review_order,
};
use packhouse_model::RiskClass;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

fn releases() -> impl Strategy<Value = Release> {
    let path = prop_oneof![
        "[ab]/[ab]\\.(py|so|txt|pth)",
        "(p-[12]|p-[12]\\.dist-info)/(METADATA|PKG-INFO|setup\\.py|pyproject\\.toml|entry_points\\.txt|RECORD|LICENSE)",
        "[a-c]{0,3}/?[a-c]{1,3}\\.?",
    ];
    let content = prop_oneof![
        vec(any::<u8>(), 0..60),
        "((Name|Version|Requires-Dist|License|Author): ?[ab1;@>= ]{0,6}\n){0,8}".prop_map(String::into_bytes),
        "((import |eval\\(|os\\.system|base64| |\\.|#|'|\\[a\\]|[ab]|=|\u{202e}|\\\\x)*\r?\n?){0,8}"
            .prop_map(String::into_bytes),
    ];
    btree_map(path, content, 0..8).prop_map(Release::from_files)
}

proptest! {
    #[test]
    fn any_two_releases(old in releases(), new in releases()) {
        let difference = compare(&old, &new);
        // Each file of both releases is unchanged, or on one side of one change.
        let sides = |which: fn(&packhouse_inspect::FileChange) -> bool| difference.files.iter().filter(|f| which(f)).count();
        prop_assert_eq!(sides(|file| file.old.is_some()) + difference.unchanged, old.tree.files.len());
        prop_assert_eq!(sides(|file| file.new.is_some()) + difference.unchanged, new.tree.files.len());
        for file in &difference.files {
            let expected = match file.change {
                Change::Added => (false, true),
                Change::Removed => (true, false),
                Change::Changed | Change::Renamed { .. } => (true, true),
            };
            prop_assert_eq!((file.old.is_some(), file.new.is_some()), expected);
        }
        let assessment = assess(&old, &new, &difference, &RiskFacts::default());
        prop_assert!(assessment.reasons.iter().all(|reason| reason.class <= assessment.class));
        let mut order = review_order(&difference, &assessment);
        order.sort_unstable();
        prop_assert_eq!(order, (0..difference.files.len()).collect::<Vec<_>>());
    }

    #[test]
    fn the_same_is_no_difference(release in releases()) {
        let difference = compare(&release, &release);
        prop_assert!(difference.files.is_empty());
        prop_assert_eq!(difference.unchanged, release.tree.files.len());
    }

    #[test]
    fn hunks_add_up(old in "([abc]{0,2}(\r|\n|\r\n)){0,30}", new in "([abc]{0,2}(\r|\n|\r\n)){0,30}", context in 0_usize..4) {
        let limits = TextLimits { context, ..TextLimits::default() };
        let TextComparison::Lines(difference) = compare_text(Some(old.as_bytes()), Some(new.as_bytes()), &limits) else {
            return Err(TestCaseError::fail("short"));
        };
        let lines = |text: &str| -> Vec<String> {
            let text = text.replace("\r\n", "\n").replace('\r', "\n");
            text.split_terminator('\n').map(str::to_owned).collect()
        };
        let (old, new) = (lines(&old), lines(&new));
        // Applying the hunks to the old text gives the new one.
        let (mut result, mut at) = (Vec::new(), 0);
        for hunk in &difference.hunks {
            let start = if hunk.old_lines == 0 { hunk.old_start } else { hunk.old_start - 1 };
            result.extend_from_slice(&old[at..start]);
            for row in &hunk.rows {
                if let Some(cell) = &row.old {
                    prop_assert_eq!(cell.text.to_string(), &old[cell.number - 1][..]);
                }
                if let Some(cell) = &row.new {
                    prop_assert_eq!(cell.text.to_string(), &new[cell.number - 1][..]);
                    result.push(cell.text.to_string());
                }
            }
            at = start + hunk.old_lines;
        }
        result.extend_from_slice(&old[at..]);
        prop_assert_eq!(result, new);
    }

    #[test]
    fn any_two_texts(old in vec(any::<u8>(), 0..200), new in vec(any::<u8>(), 0..200), line in 1_usize..40, shown in 0_usize..10) {
        let limits = TextLimits { line_bytes: line, shown, lines: 20, ..TextLimits::default() };
        if let TextComparison::Lines(difference) = compare_text(Some(&old), Some(&new), &limits) {
            let rows = difference.hunks.iter().flat_map(|hunk| &hunk.rows).filter(|row| !row.same);
            let changed: usize = rows.map(|row| usize::from(row.old.is_some()) + usize::from(row.new.is_some())).sum();
            prop_assert!(changed <= shown);
            prop_assert_eq!(changed + difference.not_shown, difference.added + difference.removed);
        }
    }

    #[test]
    fn nothing_lowers_a_class(lines in vec("[a-z =()'\"#\\\\]{0,30}", 0..6)) {
        let old = Release::default();
        let judge = |content: &str| {
            let new = Release::from_files([("p/a.py", content.as_bytes())]);
            assess(&old, &new, &compare(&old, &new), &RiskFacts::default()).class
        };
        let text = lines.join("\n");
        prop_assert!(judge(&text) >= RiskClass::R1);
        let more = format!("{text}\nimport socket\n");
        prop_assert!(judge(&more) >= RiskClass::R3 && judge(&more) >= judge(&text));
    }
}
