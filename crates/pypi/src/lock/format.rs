use std::fmt;

use super::document::Table;
use super::error::LockError;
use crate::text::excerpt;

/// Which tool's lockfile it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// pip's requirements file, which `uv pip compile`, `pip-compile` and the exports of the others write too.
    Requirements,
    /// `uv.lock`, version 1.
    Uv,
    /// `poetry.lock`, lock versions 1 and 2.
    Poetry,
    /// `pdm.lock`, lock versions 3 and 4.
    Pdm,
    /// PEP 751, version 1.
    Pylock,
}

impl Format {
    /// The file's usual name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Requirements => "requirements.txt",
            Self::Uv => "uv.lock",
            Self::Poetry => "poetry.lock",
            Self::Pdm => "pdm.lock",
            Self::Pylock => "pylock.toml",
        }
    }

    /// What the name of a file says.
    pub(super) fn of_name(file_name: &str) -> Option<Self> {
        let name = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
        let whole = [Self::Uv, Self::Poetry, Self::Pdm, Self::Pylock]
            .into_iter()
            .find(|format| format.name() == name);
        // PEP 751, section *File Name*: `pylock.` and one name without dots before `.toml`.
        let named = name.strip_prefix("pylock.").and_then(|rest| rest.strip_suffix(".toml"));
        if whole.is_some() {
            whole
        } else if named.is_some_and(|middle| !middle.is_empty() && !middle.contains('.')) {
            Some(Self::Pylock)
        } else if [".txt", ".in"].iter().any(|ending| name.ends_with(ending)) {
            Some(Self::Requirements)
        } else {
            None
        }
    }

    /// What the content says: each tool has its own place and spelling for the version of its format.
    pub(super) fn of_content(root: &Table<'_>) -> Option<Self> {
        let metadata = root.table("metadata");
        let in_metadata = |key| metadata.as_ref().is_some_and(|metadata| metadata.text(key).is_some());
        if root.text("lock-version").is_some() {
            Some(Self::Pylock)
        } else if in_metadata("lock_version") {
            Some(Self::Pdm)
        } else if in_metadata("lock-version") {
            Some(Self::Poetry)
        } else if root.integer("version").is_some() && root.text("requires-python").is_some() {
            Some(Self::Uv)
        } else {
            None
        }
    }

    /// Refuses a version of the format whose first number is not among `majors`.
    pub(super) fn check(
        self,
        found: Option<&str>,
        majors: &[&str],
        supported: &'static str,
    ) -> Result<(), LockError> {
        let found = found.unwrap_or_default();
        if majors.contains(&found.split('.').next().unwrap_or_default()) {
            return Ok(());
        }
        Err(LockError::LockVersion { format: self, found: excerpt(found), supported })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
