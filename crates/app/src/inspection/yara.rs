//! The operator's YARA rules: read once, when the program starts. What changes on the disk later counts at the next start.

use std::path::{Path, PathBuf};

use packhouse_inspect::{YaraError, YaraRules, YaraSource};

/// Endings of files of rules in a folder.
const ENDINGS: [&str; 2] = ["yar", "yara"];

/// Why the rules that `inspect.yara` names cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum YaraFilesError {
    /// A path that is none.
    #[error("inspect.yara: {pattern:?} is no path or pattern: {problem}")]
    Pattern {
        /// As it was set.
        pattern: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Somebody believes that there are rules.
    #[error("inspect.yara: {pattern:?} names no file that ends with .yar or .yara")]
    Nothing {
        /// As it was set.
        pattern: String,
    },
    /// A file or folder.
    #[error("inspect.yara: {path} cannot be read as text", path = path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What stands in the files.
    #[error("inspect.yara cannot be used")]
    Rules(#[from] YaraError),
}

/// Reads and compiles what the setting names: files, folders, patterns.
pub(super) fn read(patterns: &[String]) -> Result<Option<(YaraRules, Vec<YaraSource>)>, YaraFilesError> {
    if patterns.is_empty() {
        return Ok(None);
    }
    if !YaraRules::BUILT {
        return Err(YaraError::NotBuilt.into());
    }
    let mut paths = Vec::new();
    for pattern in patterns {
        paths.extend(named_by(pattern)?);
    }
    paths.sort();
    paths.dedup();
    let sources = paths.into_iter().map(|path| match std::fs::read_to_string(&path) {
        Ok(text) => Ok(YaraSource { name: path.display().to_string(), text }),
        Err(source) => Err(YaraFilesError::Read { path, source }),
    });
    let sources = sources.collect::<Result<Vec<_>, _>>()?;
    Ok(Some((YaraRules::compile(&sources)?, sources)))
}

fn named_by(pattern: &str) -> Result<Vec<PathBuf>, YaraFilesError> {
    let unreadable = |path: &Path, source| YaraFilesError::Read { path: path.to_owned(), source };
    let wrong = |problem: &dyn std::fmt::Display| YaraFilesError::Pattern {
        pattern: pattern.to_owned(),
        problem: problem.to_string(),
    };
    let mut found = Vec::new();
    // A path that is there is meant, whatever characters it has.
    let matches: Vec<PathBuf> = if Path::new(pattern).exists() {
        vec![pattern.into()]
    } else {
        let paths = glob::glob(pattern).map_err(|error| wrong(&error))?;
        paths.collect::<Result<_, _>>().map_err(|error| wrong(&error))?
    };
    for path in matches {
        if !path.is_dir() {
            found.push(path);
            continue;
        }
        for entry in std::fs::read_dir(&path).map_err(|error| unreadable(&path, error))? {
            let inside = entry.map_err(|error| unreadable(&path, error))?.path();
            let ending = inside.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            if ENDINGS.contains(&ending) && inside.is_file() {
                found.push(inside);
            }
        }
    }
    if found.is_empty() {
        return Err(YaraFilesError::Nothing { pattern: pattern.to_owned() });
    }
    Ok(found)
}
