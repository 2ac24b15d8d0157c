use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::read::GzDecoder;
use packhouse_testkit::httptest::get;
use packhouse_testkit::{Dialect, FakeUpstream, recorded_folder};

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    assert!(!found.is_empty(), "{} is empty", folder.display());
    found
}

fn content(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    if path.extension().is_none_or(|extension| extension != "gz") {
        return bytes;
    }
    let mut text = Vec::new();
    GzDecoder::new(bytes.as_slice()).read_to_end(&mut text).unwrap();
    text
}

/// Pages and documents name no registry that this machine's pip knows. Wheels are left as their vendors made
/// them: their hashes stand on the pages.
#[test]
fn no_registry_is_named() {
    let script = "from pip._internal.models.index import PyPI, TestPyPI\n\
                  for host in (PyPI.netloc, PyPI.file_storage_domain, TestPyPI.netloc, TestPyPI.file_storage_domain): print(host)";
    let asked = Command::new("python3").args(["-c", script]).output();
    let hosts =
        asked.map(|output| String::from_utf8_lossy(&output.stdout).to_lowercase()).unwrap_or_default();
    if hosts.is_empty() {
        eprintln!("skipped: no pip that could say which registries it knows");
        return;
    }
    assert_eq!(hosts.lines().count(), 4, "{hosts}");
    for path in files(&recorded_folder()) {
        let text = String::from_utf8_lossy(&content(&path)).to_lowercase();
        for host in hosts.lines() {
            assert!(!text.contains(host), "{} names {host}", path.display());
        }
    }
}

#[test]
fn the_fixtures_stay_small() {
    let total: u64 = files(&recorded_folder()).iter().map(|path| path.metadata().unwrap().len()).sum();
    assert!(total < 6_000_000, "{total} bytes");
}

#[test]
fn recorded_pages_are_served_in_every_dialect() {
    let upstream = FakeUpstream::with_recorded();
    for (name, count) in [("six", 48), ("flask", 110), ("boto3", 4312)] {
        let page = format!("{}{name}/", upstream.simple_url());
        for dialect in [Dialect::Html, Dialect::HtmlMinimal] {
            upstream.speak(dialect);
            let text = get(&page, &[]).unwrap().text();
            assert_eq!(text.matches("<a href=").count(), count, "{name} {dialect:?}");
            assert_eq!(text.matches(&format!("href=\"{}/packages/", upstream.url())).count(), count);
            assert!(!text.contains("upstream.invalid"));
        }
        for dialect in [Dialect::Json, Dialect::Json10] {
            upstream.speak(dialect);
            let page = get(&page, &[("accept", "application/vnd.pypi.simple.v1+json")]).unwrap().json();
            let files = page["files"].as_array().unwrap();
            assert_eq!(files.len(), count, "{name} {dialect:?}");
            if dialect == Dialect::Json {
                let complete = |file: &serde_json::Value| {
                    file["size"].as_u64().is_some_and(|size| size > 0) && file["upload-time"].is_string()
                };
                assert!(files.iter().all(complete), "{name}");
            }
        }
        let document = get(&format!("{}/pypi/{name}/json", upstream.url()), &[]).unwrap();
        assert!(!document.text().contains("upstream.invalid"));
        assert_eq!(document.json()["info"]["name"].as_str().map(str::to_lowercase).as_deref(), Some(name));
    }
}

#[test]
fn the_kept_wheels_are_the_ones_on_the_pages() {
    let upstream = FakeUpstream::with_recorded();
    let wheels = files(&recorded_folder().join("files"));
    assert!(wheels.len() >= 11, "{}", wheels.len());
    for wheel in wheels {
        let filename = wheel.file_name().unwrap().to_str().unwrap();
        let answer = get(&upstream.file_url(filename), &[]).unwrap();
        assert_eq!(packhouse_model::Sha256::of(&answer.body), upstream.file_sha256(filename), "{filename}");
        let metadata = get(&format!("{}.metadata", upstream.file_url(filename)), &[]).unwrap();
        assert!(metadata.text().starts_with("Metadata-Version: "), "{filename}");
    }
}

#[test]
fn a_changed_project_is_no_longer_served_as_recorded() {
    let upstream = FakeUpstream::with_recorded();
    upstream.speak(Dialect::Html);
    upstream.yank("six-1.17.0-py2.py3-none-any.whl", Some("changed mind"));
    let text = get(&format!("{}six/", upstream.simple_url()), &[]).unwrap().text();
    assert!(text.contains("data-yanked=\"changed mind\""));
    let document = get(&format!("{}/pypi/six/json", upstream.url()), &[]).unwrap().json();
    assert_eq!(document["info"]["summary"], "Python 2 and 3 compatibility utilities");
}
