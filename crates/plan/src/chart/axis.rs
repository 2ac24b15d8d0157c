//! Where values lie in a drawing.

use super::svg::{Anchor, HEIGHT, Svg, WIDTH};

/// The space between the axes.
pub(super) struct Plot {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

impl Plot {
    pub(super) fn below(top: f64) -> Self {
        Self { left: 84.0, right: WIDTH - 28.0, top: top + 4.0, bottom: HEIGHT - 62.0 }
    }

    /// From a part of the width, 0 to 1.
    pub(super) fn x(&self, part: f64) -> f64 {
        self.left + (self.right - self.left) * part
    }

    /// From a part of the height, 0 to 1, upwards.
    pub(super) fn y(&self, part: f64) -> f64 {
        self.bottom - (self.bottom - self.top) * part
    }

    /// Both axes with their titles, and a line of the grid for each mark: where it is, and its words.
    pub(super) fn axes(&self, svg: &mut Svg, x: (&str, &[(f64, String)]), y: (&str, &[(f64, String)])) {
        for (part, words) in x.1 {
            let at = self.x(*part);
            svg.line("c-grid", [at, self.top, at, self.bottom], 1.0);
            svg.text("c-soft", at, self.bottom + 20.0, 13.0, Anchor::Middle, words);
        }
        for (part, words) in y.1 {
            let at = self.y(*part);
            svg.line("c-grid", [self.left, at, self.right, at], 1.0);
            svg.text("c-soft", self.left - 10.0, at + 4.5, 13.0, Anchor::End, words);
        }
        svg.line("c-axis", [self.left, self.bottom, self.right, self.bottom], 1.5);
        svg.line("c-axis", [self.left, self.top, self.left, self.bottom], 1.5);
        let (middle, height) = (f64::midpoint(self.left, self.right), f64::midpoint(self.top, self.bottom));
        svg.text("c-ink", middle, HEIGHT - 16.0, 14.0, Anchor::Middle, x.0);
        svg.upwards("c-ink", 24.0, height, 14.0, Anchor::Middle, y.0);
    }
}
