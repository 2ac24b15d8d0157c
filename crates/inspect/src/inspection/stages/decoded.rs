//! What hidden literals say, for whoever reads the finding beside them. Nothing of it was run.

use std::ops::Range;

use crate::inspection::capabilities::Caps;
use crate::inspection::python::{Module, Value};
use crate::inspection::sink::Decoded;
use crate::risk::visible;

/// Characters that are kept of a decoded text.
const SHOWN: usize = 2_000;
/// Bytes that are shown of what is no text.
const BYTES: usize = 64;

/// What was put together or decoded in a module, by the place where it stands: the literal itself, or the call that it is
/// given to.
pub(super) fn in_module(module: &Module, outer: Option<&Range<usize>>) -> Vec<Decoded> {
    let place = |range: &Range<usize>| outer.unwrap_or(range).clone();
    let literals = module.literals.iter().filter(|literal| literal.made.is_some());
    let literals = literals.map(|literal| (literal.range.clone(), &literal.value));
    let arguments = module.calls.iter().flat_map(|call| {
        let hidden =
            call.arguments.iter().filter(|argument| argument.known.from.has(Caps::DECODED | Caps::REVERSED));
        hidden.map(|argument| (call.range.clone(), &argument.known.value))
    });
    (literals.chain(arguments))
        .filter(|(_, value)| matches!(value, Value::Text(_) | Value::Bytes(_)))
        .map(|(range, value)| Decoded { range: place(&range), value: value.clone() })
        .collect()
}

/// The value as a person may see it, cut: line feeds and tabs stay, whatever else a terminal or browser would obey or not show is
/// escaped, and what is no text stands in hexadecimal.
pub(in crate::inspection) fn shown(value: &Value) -> Option<String> {
    let Some(text) = value.text() else {
        let Value::Bytes(bytes) = value else { return None };
        let start: Vec<String> = bytes.iter().take(BYTES).map(|byte| format!("{byte:02x}")).collect();
        let more = if bytes.len() > BYTES { " \u{2026}" } else { "" };
        return Some(format!("{} bytes that are no text: {}{more}", bytes.len(), start.join(" ")));
    };
    let mut characters = text.chars();
    let mut found = String::new();
    for character in characters.by_ref().take(SHOWN) {
        match character {
            '\n' | '\t' => found.push(character),
            other => found.push_str(&visible(other.encode_utf8(&mut [0; 4]))),
        }
    }
    let left = characters.count();
    if left > 0 {
        found.push_str(&format!("\u{2026} ({left} more characters)"));
    }
    Some(found)
}
