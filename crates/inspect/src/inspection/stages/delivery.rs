//! How something comes in and is started: a program that is fetched, made executable and run; a shell for somebody else.
//!
//! Fetching and starting programs is what many tools do. What makes a delivery of it is that the one leads to the other: the
//! file that is started is the one that was fetched, or was made executable for it, or a shell reads what a socket says.

use super::Result;
use super::chains::{add, cut, shown};
use super::python::Source;
use crate::inspection::capabilities::Caps;
use crate::inspection::python::{Call, Module, Value};
use crate::inspection::report::Class::{High, Info, Review};
use crate::inspection::rule;
use crate::inspection::sink::Sink;

pub(super) fn look(source: &Source<'_>, module: &Module, sink: &mut Sink<'_>) -> Result {
    let mut scopes: Vec<Vec<&Call>> = vec![Vec::new(); module.scopes.len()];
    for call in &module.calls {
        scopes[call.scope].push(call);
    }
    let mut in_one = false;
    for calls in &scopes {
        sink.budget.spend(calls.len() as u64)?;
        in_one |= delivery(source, calls, sink)?;
        command(source, calls, sink)?;
        shell(source, calls, sink)?;
        service(source, calls, sink)?;
        wiper(source, calls, sink)?;
    }
    if in_one || source.file.is_aside() {
        return Ok(());
    }
    // Over the functions of a file: where there was none of it before, somebody built this in.
    let all: Vec<&Call> = module.calls.iter().collect();
    let Some((fetch, start)) = fetched_and_started(&all) else { return Ok(()) };
    let what = format!(
        "the file fetches with `{}`, makes something executable, and starts it with `{}`",
        shown(fetch),
        shown(start)
    );
    let at = source.at(&start.range);
    sink.add_as(source.file, &rule::DOWNLOAD_RUN, (High, Info), at, what, "fetches, makes executable, starts")
}

/// In one scope.
fn delivery(
    source: &Source<'_>,
    calls: &[&Call],
    sink: &mut Sink<'_>,
) -> std::result::Result<bool, super::Trouble> {
    let Some((fetch, start)) = fetched_and_started(calls) else { return Ok(false) };
    let what = format!(
        "what `{}` fetches is made executable, and `{}` starts a program",
        shown(fetch),
        shown(start)
    );
    add(source, start, &rule::DOWNLOAD_RUN, (High, High), what, sink)?;
    Ok(true)
}

/// Calls that use the network and that start a program, where something is made executable as well.
fn fetched_and_started<'a>(calls: &[&'a Call]) -> Option<(&'a Call, &'a Call)> {
    let first = |caps: Caps| calls.iter().copied().find(|call| call.does.has(caps));
    calls.iter().find(|call| matches!(&*call.name, "os.chmod" | "os.fchmod" | "pathlib.Path().chmod"))?;
    Some((first(Caps::NETWORK)?, first(Caps::SPAWN)?))
}

/// `curl -o FILE https://…`, and then a command with that FILE.
fn command(source: &Source<'_>, calls: &[&Call], sink: &mut Sink<'_>) -> Result {
    let commands: Vec<(&Call, Vec<String>)> =
        calls.iter().filter(|call| call.does.has(Caps::SPAWN)).map(|call| (*call, words(call))).collect();
    for (fetch, line) in &commands {
        let Some(target) = fetches_to(line) else { continue };
        let starts = |(other, words): &&(&Call, Vec<String>)| {
            other.range.start > fetch.range.start && words.iter().any(|word| word == target)
        };
        let Some((start, _)) = commands.iter().find(starts) else { continue };
        let what = format!("a command fetches `{}`, and `{}` runs it", cut(target), shown(start));
        add(source, start, &rule::DOWNLOAD_RUN, (High, High), what, sink)?;
    }
    Ok(())
}

/// The words of a command, as one text or in a list.
fn words(call: &Call) -> Vec<String> {
    let first = call.position(0);
    match first.text() {
        Some(line) => line.split_whitespace().map(|word| word.trim_matches(['"', '\'']).to_owned()).collect(),
        None => first.list().iter().filter_map(|word| word.text().map(str::to_owned)).collect(),
    }
}

/// Where `curl` or `wget` puts what it fetches.
fn fetches_to(words: &[String]) -> Option<&str> {
    let program = words.first()?.rsplit('/').next()?;
    if !matches!(program, "curl" | "wget") || !words.iter().any(|word| word.contains("://")) {
        return None;
    }
    let flag = |word: &String| matches!(&**word, "-o" | "--output" | "-O" | "--output-document");
    let at = words.iter().position(flag)?;
    words.get(at + 1).map(|word| &**word).filter(|word| !word.starts_with('-') && !word.contains("://"))
}

/// A socket takes the place of what a program reads and writes: a shell for whoever is at the other end.
fn shell(source: &Source<'_>, calls: &[&Call], sink: &mut Sink<'_>) -> Result {
    let of_socket = |name: Option<&str>| {
        name.is_some_and(|name| name.starts_with("socket.") && name.ends_with(".fileno()"))
    };
    let takes = |call: &&&Call| {
        let mut arguments = call.arguments.iter();
        match &*call.name {
            "os.dup2" => arguments.next().is_some_and(|first| of_socket(first.known.name.as_deref())),
            _ => {
                call.does.has(Caps::SPAWN)
                    && arguments.any(|argument| {
                        argument.keyword.as_deref() == Some("stdin")
                            && of_socket(argument.known.name.as_deref())
                    })
            }
        }
    };
    let Some(takes) = calls.iter().find(takes) else { return Ok(()) };
    let Some(start) = calls.iter().find(|call| call.does.has(Caps::SPAWN)) else { return Ok(()) };
    let what = format!("`{}` gives a program to whoever is at the other end of a socket", shown(takes));
    add(source, start, &rule::DOWNLOAD_RUN, (High, High), what, sink)
}

/// A file is written and a command makes the system start something at each login: nobody was asked whether a library may
/// outlive the program. Tools that are services say so, and their reviewers know.
fn service(source: &Source<'_>, calls: &[&Call], sink: &mut Sink<'_>) -> Result {
    const ENABLES: [&str; 7] =
        ["systemctl", "launchctl", "crontab", "schtasks", "reg", "reg.exe", "update-rc.d"];
    let writes = calls.iter().find(|call| super::chains::writes(call) || call.does.has(Caps::WRITE));
    let enables = calls.iter().filter(|call| call.does.has(Caps::SPAWN)).find(|call| {
        let words = words(call);
        let program = words.first().map_or("", |word| word.rsplit('/').next().unwrap_or(word));
        let what = ["enable", "bootstrap", "load", "/create", "add", "-", "defaults"];
        ENABLES.contains(&program) && words.iter().any(|word| what.contains(&word.to_lowercase().as_str()))
    });
    let (Some(writes), Some(enables)) = (writes, enables) else { return Ok(()) };
    let what =
        format!("`{}` writes what `{}` has the system start from now on", shown(writes), shown(enables));
    add(source, enables, &rule::PERSISTENCE, (High, High), what, sink)
}

/// Every file of a tree is opened for writing, by the name that it has, and gets the same text: nothing is left of it.
fn wiper(source: &Source<'_>, calls: &[&Call], sink: &mut Sink<'_>) -> Result {
    let walks = calls.iter().find(|call| matches!(&*call.name, "os.walk" | "pathlib.Path().rglob"));
    let overwrites =
        calls.iter().find(|call| super::chains::writes(call) && *call.position(0) == Value::Unknown);
    let (Some(walks), Some(overwrites)) = (walks, overwrites) else { return Ok(()) };
    // `open(join(folder, "__init__.py"), "w")` makes a file; whoever reads first changes it.
    let joins = calls.iter().filter(|call| &*call.name == "os.path.join");
    let by_its_name = joins.clone().count() > 0
        && joins.clone().all(|join| join.arguments.iter().all(|part| part.known.value == Value::Unknown));
    let reads = calls.iter().any(|call| {
        (call.does.has(Caps::READ) && !super::chains::writes(call)) || call.name.contains(".read")
    });
    let writes_text = calls.iter().any(|call| {
        call.name.ends_with(".write") && matches!(call.position(0), Value::Text(_) | Value::Bytes(_))
    });
    if !by_its_name || reads || !writes_text {
        return Ok(());
    }
    let what =
        format!("`{}` goes over files, and `{}` writes the same into each", shown(walks), shown(overwrites));
    add(source, overwrites, &rule::DESTRUCTIVE, (High, Review), what, sink)
}
