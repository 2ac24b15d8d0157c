//! What the going of something would break: listed before it is signed for, and named in what is signed.

use packhouse_distribution::dependents::{Dependent, broken, digest};
use packhouse_model::Sha256;
use serde_json::Value;

use super::{show, tables};
use crate::arguments::Common;
use crate::exit::Failure;
use crate::output::out;

/// What a statement says of the dependents that its author has seen.
#[derive(Debug, Default)]
pub(super) struct Preflight {
    /// Those that break.
    pub(super) dependents: Vec<String>,
    /// Over all of them.
    pub(super) digest: Option<Sha256>,
}

impl Preflight {
    /// Shows the server's list. Without `yes` nothing may break: `with` says what would be, as `with flask==3.1.0 yanked`.
    pub(super) fn of(common: &Common, listed: Value, with: &str, yes: bool) -> Result<Self, Failure> {
        let seen: Vec<Dependent> = serde_json::from_value(listed)
            .map_err(|error| Failure::fault("the server's list of dependents does not read", &error))?;
        if !common.json && !seen.is_empty() {
            table(&seen);
        }
        let dependents: Vec<String> = broken(&seen).into_iter().collect();
        if !dependents.is_empty() && !yes {
            let list = dependents.join(", ");
            return Err(Failure::no(format!(
                "{with}, nothing that is offered meets what these need: {list}"
            ))
            .with_hint("--yes signs all the same; the statement then names them"));
        }
        Ok(Self { dependents, digest: digest(&seen) })
    }
}

fn table(dependents: &[Dependent]) {
    let rows: Vec<Vec<String>> = dependents
        .iter()
        .map(|dependent| {
            let word = if dependent.breaks { "breaks" } else { "installs" };
            vec![
                word.to_owned(),
                dependent.suite.to_string(),
                dependent.release.to_string(),
                show::plain(&dependent.requirement),
            ]
        })
        .collect();
    tables::rows(&["", "suite", "release", "requires"], &rows);
    out!("");
}
