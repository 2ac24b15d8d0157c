use packhouse_model::Timestamp;
use serde::Serialize;

use crate::facts::Case;
use crate::pattern::Matcher;

/// A person's word that a rule does not hold for exact bytes or an exact version, until a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exception {
    /// What it speaks of: never a whole project.
    #[serde(serialize_with = "as_text")]
    pub what: Matcher,
    /// The rules it lifts; empty means every rule that can be lifted.
    pub rules: Vec<String>,
    /// Why, in the author's words.
    pub reason: String,
    /// Who says so.
    pub author: String,
    /// From this moment on it no longer holds.
    pub until: Timestamp,
}

fn as_text<S: serde::Serializer>(what: &Matcher, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(what)
}

impl Exception {
    /// Whether it holds at `now` and speaks of `rule`.
    pub fn lifts(&self, rule: &str, now: Timestamp) -> bool {
        now < self.until && (self.rules.is_empty() || self.rules.iter().any(|name| name == rule))
    }

    /// Whether it names a version of this case's project, so that a rule about the whole project yields to it.
    pub fn opens(&self, case: &Case<'_>) -> bool {
        matches!(&self.what, Matcher::Version { project, .. } if project == case.project.name.as_str())
    }
}
