use std::collections::BTreeMap;
use std::sync::Arc;

use http::{HeaderMap, Uri};
use packhouse_app::ReviewView;
use packhouse_distribution::act::{
    CandidateFile, Condition, Exempt, IdentityChange, Note, ReleaseMetadata, Review, RiskReason,
    UpstreamEvent, Vendor,
};
use packhouse_distribution::review::{self, ReviewStatus, Reviewer, Suggestion};
use packhouse_distribution::state::peers::ImportRow;
use packhouse_distribution::state::rows::{
    CandidateRow, CandidateState, ClaimRow, ConditionRow, ExemptRow, Lost, Placed, ReviewRow,
};
use packhouse_distribution::{Actor, Release, State};
use packhouse_model::{MaintainerId, PeerName, RiskClass, Sha256, Timestamp};
use serde::Serialize;

use super::answer::bad_request;
use super::params::release_named;
use super::{ApiAnswer, Failed, Params, current, json, not_found};
use crate::Server;
use crate::routes::{App, Here, Path, cut, here, project_named};

/// Bases whose difference is counted for suggestions: the nearest.
const MOST_BASES: usize = 3;

/// All that is known of a release.
#[derive(Serialize)]
struct ReleaseDocument<'a> {
    release: &'a Release,
    state: &'a CandidateState,
    lost: Option<&'a Lost>,
    entry: u64,
    uploaded: Timestamp,
    found: Timestamp,
    queued: Timestamp,
    deadline: Timestamp,
    files: Vec<FileDocument<'a>>,
    metadata: &'a ReleaseMetadata,
    vendor: Vendor,
    identity: &'a [IdentityChange],
    risk: RiskClass,
    risk_reasons: &'a [RiskReason],
    base: Option<&'a Release>,
    lines: u64,
    upstream: Option<UpstreamDocument<'a>>,
    sentence: String,
    status: ReviewStatus,
    reviews: Vec<ReviewDocument<'a>>,
    exemptions: Vec<ExemptionDocument<'a>>,
    notes: Vec<NoteDocument<'a>>,
    claim: Option<&'a ClaimRow>,
    condition: Option<&'a ConditionRow>,
    placements: BTreeMap<String, &'a Placed>,
}

#[derive(Serialize)]
struct FileDocument<'a> {
    sha256: Sha256,
    #[serde(flatten)]
    file: &'a CandidateFile,
}

#[derive(Serialize)]
struct UpstreamDocument<'a> {
    event: UpstreamEvent,
    at: Timestamp,
    reason: &'a str,
}

/// A review with the number of its entry.
#[derive(Serialize)]
pub(super) struct ReviewDocument<'a> {
    entry: u64,
    by: Reviewer,
    imported: Option<ImportedDocument<'a>>,
    keys: &'a std::collections::BTreeSet<String>,
    at: Timestamp,
    files: &'a std::collections::BTreeSet<Sha256>,
    #[serde(flatten)]
    review: &'a Review,
    revoked: Option<RevokedDocument<'a>>,
    lifted: Vec<&'a MaintainerId>,
}

/// An exemption, and why it covers nothing, where it does not.
#[derive(Serialize)]
struct ExemptionDocument<'a> {
    entry: u64,
    by: &'a MaintainerId,
    at: Timestamp,
    keys: &'a std::collections::BTreeSet<String>,
    files: &'a std::collections::BTreeSet<Sha256>,
    #[serde(flatten)]
    exempt: &'a Exempt,
    ended: Option<RevokedDocument<'a>>,
    why_not: Option<String>,
}

/// Where an imported review comes from.
#[derive(Serialize)]
struct ImportedDocument<'a> {
    peer: &'a PeerName,
    number: u64,
    hash: Sha256,
}

#[derive(Serialize)]
pub(super) struct RevokedDocument<'a> {
    pub(super) entry: u64,
    pub(super) reason: &'a str,
}

#[derive(Serialize)]
struct NoteDocument<'a> {
    entry: u64,
    by: &'a Actor,
    at: Timestamp,
    #[serde(flatten)]
    note: &'a Note,
}

/// A review as the API shows it.
fn review_document(entry: u64, row: &ReviewRow) -> ReviewDocument<'_> {
    ReviewDocument {
        entry,
        by: Reviewer::here(&row.by),
        imported: None,
        keys: &row.keys,
        at: row.at,
        files: &row.files,
        review: &row.review,
        revoked: row.revoked.as_ref().map(|(entry, reason)| RevokedDocument { entry: *entry, reason }),
        lifted: row.lifted.keys().collect(),
    }
}

/// The same of a review that a peer's ledger holds.
fn imported_document(entry: u64, row: &ImportRow) -> ReviewDocument<'_> {
    ReviewDocument {
        by: Reviewer::of(&row.peer, &row.review.by),
        imported: Some(ImportedDocument { peer: &row.peer, number: row.number, hash: row.hash }),
        ..review_document(entry, &row.review)
    }
}

/// The reviews of these releases, here and imported, in the order of our entries.
pub(super) fn reviews(state: &State, of: impl Fn(&Release) -> bool) -> Vec<ReviewDocument<'_>> {
    let own = state.reviews.iter().filter(|(_, row)| of(&row.review.release));
    let imported = state.imports.iter().filter(|(_, row)| of(&row.review.review.release));
    let mut reviews: Vec<_> = own
        .map(|(entry, row)| review_document(*entry, row))
        .chain(imported.map(|(entry, row)| imported_document(*entry, row)))
        .collect();
    reviews.sort_by_key(|review| review.entry);
    reviews
}

fn exemption<'a>(state: &State, entry: u64, row: &'a ExemptRow, now: Timestamp) -> ExemptionDocument<'a> {
    ExemptionDocument {
        entry,
        by: &row.by,
        at: row.at,
        keys: &row.keys,
        files: &row.files,
        exempt: &row.exempt,
        ended: row.ended.as_ref().map(|(entry, reason)| RevokedDocument { entry: *entry, reason }),
        why_not: review::why_not_exempt(state, entry, row, now),
    }
}

/// `GET exemptions`: the newest first.
pub(super) async fn exemptions(app: App, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    let params = Params::read(&uri, &["project"])?;
    let project = params.get("project").map(project_named).transpose()?;
    let state = current(&server).await?;
    let now = server.packhouse.now();
    let wanted = |row: &ExemptRow| project.as_ref().is_none_or(|name| row.exempt.release.project == *name);
    let rows = state.exemptions.iter().rev().filter(|(_, row)| wanted(row));
    let documents: Vec<_> = rows.map(|(entry, row)| exemption(&state, *entry, row, now)).collect();
    json(&headers, &documents)
}

/// The candidate, or 404.
pub(super) fn candidate<'s>(state: &'s State, release: &Release) -> Result<&'s CandidateRow, Failed> {
    state
        .candidates
        .get(release)
        .ok_or_else(|| not_found(format!("{release} was not taken in; `packhouse queue` lists what waits.")))
}

fn document<'a>(
    state: &'a State,
    release: &'a Release,
    row: &'a CandidateRow,
    now: Timestamp,
) -> Option<ReleaseDocument<'a>> {
    let status = review::status(state, release, now)?;
    let candidate = &row.candidate;
    let files = candidate
        .files
        .iter()
        .filter_map(|file| Some(FileDocument { sha256: *row.files.get(&file.filename)?, file }));
    let placements = state.suites.iter().filter_map(|(suite, _)| {
        let placed = state.placement(suite, &release.project)?.releases.get(&release.version.key())?;
        Some((suite.to_string(), placed))
    });
    let of = |other: &Release| other == release;
    Some(ReleaseDocument {
        release,
        state: &row.state,
        entry: row.entry,
        uploaded: candidate.uploaded,
        found: row.found,
        lost: row.lost.as_ref(),
        queued: review::waits_since(row),
        deadline: review::deadline(row),
        files: files.collect(),
        metadata: &candidate.metadata,
        // Hashes of addresses would let anybody who guesses one confirm the guess.
        vendor: Vendor { addresses: std::collections::BTreeSet::new(), ..candidate.vendor.clone() },
        identity: &candidate.identity,
        risk: candidate.risk,
        risk_reasons: &candidate.risk_reasons,
        base: candidate.base.as_ref(),
        lines: candidate.lines,
        upstream: row.upstream.as_ref().map(|(event, at, reason)| UpstreamDocument {
            event: *event,
            at: *at,
            reason,
        }),
        sentence: status.sentence(),
        status,
        reviews: reviews(state, of),
        exemptions: state
            .exemptions
            .iter()
            .filter(|(_, row)| of(&row.exempt.release))
            .map(|(entry, row)| exemption(state, *entry, row, now))
            .collect(),
        notes: state
            .notes
            .iter()
            .filter(|(_, row)| of(&row.note.release))
            .map(|(entry, row)| NoteDocument { entry: *entry, by: &row.by, at: row.at, note: &row.note })
            .collect(),
        claim: state.claims.get(release).filter(|claim| claim.until > now),
        condition: state.conditions.get(release),
        placements: placements.collect(),
    })
}

type Named = Path<(String, String)>;

/// The release that a path names, which must have been taken in.
async fn taken_in(app: App, Path((project, version)): Named) -> Result<(Here, Arc<State>, Release), Failed> {
    let server = here(app)?;
    let release = release_named(&project, &version)?;
    let state = current(&server).await?;
    candidate(&state, &release)?;
    Ok((server, state, release))
}

/// `GET releases/{project}/{version}`.
pub(super) async fn show(app: App, path: Named, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    Params::read(&uri, &[])?;
    let (server, state, release) = taken_in(app, path).await?;
    let row = candidate(&state, &release)?;
    let named = &row.candidate.release;
    let document = document(&state, named, row, server.packhouse.now());
    json(&headers, &document.ok_or_else(|| not_found(format!("{release} was not taken in.")))?)
}

/// `GET releases/{project}/{version}/suggestions`.
pub(super) async fn suggestions(app: App, path: Named, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    Params::read(&uri, &[])?;
    let (server, state, release) = taken_in(app, path).await?;
    let costs = costs(&server, &state, &release).await?;
    let cost = |base: Option<&Release>| costs.get(&base.cloned()).copied();
    let suggested: Vec<Suggestion> = review::suggest(&state, &release, server.packhouse.now(), &cost);
    json(&headers, &suggested)
}

/// What there is to read of a release: in full, and against the nearest releases that are reviewed themselves.
async fn costs(
    server: &Server,
    state: &State,
    release: &Release,
) -> Result<BTreeMap<Option<Release>, u64>, Failed> {
    let now = server.packhouse.now();
    // Counted bases are asked for with a cost of nothing: those that could be one are what comes back.
    let possible = review::suggest(state, release, now, &|_| Some(0));
    let mut costs = BTreeMap::new();
    let bases: Vec<Release> = possible.into_iter().filter_map(|one| one.base).take(MOST_BASES).collect();
    for base in bases.iter().map(Some).chain([None]) {
        let view = server.packhouse.review_view(release, None, base).await;
        // What cannot be unpacked is not suggested; the review page says why.
        let Ok(view) = view else { continue };
        match base {
            Some(base) => {
                let assessment = &view.assessment;
                costs.insert(Some(base.clone()), (assessment.added_lines + assessment.removed_lines) as u64);
            }
            None => {
                let counted = tokio::task::spawn_blocking(move || all_lines(&view)).await;
                costs.insert(
                    None,
                    counted.map_err(|_| super::distribution::lost("lines were being counted"))?,
                );
            }
        }
    }
    Ok(costs)
}

fn all_lines(view: &Arc<ReviewView>) -> u64 {
    let lines = |content: &[u8]| content.split(|byte| *byte == b'\n').count() as u64 - 1;
    view.paths().filter_map(|path| view.content(path)).map(lines).sum()
}

/// `GET releases/{project}/{version}/dependents`.
pub(super) async fn dependents(app: App, path: Named, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let params = Params::read(&uri, &["condition"])?;
    let condition = params.get("condition").map_or(Ok(Condition::Condemned), |word| {
        let known = [
            Condition::Deprecated,
            Condition::Delisted,
            Condition::Yanked,
            Condition::Quarantined,
            Condition::Condemned,
        ];
        known.into_iter().find(|known| known.word() == word).ok_or_else(|| {
            let words: Vec<&str> = known.iter().map(|known| known.word()).collect();
            bad_request(format!("condition: expected {}; found {:?}.", words.join(", "), cut(word)))
        })
    })?;
    let (_, state, release) = taken_in(app, path).await?;
    json(&headers, &packhouse_distribution::dependents::dependents(&state, &release, condition))
}
