//! The pages of the plan.

mod coverage;

pub(crate) use coverage::{coverage, judge, judged};

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderValue;
use axum::http::header::REFRESH;
use axum::response::{IntoResponse as _, Response};
use packhouse_app::Packhouse;
use packhouse_app::plan::Soon;
use packhouse_distribution::State;
use packhouse_plan::board::{Board, NextSet, Value};
use packhouse_plan::chart::{CurveChart, Look, ScatterChart, Vetted, count};
use packhouse_plan::curve::{SHARES, maintainers};
use packhouse_plan::names::PackageId;
use packhouse_plan::snapshot::{Ecosystem, Kind};

use super::home::Values;
use super::{failed, page, site};
use crate::pages::plan::{
    DotRow, Drawing, NextPage, NextStep, NextTable, OwnRow, PlanPage, ScatterPage, ShareRow, SourceLine,
    Sources,
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

/// How long a page waits for a plan that is not made yet, before it says so.
const PATIENCE: Duration = Duration::from_millis(800);
/// After how many seconds a browser looks again whether it is made.
const AGAIN: HeaderValue = HeaderValue::from_static("2");

/// What any page needs.
struct Plan {
    /// Without a board when no data set was imported, or when the first plan is being made.
    soon: Soon,
    sources: Sources,
    state: Arc<State>,
    vetted: BTreeSet<String>,
}

impl Plan {
    async fn read(packhouse: &Packhouse, site: &Site) -> Result<Self, Response> {
        let soon = packhouse.board_soon(&Ecosystem::Pypi, PATIENCE).await;
        let soon = soon.map_err(|error| failed(site)(error).into_response())?;
        // What was read before is shown even if what is new does not read.
        if let Err(error) = packhouse.catch_up().await {
            tracing::error!(error = %packhouse_app::error_chain(&error), "the ledger cannot be read");
        }
        let state = packhouse.distribution();
        let vetted = packhouse_app::plan::vetted(&state).iter().map(ToString::to_string).collect();
        let sources = Sources { list: lines(soon.board.as_ref()), making: soon.making };
        Ok(Self { soon, sources, state, vetted })
    }

    /// Whether there is nothing to show yet.
    fn is_awaited(&self) -> bool {
        self.soon.making && self.soon.board.is_none()
    }
}

fn lines(board: Option<&Arc<Board>>) -> Vec<SourceLine> {
    let Some(board) = board else { return Vec::new() };
    let line = |about: &packhouse_plan::snapshot::About| SourceLine {
        kind: about.kind.to_string(),
        date: about.date,
        source: about.source.clone(),
        rule: if about.kind == Kind::Downloads { about.rule.to_string() } else { String::new() },
    };
    board.of.iter().map(line).collect()
}

/// A page, which a browser asks for again when it is `awaited`.
async fn rendered<E: std::error::Error + Send + 'static>(
    awaited: bool,
    work: impl FnOnce() -> Result<String, E> + Send + 'static,
) -> Response {
    let mut response = match tokio::task::spawn_blocking(work).await {
        Ok(rendered) => page(rendered),
        Err(error) => page(Err::<String, _>(error)),
    };
    if awaited {
        response.headers_mut().insert(REFRESH, AGAIN);
    }
    response
}

/// `/plan`.
pub(crate) async fn curve(app: App, values: Values) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let site = site(&server, None);
    let plan = Plan::read(&server.packhouse, &site).await?;
    let awaited = plan.is_awaited();
    let Plan { soon: Soon { board, .. }, sources, vetted, .. } = plan;
    let of: String = value(&values, "of").chars().take(4_000).collect();
    let work = move || {
        let mut view = PlanPage {
            sources,
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
    Ok(rendered(awaited, work).await)
}

/// `/plan/scatter`.
pub(crate) async fn scatter(app: App) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let site = site(&server, None);
    let plan = Plan::read(&server.packhouse, &site).await?;
    let awaited = plan.is_awaited();
    let Plan { soon: Soon { board, .. }, sources, vetted, .. } = plan;
    let work = move || {
        let mut view = ScatterPage { sources, chart: None, rows: Vec::new(), site };
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
    Ok(rendered(awaited, work).await)
}

/// `/plan/next`.
pub(crate) async fn next(app: App, values: Values) -> Result<Response, Response> {
    let server = here(app).map_err(axum::response::IntoResponse::into_response)?;
    let site = site(&server, None);
    let plan = Plan::read(&server.packhouse, &site).await?;
    let awaited = plan.is_awaited();
    let Plan { soon, sources, state, .. } = plan;
    // Only these budgets: each is a cut of a large graph, and each is kept.
    let hours = value(&values, "hours").parse().ok().filter(|hours| BUDGETS.contains(hours)).unwrap_or(800);
    let by = Value::named(value(&values, "by")).unwrap_or(Value::Downloads);
    let word = |by| if by == Value::Priority { "priority" } else { "downloads" };
    let link = |hours: u64, by: Value| format!("/plan/next?hours={hours}&by={}", word(by));
    let choice = |label: String, href, current| Link { label, href, current };
    let budgets =
        BUDGETS.map(|one| choice(format!("{} hours", count(one)), link(one, by), one == hours)).to_vec();
    let values = [Value::Downloads, Value::Priority]
        .map(|one| choice(format!("by {}", word(one)), link(hours, one), one == by))
        .to_vec();
    let found = server.packhouse.plan_next(&soon, by, hours, STEPS).await;
    let found = found.map_err(|error| failed(&site)(error).into_response())?;
    let table = found.map(|found| table(&found, &state));
    Ok(rendered(awaited, move || NextPage { site, budgets, values, hours, table, sources }.render()).await)
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
