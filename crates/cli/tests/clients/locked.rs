//! Locks outlive what happens to the index: a change of index, a file deleted upstream. They end where policy does.

use packhouse_testkit::{Client, Dialect, Ran};

use crate::lock::{Form, Lock};
use crate::shown::Reason;
use crate::world::{ALWAYS_ASK, FLASK, World, flask, fresh, have, keep_recorded_files};

const TEAM: &str = "[index.team]\ndescription = \"another index with the same rules\"\n";

each_client!(a_lock_file_outlives_the_index: uv = Uv, poetry = Poetry, pdm = Pdm);
each_client!(hashed_requirements_outlive_the_index: pip = Pip, old_pip = OldPip, uv = Uv);

fn a_lock_file_outlives_the_index(client: Client) {
    let world = world();
    let lock = Lock::of_project(client, &world.index(), "flask");
    for (name, version) in FLASK {
        assert!(
            lock.text.contains(&format!("name = \"{name}\"\nversion = \"{version}\"\n")),
            "{}",
            lock.text
        );
    }
    outlives(world, &lock);
}

fn hashed_requirements_outlive_the_index(client: Client) {
    let world = world();
    let lock = match client {
        Client::Uv => Lock::compiled(Client::Uv, &world.index(), "flask"),
        _ => Lock::of_pages(client, &world.index(), &FLASK),
    };
    if client == Client::Uv && have(Client::Pip) {
        let for_pip = Lock::compiled(Client::Pip, &world.index(), "flask");
        let (run, ran) = for_pip.install(&world.index());
        ran.assert_success();
        assert_eq!(run.installed(), flask());
    }
    outlives(world, &lock);
}

fn world() -> World {
    let world = World::recorded(Dialect::Html, &format!("{ALWAYS_ASK}{TEAM}"));
    keep_recorded_files(&world.upstream, "markupsafe", "3.0.4");
    world
}

fn outlives(mut world: World, lock: &Lock) {
    assert_installs(lock, &world.index());
    after_a_change_of_index(&world, lock);

    world.upstream.delete("flask-3.1.3-py3-none-any.whl");
    let ran = assert_installs(lock, &world.index());
    let silent = lock.form == Form::Project && lock.client != Client::Poetry;
    // `uv sync` does not look at the page, and PDM does not warn of yanked files.
    let warned = ran.unwrapped().contains("Deleted upstream");
    assert_eq!(warned, !silent, "{ran}");

    let deny = |what: &str| {
        format!("{ALWAYS_ASK}{TEAM}[policy]\ndeny = [{{ match = {what:?}, reason = \"withdrawn by us\" }}]\n")
    };
    world.reconfigure(&deny("flask==3.1.3"));
    after_its_release_was_refused(&world, lock);
    world.reconfigure(&deny("flask"));
    after_its_project_was_refused(&world, lock);
}

#[track_caller]
fn assert_installs(lock: &Lock, index: &str) -> Ran {
    let (run, ran) = lock.install(index);
    ran.assert_success();
    assert_eq!(run.installed(), flask(), "{:?}", lock.client);
    ran
}

/// File URLs do not name the index, so what was locked against one is installed through another.
fn after_a_change_of_index(world: &World, lock: &Lock) {
    let (default, team) = (world.index(), world.served.index_url("team"));
    match (lock.client, lock.form) {
        // Poetry's lock counts the index among what was locked: it must be locked again, to the same files.
        (Client::Poetry, Form::Project) => {
            let run = lock.machine(&team);
            lock.install_on(&run, &team).assert_failure().assert_says("pyproject.toml changed significantly");
            run.lock(&[]).assert_success();
            let same = |text: &str| {
                let lines = text.lines().filter(|line| !line.starts_with("content-hash")).collect::<Vec<_>>();
                lines.join("\n").replace("/pypi/team/simple", "/simple")
            };
            assert_eq!(same(&run.lock_file()), same(&lock.text));
            run.sync(&[]).assert_success();
            assert_eq!(run.installed(), flask());
        }
        (Client::Uv, Form::Project) => {
            let files = format!("{{ url = \"{}/files/", world.served.url());
            assert_eq!(
                lock.text.matches("{ url = ").count(),
                lock.text.matches(&files).count(),
                "{}",
                lock.text
            );
            assert_installs(lock, &team);
            let through_team = Lock::of_project(Client::Uv, &team, "flask");
            assert_eq!(
                through_team.text,
                lock.text.replace(&default, &team),
                "only the registry's name differs"
            );
        }
        (Client::Pdm, Form::Project) => {
            assert_installs(lock, &team).assert_says("Lockfile doesn't satisfy the project requirements");
        }
        _ => {
            assert_installs(lock, &team);
        }
    }
}

fn after_its_release_was_refused(world: &World, lock: &Lock) {
    let index = world.index();
    let reason = Reason {
        phrase: "flask 3.1.3 is denied: withdrawn by us",
        sentence: "flask 3.1.3 is on this index's deny list (`flask==3.1.3`): withdrawn by us.",
        why: &world.why("flask==3.1.3"),
    };
    let (run, ran) = lock.install(&index);
    reason.assert_file(lock.client, &ran);
    assert!(!run.installed().contains_key("flask"), "{ran}");
    if lock.client == Client::Pdm {
        reason.assert_phrase(&lock.machine(&index).run(["--no-cache", "sync"]));
    }
}

fn after_its_project_was_refused(world: &World, lock: &Lock) {
    let index = world.index();
    let reason = Reason {
        phrase: "flask is denied: withdrawn by us",
        sentence: "flask is on this index's deny list (`flask`): withdrawn by us.",
        why: &world.why("flask"),
    };
    let (run, ran) = lock.install(&index);
    reason.assert_project(lock.client, &ran);
    assert!(!run.installed().contains_key("flask"), "{ran}");
    match lock.client {
        Client::Pip | Client::OldPip => {
            let words = ["--require-hashes", "--requirement", "requirements.txt", "-vv"];
            let run = lock.machine(&index);
            reason.assert_phrase(&run.install(&index, &[], &words));
        }
        Client::Pdm => {
            let run = fresh(Client::Pdm);
            run.project(&index, &["flask"]);
            reason.assert_phrase(&run.run(["--no-cache", "lock", "-v"]));
        }
        Client::Uv | Client::Poetry => {}
    }
}
