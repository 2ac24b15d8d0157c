//! The routes: each parses its request, calls the application, and renders what it says.

pub(crate) mod api;
mod files;
mod human;
mod json_api;
mod path;
mod probes;
mod simple;

use std::sync::{Arc, Weak};

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode, Uri};
use packhouse_app::{AppError, Index};
use packhouse_model::ProjectName;

use crate::Server;
use crate::http::{EdgeBody, problem_of, simple_problem};

pub(crate) use human::Plans;
pub(crate) use path::Path;

/// What a form has besides a lockfile, in bytes.
const FORM: usize = 16 << 10;

/// The largest lockfile that is read, in bytes: lockfiles may be larger than statements.
pub(crate) fn lockfile_limit(server: &Server) -> u64 {
    server.packhouse.settings.limits.body_size.max(packhouse_pypi::lock::LONGEST_LOCKFILE as u64)
}

/// The largest body of a request, in bytes.
pub(crate) fn body_limit(server: &Server, path: &str) -> u64 {
    match path {
        "/plan/coverage" | "/api/v1/plan/coverage" => lockfile_limit(server) + FORM as u64,
        _ => server.packhouse.settings.limits.body_size,
    }
}

/// What handlers are given. Weak, because the server holds the router.
#[derive(Clone)]
pub(crate) struct Context(Weak<Server>);

/// The server, for the length of a request.
pub(crate) struct Here(pub(crate) Arc<Server>);

impl std::ops::Deref for Here {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.0
    }
}

impl FromRef<Context> for Option<Here> {
    fn from_ref(context: &Context) -> Self {
        context.0.upgrade().map(Here)
    }
}

/// The argument of every handler. `None` only while the server is being dropped.
pub(crate) type App = State<Option<Here>>;

/// An answer that is not the one asked for.
pub(crate) struct Problem(pub(crate) AppError);

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        problem_of(&self.0).map(EdgeBody::into_axum)
    }
}

pub(crate) type Answer = Result<Response, Problem>;

/// The server of this request.
pub(crate) fn here(State(server): App) -> Result<Here, Problem> {
    server.ok_or_else(|| Problem(AppError::BadRequest { what: "The server is stopping.".to_owned() }))
}

/// Turns what the edge makes into what the router hands on.
pub(crate) fn routed(response: crate::http::Response) -> Response {
    response.map(EdgeBody::into_axum)
}

pub(crate) fn router(server: Weak<Server>) -> Router {
    Router::new()
        .route("/simple", get(simple::to_list))
        .route("/simple/", get(simple::list))
        .route("/simple/{project}", get(simple::to_page))
        .route("/simple/{project}/", get(simple::page))
        .route("/pypi/{index}/simple", get(simple::to_list))
        .route("/pypi/{index}/simple/", get(simple::index_list))
        .route("/pypi/{index}/simple/{project}", get(simple::to_index_page))
        .route("/pypi/{index}/simple/{project}/", get(simple::index_page))
        .route("/pypi/{project}/json", get(json_api::project))
        .route("/pypi/{project}/{version}/json", get(json_api::release))
        .route("/pypi/{index}/pypi/{project}/json", get(json_api::index_project))
        .route("/pypi/{index}/pypi/{project}/{version}/json", get(json_api::index_release))
        .route("/files/{hash}/{name}", get(files::file))
        .route("/", get(human::home))
        .route("/project/{project}", get(human::project))
        .route("/why/{id}", get(human::why))
        .route("/advisories", get(human::advisories))
        .route("/audit", get(human::audit))
        .route("/plan", get(human::plan::curve))
        .route("/plan/scatter", get(human::plan::scatter))
        .route("/plan/next", get(human::plan::next))
        .route(
            "/plan/coverage",
            get(human::plan::coverage)
                .post(human::plan::judge)
                .layer(DefaultBodyLimit::max(packhouse_pypi::lock::LONGEST_LOCKFILE + FORM)),
        )
        .route("/policy", get(human::policy))
        .route("/search", get(human::search))
        .route("/queue", get(human::queue))
        .route("/review/{project}/{version}", get(human::review))
        .route("/suites", get(human::suites))
        .route("/suites/{name}", get(human::suite))
        .route("/suites/{name}/snapshots", get(human::snapshots))
        .route("/suites/{name}/excuses", get(human::suite_excuses))
        .route("/suites/{name}/excuses.json", get(human::excuses_json))
        .route("/excuses", get(human::excuses))
        .route("/maintainers", get(human::maintainers))
        .route("/maintainers/{id}", get(human::maintainer))
        .route("/imports", get(human::imports))
        .route("/imports/{peer}", get(human::import))
        .route("/ledger", get(human::ledger))
        .route("/ledger/{number}", get(human::ledger_entry))
        .route("/feeds/projects/{file}", get(human::project_feed))
        .route("/feeds/suites/{file}", get(human::suite_feed))
        .route("/feeds/maintainers/{file}", get(human::maintainer_feed))
        .route("/static/{name}", get(human::asset))
        .route("/favicon.ico", get(human::favicon))
        .route("/healthz", get(probes::health))
        .route("/metrics", get(probes::metrics))
        .merge(api::router())
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .with_state(Context(server))
}

async fn nothing_here(State(server): App, uri: Uri, headers: HeaderMap) -> Response {
    let what = format!("There is nothing at {}.", cut(uri.path()));
    instead(server.as_deref(), &headers, AppError::NotFound { what })
}

/// The answer where no handler gives one: a page for a browser, else a problem.
fn instead(server: Option<&Server>, headers: &HeaderMap, error: AppError) -> Response {
    let accept =
        headers.get(http::header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    match server {
        // A browser names HTML first; installers name JSON, and scripts name nothing.
        Some(server) if accept.starts_with("text/html") => {
            human::failed(&human::site(server, None))(error).into_response()
        }
        _ => Problem(error).into_response(),
    }
}

async fn wrong_method() -> Response {
    routed(simple_problem(
        StatusCode::METHOD_NOT_ALLOWED,
        "Method not allowed",
        "Only GET and HEAD are answered here.",
    ))
}

/// The index of that name, or 404.
pub(crate) fn index_named(server: &Server, name: &str) -> Result<Arc<Index>, Problem> {
    let missing = || AppError::NotFound { what: format!("There is no index {}.", cut(name)) };
    server.packhouse.index(name).ok_or_else(|| Problem(missing()))
}

/// A project's name from a path: canonical, or what is wrong with it.
pub(crate) fn project_named(name: &str) -> Result<ProjectName, Problem> {
    packhouse_pypi::normalize(name).map_err(|error| Problem(AppError::NotFound { what: error.to_string() }))
}

/// A text from a request, short enough for an answer.
pub(crate) fn cut(text: &str) -> String {
    text.chars().take(100).map(|c| if c.is_control() { '?' } else { c }).collect()
}
