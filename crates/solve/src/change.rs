//! A small difference between two states of a suite.

use std::collections::BTreeSet;
use std::sync::Arc;

use packhouse_model::ProjectName;
use packhouse_pypi::Version;

use crate::release::{Release, Series};

/// What is taken out of a suite and what is put in. Taking out comes first, so one change can replace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Releases to take out, of whatever series. One that is not there is no error.
    pub remove: Vec<(ProjectName, Version)>,
    /// Releases to put in. One with the version of a release that is there replaces it, in all series.
    pub add: Vec<(Series, Arc<Release>)>,
}

impl Change {
    /// The projects that the change touches.
    pub fn projects(&self) -> BTreeSet<&ProjectName> {
        self.remove
            .iter()
            .map(|(project, _)| project)
            .chain(self.add.iter().map(|(_, release)| &release.project))
            .collect()
    }
}
