use std::collections::BTreeMap;

use axum::response::{IntoResponse as _, Response};
use packhouse_distribution::act::Role;
use packhouse_distribution::review::{self, ReviewStatus};
use packhouse_distribution::state::rows::{CandidateRow, CandidateState, Standing};
use packhouse_distribution::{Release, State};
use packhouse_model::{MaintainerId, Timestamp};

use super::super::home::Values;
use super::super::site;
use super::{claimed, current, page_number, rendered, value};
use crate::pages::Paging;
use crate::pages::distribution::{QUEUE_ROWS, QueuePage, QueueRow};
use crate::routes::{App, here};

pub(crate) async fn queue(app: App, values: Values) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let site = site(&server, None);
    let state = current(&server, &site).await?;
    let (whose, number) = (value(&values, "for").to_owned(), page_number(&values));
    Ok(rendered(move || {
        let person = whose.parse::<MaintainerId>().ok().filter(|id| state.maintainers.contains(id));
        let unknown = !whose.is_empty() && person.is_none();
        let statuses = review::statuses(&state, site.now);
        let mut releases: Vec<(Timestamp, Release)> = match &person {
            Some(person) => review::next(&state, person, site.now)
                .into_iter()
                .map(|item| (item.deadline, item.release))
                .collect(),
            None if unknown => Vec::new(),
            None => waiting(&state, &statuses),
        };
        releases.sort();
        let total = releases.len() as u64;
        let paging = Paging::new(number, total, QUEUE_ROWS, "/queue", &[("for", &whose)]);
        let rows = releases
            .iter()
            .skip(((paging.page() - 1) * QUEUE_ROWS) as usize)
            .take(QUEUE_ROWS as usize)
            .filter_map(|(_, release)| {
                Some(row(&state, release, state.candidates.get(release)?, statuses.get(release)?, site.now))
            })
            .collect();
        let overdue = releases.iter().filter(|(deadline, _)| *deadline < site.now).count() as u64;
        QueuePage { people: people(&state), whose, unknown, rows, total, overdue, paging, site }.render()
    })
    .await
    .into_response())
}

/// Candidates that are open and not reviewed, with their deadlines.
pub(super) fn waiting(
    state: &State,
    statuses: &BTreeMap<Release, ReviewStatus>,
) -> Vec<(Timestamp, Release)> {
    state
        .candidates
        .iter()
        .filter(|(_, row)| row.state == CandidateState::Open)
        .filter(|(release, _)| statuses.get(release).is_some_and(|status| !status.complete))
        .map(|(release, row)| (review::deadline(row), release.clone()))
        .collect()
}

/// Those whose reviews can count.
fn people(state: &State) -> Vec<String> {
    let reviews = [Role::Maintainer, Role::Security];
    let people = state.maintainers.iter().filter(|(_, person)| {
        person.standing == Standing::Active && reviews.iter().any(|role| person.roles.contains(role))
    });
    people.map(|(id, _)| id.to_string()).collect()
}

fn row(
    state: &State,
    release: &Release,
    row: &CandidateRow,
    status: &ReviewStatus,
    now: Timestamp,
) -> QueueRow {
    let (signatures, organisations) = status.missing();
    QueueRow {
        project: release.project.to_string(),
        version: release.version.to_string(),
        base: row.candidate.base.as_ref().map(|base| base.version.to_string()),
        risk: row.candidate.risk,
        lines: row.candidate.lines,
        sentence: status.sentence(),
        signatures,
        organisations,
        claimed: claimed(state.claims.get(release), now),
        deadline: review::deadline(row),
    }
}
