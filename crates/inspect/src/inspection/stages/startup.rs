//! What Python runs at each start: `.pth` files, `sitecustomize` and `usercustomize` (the documentation of `site`).

use super::Result;
use super::python::{Source, look_at};
use crate::inspection::budget::Trouble;
use crate::inspection::file::File;
use crate::inspection::report::Class::Info;
use crate::inspection::rule;
use crate::inspection::sink::{At, Sink};
use crate::kind::ContentKind;
use packhouse_model::Sha256;

pub(super) fn look(file: &File<'_>, sink: &mut Sink<'_>) -> Result {
    if file.kind != ContentKind::Pth || file.depth > 0 {
        return Ok(());
    }
    if !file.name().ends_with(".pth") {
        let what = "Python imports this at each start";
        return sink.add(file, &rule::STARTUP, At::File, what, &file.sha256.to_string());
    }
    sink.budget.spend_bytes(file.bytes.len())?;
    let text = file.text();
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
        if let Some(namespace) = namespace(code).filter(|_| file.name().ends_with("-nspkg.pth")) {
            let what = format!("the line by which setuptools declares the namespace `{namespace}`");
            sink.add_as(file, &rule::STARTUP, (Info, Info), At::Text(&text, range), what, code)?;
            continue;
        }
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

/// The lines that setuptools writes for a namespace package (`*-nspkg.pth`), in the three forms that it had: their SHA-256
/// without the names in them.
const NAMESPACE_LINES: [&str; 3] = [
    "6a4bb8de276951eab0ea9f12acede319bdfd811a78b2b68d4f255aa7c502e893",
    "393a6b2afa5121cdd33c0db96a9b277079a15ea3a84424ca73f80f5a5d2dce17",
    "370128302c9c45890a87961fe50ae2436b1aacc84f0496a1fd2efe0d3b7883ea",
];
/// Characters of the longest such line.
const LONGEST: usize = 2_000;

/// The namespace that a line declares, when it does so in exactly the words of setuptools.
fn namespace(line: &str) -> Option<String> {
    if line.len() > LONGEST {
        return None;
    }
    let (_, rest) = line.split_once("*(")?;
    let (tuple, _) = rest.split_once(')')?;
    let name = |quoted: &str| -> Option<String> {
        let name = quoted.trim().strip_prefix('\'')?.strip_suffix('\'')?;
        let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        plain.then(|| name.to_owned())
    };
    let names: Vec<String> =
        tuple.split(',').filter(|part| !part.trim().is_empty()).map(name).collect::<Option<_>>()?;
    let (last, parents) = names.split_last()?;
    let whole = names.join(".");
    let line = match parents {
        [] => line,
        parents => {
            line.strip_suffix(&format!(";m and setattr(sys.modules['{}'], '{last}', m)", parents.join(".")))?
        }
    };
    let bare = line.replacen(&format!("*({tuple})"), "*()", 1).replace(&format!("'{whole}'"), "''");
    let known = Sha256::of(bare.as_bytes()).to_string();
    NAMESPACE_LINES.contains(&&*known).then_some(whole)
}
