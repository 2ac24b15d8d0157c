use super::Format;
use crate::text::excerpt;

/// Why a lockfile was not read at all. Single lines that say nothing usable do not end the reading; they are
/// in [`Lockfile::skipped`](super::Lockfile::skipped).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// More bytes than any lockfile has.
    #[error("a lockfile has at most {limit} bytes; found {size}")]
    TooLarge {
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// More packages, files and skipped lines than any lockfile has.
    #[error("a lockfile has at most {limit} packages and files; found more at line {line}")]
    TooManyItems {
        /// The limit.
        limit: usize,
        /// Where the limit was reached.
        line: usize,
    },
    /// Neither the name nor the content is that of a lockfile.
    #[error(
        "{file_name:?} is not a lockfile that can be read; expected requirements.txt, uv.lock, poetry.lock, pdm.lock \
         or pylock.toml"
    )]
    Unrecognised {
        /// The name, cut to 80 characters.
        file_name: String,
    },
    /// A file of one tool under the name of another's.
    #[error("{file_name:?} has the content of a {by_content}, not of a {by_name}; rename it")]
    NameAndContentDiffer {
        /// The name, cut to 80 characters.
        file_name: String,
        /// What the name says.
        by_name: Format,
        /// What the content says.
        by_content: Format,
    },
    /// Not TOML.
    #[error("line {line} is not valid TOML: {problem}")]
    Toml {
        /// Where.
        line: usize,
        /// What the TOML reader says, escaped.
        problem: String,
    },
    /// Written by a tool that is newer or much older than this reader.
    #[error(
        "this {format} has the lock version {found:?}; {supported} can be read: lock again with a current tool"
    )]
    LockVersion {
        /// Which format.
        format: Format,
        /// The version found, cut to 80 characters; empty when there is none.
        found: String,
        /// Which ones are known.
        supported: &'static str,
    },
}

impl LockError {
    pub(super) fn unrecognised(file_name: &str) -> Self {
        Self::Unrecognised { file_name: excerpt(file_name) }
    }

    pub(super) fn differs(file_name: &str, by_name: Format, by_content: Format) -> Self {
        Self::NameAndContentDiffer { file_name: excerpt(file_name), by_name, by_content }
    }
}
