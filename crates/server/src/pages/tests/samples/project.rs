use super::{at, site, strings};
use crate::pages::*;
use packhouse_model::{FileKind, Sha256};

pub(super) const COOLDOWN: (&str, &str) =
    ("cooldown", "was uploaded 2026-11-21, cooldown 7d ends 2026-11-28 19:37 UTC");
const SDIST: (&str, &str) = ("wheels-only", "is a source distribution, and the release has a wheel");

pub(super) fn reason((rule, text): (&str, &str)) -> Reason {
    Reason { rule: rule.to_owned(), text: text.to_owned(), excused_by: None }
}

pub(crate) fn file(
    name: &str,
    kind: FileKind,
    size: u64,
    verdict: Verdict,
    because: &[(&str, &str)],
) -> FileRow {
    FileRow {
        name: name.to_owned(),
        kind,
        size: Some(size),
        sha256: Some(Sha256::of(name.as_bytes()).hex()),
        requires_python: Some(">=3.9".to_owned()),
        yanked: None,
        verdict,
        deleted: None,
        because: because.iter().copied().map(reason).collect(),
    }
}

pub(crate) fn release(version: &str, date: &str, verdict: Verdict, because: &[(&str, &str)]) -> Release {
    let wheel = format!("flask-{version}-py3-none-any.whl");
    let sdist = format!("flask-{version}.tar.gz");
    let held = matches!(verdict, Verdict::Held { .. });
    Release {
        version: version.to_owned(),
        prerelease: version.contains("rc"),
        uploaded: Some(at(date)),
        files: vec![
            file(&wheel, FileKind::Wheel, 103_308, verdict, because),
            if held {
                file(&sdist, FileKind::Sdist, 753_398, verdict, because)
            } else {
                file(&sdist, FileKind::Sdist, 753_398, Verdict::Refused, &[SDIST])
            },
        ],
        why: why_path(&format!("flask=={version}")),
    }
}

pub(crate) fn flask() -> Project {
    let until = Some(at("2026-11-28T19:37:12Z"));
    let mut releases = vec![
        release("3.2.0", "2026-11-21T19:37:12Z", Verdict::Held { until }, &[COOLDOWN]),
        release("3.2.0rc1", "2026-11-02T08:14:44Z", Verdict::Served, &[]),
        release("3.1.4", "2026-11-02T08:14:44Z", Verdict::Served, &[]),
        release("3.1.3", "2026-02-19T05:00:57Z", Verdict::Served, &[]),
        release("3.1.2", "2025-08-19T21:03:21Z", Verdict::Served, &[]),
    ];
    releases[4].files.truncate(1);
    releases[4].files[0].because = vec![Reason {
        excused_by: Some("Mina Okafor".to_owned()),
        ..reason(("first-seen-pin", "changed its bytes: first sha256 9f2feb0b, now 91d9e6af"))
    }];
    for file in &mut releases[3].files {
        file.yanked = Some("breaks signed cookies of 3.1.2; use 3.1.4".to_owned());
    }
    for minor in (0..=40).rev() {
        releases.push(release(&format!("2.{minor}.0"), "2024-04-07T19:26:08Z", Verdict::Served, &[]));
    }
    releases[5].files[0].deleted = Some(at("2026-11-18"));
    releases[9].files.truncate(1);
    Project {
        name: "flask".to_owned(),
        index: "default".to_owned(),
        indexes: strings(["default", "research", "frozen"]),
        status: UpstreamStatus { word: "active".to_owned(), reason: None },
        refusal: None,
        checked: Checked { at: Some(at("2026-11-22T12:48:02Z")), stale: None },
        releases,
        why: why_path("flask"),
        simple: "/simple/flask/".to_owned(),
    }
}

pub(crate) fn project() -> ProjectPage {
    ProjectPage::new(site(), flask(), Show::All, 1)
}

/// A whole project refused, seen through an upstream that does not answer.
pub(crate) fn quarantined() -> ProjectPage {
    let mut project = flask();
    project.name = "reqeusts".to_owned();
    project.releases.truncate(2);
    for file in project.releases.iter_mut().flat_map(|release| &mut release.files) {
        file.name = file.name.replace("flask", "reqeusts");
        file.verdict = Verdict::Refused;
        file.because = vec![reason(("upstream-quarantine", "is quarantined upstream: reported as malware"))];
    }
    project.status =
        UpstreamStatus { word: "quarantined".to_owned(), reason: Some("reported as malware".to_owned()) };
    project.refusal = Some(ProjectRefusal {
        verdict: Verdict::Refused,
        because: strings(["The upstream has quarantined reqeusts: reported as malware."]),
    });
    project.checked.at = Some(at("2026-11-22T09:12:40Z"));
    project.checked.stale = Some(
        "The upstream has not answered since 2026-11-22 09:30 UTC; this page is from before that.".to_owned(),
    );
    ProjectPage::new(site(), project, Show::All, 1)
}

/// As large as pages get: 57 releases with 70 wheels each.
pub(crate) fn large() -> Project {
    let mut project = flask();
    project.name = "numpy".to_owned();
    project.releases = (0..57)
        .map(|minor| {
            let mut release =
                release(&format!("2.{}.0", 57 - minor), "2026-03-01T10:00:00Z", Verdict::Served, &[]);
            release.files = (0..70)
                .map(|tag| {
                    let name = format!(
                        "numpy-2.{}.0-cp3{tag}-cp3{tag}-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
                        57 - minor
                    );
                    file(&name, FileKind::Wheel, 16_554_000, Verdict::Served, &[])
                })
                .collect();
            release
        })
        .collect();
    project
}
