#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod assemble;
pub mod backtest;
pub mod capacity;
pub mod closure;
pub mod condition;
pub mod coverage;
pub mod curve;
pub mod cut;
mod flow;
pub mod graph;
pub mod import;
pub mod names;
pub mod pagerank;
pub mod scc;
pub mod score;
pub mod snapshot;
mod walk;
