//! The files of one package.

use packhouse_model::Sha256;

use super::document::Table;
use super::url::{LONGEST_URL, last_component, without_credentials};
use super::{LockedFile, Source};
use crate::filename::check_filename;

/// Files, and what of them could not be used: the text and the reason.
#[derive(Default)]
pub(super) struct LockedFiles {
    pub(super) files: Vec<LockedFile>,
    pub(super) problems: Vec<(String, String)>,
}

impl LockedFiles {
    /// Adds a file. Without a filename, that of the URL or path counts. A hash is `ALGORITHM:HEXADECIMAL`.
    pub(super) fn add(&mut self, filename: Option<&str>, location: Option<&str>, hash: Option<&str>) {
        let url = self.url(location);
        let from_location = if filename.is_none() { location.and_then(last_component) } else { None };
        let filename =
            filename.map(str::to_owned).or(from_location).and_then(|filename| self.filename(filename));
        let sha256 = hash.and_then(|hash| self.sha256(hash));
        if filename.is_some() || sha256.is_some() || url.is_some() {
            self.files.push(LockedFile { filename, sha256, url });
        }
    }

    /// A file as a table with these keys, each optional.
    pub(super) fn add_table(&mut self, table: &Table<'_>, filename: &str) {
        let location = table.text("url").or_else(|| table.text("path"));
        self.add(table.text(filename), location, table.text("hash"));
    }

    fn url(&mut self, location: Option<&str>) -> Option<String> {
        let url = location.filter(|location| location.contains("://"))?;
        if url.len() <= LONGEST_URL {
            return Some(without_credentials(url));
        }
        let why = format!("its URL has {} bytes; the limit is {LONGEST_URL}", url.len());
        self.problems.push((url.chars().take(200).collect(), why));
        None
    }

    fn filename(&mut self, filename: String) -> Option<String> {
        match check_filename(&filename) {
            Ok(()) => Some(filename),
            Err(error) => {
                self.problems.push((filename.chars().take(200).collect(), error.to_string()));
                None
            }
        }
    }

    fn sha256(&mut self, hash: &str) -> Option<Sha256> {
        let why = match hash.strip_prefix("sha256:").map(str::parse) {
            Some(Ok(sha256)) => return Some(sha256),
            Some(Err(_)) => "not a SHA-256: expected 64 hexadecimal digits",
            None => "only a SHA-256 can be compared",
        };
        self.problems.push((hash.chars().take(200).collect(), why.into()));
        None
    }
}

/// Where a package comes from that names this URL, path or repository.
pub(super) fn source_of(location: &str) -> Source {
    let remote = location.contains("://") || (location.contains('@') && location.contains(':'));
    if remote && !location.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:")) {
        Source::Direct(without_credentials(location).chars().take(LONGEST_URL).collect())
    } else {
        Source::Local
    }
}
