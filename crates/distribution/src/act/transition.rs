use packhouse_model::{ProjectName, SuiteName, Timestamp};
use serde::{Deserialize, Serialize};

use crate::release::project_name;

/// What a transition moves of one project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The project.
    #[serde(with = "project_name")]
    pub project: ProjectName,
    /// Which versions of it (PEP 440): `>=3,<4`, `==3.0`.
    pub versions: String,
}

impl std::fmt::Display for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.project, self.versions)
    }
}

/// By a maintainer or a release manager: these move to a suite together or not at all, under a name. Of an open transition
/// of the same name, its author or a release manager replaces the members, the reason and the deadline.
///
/// Groups that must move together are found without it; a transition says what they belong to, holds back those that are
/// there already, and names those that are missing. In a freeze that asks for it, one by a release manager is approved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// Its name: small letters, digits and hyphens.
    pub name: String,
    /// To which suite.
    pub suite: SuiteName,
    /// What moves together; a project once.
    pub members: Vec<Member>,
    /// Why there is one.
    pub reason: String,
    /// When it is meant to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
}

/// By who opened it, or by a release manager: its members move as they may.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransitionEnd {
    /// Its name.
    pub name: String,
    /// To which suite.
    pub suite: SuiteName,
    /// Why.
    pub reason: String,
}
