use std::collections::BTreeSet;

use axum::body::Body;
use http::{HeaderMap, StatusCode, Uri};
use packhouse_app::{ImportChecked, ImportReport, TokenScope};
use packhouse_distribution::State;
use packhouse_distribution::act::{PeerSet, PeerStanding, Role, Verdict};
use packhouse_distribution::review::Reviewer;
use packhouse_distribution::state::peers::PeerRow;
use packhouse_model::{MaintainerId, PeerName, Sha256, Timestamp};
use packhouse_trust::Head;
use serde::Serialize;

use super::distribution::HeadDocument;
use super::params::{body, content_type};
use super::releases::RevokedDocument;
use super::tokens::need;
use super::{ApiAnswer, Failed, Params, created, current, json, not_found};
use crate::routes::{App, Path, cut, here};

/// Reviews in one answer: the newest.
const REVIEWS: usize = 1_000;

#[derive(Serialize)]
struct PeerDocument<'a> {
    peer: &'a PeerName,
    distribution: Sha256,
    address: Option<&'a str>,
    maintainers: Option<&'a BTreeSet<MaintainerId>>,
    criteria: &'a std::collections::BTreeMap<String, BTreeSet<String>>,
    projects: Option<&'a BTreeSet<String>>,
    exclude: &'a BTreeSet<String>,
    counts: &'static str,
    reason: &'a str,
    by: &'a MaintainerId,
    at: Timestamp,
    entry: u64,
    ended: Option<RevokedDocument<'a>>,
    head: Option<HeadDocument>,
    imported: usize,
    standing: usize,
    checked: Option<CheckedDocument>,
}

#[derive(Serialize)]
struct CheckedDocument {
    at: Timestamp,
    head: HeadDocument,
    error: Option<String>,
}

#[derive(Serialize)]
struct PeerDetailDocument<'a> {
    #[serde(flatten)]
    peer: PeerDocument<'a>,
    people: Vec<PersonDocument<'a>>,
    reviews: Vec<ReviewDocument<'a>>,
}

#[derive(Serialize)]
struct PersonDocument<'a> {
    id: &'a MaintainerId,
    name: &'a str,
    standing: PeerStanding,
    roles: &'a BTreeSet<Role>,
    organisations: Vec<&'a str>,
    entry: u64,
}

#[derive(Serialize)]
struct ReviewDocument<'a> {
    entry: u64,
    number: u64,
    hash: Sha256,
    by: Reviewer,
    at: Timestamp,
    release: &'a packhouse_distribution::Release,
    verdict: Verdict,
    criteria: &'a [String],
    worth: Vec<String>,
    files: &'a BTreeSet<Sha256>,
    revoked: Option<RevokedDocument<'a>>,
    lifted: Vec<&'a MaintainerId>,
}

#[derive(Serialize)]
struct ReportDocument {
    head: HeadDocument,
    read: u64,
    imported: u64,
    taken_back: u64,
    people: u64,
    complete: bool,
}

fn document<'a>(state: &'a State, row: &'a PeerRow, checked: Option<ImportChecked>) -> PeerDocument<'a> {
    let PeerSet { peer, distribution, address, maintainers, criteria, projects, exclude, counts, reason } =
        &row.settings;
    let own = || state.imports.iter().filter(|(_, one)| one.peer == *peer);
    PeerDocument {
        peer,
        distribution: *distribution,
        address: address.as_deref(),
        maintainers: maintainers.as_ref(),
        criteria,
        projects: projects.as_ref(),
        exclude,
        counts: counts.word(),
        reason,
        by: &row.by,
        at: row.at,
        entry: row.entry,
        ended: row.ended.as_ref().map(|(entry, reason)| RevokedDocument { entry: *entry, reason }),
        head: row.head.map(Into::into),
        imported: own().count(),
        standing: own().filter(|(_, one)| one.review.revoked.is_none()).count(),
        checked: checked.map(|checked| CheckedDocument {
            at: checked.at,
            head: checked.head.into(),
            error: checked.error,
        }),
    }
}

/// `GET imports`.
pub(super) async fn list(app: App, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    let state = current(&server).await?;
    let mut documents = Vec::new();
    for (name, row) in state.peers.iter() {
        documents.push(document(&state, row, server.packhouse.import_checked(name).await?));
    }
    json(&headers, &documents)
}

/// `GET imports/{peer}`.
pub(super) async fn show(app: App, Path(name): Path<String>, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    let name = named(&name)?;
    let state = current(&server).await?;
    let row = state.peers.get(&name).ok_or_else(|| not_found(format!("Nothing is imported from {name}.")))?;
    let checked = server.packhouse.import_checked(&name).await?;
    let people = state.peer_people.iter().filter(|(id, _)| id.peer == name).map(|(id, row)| PersonDocument {
        id: &id.person,
        name: &row.person.name,
        standing: row.person.standing,
        roles: &row.person.roles,
        organisations: row.person.affiliations.iter().map(|one| one.organisation.as_str()).collect(),
        entry: row.entry,
    });
    let own = state.imports.iter().rev().filter(|(_, one)| one.peer == name).take(REVIEWS);
    let reviews = own.map(|(entry, one)| ReviewDocument {
        entry: *entry,
        number: one.number,
        hash: one.hash,
        by: Reviewer::of(&name, &one.review.by),
        at: one.review.at,
        release: &one.review.review.release,
        verdict: one.review.review.verdict,
        criteria: &one.review.review.criteria,
        worth: row.mapped(&one.review.review.criteria),
        files: &one.review.files,
        revoked: one.review.revoked.as_ref().map(|(entry, reason)| RevokedDocument { entry: *entry, reason }),
        lifted: one.review.lifted.keys().collect(),
    });
    let document = PeerDetailDocument {
        peer: document(&state, row, checked),
        people: people.collect(),
        reviews: reviews.collect(),
    };
    json(&headers, &document)
}

/// `POST imports/{peer}/fetch`.
pub(super) async fn fetch(app: App, Path(name): Path<String>, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    need(&server, &headers, TokenScope::Import).await?;
    let report = server.packhouse.fetch_import(&named(&name)?).await?;
    created(StatusCode::OK, &told(report))
}

/// `POST imports/{peer}/ledger`.
pub(super) async fn ledger(
    app: App,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    sent: Body,
) -> ApiAnswer {
    let server = here(app)?;
    let params = Params::read(&uri, &["part", "of"])?;
    need(&server, &headers, TokenScope::Import).await?;
    content_type(&headers, &["text/plain"])?;
    let of = usize::try_from(params.number("of", 1)?).unwrap_or(usize::MAX);
    let part = usize::try_from(params.number("part", 1)?).unwrap_or(usize::MAX);
    let lines = body(&server, sent).await?;
    let report = server.packhouse.import_ledger(&named(&name)?, part, of, &lines).await?;
    created(StatusCode::OK, &told(report))
}

fn told(report: ImportReport) -> ReportDocument {
    ReportDocument {
        head: report.head.unwrap_or(Head::EMPTY).into(),
        read: report.read,
        imported: report.imported,
        taken_back: report.taken_back,
        people: report.people,
        complete: report.complete,
    }
}

fn named(name: &str) -> Result<PeerName, Failed> {
    name.parse().map_err(|_| not_found(format!("Nothing is imported from {:?}.", cut(name))))
}
