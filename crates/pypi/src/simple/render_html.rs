use serde_json::Value;

use super::write::{hex, html_attribute, html_text, is_html_attribute, number, text, timestamp};
use super::{API_VERSION, CoreMetadata, ListedFile, Listing};

/// Bytes that an entry takes, for the first allocation.
const ENTRY: usize = 560;

/// Metas that we write ourselves; one of the same name from upstream would say something else.
const KNOWN_METAS: [&str; 3] =
    ["pypi:repository-version", "pypi:project-status", "pypi:project-status-reason"];

/// Writes a project page as HTML of the Simple API 1.4 (`application/vnd.pypi.simple.v1+html`,
/// `text/html`), at which PEP 833 froze this form. `data-upload-time` is not of the standard; uv reads it.
pub fn render_html(listing: &Listing<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024 + listing.files.len() * ENTRY);
    text(&mut out, "<!DOCTYPE html>\n<html lang=\"en\">\n  <head>\n    <meta charset=\"utf-8\">\n");
    meta(&mut out, "pypi:repository-version", API_VERSION);
    meta(&mut out, "pypi:project-status", listing.status.state.word());
    if let Some(reason) = &listing.status.reason {
        meta(&mut out, "pypi:project-status-reason", reason);
    }
    for (name, content) in listing.meta_extra {
        if let Value::String(content) = content
            && name.starts_with("pypi:")
            && !KNOWN_METAS.contains(&name.as_str())
        {
            meta(&mut out, name, content);
        }
    }
    text(&mut out, "    <title>Links for ");
    html_text(&mut out, listing.name.as_str());
    text(&mut out, "</title>\n  </head>\n  <body>\n    <h1>Links for ");
    html_text(&mut out, listing.name.as_str());
    text(&mut out, "</h1>\n");
    for listed in listing.files {
        file(&mut out, listed);
    }
    text(&mut out, "  </body>\n</html>\n");
    if let Some(serial) = listing.last_serial {
        text(&mut out, "<!--SERIAL ");
        number(&mut out, serial);
        text(&mut out, "-->\n");
    }
    out
}

fn meta(out: &mut Vec<u8>, name: &str, content: &str) {
    text(out, "    <meta");
    html_attribute(out, "name", name);
    html_attribute(out, "content", content);
    text(out, ">\n");
}

fn file(out: &mut Vec<u8>, file: &ListedFile<'_>) {
    text(out, "<a href=\"");
    html_text(out, file.url);
    if let Some(digest) = &file.sha256 {
        text(out, "#sha256=");
        hex(out, digest);
    }
    out.push(b'"');
    if let Some(specifier) = file.requires_python {
        html_attribute(out, "data-requires-python", specifier);
    }
    if let Some(time) = file.upload_time {
        text(out, " data-upload-time=\"");
        timestamp(out, time);
        out.push(b'"');
    }
    if let Some(reason) = file.yanked {
        html_attribute(out, "data-yanked", reason);
    }
    if let CoreMetadata::Present { sha256 } = file.core_metadata {
        for name in [" data-core-metadata=\"", " data-dist-info-metadata=\""] {
            text(out, name);
            match &sha256 {
                Some(digest) => {
                    text(out, "sha256=");
                    hex(out, digest);
                }
                None => text(out, "true"),
            }
            out.push(b'"');
        }
    }
    if let Some(signed) = file.gpg_sig {
        html_attribute(out, "data-gpg-sig", if signed { "true" } else { "false" });
    }
    if let Some(url) = file.provenance {
        html_attribute(out, "data-provenance", url);
    }
    for (name, value) in file.html_attributes.iter().filter(|(name, _)| is_html_attribute(name)) {
        html_attribute(out, name, value);
    }
    out.push(b'>');
    html_text(out, file.filename);
    text(out, "</a><br>\n");
}
