use std::collections::BTreeMap;

use packhouse_model::{Sha256, Timestamp};
use serde::Deserialize;

/// A policy as people write it: the table `[policy]` or `[index.<name>.policy]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct PolicyConfig {
    /// How old a file must be before it is handed out.
    pub cooldown: String,
    /// How old a project's first file must be before anything of the project is handed out, where there is a cooldown.
    pub cooldown_new_projects: String,
    /// Names that are yours: `acme-core`, `acme-*`. Never asked of the upstream.
    pub private: Vec<String>,
    /// When not empty, only what it matches is handed out.
    pub allow: Vec<EntryConfig>,
    /// What is never handed out.
    pub deny: Vec<EntryConfig>,
    /// How long a name counts as new; new names that look like known ones are refused.
    pub names: String,
    /// What happens to versions with a known vulnerability.
    pub vulnerabilities: VulnerabilityPolicy,
    /// Ids of advisories that do not count here, of malware too.
    pub ignore_advisories: Vec<String>,
    /// How old a release must be that somebody else publishes than the one before it.
    pub publisher: String,
    /// When source distributions are handed out.
    pub sdist: SdistPolicy,
    /// How long a project counts as new; source distributions of new projects wait where their version has no wheel.
    pub new_sdists: String,
    /// How long a project counts as new; releases that newly need a new project wait.
    pub new_dependencies: String,
    /// What happens to files that the upstream has deleted and we still have.
    pub deleted: DeletedPolicy,
    /// From which weight on what an inspection saw holds a file.
    pub findings: FindingsPolicy,
    /// What happens to files that an inspection could not examine.
    pub uninspected: Uninspected,
    /// How a refused file shows on the project page.
    pub refused_files: RefusedFiles,
    /// Settings of single projects, by name or prefix.
    pub projects: BTreeMap<String, ProjectConfig>,
}

impl Default for PolicyConfig {
    fn default() -> Self {
        Self {
            cooldown: "7d".to_owned(),
            cooldown_new_projects: "30d".to_owned(),
            private: Vec::new(),
            allow: Vec::new(),
            deny: Vec::new(),
            names: "365d".to_owned(),
            vulnerabilities: VulnerabilityPolicy::default(),
            ignore_advisories: Vec::new(),
            publisher: "14d".to_owned(),
            sdist: SdistPolicy::default(),
            new_sdists: "730d".to_owned(),
            new_dependencies: "90d".to_owned(),
            deleted: DeletedPolicy::default(),
            findings: FindingsPolicy::default(),
            uninspected: Uninspected::default(),
            refused_files: RefusedFiles::default(),
            projects: BTreeMap::new(),
        }
    }
}

/// A line of the allow or the deny list: `"reb==1.2"`, or the same with a reason.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum EntryConfig {
    /// Only what.
    Text(String),
    /// What, and why.
    Table(EntryTable),
}

/// The long form of a list's line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryTable {
    /// `name`, `prefix-*`, `name==version` or `sha256:<hex>`.
    #[serde(rename = "match")]
    pub what: String,
    /// Shown to whoever is refused.
    pub reason: String,
}

impl EntryConfig {
    pub(crate) fn parts(&self) -> (&str, Option<&str>) {
        match self {
            Self::Text(what) => (what, None),
            Self::Table(EntryTable { what, reason }) => (what, Some(reason)),
        }
    }
}

/// `policy.sdist`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SdistPolicy {
    /// Always handed out.
    Always,
    /// Refused where the version has a wheel that fits every platform.
    UnlessUniversalWheel,
    /// Refused where the version has any wheel.
    #[default]
    UnlessWheel,
    /// Never handed out.
    Never,
}

/// `policy.vulnerabilities`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VulnerabilityPolicy {
    /// Said on the pages for people, and nowhere else.
    #[default]
    Inform,
    /// Listed as yanked with the reason and handed out: resolvers take another version, and who pins it is told.
    Warn,
    /// Refused.
    Block,
}

/// `policy.deleted`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeletedPolicy {
    /// Listed as yanked and handed out, so that lockfiles keep working; but not what was deleted within a month of its upload,
    /// as malware is.
    #[default]
    KeepOld,
    /// Listed as yanked and handed out, however young it was.
    Keep,
    /// Refused.
    Refuse,
}

/// `policy.findings`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingsPolicy {
    /// Nobody looks into files.
    Off,
    /// Only what has no harmless explanation.
    Block,
    /// What a person has to explain, too.
    #[default]
    Review,
    /// All that deserves a look.
    Hold,
}

/// `policy.uninspected`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Uninspected {
    /// Refused.
    #[default]
    Hold,
    /// Handed out.
    Serve,
}

/// `policy.refused-files`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusedFiles {
    /// Listed as yanked with the reason, so that clients can show it.
    #[default]
    Tombstone,
    /// Not listed.
    Omit,
}

/// `[policy.projects."torch"]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct ProjectConfig {
    /// Overrides `policy.cooldown`.
    pub cooldown: Option<String>,
    /// Overrides `policy.cooldown-new-projects`.
    pub cooldown_new_projects: Option<String>,
    /// Overrides `policy.sdist`.
    pub sdist: Option<SdistPolicy>,
    /// Overrides `policy.findings`.
    pub findings: Option<FindingsPolicy>,
}

/// `[[exception]]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExceptionConfig {
    /// With `version`: which release.
    pub project: Option<String>,
    /// With `project`: which release.
    pub version: Option<String>,
    /// Or the exact bytes.
    pub sha256: Option<Sha256>,
    /// The rules it lifts; left out: all that can be lifted.
    #[serde(default)]
    pub rules: Vec<String>,
    /// Why.
    pub reason: String,
    /// Who.
    pub author: String,
    /// Until when: a date or a time.
    pub until: Timestamp,
    /// The indexes it holds for; left out: all.
    #[serde(default)]
    pub indexes: Vec<String>,
}
