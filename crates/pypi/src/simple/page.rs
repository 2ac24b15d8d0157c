use packhouse_model::{ProjectName, Sha256, Timestamp};
use serde_json::{Map, Value};
use url::Url;

use super::ProjectStatus;

/// A project page as an upstream gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The project, as we asked for it.
    pub name: ProjectName,
    /// All versions, as upstream writes them; may name versions without files (PEP 700). Empty when
    /// upstream did not say.
    pub versions: Vec<String>,
    /// The project's status (PEP 792); active when upstream did not say.
    pub status: ProjectStatus,
    /// The files, in upstream's order, each filename once.
    pub files: Vec<File>,
    /// Warehouse's serial number of the last change (`meta._last-serial`, or the HTML page's `SERIAL`
    /// comment).
    pub last_serial: Option<u64>,
    /// Unknown keys of `meta`. An HTML page's unknown `pypi:` metas stand here under their whole name.
    pub meta_extra: Map<String, Value>,
    /// Unknown keys of the page.
    pub extra: Map<String, Value>,
    /// What stands on upstream's page and was left out, with the reason.
    pub skipped: Vec<Skipped>,
}

/// A file on a project page.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// Passes [`crate::check_filename`], and is the last segment of `url`.
    pub filename: String,
    /// Where upstream has it: absolute, `http` or `https`, without user name, password or fragment.
    pub url: Url,
    /// Other algorithms are not kept: mixed algorithms break lockfiles.
    pub sha256: Option<Sha256>,
    /// In bytes (PEP 700).
    pub size: Option<u64>,
    /// When it reached upstream (PEP 700).
    pub upload_time: Option<Timestamp>,
    /// A version specifier, as upstream writes it (PEP 503); never empty.
    pub requires_python: Option<String>,
    /// PEP 592.
    pub yanked: Yanked,
    /// Whether `<url>.metadata` is there (PEP 658, PEP 714).
    pub core_metadata: CoreMetadata,
    /// Whether `<url>.asc` is there (PEP 503); `None` when upstream did not say.
    pub gpg_sig: Option<bool>,
    /// The provenance document (PEP 740).
    pub provenance: Option<Url>,
    /// Unknown keys of the JSON form.
    pub extra: Map<String, Value>,
    /// Unknown `data-*` attributes of the HTML form, sorted by name, values unescaped.
    pub html_attributes: Vec<(String, String)>,
}

/// Whether a file is yanked (PEP 592).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Yanked {
    /// It is not.
    #[default]
    No,
    /// Installers take it only when pinned to its version.
    Yes {
        /// Why, if upstream says so; never empty.
        reason: Option<String>,
    },
}

impl Yanked {
    /// Yanked, for a reason unless it is empty.
    pub fn because(reason: &str) -> Self {
        Self::Yes { reason: (!reason.is_empty()).then(|| reason.to_owned()) }
    }

    /// As [`super::ListedFile`] has it: `None` when not yanked, an empty text when yanked without a reason.
    pub fn listed(&self) -> Option<&str> {
        match self {
            Self::No => None,
            Self::Yes { reason } => Some(reason.as_deref().unwrap_or_default()),
        }
    }
}

/// Whether a wheel's METADATA can be had apart from the wheel, at `<url>.metadata` (PEP 658, PEP 714).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CoreMetadata {
    /// No, or upstream did not say so in a form we can read.
    #[default]
    Absent,
    /// Yes.
    Present {
        /// The hash of the metadata file, if given.
        sha256: Option<Sha256>,
    },
}

/// An entry of upstream's page that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// As upstream writes it, cut to 200 bytes; empty when there is none.
    pub filename: String,
    /// A clause that says why, for people.
    pub reason: String,
}
