//! The operator's own rules. Without the feature `yara` only that they are refused.

use packhouse_inspect::{YaraRules, YaraSource};

fn source(text: &str) -> YaraSource {
    YaraSource { name: "rules/own.yar".to_owned(), text: text.to_owned() }
}

#[cfg(not(feature = "yara"))]
#[test]
fn a_program_without_the_engine_says_how_to_build_one() {
    let error = YaraRules::compile(&[source("rule r { condition: true }")]).unwrap_err();
    assert!(error.to_string().contains("--features yara"), "{error}");
}

#[cfg(feature = "yara")]
mod built {
    use packhouse_inspect::{Baseline, Class, Limits, Report, Rules, Verdict, inspect, sarif};

    use super::{YaraRules, source};
    use crate::readers::zip;
    use crate::{expect, expect_pass, finding, listed, wheel};

    const OWN: &str = r#"
        rule acme_token {
            meta:
                description = "a token of acme"
                severity = "block"
                question = "Whose token is this?"
                version = 3
            strings:
                $token = /acme_[0-9a-f]{8}/
            condition:
                $token
        }
        rule marked { strings: $ = { CA FE 00 01 } condition: all of them }
    "#;

    fn rules(text: &str) -> Rules {
        Rules { yara: Some(YaraRules::compile(&[source(text)]).unwrap()), ..Rules::default() }
    }

    fn look(files: &[(&str, &[u8])]) -> Report {
        inspect(&wheel(files), &[], &rules(OWN))
    }

    #[test]
    fn a_match_is_a_finding_with_its_place() {
        let report = look(&[("p/__init__.py", b"x = 1\ntoken = 'acme_0123abcd'\n")]);
        assert_eq!(report.verdict, Verdict::Block, "{}", listed(&report));
        let found = finding(&report, "Y:acme_token");
        assert_eq!(found.message, "a token of acme");
        assert_eq!((found.question.as_ref(), found.rule_version), ("Whose token is this?", 3));
        assert_eq!((found.region.unwrap().line, found.region.unwrap().column), (2, 10));
        assert_eq!(found.excerpt, "acme_0123abcd");
        expect_pass(&look(&[("p/__init__.py", b"x = 'acme_0123'\n")]));
    }

    #[test]
    fn binaries_have_offsets_and_rules_without_a_severity_are_high() {
        let report = look(&[("p/data.bin", b"\x00\x01\x02\xca\xfe\x00\x01")]);
        let found = finding(&report, "Y:marked");
        assert_eq!((found.class, found.region), (Class::High, None));
        assert_eq!(found.message, "matches the YARA rule marked (at byte 3)");
    }

    #[test]
    fn archives_within_are_looked_at() {
        let inner = zip(&[("a.txt", b"acme_0123abcd")]);
        let report = look(&[("p/data.zip", &inner)]);
        assert!(report.findings.iter().any(|found| found.path == "p/data.zip!/a.txt"), "{}", listed(&report));
    }

    #[test]
    fn what_was_there_before_informs() {
        let now = wheel(&[("p/a.py", b"a = 'acme_0123abcd'\nb = 'acme_ffffffff'\n")]);
        let before = wheel(&[("p/a.py", b"a = 'acme_0123abcd'\n")]);
        let report = inspect(&now, &[(Baseline::PreviousRelease, &before)], &rules(OWN));
        let classes: Vec<_> =
            report.findings.iter().map(|found| (found.excerpt.as_str(), found.class)).collect();
        assert_eq!(classes, [("acme_ffffffff", Class::Block), ("acme_0123abcd", Class::Info)]);
    }

    #[test]
    fn severities() {
        for (severity, class) in [
            ("\"info\"", Class::Info),
            ("\"Medium\"", Class::Review),
            ("\"high\"", Class::High),
            ("\"critical\"", Class::Block),
        ] {
            let text = format!("rule r {{ meta: severity = {severity} condition: filesize == 2 }}");
            let report = inspect(&wheel(&[("p/a.txt", b"ab")]), &[], &rules(&text));
            expect(&report, "Y:r", class);
        }
        for wrong in ["\"urgent\"", "7"] {
            let text = format!("rule r {{ meta: severity = {wrong} condition: true }}");
            let error = YaraRules::compile(&[source(&text)]).unwrap_err().to_string();
            assert!(error.starts_with("rules/own.yar: the rule r has the severity"), "{error}");
        }
    }

    #[test]
    fn mistakes_are_named_with_file_and_line() {
        for (text, expected) in [
            (
                "rule a { condition: true }\nrule b { condition: tru }",
                "rules/own.yar:2:21: error: unknown identifier",
            ),
            ("rule a {\n  strings: $a = \"x\"\n condition: $b }", "rules/own.yar:3:"),
            ("include \"other.yar\"", "name the other file in inspect.yara instead"),
            ("import \"time\" rule a { condition: time.now() > 0 }", "there are math, string, elf"),
            ("private rule a { condition: true }", "there is no YARA rule in rules/own.yar"),
        ] {
            let error = YaraRules::compile(&[source(text)]).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
        let mut second = source("rule a { condition: true }");
        second.name = "rules/second.yar".to_owned();
        let error = YaraRules::compile(&[source("rule a { condition: true }"), second]).unwrap_err();
        assert!(error.to_string().starts_with("rules/second.yar: another file has a rule a too"), "{error}");
    }

    #[test]
    fn other_texts_are_another_rule_set() {
        let (one, other) = (rules(OWN), rules("rule r { condition: false }"));
        assert_ne!(one.hash(), Rules::default().hash());
        assert_ne!(one.hash(), other.hash());
        assert_eq!(one.hash(), rules(OWN).hash());
        let report = inspect(&wheel(&[("p/a.py", b"")]), &[], &one);
        assert_eq!(report.rule_set, one.hash());
    }

    /// A condition that counts more matches than are counted has no answer.
    #[test]
    fn more_matches_than_are_counted_hold() {
        let many = rules("rule many { strings: $a = \"ab\" condition: #a > 500000 }");
        let report = inspect(&wheel(&[("p/a.txt", "ab".repeat(100_001))]), &[], &many);
        expect(&report, "X02", Class::Review);
        assert_eq!(report.verdict, Verdict::Hold, "{}", listed(&report));
        assert!(report.unexamined().is_some());
    }

    #[test]
    fn steps_that_are_used_up_hold() {
        let rules = Rules { limits: Limits { steps: 10, ..Limits::default() }, ..rules(OWN) };
        assert_eq!(inspect(&wheel(&[("p/a.bin", vec![0; 4096])]), &[], &rules).verdict, Verdict::Hold);
    }

    #[test]
    fn a_rule_that_is_not_ours_stands_in_sarif() {
        let log = sarif::log("p-1-py3-none-any.whl", &look(&[("p/a.py", b"x = 'acme_0123abcd'\n")]));
        assert_eq!(log["runs"][0]["results"][0]["ruleId"], "Y:acme_token");
        assert_eq!(log["runs"][0]["results"][0]["level"], "error");
    }
}
