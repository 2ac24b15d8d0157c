//! The distribution's pages: what the state and the ledger say, in the view structs of [`crate::pages::distribution`].

mod excuses;
mod feeds;
mod imports;
mod ledger;
mod people;
mod plans;
mod queue;
mod review;
mod review_head;
mod section;
mod suites;
mod tracker;

pub(crate) use excuses::{all as excuses, json as excuses_json, of_suite as suite_excuses};
pub(crate) use feeds::{maintainer as maintainer_feed, project as project_feed, suite as suite_feed};
pub(crate) use imports::{import, imports};
pub(crate) use ledger::{entry as ledger_entry, ledger};
pub(crate) use people::{maintainer, maintainers};
pub(crate) use plans::Plans;
pub(crate) use queue::queue;
pub(crate) use review::review;
pub(crate) use section::section;
pub(crate) use suites::{snapshots, suite, suites};
pub(crate) use tracker::tracker;

use std::sync::Arc;

use axum::response::{IntoResponse as _, Response};
use packhouse_app::{AppError, History, LedgerLine};
use packhouse_distribution::act::{Scope, Verdict};
use packhouse_distribution::review::Reason;
use packhouse_distribution::state::rows::{CandidateRow, CandidateState, ClaimRow};
use packhouse_distribution::{Actor, Release, State};
use packhouse_model::{SuiteName, Timestamp};

use super::home::Values;
use super::{Failed, failed, page};
use crate::pages::Site;
use crate::pages::distribution::{Claimed, EntryLine, HistoryList};

/// Entries of the ledger that a page about something else shows.
const HISTORY: usize = 25;

/// A value of the query, trimmed; empty when it is not there.
fn value<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).map_or("", |text| text.trim())
}

fn page_number(values: &Values) -> u64 {
    value(values, "page").parse().unwrap_or(1)
}

/// Renders where other requests do not wait: a page may have thousands of rows.
async fn rendered<E: std::error::Error + Send + 'static>(
    work: impl FnOnce() -> Result<String, E> + Send + 'static,
) -> Response {
    match tokio::task::spawn_blocking(work).await {
        Ok(rendered) => page(rendered),
        Err(error) => page(Err::<String, _>(error)),
    }
}

/// The distribution as it is now; a page that says so when there is none.
async fn current(server: &crate::Server, site: &Site) -> Result<Arc<State>, Response> {
    // What was read before is shown even if what is new does not read.
    if let Err(error) = server.packhouse.catch_up().await {
        tracing::error!(error = %packhouse_app::error_chain(&error), "the ledger cannot be read");
    }
    let state = server.packhouse.distribution();
    if state.distribution().is_none() {
        let what = "there is no distribution here; `packhouse found NAME` makes one".to_owned();
        return Err(missing(site, what));
    }
    Ok(state)
}

fn missing(site: &Site, what: String) -> Response {
    failed(site)(AppError::NotFound { what }).into_response()
}

fn answered(failed: Failed) -> Response {
    failed.into_response()
}

#[expect(clippy::result_large_err, reason = "an answer is what a handler gives")]
fn suite_named(site: &Site, state: &State, name: &str) -> Result<SuiteName, Response> {
    let none = || missing(site, format!("there is no suite {}", super::super::cut(name)));
    let name: SuiteName = name.parse().map_err(|_| none())?;
    if state.suites.contains(&name) { Ok(name) } else { Err(none()) }
}

fn claimed(claim: Option<&ClaimRow>, now: Timestamp) -> Option<Claimed> {
    claim.filter(|row| row.until > now).map(|row| Claimed { by: row.by.to_string(), until: row.until })
}

/// A candidate's state in words, and its tone.
fn state_words(row: &CandidateRow) -> (String, &'static str) {
    if row.lost.is_some() {
        return (format!("accepted, {}", Reason::LostReviews.words()), "no");
    }
    match &row.state {
        CandidateState::Open => ("waits for reviews".to_owned(), "wait"),
        CandidateState::Superseded { by } => (format!("superseded by {}", by.version), "plain"),
        CandidateState::Rejected { entry } => (format!("rejected in entry {entry}"), "no"),
        CandidateState::Accepted { .. } => ("accepted".to_owned(), "ok"),
        CandidateState::Withdrawn => ("withdrawn upstream".to_owned(), "plain"),
    }
}

fn scope_words(scope: &Scope) -> String {
    match scope {
        Scope::Full => "in full".to_owned(),
        Scope::Delta { base, .. } => format!("as a change from {base}"),
    }
}

fn verdict_word(verdict: Verdict) -> String {
    match verdict {
        Verdict::Accept => "accept",
        Verdict::Reject => "reject",
        Verdict::Violation => "violation",
    }
    .to_owned()
}

fn entry_line(line: LedgerLine) -> EntryLine {
    let person = matches!(line.by, Some(Actor::Maintainer(_)));
    EntryLine {
        number: line.number,
        hash: line.hash.hex(),
        act: line.act,
        at: line.at,
        by: line.by.map_or_else(|| "somebody".to_owned(), |by| by.to_string()),
        person,
        sentence: line.sentence,
    }
}

fn history_list(history: History) -> HistoryList {
    let History { lines, looked_from } = history;
    // What is left out because the list is full is told by the ledger, not by a bound.
    let cut = lines.len() >= HISTORY;
    HistoryList {
        lines: lines.into_iter().map(entry_line).collect(),
        looked_from: if cut { looked_from.max(2) } else { looked_from },
    }
}

/// A release from the parts of a path.
#[expect(clippy::result_large_err, reason = "an answer is what a handler gives")]
fn release_named(site: &Site, project: &str, version: &str) -> Result<Release, Response> {
    let text = format!("{project}=={version}");
    text.parse().map_err(|error: packhouse_distribution::ParseReleaseError| missing(site, error.to_string()))
}

/// A page is shown without its history when that cannot be read; the log says why.
fn logged(history: Result<History, AppError>) -> History {
    history.unwrap_or_else(|error| {
        tracing::error!(error = %packhouse_app::error_chain(&error), "the ledger cannot be read");
        History::default()
    })
}
