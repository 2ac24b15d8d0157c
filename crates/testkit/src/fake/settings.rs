/// How the fake upstream writes its project pages. Upstreams differ, and all of these exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// HTML whatever is asked for, with hashes, `data-requires-python` and `data-yanked` and nothing else;
    /// when the request accepts JSON, also `data-upload-time`. Recorded pages are served as they were given.
    Html,
    /// HTML with nothing but a link and its hash (PEP 503).
    HtmlMinimal,
    /// Simple API 1.4, complete, in JSON and HTML by content negotiation.
    Json,
    /// Simple API 1.0 (PEP 691): JSON without sizes, times, versions and status; minimal HTML.
    Json10,
}

/// What the fake upstream does and leaves out.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches; every combination is meant")]
pub struct Settings {
    /// How project pages are written.
    pub dialect: Dialect,
    /// Whether `/pypi/<project>/json` exists.
    pub project_json: bool,
    /// Whether `/pypi/<project>/<version>/json` exists.
    pub version_json: bool,
    /// Whether answers carry `ETag` and `Last-Modified`, and 304 is given.
    pub validators: bool,
    /// Whether files answer `Range` with 206.
    pub ranges: bool,
    /// Whether `<file>.metadata` exists. Only the dialect `Json` says so on its pages.
    pub metadata_files: bool,
    /// Whether pages carry `X-PyPI-Last-Serial`.
    pub last_serial: bool,
    /// Whether pages are compressed for those who accept gzip.
    pub gzip: bool,
    /// Whether pages link to files relatively (`../../packages/…`).
    pub relative_urls: bool,
}

impl Default for Settings {
    /// A complete upstream: `Json`, everything on, nothing compressed, absolute links.
    fn default() -> Self {
        Self {
            dialect: Dialect::Json,
            project_json: true,
            version_json: true,
            validators: true,
            ranges: true,
            metadata_files: true,
            last_serial: true,
            gzip: false,
            relative_urls: false,
        }
    }
}
