//! How long it takes from the start to the first answer, on an empty folder and with a full cache.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Result, bail};
use packhouse_testkit::{FakeUpstream, Wheel};

use super::loads::JSON;
use super::options::Options;
use super::report::Findings;
use super::server::{Packhouse, Policy, Server};
use super::table::{Goal, Row, median};
use super::tools::Tools;
use super::{Place, cpu, http, nginx};

const PROJECTS: usize = 10_000;
/// Requests under way at once while the cache is filled.
const FILLING: usize = 16;

/// Starts Packhouse and nginx again and again; with 10,000 projects unless it has to be quick.
pub(crate) fn measure(
    place: &Place,
    packhouse: &Packhouse<'_>,
    tools: &Tools,
    options: &Options,
) -> Result<Findings> {
    let times = options.rounds.max(2) * 2 + 1;
    let mut found = Findings::default();
    // Nothing is asked of it but whether it is ready.
    let upstream = FakeUpstream::start();
    let root = place.fresh("nginx")?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..times {
        theirs.push(milliseconds(&nginx::files(place, tools, &root)?));
        let data = place.fresh("start")?;
        ours.push(milliseconds(&packhouse.start(
            "packhouse",
            &data,
            &upstream.simple_url(),
            Policy::Open,
        )?));
    }
    found.rows.push(row("start, empty folder", &ours, &theirs));
    if options.quick {
        found
            .notes
            .push(format!("The start with {PROJECTS} projects in the cache is left out of a quick run."));
        return Ok(found);
    }

    let data = place.fresh("full")?;
    let full = filled(packhouse, &data)?;
    let mut ours = Vec::new();
    let mut resident = 0;
    for _ in 0..times {
        let server = packhouse.start("packhouse", &data, &full.simple_url(), Policy::Open)?;
        ours.push(milliseconds(&server));
        resident = cpu::resident(server.pid());
    }
    found.rows.push(row(&format!("start, {PROJECTS} projects kept"), &ours, &theirs));
    found.notes.push(format!(
        "Just started with {PROJECTS} projects kept, Packhouse has {:.0} MB resident.",
        resident as f64 / 1e6
    ));
    Ok(found)
}

fn milliseconds(server: &Server) -> f64 {
    server.took.as_secs_f64() * 1000.0
}

fn row(what: &str, ours: &[f64], theirs: &[f64]) -> Row {
    let middle = |times: &[f64]| median(times.iter().copied()).unwrap_or_default();
    let (our, their) = (middle(ours), middle(theirs));
    Row {
        what: what.to_owned(),
        ours: format!("{our:.0} ms"),
        reference: format!("{their:.0} ms"),
        ratio: Some(our / their.max(f64::MIN_POSITIVE)),
        reach: vec![Goal::new("≤ 200 ms", our <= 200.0)],
        raw: serde_json::json!({ "packhouse_ms": ours, "nginx_ms": theirs }),
        ..Row::default()
    }
}

/// Fills a cache by asking for that many projects, as clients would.
fn filled(packhouse: &Packhouse<'_>, data: &Path) -> Result<FakeUpstream> {
    eprintln!("filling a cache with {PROJECTS} projects");
    let upstream = FakeUpstream::start();
    let name = |number: usize| format!("project-{number}");
    for number in 0..PROJECTS {
        upstream.publish(Wheel::named(&name(number)).build());
    }
    let server = packhouse.start("packhouse", data, &upstream.simple_url(), Policy::Open)?;
    let next = AtomicUsize::new(0);
    let failed = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..FILLING {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= PROJECTS {
                        return;
                    }
                    let answer = http::get(&server.page(&name(number)), &[("Accept", JSON)]);
                    if !answer.is_ok_and(|answer| answer.status == 200) {
                        failed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner();
    if failed > 0 {
        bail!("{failed} of {PROJECTS} pages did not come");
    }
    Ok(upstream)
}
