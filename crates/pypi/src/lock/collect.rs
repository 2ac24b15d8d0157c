//! What a reader has found so far.

use std::collections::HashSet;

use packhouse_model::ProjectName;

use super::document::Table;
use super::error::LockError;
use super::files::LockedFiles;
use super::url::without_credentials;
use super::{Format, Locked, LockedFile, Lockfile, MOST_ITEMS, Skipped, Source};
use crate::name::normalize;
use crate::version::LONGEST_VERSION;

/// How much of a skipped text is repeated, in characters.
const EXCERPT: usize = 200;

#[derive(Default)]
pub(super) struct Collector {
    packages: Vec<Locked>,
    skipped: Vec<Skipped>,
    /// All packages, without their lines.
    seen: HashSet<(ProjectName, Option<String>, Source, Vec<LockedFile>)>,
    items: usize,
}

/// A package's name and version, and where it stands.
pub(super) struct Named {
    pub(super) project: ProjectName,
    pub(super) version: Option<String>,
    pub(super) line: usize,
}

impl Collector {
    /// Whether no package was found.
    pub(super) fn is_empty(&self) -> bool {
        self.packages.is_empty()
    }

    fn count(&mut self, items: usize, line: usize) -> Result<(), LockError> {
        self.items += items;
        if self.items > MOST_ITEMS {
            return Err(LockError::TooManyItems { limit: MOST_ITEMS, line });
        }
        Ok(())
    }

    /// Reads name and version of a TOML package; None when they cannot be used, which is reported.
    pub(super) fn named(&mut self, table: &Table<'_>) -> Result<Option<Named>, LockError> {
        let line = table.line;
        let Some(name) = table.text("name") else {
            self.skip(line, "", "a package without a name".into())?;
            return Ok(None);
        };
        if table.has("version") && table.text("version").is_none() {
            self.skip(line, name, "its version is not text".into())?;
            return Ok(None);
        }
        self.name(name, table.text("version"), line)
    }

    /// Checks a name and a version; None when they cannot be used, which is reported.
    pub(super) fn name(
        &mut self,
        name: &str,
        version: Option<&str>,
        line: usize,
    ) -> Result<Option<Named>, LockError> {
        let project = match normalize(name) {
            Ok(project) => project,
            Err(error) => {
                self.skip(line, name, error.to_string())?;
                return Ok(None);
            }
        };
        if let Some(version) = version
            && (version.is_empty()
                || version.len() > LONGEST_VERSION
                || !version.bytes().all(|b| b.is_ascii_graphic()))
        {
            let why = format!("not a version of 1 to {LONGEST_VERSION} visible ASCII characters");
            self.skip(line, version, why)?;
            return Ok(None);
        }
        Ok(Some(Named { project, version: version.map(str::to_owned), line }))
    }

    pub(super) fn add(&mut self, named: Named, source: Source, files: LockedFiles) -> Result<(), LockError> {
        let Named { project, version, line } = named;
        let LockedFiles { files, problems } = files;
        self.count(1 + files.len(), line)?;
        for (text, why) in problems {
            self.skip(line, &text, why)?;
        }
        // Tools list a package once for each of its extras, or once for each environment.
        if self.seen.insert((project.clone(), version.clone(), source.clone(), files.clone())) {
            self.packages.push(Locked { project, version, files, line, source });
        }
        Ok(())
    }

    pub(super) fn skip(&mut self, line: usize, text: &str, why: String) -> Result<(), LockError> {
        self.count(1, line)?;
        let text = without_credentials(text).chars().take(EXCERPT).collect();
        self.skipped.push(Skipped { line, text, why });
        Ok(())
    }

    pub(super) fn into_lockfile(self, format: Format) -> Lockfile {
        let Self { packages, mut skipped, .. } = self;
        skipped.sort_by_key(|skipped| skipped.line);
        Lockfile { format, packages, skipped }
    }
}
