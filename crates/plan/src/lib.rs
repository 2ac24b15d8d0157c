#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod assemble;
pub mod backtest;
pub mod board;
pub mod capacity;
pub mod chart;
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
pub mod rankings;
pub mod scc;
pub mod score;
pub mod snapshot;
pub mod telling;
mod walk;
