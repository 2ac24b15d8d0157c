use serde_json::{Map, Value};

/// A project's status marker (PEP 792).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProjectStatus {
    /// The marker.
    pub state: State,
    /// Why, in upstream's words; never empty.
    pub reason: Option<String>,
    /// Unknown keys of `project-status`.
    pub extra: Map<String, Value>,
}

/// The markers of PEP 792.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum State {
    /// The ordinary state, and what the lack of a marker means.
    #[default]
    Active,
    /// No further releases are expected.
    Archived,
    /// Held to be unsafe: an index must offer none of its files.
    Quarantined,
    /// Superseded; its users should move on.
    Deprecated,
    /// A marker that PEP 792 does not know, kept as it is.
    Other(String),
}

impl State {
    /// The marker as it is written.
    pub fn word(&self) -> &str {
        match self {
            Self::Active => "active",
            Self::Archived => "archived",
            Self::Quarantined => "quarantined",
            Self::Deprecated => "deprecated",
            Self::Other(word) => word,
        }
    }

    pub(super) fn from_word(word: &str) -> Self {
        match word {
            "" | "active" => Self::Active,
            "archived" => Self::Archived,
            "quarantined" => Self::Quarantined,
            "deprecated" => Self::Deprecated,
            other => Self::Other(other.to_owned()),
        }
    }
}
