//! `poetry.lock`, lock versions 1 and 2.
//!
//! ```toml
//! [[package]]
//! name = "six"
//! version = "1.17.0"
//! files = [{file = "six-1.17.0-py2.py3-none-any.whl", hash = "sha256:…"}]
//!
//! [package.source]
//! type = "legacy"
//! url = "https://upstream.invalid/simple"
//!
//! [metadata]
//! lock-version = "2.1"
//! ```
//!
//! Lock version 1 before Poetry 1.3 keeps all files in one table by name, `[metadata.files]`.

use std::collections::HashMap;

use packhouse_model::ProjectName;

use super::collect::{Collector, Named};
use super::document::{Document, Table};
use super::error::LockError;
use super::files::{LockedFiles, source_of};
use super::{Format, Source};
use crate::filename::parse_filename;
use crate::name::normalize;
use crate::version::Version;

pub(super) fn read(document: &Document<'_>, out: &mut Collector) -> Result<(), LockError> {
    let root = document.root();
    let metadata = root.table("metadata");
    let version = metadata.as_ref().and_then(|metadata| metadata.text("lock-version"));
    Format::Poetry.check(version, &["1", "2"], "lock versions 1 and 2")?;
    let shared = metadata.and_then(|metadata| metadata.table("files"));
    let mut keys: HashMap<ProjectName, &str> = HashMap::new();
    for key in shared.iter().flat_map(Table::keys) {
        if let Ok(project) = normalize(key) {
            keys.insert(project, key);
        }
    }
    for package in root.tables("package") {
        let Some(named) = out.named(&package)? else { continue };
        let Some(source) = source(&package) else {
            out.skip(package.line, named.project.as_str(), "its source is of an unknown kind".into())?;
            continue;
        };
        let mut files = LockedFiles::default();
        if let (Some(shared), Some(key), false) = (&shared, keys.get(&named.project), package.has("files")) {
            for file in shared.tables(key).filter(|file| belongs(file, &named)) {
                files.add_table(&file, "file");
            }
        }
        for file in package.tables("files") {
            files.add_table(&file, "file");
        }
        out.add(named, source, files)?;
    }
    Ok(())
}

/// Whether a file under the project's name is one of this version. A lockfile may hold two versions of a project, for two
/// environments, whose files then stand together.
fn belongs(file: &Table<'_>, named: &Named) -> bool {
    let version = file.text("file").and_then(|filename| parse_filename(filename, &named.project).version);
    let locked = named.version.as_deref().and_then(|version| Version::parse(version).ok());
    match (version, locked) {
        (Some(version), Some(locked)) => version == locked,
        _ => true,
    }
}

fn source(package: &Table<'_>) -> Option<Source> {
    let Some(source) = package.table("source") else { return Some(Source::Index) };
    match source.text("type")? {
        "legacy" => Some(Source::Index),
        "git" | "url" => Some(source_of(source.text("url")?)),
        "file" | "directory" => Some(Source::Local),
        _ => None,
    }
}
