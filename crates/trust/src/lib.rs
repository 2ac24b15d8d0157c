#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod agent;
pub mod dsse;
mod json;
pub mod key;
pub mod ledger;
mod signer;
pub mod statement;
#[cfg(test)]
mod tests;
mod wire;

pub use dsse::{DsseError, Envelope, Signed};
pub use key::{KeyError, KeyId, PublicKey, SecretKey, SecretKeyError, Signature};
pub use ledger::{Chain, Entry, Head, Recorded};
pub use signer::{SignError, Signer};
pub use statement::{Statement, StatementError, Subject};
