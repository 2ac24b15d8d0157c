//! Lockfiles: which exact releases and files a project has decided for.
//!
//! [`read`] takes requirements files with hashes (pip), `uv.lock`, `poetry.lock`, `pdm.lock` and `pylock.toml` (PEP 751). It
//! answers what the file names, for all environments: markers, groups and extras are not evaluated. What is not one
//! exact release, or cannot be understood, is listed in [`Lockfile::skipped`] with the reason.
//!
//! **Invariant:** nothing here looks at another file. `-r other.txt` is reported, not followed. No password of a URL
//! is in what comes out.

mod collect;
mod document;
mod error;
mod files;
mod format;
mod pdm;
mod poetry;
mod pylock;
mod requirements;
mod url;
mod uv;

#[cfg(test)]
mod tests;

use packhouse_model::{ProjectName, Sha256};

pub use error::LockError;
pub use format::Format;

use collect::Collector;
use document::Document;

/// The longest lockfile that is read, in bytes. The largest seen, of a workspace with hundreds of packages, has 4 MB.
pub const LONGEST_LOCKFILE: usize = 8 << 20;

/// The most packages, files of packages and skipped lines together.
pub const MOST_ITEMS: usize = 200_000;

/// What a lockfile says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lockfile {
    /// Which tool's file it is.
    pub format: Format,
    /// In the order of the file, each once.
    pub packages: Vec<Locked>,
    /// What was not taken, in the order of the file.
    pub skipped: Vec<Skipped>,
}

/// One release that a lockfile names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Locked {
    /// Normalised.
    pub project: ProjectName,
    /// As it is written there, not normalised. None where the file gives none, as for a repository or folder, or a
    /// URL that does not show it.
    pub version: Option<String>,
    /// The files that an installer may take. Empty where the file lists none, as a requirement without hashes; any file
    /// of the release will do then.
    pub files: Vec<LockedFile>,
    /// Where it stands, counted from 1: in TOML the line of the package's header.
    pub line: usize,
    /// Where an installer gets it.
    pub source: Source,
}

/// One file that an installer may take.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LockedFile {
    /// Without folders. None in requirements files, which list hashes only.
    pub filename: Option<String>,
    /// None where there is no hash, or only one of another algorithm.
    pub sha256: Option<Sha256>,
    /// Where the lockfile says that it is, without credentials.
    pub url: Option<String>,
}

/// Where an installer gets a release.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Source {
    /// From an index, by name and version.
    Index,
    /// From this URL or repository, without an index, so past every rule. Without credentials.
    Direct(String),
    /// From a folder or file of the machine.
    Local,
}

/// Something in a lockfile that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Where it stands, counted from 1.
    pub line: usize,
    /// What stands there, without credentials, at most 200 characters. Show it escaped: it is a stranger's text.
    pub text: String,
    /// Why, as the end of a sentence: `not pinned to one version`.
    pub why: String,
}

/// Reads a lockfile.
///
/// `file_name` may have folders before it; its last component says what the file should be, and the content has to
/// agree. A name that says nothing, such as `lock.txt.bak`, leaves it to the content.
pub fn read(file_name: &str, text: &str) -> Result<Lockfile, LockError> {
    if text.len() > LONGEST_LOCKFILE {
        return Err(LockError::TooLarge { size: text.len(), limit: LONGEST_LOCKFILE });
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let by_name = Format::of_name(file_name);
    let mut out = Collector::default();
    if by_name == Some(Format::Requirements) {
        requirements::read(text, &mut out)?;
        return Ok(out.into_lockfile(Format::Requirements));
    }
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) if by_name.is_some() => return Err(error),
        // No TOML: a requirements file under another name, if anything in it is a requirement.
        Err(_) => {
            requirements::read(text, &mut out)?;
            if out.is_empty() {
                return Err(LockError::unrecognised(file_name));
            }
            return Ok(out.into_lockfile(Format::Requirements));
        }
    };
    let format = match (by_name, Format::of_content(&document.root())) {
        (Some(by_name), Some(by_content)) if by_name != by_content => {
            return Err(LockError::differs(file_name, by_name, by_content));
        }
        (None, None) => return Err(LockError::unrecognised(file_name)),
        (by_name, by_content) => by_content.or(by_name).unwrap_or(Format::Requirements),
    };
    match format {
        Format::Uv => uv::read(&document, &mut out)?,
        Format::Poetry => poetry::read(&document, &mut out)?,
        Format::Pdm => pdm::read(&document, &mut out)?,
        Format::Pylock => pylock::read(&document, &mut out)?,
        Format::Requirements => requirements::read(text, &mut out)?,
    }
    Ok(out.into_lockfile(format))
}
