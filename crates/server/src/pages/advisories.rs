use packhouse_app::{AdvisoryHere, AdvisoryStatus};

use super::{Paging, Site, assets, filters, links};

/// The form's values, as the query gave them; empty is any.
#[derive(Debug, Clone, Default)]
pub struct AdvisoriesFilter {
    /// A project's name.
    pub project: String,
    /// `malware`, or empty for all.
    pub kind: String,
}

impl AdvisoriesFilter {
    /// The names and values of the query, for [`Paging`].
    pub fn query(&self) -> [(&str, &str); 2] {
        [("project", &self.project), ("kind", &self.kind)]
    }

    fn is_set(&self) -> bool {
        self.query().iter().any(|(_, value)| !value.is_empty())
    }
}

/// `/advisories`: what is known of malware and vulnerabilities, and what it means here.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "advisories.html", config = "templates/askama.toml")]
pub struct AdvisoriesPage {
    /// What every page needs.
    pub site: Site,
    /// The form as it was sent.
    pub filter: AdvisoriesFilter,
    /// The records of this page, the latest first.
    pub advisories: Vec<AdvisoryHere>,
    /// How many the filter matches.
    pub total: u64,
    /// What is kept, and how the sources do.
    pub status: AdvisoryStatus,
    /// The pages of them.
    pub paging: Paging,
}

impl AdvisoriesPage {
    fn as_json(&self) -> String {
        let [project, kind] = self.filter.query();
        let page = self.paging.page().to_string();
        links::with_query("/advisories", &[project, kind, ("page", &page), ("format", "json")])
    }

    /// The badge of a record: tone and words.
    fn badge(row: &AdvisoryHere) -> (&'static str, &'static str) {
        match (row.advisory.withdrawn, row.advisory.malware, row.advisory.rating) {
            (Some(_), ..) => ("plain", "withdrawn"),
            (None, true, _) => ("no", "malware"),
            (None, false, Some("critical")) => ("no", "critical"),
            (None, false, Some(rating @ ("high" | "medium"))) => ("wait", rating),
            (None, false, Some(rating)) => ("plain", rating),
            (None, false, None) => ("plain", "no rating"),
        }
    }

    /// The record as it came.
    fn record(row: &AdvisoryHere) -> String {
        links::api_path("advisories", &row.advisory.id)
    }

    fn project(&self, name: &str) -> String {
        links::project_path(name, &self.site.index)
    }

    fn suite(name: &str) -> String {
        super::distribution::suite_path(name)
    }

    /// The explanation of a release.
    fn why(project: &str, version: &str) -> String {
        links::why_path(&format!("{project}=={version}"))
    }
}

super::page!(AdvisoriesPage, Advisories);
