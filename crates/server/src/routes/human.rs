//! Pages for people.

use axum::extract::Path;
use axum::response::IntoResponse as _;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use packhouse_app::{AppError, Question};

use super::{Answer, App, Problem, here};
use crate::pages;

pub(crate) async fn why(app: App, Path(id): Path<String>) -> Answer {
    let server = here(app)?;
    let explanation = server.packhouse.explain(&Question::parse(&id)?).await?;
    let json = serde_json::to_string(&explanation).unwrap_or_default();
    Ok(([(CONTENT_TYPE, "application/json")], json).into_response())
}
pub(crate) async fn home() -> Answer {
    Err(Problem(AppError::NotFound { what: "later".into() }))
}
pub(crate) async fn project() -> Answer {
    Err(Problem(AppError::NotFound { what: "later".into() }))
}
pub(crate) async fn audit() -> Answer {
    Err(Problem(AppError::NotFound { what: "later".into() }))
}
pub(crate) async fn policy() -> Answer {
    Err(Problem(AppError::NotFound { what: "later".into() }))
}
pub(crate) async fn search() -> Answer {
    Err(Problem(AppError::NotFound { what: "later".into() }))
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
