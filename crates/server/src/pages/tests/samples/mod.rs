//! One believable example of each page, and text that attacks whatever shows it.

mod advisories;
mod audit;
mod distribution;
mod project;
mod suites;
mod why;

pub(crate) use advisories::advisories;
pub(crate) use audit::audit;
pub(crate) use distribution::*;
pub(crate) use project::{flask, large, project, quarantined};
pub(crate) use suites::{excuses, snapshots, suite, suites};
pub(crate) use why::{why, why_served};

use crate::pages::*;
use packhouse_model::Timestamp;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect(text)
}

pub(crate) fn site() -> Site {
    Site {
        version: "0.1.0".to_owned(),
        index: "default".to_owned(),
        now: at("2026-11-22T13:05:00Z"),
        distribution: true,
    }
}

fn strings<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.map(str::to_owned).to_vec()
}

pub(crate) fn home() -> HomePage {
    let index = |name: &str, url: &str, policy: &str, current| IndexLine {
        name: name.to_owned(),
        url: url.to_owned(),
        policy: policy.to_owned(),
        current,
    };
    let rule = |rule: &str, sentence: &str| RuleLine { rule: rule.to_owned(), sentence: sentence.to_owned() };
    HomePage {
        distribution: None,
        site: site(),
        indexes: vec![
            index(
                "default",
                "http://127.0.0.1:8080/simple/",
                "New files wait 7 days; wheels only where a wheel exists; 2 private names.",
                true,
            ),
            index(
                "research",
                "http://127.0.0.1:8080/pypi/research/simple/",
                "New files wait 1 day; source distributions allowed.",
                false,
            ),
            index(
                "frozen",
                "http://127.0.0.1:8080/pypi/frozen/simple/",
                "Only 212 listed projects; new files wait 30 days.",
                false,
            ),
        ],
        upstreams: vec![UpstreamState {
            name: "main".to_owned(),
            address: "https://upstream.invalid/simple/".to_owned(),
            health: Health::Answering,
            last_success: Some(at("2026-11-22T13:04:31Z")),
            last_error: Some((
                at("2026-11-20T04:12:09Z"),
                "503 Service Unavailable for https://upstream.invalid/simple/numpy/".to_owned(),
            )),
        }],
        cache: CacheState {
            projects: 1_312,
            files: 8_904,
            bytes: 23_482_113_024,
            limit: Some(50_000_000_000),
            hits: 481_233,
            misses: 21_874,
            jobs_waiting: 3,
        },
        rules: vec![
            rule("private-names", "The names acme-* belong to this index and are never asked of upstream."),
            rule("deny-list", "4 names and 2 hashes are refused outright."),
            rule("first-seen-pin", "A file whose hash changed since it was first seen here is refused."),
            rule("upstream-quarantine", "Projects that upstream has quarantined are refused."),
            rule("wheels-only", "A source distribution is refused where its release has a wheel."),
            rule(
                "cooldown",
                "A new file waits 7 days from its upload; one of unknown age, from when it was first seen here.",
            ),
        ],
    }
}

pub(crate) fn policy() -> PolicyPage {
    let parameter = |name: &str, value: &str, is_default| Parameter {
        name: name.to_owned(),
        value: value.to_owned(),
        is_default,
    };
    let rule = |rule: &str, sentence: &str, parameters| PolicyRule {
        rule: rule.to_owned(),
        sentence: sentence.to_owned(),
        parameters,
    };
    let index =
        |name: &str, summary: &str, url: &str, upstream: Option<&str>, rules, exceptions| IndexPolicy {
            name: name.to_owned(),
            summary: summary.to_owned(),
            url: url.to_owned(),
            upstream: upstream.map(str::to_owned),
            rules,
            exceptions,
        };
    PolicyPage {
        site: site(),
        indexes: vec![
            index(
                "default",
                "New files wait 7 days; wheels only where a wheel exists; 2 private names.",
                "http://127.0.0.1:8080/simple/",
                Some("main"),
                vec![
                    rule(
                        "private-names",
                        "These names belong to this index and are never asked of upstream.",
                        vec![
                            parameter("names", "[\"acme-billing\"]", false),
                            parameter("prefixes", "[\"acme-\"]", false),
                        ],
                    ),
                    rule(
                        "first-seen-pin",
                        "A file whose hash changed since it was first seen here is refused.",
                        vec![],
                    ),
                    rule(
                        "wheels-only",
                        "A source distribution is refused where its release has a wheel, because installing it runs the vendor's code.",
                        vec![parameter("allow", "[]", true)],
                    ),
                    rule(
                        "cooldown",
                        "A new file waits 7 days from its upload; one of unknown age, from when it was first seen here.",
                        vec![
                            parameter("wait", "\"7d\"", true),
                            parameter("projects.\"acme-sdk\"", "\"0\"", false),
                        ],
                    ),
                ],
                2,
            ),
            index(
                "frozen",
                "Only what is stored here.",
                "http://127.0.0.1:8080/pypi/frozen/simple/",
                None,
                vec![],
                0,
            ),
        ],
    }
}

pub(crate) fn failure() -> FailurePage {
    FailurePage {
        site: site(),
        status: 502,
        title: "Upstream did not answer".to_owned(),
        what: "The project numpy has not been seen here before, and the upstream main answered 503 Service Unavailable when it was asked.".to_owned(),
        advice: strings([
            "Try again in 30 seconds: upstream is asked again then.",
            "What was seen before still installs; a lock file whose files are all stored here is not affected.",
        ]),
        links: vec![Link { label: "How upstream has been answering".to_owned(), href: "/#upstream".to_owned(), current: false }],
        facts: vec![
            Fact { name: "Request".to_owned(), value: "01jd9k2v7q".to_owned(), source: String::new() },
            Fact { name: "Try again after".to_owned(), value: "30 s".to_owned(), source: String::new() },
        ],
    }
}

/// A string that attacks whatever shows it: markup, template syntax, a right-to-left override, controls,
/// and ten thousand characters without a place to break.
pub(crate) fn hostile() -> String {
    format!(
        "<script>alert(1)</script>\" onload='x' {{{{7*7}}}} a\u{202e}gpj.exe\0\u{7}\u{200b}{}",
        "W".repeat(10_240)
    )
}
