//! Two hundred clients at once for one thing that nobody has asked for before.

use std::sync::Barrier;
use std::thread::Builder;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use packhouse_testkit::Fault;

use super::fixture::{Fixture, LARGE_PAGE, LARGE_PROJECT, SMALL_PROJECT};
use super::loads::JSON;
use super::options::Options;
use super::report::Findings;
use super::server::{Packhouse, Policy, Server};
use super::table::{Goal, Row, median};
use super::tools::Tools;
use super::{Place, http, nginx};

const CLIENTS: usize = 200;
/// How long the upstream takes to answer, so that all clients are there before it does.
const DELAY: Duration = Duration::from_millis(200);
/// How the upstream sends its large file: about 20 MB a second.
const PIECE: usize = 65_536;
const PAUSE: Duration = Duration::from_millis(3);

/// What pip and uv ask for, so that a plain cache passes the same on as Packhouse asks for.
const ACCEPT: [(&str, &str); 1] = [("Accept", JSON)];

/// What a herd asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Page,
    File,
}

/// What came of one herd.
#[derive(Debug, Clone, Copy)]
struct Herd {
    right: usize,
    upstream: usize,
    seconds: f64,
}

impl Herd {
    fn text(self) -> String {
        let Self { right, upstream, seconds } = self;
        format!("{seconds:.2} s, {upstream} upstream, {right} right")
    }
}

/// Compares with nginx's cache, which is what holds such a herd back today.
pub(crate) fn measure(
    place: &Place,
    packhouse: &Packhouse<'_>,
    tools: &Tools,
    options: &Options,
) -> Result<Findings> {
    let model = Fixture::start();
    let rounds = if options.quick { 1 } else { options.rounds };
    let mut found = Findings { notes: vec![alone(&model)?], ..Findings::default() };
    for (wanted, what) in [(Wanted::Page, "cold page of boto3"), (Wanted::File, "cold 10 MB file")] {
        // A new upstream each time: what a server asked in vain must not weigh on the next.
        let one = |start: &dyn Fn(&str) -> Result<Server>| {
            let fixture = model.again();
            let server = start(&fixture.upstream.simple_url())?;
            herd(&fixture, &server, wanted)
        };
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for round in 0..rounds {
            theirs.push(one(&|upstream| nginx::cache(place, tools, &place.fresh("nginx-cache")?, upstream))?);
            ours.push(one(&|upstream| {
                packhouse.start("packhouse", &place.fresh("herd")?, upstream, Policy::Open)
            })?);
            eprintln!(
                "round {}: {CLIENTS} clients, {what}: {}; nginx-cache {}",
                round + 1,
                ours[round].text(),
                theirs[round].text()
            );
        }
        let mut row = row(what, &ours, &theirs);
        for peer in options.peers.iter().filter(|peer| peer.name() != "nginx-cache") {
            let text = match one(&|upstream| peer.start(place, tools, upstream)) {
                Ok(herd) => herd.text(),
                Err(error) => {
                    found.notes.push(format!("{CLIENTS} clients, {what}: {}: {error:#}", peer.name()));
                    "failed".to_owned()
                }
            };
            row.peers.insert(peer.name().to_owned(), text);
        }
        found.rows.push(row);
    }
    Ok(found)
}

/// How long the upstream itself takes, which nobody before it can undercut.
fn alone(fixture: &Fixture) -> Result<String> {
    let time = |path: &str| {
        let begun = Instant::now();
        http::get_ok(&format!("{}{path}", fixture.upstream.url()), &ACCEPT)?;
        Ok::<_, anyhow::Error>(begun.elapsed().as_secs_f64())
    };
    let page = time(&format!("/simple/{LARGE_PAGE}/"))?;
    let path = fixture.upstream.file_path(&fixture.large.filename);
    fixture.upstream.fail(&path, Fault::Drip(PIECE, PAUSE));
    let file = time(&path)?;
    fixture.upstream.heal_all();
    Ok(format!(
        "Herd: an empty cache each time. The upstream alone takes {page:.2} s for the page and {file:.2} s for the \
         file, and {} ms longer with a herd before it.",
        DELAY.as_millis()
    ))
}

fn row(what: &str, ours: &[Herd], theirs: &[Herd]) -> Row {
    let worst = |herds: &[Herd]| Herd {
        right: herds.iter().map(|herd| herd.right).min().unwrap_or_default(),
        upstream: herds.iter().map(|herd| herd.upstream).max().unwrap_or_default(),
        seconds: median(herds.iter().map(|herd| herd.seconds)).unwrap_or_default(),
    };
    let ratio = median(ours.iter().zip(theirs).map(|(our, their)| our.seconds / their.seconds));
    let (our, their) = (worst(ours), worst(theirs));
    let seconds = |herds: &[Herd]| herds.iter().map(|herd| herd.seconds).collect::<Vec<_>>();
    Row {
        what: format!("{CLIENTS} clients, {what}"),
        ours: our.text(),
        reference: format!("nginx-cache {}", their.text()),
        ratio,
        reach: vec![
            Goal::new("1 upstream", our.upstream == 1),
            Goal::new(format!("{CLIENTS} right"), our.right == CLIENTS),
            Goal::at_most("time", 1.0, ratio.unwrap_or(f64::MAX)),
        ],
        raw: serde_json::json!({ "packhouse_s": seconds(ours), "nginx_cache_s": seconds(theirs) }),
        ..Row::default()
    }
}

fn herd(fixture: &Fixture, server: &Server, wanted: Wanted) -> Result<Herd> {
    // What any client asks for first must not count.
    http::get(&server.page(SMALL_PROJECT), &ACCEPT)?;
    let path = match wanted {
        Wanted::Page => format!("/simple/{LARGE_PAGE}/"),
        Wanted::File => fixture.upstream.file_path(&fixture.large.filename),
    };
    let url = match wanted {
        Wanted::Page => server.page(LARGE_PAGE),
        Wanted::File => server.file(LARGE_PROJECT, LARGE_PROJECT)?,
    };
    fixture.upstream.forget_requests();
    if wanted == Wanted::File {
        fixture.upstream.fail(&path, Fault::Drip(PIECE, PAUSE));
    }
    let came = match wanted {
        // Nobody knows the page's bytes beforehand: they are what the server says when all is quiet again.
        Wanted::Page => rush(fixture, &path, &url, None),
        Wanted::File => rush(fixture, &path, &url, Some(&fixture.large.bytes)),
    };
    fixture.upstream.heal_all();
    came
}

fn rush(fixture: &Fixture, path: &str, url: &str, expected: Option<&[u8]>) -> Result<Herd> {
    let hold = fixture.upstream.hold(path);
    let start = Barrier::new(CLIENTS + 1);
    let (seconds, answers) = std::thread::scope(|scope| {
        let ask = || {
            start.wait();
            match expected {
                Some(bytes) => http::is_exactly(url, &ACCEPT, bytes).map(|same| (same, Vec::new())),
                None => http::get(url, &ACCEPT).map(|got| (got.status == 200, got.body)),
            }
        };
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| Builder::new().stack_size(256 * 1024).spawn_scoped(scope, ask))
            .collect::<Result<_, _>>()
            .context("a client's thread")?;
        start.wait();
        let begun = Instant::now();
        std::thread::sleep(DELAY);
        hold.release();
        let answers: Vec<_> = clients.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        Ok::<_, anyhow::Error>((begun.elapsed().as_secs_f64(), answers))
    })?;
    let upstream = fixture.upstream.hits(path);
    let quiet = if expected.is_none() { http::get_ok(url, &ACCEPT)?.body } else { Vec::new() };
    let right = answers.iter().filter(|answer| matches!(answer, Ok(Ok((true, body))) if *body == quiet));
    Ok(Herd { right: right.count(), upstream, seconds })
}
