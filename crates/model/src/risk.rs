use std::fmt;
use std::str::FromStr;

/// How much a change could do, judged by the difference and never by its newness.
///
/// R0: metadata and documentation only. R1: a small change of pure code. R2: the usual. R3: a new dependency, network,
/// subprocess or native code, build scripts, entry points. R4: a new project or publisher, obfuscation, new binaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RiskClass {
    /// Metadata and documentation only.
    R0,
    /// Pure code, a small difference, nothing new it depends on.
    R1,
    /// The usual.
    R2,
    /// What runs at build or install time, reaches outside, or is not Python.
    R3,
    /// A new project, a new publisher, or something that hides what it does.
    R4,
}

/// The text is not `R0` to `R4`.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("expected a risk class from R0 to R4; found {found:?}")]
pub struct ParseRiskClassError {
    /// The first 20 characters.
    pub found: String,
}

impl RiskClass {
    /// All of them, lowest first.
    pub const ALL: [Self; 5] = [Self::R0, Self::R1, Self::R2, Self::R3, Self::R4];

    /// `R3`.
    pub fn word(self) -> &'static str {
        match self {
            Self::R0 => "R0",
            Self::R1 => "R1",
            Self::R2 => "R2",
            Self::R3 => "R3",
            Self::R4 => "R4",
        }
    }
}

impl fmt::Display for RiskClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for RiskClass {
    type Err = ParseRiskClassError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|class| class.word().eq_ignore_ascii_case(text))
            .ok_or_else(|| ParseRiskClassError { found: text.chars().take(20).collect() })
    }
}

impl serde::Serialize for RiskClass {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de> serde::Deserialize<'de> for RiskClass {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
