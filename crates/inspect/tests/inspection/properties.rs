//! For all inputs: no panic, the same answer twice, and nothing that was not examined passes.

use packhouse_inspect::{Baseline, Contents, Limits, Rules, Verdict, inspect};
use proptest::collection::vec;
use proptest::prelude::*;

fn python() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("exec"),
        Just("("),
        Just(")"),
        Just("base64"),
        Just("."),
        Just("b64decode"),
        Just("'aGk='"),
        Just("\n"),
        Just("    "),
        Just("import "),
        Just("def f(x):\n    "),
        Just("return "),
        Just("x"),
        Just(" = "),
        Just(" + "),
        Just("["),
        Just("]"),
        Just("lambda: "),
        Just("for x in y:\n    "),
        Just("f'{"),
        Just("}'"),
        Just("chr"),
        Just("^"),
        Just(","),
        Just("os.environ"),
        Just("requests.post"),
        Just("::-1"),
        Just("class A:\n    "),
        Just("''.join"),
        Just("7"),
        Just("*"),
        Just("\u{202e}"),
        Just("é"),
        Just("with open(x) as x:\n    "),
        Just("try:\n    x\nexcept x:\n    "),
        Just("match x:\n    case "),
        Just(":="),
        Just(";"),
    ];
    vec(word, 0..60).prop_map(|words| words.concat())
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..200),
        python().prop_map(String::into_bytes),
        (
            prop_oneof![
                Just(&b"\x80\x04"[..]),
                Just(&b"\x7fELF\x02\x01\x01"[..]),
                Just(&b"\x7fELF\x01\x02\x01"[..]),
                Just(&b"PK\x03\x04"[..]),
                Just(&b"\x1f\x8b"[..]),
                Just(&b"MZ"[..]),
                Just(&b"\xcf\xfa\xed\xfe"[..]),
                Just(&b"#!/bin/sh\n"[..]),
            ],
            vec(any::<u8>(), 0..300),
        )
            .prop_map(|(start, rest)| [start, &rest].concat()),
        "(curl |https://| \\| |sh|rm -rf |~|/|eval\\(atob\\(|\\.bashrc|://203\\.0\\.113\\.9|é|\n){0,20}"
            .prop_map(String::into_bytes),
    ]
}

fn contents() -> impl Strategy<Value = Contents> {
    let path = prop_oneof![
        "[ab]\\.(py|pth|js|sh|pkl|so|zip|tar\\.gz|png|json|pyc)",
        "p/[ab]\\.(py|js|pkl|so)",
        "(p-1|p-1\\.dist-info|p-1\\.data/scripts)/(METADATA|PKG-INFO|setup\\.py|pyproject\\.toml|package\\.json|entry_points\\.txt|a)",
    ];
    vec((path, content()), 0..6).prop_map(Contents::from_files)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_release(now in contents(), before in contents()) {
        let rules = Rules::default();
        let report = inspect(&now, &[(Baseline::PreviousRelease, &before)], &rules);
        prop_assert_eq!(&report, &inspect(&now, &[(Baseline::PreviousRelease, &before)], &rules));
        let heaviest = report.findings.iter().map(|finding| finding.class).max();
        prop_assert_eq!(report.verdict == Verdict::Pass, heaviest.is_none_or(|class| class == packhouse_inspect::Class::Info));
        let _ = packhouse_inspect::sarif::log("p.whl", &report);
    }

    #[test]
    fn the_same_release_is_nothing_new(now in contents()) {
        let report = inspect(&now, &[(Baseline::LastReviewed, &now)], &Rules::default());
        prop_assert!(report.findings.iter().all(|finding| !finding.new), "{:?}", report.findings);
        prop_assert_eq!(report.verdict, Verdict::Pass);
    }

    #[test]
    fn fewer_steps_never_pass_more(now in contents(), steps in 0_u64..3_000) {
        let all = inspect(&now, &[], &Rules::default());
        let rules = Rules { limits: Limits { steps, ..Limits::default() }, ..Rules::default() };
        let some = inspect(&now, &[], &rules);
        prop_assert!(some.verdict >= all.verdict.min(Verdict::Hold));
    }

    #[test]
    fn python_of_pieces(source in python()) {
        let now = Contents::from_files([("p/a.py", source)]);
        inspect(&now, &[], &Rules::default());
    }

    #[test]
    fn machine_code_with_damage(at in 0_usize..64, byte in any::<u8>(), cut in 0_usize..64) {
        let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0".to_vec();
        bytes.resize(64, 0);
        bytes[52] = 64;
        bytes[at] = byte;
        bytes.truncate(64 - cut);
        let now = Contents::from_files([("p/a.so", bytes)]);
        inspect(&now, &[], &Rules::default());
    }
}
