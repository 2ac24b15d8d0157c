//! Installing from nothing, and again when the upstream is gone.

use packhouse_testkit::{Client, Dialect};

use crate::world::{ALWAYS_ASK, World, flask, fresh};

each_client!(from_an_empty_cache_and_again_without_the_upstream);

fn from_an_empty_cache_and_again_without_the_upstream(client: Client) {
    // As the real one speaks, and as the specification would have it.
    for dialect in [Dialect::Html, Dialect::Json] {
        let mut world = World::recorded(dialect, "");
        let cold = fresh(client);
        cold.install(&world.index(), &["flask"], &[]).assert_success();
        assert_eq!(cold.installed(), flask(), "{dialect:?}");
        assert_eq!(cold.python("import flask; print(flask.Flask('x').name)").assert_success().stdout, "x\n");

        // Nothing in memory, every page past its time, and nobody to ask.
        world.upstream.go_down();
        world.reconfigure(ALWAYS_ASK);
        let warm = fresh(client);
        warm.install(&world.index(), &["flask"], &[]).assert_success();
        assert_eq!(warm.installed(), flask(), "{dialect:?}");
    }
}
