//! Failures that are put into each stage: none of them may let a file through.

use super::budget::Trouble;
use super::contents::Contents;
use super::report::{Baseline, Report, Verdict};
use super::rules::{Limits, Rules};
use super::stages::{ALL, DifferenceStage, FileStage, Stages};
use super::{drive, inspect};

fn clean() -> Contents {
    let metadata = "Metadata-Version: 2.1\nName: p\nVersion: 1\n";
    Contents::from_files([("p/a.py", "x = 1\n"), ("p-1.dist-info/METADATA", metadata)])
}

fn with(stages: &Stages) -> Report {
    let (now, before) = (clean(), clean());
    drive(&now, &[(Baseline::PreviousRelease, &before)], &Rules::default(), stages)
}

fn troubles() -> [fn() -> Trouble; 4] {
    [
        || Trouble::Spent { steps: 1 },
        || Trouble::Limit { what: "something", limit: 1 },
        || Trouble::Damaged { problem: "damage".to_owned() },
        || Trouble::Broken { stage: "a stage" },
    ]
}

#[test]
fn nothing_is_found_in_what_is_clean() {
    let report = with(&ALL);
    assert_eq!((report.verdict, report.findings), (Verdict::Pass, Vec::new()));
}

macro_rules! failing {
    ($kind:expr, $argument:pat) => {
        match $kind {
            0 => |$argument: _, _: &mut super::sink::Sink<'_>| Err(Trouble::Spent { steps: 1 }),
            1 => |_, _| Err(Trouble::Limit { what: "something", limit: 1 }),
            2 => |_, _| Err(Trouble::Damaged { problem: "damage".to_owned() }),
            3 => |_, _| panic!("a stage that panics, on purpose"),
            _ => |_, _| Err(Trouble::Broken { stage: "a stage" }),
        }
    };
}

#[test]
fn a_file_stage_that_fails_holds() {
    for place in 0..ALL.file.len() {
        for kind in 0..5 {
            let mut file = ALL.file.to_vec();
            let look: fn(&super::file::File<'_>, &mut super::sink::Sink<'_>) -> Result<(), Trouble> =
                failing!(kind, _);
            file[place] = FileStage { name: file[place].name, look };
            let stages = Stages { file: Vec::leak(file), ..ALL };
            // With nothing to compare with, as with an earlier release the same bytes are known.
            let report = drive(&clean(), &[], &Rules::default(), &stages);
            assert_eq!(report.verdict, Verdict::Hold, "stage {place}, failure {kind}: {:?}", report.findings);
        }
    }
}

#[test]
fn a_stage_of_the_release_that_fails_holds() {
    for kind in 0..5 {
        let release: fn(&Contents, &mut super::sink::Sink<'_>) -> Result<(), Trouble> = failing!(kind, _);
        let report = with(&Stages { release, ..ALL });
        assert_eq!(report.verdict, Verdict::Hold, "failure {kind}: {:?}", report.findings);
    }
}

#[test]
fn the_nested_stage_that_fails_holds() {
    for trouble in troubles() {
        assert!(!trouble().to_string().is_empty());
    }
    let nested = |_: &super::file::File<'_>, _: &Stages, _: &mut super::sink::Sink<'_>| {
        Err(Trouble::Limit { what: "x", limit: 1 })
    };
    let report = drive(&clean(), &[], &Rules::default(), &Stages { nested, ..ALL });
    assert_eq!(report.verdict, Verdict::Hold);
    let nested = |_: &super::file::File<'_>, _: &Stages, _: &mut super::sink::Sink<'_>| panic!("on purpose");
    let report = drive(&clean(), &[], &Rules::default(), &Stages { nested, ..ALL });
    assert_eq!(report.verdict, Verdict::Hold);
}

#[test]
fn a_comparison_that_fails_holds() {
    for place in 0..ALL.difference.len() {
        type Look = fn(&Contents, Baseline, &Contents, &mut super::sink::Sink<'_>) -> Result<(), Trouble>;
        let fails: Look = |_, _, _, _| Err(Trouble::Damaged { problem: "damage".to_owned() });
        let panics: Look = |_, _, _, _| panic!("a stage that panics, on purpose");
        for look in [fails, panics] {
            let mut difference = ALL.difference.to_vec();
            difference[place] = DifferenceStage { name: difference[place].name, look };
            let report = with(&Stages { difference: Vec::leak(difference), ..ALL });
            assert_eq!(report.verdict, Verdict::Hold, "stage {place}: {:?}", report.findings);
        }
    }
}

#[test]
fn at_every_number_of_steps_the_rest_is_held() {
    let evil = Contents::from_files([
        ("p/a.py", "import base64\nexec(base64.b64decode('cHJpbnQ='))\n"),
        ("p/b.js", "eval(atob('cHJpbnQ='))\n"),
    ]);
    let mut last = Verdict::Pass;
    for steps in 0..400 {
        let rules = Rules { limits: Limits { steps, ..Limits::default() }, ..Rules::default() };
        last = inspect(&evil, &[], &rules).verdict;
        assert!(last >= Verdict::Hold, "{steps} steps");
    }
    assert_eq!(last, Verdict::Block);
}
