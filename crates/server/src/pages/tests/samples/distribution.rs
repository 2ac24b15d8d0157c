//! The distribution's pages, with `text` wherever a person or the upstream can write.

use std::sync::Arc;

use packhouse_distribution::act::IdentityChange;
use packhouse_inspect::{Class, Release, RiskFacts, assess, compare, compare_text, review_order};
use packhouse_model::RiskClass;

use super::{at, site, strings};
use crate::pages::Paging;
use crate::pages::distribution::*;

pub(super) const HASH: &str = "4a14f1a2d3c0b5d7e9f00112233445566778899aabbccddeeff0011223344556";

fn claimed() -> Claimed {
    Claimed { by: "alice".to_owned(), until: at("2026-11-23T09:00:00Z") }
}

pub(crate) fn queue(text: &str) -> QueuePage {
    let row = |project: &str, risk, deadline: &str, claimed| QueueRow {
        project: project.to_owned(),
        version: "3.1.0".to_owned(),
        base: Some("3.0.3".to_owned()),
        lost: (project == "werkzeug").then(|| at("2026-11-08T00:00:00Z")),
        risk,
        lines: 1_204,
        sentence: format!("it lacks 1 of 2 signatures; {text}"),
        signatures: 1,
        organisations: 1,
        claimed,
        deadline: at(deadline),
    };
    QueuePage {
        site: site(),
        whose: "alice".to_owned(),
        unknown: false,
        people: strings(["alice", "bob"]),
        rows: vec![
            row("flask", RiskClass::R3, "2026-11-20T00:00:00Z", None),
            row("werkzeug", RiskClass::R4, "2026-11-29T00:00:00Z", Some(claimed())),
            row(text, RiskClass::R1, "2026-11-30T00:00:00Z", None),
        ],
        total: 103,
        overdue: 1,
        paging: Paging::new(1, 103, 100, "/queue", &[("for", "alice")]),
    }
}

pub(crate) fn head(text: &str) -> ReviewHead {
    let link = |label: &str, current| crate::pages::Link {
        label: label.to_owned(),
        href: "/review/flask/3.1.0".to_owned(),
        current,
    };
    ReviewHead {
        project: "flask".to_owned(),
        version: "3.1.0".to_owned(),
        filename: text.to_owned(),
        sha256: HASH.to_owned(),
        base: Some(("flask==3.0.3".to_owned(), text.to_owned(), HASH.to_owned())),
        file_query: String::new(),
        base_query: String::new(),
        files: vec![link("flask-3.1.0-py3-none-any.whl", true), link(text, false)],
        bases: vec![link("since 3.0.3", true), link("since 2.3.3", false)],
    }
}

pub(crate) fn signature(text: &str, why_not: Option<&str>) -> SignatureRow {
    SignatureRow {
        imported: None,
        entry: 31,
        by: "alice".to_owned(),
        at: at("2026-11-21T10:00:00Z"),
        verdict: "accept".to_owned(),
        scope: "as a change from flask==3.0.3".to_owned(),
        criteria: strings(["safe-to-run"]),
        minutes: 40,
        notes: text.to_owned(),
        counts_for: usize::from(why_not.is_none()) * 2,
        why_not: why_not.map(str::to_owned),
    }
}

/// A review of a peer.
fn imported(text: &str) -> SignatureRow {
    let imported = Some(("elsewhere".to_owned(), 12));
    SignatureRow { by: "ben@elsewhere".to_owned(), imported, ..signature(text, None) }
}

fn exemption(text: &str, why_not: Option<&str>) -> ExemptionRow {
    ExemptionRow {
        entry: 33,
        by: "alice".to_owned(),
        until: at("2026-12-21T10:00:00Z"),
        reason: text.to_owned(),
        why_not: why_not.map(str::to_owned),
    }
}

pub(crate) fn note(text: &str, line: Option<usize>) -> LineNote {
    LineNote {
        entry: 30,
        by: "bob".to_owned(),
        at: at("2026-11-21T09:00:00Z"),
        path: line.map(|_| "flask/app.py".to_owned()),
        line,
        text: text.to_owned(),
        machine: None,
    }
}

fn standing(text: &str) -> ReviewStanding {
    ReviewStanding {
        state: "waits for reviews".to_owned(),
        tone: "wait",
        sentence: format!("it lacks 1 of 2 signatures; {text}"),
        needs: vec!["others depend on the project: 2 signatures".to_owned(), text.to_owned()],
        violations: vec![text.to_owned()],
        risk: RiskClass::R3,
        lines: 42,
        queued: at("2026-11-18T10:00:00Z"),
        deadline: Some(at("2026-11-20T10:00:00Z")),
        claimed: Some(claimed()),
        identity: vec![IdentityChange {
            what: "repository".to_owned(),
            before: "forge/pallets/flask".to_owned(),
            after: text.to_owned(),
        }],
        signatures: vec![signature(text, None), imported(text), signature("", Some(text))],
        exemptions: vec![exemption(text, None), exemption(text, Some(text))],
        files: vec![(text.to_owned(), HASH.to_owned(), true), ("b.whl".to_owned(), HASH.to_owned(), false)],
    }
}

/// Two releases of which the second changes everything that can change.
pub(crate) fn releases(text: &str) -> (Release, Release) {
    let metadata = |version: &str, more: &str| {
        format!(
            "Metadata-Version: 2.1\nName: flask\nVersion: {version}\nRequires-Dist: werkzeug>=3\n{more}\n"
        )
    };
    let one_line = text.replace(['\n', '\r', '\t'], " ");
    let old = Release::from_files([
        ("flask-3.0.3.dist-info/METADATA".to_owned(), metadata("3.0.3", "Summary: before")),
        ("flask/app.py".to_owned(), "import os\n\n\ndef run(host):\n    return \"host\", 1\n".to_owned()),
        ("flask/gone.py".to_owned(), "x = 1\n".to_owned()),
    ]);
    let new = Release::from_files([
        (
            "flask-3.1.0.dist-info/METADATA".to_owned(),
            metadata(
                "3.1.0",
                &format!("Summary: {one_line}\nRequires-Dist: blinker>=1.9\nRequires-Dist: werkzeug>=3.1"),
            ),
        ),
        (
            "flask-3.1.0.dist-info/entry_points.txt".to_owned(),
            format!("[console_scripts]\nflask = flask.cli:main\n[plugins]\nx = {one_line}\n"),
        ),
        (
            "flask/app.py".to_owned(),
            format!("import os\nimport socket\n\n\ndef run(host, port):\n    return \"host\", 1\n# {text}\n"),
        ),
        ("flask/boot.pth".to_owned(), "import flask.boot\n".to_owned()),
        ("setup.py".to_owned(), "print(1)\n".to_owned()),
    ]);
    (old, new)
}

pub(crate) fn review(text: &str) -> ReviewPage {
    let (old, new) = releases(text);
    let difference = compare(&old, &new);
    let assessment = assess(&old, &new, &difference, &RiskFacts::default());
    let order = review_order(&difference, &assessment);
    let line = "packhouse review accept flask==3.1.0 --base flask==3.0.3 --criteria safe-to-run --server http://127.0.0.1:8080";
    ReviewPage {
        site: site(),
        head: head(text),
        standing: standing(text),
        problem: Some(text.to_owned()),
        difference: Arc::new(difference),
        assessment: Arc::new(assessment),
        order: Arc::new(order),
        inline: inline([(sample_file(text), vec![note(text, Some(2))])]),
        notes: vec![note(text, None), note(text, Some(2))],
        findings: vec![finding(text, Some(2)), finding(text, None)],
        page: 1,
        commands: vec![("Accept".to_owned(), line.to_owned())],
    }
}

fn sample_file(text: &str) -> ReviewedFile {
    let (old, new) = releases(text);
    let path = "flask/app.py";
    let difference = compare(&old, &new);
    let change = difference.files.iter().find(|file| file.path == path).expect("it changed").clone();
    ReviewedFile {
        change,
        class: RiskClass::R3,
        comparison: compare_text(old.content(path), new.content(path), &text_limits()),
        content: new.content(path).map(<[u8]>::to_vec),
        before: old.content(path).map(<[u8]>::to_vec),
        place: (2, 6),
        neighbours: (Some(text.to_owned()), Some("setup.py".to_owned())),
        reasons: vec![(RiskClass::R3, Some(2), text.to_owned())],
        findings: vec![finding(text, Some(2))],
    }
}

fn finding(text: &str, line: Option<usize>) -> FindingRow {
    FindingRow {
        class: if line.is_some() { Class::Block } else { Class::Info },
        rule: "S04".to_owned(),
        path: line.map(|_| "flask/app.py".to_owned()),
        place: text.to_owned(),
        line,
        message: text.to_owned(),
        excerpt: text.to_owned(),
        decoded: line.map(|_| text.repeat(2)),
        question: text.to_owned(),
        new: line.is_some(),
    }
}

pub(crate) fn review_file(text: &str, mode: Mode) -> ReviewFilePage {
    let file = sample_file(text);
    let notes = vec![note(text, Some(2)), note("not on this page", Some(999))];
    ReviewFilePage::new(site(), head(text), file, notes, mode, 1, None)
}

pub(crate) fn lines(text: &str) -> HistoryList {
    let line = |number, by: &str, act: &str, sentence: &str| EntryLine {
        number,
        hash: HASH.to_owned(),
        act: act.to_owned(),
        at: Some(at("2026-11-21T10:00:00Z")),
        by: by.to_owned(),
        person: by != "server",
        sentence: sentence.to_owned(),
    };
    HistoryList {
        lines: vec![
            line(31, "alice", "review", "accepts flask==3.1.0 as a change from flask==3.0.3 (safe-to-run)"),
            line(30, "bob", "note", text),
            line(29, "server", "candidate", "takes flask==3.1.0 in from upstream: 2 files, risk class R3"),
        ],
        looked_from: 12,
    }
}

pub(crate) fn tracker(text: &str) -> Tracker {
    Tracker {
        project: "flask".to_owned(),
        tier: "shared",
        series: strings(["(latest)"]),
        stewardship: "neglected",
        stewardship_since: Some(at("2026-11-19T10:00:00Z")),
        stewardship_next: Some(("stewards contacted", at("2026-11-23T00:00:00Z"))),
        stewardship_because: vec![text.to_owned()],
        stewards: strings(["alice", "bob"]),
        vendor: vec!["Pallets".to_owned(), text.to_owned()],
        repository: Some(text.to_owned()),
        publisher: Some(text.to_owned()),
        quarantined: Some(at("2026-11-20T10:00:00Z")),
        suites: vec![
            InSuite {
                suite: "unstable".to_owned(),
                stage: "development",
                versions: vec![("3.0.3".to_owned(), at("2026-11-01T10:00:00Z"))],
            },
            InSuite { suite: "testing".to_owned(), stage: "soft-freeze", versions: vec![] },
        ],
        candidates: vec![CandidateLine {
            version: "3.1.0".to_owned(),
            project: "flask".to_owned(),
            state: "waits for reviews".to_owned(),
            tone: "wait",
            risk: RiskClass::R3,
            lines: 42,
            sentence: text.to_owned(),
            found: at("2026-11-18T10:00:00Z"),
            deadline: Some(at("2026-11-20T10:00:00Z")),
            claimed: Some(claimed()),
        }],
        more_candidates: 4,
        reviews: vec![
            ("3.1.0".to_owned(), signature("", None)),
            ("3.1.0".to_owned(), signature("", Some(text))),
        ],
        more_reviews: 12,
        exemptions: vec![(text.to_owned(), exemption(text, Some(text)))],
        excuses: vec![
            Excused {
                suite: "testing".to_owned(),
                moves: false,
                what: "3.0.2 → 3.0.3".to_owned(),
                because: vec![text.to_owned()],
                href: "/suites/testing/excuses#item-flask".to_owned(),
            },
            Excused {
                suite: "testing".to_owned(),
                moves: true,
                what: "3.0.3".to_owned(),
                because: vec![],
                href: "/suites/testing/excuses#item-flask".to_owned(),
            },
        ],
        excuses_later: true,
        conditions: vec![ConditionLine {
            version: "2.9.9".to_owned(),
            condition: "quarantined",
            refuses: true,
            reason: text.to_owned(),
            by: "carol".to_owned(),
            since: at("2026-11-20T10:00:00Z"),
            advisory: Some(text.to_owned()),
        }],
        history: lines(text),
    }
}

fn person(text: &str, standing: &'static str) -> MaintainerRow {
    MaintainerRow {
        id: format!("person-{standing}"),
        name: text.to_owned(),
        standing,
        roles: vec!["maintainer", "security"],
        affiliations: vec![text.to_owned()],
        projects: 12,
        reviews: 204,
        last_act: at("2026-11-21T10:00:00Z"),
    }
}

fn review_line(verdict: &str) -> ReviewLine {
    ReviewLine {
        entry: 31,
        project: "flask".to_owned(),
        version: "3.1.0".to_owned(),
        verdict: verdict.to_owned(),
        scope: "in full".to_owned(),
        at: at("2026-11-21T10:00:00Z"),
        revoked: true,
    }
}

pub(crate) fn maintainers(text: &str) -> MaintainersPage {
    let people = vec![person(text, "active"), person("Bob", "invited"), person("Carol", "emeritus")];
    MaintainersPage { site: site(), people }
}

pub(crate) fn maintainer(text: &str) -> MaintainerPage {
    let key = |fingerprint: &str, expires: Option<&str>, revoked| KeyRow {
        fingerprint: fingerprint.to_owned(),
        added: 3,
        expires: expires.map(at),
        revoked,
    };
    MaintainerPage {
        site: site(),
        person: person(text, "active"),
        since: at("2026-01-01T10:00:00Z"),
        accounts: vec!["forge:alice".to_owned(), text.to_owned()],
        ties: vec![Tie {
            organisation: text.to_owned(),
            from: at("2026-01-01T10:00:00Z"),
            until: Some(at("2026-06-01T10:00:00Z")),
            found: true,
        }],
        keys: vec![
            key("SHA256:one", None, None),
            key("SHA256:two", Some("2026-06-01T10:00:00Z"), None),
            key("SHA256:three", None, Some((12, text.to_owned()))),
        ],
        projects: vec!["flask".to_owned(), text.to_owned()],
        reviews: vec![review_line("accept")],
        history: lines(text),
    }
}

pub(crate) fn ledger(text: &str) -> LedgerPage {
    let lines = lines(text).lines;
    LedgerPage { site: site(), lines, total: 1_204, paging: Paging::new(2, 1_204, 100, "/ledger", &[]) }
}

pub(crate) fn entry(text: &str) -> EntryPage {
    let signed = |owner: Option<&str>, good| SignedBy {
        key: "SHA256:tsO8mhxXLmDfS+rDWxaxGO7XJPO4kRkMQ9ctWPkDRYU".to_owned(),
        owner: owner.map(str::to_owned),
        good,
    };
    EntryPage {
        site: site(),
        line: lines(text).lines.remove(1),
        previous: HASH.to_owned(),
        kind: "urn:x-packhouse:note:v1".to_owned(),
        statement: format!("{{\n  \"predicate\": \"{}\"\n}}", text.chars().take(400).collect::<String>()),
        signatures: vec![signed(Some("alice"), true), signed(Some("bob"), false), signed(None, false)],
        newest: 1_204,
    }
}

pub(crate) fn section() -> DistributionSection {
    let line = |name: &str, stage, next, until: Option<&str>| SuiteLine {
        name: name.to_owned(),
        stage,
        next,
        releases: 412,
        url: format!("http://127.0.0.1:8080/pypi/{name}/simple/"),
        supported_until: until.map(at),
    };
    DistributionSection {
        name: "Orchard".to_owned(),
        suites: vec![
            line("unstable", "development", None, None),
            line("testing", "soft-freeze", Some("hard-freeze"), None),
            line("pear", "released", None, Some("2028-06-01T00:00:00Z")),
        ],
        queue: 14,
        overdue: 2,
    }
}

pub(crate) fn feed(text: &str) -> Feed {
    let id = format!("urn:x-packhouse:{HASH}");
    Feed {
        id: format!("{id}:project:flask"),
        title: text.to_owned(),
        this: "http://127.0.0.1:8080/feeds/projects/flask.atom".to_owned(),
        page: "http://127.0.0.1:8080/project/flask".to_owned(),
        author: "Orchard".to_owned(),
        updated: at("2026-11-21T10:00:00Z"),
        entries: vec![FeedEntry {
            id: format!("{id}:entry:31"),
            title: text.to_owned(),
            updated: at("2026-11-21T10:00:00Z"),
            author: text.to_owned(),
            link: "http://127.0.0.1:8080/ledger/31".to_owned(),
            summary: text.to_owned(),
        }],
    }
}

fn peer(text: &str, ended: Option<(u64, String)>) -> PeerSummary {
    PeerSummary {
        name: "elsewhere".to_owned(),
        distribution: "5c1f".repeat(16),
        address: ended.is_none().then(|| text.to_owned()),
        counts: "each person there counts as a signature",
        reason: text.to_owned(),
        by: "alice".to_owned(),
        at: at("2026-10-01T10:00:00Z"),
        entry: 17,
        ended,
        imported: 3,
        standing: 2,
        checked: Some((at("2026-11-21T10:00:00Z"), None)),
    }
}

pub(crate) fn imports(text: &str) -> ImportsPage {
    let peers = vec![
        peer(text, None),
        PeerSummary {
            name: "bad".to_owned(),
            checked: Some((at("2026-11-21T10:00:00Z"), Some(text.to_owned()))),
            ..peer("x", None)
        },
        PeerSummary { name: "new".to_owned(), checked: None, ..peer("x", None) },
        PeerSummary { name: "old".to_owned(), ..peer("x", Some((40, text.to_owned()))) },
    ];
    ImportsPage { site: site(), peers }
}

pub(crate) fn import(text: &str) -> ImportPage {
    let person = |id: &str, standing| PeerPersonLine {
        id: format!("{id}@elsewhere"),
        name: text.to_owned(),
        standing,
        affiliations: vec![text.to_owned()],
    };
    let review = |entry, verdict: &str, because: Option<String>| ImportedLine {
        line: ReviewLine { entry, revoked: because.is_some(), ..review_line(verdict) },
        by: "ben@elsewhere".to_owned(),
        worth: vec!["safe-to-deploy".to_owned()],
        because,
    };
    ImportPage {
        site: site(),
        peer: peer(text, None),
        criteria: vec![("safe".to_owned(), vec!["safe-to-deploy".to_owned()]), (text.to_owned(), vec![])],
        only_people: Some(vec!["ben".to_owned()]),
        only_projects: None,
        except: vec![text.to_owned()],
        people: vec![person("ben", "active"), person("cleo", "left"), person("dan", "removed")],
        reviews: vec![review(44, "accept", None), review(41, "violation", Some(text.to_owned()))],
    }
}
