//! What a hit says.

use std::fmt;

use packhouse_model::ProjectName;

/// What a name looks like.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Original {
    /// A vetted or popular project.
    Project(ProjectName),
    /// A module of the language's standard library.
    StandardLibrary(String),
    /// A module that a project of another name brings.
    Module {
        /// What is imported.
        module: String,
        /// What is installed for it.
        project: ProjectName,
    },
    /// A namespace that belongs to somebody, as it was configured: `acme-*`.
    Namespace(String),
}

/// By which relation. The order is that of strength: what comes first leaves the least doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relation {
    /// The name lies in a private namespace.
    Namespace,
    /// They differ in separators alone.
    Separators,
    /// They are equal after `l`, `i` and `1`, and `o` and `0` are made the same.
    Ultranormalized,
    /// The eye takes them for the same.
    LookAlike,
    /// British against American spelling.
    Spelling,
    /// It is the name of a module of the standard library.
    StandardLibrary,
    /// It is the name that is imported, and the project has another.
    ImportName,
    /// The same words in another order.
    WordOrder,
    /// Two letters changed places, or one letter moved.
    Transposed,
    /// A letter is a neighbour's on the keyboard.
    NeighbourKey,
    /// One letter more, less or other.
    OneLetter,
    /// A word such as `python-` or `-dev` more, less or other.
    Affix,
    /// Two letters.
    TwoLetters,
}

impl Relation {
    /// The name in reports and settings. Never changes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Namespace => "namespace",
            Self::Separators => "separators",
            Self::Ultranormalized => "ultranormalized",
            Self::LookAlike => "look-alike",
            Self::Spelling => "spelling",
            Self::StandardLibrary => "standard-library",
            Self::ImportName => "import-name",
            Self::WordOrder => "word-order",
            Self::Transposed => "transposed",
            Self::NeighbourKey => "neighbour-key",
            Self::OneLetter => "one-letter",
            Self::Affix => "affix",
            Self::TwoLetters => "two-letters",
        }
    }
}

/// A name looks like another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    /// Like what.
    pub original: Original,
    /// By which relation.
    pub relation: Relation,
}

impl Likeness {
    /// What follows the name in a headline: `looks like requests (two letters changed places)`.
    pub fn short(&self) -> String {
        match &self.original {
            Original::Namespace(pattern) => format!("lies in the private namespace {pattern}"),
            Original::StandardLibrary(module) if self.relation == Relation::StandardLibrary => {
                format!("is named as the standard library's module {module}")
            }
            Original::Module { module, project } if self.relation == Relation::ImportName => {
                format!("is named as the module {module} of {project}")
            }
            other => format!("looks like {other} ({})", self.reason()),
        }
    }

    /// The same as a sentence of its own.
    pub fn sentence(&self, name: &str) -> String {
        match &self.original {
            Original::Namespace(pattern) => {
                format!(
                    "The name {name} lies in the private namespace {pattern}, which is never asked of an upstream."
                )
            }
            Original::StandardLibrary(module) if self.relation == Relation::StandardLibrary => format!(
                "{name} has the name of {module}, a module that comes with the language and needs no installation."
            ),
            Original::Module { module, project } if self.relation == Relation::ImportName => format!(
                "{name} has the name of the module {module}, which the project {project} brings; {project} is what to \
                 install for it."
            ),
            other => format!("{name} is a new name, and looks like {other}: {}.", self.reason()),
        }
    }

    fn reason(&self) -> &'static str {
        match self.relation {
            Relation::Namespace => "it lies in a private namespace",
            Relation::Separators => "only the separators differ",
            Relation::Ultranormalized => "they differ only in l, i and 1, or o and 0",
            Relation::LookAlike => "the letters look the same",
            Relation::Spelling => "it is the other spelling of the same word",
            Relation::StandardLibrary | Relation::ImportName => "it is the name of a module",
            Relation::WordOrder => "the same words stand in another order",
            Relation::Transposed => "letters changed places",
            Relation::NeighbourKey => "one letter is that of the neighbouring key",
            Relation::OneLetter => "one letter differs",
            Relation::Affix => "only a usual prefix, ending or number differs",
            Relation::TwoLetters => "two letters differ",
        }
    }
}

impl fmt::Display for Original {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Project(name) => write!(f, "{name}"),
            Self::StandardLibrary(module) => write!(f, "the standard library's module {module}"),
            Self::Module { module, project } => write!(f, "{module}, the module of {project}"),
            Self::Namespace(pattern) => f.write_str(pattern),
        }
    }
}
