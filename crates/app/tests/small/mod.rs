//! A small distribution: alice and bob, three suites, tiny projects, and all that they say.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use packhouse_app::config::Config;
use packhouse_app::{Clock as _, LedgerError, ManualClock, Packhouse, Submitted, SystemClock};
use packhouse_distribution::act::{
    Affiliation, Environment, Invite, Join, ProjectAdd, Review, Role, Scope, SuiteKind, SuiteSet,
    Thoroughness, Tier, Verdict,
};
use packhouse_distribution::state::rows::CandidateRow;
use packhouse_distribution::{Act, Actor, Release, entry};
use packhouse_model::{MaintainerId, ProjectName, Sha256, SuiteName};
use packhouse_pypi::version::Version;
use packhouse_testkit::{FakeUpstream, Wheel};
use packhouse_trust::{Envelope, SecretKey, Signer as _};
use tokio::sync::watch;

/// The codename of the stable suite.
pub(crate) const CODENAME: &str = "apricot";
const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody with a key, which is in a file.
pub(crate) struct Person {
    pub(crate) id: MaintainerId,
    key: SecretKey,
}

impl Person {
    fn make(name: &str, data: &Path) -> Self {
        let key = SecretKey::from_seed(Sha256::of(name.as_bytes()).as_bytes()).with_comment(name);
        std::fs::write(data.join(format!("{name}.key")), key.to_openssh(None).unwrap().as_bytes()).unwrap();
        Self::read(name, data)
    }

    /// Somebody whose key was made before.
    pub(crate) fn read(name: &str, data: &Path) -> Self {
        let text = std::fs::read_to_string(data.join(format!("{name}.key"))).unwrap();
        Self { id: name.parse().unwrap(), key: SecretKey::from_openssh(&text, None).unwrap() }
    }

    fn line(&self) -> String {
        self.key.public_key().to_openssh(self.id.as_str())
    }

    /// Signs an act and hands it in.
    pub(crate) async fn say(
        &self,
        packhouse: &Packhouse,
        act: impl Into<Act>,
        files: &[(String, Sha256)],
    ) -> Result<Submitted, LedgerError> {
        let founded = packhouse.distribution().distribution().unwrap().id;
        let by = Actor::Maintainer(self.id.clone());
        let statement = entry::statement(founded, &act.into(), packhouse.now(), &by, files);
        let envelope = Envelope::sign(statement.to_bytes().unwrap(), &self.key).unwrap();
        packhouse.submit(&envelope.to_bytes()).await
    }

    async fn join(&self, packhouse: &Packhouse, organisation: &str) {
        let affiliation = Affiliation {
            organisation: organisation.to_owned(),
            domains: Vec::new(),
            accounts: Vec::new(),
            from: packhouse.now(),
            until: None,
        };
        let join = Join {
            name: self.id.to_string(),
            affiliations: vec![affiliation],
            accounts: Vec::new(),
            addresses: Vec::new(),
        };
        self.say(packhouse, join, &[]).await.unwrap();
    }

    /// Accepts all files of a candidate.
    pub(crate) async fn accept(
        &self,
        packhouse: &Packhouse,
        release: &Release,
        row: &CandidateRow,
    ) -> Result<Submitted, LedgerError> {
        let review = Review {
            release: release.clone(),
            scope: Scope::Full,
            verdict: Verdict::Accept,
            criteria: vec!["safe-to-run".to_owned()],
            thoroughness: Thoroughness::High,
            minutes: 1,
            notes: String::new(),
            tools: Vec::new(),
        };
        let files: Vec<_> = row.files.iter().map(|(name, sha256)| (name.clone(), *sha256)).collect();
        self.say(packhouse, review, &files).await
    }
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
    let (alice, bob) = (Person::make("alice", data), Person::make("bob", data));
    packhouse.found("A small one").await.unwrap();
    let roles = [Role::ReleaseManager, Role::Maintainer];
    packhouse.invite_first(&alice.id, &alice.line(), &roles).await.unwrap();
    alice.join(&packhouse, "Example Foundation").await;
    let invite =
        Invite { maintainer: bob.id.clone(), key: bob.line(), roles: vec![Role::Maintainer, Role::Security] };
    alice.say(&packhouse, invite, &[]).await.unwrap();
    bob.join(&packhouse, "University of Somewhere").await;
    for (name, kind, source) in [
        ("unstable", SuiteKind::Unstable, None),
        ("testing", SuiteKind::Testing, Some("unstable")),
        (CODENAME, SuiteKind::Stable, Some("testing")),
    ] {
        let set = SuiteSet {
            suite: suite(name),
            kind,
            source: source.map(suite),
            environments: vec![Environment {
                name: "cp312 manylinux_2_28_x86_64".to_owned(),
                may_lag: false,
            }],
            profiles: Vec::new(),
            supported_until: None,
        };
        alice.say(&packhouse, set, &[]).await.unwrap();
    }
    for number in 0..projects {
        let name = format!("small-{number:02}");
        let code = format!("answer = {number}\n");
        upstream.publish(Wheel::named(&name).module(&format!("small_{number}.py"), code).build());
        let add = ProjectAdd {
            project: ProjectName::from_canonical(&name),
            tier: Tier::Leaf,
            series: vec!["(latest)".to_owned()],
            versions: vec![Version::parse("1.0").unwrap()],
            needed_by: Vec::new(),
        };
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
