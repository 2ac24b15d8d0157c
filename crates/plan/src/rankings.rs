//! The rankings that could have been made on each day on which data came in: what a backtest compares.

use rustc_hash::FxHashSet;

use crate::assemble::Sources;
use crate::backtest::{Ranking, SplitMix};
use crate::board::Board;
use crate::capacity::Effort;
use crate::names::PackageId;
use crate::pagerank::page_rank;
use crate::score::{Policy, Weights};
use crate::snapshot::{Ecosystem, Kind, Snapshot};

/// What needs nothing but a list of downloads.
pub const BY_DOWNLOADS: [&str; 2] = ["downloads", "random"];

/// The rankings of each date of a data set, by each policy and baseline that the data of then allow. `seed` makes the
/// random one the same each time; `told` hears of how many dates are done, of how many.
///
/// A ranking names only what it has something to say about: `downloads` and `random` what the list names, the others
/// what is worth more than nothing.
pub fn rankings(
    snapshots: &[Snapshot],
    ecosystem: &Ecosystem,
    weights: &Weights,
    effort: &Effort,
    seed: u64,
    told: &mut dyn FnMut(usize, usize),
) -> Vec<Ranking> {
    let of = |snapshot: &&Snapshot| {
        snapshot.about.ecosystem == *ecosystem && snapshot.about.kind != Kind::Incidents
    };
    let mut dates: Vec<_> = snapshots.iter().filter(of).map(|snapshot| snapshot.about.date).collect();
    dates.sort_unstable();
    dates.dedup();
    let mut found = Vec::new();
    for (at, date) in dates.iter().enumerate() {
        let after = packhouse_model::Timestamp::from_micros(date.micros().saturating_add(1));
        let sources = Sources::before(snapshots, ecosystem, after);
        let board = Board::of_sources(&sources, &[], ecosystem, weights, effort);
        let named = |order: Vec<PackageId>| -> Vec<(Box<str>, u64)> {
            order.into_iter().map(|at| (board.name(at).into(), board.minutes(at))).collect()
        };
        let mut add = |name: &str, order: Vec<PackageId>| {
            found.push(Ranking { name: name.to_owned(), date: *date, order: named(order) });
        };
        if sources.downloads.is_some() {
            add("downloads", board.by_downloads().to_vec());
            let mut order = board.by_downloads().to_vec();
            SplitMix::new(seed).shuffle(&mut order);
            add("random", order);
        }
        if sources.downloads.is_some() && sources.dependencies.is_some() {
            for (name, policy) in Policy::ALL.into_iter().filter(|(_, policy)| *policy != Policy::Downloads) {
                let mut order = board.order(policy);
                order.retain(|at| board.scored.worth(policy, *at as usize) > 0.0);
                add(name, order);
            }
            add("pagerank", by_page_rank(&board));
        }
        told(at + 1, dates.len());
    }
    found
}

fn by_page_rank(board: &Board) -> Vec<PackageId> {
    let downloads: Vec<u64> = board.scored.facts().iter().map(|facts| facts.downloads.unwrap_or(0)).collect();
    let rank = page_rank(&board.graph, Some(&downloads));
    let mut order: Vec<PackageId> =
        (0..rank.len() as PackageId).filter(|at| rank[*at as usize] > 0.0).collect();
    order.sort_unstable_by(|one, other| {
        let by_rank = rank[*other as usize].total_cmp(&rank[*one as usize]);
        by_rank.then_with(|| board.name(*one).cmp(board.name(*other)))
    });
    order
}

/// The names of the rankings, in order.
pub fn names(rankings: &[Ranking]) -> Vec<&str> {
    let unique: FxHashSet<&str> = rankings.iter().map(|ranking| ranking.name.as_str()).collect();
    let mut names: Vec<&str> = unique.into_iter().collect();
    names.sort_unstable();
    names
}
