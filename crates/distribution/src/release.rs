use std::fmt;
use std::str::FromStr;

use packhouse_model::ProjectName;
use packhouse_pypi::{Version, normalize};

/// One version of one project, written `flask==3.1.0`.
///
/// Two spellings of one version (`1.0`, `1.0.0`) are the same release; the spelling is kept for people.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Release {
    /// The canonical name (PEP 503).
    pub project: ProjectName,
    /// The version (PEP 440).
    pub version: Version,
}

/// The text is no release.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("expected a release such as flask==3.1.0; found {found:?}")]
pub struct ParseReleaseError {
    /// The first 80 characters.
    pub found: String,
}

impl Release {
    /// The release `version` of `project`.
    pub fn new(project: ProjectName, version: Version) -> Self {
        Self { project, version }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=={}", self.project, self.version)
    }
}

impl FromStr for Release {
    type Err = ParseReleaseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || ParseReleaseError { found: text.chars().take(80).collect() };
        let (name, version) = text.split_once("==").ok_or_else(refuse)?;
        let project = normalize(name.trim()).map_err(|_| refuse())?;
        let version = Version::parse(version.trim()).map_err(|_| refuse())?;
        Ok(Self { project, version })
    }
}

impl serde::Serialize for Release {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Release {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// For fields that hold a project's name: refuses a name that is not canonical, so that one project has one spelling
/// in the ledger.
pub(crate) mod project_name {
    use super::{ProjectName, normalize};

    pub(crate) fn serialize<S: serde::Serializer>(
        name: &ProjectName,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(name.as_str())
    }

    pub(crate) fn deserialize<'de, D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> Result<ProjectName, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        match normalize(&text) {
            Ok(name) if name.as_str() == text => Ok(name),
            _ => Err(serde::de::Error::custom(format!("{text:?} is not a normalised project name"))),
        }
    }
}

/// For fields that hold versions.
pub(crate) mod versions {
    use super::Version;

    pub(crate) fn serialize<S: serde::Serializer>(
        versions: &[Version],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(versions.iter().map(ToString::to_string))
    }

    pub(crate) fn deserialize<'de, D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Version>, D::Error> {
        let texts = <Vec<String> as serde::Deserialize>::deserialize(deserializer)?;
        texts.iter().map(|text| Version::parse(text).map_err(serde::de::Error::custom)).collect()
    }
}
