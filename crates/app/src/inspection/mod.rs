//! Inspection: files are looked at by a process that can do nothing else, before anybody has all of them.

mod admit;
mod base;
mod inspector;
mod job;
mod look;
mod process;
mod release;
mod seen;
mod survey;
mod yara;

pub use admit::Gate;
pub use inspector::{Inspector, Looked};
pub use job::{Job, Subject};
pub use process::inspector;
pub use release::Fetched;
pub use survey::Surveyed;
pub use yara::YaraFilesError;

pub(crate) use seen::{Seen, read_told};
