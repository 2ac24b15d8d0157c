use std::io;
use std::path::{Path, PathBuf};

use packhouse_model::Sha256;

/// What can go wrong with a blob.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The bytes that arrived are not the bytes that were promised. Nothing was stored.
    #[error("wrong bytes, nothing was stored: expected sha256 {expected}, found {found}")]
    WrongHash {
        /// The hash that was promised.
        expected: Sha256,
        /// The hash of what arrived.
        found: Sha256,
    },
    /// As many bytes arrived as were not promised. Nothing was stored.
    #[error("wrong size, nothing was stored: expected {expected} bytes for sha256 {sha}, found {found}")]
    WrongSize {
        /// The hash that was promised.
        sha: Sha256,
        /// The size that was promised, in bytes.
        expected: u64,
        /// The size of what arrived, in bytes.
        found: u64,
    },
    /// The disk, or this user's share of it, is full.
    #[error("no space left to {doing} {path}: free some, or lower the size limit of the cache", path = path.display())]
    NoSpace {
        /// What was being done, as a verb.
        doing: &'static str,
        /// The file or folder it was done to.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file system refused something.
    #[error("could not {doing} {path}", path = path.display())]
    Local {
        /// What was being done, as a verb.
        doing: &'static str,
        /// The file or folder it was done to.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The object store refused something or did not answer.
    #[error("the object store could not {doing} {key}")]
    Remote {
        /// What was being done, as a verb.
        doing: &'static str,
        /// The object's key, or the prefix that was listed.
        key: String,
        /// What the store said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The blob was there when it was opened, and is no longer: evicted, perhaps by another process.
    #[error("sha256 {sha} is no longer in the object store")]
    Gone {
        /// The blob.
        sha: Sha256,
    },
    /// The object store hands out something else than what was stored.
    #[error(
        "the object store's {key} is damaged: it has {found}; delete that object, and it is fetched again when it is asked for"
    )]
    Damaged {
        /// The object's key.
        key: String,
        /// What is wrong with it.
        found: String,
    },
    /// The blob is larger than the caller wants in memory.
    #[error("sha256 {sha} has {size} bytes; at most {limit} are read into memory at once")]
    TooLarge {
        /// The blob.
        sha: Sha256,
        /// Its size in bytes.
        size: u64,
        /// The caller's limit in bytes.
        limit: u64,
    },
    /// An earlier write failed or was dropped before it ended, so what the file holds is not known.
    #[error("an earlier write to this staged file did not end; stage it anew")]
    Interrupted,
    /// The text does not name a place that blobs can be kept in.
    #[error("cannot keep files in {place:?}: {reason}")]
    Place {
        /// The text.
        place: String,
        /// Why not, and what would do.
        reason: String,
    },
}

impl BlobError {
    /// Whether the disk is full: worth an eviction and one more try, and worth telling the operator.
    pub fn is_no_space(&self) -> bool {
        matches!(self, Self::NoSpace { .. })
    }

    pub(crate) fn local(doing: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            // A limit on the size of files (RLIMIT_FSIZE) is met by the same cure as a full disk.
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::NoSpace { doing, path, source }
            }
            _ => Self::Local { doing, path, source },
        }
    }

    pub(crate) fn objects(doing: &'static str, key: &impl ToString, source: object_store::Error) -> Self {
        Self::Remote { doing, key: key.to_string(), source: Box::new(source) }
    }
}
