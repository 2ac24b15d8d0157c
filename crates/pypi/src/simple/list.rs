//! The list of all projects, `/simple/` (PEP 503, PEP 691 section *Project List*).

use std::fmt;

use packhouse_model::ProjectName;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::entities::decode;
use super::html::{Head, attribute, dom, is, text_of};
use super::parse::{self, Form, check_api_version, form};
use super::write::{html_attribute, html_text, json_text, number, text};
use super::{API_VERSION, Limits, PageError};
use crate::json::Fault;
use crate::name::normalize;

/// How much of an HTML list is parsed at once, in bytes: the tree of a whole list would take half a gigabyte.
const PIECE: usize = 256 << 10;

/// The projects of an upstream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProjectList {
    /// In upstream's order.
    pub projects: Vec<ProjectName>,
    /// Warehouse's serial number of the last change.
    pub last_serial: Option<u64>,
    /// How many entries had no name that PEP 508 allows.
    pub skipped: usize,
}

impl ProjectList {
    fn add(&mut self, name: &str, limits: &Limits) -> Result<(), PageError> {
        if self.projects.len() + self.skipped >= limits.projects {
            return Err(PageError::TooMany { what: "projects", limit: limits.projects });
        }
        match normalize(name) {
            Ok(name) => self.projects.push(name),
            Err(_) => self.skipped += 1,
        }
        Ok(())
    }
}

/// Reads a project list in the form that the content type says.
pub fn parse_list(content_type: &str, bytes: &[u8], limits: &Limits) -> Result<ProjectList, PageError> {
    match form(content_type, bytes, limits)? {
        Form::Json => parse_json(bytes, limits),
        Form::Html => parse_html(&parse::text(bytes), limits),
    }
}

fn parse_html(document: &str, limits: &Limits) -> Result<ProjectList, PageError> {
    let mut list = ProjectList::default();
    let mut head = Head::default();
    let mut rest = document;
    while !rest.is_empty() {
        let piece;
        (piece, rest) = rest.split_at(piece_end(rest));
        // A piece is too short to hold too many tags.
        let dom = dom(piece, usize::MAX)?;
        for node in dom.nodes() {
            match node {
                tl::Node::Comment(comment) => head.comment(comment.try_as_utf8_str().unwrap_or_default()),
                tl::Node::Tag(tag) if is(tag, "meta") => head.meta(tag, limits)?,
                tl::Node::Tag(tag) if is(tag, "a") && attribute(tag, "href").is_some() => {
                    list.add(decode(&text_of(tag, dom.parser())).trim(), limits)?;
                }
                _ => {}
            }
        }
    }
    if list.projects.is_empty() && !head.is_index {
        return Err(PageError::NotAnIndex);
    }
    list.last_serial = head.last_serial;
    Ok(list)
}

/// The length of the next piece: up to the last tag that starts within [`PIECE`] bytes, so that no tag is
/// cut in two.
fn piece_end(document: &str) -> usize {
    if document.len() <= PIECE {
        return document.len();
    }
    let window = &document[..document.floor_char_boundary(PIECE)];
    window.rfind('<').filter(|at| *at > 0).unwrap_or(window.len())
}

fn parse_json(bytes: &[u8], limits: &Limits) -> Result<ProjectList, PageError> {
    let fault = Fault::new();
    let mut reader = ListReader { list: ProjectList::default(), limits, fault: &fault };
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = (&mut reader).deserialize(&mut deserializer).and_then(|()| deserializer.end());
    let list = reader.list;
    match read {
        Ok(()) => Ok(list),
        Err(error) => Err(fault.into_inner().unwrap_or(PageError::Json(error))),
    }
}

struct ListReader<'a> {
    list: ProjectList,
    limits: &'a Limits,
    fault: &'a Fault<PageError>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "api-version")]
    api_version: Option<String>,
    #[serde(rename = "_last-serial")]
    last_serial: Option<u64>,
}

#[derive(Deserialize)]
struct Project {
    name: String,
}

impl<'de> DeserializeSeed<'de> for &mut ListReader<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut ListReader<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a project list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let mut has_projects = false;
        while let Some(key) = access.next_key::<String>()? {
            match key.as_str() {
                "meta" => {
                    let meta = access.next_value::<Meta>()?;
                    if let Some(version) = meta.api_version {
                        check_api_version(&version).map_err(|error| self.fault.raise::<A::Error>(error))?;
                    }
                    self.list.last_serial = meta.last_serial;
                }
                "projects" => {
                    has_projects = true;
                    access.next_value_seed(Projects(self))?;
                }
                _ => {
                    access.next_value::<IgnoredAny>()?;
                }
            }
        }
        if has_projects { Ok(()) } else { Err(A::Error::missing_field("projects")) }
    }
}

struct Projects<'r, 'a>(&'r mut ListReader<'a>);

impl<'de> DeserializeSeed<'de> for Projects<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Projects<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of projects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let ListReader { list, limits, fault } = self.0;
        while let Some(Project { name }) = access.next_element()? {
            list.add(&name, limits).map_err(|error| fault.raise::<A::Error>(error))?;
        }
        Ok(())
    }
}

/// Writes the project list as JSON (`application/vnd.pypi.simple.v1+json`).
pub fn render_list_json<'a>(
    names: impl IntoIterator<Item = &'a ProjectName>,
    last_serial: Option<u64>,
) -> Vec<u8> {
    let mut out = Vec::new();
    text(&mut out, "{\"meta\":{\"api-version\":\"");
    text(&mut out, API_VERSION);
    out.push(b'"');
    if let Some(serial) = last_serial {
        text(&mut out, ",\"_last-serial\":");
        number(&mut out, serial);
    }
    text(&mut out, "},\"projects\":[");
    for (at, name) in names.into_iter().enumerate() {
        text(&mut out, if at == 0 { "{\"name\":" } else { ",{\"name\":" });
        json_text(&mut out, name.as_str());
        out.push(b'}');
    }
    text(&mut out, "]}");
    out
}

/// Writes the project list as HTML; the links are relative to the list's own URL, which ends in a slash.
pub fn render_list_html<'a>(
    names: impl IntoIterator<Item = &'a ProjectName>,
    last_serial: Option<u64>,
) -> Vec<u8> {
    let mut out = Vec::new();
    text(&mut out, "<!DOCTYPE html>\n<html lang=\"en\">\n  <head>\n    <meta charset=\"utf-8\">\n    <meta");
    html_attribute(&mut out, "name", "pypi:repository-version");
    html_attribute(&mut out, "content", API_VERSION);
    text(&mut out, ">\n    <title>Simple index</title>\n  </head>\n  <body>\n");
    for name in names {
        text(&mut out, "<a href=\"");
        html_text(&mut out, name.as_str());
        text(&mut out, "/\">");
        html_text(&mut out, name.as_str());
        text(&mut out, "</a><br>\n");
    }
    text(&mut out, "  </body>\n</html>\n");
    if let Some(serial) = last_serial {
        text(&mut out, "<!--SERIAL ");
        number(&mut out, serial);
        text(&mut out, "-->\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = "application/vnd.pypi.simple.v1+json";
    const HTML: &str = "text/html";

    fn names(count: usize) -> Vec<ProjectName> {
        (0..count).map(|number| ProjectName::from_canonical(&format!("project-{number}"))).collect()
    }

    #[test]
    fn reads_back_what_it_writes() {
        // The HTML of 20,000 names is several pieces long.
        for (count, serial) in [(0, None), (1, Some(7)), (20_000, Some(123))] {
            let expected = ProjectList { projects: names(count), last_serial: serial, skipped: 0 };
            let json = render_list_json(&expected.projects, serial);
            assert_eq!(parse_list(JSON, &json, &Limits::default()).expect("JSON"), expected);
            let html = render_list_html(&expected.projects, serial);
            assert_eq!(parse_list(HTML, &html, &Limits::default()).expect("HTML"), expected);
        }
    }

    #[test]
    fn a_piece_without_tags_ends_all_the_same() {
        for filler in ["é".repeat(PIECE), "<".repeat(PIECE + 1), format!("<!--{}-->", "x".repeat(3 * PIECE))]
        {
            let text = format!("{filler}<a href=a>a</a>");
            let list = parse_list(HTML, text.as_bytes(), &Limits::default()).expect("a list");
            assert_eq!(list.projects.len(), 1);
        }
    }

    #[test]
    fn normalises_names_and_counts_what_is_none() {
        for (content_type, text) in [
            (JSON, r#"{"projects":[{"name":"A.B","_last-serial":1},{"name":"../x"}],"x":{"y":[1]}}"#),
            (HTML, "<a href='a'> A.B </a><a href=x>&lt;b&gt;</a><a name=mark>mark</a>"),
        ] {
            let list = parse_list(content_type, text.as_bytes(), &Limits::default()).expect(text);
            assert_eq!(
                (list.projects[0].as_str(), list.projects.len(), list.skipped),
                ("a-b", 1, 1),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_what_is_no_list() {
        let limits = Limits { projects: 2, ..Limits::default() };
        for (content_type, text, expected) in [
            (JSON, r#"{"message":"not found"}"#, "Json"),
            (JSON, r#"{"meta":{"api-version":"2.0"},"projects":[]}"#, "ApiVersion"),
            (JSON, r#"{"projects":[{"name":"a"},{"name":"b"},{"name":"/"}]}"#, "TooMany"),
            (JSON, "[]", "Json"),
            (HTML, "<h1>Sign in</h1>", "NotAnIndex"),
            (HTML, "<a href=a>a</a><a href=b>b</a><a href=c>c</a>", "TooMany"),
            (HTML, "<meta name='pypi:repository-version' content='2.0'><a href=a>a</a>", "ApiVersion"),
            ("image/png", "", "ContentType"),
        ] {
            let error = parse_list(content_type, text.as_bytes(), &limits).expect_err(text);
            assert!(format!("{error:?}").starts_with(expected), "{text}: {error:?}");
        }
    }
}
