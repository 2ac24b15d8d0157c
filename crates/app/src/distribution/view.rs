//! Suites and snapshots as indexes: `/pypi/testing/simple/`, `/pypi/stable@12/simple/`.

use std::sync::Arc;

use packhouse_distribution::state::rows::SnapshotId;
use packhouse_guard::Policy;
use packhouse_model::SuiteName;

use crate::index::{Index, PythonNames, SuiteView};
use crate::packhouse::Packhouse;

impl Packhouse {
    /// The index of a suite or a snapshot, by its name.
    pub(crate) fn suite_index(&self, name: &str) -> Option<Arc<Index>> {
        let (suite, serial) = match name.split_once('@') {
            // One spelling for each snapshot: no leading zeros, no sign.
            Some((suite, serial)) => {
                let number: u64 = serial.parse().ok().filter(|number: &u64| number.to_string() == serial)?;
                (suite, Some(number))
            }
            None => (name, None),
        };
        let suite: SuiteName = suite.parse().ok()?;
        let state = self.distribution();
        let there = match serial {
            None => state.suites.contains(&suite),
            Some(serial) => state.snapshots.contains(&SnapshotId::new(suite.clone(), serial)),
        };
        if !there {
            return None;
        }
        if let Some(index) = self.suite_indexes.get(name) {
            return Some(index);
        }
        let index = Arc::new(self.make_index(name, suite, serial)?);
        self.suite_indexes.insert(name.to_owned(), Arc::clone(&index));
        Some(index)
    }

    /// The suites' indexes, by name: what they hold now.
    pub fn suite_indexes(&self) -> Vec<Arc<Index>> {
        let state = self.distribution();
        state.suites.iter().filter_map(|(name, _)| self.suite_index(name.as_str())).collect()
    }

    fn make_index(&self, name: &str, suite: SuiteName, serial: Option<u64>) -> Option<Index> {
        let name = name.parse().ok()?;
        let config = &self.settings;
        let policy =
            Policy::compile(&name, "policy", &config.policy, &config.exception, &PythonNames).ok()?;
        let description = match serial {
            None => format!("The suite {suite}; what it does not hold comes guarded from the upstream."),
            Some(serial) => {
                format!("Snapshot {serial} of {suite}: it never changes, and holds nothing else.")
            }
        };
        Some(Index {
            name,
            description,
            upstream: self.default_index().ok()?.upstream.clone(),
            policy,
            suite: Some(SuiteView { suite, serial, falls_through: serial.is_none() }),
        })
    }
}
