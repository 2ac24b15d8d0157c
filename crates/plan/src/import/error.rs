//! Why nothing was imported.

use packhouse_model::Timestamp;

use crate::snapshot::Ecosystem;

/// Why nothing was imported. Whatever had been read by then is gone: there is no half snapshot.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The bytes ended or were damaged: an interrupted download, most likely.
    #[error("cannot read on after {bytes} bytes{}: {source}; fetch the file again", near(*.line))]
    Read {
        /// How many bytes of the file were read, compressed as they came.
        bytes: u64,
        /// The line or record, where one was begun.
        line: u64,
        /// What was wrong.
        source: std::io::Error,
    },
    /// JSON that is none.
    #[error("no JSON in record {line}: {source}; fetch the file again")]
    Json {
        /// The record, from 1.
        line: u64,
        /// What was wrong.
        source: serde_json::Error,
    },
    /// Nothing that we know begins so.
    #[error("{found} is no data set that can be read here; expected {expected}")]
    Unrecognised {
        /// What it begins with.
        found: String,
        /// What would be read.
        expected: &'static str,
    },
    /// Known, but of no use or read elsewhere.
    #[error("this is {what}: {hint}")]
    Elsewhere {
        /// What it is.
        what: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// A limit was reached.
    #[error("more than {limit} {what}: raise the limit if the file is what it should be")]
    Limit {
        /// Of what.
        what: &'static str,
        /// How many are read at most.
        limit: u64,
    },
    /// Neither the file nor the caller says when it was so.
    #[error("the file does not say of which day it is: name the date, as in pypi-downloads-2026-04-01.csv")]
    Undated,
    /// From tomorrow.
    #[error("the data are of {}, which lies in the future; check the date and this machine's clock", .date.minute())]
    Future {
        /// The date of the data.
        date: Timestamp,
    },
    /// More than one registry in one file.
    #[error("the file has packages of {first} and of {second}: say which registry to read")]
    Mixed {
        /// The one met first.
        first: Ecosystem,
        /// Another.
        second: Ecosystem,
    },
    /// So much was skipped that the rest would mislead.
    #[error(
        "{skipped} of {rows} rows could not be used ({example}): wrong columns, or another format than {format}"
    )]
    TooMuchSkipped {
        /// Rows that were skipped for being wrong.
        skipped: u64,
        /// All rows.
        rows: u64,
        /// What was taken for.
        format: &'static str,
        /// The first of them, and why.
        example: String,
    },
    /// Nothing was left.
    #[error("no row of this {format} file could be used")]
    Empty {
        /// What it was taken for.
        format: &'static str,
    },
}

fn near(line: u64) -> String {
    if line == 0 { String::new() } else { format!(", near row {line}") }
}
