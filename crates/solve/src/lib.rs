#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod change;
mod check;
mod contents;
mod explain;
mod explanation;
mod goal;
mod greedy;
mod hopeless;
mod names;
mod newest;
mod provider;
mod release;
mod relevant;
mod solver;
mod witness;
mod world;

#[cfg(test)]
mod tests;

pub use change::Change;
pub use check::{Checked, Status, check};
pub use contents::{Contents, Project, Root};
pub use explain::explain;
pub use explanation::{Explanation, Line, Offered, OfferedNote, Reason, Subject};
pub use newest::newest;
pub use release::{Files, InvalidSeries, Misfit, Release, Series};
pub use relevant::{Dependents, relevant};
