//! Requirements files, as pip's documentation describes them (*Requirements File Format*).
//!
//! ```text
//! six==1.17.0 ; python_version >= "3.9" \
//!     --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274
//! ```

mod lines;
mod requirement;

use super::collect::Collector;
use super::error::LockError;
use super::files::{LockedFiles, source_of};
use super::url::in_fragment;
use super::{Source, url};
use lines::logical_lines;
use requirement::{Requirement, Wants};

pub(super) fn read(text: &str, out: &mut Collector) -> Result<(), LockError> {
    for (line, text) in logical_lines(text) {
        if text.starts_with('-') {
            out.skip(line, &text, option(&text).into())?;
            continue;
        }
        // pip fills these in from the environment of whoever installs.
        if has_variable(&text) {
            out.skip(
                line,
                &text,
                "it holds an environment variable, which only the installing machine knows".into(),
            )?;
            continue;
        }
        match requirement::parse(&text) {
            Ok(requirement) => add(&requirement, line, &text, out)?,
            Err(why) => out.skip(line, &text, why.into())?,
        }
    }
    Ok(())
}

fn add(requirement: &Requirement<'_>, line: usize, text: &str, out: &mut Collector) -> Result<(), LockError> {
    let mut files = LockedFiles::default();
    match requirement.wants {
        Wants::Version(version) => {
            let Some(named) = out.name(requirement.name, Some(version), line)? else { return Ok(()) };
            for hash in &requirement.hashes {
                files.add(None, None, Some(hash));
            }
            out.add(named, Source::Index, files)
        }
        Wants::Location(location) => {
            let plain = location.split('#').next().unwrap_or(location);
            let in_url = in_fragment(location, "sha256").map(|hash| format!("sha256:{hash}"));
            let hashes: Vec<&str> =
                requirement.hashes.iter().map(String::as_str).chain(in_url.as_deref()).collect();
            let is_archive = url::last_component(plain).is_some_and(|last| requirement::is_archive(&last));
            if is_archive && hashes.is_empty() {
                files.add(None, Some(plain), None);
            }
            for hash in hashes {
                files.add(None, is_archive.then_some(plain), Some(hash));
            }
            let version = requirement::version_in(plain, requirement.name);
            match out.name(requirement.name, version.as_deref(), line)? {
                Some(named) => out.add(named, source_of(plain), files),
                None => Ok(()),
            }
        }
        Wants::Anything => out.skip(line, text, "not pinned to one version; expected NAME==VERSION".into()),
    }
}

/// Why a line that begins with `-` names no package.
fn option(text: &str) -> &'static str {
    let name = text.split(|c: char| c.is_whitespace() || c == '=').next().unwrap_or(text);
    // Short options may have their value attached: `-rother.txt`.
    let short = name.get(..2).filter(|_| !name.starts_with("--"));
    match short.unwrap_or(name) {
        "-r" | "--requirement" | "--requirements" => "it names another requirements file; check that one too",
        "-c" | "--constraint" | "--constraints" => {
            "it names a file of constraints, which install nothing by themselves"
        }
        "-e" | "--editable" => "editable: comes from a folder or repository, not from an index",
        "-i" | "--index-url" | "--extra-index-url" | "-f" | "--find-links" => {
            "it sends the client to another index; what comes from there is not decided here"
        }
        _ => "an option for the client, not a package",
    }
}

/// Whether a text holds `${NAME}` (pip's documentation, *Using environment variables*).
fn has_variable(text: &str) -> bool {
    text.split("${").skip(1).any(|rest| {
        let end = rest.find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'));
        end.is_some_and(|end| end > 0 && rest[end..].starts_with('}'))
    })
}
