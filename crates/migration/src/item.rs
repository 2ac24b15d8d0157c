use std::collections::BTreeSet;
use std::fmt;

use packhouse_model::{ProjectName, Sha256};
use packhouse_pypi::Version;
use serde::{Deserialize, Serialize};

use crate::facts::ItemFacts;

macro_rules! word {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

word! {
    /// One item of one run. No two items of a run share one.
    ItemId
}

word! {
    /// A Python on a platform, as the suite's configuration names it: `py312-manylinux-x86_64`.
    EnvironmentName
}

word! {
    /// A group of items that move together or not at all.
    TransitionName
}

/// One step that a suite may take: what would be added to the target suite and what removed from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Item {
    /// Its name in excuses.
    pub id: ItemId,
    /// The project it is about.
    #[serde(with = "crate::text::project")]
    pub project: ProjectName,
    /// What kind of step.
    pub kind: ItemKind,
    /// Versions that the target suite would list.
    #[serde(with = "crate::text::versions")]
    pub adds: Vec<Version>,
    /// Versions that the target suite would no longer list.
    #[serde(with = "crate::text::versions")]
    pub removes: Vec<Version>,
    /// The exact bytes of it: every file that it would bring, or, of a removal, take away.
    pub hashes: BTreeSet<Sha256>,
    /// The transition that it is part of.
    pub transition: Option<TransitionName>,
    /// What the policies judge it by.
    pub facts: ItemFacts,
}

impl Item {
    /// `reb 1.2`, `-reb 1.1` for a removal: how sentences name it.
    pub fn subject(&self) -> String {
        let versions = if self.adds.is_empty() { &self.removes } else { &self.adds };
        let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
        let sign = if self.kind == ItemKind::Removal { "-" } else { "" };
        format!("{sign}{} {}", self.project, versions.join(", ")).trim_end().to_owned()
    }
}

/// What kind of step an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemKind {
    /// New versions of a project that the target suite has.
    Update,
    /// A project that the target suite does not have.
    New,
    /// Versions leave; nothing comes.
    Removal,
    /// Further files of a version that the target suite has.
    NewFiles,
}

impl ItemKind {
    /// The word in texts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::New => "new project",
            Self::Removal => "removal",
            Self::NewFiles => "new files",
        }
    }
}
