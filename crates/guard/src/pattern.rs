use std::fmt;

use packhouse_model::{FileKind, Sha256};

use crate::facts::Case;

/// How an ecosystem writes names and versions canonically. Both answers are errors in words for people.
pub trait Canonical {
    /// The canonical form of a project's name.
    fn project(&self, name: &str) -> Result<String, String>;
    /// One text for all spellings of a version.
    fn version_key(&self, version: &str) -> Result<String, String>;
    /// A word for `kind`, in messages.
    fn kind(&self, kind: FileKind) -> &'static str {
        kind.word()
    }
}

/// What an entry of a list or an exception speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matcher {
    /// `reb`: the whole project.
    Project(String),
    /// `acme-*`: every project whose canonical name starts so.
    Prefix(String),
    /// `reb==1.2`: one version, however it is spelled. Holds the name, the key, and the text for people.
    Version {
        /// Canonical name.
        project: String,
        /// See [`Canonical::version_key`].
        key: String,
        /// As written.
        version: String,
    },
    /// `sha256:…`: exact bytes.
    Hash(Sha256),
}

impl Matcher {
    /// Reads `name`, `prefix-*`, `name==version` or `sha256:<hex>`.
    pub fn parse(text: &str, canonical: &dyn Canonical) -> Result<Self, String> {
        let text = text.trim();
        if let Some(hex) = text.strip_prefix("sha256:") {
            return hex.parse().map(Self::Hash).map_err(|error| error.to_string());
        }
        if let Some((name, version)) = text.split_once("==") {
            return Ok(Self::Version {
                project: canonical.project(name.trim())?,
                key: canonical.version_key(version.trim())?,
                version: version.trim().to_owned(),
            });
        }
        if let Some(prefix) = text.strip_suffix('*') {
            let stem = prefix.trim_end_matches(['-', '_', '.']);
            let canonical_stem = canonical.project(stem)?;
            // `acme-*` must not take `acmecorp`, so the separator that was written stays.
            let separator = if stem.len() == prefix.len() { "" } else { "-" };
            return Ok(Self::Prefix(format!("{canonical_stem}{separator}")));
        }
        canonical.project(text).map(Self::Project)
    }

    /// Whether it speaks of whole projects, so that it can be asked before the upstream is.
    pub fn is_about_projects(&self) -> bool {
        matches!(self, Self::Project(_) | Self::Prefix(_))
    }

    /// Whether it speaks of this case. A case without a file matches only what is about projects.
    pub fn matches(&self, case: &Case<'_>) -> bool {
        let name = case.project.name.as_str();
        match self {
            Self::Project(project) => project == name,
            Self::Prefix(prefix) => name.starts_with(prefix.as_str()),
            Self::Version { project, key, .. } => {
                project == name && case.release.is_some_and(|release| release.key == *key)
            }
            Self::Hash(hash) => case.file.is_some_and(|file| file.sha256 == Some(*hash)),
        }
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Project(name) => f.write_str(name),
            Self::Prefix(prefix) => write!(f, "{prefix}*"),
            Self::Version { project, version, .. } => write!(f, "{project}=={version}"),
            Self::Hash(hash) => write!(f, "sha256:{hash}"),
        }
    }
}
