use super::{Paging, Site, assets, filters, links};
use packhouse_model::Timestamp;

/// The form's values, as the query gave them; empty is any.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// An index's name.
    pub index: String,
    /// A project's name.
    pub project: String,
    /// A rule's name.
    pub rule: String,
}

impl AuditFilter {
    /// The names and values of the query, for [`Paging`].
    pub fn query(&self) -> [(&str, &str); 3] {
        [("index", &self.index), ("project", &self.project), ("rule", &self.rule)]
    }

    fn is_set(&self) -> bool {
        self.query().iter().any(|(_, value)| !value.is_empty())
    }
}

/// A refusal that somebody met.
#[derive(Debug, Clone)]
pub struct RefusalRow {
    /// The first time.
    pub first: Timestamp,
    /// The last time.
    pub last: Timestamp,
    /// How often.
    pub times: u64,
    /// The index that refused.
    pub index: String,
    /// The project.
    pub project: String,
    /// The version, unless the whole project was refused.
    pub version: Option<String>,
    /// The file, when one was asked for.
    pub file: Option<String>,
    /// The rule that decided.
    pub rule: String,
    /// Its sentence, the last time.
    pub sentence: String,
    /// The path of its `/why/…`.
    pub why: String,
}

/// An exception that somebody made.
#[derive(Debug, Clone)]
pub struct ExceptionRow {
    /// The exact version or hash it names: `flask==3.1.3`.
    pub what: String,
    /// The indexes it holds in; empty is all.
    pub indexes: Vec<String>,
    /// The rules it lifts; empty is every rule that can be lifted.
    pub rules: Vec<String>,
    /// Why it was made.
    pub reason: String,
    /// Who made it.
    pub author: String,
    /// When it ends.
    pub ends: Timestamp,
}

/// `/audit`: the refusals that happened, and the exceptions to the rules.
#[derive(Debug, Clone, askama::Template)]
#[template(path = "audit.html", config = "templates/askama.toml")]
pub struct AuditPage {
    /// What every page needs.
    pub site: Site,
    /// The form as it was sent.
    pub filter: AuditFilter,
    /// The names to choose from.
    pub indexes: Vec<String>,
    /// The names to choose from.
    pub rules: Vec<String>,
    /// The refusals of this page, the latest first.
    pub refusals: Vec<RefusalRow>,
    /// How many refusals the filter matches.
    pub total: u64,
    /// The pages of them: `Paging::new(page, total, 50, "/audit", &filter.query())`.
    pub paging: Paging,
    /// The exceptions, those that end soonest first, ended ones last.
    pub exceptions: Vec<ExceptionRow>,
}

impl AuditPage {
    fn ended(&self, exception: &ExceptionRow) -> bool {
        exception.ends <= self.site.now
    }

    fn in_force(&self) -> u64 {
        self.exceptions.iter().filter(|exception| !self.ended(exception)).count() as u64
    }
}

super::page!(AuditPage, Audit);
