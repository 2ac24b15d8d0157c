//! Paths on this server that more than one use case writes.

use packhouse_model::{ProjectName, Sha256};

use crate::index::Index;

/// The id behind `/why/`: `reb`, `reb==1.2`, `team:reb==1.2`.
pub fn why_id(index: &Index, project: &ProjectName, version: Option<&str>) -> String {
    let index = if index.is_default() { String::new() } else { format!("{}:", index.name) };
    let version = version.map(|version| format!("=={version}")).unwrap_or_default();
    format!("{index}{project}{version}")
}

/// The path of a file on this server, without a slash before it: its hash and its name, whatever the index.
pub fn file_path(sha256: Option<Sha256>, filename: &str) -> String {
    let hash = sha256.map_or_else(|| "unknown".to_owned(), |sha256| sha256.hex());
    let name = percent_encoding::utf8_percent_encode(filename, PATH_SEGMENT);
    format!("files/{hash}/{name}")
}

/// What must be escaped in a path's segment beside what is not ASCII. `+` is, since some servers read it as a space.
const PATH_SEGMENT: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'+')
    .add(b'`');
