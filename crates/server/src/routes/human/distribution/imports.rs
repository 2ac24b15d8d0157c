use axum::response::Response;
use packhouse_app::{ImportChecked, error_chain};
use packhouse_distribution::State;
use packhouse_distribution::act::{PeerStanding, Weight};
use packhouse_distribution::review::Reviewer;
use packhouse_distribution::state::peers::PeerRow;
use packhouse_model::PeerName;

use super::super::{page, site};
use super::people::review_line;
use super::{current, missing, rendered};
use crate::Server;
use crate::pages::distribution::{ImportPage, ImportedLine, ImportsPage, PeerPersonLine, PeerSummary};
use crate::routes::{App, Path, cut, here};

/// Reviews on a peer's page: the newest.
const REVIEWS: usize = 200;

pub(crate) async fn imports(app: App) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let site = site(&server, None);
    let state = current(&server, &site).await?;
    let mut peers = Vec::new();
    for (name, row) in state.peers.iter() {
        peers.push(summary(&state, row, checked(&server, name).await));
    }
    Ok(page(ImportsPage { site, peers }.render()))
}

pub(crate) async fn import(app: App, Path(name): Path<String>) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let site = site(&server, None);
    let state = current(&server, &site).await?;
    let none = || missing(&site, format!("nothing is imported from {}", cut(&name)));
    let peer: PeerName = name.parse().map_err(|_| none())?;
    let Some(row) = state.peers.get(&peer).cloned() else { return Err(none()) };
    let checked = checked(&server, &peer).await;
    Ok(rendered(move || {
        let settings = &row.settings;
        ImportPage {
            peer: summary(&state, &row, checked),
            criteria: settings
                .criteria
                .iter()
                .map(|(theirs, ours)| (theirs.clone(), ours.iter().cloned().collect()))
                .collect(),
            only_people: settings
                .maintainers
                .as_ref()
                .map(|only| only.iter().map(ToString::to_string).collect()),
            only_projects: settings.projects.as_ref().map(|only| only.iter().cloned().collect()),
            except: settings.exclude.iter().cloned().collect(),
            people: people(&state, &peer),
            reviews: reviews(&state, &row),
            site,
        }
        .render()
    })
    .await)
}

/// When the peer was looked at last. The page is shown without it when that cannot be read; the log says why.
async fn checked(server: &Server, peer: &PeerName) -> Option<ImportChecked> {
    server.packhouse.import_checked(peer).await.unwrap_or_else(|error| {
        tracing::error!(error = %error_chain(&error), %peer, "when it was looked at last cannot be read");
        None
    })
}

fn summary(state: &State, row: &PeerRow, checked: Option<ImportChecked>) -> PeerSummary {
    let settings = &row.settings;
    let own = || state.imports.iter().filter(|(_, one)| one.peer == settings.peer);
    PeerSummary {
        name: settings.peer.to_string(),
        distribution: settings.distribution.hex(),
        address: settings.address.clone(),
        counts: match settings.counts {
            Weight::None => "they are shown, and only a violation blocks",
            Weight::One => "all of them together count as one signature from one organisation",
            Weight::Each => "each person there counts as a signature",
        },
        reason: settings.reason.clone(),
        by: row.by.to_string(),
        at: row.at,
        entry: row.entry,
        ended: row.ended.clone(),
        imported: own().count(),
        standing: own().filter(|(_, one)| one.review.revoked.is_none()).count(),
        checked: checked.map(|checked| (checked.at, checked.error)),
    }
}

fn people(state: &State, peer: &PeerName) -> Vec<PeerPersonLine> {
    let own = state.peer_people.iter().filter(|(id, _)| id.peer == *peer);
    own.map(|(id, row)| PeerPersonLine {
        id: Reviewer::of(peer, &id.person).to_string(),
        name: row.person.name.clone(),
        standing: match row.person.standing {
            PeerStanding::Active => "active",
            PeerStanding::Left => "left",
            PeerStanding::Removed => "removed",
        },
        affiliations: row.person.affiliations.iter().map(|one| one.organisation.clone()).collect(),
    })
    .collect()
}

fn reviews(state: &State, row: &PeerRow) -> Vec<ImportedLine> {
    let peer = &row.settings.peer;
    let own = state.imports.iter().rev().filter(|(_, one)| one.peer == *peer).take(REVIEWS);
    own.map(|(entry, one)| {
        let own = &one.review;
        ImportedLine {
            line: review_line(*entry, own),
            by: Reviewer::of(peer, &own.by).to_string(),
            worth: row.mapped(&own.review.criteria),
            because: own.revoked.as_ref().map(|(_, reason)| reason.clone()),
        }
    })
    .collect()
}
