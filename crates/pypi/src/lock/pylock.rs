//! `pylock.toml` (PEP 751), version 1.
//!
//! ```toml
//! lock-version = "1.0"
//! created-by = "uv"
//!
//! [[packages]]
//! name = "six"
//! version = "1.17.0"
//! index = "https://upstream.invalid/simple"
//! wheels = [{ url = "https://files.upstream.invalid/six-1.17.0-py2.py3-none-any.whl", hashes = { sha256 = "…" } }]
//! ```

use super::collect::Collector;
use super::document::{Document, Table};
use super::error::LockError;
use super::files::{LockedFiles, source_of};
use super::{Format, Source};

pub(super) fn read(document: &Document<'_>, out: &mut Collector) -> Result<(), LockError> {
    let root = document.root();
    Format::Pylock.check(root.text("lock-version"), &["1"], "version 1")?;
    for package in root.tables("packages") {
        let Some(named) = out.named(&package)? else { continue };
        let mut files = LockedFiles::default();
        let archive = package.table("archive");
        let listed = package.table("sdist").into_iter().chain(package.tables("wheels"));
        for file in listed.chain(package.table("archive")) {
            add(&mut files, &file);
        }
        let source = source(&package, archive.as_ref(), &files);
        out.add(named, source, files)?;
    }
    Ok(())
}

/// Section *packages.wheels*: `name` may be left out when the URL or path ends in it.
fn add(files: &mut LockedFiles, file: &Table<'_>) {
    let location = file.text("url").or_else(|| file.text("path"));
    let hashes = file.table("hashes");
    let sha256 = hashes.as_ref().and_then(|hashes| hashes.text("sha256"));
    let other = hashes.as_ref().and_then(|hashes| hashes.keys().next());
    let hash = sha256.map(|hash| format!("sha256:{hash}")).or_else(|| other.map(|name| format!("{name}:…")));
    files.add(file.text("name"), location, hash.as_deref());
}

/// Sections *packages.vcs*, *.directory*, *.archive*: a package has one of them, or an sdist and wheels.
fn source(package: &Table<'_>, archive: Option<&Table<'_>>, files: &LockedFiles) -> Source {
    let located = package.table("vcs");
    if let Some(table) = located.as_ref().or(archive) {
        return table.text("url").map_or(Source::Local, source_of);
    }
    let without_url = !files.files.is_empty() && files.files.iter().all(|file| file.url.is_none());
    if package.has("directory") || (without_url && !package.has("index")) {
        Source::Local
    } else {
        Source::Index
    }
}
