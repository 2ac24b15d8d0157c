//! Real pip (the newest, and one three years old), uv, Poetry and PDM through the served program, in front of a fake
//! upstream with recorded projects: they install, lock, are refused, and what they say of it is read.
//!
//! Each client has a home, a cache and an environment of its own (`packhouse_testkit::Client`); one that cannot be
//! installed on this machine is skipped aloud, and is a failure with `PACKHOUSE_TEST_CLIENTS=require`.

/// Makes a module with one test per client out of a scenario, so that a failure names its client.
macro_rules! each_client {
    ($scenario:ident) => {
        each_client!($scenario: pip = Pip, old_pip = OldPip, uv = Uv, poetry = Poetry, pdm = Pdm);
    };
    ($scenario:ident: $($name:ident = $client:ident),+) => {
        mod $scenario {
            use packhouse_testkit::Client;
            $(
                #[test]
                fn $name() {
                    if crate::world::have(Client::$client) {
                        super::$scenario(Client::$client);
                    }
                }
            )+
        }
    };
}

mod bytes;
mod dates;
mod install;
mod lock;
mod locked;
mod refused;
mod sdist;
mod shown;
mod suites;
mod world;
