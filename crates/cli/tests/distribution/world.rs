//! The server that the commands talk to, and people with keys.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use packhouse_app::{Clock as _, SystemClock};
use packhouse_testkit::httptest::get;
use packhouse_testkit::{FakeUpstream, Ran, Served, Upload, Wheel};
use serde_json::Value;

pub(crate) const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);
pub(crate) const ENVIRONMENT: &str = "cp312 manylinux_2_28_x86_64";

/// A server over a fake upstream, and the folder with people's keys.
pub(crate) struct World {
    pub(crate) served: Served,
    pub(crate) upstream: FakeUpstream,
    pub(crate) keys: PathBuf,
}

impl World {
    pub(crate) fn new(name: &str) -> Self {
        let upstream = FakeUpstream::start();
        let publish = |wheel: Wheel| upstream.publish(Upload::of(wheel.build()).age(WEEK));
        publish(
            Wheel::named("leaf")
                .version("1.0")
                .header("Author-email", "Somebody <dev@vendor.invalid>")
                .requires("twig>=1")
                .module("leaf/__init__.py", "import twig\n"),
        );
        publish(Wheel::named("twig").version("1.1").module("twig.py", "def grow():\n    return 1\n"));
        let served = Served::program(env!("CARGO_BIN_EXE_packhouse"))
            .arg("--upstream")
            .arg(upstream.simple_url())
            .start();
        let keys = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("distribution-{name}"));
        let _ = std::fs::remove_dir_all(&keys);
        std::fs::create_dir_all(&keys).expect("a folder for keys");
        Self { served, upstream, keys }
    }

    pub(crate) fn key(&self, who: &str) -> String {
        self.keys.join(format!("{who}.key")).display().to_string()
    }

    /// Runs the program against the server.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let url = self.served.url();
        self.served.run(arguments.iter().copied().chain(["--server", &url]))
    }

    /// The same with somebody's key.
    #[track_caller]
    pub(crate) fn says(&self, who: &str, arguments: &[&str]) -> Ran {
        let key = self.key(who);
        let ran = self.run(&[arguments, &["--key", &key]].concat());
        ran.assert_success();
        ran
    }

    /// The same on the server's own data.
    pub(crate) fn on_data(&self, arguments: &[&str]) -> Ran {
        let data = self.served.data().display().to_string();
        self.served.run(arguments.iter().copied().chain(["--data", &data]))
    }

    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.run(&[arguments, &["--json"]].concat());
        ran.assert_success();
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}\n{ran}"))
    }

    pub(crate) fn make_key(&self, who: &str) -> String {
        let ran = self.served.run(["key", "new", &self.key(who), "--no-passphrase", "--comment", who]);
        ran.assert_success().stdout.trim().to_owned()
    }

    /// A distribution with a release manager and two maintainers, one of whom works for the vendor, and unstable.
    pub(crate) fn found(&self) {
        self.on_data(&["found", "Test"]).assert_success().assert_says("Test is founded.");
        let line = self.make_key("ada");
        self.on_data(&["maintainer", "invite-first", "ada", "--key-line", &line]).assert_success();
        self.says(
            "ada",
            &["maintainer", "join", "--name", "Ada", "--affiliation", "Example,domain=example.invalid"],
        );
        for (who, affiliation) in [("ben", "Elsewhere"), ("vic", "Vendor,domain=vendor.invalid")] {
            let line = self.make_key(who);
            self.says("ada", &["maintainer", "invite", who, "--key-line", &line]);
            self.says(who, &["maintainer", "join", "--name", who, "--affiliation", affiliation]);
        }
        for (suite, more) in [("unstable", &[][..]), ("testing", &["--source", "unstable"])] {
            let arguments =
                [&["suite", "set", suite, "--kind", suite, "--environment", ENVIRONMENT], more].concat();
            self.says("ada", &arguments);
        }
    }

    /// Until a candidate is there, as the worker takes it in.
    #[track_caller]
    pub(crate) fn wait_for(&self, release: &str) {
        let end = Instant::now() + Duration::from_mins(1);
        while !self.run(&["review", "show", release]).success() {
            assert!(Instant::now() < end, "{release} was not taken in\n{}", self.served.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn index(&self, suite: &str, project: &str) -> Value {
        let url = format!("{}{project}/", self.served.index_url(suite));
        let json = [("accept", "application/vnd.pypi.simple.v1+json")];
        get(&url, &json).expect("an answer").json()
    }

    /// The number of the entry that a command with `--json` made.
    #[track_caller]
    pub(crate) fn entry_of(&self, who: &str, arguments: &[&str]) -> String {
        let said = self.says(who, &[arguments, &["--json"]].concat());
        let said: Value = serde_json::from_str(&said.stdout).expect("JSON");
        said["said"][0]["number"].to_string()
    }

    /// Runs the program with somebody's key, and it must refuse with these words.
    #[track_caller]
    pub(crate) fn refused(&self, who: &str, arguments: &[&str], words: &str) {
        let key = self.key(who);
        let ran = self.run(&[arguments, &["--key", &key]].concat());
        assert!(!ran.success(), "{ran}");
        ran.assert_says(words);
    }

    /// Takes a release in without a review, and so into unstable.
    pub(crate) fn exempt(&self, release: &str) {
        self.says("ada", &["exempt", release, "--until", &days_ahead(30), "--reason", "in use for years"]);
    }
}

/// A date so many days from now.
pub(crate) fn days_ahead(days: u64) -> String {
    SystemClock.now().plus(Duration::from_secs(days * 24 * 3600)).date()
}
