#![doc = include_str!("../README.md")]

mod answer;
mod confine;
mod error;
mod jail;
mod map;

pub use answer::{READY, UNCONFINED, frame};
pub use confine::{ConfineError, ProcessLimits, confine};
pub use error::Failed;
pub use jail::{Jail, JailConfig};
pub use map::Mapped;
