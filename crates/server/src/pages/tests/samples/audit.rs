use super::{at, site, strings};
use crate::pages::*;

pub(crate) fn audit() -> AuditPage {
    let row =
        |project: &str, version: Option<&str>, file: Option<&str>, rule: &str, sentence: &str, times| {
            RefusalRow {
                first: at("2026-11-19T07:02:11Z"),
                last: at("2026-11-22T12:58:40Z"),
                times,
                index: "default".to_owned(),
                project: project.to_owned(),
                version: version.map(str::to_owned),
                file: file.map(str::to_owned),
                rule: rule.to_owned(),
                sentence: sentence.to_owned(),
                why: why_path(&version.map_or(project.to_owned(), |version| format!("{project}=={version}"))),
            }
        };
    let filter = AuditFilter { index: "default".to_owned(), ..AuditFilter::default() };
    AuditPage {
        site: site(),
        paging: Paging::new(3, 412, 50, "/audit", &filter.query()),
        filter,
        indexes: strings(["default", "research", "frozen"]),
        rules: strings([
            "cooldown",
            "deny-list",
            "first-seen-pin",
            "private-names",
            "upstream-quarantine",
            "wheels-only",
        ]),
        refusals: vec![
            row(
                "flask",
                Some("3.2.0"),
                Some("flask-3.2.0-py3-none-any.whl"),
                "cooldown",
                "flask 3.2.0 (flask-3.2.0-py3-none-any.whl) was uploaded on 2026-11-21 and is held until 2026-11-28 19:37 UTC: this index waits 7d.",
                184,
            ),
            row("reqeusts", None, None, "upstream-quarantine", "Upstream has quarantined this project.", 2),
            row(
                "torch",
                Some("2.13.1"),
                Some("torch-2.13.1-cp314-cp314-manylinux_2_28_x86_64.whl"),
                "cooldown",
                "torch 2.13.1 was uploaded on 2026-11-20 and is held until 2026-11-27 09:00 UTC: this index waits 7d.",
                1_204,
            ),
            row(
                "pyyaml",
                Some("6.0.3"),
                Some("pyyaml-6.0.3.tar.gz"),
                "wheels-only",
                "pyyaml-6.0.3.tar.gz is a source distribution, and the release has a wheel.",
                31,
            ),
            row(
                "acme-billing",
                None,
                None,
                "private-names",
                "The name belongs to this index, which has no such project; it was not asked of upstream.",
                7,
            ),
            row(
                "left-pad",
                Some("1.0.1"),
                Some("left_pad-1.0.1-py3-none-any.whl"),
                "first-seen-pin",
                "The file has another hash than when it was first seen here on 2026-08-03.",
                1,
            ),
        ],
        total: 412,
        exceptions: exceptions(),
    }
}

fn exceptions() -> Vec<ExceptionRow> {
    let exception =
        |what: &str, rules: &[&str], reason: &str, author: &str, ends, indexes: &[&str]| ExceptionRow {
            what: what.to_owned(),
            indexes: indexes.iter().map(|&index| index.to_owned()).collect(),
            rules: rules.iter().map(|&rule| rule.to_owned()).collect(),
            reason: reason.to_owned(),
            author: author.to_owned(),
            ends: at(ends),
        };
    vec![
        exception(
            "cryptography==47.0.2",
            &["cooldown"],
            "Fixes a remotely exploitable flaw in 47.0.1; the diff was read.",
            "Mina Okafor",
            "2026-12-01",
            &["default"],
        ),
        exception(
            "sha256:9f2feb0b5c5a1b2cf0b1a3a7c1d8f7a77d0c52a6b76b2f4a2f0a3f5e0c9d4e21",
            &["wheels-only"],
            "The wheel lacks the tests that the build farm runs.",
            "build-farm team",
            "2027-02-28",
            &[],
        ),
        exception(
            "numpy==2.5.0",
            &["cooldown"],
            "Needed for the November release.",
            "J. Lindqvist",
            "2026-11-20",
            &["research", "frozen"],
        ),
    ]
}
