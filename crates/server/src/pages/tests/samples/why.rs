use super::{at, site};
use crate::pages::*;
use packhouse_model::{FileKind, Sha256};

pub(crate) fn why() -> WhyPage {
    let until = Some(at("2026-11-28T19:37:12Z"));
    let fact = |name: &str, value: &str, source: &str| Fact {
        name: name.to_owned(),
        value: value.to_owned(),
        source: source.to_owned(),
    };
    let passed =
        |rule: &str, sentence: &str| PassedRule { rule: rule.to_owned(), sentence: sentence.to_owned() };
    let why_file = |name: &str, kind, size, verdict, rules: &[&str]| WhyFile {
        name: name.to_owned(),
        kind,
        size: Some(size),
        sha256: Some(Sha256::of(name.as_bytes()).hex()),
        uploaded: Some(at("2026-11-21T19:37:12.678803Z")),
        first_seen: Some(at("2026-11-21T20:01:40Z")),
        verdict,
        rules: rules.iter().map(|&rule| rule.to_owned()).collect(),
    };
    WhyPage {
        site: site(),
        subject: Subject { project: "flask".to_owned(), version: Some("3.2.0".to_owned()), file: None },
        index: "default".to_owned(),
        verdict: Verdict::Held { until },
        sentence: "flask 3.2.0 was uploaded on 2026-11-21 and is held until 2026-11-28 19:37 UTC.".to_owned(),
        decided: at("2026-11-22T13:05:00Z"),
        hits: vec![
            Hit {
                rule: "cooldown".to_owned(),
                verdict: Verdict::Held { until },
                sentence: "flask 3.2.0 (flask-3.2.0-py3-none-any.whl) was uploaded on 2026-11-21 and is held until 2026-11-28 19:37 UTC: this index waits 7d.".to_owned(),
                lift: "It ends by itself. An operator may except exact bytes or an exact version, or set `policy.projects.<name>.cooldown`.".to_owned(),
                snippet: Some(exception_lines(Excepted::Version("flask", "3.2.0"), "cooldown", at("2026-12-22"))),
                excused: None,
                files: 2,
            },
            Hit {
                rule: "wheels-only".to_owned(),
                verdict: Verdict::Refused,
                sentence: "flask-3.2.0.tar.gz is a source distribution, and the release has a wheel.".to_owned(),
                lift: "An operator may except exact bytes or an exact version, with a reason and an end date.".to_owned(),
                snippet: None,
                excused: None,
                files: 1,
            },
            Hit {
                rule: "first-seen-pin".to_owned(),
                verdict: Verdict::Served,
                sentence: "flask-3.2.0.tar.gz was first seen on 2026-11-21 with sha256 9f2feb0b5c5a1b2cf0b1a3a7c1d8f7a77d0c52a6b76b2f4a2f0a3f5e0c9d4e21; the upstream now gives another under the same name.".to_owned(),
                lift: String::new(),
                snippet: None,
                excused: Some(Excuse { author: "Mina Okafor".to_owned(), reason: "The vendor replaced it within the hour; both were compared.".to_owned(), ends: at("2026-12-01") }),
                files: 1,
            },
        ],
        passed: vec![
            passed("deny-list", "Neither the name, the version nor a hash is on the deny list."),
            passed("hash-required", "The upstream names a SHA-256 for both files."),
            passed("upstream-quarantine", "The upstream says the project is active."),
        ],
        facts: vec![
            fact("Upload time", "2026-11-21 19:37:12.678803 UTC", "upstream"),
            fact("First seen here", "2026-11-21 20:01:40 UTC", "this server"),
            fact("Upstream status", "active", "upstream"),
            fact("Yanked upstream", "no", "upstream"),
            fact("Publisher", "", "upstream"),
        ],
        files: vec![
            why_file("flask-3.2.0-py3-none-any.whl", FileKind::Wheel, 103_308, Verdict::Held { until }, &["cooldown"]),
            why_file("flask-3.2.0.tar.gz", FileKind::Sdist, 753_398, Verdict::Refused, &["wheels-only", "cooldown"]),
        ],
        page: 1,
        path: why_path("flask==3.2.0"),
        json: "/why/flask==3.2.0?format=json".to_owned(),
    }
}

/// The same with a happy end, and with nothing to tell but that.
pub(crate) fn why_served() -> WhyPage {
    let mut page = why();
    page.subject = Subject {
        project: "flask".to_owned(),
        version: Some("3.1.4".to_owned()),
        file: Some("flask-3.1.4-py3-none-any.whl".to_owned()),
    };
    page.verdict = Verdict::Served;
    page.sentence = "flask-3.1.4-py3-none-any.whl is served: no rule objects.".to_owned();
    page.hits.clear();
    page.files.clear();
    page
}
