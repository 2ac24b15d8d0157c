#![doc = include_str!("../README.md")]

mod build;
mod client;
mod fake;
pub mod httptest;
mod objects;
mod process;
mod served;
mod watched;

pub use build::{BuiltFile, Sdist, Wheel};
pub use client::{Client, ClientRun, ReadyClient};
pub use fake::{Dialect, FakeUpstream, Fault, Hold, Lie, Plan, Seen, Settings, Upload, recorded_folder};
pub use objects::{ObjectFault, ObjectServer};
pub use process::Ran;
pub use served::{Served, ServedBuilder};
