//! What a data set is: what it says, when it was so, where it comes from, how it was counted.

use std::borrow::Cow;
use std::fmt;

use packhouse_model::{Sha256, Timestamp};
use serde::{Deserialize, Serialize};

use crate::condition::Condition;
use crate::names::{Names, PackageId};

/// What a data set says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// How often packages were downloaded.
    Downloads,
    /// Which packages need which.
    Dependencies,
    /// Who may publish, and from which repository.
    Owners,
    /// How packages are worked on, and what there is to review.
    Work,
    /// What was attacked, and when.
    Incidents,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Downloads => "downloads",
            Self::Dependencies => "dependencies",
            Self::Owners => "owners",
            Self::Work => "work",
            Self::Incidents => "incidents",
        })
    }
}

/// A registry's world of names. They share no edges.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ecosystem {
    /// Python's.
    Pypi,
    /// JavaScript's.
    Npm,
    /// Rust's.
    Cargo,
    /// Any other, by the word of its source in lower case.
    #[serde(untagged)]
    Other(Box<str>),
}

impl Ecosystem {
    /// Reads the words that sources use: `PyPI`, `PYPI`, `Pypi`, `NPM`, `crates.io` ….
    pub fn read(text: &str) -> Self {
        match text.trim().to_ascii_lowercase().as_str() {
            "pypi" | "python" => Self::Pypi,
            "npm" => Self::Npm,
            "cargo" | "crates" | "crates.io" | "rust" => Self::Cargo,
            other => Self::Other(other.chars().take(40).collect()),
        }
    }

    /// The name of a package as everybody would write it, or `None` when it cannot be one.
    pub fn canonical<'a>(&self, name: &'a str) -> Option<Cow<'a, str>> {
        if name.is_empty() || name.len() > LONGEST_NAME {
            return None;
        }
        match self {
            // Most names of a table are canonical already, and a table has millions.
            Self::Pypi if is_canonical(name) => Some(Cow::Borrowed(name)),
            Self::Pypi => {
                packhouse_pypi::normalize(name).ok().map(|name| Cow::Owned(name.as_str().to_owned()))
            }
            // Scoped names have a slash; nobody's has blanks or control characters.
            _ => name.bytes().all(|byte| byte > b' ' && byte != 0x7f).then_some(Cow::Borrowed(name)),
        }
    }
}

/// The longest name of a package that is read, in bytes: npm's limit is 214.
const LONGEST_NAME: usize = 256;

/// Whether normalising (PEP 503) would change nothing.
fn is_canonical(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    bytes.len() <= packhouse_pypi::name::LONGEST_NAME
        && bytes.iter().enumerate().all(|(at, byte)| {
            // A single hyphen, between letters or digits.
            plain(*byte) || (*byte == b'-' && at > 0 && plain(bytes[at - 1]) && at + 1 < bytes.len())
        })
}

impl fmt::Display for Ecosystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pypi => "pypi",
            Self::Npm => "npm",
            Self::Cargo => "cargo",
            Self::Other(word) => word,
        })
    }
}

/// Whose downloads were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counted {
    /// Those of pip alone.
    Pip,
    /// Those of all installers.
    AllInstallers,
    /// Every request, mirrors and robots included.
    Requests,
    /// The source does not say.
    Unstated,
}

/// How downloads were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CountingRule {
    /// Whose.
    pub counted: Counted,
    /// In how many days; 0 when the source does not say.
    pub days: u16,
}

impl CountingRule {
    /// Of a source that says nothing.
    pub const UNSTATED: Self = Self { counted: Counted::Unstated, days: 0 };
}

impl fmt::Display for CountingRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = match self.counted {
            Counted::Pip => "pip alone",
            Counted::AllInstallers => "all installers",
            Counted::Requests => "all requests",
            Counted::Unstated => "nobody said whose",
        };
        match self.days {
            0 => f.write_str(whose),
            days => write!(f, "{whose}, {days} days"),
        }
    }
}

/// What is known about a data set besides its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct About {
    /// What it says.
    pub kind: Kind,
    /// Of which registry.
    pub ecosystem: Ecosystem,
    /// When it was so.
    pub date: Timestamp,
    /// Where it comes from, for people.
    pub source: String,
    /// How downloads were counted; of no meaning for the other kinds.
    pub rule: CountingRule,
    /// Of the bytes that were read, compressed as they came.
    pub content: Sha256,
}

/// One data set, whole.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// What is known about it.
    pub about: About,
    /// Its rows.
    pub rows: Rows,
}

/// The rows of a data set.
#[derive(Debug, Clone)]
pub enum Rows {
    /// See [`Kind::Downloads`].
    Downloads(Downloads),
    /// See [`Kind::Dependencies`].
    Dependencies(Dependencies),
    /// See [`Kind::Owners`].
    Owners(Owners),
    /// See [`Kind::Work`].
    Work(Work),
    /// See [`Kind::Incidents`].
    Incidents(Vec<Incident>),
}

/// A sum of downloads that knows how it was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// Downloads.
    pub value: u64,
    /// Counted so.
    pub rule: CountingRule,
    /// Of which registry.
    pub ecosystem: Ecosystem,
    /// At which time.
    pub date: Timestamp,
    /// The data set that it is of.
    pub content: Sha256,
}

/// Two totals say nothing about each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotComparable {
    /// They were counted differently, or nobody said how.
    #[error(
        "downloads counted by different rules are never divided by each other: {left} and {right}; take two lists of one \
         source and era"
    )]
    Rules {
        /// Of the one.
        left: CountingRule,
        /// Of the other.
        right: CountingRule,
    },
    /// They are of two registries.
    #[error("downloads of {left} and of {right} are not compared: each registry counts in its own way")]
    Ecosystems {
        /// Of the one.
        left: Ecosystem,
        /// Of the other.
        right: Ecosystem,
    },
    /// There is no growth within a moment.
    #[error("both lists are of {}, or the later one is the earlier: growth needs two dates in order", .date.date())]
    SameDay {
        /// The later list's.
        date: Timestamp,
    },
}

impl Total {
    /// Both values, if they were counted by one rule in one registry. Without a stated rule only parts of the same data
    /// set are.
    pub fn comparable(&self, other: &Self) -> Result<(u64, u64), NotComparable> {
        if self.ecosystem != other.ecosystem {
            let (left, right) = (self.ecosystem.clone(), other.ecosystem.clone());
            return Err(NotComparable::Ecosystems { left, right });
        }
        let stated = self.rule == other.rule && self.rule.counted != Counted::Unstated && self.rule.days > 0;
        if stated || self.content == other.content {
            return Ok((self.value, other.value));
        }
        Err(NotComparable::Rules { left: self.rule, right: other.rule })
    }

    /// What part of another total this is.
    pub fn share_of(&self, whole: &Self) -> Result<f64, NotComparable> {
        let (part, whole) = self.comparable(whole)?;
        Ok(part as f64 / whole.max(1) as f64)
    }
}

impl Snapshot {
    /// The sum of all downloads, if this is a list of downloads.
    pub fn total(&self) -> Option<Total> {
        let Rows::Downloads(downloads) = &self.rows else { return None };
        let About { rule, ecosystem, date, content, .. } = self.about.clone();
        Some(Total { value: downloads.total(), rule, ecosystem, date, content })
    }
}

/// Downloads of packages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Downloads {
    ranked: Vec<(Box<str>, u64)>,
}

impl Downloads {
    /// Of packages, each named once, in any order. Equal counts are ordered by name.
    pub fn new(mut packages: Vec<(Box<str>, u64)>) -> Self {
        packages.sort_unstable_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        Self { ranked: packages }
    }

    /// The most downloaded first.
    pub fn ranked(&self) -> &[(Box<str>, u64)] {
        &self.ranked
    }

    /// Of all packages that are listed.
    pub fn total(&self) -> u64 {
        self.ranked.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }
}

/// Why a package needs another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// To run.
    Runtime,
    /// When an extra is asked for, or a feature.
    Extra,
    /// To be built.
    Build,
    /// To be worked on or tested.
    Development,
}

/// One package needs another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Edge {
    /// Who needs.
    pub from: PackageId,
    /// Who is needed.
    pub to: PackageId,
    /// Why.
    pub need: Need,
    /// In which case: the number of a condition in [`Dependencies::conditions`].
    pub when: u32,
}

/// Who needs whom.
#[derive(Debug, Clone, Default)]
pub struct Dependencies {
    /// All packages that are named.
    pub names: Names,
    /// Each once.
    pub edges: Vec<Edge>,
    /// In which cases edges hold. The first is "always".
    pub conditions: Vec<Condition>,
}

/// Who may publish a package, without names: accounts are numbers.
#[derive(Debug, Clone, Default)]
pub struct Owners {
    /// Packages.
    pub packages: Names,
    /// For each package its accounts, in the order of numbers.
    pub accounts: Vec<Vec<u32>>,
    /// How many accounts there are in all.
    pub count: usize,
}

impl Owners {
    /// How many accounts may publish a package; `None` when nothing is known of it.
    pub fn of(&self, package: &str) -> Option<u32> {
        let accounts = &self.accounts[self.packages.id(package)? as usize];
        (!accounts.is_empty()).then_some(accounts.len() as u32)
    }
}

/// How one package is worked on, and what there is to review. `None` is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Worked {
    /// Thousands of lines.
    pub kloc: Option<f64>,
    /// Releases a year.
    pub releases_a_year: Option<f64>,
    /// Thousands of changed lines in a release.
    pub changed_kloc: Option<f64>,
    /// How much longer a review takes than of others of its size; 1 for ordinary code.
    pub risk: Option<f64>,
    /// People who contributed to its repository.
    pub contributors: Option<u32>,
    /// Its last release.
    pub last_release: Option<Timestamp>,
}

impl Worked {
    /// Takes from another source what is not known yet.
    pub(crate) fn fill(&mut self, other: &Self) {
        self.kloc = self.kloc.or(other.kloc);
        self.releases_a_year = self.releases_a_year.or(other.releases_a_year);
        self.changed_kloc = self.changed_kloc.or(other.changed_kloc);
        self.risk = self.risk.or(other.risk);
        self.contributors = self.contributors.or(other.contributors);
        self.last_release = self.last_release.or(other.last_release);
    }
}

/// How packages are worked on.
#[derive(Debug, Clone, Default)]
pub struct Work {
    /// Packages.
    pub packages: Names,
    /// What is known of each.
    pub facts: Vec<Worked>,
}

impl Work {
    /// What is known of a package.
    pub fn of(&self, package: &str) -> Option<&Worked> {
        self.facts.get(self.packages.id(package)? as usize)
    }
}

/// Something happened to packages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Incident {
    /// When it began, or was seen.
    pub date: Timestamp,
    /// The packages, by their canonical names.
    pub packages: Vec<String>,
    /// How it was done, in the words of its source.
    pub technique: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_their_registry() {
        for (name, expected) in [
            ("six", Some("six")),
            ("Jaraco.Collections", Some("jaraco-collections")),
            ("a--b", Some("a-b")),
            ("a-", None),
            ("-a", None),
            ("", None),
            ("two words", None),
            ("@scope/name", None),
        ] {
            assert_eq!(Ecosystem::Pypi.canonical(name).as_deref(), expected, "{name}");
        }
        assert_eq!(Ecosystem::Npm.canonical("@scope/Name").as_deref(), Some("@scope/Name"));
        assert_eq!(Ecosystem::Npm.canonical("two words"), None);
        assert_eq!(Ecosystem::read("crates.io"), Ecosystem::Cargo);
        let written =
            serde_json::to_string(&[Ecosystem::Pypi, Ecosystem::read("Maven")]).expect("plain words");
        assert_eq!(written, r#"["pypi","maven"]"#);
    }
}
