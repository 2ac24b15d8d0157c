use packhouse_app::{AdvisoryHere, AdvisoryStatus, AdvisoryView, ReleaseHere, SourceView};

use super::{at, site, strings};
use crate::pages::*;

fn advisory(id: &str, summary: &str, malware: bool, rating: Option<&'static str>) -> AdvisoryHere {
    AdvisoryHere {
        advisory: AdvisoryView {
            id: id.to_owned(),
            aliases: strings(["CVE-2026-1234"]),
            summary: summary.to_owned(),
            malware,
            rating,
            projects: strings(["flask"]),
            modified: at("2026-11-20T08:00:00Z"),
            withdrawn: None,
            source: "osv".to_owned(),
        },
        releases: Vec::new(),
        more: 0,
        files: 0,
        kept: 0,
        times: 0,
        last: None,
    }
}

pub(crate) fn advisories() -> AdvisoriesPage {
    let release = |version: &str, times, suites: &[&str]| ReleaseHere {
        project: "flask".to_owned(),
        version: Some(version.to_owned()),
        times,
        suites: suites.iter().map(ToString::to_string).collect(),
    };
    let served = AdvisoryHere {
        releases: vec![release("3.1.2", 184, &["stable", "testing"]), release("3.1.1", 0, &[])],
        files: 4,
        kept: 1,
        times: 184,
        last: Some(at("2026-11-22T12:58:40Z")),
        ..advisory("GHSA-aaaa-bbbb-cccc", "Sessions can be read by others", false, Some("high"))
    };
    let filter = AdvisoriesFilter { project: "flask".to_owned(), ..AdvisoriesFilter::default() };
    AdvisoriesPage {
        site: site(),
        paging: Paging::new(2, 60, 25, "/advisories", &filter.query()),
        filter,
        advisories: vec![served, advisory("MAL-2026-77", "It sends keys to a stranger", true, None)],
        total: 60,
        status: AdvisoryStatus {
            records: 18_000,
            malware: 9_000,
            sources: vec![SourceView {
                name: "https://osv.invalid/all.zip".to_owned(),
                checked: at("2026-11-22T12:00:00Z"),
                updated: Some(at("2026-11-22T11:00:00Z")),
                problem: Some("the source answered 503".to_owned()),
            }],
        },
    }
}
