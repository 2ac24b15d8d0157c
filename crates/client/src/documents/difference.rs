use serde::Deserialize;
use serde_json::Value;

/// What differs between two files.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Difference {
    /// The release.
    pub release: String,
    /// Its file.
    pub filename: String,
    /// What it was compared with.
    pub base: Option<DifferenceBase>,
    /// `R0` to `R4`.
    pub risk: String,
    /// New lines.
    pub added_lines: u64,
    /// Lines that are gone.
    pub removed_lines: u64,
    /// Files that are the same.
    pub unchanged: u64,
    /// What changed in the metadata.
    pub metadata: Value,
    /// What is new.
    pub news: Value,
    /// Why that risk.
    pub reasons: Vec<Value>,
    /// In the order in which to read them.
    pub files: Vec<DifferenceFile>,
}

/// The other side of a difference.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct DifferenceBase {
    /// The release.
    pub release: String,
    /// Its file.
    pub filename: String,
}

/// One changed file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct DifferenceFile {
    /// Its path.
    pub path: String,
    /// `added`, `removed`, `changed` or `renamed`.
    pub change: String,
    /// Its risk class.
    pub class: Option<String>,
    /// What it is.
    pub kind: String,
    /// Where it was.
    pub old_path: Option<String>,
    /// Bytes before.
    pub old_size: Option<u64>,
    /// Bytes now.
    pub new_size: Option<u64>,
}

/// The lines of one changed file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TextDifference {
    /// Its path.
    pub path: String,
    /// Where it was.
    pub old_path: Option<String>,
    /// How it changed.
    pub change: String,
    /// The changes.
    pub hunks: Vec<Hunk>,
    /// New lines.
    pub added: u64,
    /// Lines that are gone.
    pub removed: u64,
    /// Lines in no hunk.
    pub not_shown: u64,
    /// What lines do not say.
    pub remark: Option<String>,
}

/// Changes that stand close together.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Hunk {
    /// First line before.
    pub old_start: u64,
    /// Lines before.
    pub old_lines: u64,
    /// First line now.
    pub new_start: u64,
    /// Lines now.
    pub new_lines: u64,
    /// One below the other.
    pub lines: Vec<Line>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Line {
    /// A space, `-` or `+`.
    pub sign: char,
    /// Without its ending.
    pub text: String,
}
