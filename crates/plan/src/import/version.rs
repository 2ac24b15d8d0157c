//! Which of two versions is the newer one.

use packhouse_pypi::Version;

use crate::snapshot::Ecosystem;

/// A version in its order: what is released comes after any pre-release, as installers choose.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Order {
    stable: bool,
    python: Option<Version>,
    numbers: Vec<u64>,
    text: Box<str>,
}

impl Order {
    pub(super) fn of(ecosystem: &Ecosystem, text: &str) -> Self {
        if *ecosystem == Ecosystem::Pypi {
            let python = Version::parse(text).ok();
            let stable = python.as_ref().is_some_and(|version| !version.is_prerelease());
            return Self { stable, python, numbers: Vec::new(), text: text.into() };
        }
        // Semantic Versioning 2.0.0, section 11, as far as it says which release is the newest.
        let core = text.split('+').next().unwrap_or_default();
        let (numbers, pre) = core.split_once('-').map_or((core, None), |(numbers, pre)| (numbers, Some(pre)));
        let numbers =
            numbers.trim_start_matches('v').split('.').take(8).map(|n| n.parse().unwrap_or(0)).collect();
        Self { stable: pre.is_none(), python: None, numbers, text: pre.unwrap_or_default().into() }
    }
}
