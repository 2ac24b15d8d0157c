use packhouse_model::ProjectName;

/// What a reader of upstream's documents accepts at most. Beyond `text`, going over a limit refuses the
/// document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the document, unpacked.
    pub bytes: usize,
    /// Entries of a project page.
    pub files: usize,
    /// Entries of `versions`.
    pub versions: usize,
    /// Entries of the project list.
    pub projects: usize,
    /// Bytes of one text. A longer reason is cut; an entry with a longer URL or specifier is skipped.
    pub text: usize,
    /// JSON values (numbers, texts, arrays, objects, keys) inside unknown keys, over the whole document. A
    /// value takes up to about 100 bytes of memory, however short it is written.
    pub values: usize,
}

impl Default for Limits {
    /// About four times the largest pages there are.
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            files: 50_000,
            versions: 50_000,
            projects: 4_000_000,
            text: 8 << 10,
            values: 500_000,
        }
    }
}

/// A document of the Simple API could not be used at all.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// More bytes than the limit.
    #[error("the document has {found} bytes; at most {limit} are accepted")]
    TooLarge {
        /// [`Limits::bytes`].
        limit: usize,
        /// Its length.
        found: usize,
    },
    /// Neither JSON nor HTML of the Simple API.
    #[error("expected a document of the Simple API, as JSON or HTML; found the content type {found:?}")]
    ContentType {
        /// The first 80 characters.
        found: String,
    },
    /// PEP 629: another major version may mean anything.
    #[error("expected version 1 of the Simple API; found {found:?}")]
    ApiVersion {
        /// The first 80 characters.
        found: String,
    },
    /// Not JSON, or not the shape of PEP 691.
    #[error("the document is not JSON in the shape of the Simple API (PEP 691)")]
    Json(#[source] serde_json::Error),
    /// An HTML document without a single file and without the marker of PEP 629: a login page or an error
    /// page with the status 200 must not pass for a project without files.
    #[error("the HTML document lists no file and does not say that it is of the Simple API (PEP 629)")]
    NotAnIndex,
    /// More entries than the limit.
    #[error("the document has more than {limit} {what}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The page is of another project than the one asked for.
    #[error("expected the page of the project `{expected}`; found the name {found:?}")]
    OtherProject {
        /// What was asked for.
        expected: ProjectName,
        /// The first 80 characters of the name on the page.
        found: String,
    },
}
