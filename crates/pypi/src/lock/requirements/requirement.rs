//! One requirement: a name, then a version (PEP 508) or a place to get it from, then pip's options for it.

use super::super::url::{in_fragment, last_component};
use crate::filename::parse_filename;
use crate::name::normalize;

/// A requirement.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Requirement<'a> {
    /// As written, not checked.
    pub(super) name: &'a str,
    pub(super) wants: Wants<'a>,
    /// The values of `--hash`.
    pub(super) hashes: Vec<String>,
}

/// What a requirement asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wants<'a> {
    /// Exactly this version: `==` or `===`, nothing else beside it, no `*`.
    Version(&'a str),
    /// What is at this URL or path.
    Location(&'a str),
    /// One of several versions.
    Anything,
}

/// Reads a logical line that is not an option. The error is the reason in words.
pub(super) fn parse(line: &str) -> Result<Requirement<'_>, &'static str> {
    let (text, options) = split_options(line);
    let hashes = hashes(options);
    let name_end = text.find(|c: char| !is_name(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(name_end);
    let rest = after_extras(rest.trim_start())?;
    let wants = match rest.chars().next() {
        // A file in the working folder, to pip.
        None if is_archive(name) => return Err("a local file without a project name"),
        _ if name.is_empty() => return unnamed(text, hashes),
        None | Some(';') => Wants::Anything,
        Some('@') => Wants::Location(without_marker(rest[1..].trim_start())),
        Some('=' | '<' | '>' | '!' | '~' | '(') => version(rest),
        _ => return unnamed(text, hashes),
    };
    if wants == Wants::Location("") {
        return Err("not a requirement: nothing after the @");
    }
    Ok(Requirement { name, wants, hashes })
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')
}

/// Whether pip takes a name for a file: the endings of wheels and sdists.
pub(super) fn is_archive(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".whl", ".zip", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tar.xz"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

/// The version in the filename at the end of a URL or path.
pub(super) fn version_in(location: &str, name: &str) -> Option<String> {
    let filename = last_component(location).filter(|filename| is_archive(filename))?;
    let distribution = parse_filename(&filename, &normalize(name).ok()?);
    distribution.version.filter(|_| distribution.belongs).map(|version| version.to_string())
}

/// pip takes everything from the first word that begins with `-` as options.
fn split_options(line: &str) -> (&str, &str) {
    let option = line.match_indices('-').find(|(at, _)| line[..*at].ends_with(char::is_whitespace));
    let (text, options) = line.split_at(option.map_or(line.len(), |(at, _)| at));
    (text.trim_end(), options)
}

fn hashes(options: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut words = options.split_whitespace().map(|word| word.replace(['"', '\''], ""));
    while let Some(word) = words.next() {
        if let Some(hash) = word.strip_prefix("--hash=") {
            found.push(hash.to_owned());
        } else if word == "--hash" {
            found.extend(words.next());
        }
    }
    found
}

fn after_extras(rest: &str) -> Result<&str, &'static str> {
    let Some(extras) = rest.strip_prefix('[') else { return Ok(rest) };
    let (_, after) = extras.split_once(']').ok_or("not a requirement: the extras have no end")?;
    Ok(after.trim_start())
}

/// PEP 508: after a URL, a marker needs white space before its `;`, because URLs may hold one.
fn without_marker(url: &str) -> &str {
    let marker = url.match_indices(';').find(|(at, _)| url[..*at].ends_with(char::is_whitespace));
    let url = marker.map_or(url, |(at, _)| &url[..at]);
    url.split_whitespace().next().unwrap_or_default()
}

fn version(rest: &str) -> Wants<'_> {
    let specifier = rest.split(';').next().unwrap_or(rest).trim();
    let inner = specifier.strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
    let specifier = inner.unwrap_or(specifier).trim();
    let exact = specifier.strip_prefix("===").or_else(|| specifier.strip_prefix("=="));
    match exact.map(str::trim) {
        Some(version) if !version.is_empty() && !version.contains([',', '*', '=']) => Wants::Version(version),
        _ => Wants::Anything,
    }
}

/// A URL or path alone. The name comes from `#egg=`, or from a wheel's filename.
fn unnamed(text: &str, hashes: Vec<String>) -> Result<Requirement<'_>, &'static str> {
    let location = without_marker(text);
    let is_url = location.contains("://");
    if !is_url && !location.contains(['/', '\\']) {
        return Err("not a requirement");
    }
    let egg = in_fragment(location, "egg").map(|egg| egg.split(['[', '=']).next().unwrap_or(egg));
    let plain = location.split(['#', '?']).next().unwrap_or(location);
    let wheel = || {
        let filename = plain.rsplit(['/', '\\']).next()?.strip_suffix(".whl")?;
        filename.split_once('-').map(|(name, _)| name)
    };
    match egg.or_else(wheel) {
        Some(name) => Ok(Requirement { name, wants: Wants::Location(location), hashes }),
        None if is_url => Err("a URL without a project name; expected NAME @ URL"),
        None => Err("a local file or folder without a project name"),
    }
}
