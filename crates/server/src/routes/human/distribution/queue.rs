use axum::response::{IntoResponse as _, Response};
use packhouse_distribution::State;
use packhouse_distribution::act::Role;
use packhouse_distribution::review::{self, QueueItem, Reason};
use packhouse_distribution::state::rows::{CandidateRow, Standing};
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
        let items = match &person {
            Some(person) => review::next(&state, person, site.now),
            None if unknown => Vec::new(),
            None => review::waiting(&state, &review::statuses(&state, site.now), site.now),
        };
        let total = items.len() as u64;
        let paging = Paging::new(number, total, QUEUE_ROWS, "/queue", &[("for", &whose)]);
        let rows = items
            .iter()
            .skip(((paging.page() - 1) * QUEUE_ROWS) as usize)
            .take(QUEUE_ROWS as usize)
            .filter_map(|item| Some(row(&state, item, state.candidates.get(&item.release)?, site.now)))
            .collect();
        let overdue = items.iter().filter(|item| item.overdue).count() as u64;
        QueuePage { people: people(&state), whose, unknown, rows, total, overdue, paging, site }.render()
    })
    .await
    .into_response())
}

/// Those whose reviews can count.
fn people(state: &State) -> Vec<String> {
    let reviews = [Role::Maintainer, Role::Security];
    let people = state.maintainers.iter().filter(|(_, person)| {
        person.standing == Standing::Active && reviews.iter().any(|role| person.roles.contains(role))
    });
    people.map(|(id, _)| id.to_string()).collect()
}

fn row(state: &State, item: &QueueItem, row: &CandidateRow, now: Timestamp) -> QueueRow {
    QueueRow {
        project: item.release.project.to_string(),
        version: item.release.version.to_string(),
        base: row.candidate.base.as_ref().map(|base| base.version.to_string()),
        lost: (item.reason == Reason::LostReviews).then_some(item.queued),
        risk: item.risk,
        lines: item.lines,
        sentence: item.sentence.clone(),
        signatures: item.missing_signatures,
        organisations: item.missing_organisations,
        claimed: claimed(state.claims.get(&item.release), now),
        deadline: item.deadline,
    }
}
