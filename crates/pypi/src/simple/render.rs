use packhouse_model::{ProjectName, Sha256, Timestamp};
use serde_json::{Map, Value};

use super::{CoreMetadata, ProjectStatus};

/// A project page as we serve it: what [`super::render_json`] and [`super::render_html`] write.
#[derive(Debug, Clone, Copy)]
pub struct Listing<'a> {
    /// The project.
    pub name: &'a ProjectName,
    /// All versions (PEP 700), including those without files.
    pub versions: &'a [String],
    /// The project's status (PEP 792).
    pub status: &'a ProjectStatus,
    /// Written as `meta._last-serial`, and as HTML's `SERIAL` comment.
    pub last_serial: Option<u64>,
    /// The files, in the order in which they are listed.
    pub files: &'a [ListedFile<'a>],
    /// Unknown keys of upstream's page.
    pub extra: &'a Map<String, Value>,
    /// Unknown keys of upstream's `meta`.
    pub meta_extra: &'a Map<String, Value>,
}

/// A file as we list it.
#[derive(Debug, Clone, Copy)]
pub struct ListedFile<'a> {
    /// The filename.
    pub filename: &'a str,
    /// Where a client gets it, relative to the page or absolute; percent-encoded already, without fragment.
    pub url: &'a str,
    /// The hash of the file.
    pub sha256: Option<Sha256>,
    /// In bytes.
    pub size: Option<u64>,
    /// When it was uploaded.
    pub upload_time: Option<Timestamp>,
    /// A version specifier.
    pub requires_python: Option<&'a str>,
    /// `None`: not yanked. An empty text: yanked without a reason. See [`super::Yanked::listed`].
    pub yanked: Option<&'a str>,
    /// Whether `<url>.metadata` is there.
    pub core_metadata: CoreMetadata,
    /// Whether `<url>.asc` is there.
    pub gpg_sig: Option<bool>,
    /// Where a client gets the provenance document.
    pub provenance: Option<&'a str>,
    /// Unknown keys of upstream's JSON; those that we write ourselves are passed over.
    pub extra: &'a Map<String, Value>,
    /// Unknown `data-*` attributes of upstream's HTML.
    pub html_attributes: &'a [(String, String)],
    /// Our own data, written under [`super::PRIVATE_KEY`] in JSON.
    pub private: Option<&'a Map<String, Value>>,
}
