//! What calls do together: data that flows from one to another, or calls that meet in one scope.

use std::ops::Range;

use super::Result;
use super::python::Source;
use crate::inspection::capabilities::Caps;
use crate::inspection::python::{Call, Literal, Module, Value};
use crate::inspection::report::Class::{self, Block, High, Info, Review};
use crate::inspection::rule::{self, Rule};
use crate::inspection::sink::Sink;
use crate::inspection::words::{self, Subject};

pub(super) fn look(source: &Source<'_>, module: &Module, sink: &mut Sink<'_>) -> Result {
    for call in &module.calls {
        sink.budget.spend(1)?;
        flows(source, call, sink)?;
        alone(source, module, call, sink)?;
    }
    let mut scopes: Vec<(Vec<&Call>, Vec<&Literal>)> = vec![Default::default(); module.scopes.len()];
    for call in &module.calls {
        scopes[call.scope].0.push(call);
    }
    for literal in module.literals.iter().filter(|literal| !literal.documentation && !literal.wordless) {
        scopes[literal.scope].1.push(literal);
    }
    for (calls, literals) in &scopes {
        sink.budget.spend(calls.len() as u64 + literals.len() as u64)?;
        meetings(source, calls, literals, sink)?;
    }
    remembered(source, module, sink);
    Ok(())
}

/// Code that a call is given as a text: `exec("…")`, `python -c …`.
pub(super) fn code_in(call: &Call) -> Option<(String, Range<usize>)> {
    let text = if call.does.has(Caps::RUN) {
        call.position(0).text().map(str::to_owned)
    } else if call.does.has(Caps::SPAWN) {
        let words = call.position(0).list();
        let flag = words.iter().position(|word| word.text() == Some("-c"))?;
        // `[sys.executable, "-c", code]`, but not `["sh", "-c", code]`.
        let shell = words.first().and_then(Value::text).is_some_and(|word| !word.contains("python"));
        if shell { None } else { words.get(flag + 1)?.text().map(str::to_owned) }
    } else {
        None
    };
    text.filter(|text| text.len() > 3).map(|text| (text, call.range.clone()))
}

/// What one call is given.
fn flows(source: &Source<'_>, call: &Call, sink: &mut Sink<'_>) -> Result {
    let (does, from) = (call.does, call.from);
    let name = shown(call);
    let mut add =
        |rule: &'static Rule, what: String| add(source, call, rule, (rule.class, rule.alone), what, sink);
    if does.has(Caps::RUN) && from.has(Caps::DECODED | Caps::REVERSED) {
        add(&rule::DECODED_CODE, format!("`{name}` runs what was decoded"))?;
    }
    let bytes = matches!(call.position(0), Value::Bytes(_));
    if does.has(Caps::UNMARSHAL) && (bytes || from.has(Caps::DECODED)) {
        add(&rule::DECODED_CODE, format!("`{name}` makes code of data that stands in the source"))?;
    }
    if does.has(Caps::SPAWN | Caps::NATIVE) && from.has(Caps::DECODED) {
        add(&rule::DECODE_AND_RUN, format!("`{name}` gets what was decoded"))?;
    }
    if does.has(Caps::RUN | Caps::SPAWN | Caps::UNMARSHAL | Caps::NATIVE | Caps::UNPICKLE)
        && from.has(Caps::FETCHED)
    {
        add(&rule::DOWNLOAD_RUN, format!("`{name}` gets what came over the network"))?;
    }
    if does.has(Caps::NETWORK) && from.has(Caps::SECRET) {
        add(&rule::STEAL, format!("`{name}` gets what was read from a file of secrets"))?;
    }
    if does.has(Caps::NETWORK) && from.has(Caps::WHOLE_ENVIRONMENT) {
        add(&rule::STEAL, format!("`{name}` gets the whole environment"))?;
    }
    if does.has(Caps::IMPORT) && from.has(Caps::DECODED | Caps::FETCHED) {
        add(&rule::OBFUSCATED, format!("`{name}` imports a module whose name is hidden"))?;
    }
    let looked_up = call.arguments.get(1).map_or(Caps::NONE, |name| name.known.from);
    if call.name.ends_with(".getattr") && looked_up.has(Caps::DECODED) {
        add(&rule::OBFUSCATED, "an attribute is looked up by a hidden name".to_owned())?;
    }
    Ok(())
}

/// What one call does, whatever is around it.
fn alone(source: &Source<'_>, module: &Module, call: &Call, sink: &mut Sink<'_>) -> Result {
    let does = call.does;
    let name = shown(call);
    if source.setup && does.has(Caps::NETWORK | Caps::HOST) {
        add_rule(source, call, &rule::SETUP, format!("setup.py calls `{name}`"), sink)?;
    }
    let at_import = module.scopes.get(call.scope).is_some_and(|scope| scope.at_import);
    if at_import && does.has(Caps::NETWORK) {
        add_rule(source, call, &rule::NETWORK_AT_IMPORT, format!("an import calls `{name}`"), sink)?;
    }
    if at_import && does.has(Caps::SPAWN) {
        add_rule(source, call, &rule::SPAWN_AT_IMPORT, format!("an import calls `{name}`"), sink)?;
    }
    if does.has(Caps::DELETE)
        && call.name.ends_with("rmtree")
        && call.position(0).text().is_some_and(is_home_or_root)
    {
        let what = format!("`{name}` deletes {:?}", call.position(0).text().unwrap_or_default());
        add_rule(source, call, &rule::DESTRUCTIVE, what, sink)?;
    }
    if does.has(Caps::SPAWN) {
        commands(source, call, sink)?;
    }
    Ok(())
}

/// A command line, in one text or in a list of words.
fn commands(source: &Source<'_>, call: &Call, sink: &mut Sink<'_>) -> Result {
    let first = call.position(0);
    let line = match first {
        Value::List(list) => list.iter().map(|word| word.text().unwrap_or("*")).collect::<Vec<_>>().join(" "),
        _ => first.text().unwrap_or_default().to_owned(),
    };
    for hit in words::find(line.as_bytes()) {
        let (rule, what) = match hit.subject {
            Subject::Destruction => (&rule::DESTRUCTIVE, "deletes or overwrites what is the user's"),
            Subject::Persistence => (&rule::PERSISTENCE, "puts something where it is run later"),
            Subject::Assistant => (&rule::REVIEWER, "starts an assistant that nobody watches"),
            Subject::DecodedScript => (&rule::DECODE_AND_RUN, "decodes and runs a script"),
            _ => continue,
        };
        // Decoding in a shell is one command of many; Python's own rule for it is stricter.
        let classes =
            if rule.id == rule::DECODE_AND_RUN.id { (High, High) } else { (rule.class, rule.alone) };
        add(source, call, rule, classes, format!("a command {what}: `{}`", cut(&line)), sink)?;
    }
    if super::text::fetches_into_shell(&line) {
        add_rule(
            source,
            call,
            &rule::DOWNLOAD_RUN,
            format!("a shell runs what is fetched: `{}`", cut(&line)),
            sink,
        )?;
    }
    Ok(())
}

/// What meets in one scope, without a flow that could be followed.
fn meetings(source: &Source<'_>, calls: &[&Call], literals: &[&Literal], sink: &mut Sink<'_>) -> Result {
    let first = |caps: Caps| calls.iter().copied().find(|call| call.does.has(caps));
    let decode = calls.iter().copied().find(|call| call.does.has(Caps::DECODED));
    let run = calls
        .iter()
        .copied()
        .find(|call| call.does.has(Caps::RUN | Caps::SPAWN) && &*call.name != "builtins.compile");
    if let (Some(decode), Some(run)) = (decode, run) {
        let what = format!("`{}` and `{}` meet in one scope", shown(decode), shown(run));
        add(source, run, &rule::DECODE_AND_RUN, (Block, High), what, sink)?;
    }
    let network = first(Caps::NETWORK);
    if let Some(network) = network {
        let reads =
            calls.iter().copied().find(|call| call.does.has(Caps::READ) && call.from.has(Caps::SECRET_PATH));
        let dumps = calls.iter().copied().find(|call| dumps_environment(call));
        let is_secret =
            |literal: &&&Literal| literal.value.text().is_some_and(|text| words::origin(text) != Caps::NONE);
        let secret = literals.iter().find(is_secret);
        if let Some(reads) = reads {
            let what = format!(
                "`{}` reads a file of secrets where `{}` uses the network",
                shown(reads),
                shown(network)
            );
            add_rule(source, reads, &rule::STEAL, what, sink)?;
        } else if let Some(secret) = secret {
            let text = cut(secret.value.text().unwrap_or_default());
            let what = format!(
                "`{text}`, which holds secrets, is named where `{}` uses the network",
                shown(network)
            );
            let subject = format!("{text} {}", network.name);
            sink.add_as(source.file, &rule::STEAL, (High, Review), source.at(&secret.range), what, &subject)?;
        }
        if let Some(dumps) = dumps {
            let what = format!(
                "`{}` takes the whole environment where `{}` uses the network",
                shown(dumps),
                shown(network)
            );
            add(source, dumps, &rule::STEAL, (High, Review), what, sink)?;
        }
        let run = first(Caps::RUN | Caps::SPAWN);
        if let Some(run) = run {
            let what = format!("`{}` and `{}` meet in one scope", shown(network), shown(run));
            add(source, run, &rule::DOWNLOAD_RUN, (High, Review), what, sink)?;
        }
    }
    let walks = calls
        .iter()
        .copied()
        .find(|call| call.does.has(Caps::WALK) && call.position(0).text().is_some_and(is_home_or_root));
    let deletes = calls.iter().copied().find(|call| call.does.has(Caps::DELETE) || writes(call));
    if let (Some(walks), Some(deletes)) = (walks, deletes) {
        let what = format!(
            "`{}` goes over what is the user's, and `{}` deletes or writes",
            shown(walks),
            shown(deletes)
        );
        add_rule(source, deletes, &rule::DESTRUCTIVE, what, sink)?;
    }
    let is_place = |literal: &&&Literal| {
        literal.value.text().is_some_and(|text| text.len() < 300 && has(text, Subject::Persistence))
    };
    let persists = literals.iter().find(is_place);
    if let Some(literal) = persists
        && let Some(write) = calls.iter().copied().find(|call| writes(call) || call.does.has(Caps::WRITE))
    {
        let text = cut(literal.value.text().unwrap_or_default());
        let what = format!("`{text}` is named where `{}` writes", shown(write));
        sink.add(source.file, &rule::PERSISTENCE, source.at(&literal.range), what, &text)?;
    }
    Ok(())
}

/// What the file can do, for what is new in the whole release.
fn remembered(source: &Source<'_>, module: &Module, sink: &mut Sink<'_>) {
    if source.file.is_aside() {
        return;
    }
    for (caps, word) in [
        (Caps::NETWORK, "the network"),
        (Caps::SPAWN, "other programs"),
        (Caps::RUN, "code made at run time"),
        (Caps::NATIVE, "native libraries"),
        (Caps::ENVIRONMENT, "the environment"),
    ] {
        let mentioned = module.mentions.iter().any(|(from, ..)| from.has(caps));
        if mentioned || module.calls.iter().any(|call| call.does.has(caps)) {
            sink.said += 1;
            sink.capabilities.insert((source.file.key.clone(), word));
        }
    }
}

/// Whether a call takes the environment as a whole and does not just hand it to a program.
fn dumps_environment(call: &Call) -> bool {
    let whole =
        |argument: &&crate::inspection::python::Argument| argument.known.from.has(Caps::WHOLE_ENVIRONMENT);
    let hands_on = call.does.has(Caps::SPAWN);
    !hands_on
        && call
            .arguments
            .iter()
            .find(whole)
            .is_some_and(|argument| argument.keyword.as_deref() != Some("env"))
        && [
            "builtins.dict",
            "builtins.str",
            "builtins.repr",
            "json.dumps",
            "pickle.dumps",
            "urllib.parse.urlencode",
            "builtins.list",
        ]
        .contains(&&*call.name)
}

/// `open(path, "w")`.
pub(super) fn writes(call: &Call) -> bool {
    let opens = matches!(&*call.name, "builtins.open" | "io.open" | "codecs.open" | "pathlib.Path().open");
    let mode = call.arguments.iter().find(|argument| argument.keyword.as_deref() == Some("mode"));
    let mode = mode.map_or_else(
        || call.position(usize::from(!call.name.ends_with("().open"))),
        |mode| &mode.known.value,
    );
    (opens && mode.text().is_some_and(|mode| mode.contains(['w', 'a', 'x', '+'])))
        || matches!(&*call.name, "pathlib.Path().write_text" | "pathlib.Path().write_bytes")
}

fn is_home_or_root(path: &str) -> bool {
    const PLACES: [&str; 12] = [
        "~",
        "~/",
        "/",
        "/home",
        "/home/",
        "/Users",
        "/Users/",
        "c:\\",
        "c:/",
        "~/Documents",
        "~/Desktop",
        "/etc",
    ];
    PLACES.iter().any(|place| place.eq_ignore_ascii_case(path.trim_end_matches('*')))
}

pub(super) fn has(text: &str, subject: Subject) -> bool {
    words::find(text.as_bytes()).iter().any(|hit| hit.subject == subject)
}

pub(super) fn shown(call: &Call) -> &str {
    call.name.strip_prefix("builtins.").unwrap_or(&call.name)
}

pub(super) fn cut(text: &str) -> String {
    text.chars().take(120).collect()
}

fn add_rule(
    source: &Source<'_>,
    call: &Call,
    rule: &'static Rule,
    what: String,
    sink: &mut Sink<'_>,
) -> Result {
    add(source, call, rule, (rule.class, rule.alone), what, sink)
}

/// The subject of a call is its text without white space: another argument makes it another finding. What only informs is
/// known by the function's name.
pub(super) fn add(
    source: &Source<'_>,
    call: &Call,
    rule: &'static Rule,
    classes: (Class, Class),
    what: String,
    sink: &mut Sink<'_>,
) -> Result {
    let subject = if classes.0 == Info {
        call.name.to_string()
    } else {
        let range = source.outer.as_ref().unwrap_or(&call.range);
        let text = source.text.get(range.clone()).unwrap_or_default();
        format!("{} {}", call.name, text.split_whitespace().collect::<String>())
    };
    sink.add_as(source.file, rule, classes, source.at(&call.range), what, &subject)
}
