//! What Python runs at each start: `.pth` files, `sitecustomize` and `usercustomize` (the documentation of `site`).

use super::Result;
use super::python::{Source, look_at};
use crate::inspection::budget::Trouble;
use crate::inspection::file::File;
use crate::inspection::rule;
use crate::inspection::sink::{At, Sink};
use crate::kind::ContentKind;

pub(super) fn look(file: &File<'_>, sink: &mut Sink<'_>) -> Result {
    if file.kind != ContentKind::Pth || file.depth > 0 {
        return Ok(());
    }
    if !file.name().ends_with(".pth") {
        let what = "Python imports this at each start";
        return sink.add(file, &rule::STARTUP, At::File, what, &file.sha256.to_string());
    }
    sink.budget.spend_bytes(file.bytes.len())?;
    let text = String::from_utf8_lossy(file.bytes);
    let mut start = 0;
    let mut runs = false;
    for line in text.split_inclusive('\n') {
        let code = line.trim_end();
        let range = start..start + code.len();
        start += line.len();
        // `site` runs a line that begins so, and takes each other one for a folder.
        if !code.starts_with("import ") && !code.starts_with("import\t") {
            continue;
        }
        runs = true;
        let what = "a line that Python runs at each start";
        sink.add(file, &rule::STARTUP, At::Text(&text, range.clone()), what, code)?;
        let source = Source { file, text: &text, outer: Some(range), setup: true, depth: 1 };
        match look_at(&source, code, sink) {
            Ok(()) => {}
            Err(Trouble::Damaged { .. }) => {
                let at = source.outer.clone().unwrap_or_default();
                sink.add(file, &rule::STARTUP, At::Text(&text, at), "a line that is no Python 3", code)?;
            }
            Err(trouble) => return Err(trouble),
        }
    }
    if !runs {
        sink.add(
            file,
            &rule::STARTUP,
            At::File,
            "puts folders on the path of Python",
            &file.sha256.to_string(),
        )?;
    }
    Ok(())
}
