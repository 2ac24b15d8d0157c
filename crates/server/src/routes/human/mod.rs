//! Pages for people: the application's answers in the view structs of [`crate::pages`].

mod advisories;
mod audit;
mod distribution;
mod home;
pub(crate) mod plan;
mod project;
mod why;

pub(crate) use advisories::advisories;
pub(crate) use audit::audit;
pub(crate) use distribution::{
    Plans, excuses, excuses_json, import, imports, ledger, ledger_entry, maintainer, maintainer_feed,
    maintainers, project_feed, queue, review, snapshots, suite, suite_excuses, suite_feed, suites,
};
pub(crate) use home::{home, policy, search};
pub(crate) use project::project;
pub(crate) use why::why;

use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use packhouse_app::{AppError, DEFAULT};

use super::{Answer, Path, Problem};
use crate::pages::{self, FailurePage, Link, Site};

/// A page, or the page that says why there is none.
pub(crate) type Shown = Result<Response, Failed>;

/// An error that a browser is shown as a page.
pub(crate) struct Failed {
    error: AppError,
    site: Site,
}

/// What every page needs.
pub(crate) fn site(server: &crate::Server, index: Option<&str>) -> Site {
    let index = index.filter(|index| !index.is_empty()).unwrap_or(DEFAULT).to_owned();
    Site {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        index,
        now: server.packhouse.now(),
        distribution: server.packhouse.distribution().distribution().is_some(),
    }
}

/// Makes a page of an application's error.
pub(crate) fn failed(site: &Site) -> impl Fn(AppError) -> Failed {
    let site = site.clone();
    move |error| Failed { error, site: site.clone() }
}

/// HTML as it goes out. Pages are made for each request, so nobody keeps them.
pub(crate) fn html(status: StatusCode, text: String) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(pages::CONTENT_SECURITY_POLICY)),
        (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, text).into_response()
}

/// A rendered view.
pub(crate) fn page<E: std::error::Error>(rendered: Result<String, E>) -> Response {
    match rendered {
        Ok(text) => html(StatusCode::OK, text),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            html(
                StatusCode::INTERNAL_SERVER_ERROR,
                "This page could not be made; the log says why.".to_owned(),
            )
        }
    }
}

impl axum::response::IntoResponse for Failed {
    fn into_response(self) -> Response {
        let (status, title, advice, wait) = match &self.error {
            AppError::NotFound { .. } => (
                StatusCode::NOT_FOUND,
                "Not found",
                "Check how the name is spelled, or look for it above.",
                None,
            ),
            AppError::BadRequest { .. } => (
                StatusCode::BAD_REQUEST,
                "That is not a name",
                "Names are letters, digits, `.`, `-` and `_`.",
                None,
            ),
            AppError::Refused(_) => {
                (StatusCode::FORBIDDEN, "Blocked by policy", "The page about this project says why.", None)
            }
            AppError::Upstream { retry_after, .. } => {
                let advice = "What was seen before is still served. Try again in a moment.";
                (StatusCode::BAD_GATEWAY, "The upstream did not answer", advice, Some(*retry_after))
            }
            AppError::NoSpace { .. } => (
                StatusCode::INSUFFICIENT_STORAGE,
                "No space left",
                "Whoever runs this server can make room.",
                None,
            ),
            AppError::Internal { what, source } => {
                tracing::error!(error = %source, "{what}");
                (StatusCode::INTERNAL_SERVER_ERROR, "Something failed here", "The log says what.", None)
            }
        };
        let what = match &self.error {
            AppError::Internal { .. } => "The request could not be answered.".to_owned(),
            error => sentence(&error.to_string()),
        };
        let view = FailurePage {
            site: self.site,
            status: status.as_u16(),
            title: title.to_owned(),
            what,
            advice: vec![advice.to_owned()],
            links: vec![Link { label: "Home".to_owned(), href: "/".to_owned(), current: false }],
            facts: Vec::new(),
        };
        let mut response = page(view.render());
        *response.status_mut() = status;
        if let Some(wait) = wait {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.as_secs()));
        }
        response
    }
}

/// A clause as a sentence: a capital first, a full stop last.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first: String = characters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", characters.as_str())
}

pub(crate) async fn asset(Path(name): Path<String>) -> Answer {
    let asset = pages::asset(&format!("/static/{name}"));
    let asset =
        asset.ok_or_else(|| Problem(AppError::NotFound { what: "There is no such file.".to_owned() }))?;
    let headers = [(CONTENT_TYPE, asset.content_type), (CACHE_CONTROL, "max-age=31536000, immutable")];
    Ok((headers, asset.body).into_response())
}

pub(crate) async fn favicon() -> Answer {
    asset(Path("favicon.svg".to_owned())).await
}
