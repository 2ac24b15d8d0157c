//! Series of a project, and which versions are kept: opam's maintenance-intent words.
//!
//! The words are those of opam-repository's archiving policy, section *Specification of the x- fields*: `(latest)`,
//! `(latest-1)`, `(any)`, `(none)` and numbers, one for each number of a version, joined by dots.

use std::collections::BTreeSet;
use std::fmt;

use packhouse_pypi::Version;

/// The longest intent, in bytes.
const LONGEST_INTENT: usize = 200;

/// The series of a version: the releases of one series replace each other without breaking what depends on them.
///
/// It is the first number of the version; the first two while the first is 0, where the second is what breaks
/// (semantic versioning, item 4). An epoch stands before it. Versions that begin with a year are one series, `calendar`:
/// their numbers say when, not what.
///
/// `3.1.0` is of series `3`, `0.4.2` of `0.4`, `1!2.0` of `1!2`, `2024.2.2` of `calendar`.
pub fn series_of(version: &Version) -> String {
    let numbers = Numbers::of(version);
    let series = match numbers.at(0) {
        0 => format!("0.{}", numbers.at(1)),
        1980..=2999 => "calendar".to_owned(),
        first => first.to_string(),
    };
    if numbers.epoch == 0 { series } else { format!("{}!{series}", numbers.epoch) }
}

/// One of opam's maintenance-intent words: which versions of a project are kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Intent(Vec<Part>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    /// The highest number, or that many below it among those that there are.
    Latest(u32),
    Any,
    Number(u64),
}

/// The text is no maintenance intent.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("expected words such as (latest), (latest-1), (any).(latest), 2.(latest) or (none); found {found:?}")]
pub struct ParseIntentError {
    /// The first 80 characters.
    pub found: String,
}

impl Intent {
    /// Reads one intent.
    pub fn parse(text: &str) -> Result<Self, ParseIntentError> {
        let refuse = || ParseIntentError { found: text.chars().take(80).collect() };
        if text.len() > LONGEST_INTENT {
            return Err(refuse());
        }
        if text == "(none)" {
            return Ok(Self(Vec::new()));
        }
        text.split('.').map(Part::parse).collect::<Option<Vec<_>>>().map(Self).ok_or_else(refuse)
    }

    /// The versions that this word keeps.
    fn kept<'v>(&self, versions: &'v [Version], into: &mut BTreeSet<&'v Version>) {
        let Some(last) = self.0.last() else { return };
        if self.0.iter().all(|part| *part == Part::Any) && self.0.len() == 1 {
            into.extend(versions);
            return;
        }
        // A pre-release is not what somebody means by the latest, unless there is nothing else.
        let finals: Vec<&Version> = versions.iter().filter(|version| !version.is_prerelease()).collect();
        let pool = if finals.is_empty() { versions.iter().collect() } else { finals };
        let pool = pool.into_iter().map(|version| (Numbers::of(version), version)).collect();
        // What is not said of the further numbers: all when the word ends in any, else the latest.
        let rest = if *last == Part::Any { Part::Any } else { Part::Latest(0) };
        narrow(&self.0, rest, 0, pool, into);
    }
}

/// Follows the numbers of versions from the first on.
fn narrow<'v>(
    parts: &[Part],
    rest: Part,
    level: usize,
    pool: Vec<(Numbers, &'v Version)>,
    into: &mut BTreeSet<&'v Version>,
) {
    if level >= parts.len() {
        match rest {
            Part::Any => into.extend(pool.into_iter().map(|(_, version)| version)),
            _ => into.extend(pool.into_iter().map(|(_, version)| version).max()),
        }
        return;
    }
    let numbers: BTreeSet<(u64, u64)> = pool.iter().map(|(numbers, _)| numbers.key(level)).collect();
    let chosen: Vec<(u64, u64)> = match parts[level] {
        Part::Latest(below) => numbers.iter().rev().nth(below as usize).copied().into_iter().collect(),
        Part::Any => numbers.into_iter().collect(),
        Part::Number(number) => numbers.into_iter().filter(|(_, own)| *own == number).collect(),
    };
    for key in chosen {
        let group = pool.iter().filter(|(numbers, _)| numbers.key(level) == key).cloned().collect();
        narrow(parts, rest, level + 1, group, into);
    }
}

impl Part {
    fn parse(text: &str) -> Option<Self> {
        let digits =
            |text: &str| (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(());
        match text {
            "(latest)" => Some(Self::Latest(0)),
            "(any)" => Some(Self::Any),
            _ => {
                if let Some(inner) = text.strip_prefix("(latest-").and_then(|rest| rest.strip_suffix(')')) {
                    digits(inner)?;
                    return inner.parse().ok().map(Self::Latest);
                }
                digits(text)?;
                text.parse().ok().map(Self::Number)
            }
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest(0) => f.write_str("(latest)"),
            Self::Latest(below) => write!(f, "(latest-{below})"),
            Self::Any => f.write_str("(any)"),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("(none)");
        }
        for (index, part) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            part.fmt(f)?;
        }
        Ok(())
    }
}

/// The versions that any of the words keeps.
///
/// Pre-releases are kept by `(any)` alone, and where a project has nothing else.
pub fn kept<'v>(intents: &[Intent], versions: &'v [Version]) -> BTreeSet<&'v Version> {
    let mut kept = BTreeSet::new();
    for intent in intents {
        intent.kept(versions, &mut kept);
    }
    kept
}

/// The epoch and the release numbers of a version (PEP 440).
#[derive(Debug, Clone)]
struct Numbers {
    epoch: u64,
    release: Vec<u64>,
}

impl Numbers {
    fn of(version: &Version) -> Self {
        // The normalised spelling is `[epoch!]release[suffix]`, and no suffix begins with a digit.
        let text = version.to_string();
        let (epoch, rest) = text.split_once('!').unwrap_or(("0", &text));
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let release = rest[..end].split('.').filter_map(|number| number.parse().ok()).collect();
        Self { epoch: epoch.parse().unwrap_or_default(), release }
    }

    /// Missing numbers are 0 (PEP 440, section *Version matching*).
    fn at(&self, level: usize) -> u64 {
        self.release.get(level).copied().unwrap_or_default()
    }

    /// What is compared at a level: another epoch is another first number.
    fn key(&self, level: usize) -> (u64, u64) {
        (if level == 0 { self.epoch } else { 0 }, self.at(level))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn versions(text: &str) -> Vec<Version> {
        text.split_whitespace().map(|version| Version::parse(version).expect(version)).collect()
    }

    fn keep(intents: &str, of: &str) -> String {
        let intents: Vec<Intent> =
            intents.split_whitespace().map(|word| Intent::parse(word).expect(word)).collect();
        let of = versions(of);
        let kept: Vec<String> = kept(&intents, &of).iter().map(ToString::to_string).collect();
        kept.join(" ")
    }

    #[test]
    fn series() {
        for (version, series) in [
            ("3.1.0", "3"),
            ("3", "3"),
            ("0.4.2", "0.4"),
            ("0", "0.0"),
            ("1!2.0", "1!2"),
            ("2.0rc1", "2"),
            ("2.0.post1", "2"),
            ("2.0.dev3+local.1", "2"),
            ("2024.2.2", "calendar"),
            ("24.1", "24"),
        ] {
            assert_eq!(series_of(&Version::parse(version).expect(version)), series, "{version}");
        }
    }

    #[test]
    fn intents() {
        const ALL: &str = "0.9 1.0 1.0.1 1.3.0 1.3.5 2.0 2.1.0 2.1.4 2.2 3.0 3.1 3.1.post1 4.0rc1";
        for (words, expected) in [
            ("(latest)", "3.1.post1"),
            ("(latest) (latest-1)", "2.2 3.1.post1"),
            ("(latest) (latest).(latest-1)", "3.0 3.1.post1"),
            ("(any).(latest)", "0.9 1.3.5 2.2 3.1.post1"),
            ("(latest).(any).(latest)", "3.0 3.1.post1"),
            ("(any)", ALL),
            ("(none)", ""),
            ("1.3", "1.3.5"),
            ("2.(latest)", "2.2"),
            ("2.(latest-1)", "2.1.4"),
            ("2.(any)", "2.0 2.1.0 2.1.4 2.2"),
            ("7.(latest)", ""),
            ("(latest-9)", ""),
            ("2.1.0", "2.1.0"),
        ] {
            assert_eq!(keep(words, ALL), expected, "{words}");
        }
    }

    #[test]
    fn an_epoch_is_above_all_numbers() {
        assert_eq!(keep("(latest)", "2024.1 1!1.0"), "1!1.0");
        assert_eq!(keep("(any).(latest)", "1.0 1!1.0 1!1.2"), "1.0 1!1.2");
    }

    #[test]
    fn nothing_but_pre_releases() {
        assert_eq!(keep("(latest)", "1.0a1 1.0a2"), "1.0a2");
        assert_eq!(keep("(latest)", ""), "");
    }

    #[test]
    fn refuses_other_words() {
        for text in [
            "",
            "latest",
            "(latest",
            "(latest-)",
            "(latest--1)",
            "(Latest)",
            "1.",
            ".1",
            "(none).1",
            "-1",
            "1 2",
        ] {
            assert!(Intent::parse(text).is_err(), "{text}");
        }
        assert!(Intent::parse(&"(any).".repeat(1000)).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in r"(?s).{0,80}|[()\-.0-9a-z]{0,60}") {
            if let Ok(intent) = Intent::parse(&text) {
                prop_assert_eq!(Intent::parse(&intent.to_string()), Ok(intent));
            }
        }

        #[test]
        fn any_version_has_a_series(text in "([0-9]{1,3}!)?[0-9]{1,25}(\\.[0-9]{1,4}){0,4}((a|b|rc)[0-9])?(\\.post[0-9])?") {
            if let Ok(version) = Version::parse(&text) {
                prop_assert!(!series_of(&version).is_empty());
                let list = [version];
                prop_assert_eq!(kept(&[Intent::parse("(latest)").unwrap()], &list).len(), 1);
            }
        }
    }
}
