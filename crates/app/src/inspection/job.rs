//! What an inspection is asked, and what it answers: the two sides of a pipe between two processes of one program.

use std::path::{Path, PathBuf};

use packhouse_inspect::{Baseline, Report, YaraSource};
use serde::{Deserialize, Serialize};

/// What to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Job {
    /// The file or folder.
    pub subject: Subject,
    /// What it is compared with.
    pub against: Vec<(Baseline, Subject)>,
}

/// Something that can be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// A wheel or sdist that nobody writes to any more: it is read where it lies.
    Stored {
        /// Where it lies.
        path: PathBuf,
        /// What it is called: its ending says what it is.
        filename: String,
    },
    /// A wheel or sdist of somebody, which is read into memory first.
    File {
        /// Where it lies.
        path: PathBuf,
        /// What it is called.
        filename: String,
    },
    /// An unpacked release, or a source tree.
    Folder {
        /// Where it lies.
        path: PathBuf,
    },
}

impl Subject {
    /// A file or folder that a person names, by what lies there.
    pub fn at(path: &Path) -> std::io::Result<Self> {
        if std::fs::metadata(path)?.is_dir() {
            return Ok(Self::Folder { path: path.canonicalize()? });
        }
        let filename = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self::File { path: path.canonicalize()?, filename })
    }

    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Stored { path, .. } | Self::File { path, .. } | Self::Folder { path } => path,
        }
    }
}

/// A job as it goes to the process that does it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Handed {
    pub(super) job: Job,
    /// See [`packhouse_sandbox::ProcessLimits`].
    pub(super) memory: u64,
    pub(super) seconds: u64,
    /// The process that asks.
    pub(super) parent: u32,
    /// The operator's rules: what lies on the disk may have changed since they were compiled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) yara: Vec<YaraSource>,
}

/// What comes back.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Answer {
    /// What was seen.
    Report(Box<Report>),
    /// A file or folder could not be opened.
    Missing(String),
}
