use std::collections::BTreeMap;
use std::sync::Arc;

use axum::response::Response;
use packhouse_app::{AppError, ReviewView};
use packhouse_distribution::review::{self, ReviewStatus, Reviewer};
use packhouse_distribution::state::rows::CandidateRow;
use packhouse_distribution::{Release, State};
use packhouse_inspect::{FileChange, LineDifference, Place, TextComparison};
use packhouse_model::{RiskClass, Timestamp};

use super::super::home::Values;
use super::super::{failed, site};
use super::review_head::{Asked, head};
use super::{
    answered, claimed, current, missing, page_number, release_named, rendered, scope_words, state_words,
    value, verdict_word,
};
use crate::pages::Site;
use crate::pages::distribution::{
    ExemptionRow, FILES_PER_PAGE, FindingRow, INLINE_BYTES, INLINE_FILES, Inline, LineNote, Mode,
    ReviewFilePage, ReviewHead, ReviewPage, ReviewStanding, ReviewedFile, SignatureRow, inline, text_limits,
};
use crate::routes::{App, Path, here};

/// Findings that are shown of one file.
const FINDINGS: usize = 200;
/// Remarks that are shown of one release.
const NOTES: usize = 500;

pub(crate) async fn review(
    app: App,
    Path((project, version)): Path<(String, String)>,
    values: Values,
) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let site = site(&server, None);
    let state = current(&server, &site).await?;
    let release = release_named(&site, &project, &version)?;
    let asked = Asked::read(&state, &release, value(&values, "file"), value(&values, "base"))
        .map_err(|what| missing(&site, what))?;
    let path = value(&values, "path").to_owned();
    let found = server.packhouse.review_view(&release, asked.file.as_deref(), asked.base.as_ref()).await;
    let (view, problem) = match found {
        Ok(view) => (Some(view), None),
        // Who has signed, and the commands, are there even if the bytes cannot be looked into.
        Err(AppError::NotFound { what }) if path.is_empty() => (None, Some(what)),
        Err(error) => return Err(answered(failed(&site)(error))),
    };
    let number = page_number(&values);
    match view {
        Some(view) if !path.is_empty() => {
            if !view.difference.files.iter().any(|change| change.path == path) {
                let path = super::super::super::cut(&path);
                return Err(missing(&site, format!("{path} is not among the files that differ")));
            }
            let mode = Mode::from_query(value(&values, "view"));
            let line = value(&values, "line").parse().ok();
            let url = server.packhouse.public_url.clone();
            let work =
                move || file_page(site, &state, &release, &asked, &view, &path, mode, number, line, &url);
            Ok(rendered(work).await)
        }
        view => {
            let url = server.packhouse.public_url.clone();
            let work =
                move || list_page(site, &state, &release, &asked, view.as_deref(), problem, number, &url);
            Ok(rendered(work).await)
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "what a request asks for, each once")]
fn list_page(
    site: Site,
    state: &State,
    release: &Release,
    asked: &Asked,
    view: Option<&ReviewView>,
    problem: Option<String>,
    page: u64,
    url: &str,
) -> Result<String, askama::Error> {
    let (Some(row), Some(status)) = (state.candidates.get(release), review::status(state, release, site.now))
    else {
        return Err(askama::Error::Custom("the candidate is gone".into()));
    };
    let head = head(state, release, row, asked, view, site.now);
    let standing = standing(state, release, row, &status, site.now);
    let waits = review::reason(state, row).is_some();
    let commands = commands(release, waits, &head, url);
    let notes = notes(state, release);
    ReviewPage {
        inline: view.map(|view| shown_inline(view, page, &notes)).unwrap_or_default(),
        findings: view.map(findings).unwrap_or_default(),
        notes,
        standing,
        problem,
        difference: view.map(|view| Arc::clone(&view.difference)).unwrap_or_default(),
        assessment: view.map_or_else(|| Arc::new(nothing()), |view| Arc::clone(&view.assessment)),
        order: view.map(|view| Arc::clone(&view.order)).unwrap_or_default(),
        page,
        commands,
        head,
        site,
    }
    .render()
}

/// The changes of the first files of a page, with the remarks on them.
fn shown_inline(view: &ReviewView, page: u64, notes: &[LineNote]) -> Vec<Inline> {
    let start = (page.max(1) - 1).saturating_mul(FILES_PER_PAGE as u64) as usize;
    let changes = view.order.iter().skip(start).filter_map(|at| view.difference.files.get(*at));
    // RECORD lists the hashes of all other files.
    let changes = changes.take(INLINE_FILES).filter(|change| !change.path.ends_with(".dist-info/RECORD"));
    let small = |change: &&FileChange| {
        let mut sides = change.old.iter().chain(&change.new);
        sides.all(|side| side.file.size <= INLINE_BYTES)
    };
    inline(changes.filter(small).filter_map(|change| {
        let file = reviewed_file(view, &change.path)?;
        let own = notes_on(notes, &file);
        Some((file, own))
    }))
}

/// The remarks on a file, by either of the paths it has.
fn notes_on(notes: &[LineNote], file: &ReviewedFile) -> Vec<LineNote> {
    let in_archive = file.change.new.as_ref().map(|side| side.path.as_str());
    let is_own = |note: &&LineNote| {
        let path = note.path.as_deref();
        path == Some(file.change.path.as_str()) || path.is_some() && path == in_archive
    };
    notes.iter().filter(is_own).cloned().collect()
}

fn nothing() -> packhouse_inspect::Assessment {
    packhouse_inspect::Assessment {
        class: RiskClass::R4,
        reasons: Vec::new(),
        more_reasons: 0,
        files: BTreeMap::new(),
        added_lines: 0,
        removed_lines: 0,
    }
}

#[expect(clippy::too_many_arguments, reason = "what a request asks for, each once")]
fn file_page(
    site: Site,
    state: &State,
    release: &Release,
    asked: &Asked,
    view: &ReviewView,
    path: &str,
    mode: Mode,
    page: u64,
    line: Option<usize>,
    url: &str,
) -> Result<String, askama::Error> {
    let Some(row) = state.candidates.get(release) else {
        return Err(askama::Error::Custom("the candidate is gone".into()));
    };
    let head = head(state, release, row, asked, Some(view), site.now);
    let Some(file) = reviewed_file(view, path) else {
        return Err(askama::Error::Custom("the file is gone".into()));
    };
    let notes = notes_on(&notes(state, release), &file);
    let remark = remark(release, path, url);
    ReviewFilePage::new(site, head, file, notes, mode, page, line).with_remark(remark).render()
}

fn reviewed_file(view: &ReviewView, path: &str) -> Option<ReviewedFile> {
    let (change, comparison) = view.file(path, &text_limits())?;
    let at = view.order.iter().position(|at| view.difference.files.get(*at) == Some(change))?;
    let neighbour = |at: Option<usize>| {
        let file = view.difference.files.get(*view.order.get(at?)?)?;
        Some(file.path.clone())
    };
    let content = change.new.as_ref().and_then(|side| view.content(&side.path)).map(<[u8]>::to_vec);
    let before = change.old.as_ref().and_then(|side| view.content_before(&side.path)).map(<[u8]>::to_vec);
    // Contents of native code and of what was too large are not kept, so nothing can be compared.
    let comparison = match (&comparison, &content) {
        (TextComparison::Lines(_), None) if change.new.is_some() => {
            TextComparison::Lines(LineDifference::default())
        }
        _ => comparison,
    };
    let reasons = view.assessment.reasons.iter().filter_map(|reason| match &reason.place {
        Place::File { path: place, line } if place == path => {
            Some((reason.class, *line, reason.text.clone()))
        }
        _ => None,
    });
    Some(ReviewedFile {
        change: change.clone(),
        class: view.assessment.files.get(path).copied().unwrap_or(RiskClass::R0),
        comparison,
        content,
        before,
        place: (at + 1, view.order.len()),
        neighbours: (neighbour(at.checked_sub(1)), neighbour(Some(at + 1))),
        reasons: reasons.collect(),
        findings: findings(view).into_iter().filter(|row| row.path.as_deref() == Some(path)).collect(),
    })
}

/// What the inspection saw, the heaviest first, each with the file among those that differ.
fn findings(view: &ReviewView) -> Vec<FindingRow> {
    let row = |finding: &packhouse_inspect::Finding| {
        // What stands in an archive within is at that archive.
        let outer = finding.path.split("!/").next().unwrap_or_default();
        let is_it = |change: &&FileChange| change.new.as_ref().is_some_and(|side| side.path == outer);
        let change = view.difference.files.iter().find(is_it).filter(|_| !outer.is_empty());
        FindingRow {
            class: finding.class,
            rule: finding.rule.to_string(),
            path: change.map(|change| change.path.clone()),
            place: finding.path.clone(),
            line: finding.region.filter(|_| outer == finding.path).map(|region| region.line),
            message: finding.message.clone(),
            excerpt: finding.excerpt.clone(),
            decoded: finding.decoded.clone(),
            question: finding.question.to_string(),
            new: finding.new,
        }
    };
    view.inspection.findings.iter().take(FINDINGS).map(row).collect()
}

/// The remarks on a release, the oldest first.
fn notes(state: &State, release: &Release) -> Vec<LineNote> {
    let own = state.notes.iter().filter(|(_, row)| row.note.release == *release);
    own.take(NOTES)
        .map(|(entry, row)| LineNote {
            entry: *entry,
            by: row.by.to_string(),
            at: row.at,
            path: row.note.path.clone(),
            line: row.note.line.map(|line| line as usize),
            text: row.note.text.clone(),
            machine: row.note.machine.clone(),
        })
        .collect()
}

fn standing(
    state: &State,
    release: &Release,
    row: &CandidateRow,
    status: &ReviewStatus,
    now: Timestamp,
) -> ReviewStanding {
    let (words, tone) = state_words(row);
    let open = review::reason(state, row).is_some();
    ReviewStanding {
        state: words,
        tone,
        sentence: status.sentence(),
        needs: status.needed.because.clone(),
        violations: status
            .violations
            .iter()
            .map(|one| {
                format!("{} calls {} harmful (entry {}): {}", one.by, one.release, one.entry, one.notes)
            })
            .collect(),
        risk: row.candidate.risk,
        lines: row.candidate.lines,
        queued: review::waits_since(row),
        deadline: open.then(|| review::deadline(row)),
        claimed: claimed(state.claims.get(release), now),
        identity: row.candidate.identity.clone(),
        signatures: signatures(state, release, status),
        exemptions: exemptions(state, release, now),
        files: status
            .files
            .iter()
            .map(|(sha256, file)| (file.filename.clone(), sha256.hex(), file.reviewed))
            .collect(),
    }
}

/// The exemptions of a release, the newest first, each with whether it covers anything.
pub(super) fn exemptions(state: &State, release: &Release, now: Timestamp) -> Vec<ExemptionRow> {
    let own = state.exemptions.iter().rev().filter(|(_, row)| row.exempt.release == *release);
    own.map(|(entry, row)| ExemptionRow {
        entry: *entry,
        by: row.by.to_string(),
        until: row.exempt.until,
        reason: row.exempt.reason.clone(),
        why_not: review::why_not_exempt(state, *entry, row, now),
    })
    .collect()
}

/// The reviews of a release, the newest first, each with whether it counts.
pub(super) fn signatures(state: &State, release: &Release, status: &ReviewStatus) -> Vec<SignatureRow> {
    let own = state
        .reviews
        .iter()
        .filter(|(_, row)| row.review.release == *release)
        .map(|(entry, row)| (*entry, row, Reviewer::here(&row.by), None));
    let imported =
        state.imports.iter().filter(|(_, row)| row.review.review.release == *release).map(|(entry, row)| {
            let by = Reviewer::of(&row.peer, &row.review.by);
            (*entry, &row.review, by, Some((row.peer.to_string(), row.number)))
        });
    let mut all: Vec<_> = own.chain(imported).collect();
    all.sort_by_key(|(entry, ..)| std::cmp::Reverse(*entry));
    all.into_iter()
        .map(|(entry, row, by, imported)| {
            let counts_for = status
                .files
                .values()
                .filter(|file| file.counted.iter().any(|counted| counted.entry == entry))
                .count();
            let ignored = status.files.values().flat_map(|file| &file.ignored).find(|one| one.entry == entry);
            let rejected = status.rejected_by.iter().find(|one| one.entry == entry);
            let why_not = row
                .revoked
                .as_ref()
                .map(|(by, reason)| format!("taken back in entry {by}: {reason}"))
                .or_else(|| ignored.filter(|_| counts_for == 0).map(|one| one.why.clone()))
                .or_else(|| rejected.and_then(|one| one.but.clone()));
            SignatureRow {
                entry,
                by: by.to_string(),
                imported,
                at: row.at,
                verdict: verdict_word(row.review.verdict),
                scope: scope_words(&row.review.scope),
                criteria: row.review.criteria.clone(),
                minutes: row.review.minutes,
                notes: row.review.notes.clone(),
                counts_for,
                why_not,
            }
        })
        .collect()
}

/// The commands that say something about the release, with a label each.
fn commands(release: &Release, waits: bool, head: &ReviewHead, url: &str) -> Vec<(String, String)> {
    let base = head.base.as_ref().map(|(base, ..)| format!(" --base {base}")).unwrap_or_default();
    let server = format!("--server {url}");
    let mut commands = vec![
        (
            "Accept".to_owned(),
            format!("packhouse review accept {release}{base} --criteria safe-to-run {server}"),
        ),
        ("Reject".to_owned(), format!("packhouse review reject {release} --notes \"WHY\" {server}")),
        (
            "Remark, which moves nothing".to_owned(),
            format!("packhouse review note {release} \"TEXT\" {server}"),
        ),
    ];
    if waits {
        commands.insert(
            0,
            (
                "Claim it, so that nobody else begins".to_owned(),
                format!("packhouse review claim {release} {server}"),
            ),
        );
    }
    commands
}

/// The command that remarks on a line of a file. None for a path that cannot stand on a command line as it is: whoever made
/// the release chose it.
fn remark(release: &Release, path: &str, url: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '+' | '=' | '@');
    let fits = !path.starts_with('-') && path.chars().all(plain);
    fits.then(|| format!("packhouse review note {release} \"TEXT\" --path {path} --line LINE --server {url}"))
}
