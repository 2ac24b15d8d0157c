//! Ecosystems, their names and the order of their versions.

use std::borrow::Cow;
use std::fmt;

use packhouse_model::ProjectName;
use packhouse_pypi::Version;

/// An ecosystem as OSV writes it: `PyPI`, `npm`, `Debian:12`. What follows the colon is a release of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ecosystem(Cow<'static, str>);

/// How versions are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// PEP 440.
    Pep440,
    /// SemVer 2.0.0.
    SemVer,
}

/// Those whose order of versions is known here. The names are those of the OSV schema, section *affected\[\].package*.
const ORDERS: [(&str, Order); 8] = [
    ("PyPI", Order::Pep440),
    ("npm", Order::SemVer),
    ("crates.io", Order::SemVer),
    ("Go", Order::SemVer),
    ("Hex", Order::SemVer),
    ("Pub", Order::SemVer),
    ("SwiftURL", Order::SemVer),
    ("GitHub Actions", Order::SemVer),
];

impl Ecosystem {
    /// Python's.
    pub const PYPI: Self = Self(Cow::Borrowed("PyPI"));
    /// JavaScript's.
    pub const NPM: Self = Self(Cow::Borrowed("npm"));

    /// One by its name, exactly as OSV writes it.
    pub fn named(name: &str) -> Self {
        Self(Cow::Owned(name.to_owned()))
    }

    /// The name, with the release behind a colon.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The order of versions; `None` when it is not known here.
    pub fn order(&self) -> Option<Order> {
        let name = self.0.split(':').next().unwrap_or_default();
        ORDERS.iter().find(|(known, _)| *known == name).map(|(_, order)| *order)
    }

    /// A project's name in its canonical form; `None` when the ecosystem has no such names.
    pub fn project(&self, name: &str) -> Option<ProjectName> {
        if self.order() == Some(Order::Pep440) {
            return packhouse_pypi::normalize(name).ok();
        }
        (!name.is_empty()).then(|| ProjectName::from_canonical(name))
    }

    /// One text for all spellings of a version; the text itself where they cannot be known.
    pub(crate) fn version_key(&self, version: &str) -> String {
        let parsed = self.order().and_then(|order| order.parse(version));
        match parsed {
            Some(Ordered::Pep440(version)) => version.key(),
            Some(Ordered::SemVer(version)) => version.to_string(),
            None => version.to_owned(),
        }
    }
}

impl fmt::Display for Ecosystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A version that can be compared with others of the same order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ordered {
    Pep440(Version),
    SemVer(semver::Version),
}

/// The longest text that is read as a version of SemVer.
const LONGEST: usize = 200;

impl Order {
    pub(crate) fn parse(self, text: &str) -> Option<Ordered> {
        match self {
            Self::Pep440 => Version::parse(text).ok().map(Ordered::Pep440),
            Self::SemVer => semver(text).map(Ordered::SemVer),
        }
    }
}

/// Reads a version of SemVer: also with a `v` before it, and with one or two numbers, as records have them. Build metadata
/// is left out, as it has no part in the order (section 10).
fn semver(text: &str) -> Option<semver::Version> {
    if text.len() > LONGEST {
        return None;
    }
    let text = text.strip_prefix('v').unwrap_or(text);
    let end = text.find(['-', '+']).unwrap_or(text.len());
    let (numbers, rest) = text.split_at(end);
    let padding = ".0".repeat(2usize.saturating_sub(numbers.matches('.').count()));
    let mut version = semver::Version::parse(&format!("{numbers}{padding}{rest}")).ok()?;
    version.build = semver::BuildMetadata::EMPTY;
    Some(version)
}
