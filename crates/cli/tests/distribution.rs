//! The distribution on the command line: everything through the real program, with keys of its own making.

#[path = "distribution/coming_back.rs"]
mod coming_back;
#[path = "distribution/exemptions.rs"]
mod exemptions;
#[path = "distribution/hints.rs"]
mod hints;
#[path = "distribution/keys.rs"]
mod keys;
#[path = "distribution/provenance.rs"]
mod provenance;
#[path = "distribution/rollbacks.rs"]
mod rollbacks;
#[path = "distribution/servers.rs"]
mod servers;
#[path = "distribution/stewards.rs"]
mod stewards;
#[path = "distribution/transitions.rs"]
mod transitions;
#[path = "distribution/withdrawals.rs"]
mod withdrawals;
#[path = "distribution/world.rs"]
mod world;
#[path = "distribution/writers.rs"]
mod writers;

use packhouse_client::{Client, ClientError};
use packhouse_testkit::httptest::get;
use packhouse_testkit::{Upload, Wheel};
use serde_json::Value;

use world::{ENVIRONMENT, WEEK, World};

const LEAF: &str = "leaf==1.0";

#[test]
fn from_the_first_key_to_an_index() {
    let world = World::new("story");
    world.found();

    // What would be added is said first, and signed once for each project.
    let dry = world.run(&["project", "add", "leaf", "--dry-run"]);
    dry.assert_success().assert_says("twig shared (latest) newest leaf");
    world.says("ada", &["project", "add", "leaf"]);
    world.wait_for(LEAF);
    world.wait_for("twig==1.1");
    let queue = world.json(&["queue", "--for", "ben"]);
    assert_eq!(queue.as_array().expect("a list").len(), 2, "{queue}");
    assert_eq!(world.json(&["queue", "--for", "vic"])[0]["release"], "twig==1.1", "vic made leaf");

    // Read it, then say what it comes to: the vendor's word is kept, and counts zero.
    let diff = world.run(&["review", "diff", LEAF]);
    diff.assert_success().assert_says("+requires twig>=1").assert_says("+import twig");
    assert!(!diff.stdout.contains('\u{1b}'), "no colour without a terminal");
    world.says("ada", &["review", "claim", LEAF]);
    world.says("vic", &["review", "accept", LEAF]).assert_says("vic's does not count");
    let status = world.json(&["review", "show", LEAF]);
    let file = status["status"]["files"].as_object().expect("files").values().next().expect("a file");
    assert_eq!((&file["counted"], &file["ignored"][0]["by"]), (&Value::Array(Vec::new()), &"vic".into()));
    assert!(status["vendor"].get("addresses").is_none(), "{status}");

    // One is not enough for a project that is new; two are.
    let sha256 = status["files"][0]["sha256"].as_str().expect("a hash").to_owned();
    world.says("ada", &["review", "accept", LEAF, "--minutes", "5", "--notes", "read"]).assert_says(&sha256);
    assert_eq!(world.json(&["review", "show", LEAF])["state"]["state"], "open");
    world.says("ben", &["review", "accept", LEAF]).assert_says("leaf==1.0: accepted");
    let page = world.index("unstable", "leaf");
    assert_eq!(page["files"][0]["hashes"]["sha256"], sha256.as_str());
    assert_eq!(page["files"].as_array().map(Vec::len), Some(1));
    world.run(&["suite", "show", "unstable"]).assert_success().assert_says(LEAF);

    // Why it has not moved yet, and what if.
    world.run(&["excuses", "leaf"]).assert_success().assert_says("leaf").assert_says("must act:");
    let excuses = world.json(&["migrate", "--dry-run", "--what-if", "age-days leaf 90"]);
    assert_eq!(excuses["format"], 1);
    world.run(&["migrate"]).assert_failure().assert_says("token");
    let token = world.on_data(&["token", "create", "--scope", "migrate", "--expires", "1d", "cron"]);
    let token = token.assert_success().stdout.trim().to_owned();
    world.run(&["migrate", "--token", &token]).assert_success().assert_says("of 1 items move");
    world.run(&["project", "watch", "leaf", "--token", &token]).assert_failure().assert_says("needs watch");
    world.on_data(&["token", "revoke", "cron"]).assert_success();
    world.run(&["migrate", "--token", &token]).assert_failure().assert_says("was revoked");

    // Out of use by whoever looks after it.
    world.says("ada", &["project", "adopt", "leaf"]);
    world.says("ada", &["withdraw", "yank", LEAF, "--reason", "does not grow"]);
    assert_eq!(world.index("unstable", "leaf")["files"][0]["yanked"], "does not grow");

    // The ledger checks out, here and elsewhere.
    world.on_data(&["fsck"]).assert_success().assert_says("sound");
    let export = world.keys.join("ledger.jsonl").display().to_string();
    world.run(&["ledger", "export", &export]).assert_success();
    let head = world.run(&["ledger", "head"]).stdout.trim().to_owned();
    let verified = world.served.run(["ledger", "verify", &export, "--seen", &head]);
    verified.assert_success().assert_says(&head).assert_says("sound");
    let text = std::fs::read_to_string(&export).expect("the export");
    let (_, rest) = text.split_once('\n').expect("a first line");
    std::fs::write(&export, rest).expect("a damaged export");
    let damaged = world.served.run(["ledger", "verify", &export]);
    assert_eq!(damaged.code, Some(1), "{damaged}");
}

#[test]
fn from_a_review_to_a_release_and_back() {
    let world = World::new("release");
    let newer = Wheel::named("twig").version("1.2").module("twig.py", "def grow():\n    return 2\n");
    world.upstream.publish(Upload::of(newer.build()).age(WEEK));
    world.found();
    world.says("ada", &["project", "add", "twig==1.1"]);
    world.wait_for("twig==1.1");
    for who in ["ada", "ben"] {
        world.says(who, &["review", "accept", "twig==1.1"]);
    }
    // The next release is read as a difference from it.
    let token = world.on_data(&["token", "create", "--scope", "watch", "look"]);
    let token = token.assert_success().stdout.trim().to_owned();
    world.run(&["project", "add", "twig==1.2", "--key", &world.key("ada")]).assert_success();
    world.run(&["project", "watch", "twig", "--token", &token]).assert_success();
    world.wait_for("twig==1.2");
    world.run(&["review", "show", "twig==1.2"]).assert_success().assert_says("--base twig==1.1 (2 lines)");
    let diff = world.run(&["review", "diff", "twig==1.2", "twig.py"]);
    diff.assert_success()
        .assert_says("- return 1 + return 2")
        .assert_says("against twig-1.1-py3-none-any.whl");
    let accepted = world.says("ben", &["review", "accept", "twig==1.2", "--base", "twig==1.1"]);
    accepted.assert_says("as a difference from twig==1.1").assert_says("twig==1.2: accepted");

    // What release managers say, and what they do together.
    let blocked = world.says("ada", &["hint", "block", "twig==1.2", "--reason", "wait", "--json"]);
    let entry =
        serde_json::from_str::<Value>(&blocked.stdout).expect("JSON")["said"][0]["number"].to_string();
    world.run(&["excuses", "twig"]).assert_success().assert_says("block");
    world.says("ada", &["hint", "end", &entry, "--reason", "waited"]);
    world.says("ada", &["suite", "stage", "testing", "soft-freeze", "--reason", "soon"]);
    let stable = ["suite", "set", "apricot", "--kind", "stable", "--environment", ENVIRONMENT];
    world.says("ada", &[&stable[..], &["--source", "testing"]].concat());
    world.says(
        "ada",
        &["maintainer", "roles", "ben", "--role", "maintainer", "--role", "security", "--reason", "x"],
    );
    let release = ["release", "apricot", "1.0", "--from", "unstable@1", "--supported-until", "2099-01-01"];
    let proposed = world.says("ada", &release);
    let pending = world.json(&["approve"]);
    let entry = pending[0]["entry"].to_string();
    proposed.assert_says(&format!("packhouse approve {entry}"));
    world.says("ben", &["approve", &entry]).assert_says("release by ada");
    let apricot = world.index("apricot", "twig");
    let names: Vec<&Value> =
        apricot["files"].as_array().expect("files").iter().map(|one| &one["filename"]).collect();
    assert_eq!(names, ["twig-1.1-py3-none-any.whl"], "snapshot 1 of unstable has the first release");

    // Back, by a new snapshot; then away for good, which needs two.
    let rolled =
        world.says("ada", &["suite", "rollback", "unstable", "--to", "1", "--reason", "2 is too many"]);
    rolled.assert_says("becomes what unstable@1");
    world.run(&["suite", "show", "unstable"]).assert_success().assert_says("twig==1.1");
    let quarantine = ["withdraw", "quarantine", "twig==1.2", "--reason", "sends tokens away"];
    world
        .run(&[&quarantine[..], &["--key", &world.key("ada")]].concat())
        .assert_failure()
        .assert_says("security");
    world.says("ben", &quarantine).assert_says("it waits for a second person");
    world.on_data(&["fsck"]).assert_success();
}

#[test]
fn what_is_refused_says_why() {
    let world = World::new("refused");
    world.run(&["queue"]).assert_success().assert_says("nothing waits");
    let nothing = world.run(&["maintainer", "join", "--name", "x", "--key", &{
        world.make_key("stranger");
        world.key("stranger")
    }]);
    nothing.assert_failure().assert_says("packhouse found NAME");
    world.found();
    world.says("ada", &["project", "add", "twig"]);
    world.wait_for("twig==1.1");

    // Somebody else's key, in one's own name or in another's.
    let stranger = world.key("stranger");
    let refused = world.run(&["review", "accept", "twig==1.1", "--key", &stranger]);
    assert_eq!(refused.code, Some(1), "{refused}");
    refused.assert_says("is no key of a maintainer of Test");
    let refused = world.run(&["review", "accept", "twig==1.1", "--key", &stranger, "--as", "ada"]);
    assert_eq!(refused.code, Some(1), "{refused}");
    refused.assert_says("error: the statement is by ada, and none of their keys signed it");

    // Not theirs to say, not there, not meant.
    let (ben, ada) = (world.key("ben"), world.key("ada"));
    for (arguments, code, words) in [
        (
            &["suite", "stage", "testing", "soft-freeze", "--reason", "x", "--key", &ben][..],
            1,
            "ben may not do this",
        ),
        (&["review", "accept", "twig==9", "--key", &ben], 1, "twig==9 was not taken in"),
        (
            &["review", "accept", "twig==1.1", "--criteria", "nice", "--key", &ben],
            1,
            "there is no criterion \"nice\"",
        ),
        (&["review", "accept", "twig==1.1", "--file", "x.whl", "--key", &ben], 2, "has no file x.whl"),
        (&["review", "accept", "twig", "--key", &ben], 2, "expected a release such as flask==3.1.0"),
        (&["found"], 2, "NAME"),
        (&["maintainer", "show", "nobody"], 1, "There is no maintainer nobody"),
        (&["suite", "show", "stabel"], 1, "there are: testing, unstable"),
        (&["project", "add", "ghost", "--key", &ben], 1, "there is no project ghost upstream"),
        (&["migrate", "--dry-run", "--what-if", "hope"], 2, "expected `accept NAME==VERSION`"),
        (&["queue", "--server", "ftp://x"], 2, "expected the address of a Packhouse server"),
        (
            &["maintainer", "roles", "ada", "--role", "king", "--reason", "x", "--key", &ada],
            2,
            "release-manager",
        ),
    ] {
        // `found` takes no server, `queue` has one already.
        let ran = if arguments.contains(&"--server") || arguments[0] == "found" {
            world.served.run(arguments.iter().copied())
        } else {
            world.run(arguments)
        };
        assert_eq!(ran.code, Some(code), "{ran}");
        ran.assert_says(words);
    }
    world.on_data(&["found", "Again"]).assert_failure().assert_says("the distribution exists already");
    let line = world.make_key("second");
    let again = world.on_data(&["maintainer", "invite-first", "second", "--key-line", &line]);
    again.assert_failure().assert_says("the server invites only while there is none");
    let nowhere = world.served.run(["queue", "--server", "http://127.0.0.1:9"]);
    assert_eq!(nowhere.code, Some(3), "{nowhere}");
    nowhere.assert_says("hint: does `packhouse serve` run there?");
}

#[test]
fn the_same_statement_is_taken_once() {
    let world = World::new("twice");
    world.found();
    world.says("ada", &["project", "add", "twig"]);
    world.wait_for("twig==1.1");
    let said = world.says("ben", &["review", "accept", "twig==1.1", "--json"]);
    let number = serde_json::from_str::<Value>(&said.stdout).expect("JSON")["said"][0]["number"].clone();
    let number = number.as_u64().expect("a number");
    let url = format!("{}/api/v1/ledger?after={}&limit=1", world.served.url(), number - 1);
    let page = get(&url, &[]).expect("an answer").json();
    let envelope = page["entries"][0]["envelope"].to_string().into_bytes();
    let client = Client::new(world.served.url().parse().expect("an address"), None).expect("a client");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    match runtime.block_on(client.submit(envelope)) {
        Err(ClientError::Refused(problem)) => {
            assert_eq!(problem.status, 409);
            assert_eq!(problem.detail, "the same statement is in the ledger already");
        }
        other => panic!("{other:?}"),
    }
    let distribution = runtime.block_on(client.distribution()).expect("an answer").document;
    assert!(distribution.head.number >= number);
    world.on_data(&["fsck"]).assert_success();
}
