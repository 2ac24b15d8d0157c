use super::axis::Plot;
use super::svg::{Anchor, Svg};
use super::{Look, count, percent};
use crate::curve::{Curve, SHARES};

/// Names that are written at the foot of the curve; closer ones would cover each other.
const APART: f64 = 15.0;
const SAMPLES: usize = 400;

/// What is vetted: how many packages, and the share of downloads that can be installed from them alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Vetted {
    /// Packages.
    pub packages: usize,
    /// From 0 to 1.
    pub share: f64,
}

/// A requirement of the reader's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// The package.
    pub name: String,
    /// Its place among the most downloaded, from 1.
    pub rank: usize,
    /// Whether it is vetted.
    pub vetted: bool,
}

/// How few packages carry how much.
#[derive(Debug, Clone)]
pub struct CurveChart<'a> {
    /// Whose, such as `PyPI, April 2026`.
    pub title: &'a str,
    /// What it says, in a sentence.
    pub sentence: &'a str,
    /// The curve.
    pub curve: &'a Curve,
    /// What is vetted, if anything is.
    pub vetted: Option<Vetted>,
    /// The reader's own requirements that are in the list.
    pub own: &'a [Own],
}

impl CurveChart<'_> {
    /// Draws it.
    pub fn svg(&self, look: Look) -> String {
        let (mut svg, top) = Svg::new(look, self.title, self.sentence, false);
        let plot = Plot::below(top);
        let length = self.curve.len().max(10) as f64;
        let place = |packages: f64| plot.x(packages.max(1.0).log10() / length.log10());
        let decades = (0..=length.log10().floor() as i32).map(|power| 10_f64.powi(power));
        let across: Vec<(f64, String)> =
            decades.map(|n| (n.log10() / length.log10(), count(n as u64))).collect();
        let up: Vec<(f64, String)> =
            (0..=5).map(|fifth| (f64::from(fifth) / 5.0, format!("{} %", fifth * 20))).collect();
        plot.axes(
            &mut svg,
            ("packages, the most downloaded first (each step is ten times as many)", &across),
            ("share of all downloads", &up),
        );
        let ranks = self.ranks();
        self.band(&mut svg, &plot, &ranks, &place);
        let line: Vec<(f64, f64)> =
            ranks.iter().map(|rank| (place(*rank as f64), plot.y(self.curve.share(*rank)))).collect();
        svg.path("c-curve", &line, 3.0);
        for share in SHARES {
            let Some(packages) = self.curve.needed(share).packages.filter(|needed| *needed > 0) else {
                continue;
            };
            let (x, y) = (place(packages as f64), plot.y(self.curve.share(packages)));
            let words = format!("{} packages: {}", count(packages as u64), percent(share));
            svg.dot("c-dot", x, y, 5.0, &words);
            svg.label("c-ink", x - 10.0, y - 5.0, Anchor::End, &words);
        }
        self.requirements(&mut svg, &plot, &place);
        if let Some(Vetted { packages, share }) = self.vetted.filter(|vetted| vetted.packages > 0) {
            let (x, y) = (place(packages as f64), plot.y(share.clamp(0.0, 1.0)));
            let words = format!("vetted: {} packages, {}", count(packages as u64), percent(share));
            svg.diamond("c-vetted", x, y, 8.0, &words);
            // Above the curve is room, wherever it runs.
            svg.diamond("c-vetted", plot.left + 22.0, plot.top + 19.0, 7.0, &words);
            svg.label("c-vetted-ink", plot.left + 36.0, plot.top + 24.0, Anchor::Start, &words);
        }
        svg.finish()
    }

    /// Ranks at even distances on the axis.
    fn ranks(&self) -> Vec<usize> {
        let length = self.curve.len().max(1) as f64;
        let at = |step: usize| length.powf(step as f64 / SAMPLES as f64).round() as usize;
        let mut ranks: Vec<usize> = (0..=SAMPLES).map(at).collect();
        ranks.dedup();
        ranks
    }

    /// Between what the curve may lie, as the tail is an estimate.
    fn band(&self, svg: &mut Svg, plot: &Plot, ranks: &[usize], place: &dyn Fn(f64) -> f64) {
        let Some(tail) = self.curve.tail().filter(|tail| tail.high.is_finite() && tail.high > tail.low)
        else {
            return;
        };
        let listed = self.curve.listed() as f64;
        let at = |rank: &usize, tail: f64| {
            (place(*rank as f64), plot.y(self.curve.sum(*rank) as f64 / (listed + tail).max(1.0)))
        };
        let mut edge: Vec<(f64, f64)> = ranks.iter().map(|rank| at(rank, tail.low)).collect();
        edge.extend(ranks.iter().rev().map(|rank| at(rank, tail.high)));
        svg.path("c-wash", &edge, 0.0);
    }

    fn requirements(&self, svg: &mut Svg, plot: &Plot, place: &dyn Fn(f64) -> f64) {
        let mut own: Vec<&Own> = self.own.iter().collect();
        own.sort_by_key(|one| one.rank);
        let mut last = f64::NEG_INFINITY;
        if !own.is_empty() {
            let (x, y) = (plot.left + 22.0, plot.top + 44.0);
            svg.line("c-own", [x, y + 6.0, x, y - 6.0], 2.5);
            svg.label("c-own-ink", x + 14.0, y + 4.5, Anchor::Start, "your requirements");
        }
        for one in own {
            let x = place(one.rank as f64);
            svg.line("c-own", [x, plot.bottom, x, plot.bottom - 12.0], 2.5);
            if x - last >= APART {
                let words = if one.vetted { format!("{} (vetted)", one.name) } else { one.name.clone() };
                svg.upwards("c-own-ink", x + 4.0, plot.bottom - 17.0, 12.0, Anchor::Start, &words);
                last = x;
            }
        }
    }
}
