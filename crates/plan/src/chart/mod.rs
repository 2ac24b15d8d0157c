//! Charts as SVG: the curve, and exposure against fragility. Each says by itself what it shows: a title, a sentence, axes
//! with their units, names on what they mean.
//!
//! Nothing is styled but by the classes of [`Look`], so that one drawing is light, dark, or in the colours of a page.

mod axis;
mod curve;
mod scatter;
mod svg;

#[cfg(test)]
mod tests;

pub use curve::{CurveChart, Own, Vetted};
pub use scatter::{Dot, ScatterChart};

/// Whose colours a drawing has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// None of its own: those of the style sheet of the page that it stands in, with the classes `c-…`.
    Page,
    /// A file: light, or dark where the reader prefers that.
    File,
    /// Light, whatever the reader prefers.
    Light,
    /// Dark, whatever the reader prefers.
    Dark,
}

/// Paper, ink, softer ink, lines, the curve, its wash, what is vetted, what is the reader's own.
type Colours = [&'static str; 8];

const LIGHT: Colours =
    ["#ffffff", "#231d19", "#655c54", "#dbd4c9", "#7b1e5b", "#ecd9e5", "#1c6637", "#855000"];
const DARK: Colours =
    ["#211c1f", "#f0e9e3", "#b5aaa2", "#41383d", "#f2a2d3", "#4a2a40", "#82d69d", "#f2b661"];

impl Look {
    fn style(self) -> String {
        match self {
            Self::Page => String::new(),
            Self::Light => rules(&LIGHT),
            Self::Dark => rules(&DARK),
            Self::File => {
                format!("{}@media (prefers-color-scheme: dark) {{ {} }}", rules(&LIGHT), rules(&DARK))
            }
        }
    }
}

fn rules([paper, ink, soft, line, curve, wash, vetted, own]: &Colours) -> String {
    format!(
        ".c-paper {{ fill: {paper} }} .c-ink {{ fill: {ink} }} .c-soft {{ fill: {soft} }} .c-grid {{ stroke: {line} }} \
         .c-axis {{ stroke: {soft} }} .c-curve {{ stroke: {curve} }} .c-wash {{ fill: {wash} }} \
         .c-dot {{ fill: {curve}; stroke: {paper}; fill-opacity: .8; stroke-opacity: .5 }} .c-open {{ fill: {paper}; stroke: {curve} }} \
         .c-vetted {{ fill: {vetted}; stroke: {paper} }} .c-vetted-ink {{ fill: {vetted} }} .c-own {{ stroke: {own} }} \
         .c-own-ink {{ fill: {own} }} .c-halo {{ stroke: {paper} }} "
    )
}

/// A number with a comma between thousands.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share as percent: one place, more below one percent.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let text =
        if percent >= 1.0 || percent == 0.0 { format!("{percent:.1}") } else { format!("{percent:.2}") };
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} %")
}
