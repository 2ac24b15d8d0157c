use std::time::Duration;

use axum::body::Body;
use http::{HeaderMap, StatusCode, Uri};
use packhouse_plan::assemble::ranked;
use packhouse_plan::board::Value;
use packhouse_plan::curve::SHARES;
use packhouse_plan::score::Policy;
use packhouse_plan::snapshot::Ecosystem;
use packhouse_pypi::lock;
use serde::Serialize;
use serde_json::{Value as Json, json as object};

use super::answer::bad_request;
use super::params::body_up_to;
use super::{ApiAnswer, Failed, Params, created, json, not_found};
use crate::Server;
use crate::routes::{App, here, human, lockfile_limit};

/// Hours that can be asked about at most: ten years of fifty people.
const MOST_HOURS: u64 = 500_000;
const MOST: u64 = 10_000;

#[derive(Serialize)]
struct Vetted {
    packages: Vec<String>,
}

/// `GET plan/vetted`.
pub(super) async fn vetted(app: App, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    Params::read(&uri, &[])?;
    json(&headers, &Vetted { packages: names(&server).await? })
}

async fn names(server: &Server) -> Result<Vec<String>, Failed> {
    let state = super::current(server).await?;
    Ok(packhouse_app::plan::vetted(&state).iter().map(ToString::to_string).collect())
}

fn no_data() -> Failed {
    not_found("No data set was imported: `packhouse plan import FILE` reads them.".to_owned())
}

/// `GET plan/packages`.
pub(super) async fn packages(app: App, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    let params = Params::read(&uri, &["policy", "limit"])?;
    let name = params.get("policy").unwrap_or("exposure-fragility");
    let policy = Policy::named(name).ok_or_else(|| {
        let known: Vec<&str> = Policy::ALL.iter().map(|(name, _)| *name).collect();
        bad_request(format!("policy: expected one of {}.", known.join(", ")))
    })?;
    let limit = params.limit(100, MOST)?;
    let board = server.packhouse.board(&Ecosystem::Pypi).await?.ok_or_else(no_data)?;
    let found = tokio::task::spawn_blocking(move || ranked(&board.scored, policy, limit)).await;
    let found = found.map_err(|_| super::distribution::lost("packages were put in order"))?;
    json(&headers, &object!({ "packages": found }))
}

/// `GET plan/curve`.
pub(super) async fn curve(app: App, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    let params = Params::read(&uri, &["registry"])?;
    let registry = params.get("registry").map(|_| params.number("registry", 0)).transpose()?;
    let vetted = names(&server).await?;
    let board = server.packhouse.board(&Ecosystem::Pypi).await?.ok_or_else(no_data)?;
    let curve = board.curve(registry.map(|packages| packages as usize));
    let (Some(about), Some(curve)) = (board.downloads(), curve) else { return Err(no_data()) };
    let places = board.places(vetted.iter().map(String::as_str));
    let standing = board.standing(&places, Value::Downloads);
    let shares: Vec<Json> = SHARES
        .into_iter()
        .map(|share| {
            let needed = curve.needed(share);
            object!({ "share": share, "packages": needed.packages, "least": needed.least, "most": needed.most })
        })
        .collect();
    let document = object!({
        "date": about.date,
        "source": about.source,
        "rule": about.rule.to_string(),
        "listed": curve.len(),
        "shares": shares,
        "vetted": { "packages": standing.vetted, "closed": standing.closed, "share": standing.share },
    });
    json(&headers, &document)
}

/// `GET plan/next`.
pub(super) async fn next(app: App, uri: Uri, headers: HeaderMap) -> ApiAnswer {
    let server = here(app)?;
    let params = Params::read(&uri, &["hours", "by", "limit"])?;
    let hours = params.number("hours", 800)?;
    if hours > MOST_HOURS {
        return Err(bad_request(format!("hours: expected at most {MOST_HOURS}; found {hours}.")));
    }
    let word = params.get("by").unwrap_or("downloads");
    let by =
        Value::named(word).ok_or_else(|| bad_request("by: expected downloads or priority.".to_owned()))?;
    let limit = params.limit(40, 200)?;
    // A script waits for the plan of the newest data.
    let plan = server.packhouse.board_soon(&Ecosystem::Pypi, Duration::MAX).await?;
    let found = server.packhouse.plan_next(&plan, by, hours, limit).await?.ok_or_else(no_data)?;
    json(&headers, &*found)
}

/// `POST plan/coverage`: a lockfile in, how much of it is vetted out. Nothing is kept.
pub(super) async fn coverage(app: App, uri: Uri, body: Body) -> ApiAnswer {
    let server = here(app)?;
    let params = Params::read(&uri, &["file", "index"])?;
    let bytes = body_up_to(lockfile_limit(&server), body).await?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| bad_request("The body is not UTF-8 text, so it is no lockfile.".to_owned()))?;
    let name = params.get("file").unwrap_or("lockfile");
    let lockfile = lock::read(name, text).map_err(|error| bad_request(packhouse_app::error_chain(&error)))?;
    let found = human::plan::judged(&server, params.get("index").unwrap_or_default(), &lockfile).await?;
    created(StatusCode::OK, &found)
}
