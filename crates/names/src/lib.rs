#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod builder;
mod compact;
mod distance;
mod fold;
mod index;
mod keys;
mod likeness;
mod popular;
mod stem;
mod table;
mod vocabulary;

pub use builder::{IndexBuilder, Standing};
pub use compact::CompactError;
pub use fold::ultranormalized;
pub use index::NameIndex;
pub use likeness::{Likeness, Original, Relation};
pub use popular::Popular;
pub use vocabulary::Vocabulary;
