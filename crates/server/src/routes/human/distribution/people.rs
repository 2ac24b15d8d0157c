use axum::response::Response;
use packhouse_app::Topic;
use packhouse_distribution::State;
use packhouse_distribution::act::{Affiliation, Role};
use packhouse_distribution::state::rows::{Maintainer, ReviewRow, Standing};
use packhouse_model::{MaintainerId, Timestamp};

use super::super::{page, site};
use super::{HISTORY, current, history_list, logged, missing, rendered, scope_words, verdict_word};
use crate::pages::distribution::{KeyRow, MaintainerPage, MaintainerRow, MaintainersPage, ReviewLine, Tie};
use crate::routes::{App, Path, here};

pub(crate) async fn maintainers(app: App) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let site = site(&server, None);
    let state = current(&server, &site).await?;
    let people = state.maintainers.iter().map(|(id, row)| summary(&state, id, row, site.now)).collect();
    Ok(page(MaintainersPage { site, people }.render()))
}

pub(crate) async fn maintainer(app: App, Path(name): Path<String>) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let site = site(&server, None);
    let state = current(&server, &site).await?;
    let none = || missing(&site, format!("there is no maintainer {}", crate::routes::cut(&name)));
    let id: MaintainerId = name.parse().map_err(|_| none())?;
    let Some(row) = state.maintainers.get(&id).cloned() else { return Err(none()) };
    let history = server.packhouse.history(&Topic::Maintainer(id.clone()), HISTORY).await;
    let history = history_list(logged(history));
    Ok(rendered(move || {
        MaintainerPage {
            person: summary(&state, &id, &row, site.now),
            since: row.since,
            accounts: row.accounts.iter().cloned().collect(),
            ties: ties(&row),
            keys: keys(&state, &id),
            projects: projects(&state, &id).map(ToString::to_string).collect(),
            reviews: reviews(&state, &id),
            history,
            site,
        }
        .render()
    })
    .await)
}

fn summary(state: &State, id: &MaintainerId, row: &Maintainer, now: Timestamp) -> MaintainerRow {
    let now_in = |tie: &&Affiliation| tie.from <= now && tie.until.is_none_or(|end| end > now);
    MaintainerRow {
        id: id.to_string(),
        name: row.name.clone(),
        standing: match row.standing {
            Standing::Invited => "invited",
            Standing::Active => "active",
            Standing::Emeritus => "emeritus",
        },
        roles: row.roles.iter().copied().map(Role::word).collect(),
        affiliations: row.affiliations.iter().filter(now_in).map(|tie| tie.organisation.clone()).collect(),
        projects: projects(state, id).count(),
        reviews: state.reviews.iter().filter(|(_, review)| review.by == *id).count(),
        last_act: row.last_act,
    }
}

fn projects<'s>(
    state: &'s State,
    id: &'s MaintainerId,
) -> impl Iterator<Item = &'s packhouse_model::ProjectName> {
    state.projects.iter().filter(|(_, row)| row.stewards.contains(id)).map(|(key, _)| &key.0)
}

fn ties(row: &Maintainer) -> Vec<Tie> {
    let declared = row.affiliations.iter().map(|tie| (tie, false));
    let mut ties: Vec<Tie> = declared
        .chain(row.conflicts.iter().map(|tie| (tie, true)))
        .map(|(tie, found)| Tie {
            organisation: tie.organisation.clone(),
            from: tie.from,
            until: tie.until,
            found,
        })
        .collect();
    ties.sort_by_key(|tie| std::cmp::Reverse(tie.from));
    ties
}

fn keys(state: &State, id: &MaintainerId) -> Vec<KeyRow> {
    let own = state.keys.iter().filter(|(_, key)| key.owner == *id);
    let mut keys: Vec<KeyRow> = own
        .map(|(fingerprint, key)| KeyRow {
            fingerprint: fingerprint.clone(),
            added: key.added,
            expires: key.expires,
            revoked: key.void_after.map(|after| (after, key.revoked_because.clone().unwrap_or_default())),
        })
        .collect();
    keys.sort_by_key(|key| key.added);
    keys
}

fn reviews(state: &State, id: &MaintainerId) -> Vec<ReviewLine> {
    let own = state.reviews.iter().rev().filter(|(_, row)| row.by == *id);
    own.map(|(entry, row)| review_line(*entry, row)).collect()
}

/// A review in one line, under the entry of ours that holds it.
pub(super) fn review_line(entry: u64, row: &ReviewRow) -> ReviewLine {
    ReviewLine {
        entry,
        project: row.review.release.project.to_string(),
        version: row.review.release.version.to_string(),
        verdict: verdict_word(row.review.verdict),
        scope: scope_words(&row.review.scope),
        at: row.at,
        revoked: row.revoked.is_some(),
    }
}
