//! The real program in front of the fake upstream, and what a test wants to know of it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use packhouse_testkit::httptest::{Answer, get};
use packhouse_testkit::{BuiltFile, FakeUpstream, Served, ServedBuilder, Wheel};
use serde_json::Value;

use crate::wire::{Received, receive};

/// What a client names that wants JSON.
pub(crate) const JSON: (&str, &str) = ("accept", "application/vnd.pypi.simple.v1+json");
/// How long a test waits for something to become true.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program, not yet started, with `upstream` behind it. It asks for nothing but what clients ask for, as tests
/// count that.
pub(crate) fn packhouse(upstream: &FakeUpstream) -> ServedBuilder {
    let program =
        Served::program(env!("CARGO_BIN_EXE_packhouse")).env("PACKHOUSE_UPSTREAM_LOOK_AHEAD", "false");
    program.args(["--upstream", &upstream.simple_url()])
}

/// The program with settings by their environment variables, without the prefix.
pub(crate) fn with(mut builder: ServedBuilder, settings: &[(&str, &str)]) -> ServedBuilder {
    for (name, value) in settings {
        builder = builder.env(format!("PACKHOUSE_{name}"), value);
    }
    builder
}

/// Looks until `done`, and panics with `what` when that takes too long.
#[track_caller]
pub(crate) fn until(what: &str, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < end, "waited {PATIENCE:?} for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A wheel of about so many bytes; other versions have other bytes.
pub(crate) fn wheel(project: &str, version: &str, bytes: usize) -> BuiltFile {
    Wheel::named(project).version(version).padding(bytes).stored().build()
}

pub(crate) fn page_url(served: &Served, project: &str) -> String {
    format!("{}{project}/", served.simple_url())
}

/// The project's page as JSON, whatever its status.
#[track_caller]
pub(crate) fn page(served: &Served, project: &str) -> Answer {
    get(&page_url(served, project), &[JSON]).unwrap_or_else(|error| panic!("the page of {project}: {error}"))
}

/// The rows of the project's page, which must be there.
#[track_caller]
pub(crate) fn rows(served: &Served, project: &str) -> Vec<Value> {
    let answer = page(served, project);
    assert_eq!(answer.status, 200, "the page of {project}: {}", answer.text());
    answer.json()["files"].as_array().expect("a list of files").clone()
}

/// The row of one file, if it is listed.
#[track_caller]
pub(crate) fn row(served: &Served, file: &BuiltFile) -> Option<Value> {
    rows(served, &file.project).into_iter().find(|row| row["filename"] == file.filename.as_str())
}

pub(crate) fn file_url(served: &Served, file: &BuiltFile) -> String {
    format!("{}/files/{}/{}", served.url(), file.sha256.hex(), file.filename)
}

/// Fetches a file, or what arrives of it.
pub(crate) fn fetch(served: &Served, file: &BuiltFile) -> Received {
    receive(&file_url(served, file), &[])
}

/// Fetches a file that must be right.
#[track_caller]
pub(crate) fn fetch_right(served: &Served, file: &BuiltFile) {
    let got = fetch(served, file);
    assert!(got.is(&file.bytes), "{}: expected its bytes, found {}", file.filename, got.summary());
}

/// Whether the file's bytes stand in the store.
pub(crate) fn is_kept(served: &Served, file: &BuiltFile) -> bool {
    blob_path(served.data(), file).exists()
}

pub(crate) fn blob_path(data: &Path, file: &BuiltFile) -> PathBuf {
    let hex = file.sha256.hex();
    data.join("files/sha256").join(&hex[..2]).join(&hex[2..4]).join(&hex)
}

/// The files on their way in.
pub(crate) fn staged(served: &Served) -> Vec<PathBuf> {
    staged_in(served.data())
}

/// The files on their way in, also of a program that was killed.
pub(crate) fn staged_in(data: &Path) -> Vec<PathBuf> {
    let staging = data.join("files/staging");
    assert!(staging.is_dir(), "the staging area stands at {}", staging.display());
    let mut found = files_below(&staging);
    found.retain(|path| path.extension().is_some_and(|extension| extension == "part"));
    found
}

/// Bytes of all stored files.
pub(crate) fn bytes_kept(served: &Served) -> u64 {
    let files = files_below(&served.data().join("files/sha256"));
    files.iter().filter_map(|path| path.metadata().ok()).map(|data| data.len()).sum()
}

pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        // A file may go while one looks.
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => found.extend(files_below(&entry.path())),
            Ok(_) => found.push(entry.path()),
            Err(_) => {}
        }
    }
    found
}
