//! `kill -9` at any point: nothing half done is served, nothing that was served is lost.

#[path = "kills/integrity.rs"]
mod integrity;
#[path = "kills/rounds.rs"]
mod rounds;
#[path = "kills/starting.rs"]
mod starting;
#[path = "kills/steps.rs"]
mod steps;
#[path = "faults/wire.rs"]
mod wire;
#[path = "faults/world.rs"]
#[expect(dead_code, reason = "the tests of other faults use the rest")]
mod world;
