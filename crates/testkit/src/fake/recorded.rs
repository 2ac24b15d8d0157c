//! Projects from `tests/fixtures/recorded`, which `record.py` beside this crate makes.

use std::collections::HashMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use flate2::read::GzDecoder;
use serde_json::{Map, Value};

use super::project::{File, Project, RecordedPages, requires_dist};
use crate::build::zip;

/// Where the recorded fixtures lie.
pub fn recorded_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/recorded")
}

/// Every recorded project. Read once per test process.
pub(super) static RECORDED: LazyLock<Vec<Project>> = LazyLock::new(|| {
    let folder = recorded_folder();
    let list = folder.join("projects");
    let entries = fs::read_dir(&list).unwrap_or_else(|error| panic!("{}: {error}", list.display()));
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.expect("a folder that can be listed").file_name().into_string().ok())
        .filter_map(|name| Some(name.strip_suffix(".json.gz")?.to_owned()))
        .collect();
    names.sort();
    assert!(!names.is_empty(), "no recorded project in {}", folder.display());
    names.iter().map(|name| project(&folder, name)).collect()
});

/// The text of a gzip file.
pub(crate) fn unzipped(path: &Path) -> String {
    let packed = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut text = String::new();
    let unpacked = GzDecoder::new(packed.as_slice()).read_to_string(&mut text);
    unpacked.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text
}

fn project(folder: &Path, name: &str) -> Project {
    let page = |kind: &str| unzipped(&folder.join("pages").join(format!("{name}.{kind}.gz")));
    let (html, dated, json) =
        (page("html"), page("dated.html"), unzipped(&folder.join(format!("projects/{name}.json.gz"))));
    let document: Value = serde_json::from_str(&json).expect("a recorded document is JSON");
    let releases = document["releases"].as_object().cloned().unwrap_or_default();
    let mut known: HashMap<&str, (&str, &Value)> = HashMap::new();
    for (version, files) in &releases {
        for file in files.as_array().into_iter().flatten() {
            known.insert(file["filename"].as_str().unwrap_or_default(), (version, file));
        }
    }
    let files = dated.lines().filter_map(|line| file(folder, line, &known)).collect();
    let info = document["info"].as_object().cloned().unwrap_or_default();
    Project {
        files,
        info,
        serial: document["last_serial"].as_u64().unwrap_or(0),
        recorded: Some(RecordedPages {
            html: Arc::from(html),
            dated_html: Arc::from(dated),
            json: Arc::from(json),
        }),
        ..Project::named(name)
    }
}

/// Reads one anchor of a recorded page; they stand one to a line.
fn file(folder: &Path, line: &str, known: &HashMap<&str, (&str, &Value)>) -> Option<File> {
    let href = attribute(line, "href")?;
    let (url, sha256) = href.split_once("#sha256=")?;
    let path = url.strip_prefix("https://files.upstream.invalid")?;
    let filename = path.rsplit('/').next()?;
    let (version, document) = known.get(filename)?;
    let bytes = fs::read(folder.join("files").join(filename)).ok().map(Bytes::from);
    let metadata = bytes.as_ref().and_then(|bytes| zip::member(bytes, ".dist-info/METADATA"));
    Some(File {
        filename: filename.to_owned(),
        version: (*version).to_owned(),
        path: path.to_owned(),
        sha256: sha256.to_owned(),
        size: document["size"].as_u64().unwrap_or(0),
        bytes,
        requires_dist: metadata.as_deref().map(requires_dist).unwrap_or_default(),
        metadata: metadata.map(Bytes::from),
        requires_python: attribute(line, "data-requires-python"),
        uploaded: attribute(line, "data-upload-time").and_then(|time| time.parse().ok()),
        yanked: attribute(line, "data-yanked"),
        provenance: None,
        fields: Map::new(),
    })
}

fn attribute(line: &str, name: &str) -> Option<String> {
    let (_, rest) = line.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(
        value
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&"),
    )
}
