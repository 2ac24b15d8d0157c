//! Where rows become a snapshot: checked, named by numbers, counted. Readers of every format feed it, also those that
//! need more than bytes in order (`SQLite`, Parquet) and therefore live elsewhere.

use std::borrow::Cow;
use std::collections::hash_map::Entry;

use indexmap::IndexSet;
use packhouse_model::{Sha256, Timestamp};
use packhouse_pypi::Requirement;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use super::error::ImportError;
use super::report::{Report, Skip};
use super::version::Order;
use super::{Hints, Imported, Limits};
use crate::condition::{Condition, LONGEST_MARKER};
use crate::names::{Names, PackageId};
use crate::snapshot::{
    About, CountingRule, Dependencies, Downloads, Ecosystem, Edge, Incident, Kind, Need, Owners, Rows,
    Snapshot, Work, Worked,
};

/// A package needs another.
#[derive(Debug, Clone, Copy)]
pub struct Dependency<'a> {
    /// Who needs.
    pub package: &'a str,
    /// Who is needed.
    pub needs: &'a str,
    /// Why.
    pub need: Need,
    /// The environment marker, or nothing.
    pub marker: &'a str,
    /// The extra or feature that asks for it, or nothing.
    pub extra: &'a str,
}

/// Takes rows, and makes snapshots of them at the end or not at all.
pub struct Builder {
    hints: Hints,
    limits: Limits,
    report: Report,
    ecosystem: Option<Ecosystem>,
    date: Option<Timestamp>,
    rule: Option<CountingRule>,
    source: Option<String>,
    downloads: Counts,
    edges: Edges,
    owners: Accounts,
    work: Work,
    incidents: Vec<Incident>,
}

#[derive(Default)]
struct Counts {
    names: Names,
    counts: Vec<u64>,
}

#[derive(Default)]
struct Edges {
    names: Names,
    list: Vec<Edge>,
    conditions: IndexSet<Condition, FxBuildHasher>,
    /// Of packages that come with several versions: the newest one so far, how much its file is preferred, its edges.
    newest: FxHashMap<PackageId, (Order, u8, Vec<Edge>)>,
}

#[derive(Default)]
struct Accounts {
    packages: Names,
    numbers: Names,
    pairs: FxHashSet<(PackageId, u32)>,
}

impl Builder {
    /// Begins with what the caller knows. `format` is how the source is called in reports.
    pub fn new(format: &'static str, hints: Hints, limits: Limits) -> Self {
        let mut edges = Edges::default();
        edges.conditions.insert(Condition::default());
        Self {
            ecosystem: hints.ecosystem.clone(),
            hints,
            limits,
            report: Report::new(format),
            date: None,
            rule: None,
            source: None,
            downloads: Counts::default(),
            edges,
            owners: Accounts::default(),
            work: Work::default(),
            incidents: Vec::new(),
        }
    }

    /// The next row, or record, begins; `row` is its number.
    pub fn row(&mut self, row: u64) -> Result<(), ImportError> {
        self.report.rows = row;
        let limit = self.limits.rows;
        if row > limit { Err(ImportError::Limit { what: "rows", limit }) } else { Ok(()) }
    }

    /// How many rows there were.
    pub fn rows(&self) -> u64 {
        self.report.rows
    }

    /// The present row is of no use.
    pub fn skip(&mut self, reason: Skip, example: &str) {
        self.report.skip(reason, self.report.rows, example);
    }

    /// The registry that the data are of, when the source is of one alone and the caller did not say.
    pub fn assume(&mut self, ecosystem: Ecosystem) {
        self.ecosystem.get_or_insert(ecosystem);
    }

    /// The registry of this row. Returns whether it is the one that is read.
    pub fn of(&mut self, word: &str) -> Result<bool, ImportError> {
        let found = Ecosystem::read(word);
        match &self.ecosystem {
            None => self.ecosystem = Some(found),
            Some(wanted) if *wanted == found => {}
            Some(_) if self.hints.ecosystem.is_some() => {
                self.skip(Skip::OtherEcosystem, word);
                return Ok(false);
            }
            Some(first) => return Err(ImportError::Mixed { first: first.clone(), second: found }),
        }
        Ok(true)
    }

    /// The source says when it was so; the latest of several holds. What the caller says goes before.
    pub fn date(&mut self, date: Timestamp) {
        self.date = self.date.max(Some(date));
    }

    /// The source says how it counted. What the caller says goes before.
    pub fn rule(&mut self, rule: CountingRule) {
        self.rule = Some(rule);
    }

    /// The source says where it has it from. What the caller says goes before.
    pub fn source(&mut self, source: &str) {
        self.source = Some(source.chars().take(200).collect());
    }

    pub(super) fn ecosystem(&self) -> Ecosystem {
        self.ecosystem.clone().unwrap_or(Ecosystem::Pypi)
    }

    fn name<'a>(&mut self, name: &'a str) -> Option<Cow<'a, str>> {
        let canonical = self.ecosystem.as_ref().unwrap_or(&Ecosystem::Pypi).canonical(name);
        if canonical.is_none() {
            self.skip(Skip::Name, name);
        }
        canonical
    }

    /// A package was downloaded so often, in decimal digits.
    pub fn download(&mut self, package: &str, count: &str) {
        match count.trim().parse::<i128>() {
            Err(_) => self.skip(Skip::Number, &format!("{package}: {count}")),
            Ok(count) if count < 0 => self.skip(Skip::Negative, &format!("{package}: {count}")),
            Ok(count) => match u64::try_from(count) {
                Ok(count) => self.downloaded(package, count),
                Err(_) => self.skip(Skip::Number, &format!("{package}: {count}")),
            },
        }
    }

    /// A package was downloaded so often.
    pub fn downloaded(&mut self, package: &str, count: u64) {
        let Some(name) = self.name(package) else { return };
        let Counts { names, counts } = &mut self.downloads;
        let id = names.intern(&name) as usize;
        match counts.get(id) {
            None => counts.push(count),
            Some(known) if *known == count => self.skip(Skip::Duplicate, package),
            Some(_) => self.skip(Skip::Conflict, &format!("{package}: {count}")),
        }
    }

    /// There is such a package, whatever it needs.
    pub fn package(&mut self, package: &str) {
        if let Some(name) = self.name(package) {
            self.edges.names.intern(&name);
        }
    }

    /// What follows for this package is of this version. Only the newest one's dependencies are kept, and of its files
    /// those of the most preferred. Returns whether they are wanted so far.
    pub fn version(&mut self, package: &str, version: &str, preference: u8) -> bool {
        let Some(name) = self.name(package) else { return false };
        let order = Order::of(&self.ecosystem(), version);
        let id = self.edges.names.intern(&name);
        match self.edges.newest.entry(id) {
            Entry::Vacant(vacant) => {
                vacant.insert((order, preference, Vec::new()));
            }
            Entry::Occupied(mut occupied) => {
                let (known, by, edges) = occupied.get_mut();
                if (&order, preference) < (known, *by) {
                    self.skip(Skip::OlderVersion, &format!("{package} {version}"));
                    return false;
                }
                if (&order, preference) > (known, *by) {
                    (*known, *by) = (order, preference);
                    edges.clear();
                }
            }
        }
        true
    }

    /// One package needs another. When [`Builder::version`] was told of the package, the edge is that version's.
    pub fn dependency(&mut self, dependency: Dependency<'_>) -> Result<(), ImportError> {
        let Dependency { package, needs, need, marker, extra } = dependency;
        let (Some(from), Some(to)) = (self.name(package), self.name(needs)) else { return Ok(()) };
        if from == to {
            self.skip(Skip::Itself, package);
            return Ok(());
        }
        if marker.len() > LONGEST_MARKER || extra.len() > LONGEST_MARKER {
            self.skip(Skip::TooLong, marker);
            return Ok(());
        }
        let Edges { names, list, conditions, newest } = &mut self.edges;
        let condition = Condition { marker: marker.into(), extra: extra.into() };
        let when =
            conditions.get_index_of(&condition).unwrap_or_else(|| conditions.insert_full(condition).0) as u32;
        let edge = Edge { from: names.intern(&from), to: names.intern(&to), need, when };
        newest.get_mut(&edge.from).map_or(&mut *list, |(_, _, edges)| edges).push(edge);
        let limit = self.limits.edges;
        if list.len() as u64 > limit { Err(ImportError::Limit { what: "edges", limit }) } else { Ok(()) }
    }

    /// A package needs what a requirement says (PEP 508).
    pub fn requirement(&mut self, package: &str, text: &str) -> Result<(), ImportError> {
        let Ok(requirement) = Requirement::parse(text) else {
            self.skip(Skip::Requirement, text);
            return Ok(());
        };
        let needs = requirement.project.as_str();
        let extra = requirement.marker.as_ref().is_some_and(packhouse_pypi::Marker::names_extra);
        let marker = requirement.marker.as_ref().map(ToString::to_string).unwrap_or_default();
        let need = if extra { Need::Extra } else { Need::Runtime };
        self.dependency(Dependency { package, needs, need, marker: &marker, extra: extra_in(&marker) })
    }

    /// An account may publish a package. Its name is forgotten at the end.
    pub fn owner(&mut self, package: &str, account: &str) {
        if account.is_empty() || account.len() > 256 {
            return self.skip(Skip::Fields, package);
        }
        let Some(name) = self.name(package) else { return };
        let Accounts { packages, numbers, pairs } = &mut self.owners;
        if !pairs.insert((packages.intern(&name), numbers.intern(account))) {
            self.skip(Skip::Duplicate, package);
        }
    }

    /// How a package is worked on. Of several rows about one package each adds what those before it did not say.
    pub fn worked(&mut self, package: &str, worked: &Worked) {
        let Some(name) = self.name(package) else { return };
        let Work { packages, facts } = &mut self.work;
        let id = packages.intern(&name) as usize;
        facts.resize(packages.len(), Worked::default());
        facts[id].fill(worked);
    }

    /// Something happened to packages. What cannot be the name of one is a word of a description.
    pub fn incident(&mut self, date: Timestamp, packages: &[&str], technique: &str) {
        let ecosystem = self.ecosystem();
        let (mut known, mut words) = (Vec::new(), Vec::new());
        for text in packages {
            ecosystem.canonical(text).map_or_else(|| words.push(*text), |name| known.push(name.into_owned()));
        }
        for text in words {
            self.skip(Skip::Words, text);
        }
        let packages = known;
        if !packages.is_empty() {
            let technique = technique.chars().take(500).collect();
            self.incidents.push(Incident { date, packages, technique });
        }
    }

    /// The snapshots, of bytes with this hash.
    pub fn finish(mut self, content: Sha256) -> Result<Imported, ImportError> {
        let date = self.hints.date.or(self.date).or(self.hints.written).ok_or(ImportError::Undated)?;
        if date > self.hints.now {
            return Err(ImportError::Future { date });
        }
        let format = self.report.format;
        let (skipped, example) = self.report.wrong();
        let rows = self.report.rows.max(skipped);
        if skipped as f64 > rows as f64 * self.limits.most_wrong {
            return Err(ImportError::TooMuchSkipped { skipped, rows, format, example });
        }
        let ecosystem = self.ecosystem();
        let mut found = Vec::new();
        if !self.downloads.names.is_empty() {
            let Counts { names, counts } = std::mem::take(&mut self.downloads);
            let packages = names.iter().map(Box::from).zip(counts).collect();
            found.push((Kind::Downloads, Rows::Downloads(Downloads::new(packages))));
        }
        if !self.edges.names.is_empty() {
            found.push((Kind::Dependencies, Rows::Dependencies(self.dependencies())));
        }
        if !self.owners.packages.is_empty() {
            found.push((Kind::Owners, Rows::Owners(std::mem::take(&mut self.owners).finish())));
        }
        if !self.work.packages.is_empty() {
            found.push((Kind::Work, Rows::Work(std::mem::take(&mut self.work))));
        }
        if !self.incidents.is_empty() {
            self.incidents.sort_by_key(|incident| incident.date);
            found.push((Kind::Incidents, Rows::Incidents(std::mem::take(&mut self.incidents))));
        }
        if found.is_empty() {
            return Err(ImportError::Empty { format });
        }
        let rule = self.hints.rule.or(self.rule).unwrap_or(CountingRule::UNSTATED);
        let source = self.hints.source.or(self.source).unwrap_or_else(|| format.to_owned());
        let about =
            |kind| About { kind, ecosystem: ecosystem.clone(), date, source: source.clone(), rule, content };
        let snapshots = found.into_iter().map(|(kind, rows)| Snapshot { about: about(kind), rows }).collect();
        Ok(Imported { snapshots, report: self.report })
    }

    fn dependencies(&mut self) -> Dependencies {
        let Edges { names, list: mut edges, conditions, newest } = std::mem::take(&mut self.edges);
        edges.extend(newest.into_values().flat_map(|(_, _, edges)| edges));
        edges.sort_unstable();
        let all = edges.len();
        edges.dedup();
        let twice = (all - edges.len()) as u64;
        if twice > 0 {
            self.report.skipped.entry(Skip::Duplicate).or_default().count += twice;
        }
        edges.shrink_to_fit();
        Dependencies { names, edges, conditions: conditions.into_iter().collect() }
    }
}

impl Accounts {
    fn finish(self) -> Owners {
        let mut accounts = vec![Vec::new(); self.packages.len()];
        for (package, account) in self.pairs {
            accounts[package as usize].push(account);
        }
        for accounts in &mut accounts {
            accounts.sort_unstable();
        }
        Owners { packages: self.packages, accounts, count: self.numbers.len() }
    }
}

/// The first extra that a marker in its canonical form compares with.
fn extra_in(marker: &str) -> &str {
    let after = marker.split_once("extra == ").map_or("", |(_, after)| after);
    after.get(1..).and_then(|rest| rest.split(['"', '\'']).next()).unwrap_or_default()
}
