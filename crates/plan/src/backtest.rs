//! Would a ranking have held what was attacked? Asked only of what was known before.

use packhouse_model::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use crate::snapshot::Incident;

/// How often events are drawn anew to see how sure a figure is.
const DRAWS: usize = 1_000;

/// A ranking as it could have been made on a day.
#[derive(Debug, Clone)]
pub struct Ranking {
    /// The policy or baseline.
    pub name: String,
    /// The date of the newest data that went into it.
    pub date: Timestamp,
    /// Packages, the first to vet first, each with the minutes that it takes.
    pub order: Vec<(Box<str>, u64)>,
}

/// A part, and between what it lies with 95 % confidence. Of events that is Wilson's interval, which says something of few
/// of them and of none held. Packages fall together in events: their interval is the wider one of Wilson's and of what
/// 95 of 100 draws of whole events have.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Part {
    /// How many were held.
    pub held: usize,
    /// Of how many.
    pub of: usize,
    /// The share.
    pub share: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// How a policy did at one size.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct At {
    /// So many packages, or so many minutes.
    pub size: u64,
    /// Events of which at least one package was held.
    pub events: Part,
    /// Packages that were held.
    pub packages: Part,
}

/// How a policy did.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Outcome {
    /// The policy or baseline.
    pub policy: String,
    /// When so many packages are vetted.
    pub by_packages: Vec<At>,
    /// When so many minutes are spent.
    pub by_minutes: Vec<At>,
    /// The mean share of packages held over the whole ranking, when all its lengths are equally likely.
    pub area: f64,
    /// Packages that stand nowhere in a ranking of before the event: no size would have held them.
    pub never_ranked: Vec<String>,
}

/// What was tested.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Backtest {
    /// Events before which there was data.
    pub events: usize,
    /// Events before which there was none: they say nothing.
    pub without_data: usize,
    /// Packages that stand in no ranking of before their event: none of these policies could have held them.
    pub in_none: Vec<String>,
    /// One for each policy, in the order of names.
    pub outcomes: Vec<Outcome>,
}

/// Where the packages of one event stood.
struct Found {
    /// The place of each and the minutes up to and with it; `None` when it is not ranked.
    places: Vec<Option<(u64, u64)>>,
    length: u64,
}

/// Compares rankings with what happened. For each event and policy the newest ranking counts whose data are from before
/// the event; an event for which a policy has none counts for no policy, so that all are asked the same. `seed` makes the
/// draws the same each time.
pub fn backtest(
    incidents: &[Incident],
    rankings: &[Ranking],
    sizes: &[u64],
    minutes: &[u64],
    seed: u64,
) -> Backtest {
    let mut names: Vec<&str> = rankings.iter().map(|ranking| ranking.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let indexed: Vec<FxHashMap<&str, (u64, u64)>> = rankings.iter().map(places).collect();
    let before = |name: &str, date: Timestamp| {
        let known =
            rankings.iter().enumerate().filter(|(_, ranking)| ranking.name == name && ranking.date < date);
        known.max_by_key(|(_, ranking)| ranking.date).map(|(at, _)| at)
    };
    let testable: Vec<&Incident> = incidents
        .iter()
        .filter(|incident| {
            !names.is_empty() && names.iter().all(|name| before(name, incident.date).is_some())
        })
        .collect();
    let mut outcomes = Vec::new();
    for name in &names {
        let mut never_ranked = Vec::new();
        let mut found = Vec::new();
        for incident in &testable {
            let Some(at) = before(name, incident.date) else { continue };
            let unique: FxHashSet<&str> = incident.packages.iter().map(String::as_str).collect();
            let mut packages: Vec<&str> = unique.into_iter().collect();
            packages.sort_unstable();
            let places: Vec<_> = packages.iter().map(|package| indexed[at].get(package).copied()).collect();
            let lost = packages.iter().zip(&places).filter(|(_, place)| place.is_none());
            never_ranked.extend(lost.map(|(package, _)| (*package).to_owned()));
            found.push(Found { places, length: rankings[at].order.len() as u64 });
        }
        let draws = draws(found.len(), seed);
        let at = |size: u64, part: fn(&(u64, u64)) -> u64| at(&found, &draws, size, part);
        never_ranked.sort_unstable();
        never_ranked.dedup();
        outcomes.push(Outcome {
            policy: (*name).to_owned(),
            by_packages: sizes.iter().map(|size| at(*size, |place| place.0)).collect(),
            by_minutes: minutes.iter().map(|size| at(*size, |place| place.1)).collect(),
            area: area(&found),
            never_ranked,
        });
    }
    let in_none = match outcomes.split_first() {
        Some((first, rest)) => {
            let everywhere = |package: &&String| rest.iter().all(|one| one.never_ranked.contains(package));
            first.never_ranked.iter().filter(everywhere).cloned().collect()
        }
        None => Vec::new(),
    };
    Backtest { events: testable.len(), without_data: incidents.len() - testable.len(), in_none, outcomes }
}

/// The place of each package from 1, and the minutes up to and with it.
fn places(ranking: &Ranking) -> FxHashMap<&str, (u64, u64)> {
    let mut spent = 0_u64;
    let mut places = FxHashMap::default();
    for (at, (package, minutes)) in ranking.order.iter().enumerate() {
        spent = spent.saturating_add(*minutes);
        places.entry(&**package).or_insert((at as u64 + 1, spent));
    }
    places
}

fn at(found: &[Found], draws: &[Vec<usize>], size: u64, part: fn(&(u64, u64)) -> u64) -> At {
    // Of each event: how many of its packages are held.
    let held: Vec<(usize, usize)> = found
        .iter()
        .map(|event| {
            let held = event.places.iter().flatten().filter(|place| part(place) <= size).count();
            (held, event.places.len())
        })
        .collect();
    let event = |(held, _): (usize, usize)| (usize::from(held > 0), 1);
    let share = |counts: (usize, usize)| counts.0 as f64 / counts.1.max(1) as f64;
    let sum = |of: &mut dyn Iterator<Item = (usize, usize)>| {
        of.fold((0, 0), |sum, counts| (sum.0 + counts.0, sum.1 + counts.1))
    };
    let part = |count: &dyn Fn((usize, usize)) -> (usize, usize), together: bool| {
        let all = sum(&mut held.iter().map(|counts| count(*counts)));
        let mut shares: Vec<f64> =
            draws.iter().map(|draw| share(sum(&mut draw.iter().map(|at| count(held[*at]))))).collect();
        shares.sort_unstable_by(f64::total_cmp);
        let quantile = |q: f64| shares.get((q * shares.len() as f64) as usize).copied().unwrap_or(0.0);
        let (mut low, mut high) = wilson(all.0, all.1);
        if together {
            (low, high) = (low.min(quantile(0.025)), high.max(quantile(0.975)));
        }
        Part { held: all.0, of: all.1, share: share(all), low, high }
    };
    At { size, events: part(&event, false), packages: part(&|counts| counts, true) }
}

/// The interval of a share with 95 % confidence (Wilson 1927). Of nothing everything is possible.
pub fn wilson(held: usize, of: usize) -> (f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    if of == 0 {
        return (0.0, 1.0);
    }
    let (count, share) = (of as f64, held as f64 / of as f64);
    let scale = 1.0 + Z * Z / count;
    let centre = (share + Z * Z / (2.0 * count)) / scale;
    let half = Z / scale * (share * (1.0 - share) / count + Z * Z / (4.0 * count * count)).sqrt();
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

fn area(found: &[Found]) -> f64 {
    let (mut sum, mut count) = (0.0, 0_u32);
    for event in found {
        for place in &event.places {
            count += 1;
            if let Some((at, _)) = place {
                sum += 1.0 - (at - 1) as f64 / event.length.max(1) as f64;
            }
        }
    }
    sum / f64::from(count.max(1))
}

/// Events drawn with replacement: whole events, as their packages fell together.
fn draws(events: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut random = SplitMix(seed);
    (0..DRAWS).map(|_| (0..events).map(|_| random.below(events)).collect()).collect()
}

/// `SplitMix64` (Steele, Lea, Flood 2014): a generator whose whole state is a number that the caller chose.
#[derive(Debug, Clone)]
pub struct SplitMix(u64);

impl SplitMix {
    /// Begins anew from a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, or 0 if that is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.number()) * limit as u128) >> 64) as usize
    }

    /// Puts a list into any order: the baseline that knows nothing.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Timestamp {
        text.parse().expect("a date")
    }

    fn ranking(name: &str, date: &str, order: &[&str]) -> Ranking {
        let order = order.iter().map(|package| (Box::from(*package), 10)).collect();
        Ranking { name: name.to_owned(), date: day(date), order }
    }

    fn incident(date: &str, packages: &[&str]) -> Incident {
        let packages = packages.iter().map(|package| (*package).to_owned()).collect();
        Incident { date: day(date), packages, technique: String::new() }
    }

    #[test]
    fn only_what_was_known_before_counts() {
        // The later list has the victim on top: it must not be used, nor the one of the very day.
        let rankings = [
            ranking("p", "2020-01-01", &["a", "b", "victim", "c"]),
            ranking("p", "2020-06-01", &["victim", "a"]),
            ranking("p", "2020-07-01", &["victim", "a"]),
        ];
        let incidents = [incident("2020-06-01", &["victim"]), incident("2019-01-01", &["a"])];
        let found = backtest(&incidents, &rankings, &[2, 3], &[20, 30], 1);
        assert_eq!((found.events, found.without_data), (1, 1));
        let held = |list: &[At]| list.iter().map(|at| at.events.held).collect::<Vec<_>>();
        assert_eq!(held(&found.outcomes[0].by_packages), [0, 1]);
        assert_eq!(held(&found.outcomes[0].by_minutes), [0, 1]);
        assert!((found.outcomes[0].area - 0.5).abs() < 1e-12);
    }

    #[test]
    fn events_and_packages_are_counted_apart() {
        let rankings = [ranking("p", "2020-01-01", &["a", "b", "c", "d"])];
        let incidents = [incident("2020-02-01", &["a", "b", "new", "new"]), incident("2020-03-01", &["d"])];
        let outcome = &backtest(&incidents, &rankings, &[2], &[], 7).outcomes[0];
        let At { events, packages, .. } = &outcome.by_packages[0];
        assert_eq!((events.held, events.of), (1, 2));
        assert_eq!((packages.held, packages.of), (2, 4));
        assert_eq!(outcome.never_ranked, ["new"]);
        assert_eq!(backtest(&incidents, &rankings, &[2], &[], 7).in_none, ["new"]);
        assert!(events.low <= events.share && events.share <= events.high);
        assert_eq!((events.low, events.high), wilson(1, 2));
        assert_eq!((packages.low, packages.high), (0.0, wilson(2, 4).1), "events fall as a whole");
    }

    #[test]
    fn intervals_are_wilsons() {
        // Newcombe 1998, table I, method 3.
        for (held, of, low, high) in
            [(0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718), (81, 263, 0.2553, 0.3662)]
        {
            let found = wilson(held, of);
            assert!((found.0 - low).abs() < 5e-5 && (found.1 - high).abs() < 5e-5, "{held}/{of}: {found:?}");
        }
        assert_eq!(wilson(0, 0), (0.0, 1.0));
    }

    #[test]
    fn the_same_seed_draws_the_same() {
        let rankings = [ranking("p", "2020-01-01", &["a", "b"]), ranking("q", "2020-01-01", &["b", "a"])];
        let incidents = [incident("2020-02-01", &["a"]), incident("2020-03-01", &["b"])];
        let test = |seed| backtest(&incidents, &rankings, &[1], &[10], seed);
        assert_eq!(test(3), test(3));
        assert_eq!(
            test(3).outcomes.iter().map(|outcome| outcome.policy.as_str()).collect::<Vec<_>>(),
            ["p", "q"]
        );
        assert_eq!(SplitMix::new(0).number(), 0xe220_a839_7b1d_cdaf);
    }
}
