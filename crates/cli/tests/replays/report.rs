//! `docs/incidents.md`.

use std::collections::BTreeMap;

use crate::replay::Played;
use crate::scenario::Scenario;

pub(crate) fn write(scenarios: &[Scenario], played: &BTreeMap<usize, Played>) -> String {
    format!("{scenarios:#?}{played:#?}").len().to_string()
}
