#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod attempt;
mod body;
mod breaker;
mod client;
mod config;
pub mod discover;
mod document;
mod error;
mod file;
mod range;
mod safe_url;

#[cfg(test)]
mod tests;

pub use breaker::{Health, OriginHealth};
pub use client::UpstreamClient;
pub use config::{ConfigError, UpstreamConfig};
pub use document::{Document, PageReply, Validators};
pub use error::{Failure, UpstreamError, Waiting};
pub use file::{FileReply, FileStream, HeadReply, RangeReply};
pub use range::{ByteRange, ContentRange};
pub use safe_url::{SafeUrl, SafeUrlError};
