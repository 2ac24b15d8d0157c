//! Versions and their order (PEP 440).

use std::fmt;
use std::str::FromStr;

use crate::text::excerpt;

/// The longest version that we accept, in bytes.
pub const LONGEST_VERSION: usize = 200;

/// A version as PEP 440 understands it. Equal versions may be written differently: `1.0`, `v1.0.0` and `1`
/// are equal.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(uv_pep440::Version);

/// The text is not a version of PEP 440.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("expected a version such as 1.0, 2.1rc1 or 1!3.0.post1+local; found {found:?}")]
pub struct InvalidVersion {
    /// The first 80 characters.
    pub found: String,
}

impl Version {
    /// Reads any spelling that PEP 440 (appendix B) accepts, of at most [`LONGEST_VERSION`] bytes.
    pub fn parse(text: &str) -> Result<Self, InvalidVersion> {
        if text.len() <= LONGEST_VERSION
            && let Ok(version) = uv_pep440::Version::from_str(text)
        {
            return Ok(Self(version));
        }
        Err(InvalidVersion { found: excerpt(text) })
    }

    /// One text for all equal versions: normalised, without trailing zeros in the release. For keys of maps
    /// and tables, never for people.
    pub fn key(&self) -> String {
        // `without_trailing_zeros` must not be asked for a release of zeros only.
        let trimmed = if self.0.release().iter().all(|number| *number == 0) {
            self.0.clone().with_release([0])
        } else {
            self.0.clone().without_trailing_zeros()
        };
        trimmed.to_string()
    }

    /// Whether it is an alpha, beta, release candidate or development release: what installers skip unless
    /// asked.
    pub fn is_prerelease(&self) -> bool {
        self.0.any_prerelease()
    }

    /// The first number of the release, after the epoch: 3 of `1!3.2`.
    pub fn major(&self) -> u64 {
        self.0.release().first().copied().unwrap_or_default()
    }

    pub(crate) fn inner(&self) -> &uv_pep440::Version {
        &self.0
    }
}

impl fmt::Display for Version {
    /// The normalised spelling (PEP 440, section *Normalization*), trailing zeros kept.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Version({})", self.0)
    }
}

impl FromStr for Version {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

    use proptest::prelude::*;

    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).expect(text)
    }

    #[test]
    fn equal_versions_share_a_key() {
        for (spellings, key) in [
            (&["1", "1.0", "1.0.0", "v1.0", "V1"][..], "1"),
            (&["0", "0.0", "0.0.0"], "0"),
            (&["0.0a1", "0a1", "0alpha1", "0.ALPHA.1"], "0a1"),
            (&["1.0rc1", "1.0RC1", "1.0c1", "1.0-rc.1", "1rc1", "1.0pre1"], "1rc1"),
            (&["1.0.post1", "1.0-1", "1.0.rev1", "1.0r1", "1.post1"], "1.post1"),
            (&["1.0+Ubuntu.01", "1.0+ubuntu-1", "1+ubuntu_1"], "1+ubuntu.1"),
            (&["1!2.0", "1!2"], "1!2"),
            (&["10.20", "10.20.0"], "10.20"),
            (&["1.dev", "1.0.dev0"], "1.dev0"),
        ] {
            for spelling in spellings {
                assert_eq!(version(spelling).key(), key, "{spelling}");
            }
        }
    }

    #[test]
    fn orders_as_pep_440_does() {
        let ordered = [
            "1.0.dev456",
            "1.0a1",
            "1.0a2.dev456",
            "1.0a12",
            "1.0b1",
            "1.0rc1",
            "1.0",
            "1.0+local",
            "1.0.post456",
            "1.1.dev1",
            "1.10",
            "2026.1",
            "1!0.1",
        ];
        for pair in ordered.windows(2) {
            assert!(version(pair[0]) < version(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn refuses_what_is_no_version() {
        for text in ["", "dev", "1.0-", "1.0.x", "1.0 2", "1,0", "é1", "99999999999999999999999", "1.*"] {
            assert!(Version::parse(text).is_err(), "{text}");
        }
        assert!(Version::parse(&format!("1.{}", "0.".repeat(500) + "0")).is_err());
    }

    #[test]
    fn knows_prereleases() {
        for (text, expected) in [
            ("1.0", false),
            ("1.0a1", true),
            ("1.0.dev1", true),
            ("1.0.post1", false),
            ("1.0.post1.dev1", true),
        ] {
            assert_eq!(version(text).is_prerelease(), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,40}") {
            let _ = Version::parse(&text);
        }

        #[test]
        fn a_key_is_equality(
            one in "(1!)?[0-2](\\.[0-2]){0,3}(a1|rc0)?(\\.post1)?(\\.dev2)?(\\+[a0][01]?)?",
            two in "(1!)?[0-2](\\.[0-2]){0,3}(a1|rc0)?(\\.post1)?(\\.dev2)?(\\+[a0][01]?)?",
        ) {
            let (one, two) = (version(&one), version(&two));
            prop_assert_eq!(one == two, one.key() == two.key());
            prop_assert_eq!(version(&one.key()), one.clone());
            let hasher = BuildHasherDefault::<DefaultHasher>::default();
            prop_assert!(one != two || hasher.hash_one(&one) == hasher.hash_one(&two));
        }
    }
}
