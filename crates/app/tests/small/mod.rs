//! A small distribution: alice and bob, three suites, tiny projects, and all that they say.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use packhouse_app::config::Config;
use packhouse_app::{Clock as _, LedgerError, ManualClock, Packhouse, SystemClock};
use packhouse_cast::{Member, Person, acts, found};
use packhouse_distribution::act::{Role, SuiteKind};
use packhouse_model::SuiteName;
use packhouse_testkit::{FakeUpstream, Wheel};
use tokio::sync::watch;

/// The codename of the stable suite.
pub(crate) const CODENAME: &str = "apricot";
const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody of the small distribution, by their name.
pub(crate) fn person(name: &str) -> Person {
    Person::named(name).unwrap()
}

/// Opens the data folder and reads the ledger, with a clock that stands: now, or behind the newest entry if that is later.
pub(crate) async fn open(
    data: &Path,
    upstream: &str,
) -> (Packhouse, Arc<ManualClock>, Result<(), LedgerError>) {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let config = Config { data: data.to_owned(), ..Config::default() };
    let opened =
        Packhouse::open(config, upstream, "http://127.0.0.1:8141".to_owned(), Arc::clone(&clock) as _);
    let packhouse = opened.await.unwrap();
    let read = packhouse.catch_up().await.map(|_| ());
    if let Some(newest) = packhouse.distribution().newest() {
        // By a second, as the same statement at the same moment is the same again.
        clock.advance(newest.plus(Duration::from_secs(1)).since(clock.now()));
    }
    (packhouse, clock, read)
}

/// A suite by its name.
pub(crate) fn suite(name: &str) -> SuiteName {
    name.parse().unwrap()
}

/// Founds a distribution in `data`: two people, three suites, and so many projects with one candidate each.
pub(crate) async fn prepare(data: &Path, upstream: &FakeUpstream, projects: usize) {
    std::fs::create_dir_all(data).unwrap();
    let (packhouse, _, read) = open(data, &upstream.simple_url()).await;
    read.unwrap();
    let (alice, bob) = (person("alice"), person("bob"));
    let member = |person, name, organisation, roles| Member { person, name, organisation, roles };
    let people = [
        member(&alice, "alice", "Example Foundation", &[Role::ReleaseManager, Role::Maintainer][..]),
        member(&bob, "bob", "University of Somewhere", &[Role::Maintainer, Role::Security]),
    ];
    found(&packhouse, "A small one", &people).await.unwrap();
    for (name, kind, source) in [
        ("unstable", SuiteKind::Unstable, None),
        ("testing", SuiteKind::Testing, Some("unstable")),
        (CODENAME, SuiteKind::Stable, Some("testing")),
    ] {
        let set = acts::suite(&suite(name), kind, source.map(suite).as_ref(), acts::ENVIRONMENT);
        alice.say(&packhouse, set, &[]).await.unwrap();
    }
    for number in 0..projects {
        let name = format!("small-{number:02}");
        let code = format!("answer = {number}\n");
        upstream.publish(Wheel::named(&name).module(&format!("small_{number}.py"), code).build());
        let add = acts::add(&format!("{name}==1.0").parse().unwrap());
        alice.say(&packhouse, add, &[]).await.unwrap();
    }
    let (stop, stopped) = watch::channel(false);
    let worker = packhouse.clone();
    let work = tokio::spawn(async move { worker.work(stopped).await });
    let all_here = async {
        while packhouse.distribution().candidates.len() < projects {
            tokio::task::yield_now().await;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, all_here).await.expect("all candidates");
    stop.send_replace(true);
    work.await.unwrap();
    packhouse.close().await;
}
