use std::borrow::Cow;

use packhouse_model::ProjectName;
use url::Url;

use super::{Limits, Page, PageError, html, json};
use crate::text::excerpt;

/// Reads a project page, in the form that the content type says, never by guessing from the bytes.
///
/// `base` is the URL that the bytes came from, after redirects; relative URLs start there. An entry is left
/// out, and reported in [`Page::skipped`], when its filename fails [`crate::check_filename`], its URL is
/// not http(s) or does not end in the filename, it is listed with different bytes twice, or one of
/// `hashes`, `requires-python` and `yanked` is malformed (each of these restricts what may be installed, so
/// that ignoring it would offer more than upstream does). A malformed `size`, `upload-time`,
/// `core-metadata`, `gpg-sig` or `provenance` is unknown instead.
pub fn parse(
    content_type: &str,
    bytes: &[u8],
    base: &Url,
    expected: &ProjectName,
    limits: &Limits,
) -> Result<Page, PageError> {
    match form(content_type, bytes, limits)? {
        Form::Json => json::parse(bytes, base, expected, limits),
        Form::Html => html::parse(&text(bytes), base, expected, limits),
    }
}

/// The bytes as text; what is not UTF-8 is replaced. Checked first because that is several times faster
/// than replacing nothing.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// The two forms of the Simple API.
pub(super) enum Form {
    Json,
    Html,
}

/// Which form the content type names (PEP 691, section *Content-Types*), if the document is not too large.
pub(super) fn form(content_type: &str, bytes: &[u8], limits: &Limits) -> Result<Form, PageError> {
    if bytes.len() > limits.bytes {
        return Err(PageError::TooLarge { limit: limits.bytes, found: bytes.len() });
    }
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "application/vnd.pypi.simple.v1+json"
        | "application/vnd.pypi.simple.latest+json"
        | "application/json" => Ok(Form::Json),
        "application/vnd.pypi.simple.v1+html"
        | "application/vnd.pypi.simple.latest+html"
        | "text/html"
        | "application/xhtml+xml" => Ok(Form::Html),
        other => match other.strip_prefix("application/vnd.pypi.simple.") {
            Some(version) => Err(PageError::ApiVersion { found: excerpt(version) }),
            None => Err(PageError::ContentType { found: excerpt(content_type) }),
        },
    }
}

/// PEP 629: a client must refuse a major version that it does not know, and not mind a minor one.
pub(super) fn check_api_version(version: &str) -> Result<(), PageError> {
    let major = version.split('.').next().unwrap_or_default();
    if major == "1" { Ok(()) } else { Err(PageError::ApiVersion { found: excerpt(version) }) }
}
