use super::write::{
    HTML_KEY, SKIPPED_KEY, hex, is_file_key, is_meta_key, is_page_key, is_passed_on, json_key, json_text,
    json_value, number, text, timestamp,
};
use super::{API_VERSION, CoreMetadata, ListedFile, Listing, PRIVATE_KEY, Skipped};

/// Bytes that an entry takes, for the first allocation.
const ENTRY: usize = 640;

/// Writes a project page as JSON of the Simple API 1.4 (`application/vnd.pypi.simple.v1+json`).
///
/// Every file has all keys of PEP 691 to 740; of these, `size`, `upload-time` and `gpg-sig` are left out
/// when unknown. Both `core-metadata` and its old name are written (PEP 714).
pub fn render_json(listing: &Listing<'_>) -> Vec<u8> {
    document(listing, None)
}

/// The same document in our stored form, which also holds what clients do not get: `skipped`, HTML
/// attributes, and an upstream's own use of our private key.
pub(super) fn render_stored(listing: &Listing<'_>, skipped: &[Skipped]) -> Vec<u8> {
    document(listing, Some(skipped))
}

fn document(listing: &Listing<'_>, stored: Option<&[Skipped]>) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024 + listing.files.len() * ENTRY + listing.versions.len() * 16);
    text(&mut out, "{\"meta\":{\"api-version\":\"");
    text(&mut out, API_VERSION);
    out.push(b'"');
    if let Some(serial) = listing.last_serial {
        text(&mut out, ",\"_last-serial\":");
        number(&mut out, serial);
    }
    for (key, value) in listing.meta_extra.iter().filter(|(key, _)| !is_meta_key(key)) {
        json_key(&mut out, key);
        json_value(&mut out, value);
    }
    text(&mut out, "},\"name\":");
    json_text(&mut out, listing.name.as_str());
    status(&mut out, listing);
    text(&mut out, ",\"versions\":[");
    separated(&mut out, listing.versions, |out, version| json_text(out, version));
    text(&mut out, "],\"files\":[");
    separated(&mut out, listing.files, |out, listed| file(out, listed, stored.is_some()));
    out.push(b']');
    for (key, value) in listing.extra.iter().filter(|(key, _)| !is_page_key(key)) {
        json_key(&mut out, key);
        json_value(&mut out, value);
    }
    if let Some(skipped) = stored.filter(|skipped| !skipped.is_empty()) {
        json_key(&mut out, SKIPPED_KEY);
        out.push(b'[');
        separated(&mut out, skipped, |out, entry| {
            text(out, "{\"filename\":");
            json_text(out, &entry.filename);
            text(out, ",\"reason\":");
            json_text(out, &entry.reason);
            out.push(b'}');
        });
        out.push(b']');
    }
    out.push(b'}');
    out
}

fn separated<T>(out: &mut Vec<u8>, items: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(out, item);
    }
}

fn status(out: &mut Vec<u8>, listing: &Listing<'_>) {
    text(out, ",\"project-status\":{\"status\":");
    json_text(out, listing.status.state.word());
    if let Some(reason) = &listing.status.reason {
        text(out, ",\"reason\":");
        json_text(out, reason);
    }
    for (key, value) in
        listing.status.extra.iter().filter(|(key, _)| !matches!(key.as_str(), "status" | "reason"))
    {
        json_key(out, key);
        json_value(out, value);
    }
    out.push(b'}');
}

fn file(out: &mut Vec<u8>, file: &ListedFile<'_>, stored: bool) {
    text(out, "{\"filename\":");
    json_text(out, file.filename);
    text(out, ",\"url\":");
    json_text(out, file.url);
    text(out, ",\"hashes\":{");
    if let Some(digest) = &file.sha256 {
        text(out, "\"sha256\":\"");
        hex(out, digest);
        out.push(b'"');
    }
    text(out, "},\"requires-python\":");
    match file.requires_python {
        Some(specifier) => json_text(out, specifier),
        None => text(out, "null"),
    }
    if let Some(size) = file.size {
        text(out, ",\"size\":");
        number(out, size);
    }
    if let Some(time) = file.upload_time {
        text(out, ",\"upload-time\":\"");
        timestamp(out, time);
        out.push(b'"');
    }
    text(out, ",\"yanked\":");
    match file.yanked {
        None => text(out, "false"),
        Some("") => text(out, "true"),
        Some(reason) => json_text(out, reason),
    }
    for key in [",\"core-metadata\":", ",\"dist-info-metadata\":"] {
        text(out, key);
        metadata(out, file.core_metadata);
    }
    if let Some(signed) = file.gpg_sig {
        text(out, if signed { ",\"gpg-sig\":true" } else { ",\"gpg-sig\":false" });
    }
    text(out, ",\"provenance\":");
    match file.provenance {
        Some(url) => json_text(out, url),
        None => text(out, "null"),
    }
    for (key, value) in
        file.extra.iter().filter(|(key, _)| !is_file_key(key) && (stored || is_passed_on(key)))
    {
        json_key(out, key);
        json_value(out, value);
    }
    if let Some(private) = file.private {
        json_key(out, PRIVATE_KEY);
        // Writing into memory cannot fail, and the keys of a JSON object are texts.
        let _ = serde_json::to_writer(&mut *out, private);
    }
    if stored && !file.html_attributes.is_empty() {
        json_key(out, HTML_KEY);
        out.push(b'{');
        separated(out, file.html_attributes, |out, (name, value)| {
            json_text(out, name);
            out.push(b':');
            json_text(out, value);
        });
        out.push(b'}');
    }
    out.push(b'}');
}

fn metadata(out: &mut Vec<u8>, metadata: CoreMetadata) {
    match metadata {
        CoreMetadata::Absent => text(out, "false"),
        CoreMetadata::Present { sha256: None } => text(out, "true"),
        CoreMetadata::Present { sha256: Some(digest) } => {
            text(out, "{\"sha256\":\"");
            hex(out, &digest);
            text(out, "\"}");
        }
    }
}
