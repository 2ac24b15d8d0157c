use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use packhouse_app::{AppError, Topic};
use packhouse_distribution::State;
use packhouse_distribution::state::rows::ProjectKey;
use packhouse_model::MaintainerId;

use super::super::{failed, site};
use super::{answered, current, entry_line, missing, suite_named};
use crate::pages::Site;
use crate::pages::distribution::{FEED_ENTRIES, Feed, FeedEntry, feed_path, maintainer_path, suite_path};
use crate::pages::project_path;
use crate::routes::{App, Path, here};

/// The name in a feed's file name.
#[expect(clippy::result_large_err, reason = "an answer is what a handler gives")]
fn named<'n>(site: &Site, file: &'n str) -> Result<&'n str, Response> {
    let none = || missing(site, format!("there is no feed {}", crate::routes::cut(file)));
    file.strip_suffix(".atom").ok_or_else(none)
}

pub(crate) async fn project(app: App, Path(file): Path<String>) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let site = site(&server, None);
    let state = current(&server, &site).await?;
    let name = named(&site, &file)?;
    let none = || missing(&site, format!("{} is not under maintenance", crate::routes::cut(name)));
    let project = packhouse_pypi::normalize(name).map_err(|_| none())?;
    if project.as_str() != name || !state.projects.contains(&ProjectKey(project.clone())) {
        return Err(none());
    }
    let page = project_path(name, "");
    feed(&server, &site, &state, &Topic::Project(project), ("project", "projects", name), &page).await
}

pub(crate) async fn suite(app: App, Path(file): Path<String>) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let site = site(&server, None);
    let state = current(&server, &site).await?;
    let name = named(&site, &file)?;
    let suite = suite_named(&site, &state, name)?;
    feed(&server, &site, &state, &Topic::Suite(suite), ("suite", "suites", name), &suite_path(name)).await
}

pub(crate) async fn maintainer(app: App, Path(file): Path<String>) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let site = site(&server, None);
    let state = current(&server, &site).await?;
    let name = named(&site, &file)?;
    let person = name.parse::<MaintainerId>().ok().filter(|id| state.maintainers.contains(id));
    let none = || missing(&site, format!("there is no maintainer {}", crate::routes::cut(name)));
    let person = person.ok_or_else(none)?;
    let page = maintainer_path(name);
    feed(&server, &site, &state, &Topic::Maintainer(person), ("maintainer", "maintainers", name), &page).await
}

async fn feed(
    server: &crate::Server,
    site: &Site,
    state: &State,
    topic: &Topic,
    (kind, folder, name): (&str, &str, &str),
    page: &str,
) -> Result<Response, Response> {
    let history = server.packhouse.history(topic, FEED_ENTRIES).await;
    let history = history.map_err(|error| answered(failed(site)(error)))?;
    let Some(founded) = state.distribution() else { return Err(missing(site, String::new())) };
    let urn = format!("urn:x-packhouse:{}", founded.id);
    let url = &server.packhouse.public_url;
    let entries: Vec<FeedEntry> = history
        .lines
        .into_iter()
        .map(entry_line)
        .map(|line| FeedEntry {
            id: format!("{urn}:entry:{}", line.number),
            title: format!("{} {}", line.by, line.sentence),
            updated: line.at.unwrap_or(founded.at),
            link: format!("{url}{}", line.href()),
            summary: format!("Entry {} of the ledger, {}, SHA-256 {}.", line.number, line.act, line.hash),
            author: line.by,
        })
        .collect();
    let feed = Feed {
        id: format!("{urn}:{kind}:{name}"),
        title: format!("{name} in {}", founded.name),
        this: format!("{url}{}", feed_path(folder, name)),
        page: format!("{url}{page}"),
        author: founded.name.clone(),
        // Of equal times the one that never goes back: an older entry may have been signed by a faster clock.
        updated: entries.iter().map(|entry| entry.updated).max().unwrap_or(founded.at),
        entries,
    };
    let text = feed.render().map_err(|error| {
        let what = "a feed was being written".to_owned();
        answered(failed(site)(AppError::Internal { what, source: std::sync::Arc::new(error) }))
    })?;
    let headers = [(CONTENT_TYPE, "application/atom+xml; charset=utf-8"), (CACHE_CONTROL, "no-cache")];
    Ok((headers, text).into_response())
}
