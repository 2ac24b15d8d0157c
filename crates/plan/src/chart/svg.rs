//! A small writer of SVG 1.1: what the charts need, and no way to put a text into it unescaped.

use std::fmt::Write as _;

use super::Look;

/// The size of every drawing, in its own units.
pub(super) const WIDTH: f64 = 960.0;
pub(super) const HEIGHT: f64 = 600.0;
/// Characters of a text; the longest name of a package that is read has 256.
const LONGEST: usize = 600;
/// Characters of a line of the sentence under the title.
const LINE: usize = 112;

const FONT: &str =
    "-apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', 'DejaVu Sans', Arial, sans-serif";

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// A drawing.
pub(super) struct Svg {
    text: String,
}

impl Svg {
    /// Begins with a title and a sentence, drawn and for those who hear it. Returns where the space below begins.
    /// A drawing with links is a group, so that these can be reached.
    pub(super) fn new(look: Look, title: &str, sentence: &str, links: bool) -> (Self, f64) {
        let role = if links { "group" } else { "img" };
        let mut svg = Self { text: String::new() };
        let _ = write!(
            svg.text,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"{role}\" class=\"chart\" \
             aria-label=\"{}\" font-family=\"{FONT}\">",
            escaped(&format!("{title}. {sentence}"))
        );
        if look != Look::Page {
            let _ = write!(svg.text, "<title>{}</title><style>{}</style>", escaped(title), look.style());
        }
        let _ = write!(svg.text, "<rect class=\"c-paper\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>");
        svg.text("c-ink", 24.0, 36.0, 20.0, Anchor::Start, title);
        let mut y = 60.0;
        for line in wrapped(sentence) {
            svg.text("c-soft", 24.0, y, 14.0, Anchor::Start, &line);
            y += 19.0;
        }
        (svg, y)
    }

    pub(super) fn line(&mut self, class: &str, [x1, y1, x2, y2]: [f64; 4], width: f64) {
        let _ = write!(
            self.text,
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke-width=\"{width}\"/>"
        );
    }

    pub(super) fn text(&mut self, class: &str, x: f64, y: f64, size: f64, anchor: Anchor, text: &str) {
        let weight = if size >= 20.0 { " font-weight=\"600\"" } else { "" };
        let _ = write!(
            self.text,
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" text-anchor=\"{}\"{weight}>{}</text>",
            anchor.word(),
            escaped(text)
        );
    }

    /// A text that stays readable on what it covers.
    pub(super) fn label(&mut self, class: &str, x: f64, y: f64, anchor: Anchor, text: &str) {
        let (anchor, text) = (anchor.word(), escaped(text));
        let at = format!("x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"13\" text-anchor=\"{anchor}\"");
        let _ = write!(
            self.text,
            "<text class=\"c-halo\" {at} fill=\"none\" stroke-width=\"4\" stroke-linejoin=\"round\" aria-hidden=\"true\">{text}</text>\
             <text class=\"{class}\" {at}>{text}</text>"
        );
    }

    /// A text that is read from below upwards.
    pub(super) fn upwards(&mut self, class: &str, x: f64, y: f64, size: f64, anchor: Anchor, text: &str) {
        let _ = write!(
            self.text,
            "<text class=\"{class}\" transform=\"translate({x:.1} {y:.1}) rotate(-90)\" font-size=\"{size}\" \
             text-anchor=\"{}\">{}</text>",
            anchor.word(),
            escaped(text)
        );
    }

    pub(super) fn path(&mut self, class: &str, points: &[(f64, f64)], width: f64) {
        let mut path = String::new();
        for (at, (x, y)) in points.iter().enumerate() {
            let _ = write!(path, "{}{x:.1} {y:.1}", if at == 0 { "M" } else { "L" });
        }
        let (fill, stroke) = if width > 0.0 {
            (" fill=\"none\"", format!(" stroke-width=\"{width}\" stroke-linejoin=\"round\""))
        } else {
            path.push('Z');
            ("", String::new())
        };
        let _ = write!(self.text, "<path class=\"{class}\" d=\"{path}\"{fill}{stroke}/>");
    }

    /// A dot with a text that is shown when it is pointed at.
    pub(super) fn dot(&mut self, class: &str, x: f64, y: f64, radius: f64, about: &str) {
        let _ = write!(
            self.text,
            "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" stroke-width=\"1.5\"><title>{}</title></circle>",
            escaped(about)
        );
    }

    /// A square on its corner, told from dots by its shape.
    pub(super) fn diamond(&mut self, class: &str, x: f64, y: f64, radius: f64, about: &str) {
        let (left, right, top, bottom) = (x - radius, x + radius, y - radius, y + radius);
        let _ = write!(
            self.text,
            "<path class=\"{class}\" d=\"M{left:.1} {y:.1}L{x:.1} {top:.1}L{right:.1} {y:.1}L{x:.1} {bottom:.1}Z\" \
             stroke-width=\"1.5\"><title>{}</title></path>",
            escaped(about)
        );
    }

    /// Draws inside of a link.
    pub(super) fn link(&mut self, href: Option<&str>, inside: impl FnOnce(&mut Self)) {
        if let Some(href) = href {
            let _ = write!(self.text, "<a href=\"{}\">", escaped(href));
        }
        inside(self);
        if href.is_some() {
            self.text.push_str("</a>");
        }
    }

    pub(super) fn finish(mut self) -> String {
        self.text.push_str("</svg>\n");
        self.text
    }
}

/// Markup is text, and what XML 1.0 cannot hold or what would reorder the text is a question mark.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len().min(LONGEST));
    for c in text.chars().take(LONGEST) {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c if c.is_control() || is_hidden(c) => safe.push('?'),
            c => safe.push(c),
        }
    }
    safe
}

/// Characters that nobody sees or that reorder others, and those that XML 1.0 cannot hold.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
        || matches!(c, '\u{fffe}' | '\u{ffff}')
}

fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is a first line");
        if !last.is_empty() && last.chars().count() + word.chars().count() >= LINE {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}
