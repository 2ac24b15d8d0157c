//! Clients that look at upload times find one on every file, whatever the upstream's pages say.

use std::time::Duration;

use packhouse_testkit::{Client, Dialect, Upload};

use crate::world::{FLASK, World, assert_installed, fresh, wheel};

each_client!(newer_files_are_left_out: pip = Pip, uv = Uv, poetry = Poetry, pdm = Pdm);

const DIALECTS: [Dialect; 4] = [Dialect::Html, Dialect::HtmlMinimal, Dialect::Json, Dialect::Json10];

fn world(dialect: Dialect) -> World {
    // A release after years of silence would wait longer than others: not what this is about.
    let world = World::recorded(dialect, "[policy]\npublisher = \"0\"\n");
    world.upstream.publish(wheel("dated", "1.0"));
    world.upstream.publish(Upload::of(wheel("dated", "2.0")).at("2026-11-12T00:00:00.5Z"));
    // For a client that counts in days.
    world.upstream.publish(wheel("aged", "1.0"));
    world.upstream.publish(Upload::of(wheel("aged", "2.0")).age(Duration::from_hours(30 * 24)));
    world
}

/// pip refuses a page on which one file has no time, and uv and PDM leave such a file out, so the recorded pages, with
/// hundreds of files, are a test as well. Poetry takes a file without a time for an old one.
fn newer_files_are_left_out(client: Client) {
    let flask_and_dated = || {
        let mut expected = FLASK.to_vec();
        expected.insert(2, ("dated", "1.0"));
        expected
    };
    for dialect in DIALECTS {
        let world = world(dialect);
        let index = world.index();
        let (run, requirements, option, expected): (_, &[&str], &[&str], _) = match client {
            Client::Pip => (
                fresh(client),
                &["flask", "dated"],
                &["--uploaded-prior-to=2026-11-10T00:00:00Z"],
                flask_and_dated(),
            ),
            Client::Uv => (
                fresh(client),
                &["flask", "dated"],
                &["--exclude-newer=2026-11-10T00:00:00Z"],
                flask_and_dated(),
            ),
            Client::Pdm => {
                (fresh(client), &["dated"], &["--exclude-newer=2026-11-10"], vec![("dated", "1.0")])
            }
            Client::Poetry => {
                let run = fresh(client).env("POETRY_SOLVER_MIN_RELEASE_AGE", "60");
                (run, &["aged"], &[], vec![("aged", "1.0")])
            }
            Client::OldPip => panic!("pip of three years ago does not look at upload times"),
        };
        run.install(&index, requirements, option).assert_success();
        assert_installed(&run, &expected);
        if client == Client::Uv {
            // The option is what decided.
            let run = fresh(client);
            run.install(&index, &["dated", "aged"], &[]).assert_success();
            assert_installed(&run, &[("aged", "2.0"), ("dated", "2.0")]);
        }
    }
}
