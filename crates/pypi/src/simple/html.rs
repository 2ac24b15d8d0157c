//! The HTML form of a project page (PEP 503, 592, 629, 658, 714, 740, 792).

use std::borrow::Cow;

use packhouse_model::{ProjectName, Timestamp};
use serde_json::{Map, Value};
use tl::{HTMLTag, Node, Parser, ParserOptions};
use url::Url;

use super::collect::{Collector, Location};
use super::entities::decode;
use super::parse::check_api_version;
use super::write::is_html_attribute;
use super::{CoreMetadata, File, Limits, Page, PageError, ProjectStatus, State, Yanked, is_rejected_key};
use crate::text::cut;

/// The longest status marker that is kept, in bytes.
const LONGEST_MARKER: usize = 64;

pub(super) fn parse(
    text: &str,
    base: &Url,
    expected: &ProjectName,
    limits: &Limits,
) -> Result<Page, PageError> {
    let dom = dom(text, limits.files)?;
    let mut collector = Collector::new(base, limits);
    if let Some(href) = tags(&dom).find(|tag| is(tag, "base")).and_then(|tag| attribute(tag, "href")) {
        collector.rebase(href.trim());
    }
    let mut head = Head::default();
    for node in dom.nodes() {
        match node {
            Node::Comment(comment) => head.comment(comment.try_as_utf8_str().unwrap_or_default()),
            Node::Tag(tag) if is(tag, "meta") => head.meta(tag, limits)?,
            Node::Tag(tag) if is(tag, "a") => {
                // An anchor without `href` is a mark in the text, not an entry.
                let Some(href) = attribute(tag, "href") else { continue };
                collector.count()?;
                let raw = text_of(tag, dom.parser());
                let filename = decode(&raw);
                let filename = filename.trim();
                match file(&collector, tag, filename, href.trim()) {
                    Ok(file) => collector.keep(file),
                    Err(reason) => collector.skip(filename, reason),
                }
            }
            _ => {}
        }
    }
    let (files, skipped) = collector.finish();
    if files.is_empty() && !head.is_index {
        return Err(PageError::NotAnIndex);
    }
    Ok(Page {
        name: expected.clone(),
        versions: Vec::new(),
        status: head.status,
        files,
        last_serial: head.last_serial,
        meta_extra: head.extra,
        extra: Map::new(),
        skipped,
    })
}

/// Parses a document in which about `entries` anchors are expected. Each tag costs a few hundred bytes of
/// memory, so a document that is all tags is refused before the tree is built.
pub(super) fn dom(text: &str, entries: usize) -> Result<tl::VDom<'_>, PageError> {
    let limit = entries.saturating_mul(4).saturating_add(10_000);
    if text.bytes().filter(|b| *b == b'<').count() > limit {
        return Err(PageError::TooMany { what: "HTML tags", limit });
    }
    tl::parse(text, ParserOptions::default())
        .map_err(|_| PageError::TooLarge { limit: u32::MAX as usize, found: text.len() })
}

pub(super) fn tags<'d, 'a>(dom: &'d tl::VDom<'a>) -> impl Iterator<Item = &'d HTMLTag<'a>> {
    dom.nodes().iter().filter_map(Node::as_tag)
}

pub(super) fn is(tag: &HTMLTag<'_>, name: &str) -> bool {
    tag.name().as_bytes().eq_ignore_ascii_case(name.as_bytes())
}

/// An attribute's value, decoded; empty when the attribute has none.
pub(super) fn attribute<'t>(tag: &'t HTMLTag<'_>, name: &'static str) -> Option<Cow<'t, str>> {
    let value = tag.attributes().get(name)?;
    Some(value.and_then(|value| value.try_as_utf8_str()).map_or(Cow::Borrowed(""), decode))
}

/// The text directly inside a tag, up to the first tag after it. Tags inside tags are not followed, so that
/// their depth does not matter.
pub(super) fn text_of<'t>(tag: &'t HTMLTag<'_>, parser: &'t Parser<'_>) -> Cow<'t, str> {
    let mut text = Cow::Borrowed("");
    let mut blank = true;
    for handle in tag.children().top().iter() {
        match handle.get(parser) {
            Some(Node::Raw(raw)) if blank => {
                text = raw.as_utf8_str();
                blank = text.trim().is_empty();
            }
            Some(Node::Raw(raw)) => text.to_mut().push_str(&raw.as_utf8_str()),
            Some(Node::Tag(_)) if !blank => break,
            _ => {}
        }
    }
    text
}

/// What a page says about itself.
#[derive(Default)]
pub(super) struct Head {
    /// The marker of PEP 629 is there.
    pub(super) is_index: bool,
    pub(super) last_serial: Option<u64>,
    status: ProjectStatus,
    extra: Map<String, Value>,
}

impl Head {
    pub(super) fn meta(&mut self, tag: &HTMLTag<'_>, limits: &Limits) -> Result<(), PageError> {
        let (Some(name), Some(content)) = (attribute(tag, "name"), attribute(tag, "content")) else {
            return Ok(());
        };
        match name.as_ref() {
            "pypi:repository-version" => {
                check_api_version(content.trim())?;
                self.is_index = true;
            }
            "pypi:project-status" => {
                self.status.state = State::from_word(cut(content.trim(), LONGEST_MARKER));
            }
            "pypi:project-status-reason" => {
                self.status.reason = (!content.is_empty()).then(|| cut(&content, limits.text).to_owned());
            }
            other => {
                if let Some(key) = other.strip_prefix("pypi:")
                    && !is_rejected_key(key)
                {
                    self.extra.insert(other.to_owned(), cut(&content, limits.text).into());
                }
            }
        }
        Ok(())
    }

    /// Warehouse ends its pages with `<!--SERIAL 123-->`.
    pub(super) fn comment(&mut self, comment: &str) {
        let inner = comment.trim_start_matches("<!--").trim_end_matches("-->").trim();
        if let Some(serial) = inner.strip_prefix("SERIAL ").and_then(|serial| serial.trim().parse().ok()) {
            self.last_serial = Some(serial);
        }
    }
}

fn file(
    collector: &Collector<'_>,
    tag: &HTMLTag<'_>,
    filename: &str,
    href: &str,
) -> Result<File, Cow<'static, str>> {
    let Location { url, sha256 } = collector.locate(filename, href)?;
    let limit = collector.limits.text;
    let mut file = File {
        filename: filename.to_owned(),
        url,
        sha256,
        size: None,
        upload_time: None,
        requires_python: None,
        yanked: Yanked::No,
        core_metadata: CoreMetadata::Absent,
        gpg_sig: None,
        provenance: None,
        extra: Map::new(),
        html_attributes: Vec::new(),
    };
    let mut old_metadata = CoreMetadata::Absent;
    let mut new_metadata = None;
    for (name, value) in tag.attributes().iter() {
        let value = value.as_deref().map_or(Cow::Borrowed(""), decode);
        match name.as_ref() {
            "data-requires-python" if value.len() > limit => {
                return Err("its `data-requires-python` is too long".into());
            }
            "data-requires-python" => file.requires_python = (!value.is_empty()).then(|| value.into_owned()),
            "data-yanked" => file.yanked = Yanked::because(cut(&value, limit)),
            "data-upload-time" => file.upload_time = value.trim().parse::<Timestamp>().ok(),
            "data-core-metadata" => new_metadata = Some(metadata_file(&value)),
            "data-dist-info-metadata" => old_metadata = metadata_file(&value),
            "data-gpg-sig" => file.gpg_sig = value.parse().ok(),
            "data-provenance" if value.len() <= limit => file.provenance = collector.url(&value),
            name if is_html_attribute(name) => {
                file.html_attributes.push((name.to_owned(), value.into_owned()));
            }
            _ => {}
        }
    }
    // PEP 714: the old name counts only where the new one is not given.
    file.core_metadata = new_metadata.unwrap_or(old_metadata);
    file.html_attributes.sort();
    Ok(file)
}

/// PEP 658: `true`, or `<algorithm>=<digest>`.
fn metadata_file(value: &str) -> CoreMetadata {
    match value.split_once('=') {
        Some(("sha256", digest)) => match digest.parse() {
            Ok(digest) => CoreMetadata::Present { sha256: Some(digest) },
            Err(_) => CoreMetadata::Absent,
        },
        Some(_) => CoreMetadata::Present { sha256: None },
        None if value == "true" => CoreMetadata::Present { sha256: None },
        None => CoreMetadata::Absent,
    }
}
