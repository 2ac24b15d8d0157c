//! The operator's own rules, on the bytes of every file.

use super::Result;
use crate::inspection::file::File;
use crate::inspection::sink::Sink;

pub(super) fn look(file: &File<'_>, sink: &mut Sink<'_>) -> Result {
    let rules = sink.rules;
    match &rules.yara {
        Some(rules) if file.link.is_none() => rules.engine().look(file, sink),
        _ => Ok(()),
    }
}
