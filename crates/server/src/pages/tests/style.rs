//! The style sheet: small, without dead rules, with enough contrast in both schemes.

use super::all;
use super::html::tags;
use crate::pages::assets::{COPY, CSS, ICON};
use std::collections::{BTreeSet, HashMap};

#[test]
fn the_assets_are_small() {
    assert!(CSS.body.len() < 16_000, "{} bytes", CSS.body.len());
    assert!(COPY.body.lines().count() < 30 && ICON.body.len() < 1_000);
    assert!(!CSS.body.contains("url(") && !CSS.body.contains("@import"), "the style sheet loads nothing");
}

/// The words after a dot in the selectors.
fn styled() -> BTreeSet<&'static str> {
    let mut classes = BTreeSet::new();
    for selectors in
        CSS.body.split('}').filter_map(|rule| rule.rsplit_once('{')).map(|(selectors, _)| selectors)
    {
        for part in selectors.split('.').skip(1) {
            let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(part.len());
            if part.starts_with(|c: char| c.is_ascii_alphabetic()) {
                classes.insert(&part[..end]);
            }
        }
    }
    classes
}

#[test]
fn no_class_is_without_style_and_no_style_without_use() {
    let used: BTreeSet<&str> = all()
        .iter()
        .flat_map(|(_, page)| tags(page))
        .filter_map(|tag| tag.get("class"))
        .flat_map(str::split_whitespace)
        .collect();
    assert_eq!(used.difference(&styled()).collect::<Vec<_>>(), Vec::<&&str>::new(), "used, not styled");
    assert_eq!(styled().difference(&used).collect::<Vec<_>>(), Vec::<&&str>::new(), "styled, not used");
}

/// The colours of a block of tokens.
fn colours(block: &str) -> HashMap<&str, [f64; 3]> {
    let declarations =
        block.split(';').filter_map(|declaration| declaration.trim().strip_prefix("--")?.split_once(": #"));
    declarations.map(|(name, hex)| (name, rgb(hex.trim()))).collect()
}

fn rgb(hex: &str) -> [f64; 3] {
    let long: String =
        if hex.len() == 3 { hex.chars().flat_map(|digit| [digit, digit]).collect() } else { hex.to_owned() };
    [0, 2, 4].map(|at| f64::from(u8::from_str_radix(&long[at..at + 2], 16).expect(hex)) / 255.0)
}

/// WCAG 2.2, relative luminance and contrast ratio.
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let luminance = |rgb: [f64; 3]| {
        let [red, green, blue] =
            rgb.map(|v| if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn text_has_contrast_in_light_and_dark() {
    assert!((contrast(rgb("000"), rgb("ffffff")) - 21.0).abs() < 0.01);
    let blocks: Vec<&str> =
        CSS.body.split(":root {").skip(1).map(|block| block.split('}').next().expect("a block")).collect();
    let light = colours(blocks[0]);
    let mut dark = light.clone();
    dark.extend(colours(blocks[1]));
    assert!(light.len() >= 19 && blocks.len() == 2, "the tokens were read");
    let text = [
        ("ink", "paper"),
        ("ink", "card"),
        ("ink", "sunk"),
        ("ink", "plain-wash"),
        ("ink", "ok-wash"),
        ("ink", "wait-wash"),
        ("ink", "no-wash"),
        ("soft", "paper"),
        ("soft", "card"),
        ("soft", "plain-wash"),
        ("link", "paper"),
        ("link", "card"),
        ("link", "ok-wash"),
        ("link", "wait-wash"),
        ("link", "no-wash"),
        ("paper", "link"),
        ("ok", "ok-wash"),
        ("wait", "wait-wash"),
        ("no", "no-wash"),
        ("plain", "plain-wash"),
        ("band-ink", "band"),
    ];
    let source = ["soft", "text", "number", "word", "name"];
    let under = ["card", "ok-wash", "no-wash"];
    let text: Vec<_> =
        text.into_iter().chain(source.iter().flat_map(|one| under.map(|other| (*one, other)))).collect();
    // Borders of fields, focus rings, shapes: WCAG 1.4.11.
    let shapes =
        [("soft", "paper"), ("focus", "paper"), ("focus", "card"), ("fruit", "band"), ("link", "plain-wash")];
    for (scheme, tokens) in [("light", &light), ("dark", &dark)] {
        for (pairs, least) in [(text.as_slice(), 4.5), (shapes.as_slice(), 3.0)] {
            for (one, other) in pairs {
                let ratio = contrast(tokens[one], tokens[other]);
                assert!(ratio >= least, "{one} on {other} in {scheme}: {ratio:.2}");
            }
        }
    }
}

#[test]
fn no_template_goes_round_the_escaper() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
    let mut read = 0;
    for entry in std::fs::read_dir(folder).expect(folder) {
        let path = entry.expect(folder).path();
        if path.extension().is_some_and(|extension| extension == "html") {
            let template = std::fs::read_to_string(&path).expect("a template");
            assert!(!template.contains("|safe") && !template.contains("escape"), "{}", path.display());
            read += 1;
        }
    }
    assert!(read >= 8, "the templates were read");
}
