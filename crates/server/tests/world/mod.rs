//! A made-up distribution behind a real server on loopback: two people, three suites, reviews, and releases that wait.

use std::sync::Arc;
use std::time::Duration;

use packhouse_app::config::Config;
use packhouse_app::{Clock as _, ManualClock, Packhouse};
use packhouse_cast::{Person, acts};
use packhouse_distribution::act::{
    Claim, Condition, Join, Note, Profile, ProjectAdd, Review, Role, Scope, Steward, StewardAction,
    SuiteKind, SuiteSet, Tier, Verdict,
};
use packhouse_distribution::{Act, Release};
use packhouse_model::{Sha256, SuiteName, Timestamp};
use packhouse_testkit::{BuiltFile, Dialect, FakeUpstream, Sdist, Upload, Wheel};
use tokio::sync::watch;

pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

/// The server, its upstream and its clock. Stops when it is dropped with its runtime.
pub(crate) struct World {
    pub(crate) url: String,
    pub(crate) packhouse: Packhouse,
    pub(crate) upstream: FakeUpstream,
    clock: Arc<ManualClock>,
    tell: watch::Sender<bool>,
    _data: tempfile::TempDir,
}

impl World {
    /// Starts a server; there is no distribution yet.
    pub(crate) async fn start() -> Self {
        let upstream = FakeUpstream::start();
        upstream.speak(Dialect::Json);
        let data = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(ManualClock::at("2026-11-01T08:00:00Z".parse().expect("a time")));
        let (tell, stop) = watch::channel(false);
        let port = std::env::var("PACKHOUSE_WORLD_PORT").unwrap_or_else(|_| "0".to_owned());
        let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let mut config = Config { data: data.path().to_owned(), ..Config::default() };
        config.upstream.retries = 0;
        let packhouse = Packhouse::open(config, &upstream.simple_url(), url.clone(), clock.clone()).await;
        let packhouse = packhouse.expect("it opens");
        tokio::spawn(packhouse_server::serve(packhouse.clone(), listener, stop.clone()));
        let worker = packhouse.clone();
        tokio::spawn(async move { worker.work(stop).await });
        Self { url, packhouse, upstream, clock, tell, _data: data }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    pub(crate) fn publish(&self, built: BuiltFile, at: &str) {
        self.upstream.publish(Upload::of(built).at(at));
    }

    pub(crate) async fn say(&self, who: &Person, act: impl Into<Act>, files: &[(String, Sha256)]) {
        self.clock.advance(Duration::from_secs(60));
        let act: Act = act.into();
        let word = act.word();
        if let Err(error) = who.say(&self.packhouse, act, files).await {
            panic!("{word}: {}", packhouse_app::error_chain(&error));
        }
    }

    /// Brings a release under maintenance and waits until it was taken in.
    pub(crate) async fn take_in(&self, who: &Person, release: &str) {
        let release: Release = release.parse().expect(release);
        let act = ProjectAdd { tier: Tier::Shared, ..acts::add(&release) };
        self.say(who, act, &[]).await;
        for _ in 0..600 {
            if self.packhouse.distribution().candidates.contains(&release) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{release} was not taken in");
    }

    pub(crate) async fn review(&self, who: &Person, release: &str, base: Option<&str>, verdict: Verdict) {
        let release: Release = release.parse().expect(release);
        let state = self.packhouse.distribution();
        let files_of = |release: &Release| -> Vec<(String, Sha256)> {
            let row = state.candidates.get(release).expect("a candidate");
            row.files.iter().map(|(name, sha256)| (name.clone(), *sha256)).collect()
        };
        let scope = match base {
            None => Scope::Full,
            Some(base) => {
                let base: Release = base.parse().expect(base);
                let base_files = files_of(&base).into_iter().map(|(_, sha256)| sha256).collect();
                Scope::Delta { base, base_files }
            }
        };
        let files = files_of(&release);
        let act = Review {
            scope,
            verdict,
            minutes: 35,
            notes: "Read all of it; the tests pass here.".to_owned(),
            ..acts::acceptance(&release)
        };
        self.say(who, act, &files).await;
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.tell.send_replace(true);
    }
}

fn suite(name: &str, kind: SuiteKind, source: Option<&str>) -> SuiteSet {
    let named = |name: &str| -> SuiteName { name.parse().expect(name) };
    SuiteSet {
        profiles: vec![Profile { name: "web".to_owned(), requires: vec!["flask".to_owned()] }],
        ..acts::suite(&named(name), kind, source.map(named).as_ref(), acts::ENVIRONMENT)
    }
}

fn flask(version: &str, port: bool, requires: &[&str]) -> Wheel {
    let mut app = String::from("\"\"\"The application.\"\"\"\n\nimport os\n");
    if port {
        app.push_str("import socket\nimport subprocess\n");
    }
    app.push_str("\n\nclass Flask:\n    def __init__(self, name):\n        self.name = name\n        self.routes = {}\n\n");
    for number in 0..40 {
        app.push_str(&format!("    def method_{number}(self):\n        return {number}\n\n"));
    }
    if port {
        app.push_str("    def run(self, host, port=5000):\n        socket.create_connection((host, port))\n");
        app.push_str("        return subprocess.run([\"echo\", host], check=True)\n");
    } else {
        app.push_str("    def run(self, host):\n        return host\n");
    }
    let mut wheel = Wheel::named("Flask")
        .version(version)
        .header("Author-email", "Pallets <contact@pallets.invalid>")
        .header("Summary", if port { "A framework, with ports" } else { "A framework" })
        .module("flask/__init__.py", format!("__version__ = \"{version}\"\n"))
        .module("flask/app.py", app)
        .script("flask", "flask.cli:main");
    for requirement in requires {
        wheel = wheel.requires(requirement);
    }
    if port {
        wheel = wheel.module("flask_boot.pth", "import flask\n").script("flask-run", "flask.app:run");
    }
    wheel
}

fn wheel(name: &str, version: &str) -> BuiltFile {
    let content = format!("VERSION = \"{version}\"\n\n\ndef answer():\n    return 42\n");
    Wheel::named(name).version(version).module(&format!("{name}.py"), content).build()
}

fn person(name: &str) -> Person {
    Person::named(name).expect(name)
}

pub(crate) fn alice() -> Person {
    person("alice")
}

pub(crate) fn dora() -> Person {
    person("dora")
}

pub(crate) fn bob() -> Person {
    person("bob")
}

/// People and suites.
pub(crate) async fn found(world: &World) {
    let (alice, bob, carol) = (alice(), bob(), person("carol"));
    world.packhouse.found("Orchard").await.expect("founded");
    let first = [Role::ReleaseManager, Role::Maintainer, Role::Security];
    world.packhouse.invite_first(&alice.id, &alice.line(), &first).await.expect("invited");
    world.say(&alice, join("Alice Ardent", "Ardent GmbH"), &[]).await;
    for (person, name, roles, employer) in [
        (&bob, "Bob Bramley", vec![Role::Maintainer, Role::Security], "Bramley Ltd"),
        (&carol, "Carol Cox", vec![Role::Maintainer], "Pallets"),
        (&dora(), "Dora Discovery", vec![Role::Maintainer], "Russet Inc."),
    ] {
        let invite =
            packhouse_distribution::act::Invite { maintainer: person.id.clone(), key: person.line(), roles };
        world.say(&alice, invite, &[]).await;
        world.say(person, join(name, employer), &[]).await;
    }
    world.say(&alice, suite("unstable", SuiteKind::Unstable, None), &[]).await;
    world.say(&alice, suite("testing", SuiteKind::Testing, Some("unstable")), &[]).await;
    world.say(&alice, suite("pear", SuiteKind::Stable, Some("testing")), &[]).await;
}

fn join(name: &str, employer: &str) -> Join {
    let since = "2024-01-01T00:00:00Z".parse().expect("a time");
    Join { addresses: vec![Sha256::of(name.as_bytes())], ..acts::join(name, employer, since) }
}

/// Releases that are in the suites, and some that wait.
pub(crate) async fn fill(world: &World) {
    let (alice, bob, carol) = (alice(), bob(), person("carol"));
    for version in ["3.0.0", "3.1.0"] {
        world.publish(wheel("werkzeug", version), "2026-10-01T00:00:00Z");
    }
    world.publish(wheel("blinker", "1.9"), "2026-10-01T00:00:00Z");
    world.publish(flask("3.0.3", false, &["werkzeug>=3"]).build(), "2026-10-01T00:00:00Z");
    world.publish(
        Sdist::named("flask").version("3.0.3").module("flask/app.py", "x = 1\n").build(),
        "2026-10-01T00:00:00Z",
    );
    world.publish(flask("3.1.0", true, &["werkzeug>=3.1", "blinker>=1.9"]).build(), "2026-10-20T00:00:00Z");
    world.publish(
        Sdist::named("flask").version("3.1.0").module("flask/app.py", "x = 2\n").build(),
        "2026-10-20T00:00:00Z",
    );
    for release in ["werkzeug==3.0.0", "flask==3.0.3"] {
        world.take_in(&alice, release).await;
        for person in [&alice, &bob, &dora(), &carol] {
            world.review(person, release, None, Verdict::Accept).await;
        }
    }
    let adopt = Steward {
        project: "flask==3.0.3".parse::<Release>().expect("a release").project,
        maintainer: bob.id.clone(),
        action: StewardAction::Adopt,
    };
    world.say(&bob, adopt, &[]).await;
    world.advance(15 * DAY);
    let testing: SuiteName = "testing".parse().expect("a name");
    world.packhouse.migrate(&testing).await.expect("it migrates");
    for release in ["flask==3.1.0", "werkzeug==3.1.0", "blinker==1.9"] {
        world.take_in(&alice, release).await;
    }
    let flask: Release = "flask==3.1.0".parse().expect("a release");
    let note = |line: Option<u32>, text: &str| Note {
        release: flask.clone(),
        path: line.map(|_| "flask/app.py".to_owned()),
        line,
        text: text.to_owned(),
        machine: None,
    };
    world.say(&bob, note(Some(4), "Is the network needed at import?"), &[]).await;
    world.say(&bob, note(None, "The changelog says nothing of ports."), &[]).await;
    world.review(&alice, "flask==3.1.0", Some("flask==3.0.3"), Verdict::Accept).await;
    world.review(&carol, "flask==3.1.0", Some("flask==3.0.3"), Verdict::Accept).await;
    world.review(&alice, "flask==3.1.0", None, Verdict::Accept).await;
    world.advance(12 * DAY);
    // Not before: the worker migrates by the clock too, and this one is to have an excuse.
    world.review(&bob, "werkzeug==3.1.0", Some("werkzeug==3.0.0"), Verdict::Accept).await;
    world.review(&alice, "werkzeug==3.1.0", Some("werkzeug==3.0.0"), Verdict::Accept).await;
    let claim =
        Claim { release: "blinker==1.9".parse().expect("a release"), until: world.now().plus(2 * DAY) };
    world.say(&bob, claim, &[]).await;
    let werkzeug = "werkzeug==3.0.0".parse().expect("a release");
    let reason = "Cookies of 3.0 are not read by 3.1.";
    let yank = acts::withdraw(&world.packhouse.distribution(), &werkzeug, Condition::Yanked, reason);
    world.say(&alice, yank, &[]).await;
}

/// A module of some hundred lines, as an editor knows it: comments, strings, classes.
fn module(version: &str, number: usize, classes: usize) -> String {
    let mut text = format!("\"\"\"Module {number}.\n\nNothing of it is run.\n\"\"\"\n\nimport os\n\n");
    for class in 0..classes {
        text.push_str(&format!(
            "\n\nclass Thing{class}:\n    \"\"\"One of many.\"\"\"\n\n    # Since {version}.\n    limit = {class}\n\n    \
             def run(self, name: str, *, count: int = {class}) -> list[str]:\n        if not name:\n            \
             raise ValueError(f\"{{name!r}} is empty in {version}\")\n        \
             return [os.path.join(name, str(at)) for at in range(count)]\n"
        ));
    }
    text
}

/// A project of 10,000 files that all change, one with a line of 10 MB, and one with an update of the size of pip's:
/// 203 files, 23,000 lines.
pub(crate) async fn fill_large(world: &World) {
    let alice = alice();
    let many = |version: &str| {
        let wheel = Wheel::named("many").version(version);
        (0..10_000).fold(wheel, |wheel, number| {
            let text = format!("import os\n\n\ndef f(x):\n    return {version}, {number}\n");
            wheel.module(&format!("many/module_{number:05}.py"), text)
        })
    };
    let wide = |version: &str, at: usize| {
        let mut line = vec![b'a'; 10_000_000];
        line[at] = b'b';
        let text = [&b"DATA = '"[..], &line, b"'\n"].concat();
        Wheel::named("wide").version(version).module("wide.py", text).stored()
    };
    let update = |version: &str, classes: usize| {
        (0..203).fold(Wheel::named("update").version(version), |wheel, number| {
            wheel.module(&format!("update/module_{number:03}.py"), module(version, number, classes))
        })
    };
    world.publish(update("1.0", 2).build(), "2026-09-01T00:00:00Z");
    world.publish(update("2.0", 11).build(), "2026-09-02T00:00:00Z");
    world.publish(many("1.0").build(), "2026-09-01T00:00:00Z");
    world.publish(many("2.0").build(), "2026-09-02T00:00:00Z");
    world.publish(wide("1.0", 5).build(), "2026-09-01T00:00:00Z");
    world.publish(wide("2.0", 5_000_000).build(), "2026-09-02T00:00:00Z");
    for release in ["many==1.0", "wide==1.0", "update==1.0"] {
        world.take_in(&alice, release).await;
        for person in [&alice, &bob(), &dora()] {
            world.review(person, release, None, Verdict::Accept).await;
        }
    }
    for release in ["many==2.0", "wide==2.0", "update==2.0"] {
        world.take_in(&alice, release).await;
    }
}
