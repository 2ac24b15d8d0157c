//! Pickles: loading one calls what it names, so every name that is not known to be harmless is found.

use super::Result;
use super::pickle_opcodes::read;
use crate::inspection::budget::Trouble;
use crate::inspection::file::File;
use crate::inspection::report::Class::{Block, High, Info, Review};
use crate::inspection::rule;
use crate::inspection::sink::{At, Sink};

/// Types and functions that make a value and do nothing else. A list of what is allowed: what is forbidden cannot be listed.
const HARMLESS: [&str; 44] = [
    "builtins.bytearray",
    "builtins.complex",
    "builtins.frozenset",
    "builtins.list",
    "builtins.object",
    "builtins.set",
    "builtins.dict",
    "builtins.int",
    "builtins.float",
    "builtins.str",
    "builtins.bytes",
    "builtins.bool",
    "builtins.tuple",
    "builtins.range",
    "builtins.slice",
    "__builtin__.set",
    "__builtin__.frozenset",
    "__builtin__.object",
    "__builtin__.list",
    "__builtin__.dict",
    "__builtin__.int",
    "__builtin__.long",
    "__builtin__.bytearray",
    "__builtin__.unicode",
    "_codecs.encode",
    "copy_reg._reconstructor",
    "copyreg._reconstructor",
    "collections.OrderedDict",
    "collections.defaultdict",
    "collections.deque",
    "collections.Counter",
    "datetime.datetime",
    "datetime.date",
    "datetime.time",
    "datetime.timedelta",
    "datetime.timezone",
    "decimal.Decimal",
    "fractions.Fraction",
    "uuid.UUID",
    "numpy.dtype",
    "numpy.ndarray",
    "numpy.core.multiarray._reconstruct",
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray._reconstruct",
];

/// Modules whose names have no place in data.
const DANGEROUS: [&str; 22] = [
    "os.",
    "posix.",
    "nt.",
    "subprocess.",
    "sys.",
    "builtins.eval",
    "builtins.exec",
    "builtins.compile",
    "builtins.getattr",
    "builtins.__import__",
    "builtins.open",
    "__builtin__.eval",
    "__builtin__.exec",
    "__builtin__.getattr",
    "__builtin__.__import__",
    "importlib.",
    "runpy.",
    "socket.",
    "pty.",
    "shutil.",
    "webbrowser.",
    "pip.",
];

const ENDINGS: [&str; 7] = [".pkl", ".pickle", ".pck", ".pcl", ".joblib", ".dill", ".p"];

pub(super) fn look(file: &File<'_>, sink: &mut Sink<'_>) -> Result {
    let named = file.ends(&ENDINGS);
    // Protocol 2 and later say so in their first bytes, and end with STOP.
    let marked = matches!(file.bytes, [0x80, 2..=5, .., b'.']);
    if file.link.is_some() || file.bytes.is_empty() || !(named || marked) {
        return Ok(());
    }
    let opcodes = sink.rules.limits.opcodes;
    let mut at = 0;
    let mut first = true;
    // Several pickles may follow each other in a file.
    while at < file.bytes.len() {
        let rest = &file.bytes[at..];
        match read(rest, opcodes, &mut sink.budget) {
            Ok((pickle, end)) => {
                for (name, _) in &pickle.globals {
                    global(file, name, sink)?;
                }
                at += end;
            }
            // Other data may begin with the same two bytes, and may follow behind a pickle.
            Err(Trouble::Damaged { .. }) if !named || !first => return Ok(()),
            Err(Trouble::Damaged { problem }) => {
                // Compressed ones, mostly (joblib), or another format under the name.
                let classes = if first { (Review, Info) } else { (Info, Info) };
                let subject = file.sha256.to_string();
                return sink.add_as(file, &rule::PICKLE, classes, At::File, problem, &subject);
            }
            Err(trouble) => return Err(trouble),
        }
        first = false;
    }
    Ok(())
}

fn global(file: &File<'_>, name: &str, sink: &mut Sink<'_>) -> Result {
    if HARMLESS.contains(&name) {
        return Ok(());
    }
    let dangerous = DANGEROUS.iter().any(|start| name.starts_with(start));
    let classes = if dangerous || name.contains('?') { (Block, High) } else { (High, Review) };
    let what = format!("loading this pickle calls or makes `{name}`");
    sink.add_as(file, &rule::PICKLE, classes, At::File, what, name)
}
