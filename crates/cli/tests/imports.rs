//! Two real servers, one of which imports the other's reviews of the same bytes.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use packhouse_testkit::httptest::get;
use packhouse_testkit::{FakeUpstream, Ran, Served, Upload, Wheel};
use serde_json::Value;

const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);
const ENVIRONMENT: &str = "cp312 manylinux_2_28_x86_64";
const LEAF: &str = "leaf==1.0";

/// One distribution with its server and its people's keys.
struct Place {
    served: Served,
    keys: PathBuf,
}

impl Place {
    /// Founded, with `ada` as release manager and security, and these people.
    fn new(name: &str, upstream: &FakeUpstream, people: &[&str]) -> Self {
        let served = Served::program(env!("CARGO_BIN_EXE_packhouse"))
            .arg("--upstream")
            .arg(upstream.simple_url())
            .start();
        let keys = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("imports-{name}"));
        let _ = std::fs::remove_dir_all(&keys);
        std::fs::create_dir_all(&keys).expect("a folder for keys");
        let place = Self { served, keys };
        place.on_data(&["found", name]).assert_success();
        let line = place.make_key("ada");
        let roles = ["--role", "release-manager", "--role", "maintainer", "--role", "security"];
        let first = ["maintainer", "invite-first", "ada", "--key-line", &line];
        place.on_data(&[&first[..], &roles].concat()).assert_success();
        place.says("ada", &["maintainer", "join", "--name", "Ada", "--affiliation", &format!("Of {name}")]);
        for who in people {
            let line = place.make_key(who);
            place.says("ada", &["maintainer", "invite", who, "--key-line", &line]);
            let from = format!("{who} & sons");
            place.says(who, &["maintainer", "join", "--name", who, "--affiliation", &from]);
        }
        for (suite, more) in [("unstable", &[][..]), ("testing", &["--source", "unstable"])] {
            let set = ["suite", "set", suite, "--kind", suite, "--environment", ENVIRONMENT];
            place.says("ada", &[&set[..], more].concat());
        }
        place
    }

    fn key(&self, who: &str) -> String {
        self.keys.join(format!("{who}.key")).display().to_string()
    }

    fn make_key(&self, who: &str) -> String {
        let ran = self.served.run(["key", "new", &self.key(who), "--no-passphrase", "--comment", who]);
        ran.assert_success().stdout.trim().to_owned()
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let url = self.served.url();
        self.served.run(arguments.iter().copied().chain(["--server", &url]))
    }

    fn on_data(&self, arguments: &[&str]) -> Ran {
        let data = self.served.data().display().to_string();
        self.served.run(arguments.iter().copied().chain(["--data", &data]))
    }

    #[track_caller]
    fn says(&self, who: &str, arguments: &[&str]) -> Ran {
        let key = self.key(who);
        let ran = self.run(&[arguments, &["--key", &key]].concat());
        ran.assert_success();
        ran
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.run(&[arguments, &["--json"]].concat());
        ran.assert_success();
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}\n{ran}"))
    }

    fn id(&self) -> String {
        let answer = get(&format!("{}/api/v1/distribution", self.served.url()), &[]).expect("an answer");
        answer.json()["id"].as_str().expect("an id").to_owned()
    }

    fn token(&self) -> String {
        let ran = self.on_data(&["token", "create", "--scope", "import", "cron"]);
        ran.assert_success().stdout.trim().to_owned()
    }

    /// Takes a release in, and waits until it is a candidate.
    #[track_caller]
    fn add(&self, release: &str) {
        self.says("ada", &["project", "add", release]);
        self.wait_for(release, |_| true);
    }

    /// Until a release is there and as it should be.
    #[track_caller]
    fn wait_for(&self, release: &str, good: impl Fn(&Value) -> bool) {
        let end = Instant::now() + Duration::from_mins(1);
        loop {
            let ran = self.run(&["review", "show", release, "--json"]);
            if ran.success() && good(&serde_json::from_str(&ran.stdout).expect("JSON")) {
                return;
            }
            assert!(Instant::now() < end, "{release}\n{ran}\n{}", self.served.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn state(&self, release: &str) -> (String, bool, String) {
        let shown = self.json(&["review", "show", release]);
        (
            shown["state"]["state"].as_str().expect("a state").to_owned(),
            shown["status"]["complete"].as_bool().expect("a truth"),
            shown["sentence"].as_str().expect("a sentence").to_owned(),
        )
    }

    fn page(&self, path: &str) -> String {
        get(&format!("{}{path}", self.served.url()), &[("accept", "text/html")]).expect("a page").text()
    }
}

fn upstream() -> FakeUpstream {
    let upstream = FakeUpstream::start();
    for version in ["1.0", "1.1"] {
        let wheel = Wheel::named("leaf").version(version).module("leaf.py", format!("V = {version:?}\n"));
        upstream.publish(Upload::of(wheel.build()).age(WEEK));
    }
    upstream
}

/// A new project needs two signatures here: one is ours, and the peer's makes the candidate accepted.
#[test]
fn a_peers_review_accepts_a_candidate_until_its_key_is_revoked() {
    let upstream = upstream();
    let there = Place::new("there", &upstream, &["ben", "cleo"]);
    let here = Place::new("here", &upstream, &[]);
    there.add(LEAF);
    here.add(LEAF);
    there.says("ben", &["review", "accept", LEAF, "--notes", "read it all"]);
    here.says("ada", &["review", "accept", LEAF]);
    assert_eq!(here.state(LEAF).0, "open");

    // Trust is said, with the hash that the peer's people gave; another one is not believed.
    let token = here.token();
    let (address, id) = (there.served.url(), there.id());
    let add = |id: &str| {
        let arguments = ["import", "add", "elsewhere", "--id", id, "--address", &address];
        here.says("ada", &[&arguments[..], &["--reason", "we know them"]].concat())
    };
    here.run(&["import", "fetch", "elsewhere", "--token", &token])
        .assert_failure()
        .assert_says("nothing is imported from elsewhere");
    add(&id);
    here.run(&["import", "fetch", "elsewhere"]).assert_failure().assert_says("token");
    here.run(&["import", "fetch", "elsewhere", "--token", &token]).assert_success();
    // The worker may have been first; either way it is there now.
    here.wait_for(LEAF, |shown| shown["state"]["state"] == "accepted");
    let shown = here.json(&["review", "show", LEAF]);
    let review = &shown["reviews"][1];
    assert_eq!(review["by"], "ben@elsewhere");
    assert_eq!(review["imported"]["peer"], "elsewhere");
    assert_eq!(review["notes"], "read it all");
    here.run(&["review", "show", LEAF]).assert_success().assert_says("ben@elsewhere");
    let unstable = get(
        &format!("{}leaf/", here.served.index_url("unstable")),
        &[("accept", "application/vnd.pypi.simple.v1+json")],
    );
    assert_eq!(unstable.expect("a page").json()["files"].as_array().map(Vec::len), Some(1));

    // People see where it comes from.
    for path in ["/review/leaf/1.0", "/project/leaf"] {
        let page = here.page(path);
        assert!(page.contains("imported from elsewhere"), "{path}\n{page}");
    }
    assert!(here.page("/imports").contains("<span class=\"badge ok\">followed</span>"));
    let page = here.page("/imports/elsewhere");
    for text in [&address, "ben@elsewhere", "1 of 1 imported stand", "href=\"/review/leaf/1.0\""] {
        assert!(page.contains(text), "{text}\n{page}");
    }
    let peers = here.json(&["import", "list"]);
    assert_eq!((&peers[0]["peer"], &peers[0]["standing"]), (&"elsewhere".into(), &1.into()), "{peers}");
    assert_eq!(peers[0]["checked"]["error"], Value::Null, "{peers}");
    here.run(&["import", "show", "elsewhere"]).assert_success().assert_says("ben@elsewhere");
    here.run(&["import", "list"]).assert_success().assert_says(&address);

    // Nothing new is nothing said.
    let again = here.json(&["import", "fetch", "elsewhere", "--token", &token]);
    assert_eq!((&again["read"], &again["imported"]), (&0.into(), &0.into()), "{again}");

    // The peer revokes the key: what it signed counts no more, there and here.
    let people = there.json(&["maintainer", "show", "ben"]);
    let key = people["keys"][0]["fingerprint"].as_str().expect("a key").to_owned();
    there.says("ada", &["maintainer", "key", "revoke", &key, "--after", "0", "--reason", "stolen"]);
    here.run(&["import", "fetch", "elsewhere", "--token", &token]).assert_success();
    let (_, complete, sentence) = here.state(LEAF);
    assert!(!complete);
    assert!(sentence.contains("elsewhere believes its key no longer"), "{sentence}");
    here.run(&["excuses", "leaf"]).assert_success().assert_says("leaf 1.0 needs 1 signature more");

    // What comes next needs somebody else's word.
    for place in [&there, &here] {
        place.add("leaf==1.1");
    }
    there.says("cleo", &["review", "accept", LEAF]);
    there.says("cleo", &["review", "accept", "leaf==1.1"]);
    let report = here.json(&["import", "fetch", "elsewhere", "--token", &token]);
    assert_eq!(report["complete"], true, "{report}");
    here.wait_for("leaf==1.1", |shown| shown["state"]["state"] == "accepted");
    assert!(here.state(LEAF).1, "cleo's signature stands where ben's was");
    drop(there);
    here.on_data(&["fsck"]).assert_success().assert_says("sound");
}

#[test]
fn a_ledger_as_a_file() {
    let upstream = upstream();
    let there = Place::new("file-there", &upstream, &["ben"]);
    let here = Place::new("file-here", &upstream, &[]);
    there.add(LEAF);
    here.add(LEAF);
    there.says("ben", &["review", "violation", LEAF, "--notes", "sends tokens away"]);
    let id = there.id();
    here.says("ada", &["import", "add", "elsewhere", "--id", &id, "--reason", "we know them"]);
    let token = here.token();
    here.run(&["import", "fetch", "elsewhere", "--token", &token])
        .assert_failure()
        .assert_says("its ledger comes as a file");
    let file = there.keys.join("ledger.jsonl").display().to_string();
    there.run(&["ledger", "export", &file]).assert_success();
    let fetch = |file: &str| here.run(&["import", "fetch", "elsewhere", "--file", file, "--token", &token]);
    fetch(&file).assert_success().assert_says("1 review imported");
    assert!(here.state(LEAF).2.starts_with("ben@elsewhere calls it harmful"));

    // Cut, and with one byte changed: neither is believed, and what stands stays.
    let whole = std::fs::read_to_string(&file).expect("the export");
    let lines: Vec<&str> = whole.lines().collect();
    for (name, text, problem) in [
        ("cut", format!("{}\n", lines[..5].join("\n")), "the ledger ends at 5"),
        ("damaged", whole.replacen("\"number\":2", "\"number\":3", 1), "cannot be believed"),
    ] {
        let other = there.keys.join(name).display().to_string();
        std::fs::write(&other, text).expect("a file");
        fetch(&other).assert_failure().assert_says(problem);
    }
    assert!(here.json(&["import", "list"])[0]["checked"]["error"].is_string());
    assert!(here.page("/imports/elsewhere").contains("cannot be believed"));
    assert!(!here.state(LEAF).1);

    // Its people take it back, and so does the next file.
    let entry = there.json(&["review", "show", LEAF])["reviews"][0]["entry"].to_string();
    there.says("ben", &["review", "revoke", &entry, "--reason", "was a false alarm"]);
    there.run(&["ledger", "export", &file]).assert_success();
    fetch(&file).assert_success().assert_says("1 review taken back").assert_says("0 reviews imported");
    assert!(!here.state(LEAF).2.contains("harmful"));
    here.says("ada", &["import", "remove", "elsewhere", "--reason", "closed"]);
    here.run(&["import", "list"]).assert_success().assert_says("ended in entry");
}
