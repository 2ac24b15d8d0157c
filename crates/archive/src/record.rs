//! A wheel's `RECORD`, against what the wheel holds (*Binary distribution format*, section *The .dist-info directory*;
//! *Recording installed projects*, section *The RECORD file*).

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::error::shown;
use crate::unpack::{Entry, EntryKind};

/// So many problems are told.
const MOST: usize = 100;
/// The largest `RECORD` that is read: a row for each of as many entries as an archive may have.
const LARGEST: usize = 64 << 20;

/// Collects the entries of a wheel and compares them with its `RECORD`.
#[derive(Debug, Default)]
pub struct RecordCheck {
    files: BTreeMap<String, Seen>,
    records: Vec<(String, Vec<u8>)>,
}

#[derive(Debug)]
struct Seen {
    size: u64,
    sha256: [u8; 32],
    /// None of what was too large to be kept.
    sha384: Option<[u8; 48]>,
    sha512: Option<[u8; 64]>,
}

/// Where a wheel and its `RECORD` differ. Names are cut and shown escaped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordProblem {
    /// Nobody can tell what belongs to the wheel.
    #[error("the wheel has {found} RECORD files; expected one, in its .dist-info folder")]
    Count {
        /// How many.
        found: usize,
    },
    /// More than anybody needs.
    #[error("RECORD has {size} bytes; the limit is {limit}")]
    TooLarge {
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// A row that readers of CSV may read in several ways.
    #[error("row {row} of RECORD is not a path, a hash and a size")]
    Row {
        /// Counted from 1.
        row: usize,
    },
    /// The first or the last row could count.
    #[error("RECORD lists {path:?} twice")]
    Twice {
        /// The file.
        path: String,
    },
    /// A file is smuggled in: it is installed, and nobody who reads `RECORD` knows.
    #[error("{path:?} is in the wheel and not in RECORD")]
    Unlisted {
        /// The file.
        path: String,
    },
    /// A file was taken out, or is to be taken for present.
    #[error("{path:?} is in RECORD and not in the wheel")]
    Absent {
        /// The file.
        path: String,
    },
    /// A file that may be exchanged without notice.
    #[error("RECORD has no hash of SHA-256 or better for {path:?}")]
    NoHash {
        /// The file.
        path: String,
    },
    /// The file was exchanged.
    #[error("the hash of {path:?} in RECORD is another one")]
    Hash {
        /// The file.
        path: String,
    },
    /// The file was exchanged.
    #[error("RECORD says that {path:?} has {listed} bytes; it has {found}")]
    Size {
        /// The file.
        path: String,
        /// By `RECORD`.
        listed: String,
        /// In the wheel.
        found: u64,
    },
}

impl RecordCheck {
    /// Takes an entry in. Folders have no row.
    pub fn see(&mut self, entry: &Entry<'_>) {
        if entry.kind == EntryKind::Directory {
            return;
        }
        if is_record(entry.path) {
            self.records.push((entry.path.to_owned(), entry.bytes.to_vec()));
            return;
        }
        let seen = match entry.all {
            Some(all) => Seen { size: all.size, sha256: all.sha256, sha384: None, sha512: None },
            None => Seen {
                size: entry.bytes.len() as u64,
                sha256: Sha256::digest(entry.bytes).into(),
                sha384: Some(Sha384::digest(entry.bytes).into()),
                sha512: Some(Sha512::digest(entry.bytes).into()),
            },
        };
        self.files.insert(entry.path.to_owned(), seen);
    }

    /// What is wrong; nothing when all is well. At most a hundred problems are told.
    pub fn finish(self) -> Vec<RecordProblem> {
        let [(name, bytes)] = &self.records[..] else {
            return vec![RecordProblem::Count { found: self.records.len() }];
        };
        if bytes.len() > LARGEST {
            return vec![RecordProblem::TooLarge { size: bytes.len(), limit: LARGEST }];
        }
        let mut problems = Vec::new();
        let mut listed = BTreeSet::new();
        for (at, row) in rows(bytes).enumerate() {
            let Some([path, hash, size]) = row else {
                problems.push(RecordProblem::Row { row: at + 1 });
                continue;
            };
            if !listed.insert(path.clone()) {
                problems.push(RecordProblem::Twice { path: shown(path.as_bytes()) });
            } else if path != *name && !is_signature(name, &path) {
                problems.extend(self.compare(&path, &hash, &size));
            }
            if problems.len() >= MOST {
                return problems;
            }
        }
        // Neither the signatures nor `RECORD` itself need a row.
        let unlisted = self.files.keys().filter(|path| !listed.contains(*path) && !is_signature(name, path));
        problems.extend(unlisted.map(|path| RecordProblem::Unlisted { path: shown(path.as_bytes()) }));
        problems.truncate(MOST);
        problems
    }

    fn compare(&self, path: &str, hash: &str, size: &str) -> Option<RecordProblem> {
        let shown = || shown(path.as_bytes());
        let Some(seen) = self.files.get(path) else { return Some(RecordProblem::Absent { path: shown() }) };
        let (algorithm, digest) = hash.split_once('=').unwrap_or_default();
        let expected = match (algorithm, &seen.sha384, &seen.sha512) {
            ("sha256", ..) => BASE64_URL_SAFE_NO_PAD.encode(seen.sha256),
            ("sha384", Some(digest), _) => BASE64_URL_SAFE_NO_PAD.encode(digest),
            ("sha512", _, Some(digest)) => BASE64_URL_SAFE_NO_PAD.encode(digest),
            _ => return Some(RecordProblem::NoHash { path: shown() }),
        };
        if digest != expected {
            return Some(RecordProblem::Hash { path: shown() });
        }
        // The size may be left out; the hash says enough.
        let differs = !size.is_empty() && size != seen.size.to_string();
        let size = || crate::error::shown(size.as_bytes());
        differs.then(|| RecordProblem::Size { path: shown(), listed: size(), found: seen.size })
    }
}

/// `NAME.dist-info/RECORD`, at the top.
fn is_record(path: &str) -> bool {
    path.split_once('/').is_some_and(|(folder, name)| folder.ends_with(".dist-info") && name == "RECORD")
}

/// `RECORD.jws` and `RECORD.p7s` beside `RECORD`: they sign it, and cannot be in it.
fn is_signature(record: &str, path: &str) -> bool {
    matches!(path.strip_prefix(record), Some(".jws" | ".p7s"))
}

/// The rows: CSV as Python writes it (RFC 4180, ended by a line feed with or without a carriage return). `None` for a row
/// that is not three fields in UTF-8, or that is quoted in a way that readers differ on. Line feeds in fields are such.
fn rows(bytes: &[u8]) -> impl Iterator<Item = Option<[String; 3]>> {
    let lines = bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.filter(|line| !line.is_empty()).map(|line| row(std::str::from_utf8(line).ok()?))
}

fn row(line: &str) -> Option<[String; 3]> {
    let mut fields = Vec::with_capacity(3);
    let mut rest = Some(line);
    while let Some(text) = rest {
        if fields.len() == 3 {
            return None;
        }
        let (field, after) = match text.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted)?,
            None => match text.split_once(',') {
                Some((field, after)) => (field.to_owned(), Some(after)),
                None => (text.to_owned(), None),
            },
        };
        if !text.starts_with('"') && field.contains('"') {
            return None;
        }
        fields.push(field);
        rest = after;
    }
    fields.try_into().ok()
}

/// The field behind an opening quote, and what follows the comma.
fn quoted_field(text: &str) -> Option<(String, Option<&str>)> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"')?;
        field.push_str(part);
        if let Some(more) = after.strip_prefix('"') {
            field.push('"');
            rest = more;
        } else if after.is_empty() {
            return Some((field, None));
        } else {
            return Some((field, Some(after.strip_prefix(',')?)));
        }
    }
}
