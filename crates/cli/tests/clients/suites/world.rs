//! A distribution, the server in front of it, its upstream, and its clock.

use std::sync::Arc;
use std::time::{Duration, Instant};

use packhouse_app::config::Config;
use packhouse_app::{Clock as _, LedgerError, ManualClock, Packhouse, SystemClock};
use packhouse_cast::{Member, Person, acts, found};
use packhouse_distribution::act::{
    Act, Approve, Condition, Invite, ProjectAdd, ReleaseSuite, Role, Stage, SuiteKind,
};
use packhouse_distribution::{Release, State};
use packhouse_model::SuiteName;
use packhouse_testkit::{Client, FakeUpstream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::world::fresh;

/// The codename of the stable suite.
pub(super) const CODENAME: &str = "apricot";
pub(super) const DAY: Duration = Duration::from_hours(24);
const PATIENCE: Duration = Duration::from_mins(1);

/// alice releases, bob is of security, carol works for a vendor. The server ends with it.
pub(super) struct World {
    pub(super) upstream: FakeUpstream,
    pub(super) packhouse: Packhouse,
    pub(super) url: String,
    pub(super) alice: Person,
    pub(super) bob: Person,
    pub(super) carol: Person,
    clock: Arc<ManualClock>,
    runtime: Runtime,
    stop: watch::Sender<bool>,
    _data: tempfile::TempDir,
}

impl World {
    /// A server in front of `upstream`; there is no distribution yet.
    pub(super) fn start(upstream: FakeUpstream) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let data = tempfile::tempdir().expect("a temporary folder");
        let clock = Arc::new(ManualClock::at(SystemClock.now()));
        let mut config = Config { data: data.path().to_owned(), ..Config::default() };
        config.upstream.patience = Duration::from_secs(30);
        let (stop, stopped) = watch::channel(false);
        let (packhouse, url) = runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let url = format!("http://{}", listener.local_addr().expect("an address"));
            let packhouse =
                Packhouse::open(config, &upstream.simple_url(), url.clone(), Arc::clone(&clock) as _).await;
            let packhouse = packhouse.expect("it opens");
            tokio::spawn(packhouse_server::serve(packhouse.clone(), listener, stopped.clone()));
            let worker = packhouse.clone();
            tokio::spawn(async move { worker.work(stopped).await });
            (packhouse, url)
        });
        let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| Person::named(name).expect("a name"));
        Self { upstream, packhouse, url, alice, bob, carol, clock, runtime, stop, _data: data }
    }

    /// People and the three suites, for the Python of `client`.
    pub(super) fn found(&self, client: Client) {
        let member = |person, name, organisation, roles| Member { person, name, organisation, roles };
        let people = [
            member(
                &self.alice,
                "Alice Example",
                "Example Foundation",
                &[Role::ReleaseManager, Role::Maintainer][..],
            ),
            member(&self.bob, "Bob Example", "University of Somewhere", &[Role::Maintainer, Role::Security]),
        ];
        self.runtime.block_on(found(&self.packhouse, "Orchard", &people)).expect("a distribution");
        let (maintainer, key) = (self.carol.id.clone(), self.carol.line());
        self.say(&self.alice, Invite { maintainer, key, roles: vec![Role::Maintainer] });
        self.suite("unstable", SuiteKind::Unstable, None, client);
        self.suite("testing", SuiteKind::Testing, Some("unstable"), client);
        self.suite(CODENAME, SuiteKind::Stable, Some("testing"), client);
    }

    /// Makes a suite for the Python of `client`.
    pub(super) fn suite(&self, name: &str, kind: SuiteKind, source: Option<&str>, client: Client) {
        let code = "import sys; print('cp%d%d' % sys.version_info[:2])";
        let python = fresh(client).python(code).assert_success().stdout.trim().to_owned();
        let environment = format!("{python} manylinux_2_28_x86_64");
        self.say(&self.alice, acts::suite(&suite(name), kind, source.map(suite).as_ref(), &environment));
    }

    /// The address of a suite's or a snapshot's index.
    pub(super) fn index(&self, name: &str) -> String {
        format!("{}/pypi/{name}/simple/", self.url)
    }

    pub(super) fn state(&self) -> Arc<State> {
        self.packhouse.distribution()
    }

    /// Lets time pass.
    pub(super) fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    pub(super) fn now(&self) -> packhouse_model::Timestamp {
        self.clock.now()
    }

    /// Somebody says something; gives the number of its entry.
    pub(super) fn say(&self, who: &Person, act: impl Into<Act>) -> u64 {
        let act = act.into();
        let word = act.word();
        self.try_say(who, act)
            .unwrap_or_else(|error| panic!("{word}: {}", packhouse_app::error_chain(&error)))
    }

    pub(super) fn try_say(&self, who: &Person, act: impl Into<Act>) -> Result<u64, LedgerError> {
        // The same statement at the same moment would be the same again.
        self.pass(Duration::from_secs(1));
        let said = self.runtime.block_on(who.say(&self.packhouse, act, &[]));
        said.map(|said| said.entry.number)
    }

    /// What is wrong with what somebody says, as they read it.
    pub(super) fn refused(&self, who: &Person, act: impl Into<Act>) -> String {
        packhouse_app::error_chain(&self.try_say(who, act).expect_err("it is refused"))
    }

    /// Somebody says something about all files of a release.
    pub(super) fn say_of(&self, who: &Person, release: &str, act: impl Into<Act>) {
        self.pass(Duration::from_secs(1));
        let said = self.runtime.block_on(who.say_of(&self.packhouse, &parsed(release), act));
        said.unwrap_or_else(|error| panic!("{}", packhouse_app::error_chain(&error)));
    }

    /// What is wrong with what somebody says about all files of a release.
    pub(super) fn refused_of(&self, who: &Person, release: &str, act: impl Into<Act>) -> String {
        self.pass(Duration::from_secs(1));
        let said = self.runtime.block_on(who.say_of(&self.packhouse, &parsed(release), act));
        packhouse_app::error_chain(&said.expect_err("it is refused"))
    }

    /// What the security lane holds back, with what it would break.
    pub(super) fn held(&self) -> Vec<(String, Vec<String>)> {
        let held = self.runtime.block_on(self.packhouse.held_fixes(&suite("security"))).expect("a check");
        let roots = |fix: &packhouse_app::HeldFix| {
            let roots: std::collections::BTreeSet<&String> = fix.breaks.iter().map(|one| &one.root).collect();
            roots.into_iter().cloned().collect()
        };
        held.iter().map(|fix| (fix.release.to_string(), roots(fix))).collect()
    }

    /// Brings releases under maintenance and waits until they were taken in.
    pub(super) fn take_in(&self, releases: &[&str], series: &str) {
        // A page of a minute ago would do to look for them.
        self.pass(Duration::from_mins(2));
        for release in releases {
            let add = acts::add(&parsed(release));
            self.say(&self.alice, ProjectAdd { series: vec![series.to_owned()], ..add });
        }
        let end = Instant::now() + PATIENCE;
        while !releases.iter().all(|release| self.state().candidates.contains(&parsed(release))) {
            assert!(Instant::now() < end, "not all of {releases:?} was taken in");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for what the server does by itself.
    pub(super) fn wait_until(&self, what: &str, done: impl Fn(&State) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !done(&self.state()) {
            assert!(Instant::now() < end, "not in time: {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Somebody accepts releases after a full review.
    pub(super) fn accept(&self, who: &Person, releases: &[&str]) {
        for release in releases {
            self.say_of(who, release, acts::acceptance(&parsed(release)));
        }
    }

    /// Moves to a suite what may; gives how many items did.
    pub(super) fn migrate(&self, to: &str) -> usize {
        let plan = self.runtime.block_on(self.packhouse.migrate(&suite(to))).expect("a migration");
        plan.moving().len()
    }

    /// Why a release has not moved.
    pub(super) fn excuse(&self, to: &str, release: &str) -> String {
        let plan = self.runtime.block_on(self.packhouse.migration_plan(&suite(to), Vec::new()));
        let plan = plan.expect("a plan");
        let excuse = plan.excuses.iter().find(|excuse| excuse.item_name.as_str() == release);
        let hits = excuse.expect("an excuse").policy_info.iter().filter(|hit| hit.verdict.rejects());
        hits.map(|hit| hit.sentence.clone()).collect::<Vec<_>>().join(" ")
    }

    pub(super) fn stage(&self, of: &str, stage: Stage) {
        self.say(&self.alice, acts::stage(&suite(of), stage));
    }

    /// The act that makes a release out of what `from` holds.
    pub(super) fn release_act(&self, version: &str, from: &str) -> ReleaseSuite {
        let until = self.now().plus(730 * DAY);
        acts::release_suite(&self.state(), &suite(CODENAME), version, &suite(from), until)
            .expect("a snapshot")
    }

    /// Releases what `from` holds: alice proposes, bob agrees.
    pub(super) fn release(&self, version: &str, from: &str) {
        let before = self.holds(CODENAME);
        let proposed = self.say(&self.alice, self.release_act(version, from));
        assert_eq!(self.holds(CODENAME), before, "alice alone cannot release");
        self.say(&self.bob, Approve { entry: proposed });
    }

    /// Withdraws a release: bob says so, alice agrees.
    pub(super) fn withdraw(&self, release: &str, condition: Condition, reason: &str) {
        let proposed =
            self.say(&self.bob, acts::withdraw(&self.state(), &parsed(release), condition, reason));
        self.say(&self.alice, Approve { entry: proposed });
    }

    /// What a suite holds, in order: `flask==3.1.3`.
    pub(super) fn holds(&self, name: &str) -> Vec<String> {
        self.state().contents(&suite(name)).into_keys().map(|release| release.to_string()).collect()
    }

    /// The ledger and the tables are sound.
    pub(super) fn check(&self) {
        let report = self.runtime.block_on(self.packhouse.fsck(false, &|_| {})).expect("a report");
        assert!(report.is_sound(), "{report:?}");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

pub(super) fn suite(name: &str) -> SuiteName {
    name.parse().expect("a suite's name")
}

pub(super) fn parsed(release: &str) -> Release {
    release.parse().expect("a release")
}
