//! The whole story, through every client: what was reviewed is what is installed, what was not is not there, locks from
//! before go on working, and who is refused reads why.

use packhouse_cast::acts;
use packhouse_distribution::act::{Approve, Condition, Stage, Withdraw};
use packhouse_distribution::review;
use packhouse_testkit::{Client, ClientRun, FakeUpstream, Ran, Wheel};

use super::world::{CODENAME, DAY, World, parsed};
use crate::lock::{Form, Lock};
use crate::shown::Reason;
use crate::world::{FLASK, assert_installed, flask, fresh, keep_recorded_files};

each_client!(the_story);

/// Sources of the releases in the story, of which only the wheels are recorded.
const NOT_RECORDED: [&str; 7] = [
    "flask-3.1.3.tar.gz",
    "werkzeug-3.1.9.tar.gz",
    "jinja2-3.1.6.tar.gz",
    "click-8.5.1.tar.gz",
    "blinker-1.9.0.tar.gz",
    "itsdangerous-2.2.0.tar.gz",
    "markupsafe-3.0.4.tar.gz",
];
/// What goes bad in the end.
const BAD: &str = "itsdangerous==2.2.0";

fn the_story(client: Client) {
    let upstream = FakeUpstream::with_recorded();
    for filename in NOT_RECORDED {
        upstream.delete(filename);
    }
    keep_recorded_files(&upstream, "markupsafe", "3.0.4");
    let world = World::start(upstream);
    let locks = locks(client, &world);
    world.found(client);
    let all: Vec<String> = FLASK.iter().map(|(name, version)| format!("{name}=={version}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    world.take_in(&all, "(latest)");
    reviewed(&world, &all);
    released(&world, &all);

    for index in ["testing", CODENAME, "apricot@1"] {
        let run = fresh(client);
        run.install(&world.index(index), &["flask"], &[]).assert_success();
        assert_eq!(run.installed(), flask(), "{index}");
    }
    unseen_until_reviewed(&world, client);
    for lock in &locks {
        let (run, ran) = install_from(lock, &world.index(CODENAME));
        ran.assert_success();
        assert_eq!(run.installed(), flask(), "{:?}", lock.form);
    }
    withdrawn(&world, client, &locks);
    world.check();
}

/// Locks that were made before there was a distribution: against the upstream itself, and for uv through the proxy as well,
/// as `uv.lock` holds the addresses of files.
fn locks(client: Client, world: &World) -> Vec<Lock> {
    let upstream = world.upstream.simple_url();
    match client {
        Client::Pip | Client::OldPip => vec![Lock::of_pages(client, &upstream, &FLASK)],
        Client::Uv => vec![
            Lock::compiled(client, &upstream, "flask"),
            Lock::of_project(client, &upstream, "flask"),
            Lock::of_project(client, &format!("{}/simple/", world.url), "flask"),
        ],
        Client::Poetry | Client::Pdm => vec![Lock::of_project(client, &upstream, "flask")],
    }
}

/// Installs from a lock through another index than it was made against.
///
/// Poetry counts the index among what was locked, and `uv.lock` has the addresses of the upstream's files: both are locked
/// again, and nothing but what was locked may come of it, hash for hash.
fn install_from(lock: &Lock, index: &str) -> (ClientRun, Ran) {
    let here = index.split("/pypi/").next().unwrap_or_default();
    let names_index =
        lock.client == Client::Poetry || (lock.client == Client::Uv && !lock.text.contains(here));
    if lock.form != Form::Project || !names_index {
        return lock.install(index);
    }
    let run = lock.machine(index);
    let locked = run.lock(&[]);
    if !locked.success() {
        // What is refused is refused to who locks it again.
        return (run, locked);
    }
    let again = run.lock_file();
    let hashes = |text: &str| -> Vec<String> {
        text.split("sha256:").skip(1).map(|rest| rest.chars().take(64).collect()).collect()
    };
    let (before, after) = (hashes(&lock.text), hashes(&again));
    assert!(after.len() >= FLASK.len(), "{again}");
    assert!(after.iter().all(|hash| before.contains(hash)), "{}\n{again}", lock.text);
    for (name, version) in FLASK {
        assert!(again.contains(&format!("name = \"{name}\"\nversion = \"{version}\"\n")), "{again}");
    }
    let ran = run.sync(&[]);
    (run, ran)
}

/// Who is the vendor signs, and it counts zero; one signature is not enough; the second lets all of it in.
fn reviewed(world: &World, all: &[&str]) {
    let state = world.state();
    let vendor = &state.candidates.get(&parsed("flask==3.1.3")).expect("a candidate").candidate.vendor;
    let employer = acts::vendor_name(vendor);
    assert!(!employer.is_empty(), "{vendor:?}");
    world.say(&world.carol, acts::join_as_vendor("Carol Example", &employer, world.now()));
    world.accept(&world.carol, &["flask==3.1.3"]);
    let status = review::status(&world.state(), &parsed("flask==3.1.3"), world.now()).expect("a status");
    assert!(status.files.values().all(|file| file.counted.is_empty()), "{status:?}");
    assert!(status.files.values().all(|file| file.ignored.len() == 1), "it is kept: {status:?}");
    world.accept(&world.alice, all);
    assert_eq!(world.holds("unstable"), [""; 0], "each of them is new and needs two");
    world.accept(&world.bob, all);
    assert_eq!(world.holds("unstable"), all);
}

fn released(world: &World, all: &[&str]) {
    assert_eq!(world.migrate("testing"), 0, "on the first day");
    let excuse = world.excuse("testing", "flask==3.1.3");
    assert!(excuse.contains("waits 14d until"), "{excuse}");
    world.pass(15 * DAY);
    assert_eq!(world.migrate("testing"), all.len());
    for stage in [Stage::ToolchainFreeze, Stage::SoftFreeze, Stage::HardFreeze, Stage::FullFreeze] {
        world.stage("testing", stage);
        world.pass(7 * DAY);
    }
    world.release("1.0", "testing");
    assert_eq!(world.holds(CODENAME), all);
    world.stage("testing", Stage::Development);
}

/// A new release of the upstream is in no suite until it is reviewed, and then in the first one only.
fn unseen_until_reviewed(world: &World, client: Client) {
    let newer = Wheel::named("flask").version("3.1.4").module("flask/__init__.py", "");
    world.upstream.publish(newer.build());
    for index in ["unstable", CODENAME] {
        let run = fresh(client);
        let ran = run.install(&world.index(index), &["flask==3.1.4"], &[]);
        ran.assert_failure().assert_says(match client {
            Client::Pip | Client::OldPip => "No matching distribution found for flask==3.1.4",
            Client::Uv => "there is no version of flask==3.1.4",
            Client::Poetry => "which doesn't match any versions",
            Client::Pdm => "Unable to find a resolution",
        });
        assert_installed(&run, &[]);
    }
    world.take_in(&["flask==3.1.4"], "(latest)");
    world.accept(&world.alice, &["flask==3.1.4"]);
    world.accept(&world.bob, &["flask==3.1.4"]);
    for (index, version) in [("unstable", "3.1.4"), ("testing", "3.1.3"), (CODENAME, "3.1.3")] {
        let run = fresh(client);
        run.install(&world.index(index), &["flask"], &[]).assert_success();
        assert_eq!(run.installed()["flask"], version, "{index}");
    }
}

/// Two people take a release away, and every client says why; two give it back; and two condemn it.
fn withdrawn(world: &World, client: Client, locks: &[Lock]) {
    let act = acts::withdraw(&world.state(), &parsed(BAD), Condition::Quarantined, "sends tokens away");
    // Who has not looked at what needs it is told, whatever program they use.
    let blind = Withdraw { dependents: Vec::new(), preflight: None, ..act.clone() };
    let told = world.refused(&world.bob, blind);
    assert!(told.contains("flask==3.1.3 in apricot (itsdangerous>=2.2.0) breaks"), "{told}");
    let proposed = world.say(&world.bob, act);
    let run = fresh(client);
    run.install(&world.index(CODENAME), &[BAD], &[]).assert_success();
    world.say(&world.alice, Approve { entry: proposed });
    refused(world, client, locks, "quarantined", "sends tokens away");

    world.withdraw(BAD, Condition::Listed, "it was another one");
    let (run, ran) = install_from(&locks[0], &world.index(CODENAME));
    ran.assert_success();
    assert_eq!(run.installed(), flask());

    world.withdraw(BAD, Condition::Condemned, "steals tokens");
    refused(world, client, locks, "condemned", "steals tokens");
}

/// What is shown of a refused release ([`crate::shown`]): by each client that can, the reason; PDM says "403 Forbidden", and
/// why with `--no-cache`.
fn refused(world: &World, client: Client, locks: &[Lock], condition: &str, why: &str) {
    let reason = Reason {
        phrase: &format!("itsdangerous 2.2.0 is {condition}: {why}"),
        sentence: &format!("itsdangerous 2.2.0 was {condition} on 20"),
        why: &format!("{}/why/{BAD}", world.url),
    };
    for index in [CODENAME, "testing", "apricot@1"] {
        let index = world.index(index);
        let run = fresh(client);
        let ran = run.install(&index, &[BAD], &[]);
        reason.assert_file(client, &ran);
        assert_installed(&run, &[]);
        if client == Client::Pdm {
            let locked = run.project_folder().join("pdm.lock").exists();
            reason.assert_phrase(&run.run(["--no-cache", if locked { "sync" } else { "lock" }]));
        }
    }
    let index = world.index(CODENAME);
    for lock in locks {
        let (run, ran) = install_from(lock, &index);
        reason.assert_file(client, &ran);
        assert!(!run.installed().contains_key("itsdangerous"), "{ran}");
        if client == Client::Pdm {
            reason.assert_phrase(&lock.machine(&index).run(["--no-cache", "sync"]));
        }
    }
}
