use super::Look;
use super::axis::Plot;
use super::svg::{Anchor, Svg};

/// Names that are written at most.
const NAMED: usize = 60;
/// The mean width of a character of a label, and its height.
const CHARACTER: f64 = 6.9;
const TALL: f64 = 14.0;

/// A package.
#[derive(Debug, Clone, PartialEq)]
pub struct Dot {
    /// Its name.
    pub name: String,
    /// From 0 to 1.
    pub exposure: f64,
    /// From 0 to 1.
    pub fragility: f64,
    /// Whether anything of its fragility is known, and not taken from the mean of the others.
    pub known: bool,
    /// Whether it is vetted.
    pub vetted: bool,
    /// Where it leads.
    pub href: Option<String>,
}

/// Exposure against fragility.
#[derive(Debug, Clone)]
pub struct ScatterChart<'a> {
    /// Whose.
    pub title: &'a str,
    /// What it says, in a sentence.
    pub sentence: &'a str,
    /// The packages, the most important first: these get their names where there is room.
    pub dots: &'a [Dot],
}

type Area = [f64; 4];

impl ScatterChart<'_> {
    /// Draws it.
    pub fn svg(&self, look: Look) -> String {
        let links = self.dots.iter().any(|dot| dot.href.is_some());
        let (mut svg, top) = Svg::new(look, self.title, self.sentence, links);
        legend(&mut svg, top + 6.0);
        let plot = Plot::below(top + 22.0);
        let (x, y) = (Range::of(self.dots, |dot| dot.exposure), Range::of(self.dots, |dot| dot.fragility));
        plot.axes(
            &mut svg,
            ("exposure: downloads and dependents, each on a logarithmic scale (0 to 1)", &x.marks()),
            ("fragility: how easily it is turned against its users (0 to 1)", &y.marks()),
        );
        let at = |dot: &Dot| (plot.x(x.part(dot.exposure)), plot.y(y.part(dot.fragility)));
        let mut taken: Vec<Area> = Vec::new();
        // The most important lie on top of the others.
        for dot in self.dots.iter().rev() {
            let (x, y) = at(dot);
            let words = format!("{}: exposure {:.2}, fragility {:.2}", dot.name, dot.exposure, dot.fragility);
            svg.link(dot.href.as_deref(), |svg| match (dot.vetted, dot.known) {
                (true, _) => svg.diamond("c-vetted", x, y, 6.0, &words),
                (false, true) => svg.dot("c-dot", x, y, 4.5, &words),
                (false, false) => svg.dot("c-open", x, y, 4.0, &words),
            });
            taken.push([x - 4.0, y - 4.0, x + 4.0, y + 4.0]);
        }
        let mut named = 0;
        for dot in self.dots {
            if named == NAMED {
                break;
            }
            let (x, y) = at(dot);
            let width = dot.name.chars().count() as f64 * CHARACTER;
            let places = [
                (x + 9.0, y + 4.5, Anchor::Start),
                (x - 9.0, y + 4.5, Anchor::End),
                (x, y - 9.0, Anchor::Middle),
                (x, y + 19.0, Anchor::Middle),
            ];
            let free = places.into_iter().find_map(|(x, y, anchor)| {
                let area = area(x, y, width, anchor);
                let inside = area[0] > plot.left
                    && area[2] < plot.right + 20.0
                    && area[1] > plot.top
                    && area[3] < plot.bottom;
                (inside && taken.iter().all(|other| !meet(&area, other))).then_some((x, y, anchor, area))
            });
            if let Some((x, y, anchor, area)) = free {
                svg.label(if dot.vetted { "c-vetted-ink" } else { "c-ink" }, x, y, anchor, &dot.name);
                taken.push(area);
                named += 1;
            }
        }
        svg.finish()
    }
}

fn legend(svg: &mut Svg, y: f64) {
    let mut x = 30.0;
    svg.dot("c-dot", x, y - 4.0, 4.5, "");
    svg.text("c-soft", x + 10.0, y, 13.0, Anchor::Start, "not vetted");
    x += 100.0;
    svg.dot("c-open", x, y - 4.0, 4.0, "");
    svg.text(
        "c-soft",
        x + 10.0,
        y,
        13.0,
        Anchor::Start,
        "not vetted, fragility unknown: the mean of the others",
    );
    x += 350.0;
    svg.diamond("c-vetted", x, y - 4.0, 6.0, "");
    svg.text("c-soft", x + 11.0, y, 13.0, Anchor::Start, "vetted");
}

fn area(x: f64, y: f64, width: f64, anchor: Anchor) -> Area {
    let left = match anchor {
        Anchor::Start => x,
        Anchor::Middle => x - width / 2.0,
        Anchor::End => x - width,
    };
    [left, y - TALL * 0.8, left + width, y + TALL * 0.2]
}

fn meet(one: &Area, other: &Area) -> bool {
    one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3]
}

/// What an axis reaches over: whole tenths around the values.
struct Range {
    low: f64,
    high: f64,
}

impl Range {
    fn of(dots: &[Dot], value: fn(&Dot) -> f64) -> Self {
        let values = dots.iter().map(value).filter(|value| value.is_finite());
        let (low, high) =
            values.fold((1.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            return Self { low: 0.0, high: 1.0 };
        }
        // A little room, so that nothing lies on an axis; there is nothing below 0 and above 1.
        let (low, high) = (((low - 0.02) * 10.0).floor() / 10.0, ((high + 0.02) * 10.0).ceil() / 10.0);
        Self { low: low.max(-0.03), high: high.min(1.03) }
    }

    fn part(&self, value: f64) -> f64 {
        if value.is_finite() { (value - self.low) / (self.high - self.low) } else { 0.0 }
    }

    fn marks(&self) -> Vec<(f64, String)> {
        let tenths = (self.low * 10.0).round() as i32..=(self.high * 10.0).round() as i32;
        tenths
            .filter(|tenth| (0..=10).contains(tenth))
            .map(|tenth| (self.part(f64::from(tenth) / 10.0), format!("{:.1}", f64::from(tenth) / 10.0)))
            .collect()
    }
}
