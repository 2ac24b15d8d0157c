//! Pages and files that are in the cache: rate, latency and CPU beside nginx with the same bytes; and memory.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::fixture::Fixture;
use super::loads::{JSON, LOADS, Load, Target};
use super::options::{Options, Part};
use super::report::Findings;
use super::server::{Packhouse, Policy, Server};
use super::table::{Goal, Row, median, short};
use super::tools::Tools;
use super::wrk::{self, Sample, Shot};
use super::{Place, cpu, http, nginx};

/// Where nginx keeps what the default policy makes of a page.
const GUARDED: &str = "/guarded";
const IDLE: Duration = Duration::from_millis(800);
const MEGABYTE: f64 = 1e6;

/// Runs all loads against all servers, and reports rates, memory or both.
pub(crate) fn measure(
    place: &Place,
    packhouse: &Packhouse<'_>,
    tools: &Tools,
    options: &Options,
) -> Result<Findings> {
    let fixture = Fixture::start();
    let upstream = fixture.upstream.simple_url();
    let ours = packhouse.start("packhouse", &place.fresh("warm")?, &upstream, Policy::Open)?;
    let guarded = packhouse.start("guarded", &place.fresh("guarded")?, &upstream, Policy::Default)?;
    std::thread::sleep(IDLE);
    let our_idle = cpu::resident(ours.pid());
    let answering = |load: &Load| if load.policy == Policy::Open { &ours } else { &guarded };

    let root = place.fresh("nginx")?;
    for load in &LOADS {
        copy(answering(load), load, &root)?;
    }
    let reference = nginx::files(place, tools, &root)?;
    std::thread::sleep(IDLE);
    let their_idle = cpu::resident(reference.pid());

    let mut field = vec![Contender::new("nginx", |load| nginx_shot(&reference, answering(load), load))?];
    field.push(Contender::new("packhouse", |load| our_shot(answering(load), load).map(Some))?);
    for (number, load) in LOADS.iter().enumerate() {
        same_bytes(load, field[1].shots[number].as_ref(), field[0].shots[number].as_ref())?;
    }
    let mut found = Findings::default();
    let mut peers = Vec::new();
    for peer in &options.peers {
        let begun = peer.start(place, tools, &upstream).and_then(|server| {
            std::thread::sleep(IDLE);
            let idle = cpu::resident(server.pid());
            let contender = Contender::new(peer.name(), |load| Ok(peer_shot(&server, load)))?;
            Ok((server, idle, contender))
        });
        match begun {
            Ok((server, idle, contender)) => {
                peers.push((server, idle));
                field.push(contender);
            }
            Err(error) => found.notes.push(format!("{} is left out: {error:#}", peer.name())),
        }
    }

    let measured = run(place, tools, options, &field)?;
    if options.wants(Part::Warm) {
        found.rows = measured.iter().filter_map(|series| series.row(&field)).collect();
        found.notes.extend(guards_share(&measured));
        found.notes.push(
            "CPU a request: user and system time of all processes of a server over requests answered; it hardly \
             moves with other work on the machine. [c1]: so slow that fewer connections were used."
                .to_owned(),
        );
    }
    if options.wants(Part::Memory) {
        let peers_now = peers.iter().map(|(server, idle)| (server, *idle)).collect::<Vec<_>>();
        found.rows.extend(memory(&ours, our_idle, &reference, their_idle, &peers_now));
    }
    Ok(found)
}

/// A server, and how each load asks it; `None` where it cannot be asked so.
struct Contender {
    name: String,
    shots: Vec<Option<Shot>>,
}

impl Contender {
    fn new(name: &str, shot: impl Fn(&Load) -> Result<Option<Shot>>) -> Result<Self> {
        let shots = LOADS.iter().map(|load| {
            let shot = shot(load).with_context(|| format!("{name}: {}", load.what))?;
            shot.map(warmed).transpose()
        });
        Ok(Self { name: name.to_owned(), shots: shots.collect::<Result<_>>()? })
    }
}

/// The shot after it was tried, so that nothing is cold, with the time that it takes.
fn warmed(shot: Shot) -> Result<Shot> {
    let headers = borrowed(&shot.headers);
    let (mut once, mut size) = (Duration::MAX, 0);
    for _ in 0..3 {
        let begun = Instant::now();
        let answer = http::get(&shot.url, &headers)?;
        if !(200..400).contains(&answer.status) {
            bail!("{} answered {}", shot.url, answer.status);
        }
        once = once.min(begun.elapsed());
        size = answer.body.len() as u64;
    }
    Ok(Shot { once, size, ..shot })
}

fn borrowed(headers: &[(String, String)]) -> Vec<(&str, &str)> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn url_of(server: &Server, load: &Load) -> Result<String> {
    match load.target {
        Target::Page(project) => Ok(server.page(project)),
        Target::File(project, start) => server.file(project, start),
    }
}

fn shot(server: &Server, url: String, load: &Load) -> Shot {
    let headers = load.headers().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    Shot { pid: server.pid(), url, headers: headers.collect(), once: Duration::ZERO, size: 0 }
}

fn our_shot(server: &Server, load: &Load) -> Result<Shot> {
    let mut shot = shot(server, url_of(server, load)?, load);
    if load.conditional {
        let answer = http::get_ok(&shot.url, &load.headers())?;
        let etag = answer.header("etag").context("a page without an ETag")?.to_owned();
        shot.headers.push(("If-None-Match".to_owned(), etag));
        let again = http::get(&shot.url, &borrowed(&shot.headers))?;
        if again.status != 304 {
            bail!("{} with its own ETag answered {}", shot.url, again.status);
        }
    }
    Ok(shot)
}

/// The path under which nginx has what `load` gets from `server`: the same one.
fn path_at_nginx(server: &Server, load: &Load) -> Result<String> {
    let url = url_of(server, load)?;
    let path = url.strip_prefix(&server.url).context("a file on another host")?;
    Ok(format!("{}{path}", if load.policy == Policy::Open { "" } else { GUARDED }))
}

fn nginx_shot(nginx: &Server, ours: &Server, load: &Load) -> Result<Option<Shot>> {
    let url = format!("{}{}", nginx.url, path_at_nginx(ours, load)?);
    Ok(Some(shot(nginx, url, load)))
}

fn peer_shot(server: &Server, load: &Load) -> Option<Shot> {
    if load.conditional || load.policy == Policy::Default {
        return None;
    }
    let shot = shot(server, url_of(server, load).ok()?, load);
    let answer = http::get_ok(&shot.url, &load.headers()).ok()?;
    let json = answer.header("content-type").is_some_and(|kind| kind.contains("json"));
    let gzip = answer.header("content-encoding") == Some("gzip");
    (json == (load.accept == JSON) && gzip == load.gzip).then_some(shot)
}

/// Takes what a server answers, as it stands on the wire, to where nginx finds it.
fn copy(server: &Server, load: &Load, root: &std::path::Path) -> Result<()> {
    let answer = http::get_ok(&url_of(server, load)?, &load.headers())?;
    nginx::put(root, &path_at_nginx(server, load)?, load.accept == JSON, load.gzip, &answer.body)
}

fn same_bytes(load: &Load, ours: Option<&Shot>, theirs: Option<&Shot>) -> Result<()> {
    let body = |shot: Option<&Shot>| {
        let shot = shot.context("nothing to ask")?;
        Ok::<_, anyhow::Error>(http::get_ok(&shot.url, &load.headers())?.body)
    };
    let (ours, theirs) = (body(ours)?, body(theirs)?);
    if ours != theirs {
        bail!("{}: {} bytes from Packhouse are not the {} from nginx", load.what, ours.len(), theirs.len());
    }
    eprintln!("{}: {} bytes", load.what, ours.len());
    Ok(())
}

/// All samples of one load at one number of connections: for each contender, one a round.
struct Series {
    load: &'static Load,
    connections: usize,
    samples: Vec<Vec<Sample>>,
}

fn run(place: &Place, tools: &Tools, options: &Options, field: &[Contender]) -> Result<Vec<Series>> {
    let connections: &[usize] = if options.quick || !options.wants(Part::Warm) { &[32] } else { &[32, 1] };
    let mut measured: Vec<Series> = LOADS
        .iter()
        .filter(|load| options.wants_load(load.what))
        .flat_map(|load| connections.iter().map(move |count| (load, *count)))
        .map(|(load, connections)| Series { load, connections, samples: vec![Vec::new(); field.len()] })
        .collect();
    if measured.is_empty() {
        bail!("no load has such a name; there are: {}", LOADS.map(|load| load.what).join("; "));
    }
    for round in 0..options.rounds {
        for series in &mut measured {
            let number = LOADS.iter().position(|load| load.what == series.load.what).unwrap_or_default();
            let mut order: Vec<usize> = (0..field.len()).collect();
            if round % 2 == 1 {
                order.reverse();
            }
            for who in order {
                let Some(shot) = &field[who].shots[number] else { continue };
                let sample = wrk::load(place, tools, shot, series.connections, options.seconds)?;
                eprintln!(
                    "round {}: {}, {} connections, {}: {:.0}/s, {:.1} µs CPU, load {}",
                    round + 1,
                    series.load.what,
                    series.connections,
                    field[who].name,
                    sample.rate,
                    sample.cpu_us(),
                    cpu::load()
                );
                series.samples[who].push(sample);
            }
        }
    }
    Ok(measured)
}

impl Series {
    /// The median of a number over the rounds.
    fn middle(&self, who: usize, of: impl Fn(&Sample) -> f64) -> Option<f64> {
        median(self.samples[who].iter().map(of))
    }

    /// The median of each round's ratio to nginx.
    fn ratio(&self, who: usize, of: impl Fn(&Sample) -> f64) -> Option<f64> {
        let rounds = self.samples[who].iter().zip(&self.samples[0]);
        median(rounds.map(|(sample, nginx)| of(sample) / of(nginx).max(f64::MIN_POSITIVE)))
    }

    fn latency(&self, who: usize) -> String {
        let (p50, p99) = (self.middle(who, |sample| sample.p50), self.middle(who, |sample| sample.p99));
        format!("{} / {}", short(p50.unwrap_or_default()), short(p99.unwrap_or_default()))
    }

    /// `None` when there was no round.
    fn row(&self, field: &[Contender]) -> Option<Row> {
        let (nginx, ours) = (0, 1);
        let rate = self.ratio(ours, |sample| sample.rate)?;
        let cpu = self.ratio(ours, Sample::cpu_us)?;
        let p99 = self.ratio(ours, |sample| sample.p99)?;
        let many = self.connections > 1;
        let mut reach = Vec::new();
        if many {
            reach.push(Goal::at_least("rate", self.load.least_rate, rate));
            reach.extend(self.load.most_cpu.map(|most| Goal::at_most("CPU", most, cpu)));
            reach.push(Goal::at_most("p99", 1.5, p99));
        }
        let peers = (2..field.len()).filter(|who| !self.samples[*who].is_empty());
        let peers = peers.map(|who| (field[who].name.clone(), self.peer(who)));
        let errors: u64 = self.samples[ours].iter().map(|sample| sample.errors).sum();
        if errors > 0 {
            reach.push(Goal::new(format!("no errors ({errors})"), false));
        }
        let plural = if self.connections == 1 { "connection" } else { "connections" };
        Some(Row {
            what: format!("{}, {} {plural}", self.load.what, self.connections),
            ours: format!("{:.0}/s", self.middle(ours, |sample| sample.rate)?),
            reference: format!("{:.0}/s", self.middle(nginx, |sample| sample.rate)?),
            ratio: Some(rate),
            cpu_us: self.middle(ours, Sample::cpu_us),
            cpu_ratio: Some(cpu),
            latency: self.latency(ours),
            reference_latency: self.latency(nginx),
            p99_ratio: Some(p99),
            reach,
            peers: peers.collect(),
            raw: field
                .iter()
                .zip(&self.samples)
                .map(|(one, samples)| (one.name.clone(), samples))
                .fold(serde_json::Map::new(), |mut raw, (name, samples)| {
                    raw.insert(name, serde_json::json!(samples));
                    raw
                })
                .into(),
        })
    }

    fn peer(&self, who: usize) -> String {
        let rate = short(self.ratio(who, |sample| sample.rate).unwrap_or_default());
        let cpu = short(self.ratio(who, Sample::cpu_us).unwrap_or_default());
        let fewest = self.samples[who].iter().map(|sample| sample.connections).min().unwrap_or_default();
        let fewer = if fewest < self.connections { format!(" [c{fewest}]") } else { String::new() };
        let errors: u64 = self.samples[who].iter().map(|sample| sample.errors).sum();
        let errors = if errors > 0 { format!(", {errors} errors") } else { String::new() };
        format!("{rate}, {cpu}x CPU{fewer}{errors}")
    }
}

/// What deciding costs while pages are warm: the same page with and without rules to it.
fn guards_share(measured: &[Series]) -> Option<String> {
    let find = |policy: Policy| {
        measured.iter().find(|series| {
            let load = series.load;
            load.policy == policy
                && load.target == LOADS[0].target
                && load.accept == LOADS[0].accept
                && !load.conditional
        })
    };
    let (with, without) = (find(Policy::Default)?, find(Policy::Open)?);
    let pairs = with.samples[1].iter().zip(&without.samples[1]);
    let more = median(pairs.map(|(with, without)| with.cpu_us() - without.cpu_us()))?;
    Some(format!(
        "The default policy's page against the same page without rules: {more:+.1} µs CPU a request (to reach: ≤ 5 µs)."
    ))
}

fn memory(
    ours: &Server,
    our_idle: u64,
    nginx: &Server,
    their_idle: u64,
    peers: &[(&Server, u64)],
) -> Vec<Row> {
    let mega = |bytes: u64| format!("{:.0} MB", bytes as f64 / MEGABYTE);
    let row = |what: &str, ours: u64, theirs: u64, most: u64, peers: Vec<(String, u64)>| Row {
        what: what.to_owned(),
        ours: mega(ours),
        reference: mega(theirs),
        ratio: Some(ours as f64 / theirs.max(1) as f64),
        reach: vec![Goal::new(format!("≤ {most} MB"), ours as f64 <= most as f64 * MEGABYTE)],
        peers: peers.into_iter().map(|(name, bytes)| (name, mega(bytes))).collect(),
        raw: serde_json::json!({ "packhouse": ours, "nginx": theirs }),
        ..Row::default()
    };
    let now = |server: &Server| cpu::resident(server.pid());
    let idle = peers.iter().map(|(server, idle)| (server.name.clone(), *idle)).collect();
    let after = peers.iter().map(|(server, _)| (server.name.clone(), now(server))).collect();
    vec![
        row("memory, idle", our_idle, their_idle, 30, idle),
        row("memory, after all loads", now(ours), now(nginx), 150, after),
    ]
}
