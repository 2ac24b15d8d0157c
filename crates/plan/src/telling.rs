//! What charts of a board show and say.

use rustc_hash::FxHashSet;

use crate::board::Board;
use crate::chart::{Dot, Own, count, percent};
use crate::curve::Curve;
use crate::names::PackageId;
use crate::score::Policy;
use crate::snapshot::{About, Ecosystem, Kind};

impl Board {
    /// A package as a dot.
    pub fn dot(&self, at: PackageId, vetted: bool) -> Dot {
        let score = &self.scored.scores()[at as usize];
        Dot {
            name: self.name(at).to_owned(),
            exposure: score.exposure,
            fragility: score.fragility,
            known: score.terms.iter().any(|term| term.known),
            vetted,
            href: None,
        }
    }

    /// The packages that most people stand on, in the order of priority: what a chart of exposure against fragility shows.
    /// Of those that come first by priority most would be fragile alike.
    pub fn exposed(&self, most: usize) -> Vec<PackageId> {
        let scores = self.scored.scores();
        let mut order = self.order(Policy::ExposureFragility);
        // An order that stays as it is where exposures are equal.
        order.sort_by(|one, other| {
            scores[*other as usize].exposure.total_cmp(&scores[*one as usize].exposure)
        });
        order.truncate(most);
        order.sort_by(|one, other| {
            scores[*other as usize].priority.total_cmp(&scores[*one as usize].priority)
        });
        order
    }

    /// The title and the sentence of a chart of exposure against fragility.
    pub fn scatter_words(&self, dots: &[Dot]) -> (String, String) {
        let title = format!("{}: exposure against fragility", name_of(&self.ecosystem));
        let vetted = dots.iter().filter(|dot| dot.vetted).count();
        let sentence = format!(
            "The {} packages that most people stand on. The further to the right, the more a bad release would reach; \
             the higher, the more easily it could happen. {} of them {} vetted.",
            count(dots.len() as u64),
            if vetted == 0 { "None".to_owned() } else { count(vetted as u64) },
            if vetted <= 1 { "is" } else { "are" },
        );
        (title, sentence)
    }

    /// The title and the sentence of the chart of a curve.
    pub fn curve_words(&self, about: &About, curve: &Curve) -> (String, String) {
        let title = format!("Downloads of {}, {}", name_of(&self.ecosystem), about.date.date());
        let needed = |share: f64| curve.needed(share).packages.map(|packages| (packages, share));
        let sentence = match (needed(0.8), needed(0.99)) {
            (Some((few, _)), Some((many, _))) => format!(
                "{} packages have 80 % of all downloads, {} have 99 %.",
                count(few as u64),
                count(many as u64)
            ),
            (Some((few, _)), None) => format!("{} packages have 80 % of all downloads.", count(few as u64)),
            _ => "The list is too short to say how many packages have most downloads.".to_owned(),
        };
        let beyond = curve.tail().map_or_else(String::new, |tail| {
            if tail.downloads <= 0.0 {
                return String::new();
            }
            let share = tail.downloads / (tail.downloads + curve.listed() as f64).max(1.0);
            format!(
                " The list has {} packages; those beyond it have about {}, an estimate (the band).",
                count(curve.len() as u64),
                percent(share)
            )
        });
        (title, format!("{sentence}{beyond} Counted: {}.", about.rule))
    }

    /// The list of downloads that the curve is of.
    pub fn downloads(&self) -> Option<&About> {
        self.of.iter().find(|about| about.kind == Kind::Downloads)
    }

    /// Somebody's own requirements, as far as the list of downloads has them. `vetted` is as [`Board::places`] gives it.
    pub fn own<'n>(&self, names: impl IntoIterator<Item = &'n str>, vetted: &[PackageId]) -> Vec<Own> {
        let ranks = self.download_ranks();
        let mut seen = FxHashSet::default();
        let places = names.into_iter().filter_map(|name| self.place(name)).filter(|at| seen.insert(*at));
        let mut own: Vec<Own> = places
            .filter_map(|at| {
                let rank = *ranks.get(&at)?;
                Some(Own { name: self.name(at).to_owned(), rank, vetted: vetted.binary_search(&at).is_ok() })
            })
            .collect();
        own.sort_by_key(|one| one.rank);
        own
    }
}

/// A registry as people write it.
pub fn name_of(ecosystem: &Ecosystem) -> String {
    match ecosystem {
        Ecosystem::Pypi => "PyPI".to_owned(),
        Ecosystem::Cargo => "crates.io".to_owned(),
        other => other.to_string(),
    }
}
