//! A reader of the markup that our own templates write, and what must hold for every page.

use super::all;
use std::collections::{HashMap, HashSet};

/// One start tag.
pub(super) struct Tag<'a> {
    pub(super) name: &'a str,
    attributes: HashMap<&'a str, &'a str>,
    /// The names of the elements around it, outermost first.
    inside: Vec<&'a str>,
    /// The text and markup that follow it, to the end of the page.
    rest: &'a str,
}

impl<'a> Tag<'a> {
    pub(super) fn get(&self, attribute: &str) -> Option<&'a str> {
        self.attributes.get(attribute).copied()
    }
}

const VOID: [&str; 4] = ["meta", "link", "input", "br"];

/// The start tags of a page; fails when they are not closed in order. Relies on the escaper: no attribute
/// holds `<`, `>` or `"`.
pub(super) fn tags(page: &str) -> Vec<Tag<'_>> {
    let mut open = vec![];
    let mut tags = vec![];
    for (at, _) in page.match_indices('<') {
        let end = at + page[at..].find('>').expect("every tag ends");
        let inner = &page[at + 1..end];
        if inner.starts_with('!') {
            continue;
        }
        if let Some(name) = inner.strip_prefix('/') {
            assert_eq!(
                open.pop(),
                Some(name),
                "closed in order, near {}",
                &page[at.saturating_sub(80)..=end]
            );
            continue;
        }
        // Within a drawing, an element may end with its start tag.
        let (inner, ended) = inner.strip_suffix('/').map_or((inner, false), |inner| (inner, true));
        let (name, attributes) = inner.split_once(' ').unwrap_or((inner, ""));
        tags.push(Tag {
            name,
            attributes: read_attributes(attributes),
            inside: open.clone(),
            rest: &page[end + 1..],
        });
        if !ended && !VOID.contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
    tags
}

fn read_attributes(mut text: &str) -> HashMap<&str, &str> {
    let mut attributes = HashMap::new();
    while let Some(start) = text.find(|c: char| !c.is_whitespace()) {
        text = &text[start..];
        let end = text.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let value = match rest.strip_prefix("=\"") {
            Some(quoted) => quoted.split('"').next().unwrap_or_default(),
            None => "",
        };
        assert!(attributes.insert(name, value).is_none(), "{name} is given twice");
        text = if rest.starts_with('=') { &rest[value.len() + 3..] } else { rest };
    }
    attributes
}

/// Runs a check on every page and says which page failed it.
fn each(check: impl Fn(&str, &[Tag<'_>])) {
    for (name, page) in all() {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(page, &tags(page))));
        assert!(result.is_ok(), "on the page {name}");
    }
}

#[test]
fn nothing_is_inline_and_nothing_comes_from_elsewhere() {
    each(|_, tags| {
        for tag in tags {
            assert_ne!(tag.name, "style");
            if tag.name == "script" {
                assert!(tag.get("src").is_some() && tag.rest.starts_with("</script>"));
            }
            for (attribute, value) in &tag.attributes {
                assert!(*attribute != "style" && !attribute.starts_with("on"), "{attribute}");
                if ["href", "src", "action"].contains(attribute) {
                    let ours = value.starts_with('#') || value.starts_with('/') && !value.starts_with("//");
                    assert!(ours, "{attribute}={value}");
                }
            }
        }
    });
}

#[test]
fn nothing_invisible_is_left() {
    each(|page, _| {
        let bad =
            page.chars().find(|c| c.is_control() && *c != '\n' || matches!(*c, '\u{200b}' | '\u{202e}'));
        assert_eq!(bad, None);
        assert!(!page.contains("<script>") && !page.contains("onload='"), "markup got through");
    });
}

#[test]
fn headings_step_down_by_one() {
    each(|_, tags| {
        let levels: Vec<u32> =
            tags.iter().filter_map(|tag| tag.name.strip_prefix('h')?.parse().ok()).collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "one h1");
        let mut before = 0;
        for level in levels {
            assert!(level <= before + 1, "h{level} after h{before}");
            before = level;
        }
    });
}

#[test]
fn tables_can_be_heard_and_scrolled() {
    each(|_, tags| {
        for (at, tag) in tags.iter().enumerate() {
            if tag.name == "th" {
                assert!(matches!(tag.get("scope"), Some("col" | "row")));
            }
            if tag.name == "table" {
                assert_eq!(tags[at + 1].name, "caption");
                let around = &tags[at - 1];
                assert_eq!(
                    (around.get("class"), around.get("role"), around.get("tabindex")),
                    (Some("scroll"), Some("region"), Some("0"))
                );
                assert!(
                    around
                        .get("aria-label")
                        .or(around.get("aria-labelledby"))
                        .is_some_and(|label| !label.is_empty())
                );
            }
        }
    });
}

#[test]
fn fields_have_labels_and_references_a_target() {
    each(|_, tags| {
        let mut ids = HashSet::new();
        for id in tags.iter().filter_map(|tag| tag.get("id")) {
            assert!(!id.is_empty() && !id.contains(' ') && ids.insert(id), "id {id}");
        }
        let labelled: HashSet<_> = tags.iter().filter_map(|tag| tag.get("for")).collect();
        for tag in tags {
            for attribute in ["for", "aria-labelledby", "aria-describedby"] {
                assert!(tag.get(attribute).is_none_or(|id| ids.contains(id)), "{attribute}");
            }
            if let Some(id) = tag.get("href").and_then(|href| href.strip_prefix('#')) {
                assert!(ids.contains(id), "#{id}");
            }
            if ["select", "textarea"].contains(&tag.name)
                || tag.name == "input" && tag.get("type") != Some("hidden")
            {
                assert!(tag.get("id").is_some_and(|id| labelled.contains(id)));
            }
            if tag.name == "nav" {
                assert!(tag.get("aria-label").is_some_and(|label| !label.is_empty()));
            }
            if tag.name == "svg" {
                let told =
                    tag.get("role").is_some() && tag.get("aria-label").is_some_and(|label| !label.is_empty());
                assert!(told || tag.get("aria-hidden") == Some("true"));
            }
        }
    });
}

#[test]
fn the_keyboard_can_skip_to_the_content() {
    each(|_, tags| {
        let first = tags.iter().find(|tag| ["a", "button", "input"].contains(&tag.name)).expect("a link");
        assert_eq!((first.get("class"), first.get("href")), (Some("skip"), Some("#main")));
        let main = tags.iter().find(|tag| tag.get("id") == Some("main")).expect("the content");
        assert_eq!(
            (main.name, main.get("tabindex"), main.inside.as_slice()),
            ("main", Some("-1"), ["html", "body"].as_slice())
        );
        assert!(tags.iter().all(|tag| tag.get("tabindex").is_none_or(|index| index == "0" || index == "-1")));
    });
}
