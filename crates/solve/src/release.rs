//! A release as far as installing it goes.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use packhouse_model::ProjectName;
use packhouse_pypi::{Environment, Extra, Requirement, Version, VersionSpecifiers, WheelTags};

/// One release of a project: what its metadata says, and which files there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The project.
    pub project: ProjectName,
    /// The version.
    pub version: Version,
    /// `Requires-Python`; `None` lets every Python in.
    pub requires_python: Option<VersionSpecifiers>,
    /// `Requires-Dist`, in its order.
    pub requires_dist: Box<[Requirement]>,
    /// `Provides-Extra`.
    pub provides_extra: Box<[Extra]>,
    /// What can be installed.
    pub files: Files,
    /// Whether it is yanked: taken only by an exact pin (PEP 592).
    pub yanked: bool,
    /// Why installers refuse its metadata, such as a requirement that is none. Such a release is never taken.
    pub unreadable: Option<Box<str>>,
}

/// The files of a release.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Files {
    /// The tags of each wheel.
    pub wheels: Box<[WheelTags]>,
    /// Whether there is an sdist.
    pub sdist: bool,
}

/// Why a release cannot be installed in an environment, whatever else is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Misfit {
    /// `Requires-Python` excludes the environment's Python.
    Python,
    /// No wheel fits, and there is no sdist or the environment takes none.
    Files,
    /// Installers refuse its metadata.
    Unreadable,
}

impl Release {
    /// Why the release cannot be installed in the environment; `None` if nothing about itself is against it.
    pub fn misfit(&self, environment: &Environment) -> Option<Misfit> {
        let files = &self.files;
        if self.unreadable.is_some() {
            Some(Misfit::Unreadable)
        } else if self.requires_python.as_ref().is_some_and(|python| !environment.satisfies_python(python)) {
            Some(Misfit::Python)
        } else if files.wheels.iter().any(|wheel| environment.fits(wheel))
            || (files.sdist && environment.allows_sdists())
        {
            None
        } else {
            Some(Misfit::Files)
        }
    }
}

/// A line of releases of a project that a suite carries beside others, such as `4.2` of a project that is
/// at 5.1. A project with one line only has [`Series::only`]. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Series(Arc<str>);

/// The text is not the name of a series.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("the name of a series is at most 40 of a-z, 0-9, `.` and `-`; found {found:?}")]
pub struct InvalidSeries {
    /// The first 80 characters.
    pub found: String,
}

impl Series {
    /// The one series of a project that has no other. Its name is empty.
    pub fn only() -> Self {
        Self("".into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Series {
    type Err = InvalidSeries;

    fn from_str(text: &str) -> Result<Self, InvalidSeries> {
        let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-');
        if text.len() <= 40 && text.bytes().all(good) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidSeries { found: text.chars().take(80).collect() })
        }
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Series({:?})", &*self.0)
    }
}
