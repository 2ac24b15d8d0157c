//! `pdm.lock`, lock versions 3 and 4.
//!
//! ```toml
//! [metadata]
//! lock_version = "4.5.1"
//!
//! [[package]]
//! name = "six"
//! version = "1.17.0"
//! files = [{file = "six-1.17.0-py2.py3-none-any.whl", hash = "sha256:…"}]
//! ```
//!
//! With the strategy `static_urls`, `url` stands in place of `file`. Before lock version 4.3 all files stand in one
//! table, `[metadata.files]`, by name and version: `"six 1.17.0" = […]`.

use std::collections::HashMap;

use packhouse_model::ProjectName;

use super::collect::{Collector, Named};
use super::document::{Document, Table};
use super::error::LockError;
use super::files::{LockedFiles, source_of};
use super::{Format, Source};
use crate::name::normalize;

pub(super) fn read(document: &Document<'_>, out: &mut Collector) -> Result<(), LockError> {
    let root = document.root();
    let metadata = root.table("metadata");
    let version = metadata.as_ref().and_then(|metadata| metadata.text("lock_version"));
    Format::Pdm.check(version, &["3", "4"], "lock versions 3 and 4")?;
    let shared = metadata.and_then(|metadata| metadata.table("files"));
    let mut keys: HashMap<(ProjectName, &str), &str> = HashMap::new();
    for key in shared.iter().flat_map(Table::keys) {
        // `name version` or `name[extra] version`.
        let Some((name, version)) = key.rsplit_once(' ') else { continue };
        if let Ok(project) = normalize(name.split('[').next().unwrap_or(name)) {
            keys.insert((project, version), key);
        }
    }
    for package in root.tables("package") {
        let Some(named) = out.named(&package)? else { continue };
        let mut files = LockedFiles::default();
        for file in package.tables("files") {
            files.add_table(&file, "file");
        }
        let Named { project, version, .. } = &named;
        if let Some(shared) = &shared
            && let Some(key) = keys.get(&(project.clone(), version.as_deref().unwrap_or_default()))
        {
            for file in shared.tables(key) {
                files.add_table(&file, "file");
            }
        }
        out.add(named, source(&package), files)?;
    }
    Ok(())
}

fn source(package: &Table<'_>) -> Source {
    let location = ["url", "git", "hg", "svn", "bzr"].iter().find_map(|key| package.text(key));
    match location {
        Some(location) => source_of(location),
        None if package.has("path") => Source::Local,
        None => Source::Index,
    }
}
