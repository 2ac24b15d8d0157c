//! Python sources: parsed, then looked at by [`chains`] and [`literals`], and so is code that stands in literals.

use std::ops::Range;

use super::{Result, chains, decoded, delivery, keys, literals};
use crate::inspection::budget::Trouble;
use crate::inspection::file::File;
use crate::inspection::python::{self, Module};
use crate::inspection::rule;
use crate::inspection::sink::{At, Sink};

/// Where a source stands: a file, or a literal in one.
pub(super) struct Source<'a> {
    pub(super) file: &'a File<'a>,
    /// The text that places are shown in.
    pub(super) text: &'a str,
    /// The place of the literal that holds the source, when it is not the text itself.
    pub(super) outer: Option<Range<usize>>,
    /// Whether it runs when something is installed.
    pub(super) setup: bool,
    /// Literals in literals.
    pub(super) depth: usize,
}

impl Source<'_> {
    pub(super) fn at(&self, range: &Range<usize>) -> At<'_> {
        At::Text(self.text, self.outer.clone().unwrap_or_else(|| range.clone()))
    }
}

pub(super) fn look(file: &File<'_>, sink: &mut Sink<'_>) -> Result {
    if !file.is_python() {
        return Ok(());
    }
    let text = match python::decode_source(file.bytes) {
        Ok(text) => text,
        Err(trouble) => return unreadable(file, sink, trouble),
    };
    // The same bytes in another place have nothing to say there either, when what is asked of them is the same.
    let same = (*file.sha256, file.is_aside(), file.is_setup());
    if sink.plain.contains(&same) {
        return Ok(());
    }
    let said = sink.said;
    let source = Source { file, text: &text, outer: None, setup: file.is_setup(), depth: 0 };
    match look_at(&source, &text, sink) {
        Err(trouble @ Trouble::Damaged { .. }) => unreadable(file, sink, trouble),
        Ok(()) => {
            if sink.said == said {
                sink.plain.insert(same);
            }
            Ok(())
        }
        other => other,
    }
}

/// A file that Python 3 cannot read does no harm there: but something may read it, or it is read only by a newer Python.
/// Templates and sources for Python 2 are common, so the file says that it could not be read and nothing else.
fn unreadable(file: &File<'_>, sink: &mut Sink<'_>, trouble: Trouble) -> Result {
    let stub = file.key.split('/').any(|part| part.contains(['{', '}', '-', ' ']) && part != file.key);
    // Nothing imports it under this path.
    if stub || file.is_aside() {
        return sink.add_as(
            file,
            &rule::UNREADABLE,
            (rule::UNREADABLE.class.lowered(), rule::UNREADABLE.alone.lowered()),
            At::File,
            trouble.to_string(),
            &file.sha256.to_string(),
        );
    }
    Err(trouble)
}

/// Reads a source and looks at it, and at the code in its literals.
pub(super) fn look_at(source: &Source<'_>, code: &str, sink: &mut Sink<'_>) -> Result {
    let result = look_within(source, code, sink);
    if source.depth == 0 {
        // Of no other file.
        sink.decoded.clear();
    }
    result
}

fn look_within(source: &Source<'_>, code: &str, sink: &mut Sink<'_>) -> Result {
    let limits = sink.rules.limits;
    let module = python::read(code, &limits, &mut sink.budget)?;
    // Code within code stands where the outer code does, which shows all of it already.
    if source.depth == 0 {
        source.file.wordless.set(module.wordless && source.outer.is_none());
        sink.decoded = decoded::in_module(&module, source.outer.as_ref());
    }
    chains::look(source, &module, sink)?;
    delivery::look(source, &module, sink)?;
    keys::look(source, &module, sink)?;
    literals::look(source, &module, sink)?;
    if source.depth == 0 {
        foreign_names(source, &module, sink)?;
    }
    for call in &module.calls {
        let Some((code, range)) = chains::code_in(call) else { continue };
        if source.depth >= limits.decoding {
            return Err(Trouble::Limit { what: "code within code", limit: limits.decoding as u64 });
        }
        let outer = Some(source.outer.clone().unwrap_or(range));
        let inner = Source {
            file: source.file,
            text: source.text,
            outer,
            setup: source.setup,
            depth: source.depth + 1,
        };
        match look_at(&inner, &code, sink) {
            // Many texts that are run are no whole programs.
            Ok(()) | Err(Trouble::Damaged { .. }) => {}
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(())
}

/// Names in letters that look like others, or that Python takes for others (PEP 3131).
fn foreign_names(source: &Source<'_>, module: &Module, sink: &mut Sink<'_>) -> Result {
    for range in &module.foreign_names {
        let name = source.text.get(range.clone()).unwrap_or_default();
        if let Some(what) = super::unicode::strange_name(name) {
            sink.add(source.file, &rule::OBFUSCATED, source.at(range), what, &format!("name {name}"))?;
        }
    }
    Ok(())
}
