//! Suites, their snapshots and excuses, with `text` wherever a person or the upstream can write.

use std::collections::BTreeMap;
use std::sync::Arc;

use packhouse_migration::{
    Actor, Broken, Earliest, EnvironmentTrial, Excuse, FixItem, ItemKind, Plan, PolicyHit, Requirement, Role,
    Stage, TrialReport, Verdict,
};

use super::distribution::{HASH, lines};
use super::{at, site, strings};
use crate::pages::Paging;
use crate::pages::distribution::*;

pub(crate) fn suite_summary(name: &str) -> SuiteSummary {
    SuiteSummary {
        name: name.to_owned(),
        kind: "what has waited, and installs together",
        stage: "soft-freeze",
        stage_since: at("2026-11-01T10:00:00Z"),
        source: Some("unstable".to_owned()),
        serial: 12,
        releases: 412,
        released: Some(("1.0".to_owned(), at("2026-10-01T10:00:00Z"))),
        supported_until: Some(at("2026-11-01T10:00:00Z")),
        url: format!("http://127.0.0.1:8080/pypi/{name}/simple/"),
        migrates: true,
    }
}

pub(crate) fn suites() -> SuitesPage {
    SuitesPage {
        site: site(),
        distribution: "Orchard".to_owned(),
        suites: vec![suite_summary("unstable"), suite_summary("testing")],
    }
}

pub(crate) fn suite(text: &str) -> SuitePage {
    SuitePage {
        site: site(),
        suite: suite_summary("testing"),
        environments: vec![("cp312 manylinux_2_28_x86_64".to_owned(), false), (text.to_owned(), true)],
        profiles: vec![("web".to_owned(), vec!["flask".to_owned(), text.to_owned()])],
        digest: HASH.to_owned(),
        held: vec![("flask==3.0.4".to_owned(), vec![text.to_owned()])],
        rows: vec![ContentRow {
            project: "flask".to_owned(),
            version: "3.0.3".to_owned(),
            files: 2,
            since: at("2026-11-01T10:00:00Z"),
            serial: 3,
            condition: Some("yanked"),
        }],
        paging: Paging::new(1, 412, 200, "/suites/testing", &[]),
        history: lines(text),
    }
}

pub(crate) fn snapshots(text: &str) -> SnapshotsPage {
    SnapshotsPage {
        site: site(),
        suite: suite_summary("testing"),
        rows: vec![SnapshotLine {
            serial: 12,
            at: at("2026-11-21T10:00:00Z"),
            entry: 44,
            because: text.to_owned(),
            adds: (0..20).map(|number| format!("p{number}==1.0")).collect(),
            removes: strings(["old==1.0"]),
            left_out: vec![(text.to_owned(), "is yanked")],
            url: "http://127.0.0.1:8080/pypi/testing@12/simple/".to_owned(),
            digest: HASH.to_owned(),
        }],
        paging: Paging::new(1, 12, 50, "/suites/testing/snapshots", &[]),
    }
}

fn hit(policy: &'static str, verdict: Verdict, sentence: &str) -> PolicyHit {
    PolicyHit {
        policy,
        verdict,
        sentence: sentence.to_owned(),
        lift: "A release manager may waive it.".to_owned(),
        actors: vec![Actor::Role(Role::ReleaseManager)],
        since: None,
        earliest: Earliest::Unknown,
        waived: None,
    }
}

fn excuse(project: &str, accepted: bool, text: &str) -> Excuse {
    let broken = Broken {
        root: text.to_owned(),
        waived: false,
        explanation: vec!["flask 3.1.0 requires werkzeug>=3.1".to_owned(), text.to_owned()],
    };
    let trial = EnvironmentTrial { requirement: Requirement::Required, newly_uninstallable: vec![broken] };
    let fix = FixItem {
        item_name: "werkzeug/3.1".into(),
        subject: "werkzeug 3.1".to_owned(),
        verdict: Verdict::RejectedTemporarily,
        needs: vec![text.to_owned()],
        actor_needed: vec![Actor::Role(Role::Maintainer)],
        eta: Earliest::Unknown,
    };
    Excuse {
        item_name: format!("{project}/3.1.0").as_str().into(),
        project: packhouse_model::ProjectName::from_canonical(project),
        kind: ItemKind::Update,
        old_version: vec!["3.0.3".parse_version()],
        new_version: vec!["3.1.0".parse_version()],
        transition: None,
        accepted,
        is_candidate: true,
        migration_policy_verdict: Verdict::Pass,
        verdict: if accepted { Verdict::Pass } else { Verdict::BlockedByAnotherItem },
        policy_info: vec![
            hit("age", if accepted { Verdict::Pass } else { Verdict::RejectedTemporarily }, text),
            hit("block", Verdict::NotApplicable, "Nobody blocks it."),
        ],
        reason: vec!["installability"],
        blocked_by: vec!["werkzeug/3.1".into()],
        phase2: TrialReport {
            tried: true,
            acceptable: accepted,
            tried_with: vec![],
            environments: BTreeMap::from([("cp312 manylinux_2_28_x86_64".into(), trial)]),
            minimal_fix: Some(vec![fix]),
            fix_search_complete: true,
            instead_of: vec!["jinja2/4".into()],
        },
        actor_needed: vec![Actor::Role(Role::Maintainer), Actor::Person("alice".to_owned())],
        since: at("2026-11-18T10:00:00Z"),
        eta: Earliest::At(at("2026-11-24T10:00:00Z")),
        waivers: vec![],
    }
}

trait ParseVersion {
    fn parse_version(&self) -> packhouse_pypi::Version;
}

impl ParseVersion for str {
    fn parse_version(&self) -> packhouse_pypi::Version {
        packhouse_pypi::Version::parse(self).expect(self)
    }
}

pub(crate) fn excuses(text: &str) -> ExcusesPage {
    let plan = Plan {
        format: 1,
        generated: at("2026-11-22T13:00:00Z"),
        stage: Stage::Soft,
        accepted: vec![],
        before: packhouse_migration::Uninstallable::default(),
        after: packhouse_migration::Uninstallable::default(),
        excuses: vec![excuse("flask", false, text), excuse("werkzeug", true, text)],
        oracle_calls: 3,
        exact: false,
    };
    ExcusesPage {
        site: site(),
        suites: vec![SuiteExcuses {
            suite: "testing".to_owned(),
            plan: Arc::new(plan),
            transitions: vec![TransitionLine {
                name: "flask-3".to_owned(),
                by: "alice".to_owned(),
                opened: at("2026-11-01T10:00:00Z"),
                deadline: Some(at("2026-11-20T10:00:00Z")),
                reason: text.to_owned(),
                members: vec![("flask>=3".to_owned(), "done"), (text.to_owned(), "missing")],
            }],
        }],
        page: 1,
        path: "/suites/testing/excuses".to_owned(),
    }
}
