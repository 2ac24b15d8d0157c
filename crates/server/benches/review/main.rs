//! How long it takes to open the pages of a review: 10,000 changed files, a line of 10 MB, and an update of pip's size.
//!
//! `cargo bench -p packhouse-server`; prints one JSON object. `http_ms` is what a client waits for a whole answer over
//! loopback, with nothing of these files in memory (`cold`) and the median of ten more (`warm`). `browser_ms` is what
//! Chromium reports from the start of the navigation to the end of `load`, where there is a Chromium.

mod browser;
#[path = "../../tests/world/mod.rs"]
mod world;

use std::error::Error;
use std::io::Write as _;
use std::time::Instant;

use browser::Browser;
use packhouse_testkit::httptest::get;
use serde_json::{Map, Value, json};
use world::World;

const WARM: usize = 10;

/// A name, its first page, and further pages of the same review: what they are, and their queries.
type Review = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const PAGES: [Review; 3] = [
    (
        "10,000 files",
        "/review/many/2.0",
        &[("last page", "?page=20"), ("a file", "?path=many%2Fmodule_05000.py")],
    ),
    (
        "a line of 10 MB",
        "/review/wide/2.0",
        &[
            ("unified", "?path=wide.py"),
            ("side by side", "?path=wide.py&view=split"),
            ("whole file", "?path=wide.py&view=whole"),
        ],
    ),
    (
        "203 files, 23,000 lines",
        "/review/update/2.0",
        &[
            ("unified", "?path=update%2Fmodule_100.py"),
            ("side by side", "?path=update%2Fmodule_100.py&view=split"),
            ("whole file", "?path=update%2Fmodule_100.py&view=whole"),
        ],
    ),
];

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let world = World::start().await;
    world::found(&world).await;
    world::fill(&world).await;
    world::fill_large(&world).await;
    let url = world.url.clone();
    let report =
        tokio::task::spawn_blocking(move || measure(&url).map_err(|error| error.to_string())).await??;
    writeln!(std::io::stdout(), "{report:#}")?;
    Ok(())
}

fn measure(url: &str) -> Result<Value, Box<dyn Error>> {
    let mut browser = Browser::start()?;
    let mut report = Map::new();
    for (name, first, others) in PAGES {
        let mut found = Map::new();
        found.insert("files".to_owned(), page(&format!("{url}{first}"), browser.as_mut())?);
        for (label, query) in others {
            found.insert((*label).to_owned(), page(&format!("{url}{first}{query}"), browser.as_mut())?);
        }
        report.insert(name.to_owned(), found.into());
    }
    if browser.is_none() {
        report.insert("browser".to_owned(), "skipped: there is no chromium".into());
    }
    Ok(report.into())
}

fn page(url: &str, browser: Option<&mut Browser>) -> Result<Value, Box<dyn Error>> {
    let (cold, bytes) = fetch(url)?;
    let mut warm = Vec::new();
    for _ in 0..WARM {
        warm.push(fetch(url)?.0);
    }
    warm.sort_by(f64::total_cmp);
    let mut found = json!({ "http_ms": { "cold": cold, "warm": warm[WARM / 2] }, "bytes": bytes });
    if let Some(browser) = browser {
        found["browser_ms"] = browser.open(url)?;
    }
    Ok(found)
}

/// Milliseconds, and the size of the answer.
fn fetch(url: &str) -> Result<(f64, usize), Box<dyn Error>> {
    let begun = Instant::now();
    let answer = get(url, &[("accept", "text/html")]).map_err(|error| error.to_string())?;
    let took = (begun.elapsed().as_secs_f64() * 10_000.0).round() / 10.0;
    if answer.status != 200 {
        return Err(format!("{url}: {}", answer.status).into());
    }
    Ok((took, answer.body.len()))
}
