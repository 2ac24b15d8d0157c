//! "No path serves what another refuses": random policies and suites over a fixed world of projects; for every file, all
//! routes of all indexes must agree: those of the configuration, of suites, and of snapshots.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use packhouse_app::config::{Config, IndexSettings};
use packhouse_app::{Clock as _, ManualClock, Packhouse};
use packhouse_guard::{
    DeletedPolicy, EntryConfig, ExceptionConfig, FindingsPolicy, PolicyConfig, RefusedFiles, SdistPolicy,
    VulnerabilityPolicy,
};
use packhouse_model::{Sha256, Timestamp};
use packhouse_testkit::httptest::{Answer, get, request};
use packhouse_testkit::{BuiltFile, Dialect, FakeUpstream, Sdist, Upload, Wheel};
use proptest::prelude::*;
use serde_json::Value;

/// The moment all cases begin at; uploads lie before it.
const NOW: &str = "2026-06-01T00:00:00Z";
mod advisories;
mod distribution;

use advisories::Records;
use distribution::{Made, Plan};

/// The file that has a provenance.
const PROVEN: &str = "alpha-1.0-py3-none-any.whl";
const PROJECTS: [&str; 11] = [
    "alpha",
    "beta",
    "gamma",
    "acme-core",
    "acmecorp",
    "sdist-only",
    "local",
    "reqeusts",
    "looked-into",
    "leaning",
    "fresh-twig",
];
/// What is known of their files only when somebody has asked for them.
const ASKED_FOR: [&str; 2] = ["looked-into", "leaning"];

struct Known {
    project: &'static str,
    filename: String,
    sha256: Sha256,
    version: String,
    wheel: bool,
}

struct World {
    upstream: FakeUpstream,
    files: Vec<Known>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let upstream = FakeUpstream::start();
    upstream.speak(Dialect::Json);
    let mut files = Vec::new();
    let mut add = |project: &'static str, built: BuiltFile, change: fn(Upload) -> Upload| {
        files.push(Known {
            project,
            filename: built.filename.clone(),
            sha256: built.sha256,
            version: built.version.clone(),
            wheel: built.filename.ends_with(".whl"),
        });
        upstream.publish(change(Upload::of(built)));
    };
    // What nobody can read as Python is held when it is asked for, and listed until then.
    let module = |version: &str| format!("VERSION = {version:?}\n");
    let wheel = |name: &str, version: &str| {
        Wheel::named(name).version(version).module("m.py", module(version)).build()
    };
    let sdist = |name: &str, version: &str| {
        Sdist::named(name).version(version).module("m.py", module(version)).build()
    };
    add("alpha", wheel("alpha", "0.9"), |u| u.at("2025-01-01T00:00:00Z").yanked("broken"));
    add("alpha", wheel("alpha", "1.0"), |u| {
        u.at("2025-02-01T00:00:00Z").provenance(serde_json::json!({"version": 1}))
    });
    add("alpha", sdist("alpha", "1.0"), |u| u.at("2025-02-01T00:00:00Z"));
    add("alpha", wheel("alpha", "1.1"), |u| u.at("2026-05-29T00:00:00Z"));
    add("alpha", wheel("alpha", "2.0"), |u| u.at("2026-05-31T23:00:00Z"));
    add("beta", wheel("beta", "1.0"), |u| u.at("2025-01-01T00:00:00Z"));
    add("gamma", wheel("gamma", "1.0"), Upload::unknown_age);
    add("gamma", wheel("gamma", "1.1rc1"), |u| u.at("2025-01-01T00:00:00Z"));
    add("acme-core", wheel("acme-core", "1.0"), |u| u.at("2025-01-01T00:00:00Z"));
    add("acmecorp", wheel("acmecorp", "1.0"), |u| u.at("2025-01-01T00:00:00Z"));
    add("sdist-only", sdist("sdist-only", "1.0"), |u| u.at("2025-01-01T00:00:00Z"));
    add("local", wheel("local", "1!2.0+cpu.1"), |u| u.at("2025-01-01T00:00:00Z"));
    // Looks like a name that everybody knows, and is new.
    add("reqeusts", wheel("reqeusts", "1.0"), |u| u.at("2026-05-01T00:00:00Z"));
    // The second release decodes what it runs; harmless, as it prints.
    add("looked-into", wheel("looked-into", "1.0"), |u| u.at("2025-01-01T00:00:00Z"));
    let decodes = "import base64\nexec(base64.b64decode('cHJpbnQoMSk='))\n";
    let decoding = Wheel::named("looked-into").version("1.1").module("m.py", decodes).build();
    add("looked-into", decoding, |u| u.at("2025-03-01T00:00:00Z"));
    // The second release needs something that nobody knew, and an old wheel got another one later.
    add("leaning", wheel("leaning", "1.0"), |u| u.at("2025-01-01T00:00:00Z"));
    let leaning = Wheel::named("leaning").version("1.1").module("m.py", module("1.1"));
    add("leaning", leaning.requires("fresh-twig").build(), |u| u.at("2026-05-20T00:00:00Z"));
    let late = Wheel::named("leaning").version("1.0").tag("py2-none-any").module("m.py", module("1.0"));
    add("leaning", late.build(), |u| u.at("2026-05-21T00:00:00Z"));
    add("fresh-twig", wheel("fresh-twig", "0.1"), |u| u.at("2026-05-19T00:00:00Z"));
    upstream.set_status("beta", "quarantined", Some("malware"));
    World { upstream, files }
});

fn entry() -> impl Strategy<Value = String> {
    let files = WORLD.files.len();
    prop_oneof![
        prop::sample::select(&PROJECTS[..]).prop_map(str::to_owned),
        Just("acme-*".to_owned()),
        Just("al*".to_owned()),
        (0..files).prop_map(|at| format!("{}=={}", WORLD.files[at].project, WORLD.files[at].version)),
        (0..files).prop_map(|at| format!("sha256:{}", WORLD.files[at].sha256)),
    ]
}

fn policy() -> impl Strategy<Value = PolicyConfig> {
    let sdist = prop::sample::select(vec![
        SdistPolicy::Always,
        SdistPolicy::UnlessWheel,
        SdistPolicy::UnlessUniversalWheel,
        SdistPolicy::Never,
    ]);
    let private = prop::sample::select(vec![vec![], vec!["acme-*".to_owned()], vec!["alpha".to_owned()]]);
    let allow = prop_oneof![3 => Just(Vec::new()), 1 => prop::collection::vec(entry(), 1..4)];
    (
        (
            prop::sample::select(vec!["0", "2h", "7d", "400d"]),
            prop::sample::select(vec!["0", "12d", "30d", "400d"]),
        ),
        private,
        allow,
        prop::collection::vec(entry(), 0..3),
        sdist,
        any::<bool>(),
        prop::sample::select(vec![DeletedPolicy::KeepOld, DeletedPolicy::Keep, DeletedPolicy::Refuse]),
        prop::sample::select(vec!["0", "10d", "365d"]),
        (
            prop::sample::select(vec!["0", "300d", "730d"]),
            prop::sample::select(vec!["0", "10d", "90d"]),
            prop::sample::select(vec!["0", "14d"]),
        ),
        prop::sample::select(vec![
            VulnerabilityPolicy::Inform,
            VulnerabilityPolicy::Warn,
            VulnerabilityPolicy::Block,
        ]),
        prop::sample::select(vec![
            FindingsPolicy::Off,
            FindingsPolicy::Block,
            FindingsPolicy::Review,
            FindingsPolicy::Hold,
        ]),
    )
        .prop_map(
            |(
                (cooldown, new_projects),
                private,
                allow,
                deny,
                sdist,
                omit,
                deleted,
                names,
                (new_sdists, new_dependencies, publisher),
                vulnerabilities,
                findings,
            )| {
                PolicyConfig {
                    new_sdists: new_sdists.to_owned(),
                    new_dependencies: new_dependencies.to_owned(),
                    publisher: publisher.to_owned(),
                    names: names.to_owned(),
                    vulnerabilities,
                    findings,
                    cooldown: cooldown.to_owned(),
                    cooldown_new_projects: new_projects.to_owned(),
                    private,
                    allow: allow.into_iter().map(EntryConfig::Text).collect(),
                    deny: deny.into_iter().map(EntryConfig::Text).collect(),
                    sdist,
                    refused_files: if omit { RefusedFiles::Omit } else { RefusedFiles::Tombstone },
                    deleted,
                    ..PolicyConfig::default()
                }
            },
        )
}

fn exceptions() -> impl Strategy<Value = Vec<ExceptionConfig>> {
    let one = (0..WORLD.files.len(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(at, by_hash, live, one_index)| {
            let file = &WORLD.files[at];
            ExceptionConfig {
                project: (!by_hash).then(|| file.project.to_owned()),
                version: (!by_hash).then(|| file.version.clone()),
                sha256: by_hash.then_some(file.sha256),
                rules: Vec::new(),
                reason: "needed".to_owned(),
                author: "ada".to_owned(),
                until: if live { "2027-01-01" } else { "2026-01-01" }.parse().expect("a date"),
                indexes: if one_index { vec!["team".to_owned()] } else { Vec::new() },
            }
        },
    );
    prop::collection::vec(one, 0..3)
}

/// What one index says of the files of a project, by one route: the names of those it hands out.
type Served = BTreeSet<String>;

fn from_json(answer: &Answer) -> Served {
    if answer.status != 200 {
        return Served::new();
    }
    let page = answer.json();
    let files = page["files"].as_array().expect("files").iter();
    files
        .filter(|file| file["_packhouse"]["outcome"] != "tombstone")
        .map(|file| file["filename"].as_str().expect("a name").to_owned())
        .collect()
}

fn from_html(answer: &Answer) -> Served {
    if answer.status != 200 {
        return Served::new();
    }
    let text = answer.text();
    let anchors = text.split("<a ").skip(1);
    anchors
        .filter(|anchor| !anchor.contains("data-yanked=\"Blocked by policy"))
        .map(|anchor| {
            anchor.split('>').nth(1).and_then(|rest| rest.split('<').next()).expect("a text").to_owned()
        })
        .collect()
}

fn from_api(answer: &Answer) -> Served {
    if answer.status != 200 {
        return Served::new();
    }
    let document = answer.json();
    let releases = document["releases"].as_object().expect("releases").values();
    releases
        .flat_map(|files| files.as_array().expect("files"))
        .filter(|file| !file["yanked_reason"].as_str().unwrap_or_default().starts_with("Blocked by policy"))
        .map(|file| file["filename"].as_str().expect("a name").to_owned())
        .collect()
}

fn from_why(answer: &Answer) -> Served {
    if answer.status != 200 {
        return Served::new();
    }
    let explanation = answer.json();
    if explanation["decision"]["outcome"] != "serve" {
        return Served::new();
    }
    let releases = explanation["releases"].as_array().expect("releases").iter();
    releases
        .flat_map(|release| release["files"].as_array().expect("files"))
        .filter(|file| file["decision"]["outcome"] == "serve")
        .map(|file| file["filename"].as_str().expect("a name").to_owned())
        .collect()
}

const JSON: (&str, &str) = ("accept", "application/vnd.pypi.simple.v1+json");

fn ask(url: &str, headers: &[(&str, &str)]) -> Answer {
    get(url, headers).unwrap_or_else(|error| panic!("{url}: {error:?}"))
}

fn check(base: &str, indexes: &[String], unlisted: &BTreeSet<Sha256>) -> Result<(), TestCaseError> {
    let mut served_somewhere: BTreeMap<&str, Served> = BTreeMap::new();
    // What is in a file is known when somebody has asked for it.
    for file in WORLD.files.iter().filter(|file| ASKED_FOR.contains(&file.project)) {
        ask(&format!("{base}/files/{}/{}", file.sha256, file.filename.replace('+', "%2B")), &[]);
    }
    for project in PROJECTS {
        for index in indexes {
            let index = index.as_str();
            let simple =
                if index == "default" { "/simple".to_owned() } else { format!("/pypi/{index}/simple") };
            let api = if index == "default" { "/pypi".to_owned() } else { format!("/pypi/{index}/pypi") };
            let prefix = if index == "default" { String::new() } else { format!("{index}:") };
            let json = ask(&format!("{base}{simple}/{project}/"), &[JSON]);
            let html = ask(&format!("{base}{simple}/{project}/"), &[("accept", "text/html")]);
            let document = ask(&format!("{base}{api}/{project}/json"), &[]);
            let why = ask(&format!("{base}/why/{prefix}{project}?format=json"), &[]);
            prop_assert_eq!(json.status, html.status, "{} {}", index, project);
            // A snapshot holds what it holds, and nothing falls through.
            let absent = index.contains('@') && json.status == 404;
            let known = absent || matches!(json.status, 200 | 451);
            prop_assert!(known, "{} {}: {}", index, project, json.status);
            let served = from_json(&json);
            if served.contains(PROVEN) {
                let files = json.json()["files"].as_array().expect("files").clone();
                let proven = files.iter().find(|file| file["filename"] == PROVEN).expect("it is listed");
                prop_assert!(proven["provenance"].is_string(), "provenance in {}", index);
            }
            // A page can list what is refused; the document needs a version that it can speak of.
            let all_refused = !absent && served.is_empty() && why.json()["releases"] != serde_json::json!([]);
            let expected = if all_refused { 451 } else { json.status };
            prop_assert_eq!(document.status, expected, "JSON API of {} in {}", project, index);
            if !served.is_empty() {
                let version = document.json()["info"]["version"].as_str().expect("a version").to_owned();
                let of_it = |file: &&Known| file.project == project && file.version == version;
                let speaks_of_served =
                    WORLD.files.iter().filter(of_it).any(|file| served.contains(&file.filename));
                prop_assert!(speaks_of_served, "JSON API of {} in {} speaks of {}", project, index, version);
            }
            prop_assert_eq!(&served, &from_html(&html), "HTML of {} in {}", project, index);
            prop_assert_eq!(&served, &from_api(&document), "JSON API of {} in {}", project, index);
            prop_assert_eq!(&served, &from_why(&why), "why of {} in {}", project, index);
            served_somewhere.entry(project).or_default().extend(served);
        }
    }
    for file in &WORLD.files {
        let mut served = served_somewhere[file.project].contains(&file.filename);
        let url = format!("{base}/files/{}/{}", file.sha256, file.filename.replace('+', "%2B"));
        let expect = |served: bool, status: u16, right: u16, route: &str| {
            // The upstream lists nothing of what it has quarantined: an exception admits a project without files.
            let absent = status == 404 && file.project == "beta";
            let refused = matches!(status, 403 | 451) || absent;
            prop_assert!(
                if served { status == right } else { refused },
                "{} of {}: {} (served: {})",
                route,
                file.filename,
                status,
                served
            );
            Ok(())
        };
        let head = request("HEAD", &url, &[]).expect("an answer").status;
        // What a suite has held is handed out by its hash although no page offers it; all routes to it must agree.
        served |= unlisted.contains(&file.sha256) && head == 200;
        let expect = |status: u16, right: u16, route: &str| expect(served, status, right, route);
        expect(head, 200, "HEAD")?;
        // Before the file is here, so that metadata comes by ranges; and after.
        if file.wheel {
            expect(ask(&format!("{url}.metadata"), &[]).status, 200, "metadata")?;
        }
        let whole = ask(&url, &[]);
        let reason = if whole.status == 200 { "GET".to_owned() } else { format!("GET ({})", whole.text()) };
        expect(whole.status, 200, &reason)?;
        if served {
            prop_assert_eq!(Sha256::of(&whole.body), file.sha256);
        }
        expect(ask(&url, &[]).status, 200, "GET again")?;
        expect(ask(&url, &[("range", "bytes=0-9")]).status, 206, "range")?;
        if file.filename == PROVEN {
            let provenance = ask(&format!("{url}.provenance"), &[]);
            expect(provenance.status, 200, "provenance")?;
            if served {
                prop_assert_eq!(provenance.json(), serde_json::json!({"version": 1}));
            }
        }
    }
    Ok(())
}

fn serve_and_check(
    config: Config,
    plan: Option<&Plan>,
    records: &Records,
    later: Duration,
) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let now: Timestamp = NOW.parse().expect("a time");
    let clock = Arc::new(ManualClock::at(now.minus(distribution::BEFORE)));
    let (tell, stop) = tokio::sync::watch::channel(false);
    let (base, packhouse, tasks) = runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let packhouse =
            Packhouse::open(config, &WORLD.upstream.simple_url(), base.clone(), clock.clone()).await;
        let packhouse = packhouse.expect("opens");
        let worker = packhouse.clone();
        let until = stop.clone();
        let work = tokio::spawn(async move { worker.work(until).await });
        (base, packhouse.clone(), (tokio::spawn(packhouse_server::serve(packhouse, listener, stop)), work))
    });
    let made = plan.map(|plan| runtime.block_on(Made::make(&packhouse, &clock, plan)));
    runtime.block_on(records.first(&packhouse));
    clock.advance(now.since(clock.now()));
    let indexes = || -> Vec<String> {
        let own = ["default", "team"].map(str::to_owned).into_iter();
        own.chain(Made::indexes(&packhouse)).collect()
    };
    let unlisted = || Made::once_held(&packhouse);
    // Four times: decisions must move on together when something is withdrawn or given back, when advisories come and go,
    // and when time passes, also those that were kept.
    let result = check(&base, &indexes(), &unlisted())
        .and_then(|()| {
            let Some((made, plan)) = made.as_ref().zip(plan) else { return Ok(()) };
            runtime.block_on(made.withdraw(&packhouse, &clock, &plan.after));
            check(&base, &indexes(), &unlisted())
        })
        .and_then(|()| {
            runtime.block_on(records.then(&packhouse));
            check(&base, &indexes(), &unlisted())
        })
        .and_then(|()| {
            clock.advance(later);
            check(&base, &indexes(), &unlisted())
        });
    tell.send_replace(true);
    runtime.block_on(tasks.0).expect("no panic").expect("stops");
    runtime.block_on(tasks.1).expect("no panic");
    result
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_path_serves_what_another_refuses(
        base in policy(),
        team in policy(),
        exception in exceptions(),
        records in advisories::records(),
        plan in prop::option::weighted(0.7, distribution::plan()),
        suites in (distribution::configured(), distribution::configured()),
        later in prop::sample::select(vec![60_u64, 3 * 3_600, 8 * 86_400]),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = Config { data: folder.path().to_owned(), policy: base, exception, ..Config::default() };
        config.upstream.retries = 0;
        config.suite = Some(suites.0.to_owned());
        let team = IndexSettings { policy: team, suite: Some(suites.1.to_owned()), ..Default::default() };
        config.index.insert("team".to_owned(), team);
        serve_and_check(config, plan.as_ref(), &records, Duration::from_secs(later))?;
    }
}

/// The indexes of the configuration stand on a suite that holds the project, and testing shows what the upstream has.
#[test]
fn a_suites_own_index_decides_on_files_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut config =
        Config { data: folder.path().to_owned(), suite: Some("unstable".to_owned()), ..Config::default() };
    "0".clone_into(&mut config.policy.cooldown);
    let team = IndexSettings { suite: Some("unstable".to_owned()), ..Default::default() };
    config.index.insert("team".to_owned(), team);
    let plan = Plan::unstable("alpha==2.0");
    serve_and_check(config, Some(&plan), &Records::default(), Duration::from_mins(1))
        .unwrap_or_else(|error| panic!("{error}"));
}

/// The suite's page lists what the ledger says, so no operator lets in another version of the project by its address.
#[test]
fn an_exception_opens_no_suite() {
    let folder = tempfile::tempdir().expect("a folder");
    let except = ExceptionConfig {
        project: Some("alpha".to_owned()),
        version: Some("1.1".to_owned()),
        sha256: None,
        rules: vec![],
        reason: "needed".to_owned(),
        author: "ada".to_owned(),
        until: "2027-01-01T00:00:00Z".parse().expect("a time"),
        indexes: vec![],
    };
    let mut config = Config { data: folder.path().to_owned(), exception: vec![except], ..Config::default() };
    "0".clone_into(&mut config.policy.cooldown);
    config.index.insert("team".to_owned(), IndexSettings::default());
    let plan = Plan::testing("alpha==1.0");
    serve_and_check(config, Some(&plan), &Records::default(), Duration::from_mins(1))
        .unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn the_world_is_there() {
    let page = ask(&format!("{}alpha/", WORLD.upstream.simple_url()), &[JSON]);
    let files: &Value = &page.json()["files"];
    assert_eq!(files.as_array().expect("files").len(), 5);
}
