//! The `packhouse` program on the terminal: what it says, and the codes it ends with.
//!
//! 0 done, 1 the answer is no, 2 wrong use, 3 a fault.

#[path = "command_line/advisories.rs"]
mod advisories;
#[path = "command_line/configuration.rs"]
mod configuration;
#[path = "command_line/help.rs"]
mod help;
#[path = "command_line/inspect.rs"]
mod inspect;
#[path = "command_line/lockfiles.rs"]
mod lockfiles;
#[path = "command_line/names.rs"]
mod names;
#[path = "command_line/place.rs"]
mod place;
#[path = "command_line/policy.rs"]
mod policy;
#[path = "command_line/serve.rs"]
mod serve;
#[path = "command_line/sqlite.rs"]
mod sqlite;
#[path = "command_line/storage.rs"]
mod storage;
#[path = "command_line/why.rs"]
mod why;
#[path = "command_line/yara.rs"]
mod yara;
