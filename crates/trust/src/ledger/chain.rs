use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use packhouse_model::Sha256;

use super::{Head, Recorded};

/// How many problems are told one by one, and how many gaps are watched at a time; further problems are counted.
pub const MAX_PROBLEMS: usize = 1_000;

/// Follows a ledger from entry to entry and collects what is wrong with it.
///
/// Feed it entries in the order in which they are stored, then call [`Chain::finish`]. It goes on after a problem, and
/// tells each one once. Memory does not grow with the ledger.
#[derive(Debug)]
pub struct Chain {
    start: Head,
    last: Head,
    missing: Vec<Missing>,
    remembered: BTreeMap<u64, Sha256>,
    problems: Vec<Problem>,
    further: usize,
}

/// Numbers that were skipped, and what the entries around them say of them.
#[derive(Debug, Clone, Copy)]
struct Missing {
    first: u64,
    last: u64,
    /// The hash of the entry before `first`.
    before: Sha256,
    /// What the entry after `last` names as the hash of `last`.
    named: Sha256,
}

/// Something that is wrong with a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// Entries are not there.
    Gap {
        /// The first that is missing.
        first: u64,
        /// The last that is missing.
        last: u64,
    },
    /// An entry comes too late.
    Reordered {
        /// The entry.
        number: u64,
        /// The entry it comes after and should come before.
        after: u64,
    },
    /// A number comes again.
    Repeated {
        /// The number.
        number: u64,
    },
    /// The entry is not what its recorded hash says.
    Edited {
        /// The entry.
        number: u64,
        /// The hash written down for it.
        recorded: Sha256,
        /// The hash it has.
        found: Sha256,
    },
    /// The entry names another one than the one before it: that one was changed together with its hash, or this one
    /// belongs to another ledger.
    Unlinked {
        /// The entry.
        number: u64,
        /// The hash that it names.
        names: Sha256,
        /// The hash of the entry before it; zero bytes at the beginning.
        found: Sha256,
    },
    /// There are two histories.
    Forked(Fork),
    /// The ledger ends before a head that it once had.
    Truncated {
        /// The head that was remembered.
        expected: Head,
        /// Where it ends.
        found: Head,
    },
}

/// The same number with two hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fork {
    /// The number.
    pub number: u64,
    /// The hash that is known.
    pub known: Sha256,
    /// The hash that was found.
    pub found: Sha256,
}

/// A ledger with problems.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub struct Broken {
    /// In the order of their discovery; not empty, at most [`MAX_PROBLEMS`].
    pub problems: Vec<Problem>,
    /// How many more there are.
    pub further: usize,
    /// The last entry that was read, sound or not.
    pub last: Head,
}

impl Default for Chain {
    fn default() -> Self {
        Self::new()
    }
}

impl Chain {
    /// From the first entry on.
    pub fn new() -> Self {
        Self::after(Head::EMPTY)
    }

    /// From the entry after `head` on, which was checked before.
    pub fn after(head: Head) -> Self {
        Self {
            start: head,
            last: head,
            missing: Vec::new(),
            remembered: BTreeMap::new(),
            problems: Vec::new(),
            further: 0,
        }
    }

    /// Expects the ledger to contain this head, from whomever it is: a mirror, a lockfile, yesterday. One that lies before
    /// the start cannot be checked.
    pub fn remember(&mut self, head: Head) {
        let known = match head.number.cmp(&self.start.number) {
            Ordering::Less => None,
            Ordering::Equal => Some(self.start.hash),
            Ordering::Greater => self.remembered.insert(head.number, head.hash),
        };
        self.check_fork(head.number, known, head.hash);
    }

    /// Takes the next entry.
    pub fn push(&mut self, recorded: &Recorded) {
        let (entry, hash) = (&recorded.entry, recorded.hash);
        let number = entry.number();
        let found = entry.hash();
        if found != hash {
            self.note(Problem::Edited { number, recorded: hash, found });
        }
        // From here on the recorded hash stands for the entry: that it is wrong has been said.
        self.check_fork(number, self.remembered.get(&number).copied(), hash);
        if number > self.last.number {
            let (expected, last) = (self.last.number + 1, self.last);
            if number == expected {
                self.check_link(number, entry.previous(), last.hash);
            } else {
                self.skip(Missing {
                    first: expected,
                    last: number - 1,
                    before: last.hash,
                    named: entry.previous(),
                });
            }
            self.last = Head { number, hash };
        } else if let Some(at) = self.missing.iter().position(|gap| (gap.first..=gap.last).contains(&number))
        {
            self.note(Problem::Reordered { number, after: self.last.number });
            self.fill(at, recorded);
        } else if number == self.last.number && hash != self.last.hash {
            self.note(Problem::Forked(Fork { number, known: self.last.hash, found: hash }));
        } else {
            self.note(Problem::Repeated { number });
        }
    }

    /// The last entry so far.
    pub fn last(&self) -> Head {
        self.last
    }

    /// What was found so far. Gaps are told at the end: an entry may still come, too late.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The head of a sound ledger, or all that is wrong with it.
    pub fn finish(mut self) -> Result<Head, Broken> {
        let mut missing = std::mem::take(&mut self.missing);
        missing.sort_by_key(|gap| gap.first);
        for gap in missing {
            self.note(Problem::Gap { first: gap.first, last: gap.last });
        }
        let newest =
            self.remembered.last_key_value().map(|(number, hash)| Head { number: *number, hash: *hash });
        if let Some(expected) = newest.filter(|head| head.number > self.last.number) {
            self.note(Problem::Truncated { expected, found: self.last });
        }
        if self.problems.is_empty() {
            return Ok(self.last);
        }
        Err(Broken { problems: self.problems, further: self.further, last: self.last })
    }

    fn note(&mut self, problem: Problem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        } else {
            self.further += 1;
        }
    }

    fn check_fork(&mut self, number: u64, known: Option<Sha256>, found: Sha256) {
        if let Some(known) = known.filter(|known| *known != found) {
            self.note(Problem::Forked(Fork { number, known, found }));
        }
    }

    fn check_link(&mut self, number: u64, names: Sha256, found: Sha256) {
        if names != found {
            self.note(Problem::Unlinked { number, names, found });
        }
    }

    fn skip(&mut self, gap: Missing) {
        if self.missing.len() < MAX_PROBLEMS {
            self.missing.push(gap);
        } else {
            self.note(Problem::Gap { first: gap.first, last: gap.last });
        }
    }

    /// An entry that was missed has come after all: what is left of the gap are the numbers before and after it.
    fn fill(&mut self, at: usize, recorded: &Recorded) {
        let gap = self.missing.remove(at);
        let (entry, hash) = (&recorded.entry, recorded.hash);
        let number = entry.number();
        if number == gap.first {
            self.check_link(number, entry.previous(), gap.before);
        } else {
            self.skip(Missing { last: number - 1, named: entry.previous(), ..gap });
        }
        if number == gap.last {
            self.check_link(number + 1, gap.named, hash);
        } else {
            self.skip(Missing { first: number + 1, before: hash, ..gap });
        }
    }
}

/// The first number at which two ledgers differ, from their heads in ascending order; none when one contains the other.
/// Numbers that only one of them has are passed over.
pub fn first_fork(
    known: impl IntoIterator<Item = Head>,
    found: impl IntoIterator<Item = Head>,
) -> Option<Fork> {
    let mut found = found.into_iter().peekable();
    for known in known {
        while found.next_if(|head| head.number < known.number).is_some() {}
        if let Some(other) = found.next_if(|head| head.number == known.number && head.hash != known.hash) {
            return Some(Fork { number: known.number, known: known.hash, found: other.hash });
        }
    }
    None
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap { first, last } if first == last => write!(f, "entry {first} is missing"),
            Self::Gap { first, last } => write!(f, "entries {first} to {last} are missing"),
            Self::Reordered { number, after } => write!(f, "entry {number} comes after entry {after}"),
            Self::Repeated { number } => write!(f, "entry {number} comes again"),
            Self::Edited { number, recorded, found } => {
                write!(f, "entry {number} was changed: recorded as sha256:{recorded}, it is sha256:{found}")
            }
            Self::Unlinked { number, names, found } => {
                write!(f, "entry {number} follows sha256:{names}, but the entry before it is sha256:{found}")
            }
            Self::Forked(fork) => write!(f, "{fork}"),
            Self::Truncated { expected, found } => {
                write!(f, "the ledger ends at {found}, but it has been at {expected}")
            }
        }
    }
}

impl fmt::Display for Fork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, known, found } = self;
        write!(f, "there are two entries {number}: known is sha256:{known}, found was sha256:{found}")
    }
}

impl fmt::Display for Broken {
    /// The first problem, and how many follow.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the ledger is broken")?;
        if let Some(first) = self.problems.first() {
            write!(f, ": {first}")?;
        }
        match self.problems.len().saturating_sub(1) + self.further {
            0 => Ok(()),
            more => write!(f, " (and {more} more)"),
        }
    }
}
