use axum::extract::Multipart;
use axum::extract::multipart::MultipartError;
use axum::response::{IntoResponse as _, Response};
use packhouse_app::plan::{Covered, LockCoverage, Standing};
use packhouse_app::{AppError, error_chain};
use packhouse_plan::snapshot::Ecosystem;
use packhouse_pypi::lock;

use super::{failed, rendered, site};
use crate::Server;
use crate::pages::plan::{AskRow, CoveragePage, CoveredRow, Judged, SkippedLine};
use crate::routes::{App, cut, here};

/// What a form sent.
#[derive(Default)]
struct Sent {
    name: String,
    text: String,
    index: String,
}

/// `GET /plan/coverage`.
pub(crate) async fn coverage(app: App) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    Ok(shown(&server, None, None).await)
}

/// `POST /plan/coverage`: judges what was sent, and keeps nothing of it.
pub(crate) async fn judge(app: App, form: Multipart) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let sent = match read(form).await {
        Ok(sent) => sent,
        Err(problem) => return Ok(shown(&server, Some(problem), None).await),
    };
    let name = if sent.name.is_empty() { "lockfile" } else { &sent.name };
    let lockfile = match lock::read(name, &sent.text) {
        Ok(lockfile) => lockfile,
        Err(error) => {
            return Ok(shown(&server, Some(format!("{}: {}", cut(name), error_chain(&error))), None).await);
        }
    };
    match judged(&server, &sent.index, &lockfile).await {
        Ok(judged) => Ok(shown(&server, None, Some(page_of(judged))).await),
        Err(AppError::BadRequest { what } | AppError::NotFound { what }) => {
            Ok(shown(&server, Some(what), None).await)
        }
        Err(error) => Err(failed(&site(&server, None))(error).into_response()),
    }
}

/// Judges a lockfile by the rules of an index; without a name, by those of the default one.
pub(crate) async fn judged(
    server: &Server,
    index: &str,
    lockfile: &lock::Lockfile,
) -> Result<LockCoverage, AppError> {
    let packhouse = &server.packhouse;
    let index = if index.is_empty() { packhouse_app::DEFAULT } else { index };
    let missing = || AppError::NotFound { what: format!("There is no index {}.", cut(index)) };
    let index = packhouse.index(index).ok_or_else(missing)?;
    // It only gives what to ask for an order, which nobody has to wait for.
    let board = packhouse.board_soon(&Ecosystem::Pypi, super::PATIENCE).await?.board;
    packhouse.lock_coverage(&index, lockfile, board.as_deref()).await
}

async fn read(mut form: Multipart) -> Result<Sent, String> {
    let mut sent = Sent::default();
    let odd = |error: MultipartError| format!("What was sent could not be read: {}", error.body_text());
    let no_text = |_| "The file is not UTF-8 text, so it is no lockfile.".to_owned();
    while let Some(field) = form.next_field().await.map_err(odd)? {
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.file_name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(odd)?;
        match name.as_str() {
            // An empty file is sent when none was chosen; what was pasted counts then.
            "file" if !bytes.is_empty() => {
                sent.name = file.chars().take(200).collect();
                sent.text = String::from_utf8(bytes.to_vec()).map_err(no_text)?;
            }
            "text" if sent.text.is_empty() => {
                sent.text = String::from_utf8(bytes.to_vec()).map_err(no_text)?;
            }
            "index" => sent.index = String::from_utf8_lossy(&bytes).chars().take(100).collect(),
            _ => {}
        }
    }
    if sent.text.trim().is_empty() {
        return Err("Choose a file or paste its text.".to_owned());
    }
    Ok(sent)
}

async fn shown(server: &Server, problem: Option<String>, judged: Option<Judged>) -> Response {
    let state = server.packhouse.distribution();
    let mut indexes: Vec<String> = server.packhouse.indexes().map(|index| index.name.to_string()).collect();
    indexes.sort_by_key(|name| name != packhouse_app::DEFAULT);
    indexes.extend(state.suites.iter().map(|(name, _)| name.to_string()));
    indexes.dedup();
    let limit = crate::routes::lockfile_limit(server);
    let wrong = problem.is_some();
    let view = CoveragePage { site: site(server, None), indexes, limit, problem, judged };
    let mut response = rendered(false, move || view.render()).await;
    if wrong {
        *response.status_mut() = http::StatusCode::BAD_REQUEST;
    }
    response
}

fn page_of(found: LockCoverage) -> Judged {
    let ask = |ask: packhouse_app::plan::AskFor| AskRow {
        project: ask.project,
        version: ask.version,
        maintained: ask.maintained,
    };
    let line = |(line, text, why): (usize, String, String)| SkippedLine { line, text, why };
    Judged {
        index: found.index,
        format: found.format,
        rows: found.packages.into_iter().map(row).collect(),
        skipped: found.skipped.into_iter().map(line).collect(),
        ask: found.ask.into_iter().map(ask).collect(),
    }
}

fn row(package: Covered) -> CoveredRow {
    let mut detail = match package.standing {
        Standing::Vetted => format!("in {}", package.suites.join(", ")),
        Standing::Proxied => "not vetted; it comes from the upstream, past the guard".to_owned(),
        _ => package.reason,
    };
    if package.standing != Standing::Vetted
        && let Some(version) = package.vetted_version
    {
        detail = format!("version {version} is vetted. {detail}");
    }
    CoveredRow {
        project: package.project,
        version: package.version,
        standing: package.standing,
        detail,
        why: package.why,
    }
}
