//! The pages of the plan.

mod coverage;

pub(crate) use coverage::{coverage, judge, judged};

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::response::{IntoResponse as _, Response};
use packhouse_app::Packhouse;
use packhouse_distribution::State;
use packhouse_plan::board::{Board, NextSet, Value};
use packhouse_plan::chart::{CurveChart, Look, ScatterChart, Vetted};
use packhouse_plan::curve::{SHARES, maintainers};
use packhouse_plan::names::PackageId;
use packhouse_plan::snapshot::{Ecosystem, Kind};

use super::home::Values;
use super::{failed, page, site};
use crate::pages::plan::{
    DotRow, Drawing, NextPage, NextStep, NextTable, OwnRow, PlanPage, ScatterPage, ShareRow, SourceLine,
};
use crate::pages::{Link, Site};
use crate::routes::{App, here};

/// Packages that the scatter chart shows, and that its table does.
const DRAWN: usize = 250;
const ROWS: usize = 50;
/// The reader's own requirements on the curve.
const OWN: usize = 200;
/// Packages for each maintainer by the plain rule.
const EACH: usize = 403;
/// Hours that can be asked about: a week, a quarter, a year of one, two, five and ten maintainers.
const BUDGETS: [u64; 6] = [40, 200, 800, 1_600, 4_000, 8_000];
/// Steps of work that are shown.
const STEPS: usize = 40;

fn value<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).map_or("", |text| text.trim())
}

/// The board and what is vetted, for any page; the board is none when no data set was imported.
async fn plan(
    packhouse: &Packhouse,
    site: &Site,
) -> Result<(Option<Arc<Board>>, Arc<State>, BTreeSet<String>), Response> {
    let board =
        packhouse.board(&Ecosystem::Pypi).await.map_err(|error| failed(site)(error).into_response())?;
    // What was read before is shown even if what is new does not read.
    if let Err(error) = packhouse.catch_up().await {
        tracing::error!(error = %packhouse_app::error_chain(&error), "the ledger cannot be read");
    }
    let state = packhouse.distribution();
    let vetted = packhouse_app::plan::vetted(&state).iter().map(ToString::to_string).collect();
    Ok((board, state, vetted))
}

fn sources(board: Option<&Arc<Board>>) -> Vec<SourceLine> {
    let Some(board) = board else { return Vec::new() };
    let line = |about: &packhouse_plan::snapshot::About| SourceLine {
        kind: about.kind.to_string(),
        date: about.date,
        source: about.source.clone(),
        rule: if about.kind == Kind::Downloads { about.rule.to_string() } else { String::new() },
    };
    board.of.iter().map(line).collect()
}

async fn rendered<E: std::error::Error + Send + 'static>(
    work: impl FnOnce() -> Result<String, E> + Send + 'static,
) -> Response {
    match tokio::task::spawn_blocking(work).await {
        Ok(rendered) => page(rendered),
        Err(error) => page(Err::<String, _>(error)),
    }
}

/// `/plan`.
pub(crate) async fn curve(app: App, values: Values) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let site = site(&server, None);
    let (board, _, vetted) = plan(&server.packhouse, &site).await?;
    let of: String = value(&values, "of").chars().take(4_000).collect();
    let work = move || {
        let mut view = PlanPage {
            sources: sources(board.as_ref()),
            chart: None,
            shares: Vec::new(),
            vetted: 0,
            share: 0.0,
            own: Vec::new(),
            of,
            site,
        };
        let Some(board) = board else { return view.render() };
        let (Some(about), Some(curve)) = (board.downloads(), board.curve(None)) else { return view.render() };
        let places = board.places(vetted.iter().map(String::as_str));
        let standing = board.standing(&places, Value::Downloads);
        let names: Vec<String> = view
            .of
            .split([' ', ',', '\n', '\t'])
            .filter_map(|name| Some(packhouse_pypi::normalize(name).ok()?.to_string()))
            .take(OWN)
            .collect();
        let own = board.own(names.iter().map(String::as_str), &places);
        view.own = own
            .iter()
            .map(|one| OwnRow { name: one.name.clone(), rank: Some(one.rank), vetted: one.vetted })
            .collect();
        let unlisted = names.iter().filter(|name| own.iter().all(|one| one.name != **name));
        let row = |name: &String| OwnRow { name: name.clone(), rank: None, vetted: vetted.contains(name) };
        view.own.extend(unlisted.map(row));
        let row = |share| {
            let needed = curve.needed(share);
            ShareRow {
                share,
                packages: needed.packages,
                between: (needed.least, needed.most),
                maintainers: needed.packages.map(|packages| maintainers(packages, EACH)),
            }
        };
        view.shares = SHARES.into_iter().map(row).collect();
        (view.vetted, view.share) = (standing.vetted, standing.share);
        let (title, sentence) = board.curve_words(about, &curve);
        let vetted = Some(Vetted { packages: standing.vetted, share: standing.share });
        let chart = CurveChart { title: &title, sentence: &sentence, curve: &curve, vetted, own: &own };
        view.chart = Some(Drawing::new(chart.svg(Look::Page)));
        view.render()
    };
    Ok(rendered(work).await)
}

/// `/plan/scatter`.
pub(crate) async fn scatter(app: App) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let site = site(&server, None);
    let (board, _, vetted) = plan(&server.packhouse, &site).await?;
    let work = move || {
        let mut view = ScatterPage { sources: sources(board.as_ref()), chart: None, rows: Vec::new(), site };
        let Some(board) = board else { return view.render() };
        let order = board.exposed(DRAWN);
        let dots: Vec<_> = order
            .iter()
            .map(|at| {
                let mut dot = board.dot(*at, vetted.contains(board.name(*at)));
                dot.href = Some(crate::pages::project_path(&dot.name, "default"));
                dot
            })
            .collect();
        let row = |(dot, at): (&packhouse_plan::chart::Dot, &PackageId)| DotRow {
            name: dot.name.clone(),
            exposure: dot.exposure,
            fragility: dot.fragility,
            known: dot.known,
            priority: board.scored.scores()[*at as usize].priority,
            dependents: board.scored.facts()[*at as usize].transitive_dependents,
            vetted: dot.vetted,
        };
        view.rows = dots.iter().zip(&order).take(ROWS).map(row).collect();
        let (title, sentence) = board.scatter_words(&dots);
        let chart = ScatterChart { title: &title, sentence: &sentence, dots: &dots };
        view.chart = Some(Drawing::new(chart.svg(Look::Page)));
        view.render()
    };
    Ok(rendered(work).await)
}

/// `/plan/next`.
pub(crate) async fn next(app: App, values: Values) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let site = site(&server, None);
    let (board, state, _) = plan(&server.packhouse, &site).await?;
    // Only these budgets: each is a cut of a large graph, and each is kept.
    let hours = value(&values, "hours").parse().ok().filter(|hours| BUDGETS.contains(hours)).unwrap_or(800);
    let by = Value::named(value(&values, "by")).unwrap_or(Value::Downloads);
    let word = |by| if by == Value::Priority { "priority" } else { "downloads" };
    let link = |hours: u64, by: Value| format!("/plan/next?hours={hours}&by={}", word(by));
    let choice = |label: String, href, current| Link { label, href, current };
    let budgets = BUDGETS.map(|one| choice(format!("{one} hours"), link(one, by), one == hours)).to_vec();
    let values = [Value::Downloads, Value::Priority]
        .map(|one| choice(format!("by {}", word(one)), link(hours, one), one == by))
        .to_vec();
    let sources = sources(board.as_ref());
    let found = match &board {
        Some(_) => {
            let found = server.packhouse.plan_next(&Ecosystem::Pypi, by, hours, STEPS).await;
            found.map_err(|error| failed(&site)(error).into_response())?
        }
        None => None,
    };
    let table = found.map(|found| table(&found, &state));
    Ok(rendered(move || NextPage { site, budgets, values, hours, table, sources }.render()).await)
}

fn table(found: &NextSet, state: &State) -> NextTable {
    let maintained =
        |name: &str| packhouse_pypi::normalize(name).is_ok_and(|name| state.is_maintained(&name));
    let step = |step: &packhouse_plan::board::Step| NextStep {
        package: step.package.clone(),
        with: step.with.clone(),
        hours: step.hours,
        rank: step.rank,
        share: step.share,
        maintained: maintained(&step.package),
    };
    NextTable {
        packages: found.packages.len(),
        takes: found.takes,
        now: found.now.share,
        share: found.share,
        bound: found.bound,
        steps: found.steps.iter().map(step).collect(),
    }
}
