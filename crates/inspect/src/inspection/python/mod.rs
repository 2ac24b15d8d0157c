//! Python sources, read by Ruff's parser. No type of the parser stands outside of this module.

mod calls;
mod decode;
mod expressions;
mod fold;
mod hosts;
mod key_names;
mod keys;
mod model;
mod names;
mod nesting;
mod statements;
mod walk;

pub(crate) use hosts::{host_given, host_of, leads_to_literal};
pub(crate) use model::{Argument, Call, Literal, Module, Value};

use std::borrow::Cow;

use ruff_python_ast::PySourceType;
use ruff_python_parser::parse_unchecked_source;

use super::budget::{Budget, Trouble};
use super::rules::Limits;

/// Bytes of stack for parsing, walking and dropping a tree that is as deep as [`Limits::nesting`] allows. They are
/// reserved; what is not used costs nothing.
const STACK: usize = 96 << 20;
/// What the rest of an inspection needs above that.
const REST: usize = 8 << 20;

/// Runs an inspection where there is stack enough to read sources, so that none of them needs a stack of its own, which would be
/// mapped, faulted in and given back for each.
pub(crate) fn on_one_stack<T>(inspection: impl FnOnce() -> T) -> T {
    stacker::grow(STACK + REST, inspection)
}

/// A source as Python decodes it (PEP 263).
pub(crate) fn decode_source(bytes: &[u8]) -> Result<Cow<'_, str>, Trouble> {
    let damaged = |problem: String| Trouble::Damaged { problem };
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let declared = declared_encoding(start);
    let encoding = declared.as_deref().unwrap_or("utf-8").to_ascii_lowercase().replace('_', "-");
    match &*encoding {
        "utf-8" | "utf8" | "ascii" | "us-ascii" | "utf-8-sig" => std::str::from_utf8(start)
            .map(Cow::Borrowed)
            .map_err(|error| damaged(format!("no UTF-8: {error}"))),
        // One byte is one character, and ASCII is ASCII; which letters the others are makes no difference here.
        name if ["latin", "iso-8859", "iso8859", "cp125", "windows-125", "koi8", "l1"]
            .iter()
            .any(|known| name.starts_with(known)) =>
        {
            Ok(start.iter().map(|byte| char::from(*byte)).collect::<String>().into())
        }
        _ => Err(damaged(format!("written in the encoding {:?}", declared.unwrap_or_default()))),
    }
}

fn declared_encoding(bytes: &[u8]) -> Option<String> {
    let mut lines = bytes.split(|byte| *byte == b'\n').take(2);
    lines.find_map(|line| {
        let line = String::from_utf8_lossy(&line[..line.len().min(400)]).into_owned();
        let (_, rest) = line.trim_start().strip_prefix('#')?.split_once("coding")?;
        let rest = rest.strip_prefix([':', '='])?.trim_start();
        let end =
            rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_' | '.')).unwrap_or(rest.len());
        Some(rest[..end].to_owned()).filter(|name| !name.is_empty())
    })
}

/// Parses a source and reads out of it what it calls, and with what.
pub(crate) fn read(source: &str, limits: &Limits, budget: &mut Budget) -> Result<Module, Trouble> {
    if source.len() > limits.python {
        return Err(Trouble::Limit { what: "the size of a Python file", limit: limits.python as u64 });
    }
    budget.spend_bytes(source.len())?;
    nesting::check(source, limits.nesting, budget)?;
    // A stack of its own where there is less: how much of the caller's is left must not decide what is found.
    stacker::maybe_grow(STACK, STACK, || {
        let parsed = parse_unchecked_source(source, PySourceType::Python);
        if let Some(error) = parsed.errors().first() {
            let start = usize::from(error.location.start());
            let line = source.as_bytes().iter().take(start).filter(|byte| **byte == b'\n').count() + 1;
            return Err(Trouble::Damaged { problem: format!("line {line} is no Python 3: {}", error.error) });
        }
        walk::walk(source, &parsed.syntax().body, limits, budget)
    })
}

#[cfg(test)]
mod tests;
