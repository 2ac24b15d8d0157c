//! What stands in the texts of a Python source, also in those that are put together or decoded.

use super::Result;
use super::chains::cut;
use super::python::Source;
use crate::inspection::capabilities::Caps;
use crate::inspection::python::{Literal, Module};
use crate::inspection::report::Class::{High, Info, Review};
use crate::inspection::rule;
use crate::inspection::sink::Sink;
use crate::inspection::words::{self, Subject};

/// Names that nobody puts together of pieces without wanting to hide them.
const HIDDEN: [&str; 22] = [
    "exec",
    "eval",
    "compile",
    "system",
    "popen",
    "subprocess",
    "socket",
    "__import__",
    "builtins",
    "__builtins__",
    "urlopen",
    "b64decode",
    "base64",
    "marshal",
    "os.system",
    "requests",
    "check_output",
    "Popen",
    "urllib.request",
    "ctypes",
    "fromhex",
    "execfile",
];

pub(super) fn look(source: &Source<'_>, module: &Module, sink: &mut Sink<'_>) -> Result {
    let (mut token, mut publish) = (None, None);
    for literal in &module.literals {
        let Some(text) = literal.value.text() else { continue };
        sink.budget.spend_bytes(text.len())?;
        if literal.made.is_some() && HIDDEN.contains(&text) {
            let how = literal.made.unwrap_or_default();
            let what = format!("the name `{text}`, put together or decoded ({how})");
            let rule = &rule::OBFUSCATED;
            sink.add_as(
                source.file,
                rule,
                (High, High),
                source.at(&literal.range),
                what,
                &format!("hidden {text}"),
            )?;
        }
        if literal.documentation {
            continue;
        }
        if literal.wordless {
            for range in words::raw_addresses(text) {
                endpoint(source, literal, &address(text, range.start), sink)?;
            }
            continue;
        }
        for hit in words::find(text.as_bytes()) {
            let word = &text[hit.range.clone()];
            match hit.subject {
                Subject::Endpoint => endpoint(source, literal, &address(text, hit.range.start), sink)?,
                Subject::Secret if words::origin(text).has(Caps::SECRET_PATH) => {
                    let what = format!("names `{}`", cut(text));
                    sink.add(source.file, &rule::SECRET_PATH, source.at(&literal.range), what, word)?;
                }
                Subject::RegistryToken => token = token.or(Some(literal)),
                Subject::Publish => publish = publish.or(Some(literal)),
                _ => {}
            }
        }
        for range in words::raw_addresses(text) {
            endpoint(source, literal, &address(text, range.start), sink)?;
        }
    }
    for call in module.calls.iter().filter(|call| call.does.has(Caps::SPAWN)) {
        let line: Vec<&str> = call.position(0).list().iter().filter_map(|word| word.text()).collect();
        if super::chains::has(&line.join(" "), Subject::Publish)
            && let Some(token) = token
        {
            let what = "reads tokens of a registry and publishes packages";
            sink.add(source.file, &rule::PROPAGATION, source.at(&token.range), what, "publishes")?;
        }
    }
    if let (Some(token), Some(_)) = (token, publish) {
        let what = "knows tokens of a registry and how to publish packages";
        sink.add(source.file, &rule::PROPAGATION, source.at(&token.range), what, "publishes")?;
    }
    for (caps, range, _) in &module.mentions {
        if caps.has(Caps::ENVIRONMENT) {
            let what = "reads the environment";
            sink.add(source.file, &rule::ENVIRONMENT, source.at(range), what, "environment")?;
        }
    }
    Ok(())
}

fn endpoint(source: &Source<'_>, literal: &Literal, address: &str, sink: &mut Sink<'_>) -> Result {
    let what = match literal.made {
        Some(how) => format!("`{address}`, out of {how}"),
        None => format!("`{address}`"),
    };
    // What somebody took the trouble to hide is no example.
    let hidden = literal.made.is_some_and(|made| made != "pieces");
    let classes = if hidden { (High, High) } else { (High, Review) };
    let classes = if source.file.is_text() { classes } else { (Info, Info) };
    sink.add_as(source.file, &rule::ENDPOINT, classes, source.at(&literal.range), what, address)
}

/// The address around a place in a text.
pub(super) fn address(text: &str, at: usize) -> String {
    let outside =
        |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '(' | ')' | ',' | ';' | '`');
    let start = text[..at]
        .rfind(outside)
        .map_or(0, |found| found + text[found..].chars().next().map_or(1, char::len_utf8));
    let rest = &text[start..];
    let end = rest.find(outside).unwrap_or(rest.len());
    cut(&rest[..end])
}
