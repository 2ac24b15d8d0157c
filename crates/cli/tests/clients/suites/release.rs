//! After the release: point releases that keep a promise, the security lane, a rollback, the end of support; with pip at the
//! moments that matter.

use packhouse_cast::acts;
use packhouse_distribution::State;
use packhouse_distribution::act::{Approve, Because, HintKind, Note, Snapshot, Stage, SuiteKind};
use packhouse_distribution::state::snapshots::{Contents, digest};
use packhouse_testkit::{Client, FakeUpstream, Upload, Wheel, httptest};

use super::world::{CODENAME, DAY, World, parsed, suite};
use crate::lock::Lock;
use crate::world::{assert_installed, fresh, have};

const UPDATES: &str = "apricot-updates";
/// Each major version is kept, so that an older one can still be fixed.
const SERIES: &str = "(any).(latest)";

/// apple and what it needs, released as apricot 1.0, with a suite of proposed updates that begins with it.
fn apricot() -> World {
    let upstream = FakeUpstream::start();
    publish(&upstream, "seed", "1.0", &[]);
    publish(&upstream, "apple", "1.0", &["seed>=1"]);
    let world = World::start(upstream);
    world.found(Client::Pip);
    world.suite("security", SuiteKind::Security, None, Client::Pip);
    accepted(&world, &["apple==1.0", "seed==1.0"]);
    world.pass(15 * DAY);
    assert_eq!(world.migrate("testing"), 2);
    for stage in [Stage::SoftFreeze, Stage::FullFreeze] {
        world.stage("testing", stage);
    }
    world.release("1.0", "testing");
    world.stage("testing", Stage::Development);
    world.suite(UPDATES, SuiteKind::Testing, Some("unstable"), Client::Pip);
    world.say(&world.alice, begin(&world, "apricot", 1));
    world.stage(UPDATES, Stage::FullFreeze);
    assert_eq!(world.holds(UPDATES), world.holds(CODENAME));
    world
}

fn publish(upstream: &FakeUpstream, name: &str, version: &str, requires: &[&str]) {
    let mut wheel =
        Wheel::named(name).version(version).module(&format!("{name}.py"), format!("v = {version:?}\n"));
    for requirement in requires {
        wheel = wheel.requires(requirement);
    }
    upstream.publish(Upload::of(wheel.build()).age(30 * DAY));
}

/// Takes releases in and has both review them.
fn accepted(world: &World, releases: &[&str]) {
    world.take_in(releases, SERIES);
    world.accept(&world.alice, releases);
    world.accept(&world.bob, releases);
    assert!(releases.iter().all(|release| world.holds("unstable").iter().any(|held| held == release)));
}

/// Proposed updates begin with a snapshot of another suite.
fn begin(world: &World, from: &str, serial: u64) -> Snapshot {
    let state = world.state();
    let because = Because::Begin { from: suite(from), serial, reason: "the story goes on".to_owned() };
    let contents = state.releasable(&suite(from), serial).expect("a snapshot");
    taken_over(&state, UPDATES, because, &contents)
}

/// What somebody says who has looked at what a rollback would do now.
fn rollback(world: &World, to: u64) -> Snapshot {
    let state = world.state();
    let rollback = state.rollback(&suite(CODENAME), to, world.now()).expect("a snapshot");
    let reason = "the story goes on".to_owned();
    let because = Because::Rollback { to, reason, left_out: Some(rollback.left_out) };
    taken_over(&state, CODENAME, because, &rollback.contents)
}

/// `name` gets these contents.
fn taken_over(state: &State, name: &str, because: Because, contents: &Contents) -> Snapshot {
    Snapshot {
        suite: suite(name),
        serial: state.suites.get(&suite(name)).expect("a suite").serial + 1,
        adds: Vec::new(),
        removes: Vec::new(),
        because,
        contents: digest(contents),
    }
}

fn send(world: &World, who: &packhouse_cast::Person, to: &str, release: &str) {
    world.say_of(
        who,
        release,
        acts::hint(&suite(to), &parsed(release), HintKind::Security, "reads any file"),
    );
}

/// What pip makes of `pip install apple` at an index.
#[track_caller]
fn assert_apple(world: &World, index: &str, version: &str) {
    let run = fresh(Client::Pip);
    run.install(&world.index(index), &["apple"], &[]).assert_success();
    assert_installed(&run, &[("apple", version), ("seed", "1.0")]);
}

fn serial(world: &World) -> u64 {
    world.state().suites.get(&suite(CODENAME)).expect("a suite").serial
}

/// A fix enters proposed updates by a release manager's word on its bytes, and is 1.1; what would break the promise of 1.0
/// is refused, with the reason. A rollback is a new snapshot.
#[test]
fn a_point_release_keeps_its_promise() {
    if !have(Client::Pip) {
        return;
    }
    let world = apricot();
    let lock = Lock::of_pages(Client::Pip, &world.index(CODENAME), &[("apple", "1.0"), ("seed", "1.0")]);
    publish(&world.upstream, "apple", "1.0.1", &["seed>=1"]);
    publish(&world.upstream, "apple", "2.0", &["seed>=1"]);
    accepted(&world, &["apple==1.0.1", "apple==2.0"]);
    world.pass(15 * DAY);
    assert_eq!(world.migrate(UPDATES), 0);
    let excuse = world.excuse(UPDATES, "apple==1.0.1");
    assert!(excuse.contains("needs an unblock"), "{excuse}");
    let fix = acts::hint(&suite(UPDATES), &parsed("apple==1.0.1"), HintKind::Unblock, "fixes a crash");
    assert!(world.refused(&world.bob, fix.clone()).contains("is for release-manager"));
    world.say_of(&world.alice, "apple==1.0.1", fix);
    assert_eq!(world.migrate(UPDATES), 1);
    assert_eq!(world.holds(UPDATES), ["apple==1.0.1", "seed==1.0"]);
    assert_apple(&world, CODENAME, "1.0");

    world.release("1.1", UPDATES);
    assert_apple(&world, CODENAME, "1.0.1");
    assert_apple(&world, "apricot@1", "1.0");
    // The lock of 1.0 goes on working: what has left the suite stays for those who pin it.
    let (run, ran) = lock.install(&world.index(CODENAME));
    ran.assert_success().assert_says("Not in apricot any more; kept here for lockfiles");
    assert_installed(&run, &[("apple", "1.0"), ("seed", "1.0")]);

    promise_is_kept(&world);
    assert_eq!(world.holds(CODENAME), ["apple==1.0.1", "seed==1.0"]);

    // Back to what 1.0 was, under a higher number; and on again.
    let before = serial(&world);
    assert!(world.refused(&world.bob, rollback(&world, 1)).contains("is for release-manager"));
    world.say(&world.alice, rollback(&world, 1));
    assert_eq!(serial(&world), before + 1);
    assert_apple(&world, CODENAME, "1.0");
    assert_apple(&world, &format!("apricot@{before}"), "1.0.1");
    world.say(&world.alice, rollback(&world, before));
    assert_eq!(serial(&world), before + 2);
    assert_apple(&world, CODENAME, "1.0.1");
    world.check();
}

/// What is in N.y is in N.(y+1), and no project gets a new series: who agrees to such a release is told so.
fn promise_is_kept(world: &World) {
    assert_eq!(world.holds("unstable"), ["apple==1.0.1", "apple==2.0", "seed==1.0"]);
    let added = world.say(&world.alice, world.release_act("1.2", "unstable"));
    let refused = world.refused(&world.bob, Approve { entry: added });
    assert!(refused.contains("apple 2 is a new series: a stable suite gets none"), "{refused}");
    // The first snapshot of unstable holds apple alone.
    let mut act = world.release_act("1.2", "unstable");
    let state = world.state();
    act.serial = 1;
    act.contents = digest(&state.contents_at(&act.from, 1).expect("a snapshot"));
    let dropped = world.say(&world.alice, act);
    let refused = world.refused(&world.bob, Approve { entry: dropped });
    assert!(refused.contains("seed 1 is in apricot: what is in a stable suite stays in it"), "{refused}");
    // Nobody else can begin a suite with foreign contents, and none that holds something.
    let refused = world.refused(&world.alice, begin(world, "unstable", 1));
    assert!(refused.contains("that is for a new suite of kind testing"), "{refused}");
}

/// Two people send a fix through the security lane: whoever installs from stable has it at once, and the next point release
/// takes it in. One person's word counts once. A suite whose support has ended does not change any more.
#[test]
fn a_security_fix_takes_two_people_and_no_time() {
    if !have(Client::Pip) {
        return;
    }
    let world = apricot();
    publish(&world.upstream, "apple", "1.0.1", &["seed>=1"]);
    publish(&world.upstream, "apple", "2.0", &["seed>=1"]);
    accepted(&world, &["apple==1.0.1", "apple==2.0"]);
    send(&world, &world.alice, "security", "apple==1.0.1");
    send(&world, &world.alice, "security", "apple==1.0.1");
    assert_eq!(world.holds("security"), [""; 0], "one person's second word is no second person");
    assert_apple(&world, CODENAME, "1.0");
    let fix = acts::hint(&suite("security"), &parsed("apple==1.0.1"), HintKind::Security, "reads any file");
    assert!(world.refused(&world.carol, fix).contains("they have not joined yet"));

    send(&world, &world.bob, "security", "apple==1.0.1");
    assert_eq!(world.holds("security"), ["apple==1.0.1"]);
    assert_apple(&world, CODENAME, "1.0.1");
    assert_apple(&world, "apricot@1", "1.0");
    assert_eq!(world.holds(CODENAME), ["apple==1.0", "seed==1.0"], "the suite itself has its promise");
    // A new major version is no fix, whoever sends it.
    for person in [&world.alice, &world.bob] {
        send(&world, person, "security", "apple==2.0");
    }
    assert_eq!(world.holds("security"), ["apple==1.0.1", "apple==2.0"]);
    assert_apple(&world, CODENAME, "1.0.1");

    // Two people's word stands for the unblock and for the wait in proposed updates, too.
    send(&world, &world.alice, UPDATES, "apple==1.0.1");
    assert_eq!(world.migrate(UPDATES), 0);
    send(&world, &world.bob, UPDATES, "apple==1.0.1");
    assert_eq!(world.migrate(UPDATES), 1);
    world.release("1.1", UPDATES);
    assert_eq!(world.holds(CODENAME), ["apple==1.0.1", "seed==1.0"]);
    support_ends(&world);
    world.check();
}

/// Nobody takes an orphan for six weeks, and the server retires it: it leaves unstable and testing once nothing there needs
/// it, and stays in what was released, and in what its point releases are made of.
#[test]
fn what_nobody_takes_leaves_testing_and_not_stable() {
    let world = apricot();
    let orphan = |name: &str, retire: bool| packhouse_distribution::act::Orphan {
        project: packhouse_model::ProjectName::from_canonical(name),
        retire,
        reason: "nobody answers".to_owned(),
        dependents: Vec::new(),
        preflight: None,
    };
    world.say(&world.alice, orphan("seed", false));
    world.pass(43 * DAY);
    world.wait_until("seed is retired", |state| {
        let seed = state.projects.iter().find(|(key, _)| key.0.as_str() == "seed").expect("seed").1;
        seed.stewardship == packhouse_distribution::state::rows::Stewardship::Retired
    });
    assert_eq!(world.migrate("testing"), 0, "apple needs it");
    assert_eq!(world.holds("unstable"), ["apple==1.0", "seed==1.0"]);
    let page = httptest::get(&format!("{}/project/seed", world.url), &[]).expect("an answer").text();
    for words in [
        "and nobody took it in 6 weeks",
        "apricot 1.0 was released with it and keeps it; no fixes come",
        "unstable still has it, as long as it is needed there by apple==1.0",
        "the removal of 1.0",
        "could not be installed any more",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let feed =
        httptest::get(&format!("{}/feeds/projects/seed.atom", world.url), &[]).expect("an answer").text();
    assert!(feed.contains("retires seed"), "{feed}");

    assert_eq!(world.holds("unstable"), ["apple==1.0", "seed==1.0"]);
    world.say(&world.alice, orphan("apple", true));
    assert_eq!(world.holds("unstable"), [""; 0], "they need only each other");
    let excuse = world.excuse(UPDATES, "-seed");
    assert!(excuse.contains("It stays: apricot was released with it"), "{excuse}");
    assert_eq!(world.migrate(UPDATES), 0);
    assert_eq!(world.migrate("testing"), 2);
    assert_eq!(world.holds("testing"), [""; 0]);
    assert_eq!(world.migrate("testing"), 0, "nothing of it comes back");
    for name in [CODENAME, UPDATES] {
        assert_eq!(world.holds(name), ["apple==1.0", "seed==1.0"], "{name}");
    }
    // Back late, it needs to be read again before it moves.
    world.pass(57 * DAY);
    world.say(&world.alice, acts::add(&parsed("seed==1.0")));
    assert_eq!(world.holds("unstable"), [""; 0]);
    world.accept(&world.alice, &["seed==1.0"]);
    assert_eq!(world.holds("unstable"), [""; 0], "a second one is needed");
    world.accept(&world.bob, &["seed==1.0"]);
    assert_eq!(world.holds("unstable"), ["seed==1.0"]);
    world.pass(21 * DAY);
    assert_eq!(world.migrate("testing"), 1);
    world.check();
}

fn waiver(world: &World, release: &str, names: &[&str]) -> packhouse_distribution::act::Hint {
    packhouse_distribution::act::Hint {
        fact: Some("installability".to_owned()),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        until: Some(world.now().plus(30 * DAY)),
        ..acts::hint(&suite("security"), &parsed(release), HintKind::Waive, "worse to leave it open")
    }
}

/// A fix that would break what stable has is refused with who would break, unless a release manager says of its very bytes
/// that this may be; what it needs can come along.
#[test]
fn a_security_fix_breaks_nothing_unless_somebody_says_so() {
    let world = apricot();
    publish(&world.upstream, "seed", "1.0.1", &["water>=1"]);
    publish(&world.upstream, "apple", "1.0.1", &["seed>=1.0.2"]);
    accepted(&world, &["seed==1.0.1", "apple==1.0.1"]);
    let fix = |release: &str| {
        acts::hint(&suite("security"), &parsed(release), HintKind::Security, "reads any file")
    };

    let refused = world.refused_of(&world.alice, "seed==1.0.1", fix("seed==1.0.1"));
    assert!(refused.contains("seed in series 1 by the index of apricot"), "{refused}");
    assert!(refused.contains("water"), "{refused}");
    assert!(refused.contains("packhouse hint waive seed==1.0.1 --suite security"), "{refused}");
    // Apple 1.0 would still do with seed 1.0, so apple's own fix is what breaks.
    let refused = world.refused_of(&world.alice, "apple==1.0.1", fix("apple==1.0.1"));
    assert!(refused.contains("apple in series 1 by the index of apricot"), "{refused}");

    // What it needs goes first, and then nothing breaks.
    publish(&world.upstream, "seed", "1.0.2", &[]);
    accepted(&world, &["seed==1.0.2"]);
    for release in ["seed==1.0.2", "apple==1.0.1"] {
        for person in [&world.alice, &world.bob] {
            send(&world, person, "security", release);
        }
    }
    assert_eq!(world.holds("security"), ["apple==1.0.1", "seed==1.0.2"]);
    assert_eq!(world.held(), []);

    // A waiver that names who breaks lets two people's word in; without it the fix is held when it is reviewed.
    publish(&world.upstream, "seed", "1.0.3", &["water>=1"]);
    world.take_in(&["seed==1.0.3"], SERIES);
    let other = world.refused_of(&world.alice, "seed==1.0.3", fix("seed==1.0.3"));
    assert!(other.contains("apple in series 1") && other.contains("seed in series 1"), "{other}");
    let refused = world.refused_of(&world.bob, "seed==1.0.3", waiver(&world, "seed==1.0.3", &["seed"]));
    assert!(refused.contains("release-manager"), "{refused}");
    world.say_of(&world.alice, "seed==1.0.3", waiver(&world, "seed==1.0.3", &["seed"]));
    let other = world.refused_of(&world.alice, "seed==1.0.3", fix("seed==1.0.3"));
    assert!(other.contains("apple in series 1") && !other.contains("seed in series 1"), "{other}");
    world.say_of(&world.alice, "seed==1.0.3", waiver(&world, "seed==1.0.3", &["apple"]));
    for person in [&world.alice, &world.bob] {
        send(&world, person, "security", "seed==1.0.3");
    }
    let state = world.state();
    let waivers: Vec<u64> = state
        .hints
        .iter()
        .filter(|(_, row)| row.hint.kind == HintKind::Waive && !row.ended)
        .map(|(entry, _)| *entry)
        .collect();
    for entry in waivers {
        let reason = "it was not meant".to_owned();
        world.say(&world.alice, packhouse_distribution::act::HintEnd { entry, reason });
    }
    world.accept(&world.alice, &["seed==1.0.3"]);
    world.accept(&world.bob, &["seed==1.0.3"]);
    let broken = ["apple in series 1", "seed in series 1"].map(str::to_owned).to_vec();
    assert_eq!(world.held(), [("seed==1.0.3".to_owned(), broken)]);
    assert_eq!(world.holds("security"), ["apple==1.0.1", "seed==1.0.2"]);
    let page = httptest::get(&format!("{}/suites/security", world.url), &[]).expect("an answer").text();
    assert!(page.contains("seed==1.0.3 is held back"), "{page}");
    let api = httptest::get(&format!("{}/api/v1/suites/security/held", world.url), &[]).expect("an answer");
    let breaks = api.json()[0]["breaks"].clone();
    assert_eq!((&breaks[0]["project"], &breaks[1]["project"]), (&"apple".into(), &"seed".into()));
    world.say_of(&world.alice, "seed==1.0.3", waiver(&world, "seed==1.0.3", &["apple", "seed"]));
    assert_eq!(world.holds("security"), ["apple==1.0.1", "seed==1.0.3"]);
    world.check();
}

fn support_ends(world: &World) {
    let mut act = world.release_act("1.2", UPDATES);
    act.promise.supported_until = world.now();
    assert!(world.refused(&world.alice, act).contains("supported_until: must lie ahead"));
    let until = world.now().plus(730 * DAY).date();
    let page = || httptest::get(&format!("{}/suites/{CODENAME}", world.url), &[]).expect("an answer").text();
    assert!(page().contains(&until), "{until}\n{}", page());
    // Whoever says nothing for a year is taken to have left.
    for _ in 0..3 {
        world.pass(244 * DAY);
        for person in [&world.alice, &world.bob] {
            let (release, text) = (parsed("apple==1.0.1"), "still here".to_owned());
            world.say_of(
                person,
                "apple==1.0.1",
                Note { release, path: None, line: None, text, machine: None },
            );
        }
    }
    publish(&world.upstream, "apple", "1.0.2", &["seed>=1"]);
    accepted(world, &["apple==1.0.2"]);
    world.stage(CODENAME, Stage::EndOfLife);
    for person in [&world.alice, &world.bob] {
        send(world, person, "security", "apple==1.0.2");
    }
    assert_eq!(world.holds("security"), ["apple==1.0.2", "apple==2.0"]);
    // What was released stays there; nothing is added, by nobody.
    assert_apple(world, CODENAME, "1.0.1");
    let gone = "apricot is no longer looked after";
    let release = world.release_act("1.2", UPDATES);
    for refused in [
        world.refused(&world.alice, release),
        world.refused(&world.alice, rollback(world, 1)),
        world.refused(&world.alice, acts::stage(&suite(CODENAME), Stage::Development)),
    ] {
        assert!(refused.contains(gone), "{refused}");
    }
}
