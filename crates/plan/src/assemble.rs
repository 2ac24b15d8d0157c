//! From data sets to packages with their facts: what `packhouse plan rank` shows.

use packhouse_model::Timestamp;
use packhouse_pypi::Environment;
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::closure::transitive_dependents;
use crate::curve::Curve;
use crate::graph::Graph;
use crate::names::PackageId;
use crate::score::{Facts, Policy, Scored, Shown, Weights};
use crate::snapshot::{Dependencies, Downloads, Ecosystem, Need, Owners, Rows, Snapshot, Work};

/// Without a release for so long, a package that others need is dormant: two years.
const DORMANT: std::time::Duration = std::time::Duration::from_hours(2 * 365 * 24);

/// The data sets that a ranking is made of: the newest of each kind.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sources<'a> {
    /// How often packages are downloaded.
    pub downloads: Option<&'a Downloads>,
    /// Who needs whom.
    pub dependencies: Option<&'a Dependencies>,
    /// Who may publish.
    pub owners: Option<&'a Owners>,
    /// How packages are worked on, and when it was so.
    pub work: Option<(&'a Work, Timestamp)>,
}

impl<'a> Sources<'a> {
    /// The newest data set of each kind, of one registry. Of several of one date the last holds.
    pub fn newest(snapshots: &'a [Snapshot], ecosystem: &Ecosystem) -> Self {
        Self::of(snapshots.iter().filter(|snapshot| snapshot.about.ecosystem == *ecosystem))
    }

    /// The newest data set of each kind before a moment: what could have been known then.
    pub fn before(snapshots: &'a [Snapshot], ecosystem: &Ecosystem, moment: Timestamp) -> Self {
        let of =
            |snapshot: &&Snapshot| snapshot.about.ecosystem == *ecosystem && snapshot.about.date < moment;
        Self::of(snapshots.iter().filter(of))
    }

    fn of(snapshots: impl Iterator<Item = &'a Snapshot>) -> Self {
        let mut found = Self::default();
        let mut ordered: Vec<&Snapshot> = snapshots.collect();
        ordered.sort_by_key(|snapshot| snapshot.about.date);
        for snapshot in ordered {
            match &snapshot.rows {
                Rows::Downloads(rows) => found.downloads = Some(rows),
                Rows::Dependencies(rows) => found.dependencies = Some(rows),
                Rows::Owners(rows) => found.owners = Some(rows),
                Rows::Work(rows) => found.work = Some((rows, snapshot.about.date)),
                Rows::Incidents(_) => {}
            }
        }
        found
    }

    /// All packages that are named in a list of downloads or in the dependencies, with what is known of them, scored.
    /// Dependencies count that are needed to run in one of the environments; without environments, all of them.
    pub fn scored(&self, environments: &[Environment], weights: &Weights) -> Scored {
        self.assembled(environments, weights).0
    }

    /// The same, and the graph from each package to what it needs, by places in [`Scored::facts`].
    pub fn assembled(&self, environments: &[Environment], weights: &Weights) -> (Scored, Graph) {
        let counts = self.counts();
        let mut facts: Vec<Facts> = Vec::new();
        let mut graph = Graph::new(0, &[]);
        if let Some(table) = self.dependencies {
            graph = table.graph(&[Need::Runtime], environments).graph;
            let (direct, transitive) = (graph.in_degrees(), transitive_dependents(&graph));
            facts.extend(table.names.iter().enumerate().map(|(at, name)| Facts {
                direct_dependents: u64::from(direct[at]),
                transitive_dependents: transitive[at],
                ..self.facts(name, &counts, direct[at] > 0)
            }));
        }
        let in_graph = |name: &str| self.dependencies.is_some_and(|table| table.names.id(name).is_some());
        let rest = self.downloads.into_iter().flat_map(Downloads::ranked).map(|(name, _)| &**name);
        facts.extend(rest.filter(|name| !in_graph(name)).map(|name| self.facts(name, &counts, false)));
        let unlisted = facts.iter().filter(|facts| facts.downloads.is_none()).count();
        let graph = graph.widened(facts.len());
        (Scored::new(facts, weights, self.usual_of(unlisted)), graph)
    }

    fn counts(&self) -> FxHashMap<&str, u64> {
        self.downloads
            .into_iter()
            .flat_map(Downloads::ranked)
            .map(|(name, count)| (&**name, *count))
            .collect()
    }

    fn facts(&self, name: &str, counts: &FxHashMap<&str, u64>, needed: bool) -> Facts {
        let worked = self.work.and_then(|(work, date)| Some((work.of(name)?, date)));
        let idle = worked.and_then(|(worked, date)| Some(date.since(worked.last_release?) > DORMANT));
        let worked = worked.map(|(worked, _)| *worked).unwrap_or_default();
        Facts {
            developers: worked.contributors.filter(|people| *people > 0),
            releases_a_year: worked.releases_a_year,
            dormant: idle.map(|idle| idle && needed),
            package: name.into(),
            downloads: counts.get(name).copied(),
            owners: self.owners.and_then(|owners| owners.of(name)),
            ..Facts::default()
        }
    }

    /// What each of so many packages beyond the list is downloaded on the average: never more than the last of the list.
    fn usual_of(&self, unlisted: usize) -> u64 {
        let Some(list) = self.downloads else { return 0 };
        let last = list.ranked().last().map_or(0, |(_, count)| *count);
        let tail = Curve::new(list, Some(list.ranked().len() + unlisted)).tail();
        tail.map_or(0, |tail| (tail.downloads / unlisted.max(1) as f64) as u64).min(last)
    }
}

/// A package as a ranking shows it, on the command line and in the API. `None` is unknown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranked {
    /// Its name.
    pub package: String,
    /// In the list's time, mostly a month.
    pub downloads: Option<u64>,
    /// Packages that need it directly.
    pub direct_dependents: u64,
    /// Packages that need it, directly or not.
    pub transitive_dependents: u64,
    /// Accounts that may publish it.
    pub owners: Option<u32>,
    /// See [`crate::score::Score::exposure`].
    pub exposure: f64,
    /// See [`crate::score::Score::fragility`].
    pub fragility: f64,
    /// See [`crate::score::Score::priority`].
    pub priority: f64,
}

/// The same with what its place is made of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explained {
    /// As in a ranking.
    #[serde(flatten)]
    pub ranked: Ranked,
    /// What the fragility is made of.
    pub terms: Vec<Shown>,
}

/// The first packages of a ranking.
pub fn ranked(scored: &Scored, policy: Policy, top: usize) -> Vec<Ranked> {
    scored.ranked(policy).into_iter().take(top).map(|at| one(scored, at)).collect()
}

/// One package by its name.
pub fn explained(scored: &Scored, package: &str) -> Option<Explained> {
    let at = scored.facts().iter().position(|facts| &*facts.package == package)?;
    Some(Explained { ranked: one(scored, at), terms: scored.scores()[at].terms.clone() })
}

fn one(scored: &Scored, at: usize) -> Ranked {
    let (facts, score) = (&scored.facts()[at], &scored.scores()[at]);
    Ranked {
        package: facts.package.to_string(),
        downloads: facts.downloads,
        direct_dependents: facts.direct_dependents,
        transitive_dependents: facts.transitive_dependents,
        owners: facts.owners,
        exposure: score.exposure,
        fragility: score.fragility,
        priority: score.priority,
    }
}

/// The list in order, by the numbers of a table of dependencies, without packages that the table does not name.
pub fn numbered(list: &Downloads, table: &Dependencies) -> Vec<(PackageId, u64)> {
    list.ranked().iter().filter_map(|(name, count)| Some((table.names.id(name)?, *count))).collect()
}

#[cfg(test)]
mod tests {
    use packhouse_model::{Sha256, Timestamp};

    use super::*;
    use crate::import::{Hints, Limits, import};

    fn read(text: &str, date: &str) -> Snapshot {
        let mut hints = Hints::none(Timestamp::MAX);
        hints.date = date.parse().ok();
        let found = import(&mut text.as_bytes(), hints, Limits::default(), &mut |_| ()).expect(text);
        assert_eq!(found.snapshots[0].about.content, Sha256::of(text.as_bytes()));
        found.snapshots.into_iter().next().expect("a snapshot")
    }

    #[test]
    fn the_newest_of_each_kind_makes_the_ranking() {
        let snapshots = [
            read("package,downloads\nidna,1000\nrequests,900\n", "2026-04-01"),
            read("package,downloads\nold,5\n", "2022-05-01"),
            read(
                "package,version,source,dependency,specifier,marker,extra\nrequests,1,wheel,idna,,,\n\
                 app,1,wheel,requests,,,\napp,1,wheel,enum34,,\"python_version < '3.4'\",\n",
                "2023-09-07",
            ),
            read("package,owner_id\nidna,o1\nrequests,o1\nrequests,o2\n", "2020-12-23"),
        ];
        let sources = Sources::newest(&snapshots, &Ecosystem::Pypi);
        let environments = crate::condition::usual_environments(&["313"]);
        let scored = sources.scored(&environments, &Weights::default());
        let found = ranked(&scored, Policy::ExposureFragility, 2);
        assert_eq!(found.iter().map(|one| one.package.as_str()).collect::<Vec<_>>(), ["idna", "requests"]);
        assert_eq!(
            (found[0].direct_dependents, found[0].transitive_dependents, found[0].owners),
            (1, 2, Some(1))
        );
        let enum34 = explained(&scored, "enum34").expect("it is named");
        assert_eq!(
            (enum34.ranked.downloads, enum34.ranked.transitive_dependents, enum34.ranked.owners),
            (None, 0, None)
        );
        assert!(!enum34.terms[0].known);
        assert!(explained(&scored, "old").is_none());
        assert_eq!(Sources::newest(&snapshots, &Ecosystem::Npm).scored(&[], &Weights::default()).facts(), []);
    }
}
