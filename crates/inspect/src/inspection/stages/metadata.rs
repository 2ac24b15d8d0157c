//! A release as a whole: what it requires, and from where.

use packhouse_pypi::core_metadata::{CoreMetadata, MetadataLimits};

use super::Result;
use crate::inspection::budget::Trouble;
use crate::inspection::contents::{Contents, Shape};
use crate::inspection::file::File;
use crate::inspection::rule;
use crate::inspection::sink::{At, Sink};

pub(super) fn look(contents: &Contents, sink: &mut Sink<'_>) -> Result {
    let shape = contents.shape();
    for (key, path) in contents.comparable() {
        let is_metadata =
            (key.ends_with(".dist-info/METADATA") && key.matches('/').count() == 1) || key == "PKG-INFO";
        if !is_metadata {
            continue;
        }
        let file = File::new(path.to_owned(), key, &contents.files[path], shape, 0);
        sink.budget.spend_bytes(file.bytes.len())?;
        match CoreMetadata::parse(file.bytes, &MetadataLimits::default()) {
            Ok(metadata) => requirements(&file, &metadata, sink)?,
            // Old sdists were made by hand; a wheel that nobody can read is none.
            Err(_) if shape == Shape::Source => {}
            Err(error) => {
                let trouble = Trouble::Damaged { problem: error.to_string() };
                sink.trouble(Some(&file), &trouble);
            }
        }
    }
    Ok(())
}

fn requirements(file: &File<'_>, metadata: &CoreMetadata, sink: &mut Sink<'_>) -> Result {
    for requirement in metadata.requires_dist() {
        let bare = requirement.split(';').next().unwrap_or_default();
        if bare.contains('@') {
            let what = format!("requires `{}`, from an address", bare.trim());
            sink.add(file, &rule::NEW_SOURCE, At::File, what, bare)?;
        }
    }
    Ok(())
}
