//! `uv.lock`, version 1.
//!
//! ```toml
//! version = 1
//! requires-python = ">=3.11"
//!
//! [[package]]
//! name = "six"
//! version = "1.17.0"
//! source = { registry = "https://upstream.invalid/simple" }
//! sdist = { url = "https://files.upstream.invalid/six-1.17.0.tar.gz", hash = "sha256:…", size = 34031 }
//! wheels = [
//!     { url = "https://files.upstream.invalid/six-1.17.0-py2.py3-none-any.whl", hash = "sha256:…", size = 11050 },
//! ]
//! ```

use super::collect::Collector;
use super::document::{Document, Table};
use super::error::LockError;
use super::files::{LockedFiles, source_of};
use super::{Format, Source};

pub(super) fn read(document: &Document<'_>, out: &mut Collector) -> Result<(), LockError> {
    let root = document.root();
    Format::Uv.check(root.integer("version"), &["1"], "version 1")?;
    // Before uv 0.4 the array was called `distribution`.
    for package in root.tables("package").chain(root.tables("distribution")) {
        let Some(named) = out.named(&package)? else { continue };
        let Some(source) = source(&package) else {
            out.skip(package.line, named.project.as_str(), "its source is of an unknown kind".into())?;
            continue;
        };
        let mut files = LockedFiles::default();
        for file in package.table("sdist").into_iter().chain(package.tables("wheels")) {
            files.add_table(&file, "filename");
        }
        out.add(named, source, files)?;
    }
    Ok(())
}

fn source(package: &Table<'_>) -> Option<Source> {
    let source = package.table("source")?;
    if let Some(registry) = source.text("registry") {
        // A folder of files that serves as an index.
        return Some(if source_of(registry) == Source::Local { Source::Local } else { Source::Index });
    }
    if let Some(location) = source.text("git").or_else(|| source.text("url")) {
        return Some(source_of(location));
    }
    ["path", "directory", "editable", "virtual"].iter().any(|key| source.has(key)).then_some(Source::Local)
}
