//! The index: one name in, what it looks like out.

use std::collections::{HashMap, HashSet};

use packhouse_model::ProjectName;

use crate::builder::Standing;
use crate::distance::{self, Slip};
use crate::fold;
use crate::keys::{self, Asked, LONG};
use crate::likeness::{Likeness, Original, Relation};
use crate::stem::{AffixKind, stems};
use crate::table::Table;
use crate::vocabulary::Vocabulary;

/// The protected names, in the forms in which they are looked for.
#[derive(Debug)]
pub struct NameIndex {
    pub(crate) vocabulary: Vocabulary,
    pub(crate) protected: Vec<Protected>,
    /// Sorted.
    pub(crate) established: Vec<String>,
    pub(crate) namespaces: Vec<String>,
    pub(crate) table: Table,
    places: HashMap<String, u32>,
    words: HashSet<String>,
}

/// A name that others must not look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Protected {
    pub(crate) name: String,
    pub(crate) squashed: String,
    pub(crate) source: Source,
}

/// Why it is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Project { standing: Standing, rank: u32 },
    Module { project: u32 },
    StandardLibrary,
}

impl Protected {
    pub(crate) fn new(name: &str, source: Source) -> Self {
        Self { name: name.to_owned(), squashed: fold::squashed(name), source }
    }
}

/// The longest name that is looked at: nothing that is longer looks like anything here.
const LONGEST: usize = 200;
/// In so many names a word stands that is a word, and no slip of the hand.
const COMMON: usize = 3;

impl NameIndex {
    pub(crate) fn new(
        vocabulary: Vocabulary,
        protected: Vec<Protected>,
        established: Vec<String>,
        namespaces: Vec<String>,
    ) -> Self {
        let mut entries = Vec::new();
        for (at, entry) in protected.iter().enumerate() {
            keys::of_protected(&entry.name, &vocabulary, &mut |key| entries.push((key, at as u32)));
        }
        Self::with_table(vocabulary, protected, established, namespaces, Table::new(entries))
    }

    /// With a table that was made before.
    pub(crate) fn with_table(
        vocabulary: Vocabulary,
        protected: Vec<Protected>,
        established: Vec<String>,
        namespaces: Vec<String>,
        table: Table,
    ) -> Self {
        let places =
            protected.iter().enumerate().map(|(at, entry)| (entry.name.clone(), at as u32)).collect();
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for entry in &protected {
            for word in fold::words(&entry.name) {
                *counts.entry(word).or_default() += 1;
            }
        }
        let words = counts.into_iter().filter(|(_, count)| *count >= COMMON).map(|(word, _)| word.to_owned());
        let words = words.collect();
        Self { vocabulary, protected, established, namespaces, table, places, words }
    }

    /// How many names are protected.
    pub fn len(&self) -> usize {
        self.protected.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.protected.is_empty()
    }

    /// Whether the name is a protected project's, or was there before: then it looks like nothing but a namespace.
    pub fn knows(&self, name: &ProjectName) -> bool {
        self.is_known(name.as_str())
    }

    /// What the strongest likeness is, if there is any.
    pub fn nearest(&self, name: &ProjectName) -> Option<Likeness> {
        self.look(name).into_iter().next()
    }

    /// Everything that the name looks like: the strongest relation first, within it what is vetted, then what is
    /// downloaded most. One entry for each original.
    ///
    /// Nothing is said of a protected or established name, but that it lies in a private namespace.
    pub fn look(&self, name: &ProjectName) -> Vec<Likeness> {
        let name = name.as_str();
        let mut found: Vec<Likeness> = self
            .namespaces
            .iter()
            .filter(|pattern| is_within(name, pattern))
            .map(|pattern| Likeness {
                original: Original::Namespace(pattern.clone()),
                relation: Relation::Namespace,
            })
            .collect();
        if name.len() > LONGEST || self.is_known(name) {
            return found;
        }
        let asked = Asked::new(name, &self.vocabulary);
        let mut candidates = Vec::new();
        keys::of_asked(&asked, &mut |key| candidates.extend(self.table.candidates(key)));
        candidates.sort_unstable();
        candidates.dedup();
        let mut hits: Vec<(Relation, u32)> = candidates
            .into_iter()
            .filter_map(|at| Some((self.relation(&asked, &self.protected[at as usize])?, at)))
            .collect();
        hits.sort_unstable();
        found.extend(
            hits.into_iter().map(|(relation, at)| Likeness { original: self.original(at), relation }),
        );
        found
    }

    /// Whether the name is protected itself, or was there before.
    fn is_known(&self, name: &str) -> bool {
        let protected = self.places.get(name).map(|at| self.protected[*at as usize].source);
        matches!(protected, Some(Source::Project { .. }))
            || self.established.binary_search_by(|known| known.as_str().cmp(name)).is_ok()
    }

    fn original(&self, at: u32) -> Original {
        let entry = &self.protected[at as usize];
        match entry.source {
            Source::Project { .. } => Original::Project(ProjectName::from_canonical(&entry.name)),
            Source::StandardLibrary => Original::StandardLibrary(entry.name.clone()),
            Source::Module { project } => Original::Module {
                module: entry.name.clone(),
                project: ProjectName::from_canonical(&self.protected[project as usize].name),
            },
        }
    }

    /// The strongest relation of a name to a protected one.
    fn relation(&self, asked: &Asked, target: &Protected) -> Option<Relation> {
        let exact = exactly(asked, target);
        // Module names are short and common words: what is only similar to them is mostly something of its own.
        let similar = || match target.source {
            Source::Module { .. } => None,
            Source::StandardLibrary => like_standard_library(asked, target),
            Source::Project { rank, .. } => self.similar(asked, target, rank),
        };
        exact.or_else(similar)
    }

    fn similar(&self, asked: &Asked, target: &Protected, rank: u32) -> Option<Relation> {
        if keys::orders(&target.name).contains(&asked.squashed) {
            return Some(Relation::WordOrder);
        }
        let slipped = self.slipped(&asked.name, &asked.squashed, target).or_else(|| {
            let read = asked.unleet.as_deref()?;
            if digits_differ(&asked.squashed, &target.squashed) {
                None
            } else {
                self.slipped(read, read, target)
            }
        });
        let slipped = slipped.filter(|relation| match relation {
            Relation::NeighbourKey | Relation::OneLetter => rank < REACH_ONE,
            Relation::TwoLetters => rank < REACH_TWO,
            _ => true,
        });
        slipped.into_iter().chain(self.affixed(asked, target, rank)).min()
    }

    fn slipped(&self, name: &str, squashed: &str, target: &Protected) -> Option<Relation> {
        let (one, other) = self.unit(name, squashed, target)?;
        let slip = distance::slip(one, other)?;
        let length = other.len();
        // A letter and a separator are two slips: `psycopg-c` is no misspelling of `psycopg`.
        let regrouped = fold::words(name).len() != fold::words(&target.name).len();
        match slip {
            // Versions of a thing, not misspellings of it: `sha2` and `sha3`.
            Slip::One | Slip::Two if digits_differ(one, other) => None,
            // Hands slip late in a word; a letter put before it is a word of its own: `bpython`, `grequests`.
            Slip::One if distance::starts_otherwise(one, other) => None,
            Slip::One | Slip::Two if regrouped => None,
            Slip::Transposed if length >= SHORTEST_TRANSPOSED => Some(Relation::Transposed),
            Slip::One if length >= SHORTEST_ONE && distance::is_neighbour_key(one, other) => {
                Some(Relation::NeighbourKey)
            }
            Slip::One if length >= SHORTEST_ONE => Some(Relation::OneLetter),
            Slip::Two if length >= LONG && one.as_bytes().first() == other.as_bytes().first() => {
                Some(Relation::TwoLetters)
            }
            _ => None,
        }
    }

    /// What is compared letter by letter: of names of several words the only word in which they differ, as names of a
    /// family (`azure-mgmt-dns`, `azure-mgmt-cdn`) are not misspellings of each other. `None` when that is a word that
    /// other names have too.
    fn unit<'a>(
        &self,
        name: &'a str,
        squashed: &'a str,
        target: &'a Protected,
    ) -> Option<(&'a str, &'a str)> {
        let (words, of_target) = (fold::words(name), fold::words(&target.name));
        if words.len() != of_target.len() || words.len() < 2 {
            return Some((squashed, &target.squashed));
        }
        let mut differing = words.into_iter().zip(of_target).filter(|(one, other)| one != other);
        match (differing.next(), differing.next()) {
            (Some((one, _)), None) if self.words.contains(one) => None,
            (Some(pair), None) => Some(pair),
            _ => Some((squashed, &target.squashed)),
        }
    }

    fn affixed(&self, asked: &Asked, target: &Protected, rank: u32) -> Option<Relation> {
        let long = |stem: &str| stem.len() >= SHORTEST_USUAL;
        if asked.stems.iter().any(|(stem, kind)| {
            let enough = stem.len() >= shortest(*kind);
            enough && *stem == target.squashed && rank < reach(*kind)
        }) {
            return Some(Relation::Affix);
        }
        if rank >= REACH_USUAL {
            return None;
        }
        // A number that both have, or two different ones, say nothing: `base36` is not `base64`.
        let numbered = |text: &str| text.ends_with(|letter: char| letter.is_ascii_digit());
        let both = numbered(&asked.squashed) && numbered(&target.squashed);
        let of_target = stems(&target.name, &self.vocabulary);
        let shared = of_target.iter().map(|(stem, _)| fold::squashed(stem)).any(|stem| {
            let too = || asked.stems.iter().any(|(other, _)| *other == stem);
            long(&stem) && (stem == asked.squashed || (!both && too()))
        });
        shared.then_some(Relation::Affix)
    }
}

/// The relations that know no rank.
fn exactly(asked: &Asked, target: &Protected) -> Option<Relation> {
    if asked.squashed == target.squashed {
        return Some(match target.source {
            Source::Project { .. } => Relation::Separators,
            Source::Module { .. } => Relation::ImportName,
            Source::StandardLibrary => Relation::StandardLibrary,
        });
    }
    if fold::ultra(&asked.squashed) == fold::ultra(&target.squashed) {
        return Some(Relation::Ultranormalized);
    }
    if target.squashed.len() < SHORTEST_LOOK_ALIKE {
        return None;
    }
    if fold::look_alike(&asked.squashed) == fold::look_alike(&target.squashed) {
        return Some(Relation::LookAlike);
    }
    (fold::american(&asked.squashed) == fold::american(&target.squashed)).then_some(Relation::Spelling)
}

/// Up to which rank names are compared that differ by such affixes.
fn reach(kind: AffixKind) -> u32 {
    match kind {
        AffixKind::Usual => REACH_USUAL,
        AffixKind::Number => REACH_NUMBER,
        AffixKind::Promise => u32::MAX,
    }
}

/// What has to remain at least.
fn shortest(kind: AffixKind) -> usize {
    if kind == AffixKind::Usual { SHORTEST_USUAL } else { SHORTEST_STEM }
}

/// What is like a module of the standard library: back ports have such names for good reasons (`pickle5`,
/// `functools32`), so only digits for letters and a missing `lib` count.
fn like_standard_library(asked: &Asked, target: &Protected) -> Option<Relation> {
    if asked.squashed.len() >= SHORTEST_STEM && target.squashed.strip_suffix("lib") == Some(&asked.squashed) {
        return Some(Relation::Affix);
    }
    let read = asked.unleet.as_deref()?;
    let slip = distance::slip(read, &target.squashed)?;
    (slip != Slip::Two && target.squashed.len() >= SHORTEST_ONE).then_some(Relation::LookAlike)
}

/// The less a project is used, the less a slip of the hand on its name brings: letters and affixes are compared with the
/// names up to these ranks. Exact relations, words in another order and transpositions know no rank. Measured on 10,000
/// established names (`examples/recall`): without these limits 4.1 % of them were held against a corpus of 3,000.
const REACH_ONE: u32 = 1_250;
/// See [`REACH_ONE`].
const REACH_NUMBER: u32 = 2_000;
/// See [`REACH_ONE`]: `py` and `python`, which half of all names have.
const REACH_USUAL: u32 = 250;
/// See [`REACH_ONE`].
const REACH_TWO: u32 = 100;

/// Shorter names look alike by chance.
const SHORTEST_LOOK_ALIKE: usize = 4;
const SHORTEST_TRANSPOSED: usize = 5;
const SHORTEST_ONE: usize = 6;
const SHORTEST_STEM: usize = 4;
const SHORTEST_USUAL: usize = 5;

/// Whether only digits tell the two apart.
fn digits_differ(one: &str, other: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    letters(one) == letters(other)
}

fn is_within(name: &str, pattern: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start) || start.strip_suffix('-') == Some(name),
        None => name == pattern,
    }
}
