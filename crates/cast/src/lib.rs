#![doc = include_str!("../README.md")]

pub mod acts;
mod person;

pub use person::{Member, Person, found};
