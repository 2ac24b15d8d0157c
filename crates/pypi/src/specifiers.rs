//! Version specifiers and which of the versions on offer they admit (PEP 440, section *Version specifiers*).

use std::fmt;
use std::str::FromStr;

use uv_pep440::{Operator, VersionSpecifier};

use crate::text::excerpt;
use crate::version::Version;

/// The longest list of specifiers that we accept, in bytes.
pub const LONGEST_SPECIFIERS: usize = 4_000;
/// How many specifiers one list may hold.
pub const MOST_SPECIFIERS: usize = 200;

/// A list of specifiers such as `>=3.1,<4`, all of which must hold. An empty list admits every version.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct VersionSpecifiers(Box<[Specifier]>);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Specifier {
    Ordinary(VersionSpecifier),
    /// `===` with the text to be equal to, whether that is a version or not.
    Arbitrary(Box<str>),
}

/// The text is not a list of version specifiers.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("expected version specifiers such as >=3.1,<4; found {found:?}")]
pub struct InvalidSpecifiers {
    /// The first 80 characters.
    pub found: String,
}

/// A version that an index offers for a project.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    /// The version.
    pub version: &'a Version,
    /// Whether its files are yanked (PEP 592).
    pub yanked: bool,
}

/// What [`VersionSpecifiers::admit`] makes of the offers: positions in the list of offers, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Admitted {
    /// What an installer takes, the most wanted first if the offers are sorted so; yanked ones are last.
    pub taken: Vec<usize>,
    /// What the specifiers match and an installer passes over: pre-releases nobody asked for, and yanked
    /// releases that are not pinned.
    pub passed_over: Vec<usize>,
}

impl VersionSpecifiers {
    /// Reads a list separated by commas, of at most [`LONGEST_SPECIFIERS`] bytes and [`MOST_SPECIFIERS`]
    /// specifiers. A comma at an end is no error, as with the installers.
    pub fn parse(text: &str) -> Result<Self, InvalidSpecifiers> {
        let invalid = || InvalidSpecifiers { found: excerpt(text) };
        if text.len() > LONGEST_SPECIFIERS {
            return Err(invalid());
        }
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let list: Vec<Specifier> =
            parts.take(MOST_SPECIFIERS + 1).map(specifier).collect::<Option<_>>().ok_or_else(invalid)?;
        if list.len() > MOST_SPECIFIERS { Err(invalid()) } else { Ok(Self(list.into())) }
    }

    /// Whether the list admits every version.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the version matches, pre-release or not. A local version matches as if it had none, unless a
    /// specifier names one (PEP 440, *Local version identifiers*).
    pub fn contains(&self, version: &Version) -> bool {
        self.0.iter().all(|specifier| match specifier {
            Specifier::Ordinary(specifier) => specifier.contains(version.inner()),
            Specifier::Arbitrary(text) => version.to_string().eq_ignore_ascii_case(text),
        })
    }

    /// Whether a specifier names a pre-release, which asks for them (PEP 440, *Handling of pre-releases*).
    pub fn asks_for_prereleases(&self) -> bool {
        self.0.iter().any(|specifier| match specifier {
            Specifier::Ordinary(specifier) => {
                !matches!(specifier.operator(), Operator::NotEqual | Operator::NotEqualStar)
                    && specifier.version().any_prerelease()
            }
            Specifier::Arbitrary(text) => Version::parse(text).is_ok_and(|version| version.is_prerelease()),
        })
    }

    /// Whether a specifier names one exact version, by `==` without a star or by `===`: what it takes to get
    /// a yanked release (PEP 592).
    pub fn pins(&self) -> bool {
        self.0.iter().any(|specifier| match specifier {
            Specifier::Ordinary(specifier) => *specifier.operator() == Operator::Equal,
            Specifier::Arbitrary(_) => true,
        })
    }

    /// Which of the offers an installer takes for a requirement with these specifiers. Pre-releases are taken
    /// only when asked for, or when nothing else matches; yanked ones only when pinned.
    pub fn admit(&self, offers: &[Offer<'_>]) -> Admitted {
        let (asks, pins) = (self.asks_for_prereleases(), self.pins());
        let matching: Vec<usize> =
            (0..offers.len()).filter(|&at| self.contains(offers[at].version)).collect();
        let final_exists =
            matching.iter().any(|&at| !offers[at].yanked && !offers[at].version.is_prerelease());
        let mut admitted = Admitted::default();
        let mut yanked = Vec::new();
        for at in matching {
            let offer = offers[at];
            if offer.yanked && pins {
                yanked.push(at);
            } else if offer.yanked || (offer.version.is_prerelease() && final_exists && !asks) {
                admitted.passed_over.push(at);
            } else {
                admitted.taken.push(at);
            }
        }
        admitted.taken.extend(yanked);
        admitted
    }
}

fn specifier(text: &str) -> Option<Specifier> {
    if let Some(text) = text.strip_prefix("===") {
        let text = text.trim();
        let plain = !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control());
        return plain.then(|| Specifier::Arbitrary(text.into()));
    }
    let version = text.trim_start_matches(['<', '>', '=', '!', '~']).trim();
    // The limit of versions holds here too.
    Version::parse(version.strip_suffix(".*").unwrap_or(version)).ok()?;
    Some(Specifier::Ordinary(VersionSpecifier::from_str(text).ok()?))
}

impl fmt::Display for VersionSpecifiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, specifier) in self.0.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            match specifier {
                Specifier::Ordinary(specifier) => write!(f, "{comma}{specifier}")?,
                Specifier::Arbitrary(text) => write!(f, "{comma}==={text}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for VersionSpecifiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VersionSpecifiers({self})")
    }
}

impl FromStr for VersionSpecifiers {
    type Err = InvalidSpecifiers;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn specifiers(text: &str) -> VersionSpecifiers {
        VersionSpecifiers::parse(text).expect(text)
    }

    #[test]
    fn matches_as_pep_440_does() {
        for (text, inside, outside) in [
            ("", "0 1.0 1.0a1 1.0+local", ""),
            (">=3.1,<4", "3.1 3.1.post1 3.9 3.1+x", "3.0.6 4 4.0a1 3.1rc1"),
            ("==1.0", "1 1.0.0 1.0+ph.1", "1.0.1 1.0a1 1.0.post1"),
            ("==1.0+ph.1", "1.0+ph.1", "1.0 1.0+ph.2"),
            ("==1.*", "1 1.5 1.5a1 1.0+x", "2 0.9"),
            ("!=1.0", "1.1 0.9", "1.0 1.0+ph.1"),
            ("!=1.*", "2", "1.3"),
            ("~=2.2", "2.2 2.9", "3.0 2.1 2.2rc1"),
            ("~=2.2.1", "2.2.1 2.2.9", "2.3 2.2"),
            (">1.0", "1.1", "1.0 1.0+ph.1 1.0.post1"),
            ("<=1.0", "1.0 1.0+ph.1 0.9", "1.1"),
            ("===1.0", "1.0", "1.0.0 1 1.0+ph.1"),
            ("===1.0-custom", "", "1.0 1.0.post1"),
            ("=== 1.0A1", "1.0a1", "1.0"),
            (" >= 1.0 , ", "1.0", "0.9"),
        ] {
            let specifiers = specifiers(text);
            for version in inside.split_whitespace() {
                assert!(specifiers.contains(&Version::parse(version).unwrap()), "{version} in {text}");
            }
            for version in outside.split_whitespace() {
                assert!(!specifiers.contains(&Version::parse(version).unwrap()), "{version} not in {text}");
            }
        }
    }

    #[test]
    fn refuses_what_are_no_specifiers() {
        for text in
            ["1.0", ">=", ">=1.0 <2", ">=a", "~=1", ">=1.*", "=1", "===", "=== a b", ">>1", "==1.0.*.*"]
        {
            assert!(VersionSpecifiers::parse(text).is_err(), "{text}");
        }
        assert!(VersionSpecifiers::parse(&"<1,".repeat(MOST_SPECIFIERS + 1)).is_err());
        assert!(VersionSpecifiers::parse(&" ".repeat(LONGEST_SPECIFIERS + 1)).is_err());
    }

    #[test]
    fn admits_as_installers_do() {
        // Versions on offer, `!` for yanked; what is taken; what is passed over.
        for (text, offers, taken, passed_over) in [
            ("", "2.0 1.0", "2.0 1.0", ""),
            ("", "2.0rc1 1.0", "1.0", "2.0rc1"),
            (">=2.0rc1", "2.0rc2 2.0rc1 1.0", "2.0rc2 2.0rc1", ""),
            (">=1.1", "2.0rc1 1.0", "2.0rc1", ""),
            ("", "2.0rc1", "2.0rc1", ""),
            ("!=2.0rc2", "2.0rc1 1.0", "1.0", "2.0rc1"),
            ("", "!2.0 1.0", "1.0", "2.0"),
            ("", "!2.0", "", "2.0"),
            (">=2.0", "!2.0 1.0", "", "2.0"),
            ("==2.0", "!2.0 1.0", "2.0", ""),
            ("===2.0", "!2.0", "2.0", ""),
            ("==2.*", "!2.0", "", "2.0"),
            ("==2.0", "!2.0+ph.2 2.0+ph.1 2.0", "2.0+ph.1 2.0 2.0+ph.2", ""),
            (">=1.0", "!2.0 2.0rc1", "2.0rc1", "2.0"),
            ("==2.0rc1", "!2.0rc1 1.0", "2.0rc1", ""),
        ] {
            let offered: Vec<(bool, Version)> = offers
                .split_whitespace()
                .map(|word| (word.starts_with('!'), Version::parse(word.trim_start_matches('!')).unwrap()))
                .collect();
            let offered: Vec<Offer<'_>> =
                offered.iter().map(|(yanked, version)| Offer { version, yanked: *yanked }).collect();
            let admitted = specifiers(text).admit(&offered);
            let words = |list: &[usize]| {
                list.iter().map(|at| offered[*at].version.to_string()).collect::<Vec<_>>().join(" ")
            };
            assert_eq!(words(&admitted.taken), taken, "{text} of {offers}");
            assert_eq!(words(&admitted.passed_over), passed_over, "{text} of {offers}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,40}", odd in "([<>=!~]{0,3} ?[0-9.*a+!v-]{0,8},?){0,4}", version in "[0-9](\\.[0-9]){0,2}(rc1|\\+x)?") {
            let version = Version::parse(&version).unwrap();
            for text in [text, odd] {
                if let Ok(specifiers) = VersionSpecifiers::parse(&text) {
                    let _ = specifiers.contains(&version);
                    prop_assert_eq!(VersionSpecifiers::parse(&specifiers.to_string()), Ok(specifiers));
                }
            }
        }
    }
}
