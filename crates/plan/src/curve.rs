//! How few packages carry how much: the cumulative share of downloads, and what lies beyond the end of the list.

use serde::Serialize;

use crate::snapshot::{Downloads, NotComparable, Total};

/// The shares that are asked for most.
pub const SHARES: [f64; 5] = [0.5, 0.8, 0.9, 0.95, 0.99];
/// The tail is fitted to ranks from this part of the list's length on, and from two others to see how much that matters.
const FITTED_FROM: [f64; 3] = [1.0 / 3.0, 1.0 / 6.0, 2.0 / 3.0];
/// Fewer packages than this say nothing about a tail.
const FEWEST: usize = 100;

/// What packages beyond the end of a list have together, by a power law fitted to the list's last two thirds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Tail {
    /// Downloads fall with the rank to this power.
    pub exponent: f64,
    /// The estimate.
    pub downloads: f64,
    /// The least and the most of the fits to other parts of the list, each two standard errors of its exponent wide.
    pub low: f64,
    /// See `low`.
    pub high: f64,
}

/// How many packages are needed for a share of all downloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Needed {
    /// By the estimate of the tail; `None` when the whole list does not have so much.
    pub packages: Option<usize>,
    /// If the tail is as small as it may be.
    pub least: Option<usize>,
    /// If it is as large as it may be.
    pub most: Option<usize>,
}

/// The curve of one list of downloads.
#[derive(Debug, Clone)]
pub struct Curve {
    /// Sums of the list, the most downloaded first; the first is 0.
    sums: Vec<u64>,
    tail: Option<Tail>,
}

impl Curve {
    /// Of a list. `registry` is how many packages there are in all: the tail ends there. Without it, the list is taken to
    /// be complete when it says so of itself by ending with packages that nobody downloads, and else to go on without
    /// end.
    pub fn new(downloads: &Downloads, registry: Option<usize>) -> Self {
        Self::of_counts(downloads.ranked().iter().map(|(_, count)| *count), registry)
    }

    /// Of counts, the largest first.
    pub fn of_counts(counts: impl IntoIterator<Item = u64>, registry: Option<usize>) -> Self {
        let counts: Vec<u64> = counts.into_iter().collect();
        let mut sums = vec![0];
        let mut sum = 0_u64;
        for count in &counts {
            sum = sum.saturating_add(*count);
            sums.push(sum);
        }
        Self { tail: Tail::fit(&counts, registry), sums }
    }

    /// How many packages the list has.
    pub fn len(&self) -> usize {
        self.sums.len() - 1
    }

    /// Whether the list has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The downloads of this many packages together.
    pub fn sum(&self, packages: usize) -> u64 {
        self.sums[packages.min(self.len())]
    }

    /// The downloads of the whole list.
    pub fn listed(&self) -> u64 {
        self.sum(self.len())
    }

    /// What lies beyond the list, where that can be said.
    pub fn tail(&self) -> Option<Tail> {
        self.tail
    }

    /// The share that this many packages have of all downloads, the tail included.
    pub fn share(&self, packages: usize) -> f64 {
        let all = self.listed() as f64 + self.tail.map_or(0.0, |tail| tail.downloads);
        if all > 0.0 { self.sum(packages) as f64 / all } else { 0.0 }
    }

    /// How many packages are needed for a share between 0 and 1.
    pub fn needed(&self, share: f64) -> Needed {
        let of = |tail: f64| self.passes(share * (self.listed() as f64 + tail));
        let by = |part: fn(&Tail) -> f64| of(self.tail.as_ref().map_or(0.0, part));
        Needed { packages: by(|t| t.downloads), least: by(|t| t.low), most: by(|t| t.high) }
    }

    /// How many packages are needed for a share of a total that comes from elsewhere, but was counted in the same way.
    pub fn needed_of(&self, share: f64, total: u64) -> Option<usize> {
        self.passes(share * total as f64)
    }

    fn passes(&self, downloads: f64) -> Option<usize> {
        let needed = self.sums.partition_point(|sum| (*sum as f64) < downloads);
        (needed < self.sums.len()).then_some(needed)
    }
}

impl Tail {
    fn fit(counts: &[u64], registry: Option<usize>) -> Option<Self> {
        let length = counts.len();
        let last = *counts.last()?;
        if registry.is_some_and(|registry| registry <= length) || last == 0 {
            return Some(Self { exponent: 0.0, downloads: 0.0, low: 0.0, high: 0.0 });
        }
        if length < FEWEST {
            return None;
        }
        let fits: Vec<(f64, f64)> =
            FITTED_FROM.iter().filter_map(|from| slope(counts, (length as f64 * from) as usize)).collect();
        let (exponent, _) = *fits.first()?;
        let beyond = |exponent: f64| beyond(last, length, exponent, registry);
        let edges =
            fits.iter().flat_map(|(slope, error)| [slope - 2.0 * error, slope + 2.0 * error]).map(beyond);
        let (low, high) =
            edges.fold((f64::INFINITY, 0.0_f64), |(low, high), edge| (low.min(edge), high.max(edge)));
        let downloads = beyond(exponent);
        downloads.is_finite().then_some(Self { exponent, downloads, low, high })
    }
}

/// The slope of log downloads over log rank from a rank on, and its standard error.
///
/// Neighbours in a ranked list are not independent, so the error is far too small by itself; that is why the slopes of
/// several parts of the list are compared.
fn slope(counts: &[u64], from: usize) -> Option<(f64, f64)> {
    let points: Vec<(f64, f64)> = counts
        .iter()
        .enumerate()
        .skip(from)
        .filter(|(_, count)| **count > 0)
        .map(|(at, count)| (((at + 1) as f64).ln(), (*count as f64).ln()))
        .collect();
    if points.len() < 3 {
        return None;
    }
    let length = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
    let (x, y) = (x / length, y / length);
    let spread: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    let slope = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum::<f64>() / spread;
    let residue: f64 = points.iter().map(|point| (point.1 - y - slope * (point.0 - x)).powi(2)).sum();
    Some((slope, (residue / (length - 2.0) / spread).sqrt()))
}

/// The integral of the power law through the list's last point, to the registry's end.
fn beyond(last: u64, length: usize, exponent: f64, registry: Option<usize>) -> f64 {
    let length = length as f64;
    let rest = match registry {
        Some(registry) if (exponent + 1.0).abs() < 1e-9 => (registry as f64 / length).ln(),
        Some(registry) => ((registry as f64 / length).powf(exponent + 1.0) - 1.0) / (exponent + 1.0),
        None if exponent < -1.0 => -1.0 / (exponent + 1.0),
        None => f64::INFINITY,
    };
    last as f64 * length * rest
}

/// How many maintainers look after this many packages when each has `each` of them.
///
/// # Panics
/// When `each` is 0.
pub fn maintainers(packages: usize, each: usize) -> usize {
    packages.div_ceil(each)
}

/// How many downloads a day more there are each day between two totals of lists that were counted in the same way.
pub fn growth_per_day(earlier: &Total, later: &Total) -> Result<f64, NotComparable> {
    let (from, to) = earlier.comparable(later)?;
    let days = later.date.since(earlier.date).as_secs_f64() / 86_400.0;
    if days <= 0.0 {
        return Err(NotComparable::SameDay { date: later.date });
    }
    let daily = |value: u64| value as f64 / f64::from(earlier.rule.days.max(1));
    Ok((daily(to) - daily(from)) / days)
}
