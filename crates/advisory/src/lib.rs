#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod database;
mod ecosystem;
mod evaluate;
mod parse;
mod record;
mod severity;
mod source;

pub use database::{Database, Found, Merged};
pub use ecosystem::{Ecosystem, Order};
pub use evaluate::Answer;
pub use parse::{RecordError, RecordLimits};
pub use record::{Advisory, Affected, Event, EventKind, Range, RangeKind, Reference};
pub use severity::{Rating, Score};
pub use source::{Report, Skipped, SourceError, zip_limits};
