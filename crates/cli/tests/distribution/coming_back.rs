//! What lost its reviews comes back to the queue, what was given up goes, and whoever is concerned finds it in their feed.

use packhouse_testkit::httptest::get;
use serde_json::Value;

use crate::world::World;

const TWIG: &str = "twig==1.1";
const LEAF: &str = "leaf==1.0";

fn text(world: &World, path: &str) -> String {
    get(&format!("{}{path}", world.served.url()), &[]).expect("an answer").text()
}

fn queue(world: &World) -> Vec<(String, String)> {
    let word = |value: &Value| value.as_str().expect("a word").to_owned();
    let all = world.json(&["queue"]);
    all.as_array().expect("a list").iter().map(|one| (word(&one["release"]), word(&one["reason"]))).collect()
}

/// leaf needs twig; twig is accepted by all three, and ada looks after it; ben looks after leaf.
fn world(name: &str) -> World {
    let world = World::new(name);
    world.found();
    world.says("ada", &["project", "add", "leaf"]);
    for release in [LEAF, TWIG] {
        world.wait_for(release);
    }
    world.exempt(LEAF);
    world.says("ada", &["project", "adopt", "twig"]);
    world.says("ben", &["project", "adopt", "leaf"]);
    for who in ["ada", "ben", "vic"] {
        world.says(who, &["review", "accept", TWIG]);
    }
    assert_eq!(world.json(&["review", "show", TWIG])["state"]["state"], "accepted");
    world
}

#[test]
fn a_lost_key_brings_releases_back_to_the_queue() {
    let world = world("lost-reviews");
    assert_eq!(queue(&world), []);
    let ben = world.json(&["maintainer", "show", "ben"]);
    let first = ben["keys"][0]["fingerprint"].as_str().expect("a fingerprint").to_owned();
    world.make_key("ben-2");
    world.says("ben", &["maintainer", "key", "add", &world.key("ben-2")]);
    let revoke = ["maintainer", "key", "revoke", &first, "--after", "1", "--reason", "left in a train"];
    world.says("ben-2", &revoke);

    // It is work again, everywhere; and where it was, it still is.
    let lost = [(TWIG.to_owned(), "lost-reviews".to_owned())];
    assert_eq!(queue(&world), lost);
    let said = world.run(&["queue"]);
    said.assert_success().assert_says("lost its reviews: it lacks 1 of 3 signatures");
    assert_eq!(world.json(&["queue", "--for", "ben"])[0]["release"], TWIG, "ben has another key");
    assert_eq!(world.json(&["queue", "--for", "ada"]).as_array().map(Vec::len), Some(0), "ada's stands");
    let page = text(&world, "/queue");
    assert!(page.contains("lost its reviews") && page.contains("still in its suites"), "{page}");
    assert_eq!(world.index("unstable", "twig")["files"].as_array().map(Vec::len), Some(1));
    assert!(text(&world, "/project/twig").contains("accepted, lost its reviews"));
    let shown = world.run(&["project", "show", "twig"]);
    shown.assert_success().assert_says("accepted, lost its reviews on");
    for feed in ["projects/twig", "suites/unstable", "maintainers/ada"] {
        let feed = text(&world, &format!("/feeds/{feed}.atom"));
        assert!(feed.contains("finds that twig==1.1, which is in unstable, lost its reviews"), "{feed}");
    }
    for other in ["projects/leaf", "maintainers/vic"] {
        let feed = text(&world, &format!("/feeds/{other}.atom"));
        assert!(!feed.contains("lost its reviews"), "{other}: {feed}");
    }

    // What the rows say can be made again from the ledger; another review settles it.
    world.on_data(&["fsck"]).assert_success().assert_says("sound");
    world.says("ben-2", &["review", "accept", TWIG]);
    assert_eq!(queue(&world), []);
    let feed = text(&world, "/feeds/projects/twig.atom");
    assert!(feed.contains("finds that twig==1.1 no more waits for lost reviews"), "{feed}");
}

#[test]
fn who_gives_a_project_up_names_what_needs_it() {
    let world = world("retirement");
    let listed: Value =
        serde_json::from_str(&text(&world, "/api/v1/projects/twig/dependents")).expect("JSON");
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&listed[0]["suite"], &listed[0]["release"], &listed[0]["breaks"]),
        (&"unstable".into(), &LEAF.into(), &true.into())
    );
    let listed = world.index("unstable", "twig");
    let relative = listed["files"][0]["url"].as_str().expect("a URL").trim_start_matches("../").to_owned();
    let file = format!("{}/{relative}", world.served.url());
    let orphan = ["project", "orphan", "twig", "--reason", "nobody answers"];
    world.says("ada", &orphan);
    let retire = [&orphan[..], &["--retire"]].concat();
    world.refused("ada", &retire, "with twig retired, nothing that is offered meets what these need");
    world.run(&["suite", "show", "unstable"]).assert_success().assert_says(TWIG);
    world.says("ada", &[&retire[..], &["--yes"]].concat()).assert_says("breaks unstable leaf==1.0 twig>=1");
    // A lockfile that has it goes on working.
    assert_eq!(get(&file, &[]).expect("an answer").status, 200);
    let suite = world.run(&["suite", "show", "unstable"]);
    suite.assert_success().assert_says(LEAF);
    assert!(!suite.stdout.contains(TWIG), "{suite}");
    let history = text(&world, "/suites/unstable");
    assert!(history.contains("the retirement of what it takes out"), "{history}");

    // Who looks after leaf is told of both, and of what it means; who looked after twig is too; nobody else.
    let feed = |who: &str| text(&world, &format!("/feeds/maintainers/{who}.atom"));
    assert!(feed("ben").contains("orphans twig: nobody answers; needed by leaf</title>"), "{}", feed("ben"));
    assert!(
        feed("ben").contains("retires twig: nobody answers; needed by leaf (breaks)</title>"),
        "{}",
        feed("ben")
    );
    assert!(!feed("vic").contains("nobody answers"), "{}", feed("vic"));
    world.on_data(&["fsck"]).assert_success().assert_says("sound");
    // It comes back, with what had left.
    world.says("ada", &["project", "add", "twig"]);
    world.run(&["suite", "show", "unstable"]).assert_success().assert_says(TWIG);
}

#[test]
fn who_needs_what_is_withdrawn_is_told_when_it_takes_effect() {
    let world = world("told");
    world.says(
        "ada",
        &["maintainer", "roles", "ben", "--role", "maintainer", "--role", "security", "--reason", "x"],
    );
    let condemn = ["withdraw", "condemn", TWIG, "--reason", "sends tokens away", "--yes"];
    let entry = world.entry_of("ben", &condemn);
    let feed = || text(&world, "/feeds/maintainers/ben.atom");
    assert!(!feed().contains("(breaks)"), "nothing is condemned yet: {}", feed());
    world.says("ada", &["approve", &entry]);
    let words = format!(
        "ada approves entry {entry}: declares twig==1.1 condemned: sends tokens away; needed by leaf (breaks)"
    );
    assert!(feed().contains(&words), "{}", feed());
    let page = text(&world, "/maintainers/ben");
    assert!(page.contains("needed by leaf (breaks)"), "{page}");
}
