use std::collections::BTreeSet;

use http::{HeaderMap, Uri};
use packhouse_distribution::State;
use packhouse_distribution::act::{Affiliation, Role};
use packhouse_distribution::state::rows::{Maintainer, Standing};
use packhouse_distribution::stewardship::emeritus_due;
use packhouse_model::{MaintainerId, Timestamp};
use serde::Serialize;

use super::{ApiAnswer, Params, current, json, not_found};
use crate::routes::{App, Path, cut, here};

/// A person. Never their addresses, not even hashed: who guesses one could confirm the guess.
#[derive(Serialize)]
struct MaintainerDocument<'a> {
    id: &'a MaintainerId,
    name: &'a str,
    standing: Standing,
    roles: &'a BTreeSet<Role>,
    affiliations: &'a [Affiliation],
    conflicts: &'a [Affiliation],
    accounts: &'a BTreeSet<String>,
    since: Timestamp,
    last_act: Timestamp,
    emeritus_due: Option<Timestamp>,
    keys: Vec<KeyDocument<'a>>,
    projects: Vec<&'a str>,
    reviews: usize,
}

#[derive(Serialize)]
struct KeyDocument<'a> {
    fingerprint: &'a str,
    line: &'a str,
    added: u64,
    expires: Option<Timestamp>,
    void_after: Option<u64>,
    revoked_because: Option<&'a str>,
}

fn document<'a>(
    state: &'a State,
    id: &'a MaintainerId,
    row: &'a Maintainer,
    now: Timestamp,
) -> MaintainerDocument<'a> {
    let keys = state.keys.iter().filter(|(_, key)| key.owner == *id).map(|(fingerprint, key)| KeyDocument {
        fingerprint,
        line: &key.line,
        added: key.added,
        expires: key.expires,
        void_after: key.void_after,
        revoked_because: key.revoked_because.as_deref(),
    });
    let projects = state.projects.iter().filter(|(_, project)| project.stewards.contains(id));
    MaintainerDocument {
        id,
        name: &row.name,
        standing: row.standing,
        roles: &row.roles,
        affiliations: &row.affiliations,
        conflicts: &row.conflicts,
        accounts: &row.accounts,
        since: row.since,
        last_act: row.last_act,
        emeritus_due: emeritus_due(row, now),
        keys: keys.collect(),
        projects: projects.map(|(name, _)| name.0.as_str()).collect(),
        reviews: state.reviews.iter().filter(|(_, review)| review.by == *id).count(),
    }
}

/// `GET maintainers`.
pub(super) async fn list(app: App, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    let state = current(&server).await?;
    let now = server.packhouse.now();
    let all: Vec<_> = state.maintainers.iter().map(|(id, row)| document(&state, id, row, now)).collect();
    json(&headers, &all)
}

/// `GET maintainers/{id}`.
pub(super) async fn show(app: App, Path(id): Path<String>, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    let state = current(&server).await?;
    let missing = || not_found(format!("There is no maintainer {}.", cut(&id)));
    let id: MaintainerId = id.parse().map_err(|_| missing())?;
    let row = state.maintainers.get(&id).ok_or_else(missing)?;
    json(&headers, &document(&state, &id, row, server.packhouse.now()))
}
