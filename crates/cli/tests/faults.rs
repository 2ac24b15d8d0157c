//! What goes wrong around the program: the upstream fails or lies, the disk is full, many come at once.

#[path = "faults/ahead.rs"]
mod ahead;
#[path = "faults/cache.rs"]
mod cache;
#[path = "faults/disk.rs"]
mod disk;
#[path = "faults/files.rs"]
mod files;
#[path = "faults/herd.rs"]
mod herd;
#[path = "faults/inspection.rs"]
mod inspection;
#[path = "faults/lies.rs"]
mod lies;
#[path = "faults/limits.rs"]
mod limits;
#[path = "faults/objects.rs"]
mod objects;
#[path = "faults/pages.rs"]
mod pages;
#[path = "faults/several.rs"]
mod several;
#[path = "faults/vanish.rs"]
mod vanish;
#[path = "faults/wire.rs"]
mod wire;
#[path = "faults/world.rs"]
mod world;
