//! A wheel's `RECORD`, against what the wheel holds (*Binary distribution format*, section *The .dist-info directory*;
//! *Recording installed projects*, section *The RECORD file*).

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha384, Sha512};

use crate::error::shown;

/// So many problems are told.
const MOST: usize = 100;
/// The largest `RECORD` that is read: a row for each of as many entries as an archive may have.
const LARGEST: usize = 64 << 20;

/// Collects the files of a wheel and compares them with its `RECORD`.
#[derive(Debug, Default)]
pub struct RecordCheck<'a> {
    files: BTreeMap<&'a str, RecordedFile<'a>>,
}

/// A file of a wheel as [`RecordCheck`] needs it. Links are files that hold their target; folders have no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordedFile<'a> {
    /// As [`Entry::path`](crate::Entry::path).
    pub path: &'a str,
    /// Bytes.
    pub size: u64,
    /// Of all of them.
    pub sha256: [u8; 32],
    /// All of them; none of what was too large to be kept.
    pub bytes: Option<&'a [u8]>,
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
        size: u64,
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
    /// What nobody compared.
    #[error("the hash of {path:?} in RECORD is not of SHA-256, and the file is too large for another one")]
    Unchecked {
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

impl RecordProblem {
    /// Whether the wheel only lacks something that `RECORD` promises: nothing that nobody knows of is installed.
    pub fn is_lack(&self) -> bool {
        matches!(self, Self::Absent { .. } | Self::NoHash { .. } | Self::Unchecked { .. })
    }
}

impl<'a> RecordCheck<'a> {
    /// Takes a file in.
    pub fn see(&mut self, file: RecordedFile<'a>) {
        self.files.insert(file.path, file);
    }

    /// What is wrong; nothing when all is well. At most a hundred problems are told.
    pub fn finish(&self) -> Vec<RecordProblem> {
        let records: Vec<_> = self.files.values().filter(|file| is_record(file.path)).collect();
        let [record] = &records[..] else {
            return vec![RecordProblem::Count { found: records.len() }];
        };
        let name = record.path;
        let Some(bytes) = record.bytes.filter(|bytes| bytes.len() <= LARGEST) else {
            return vec![RecordProblem::TooLarge { size: record.size, limit: LARGEST }];
        };
        let mut problems = Vec::new();
        let mut listed = BTreeSet::new();
        for (at, row) in rows(bytes).enumerate() {
            if problems.len() >= MOST {
                return problems;
            }
            let Some([path, hash, size]) = row else {
                problems.push(RecordProblem::Row { row: at + 1 });
                continue;
            };
            if !listed.insert(path.clone()) {
                problems.push(RecordProblem::Twice { path: shown(path.as_bytes()) });
            } else if path != name && !is_signature(name, &path) {
                problems.extend(self.compare(&path, &hash, &size));
            }
        }
        // Neither the signatures nor `RECORD` itself need a row.
        let needs_row = |path: &str| path != name && !is_signature(name, path);
        let unlisted = self.files.keys().filter(|path| !listed.contains(**path) && needs_row(path));
        problems.extend(unlisted.map(|path| RecordProblem::Unlisted { path: shown(path.as_bytes()) }));
        problems.truncate(MOST);
        problems
    }

    fn compare(&self, path: &str, hash: &str, size: &str) -> Option<RecordProblem> {
        let shown = || shown(path.as_bytes());
        let Some(file) = self.files.get(path) else { return Some(RecordProblem::Absent { path: shown() }) };
        let (algorithm, digest) = hash.split_once('=').unwrap_or_default();
        let expected = match (algorithm, file.bytes) {
            ("sha256", _) => BASE64_URL_SAFE_NO_PAD.encode(file.sha256),
            ("sha384", Some(bytes)) => BASE64_URL_SAFE_NO_PAD.encode(Sha384::digest(bytes)),
            ("sha512", Some(bytes)) => BASE64_URL_SAFE_NO_PAD.encode(Sha512::digest(bytes)),
            ("sha384" | "sha512", None) => return Some(RecordProblem::Unchecked { path: shown() }),
            _ => return Some(RecordProblem::NoHash { path: shown() }),
        };
        if digest != expected {
            return Some(RecordProblem::Hash { path: shown() });
        }
        // The size may be left out; the hash says enough.
        let differs = !size.is_empty() && size != file.size.to_string();
        let size = || crate::error::shown(size.as_bytes());
        differs.then(|| RecordProblem::Size { path: shown(), listed: size(), found: file.size })
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
