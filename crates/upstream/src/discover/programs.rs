use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use super::{Surroundings, Tried};

/// Asks pip for the address that it was built with. The folder it is started in is no place to import from.
const ASK_BUILT_IN: &str = "import sys; sys.path[:] = [p for p in sys.path if p not in ('', '.')]; \
     from pip._internal.models.index import PyPI; print(PyPI.simple_url)";

/// What a program said.
struct Said {
    good: bool,
    /// The last line of its standard output that is not empty.
    line: String,
    errors: String,
}

/// The index URL in pip's configuration files, and where it stands. The key of `pip install` wins, as it does in pip.
pub(super) async fn pip_configuration(surroundings: &Surroundings) -> Result<(String, String), Tried> {
    let mut outcomes = Vec::new();
    for (program, arguments) in [("pip", &[][..]), ("pip3", &[]), ("python3", &["-m", "pip"])] {
        let shown = [&[program], arguments].concat().join(" ");
        let Some(path) = find(surroundings, program) else {
            outcomes.push(format!("{program} is not installed"));
            continue;
        };
        let ask = |key: &'static str| {
            let arguments = [arguments, &["config", "get", key]].concat();
            let path = path.clone();
            async move { run(surroundings, &path, &arguments).await }
        };
        let (install, global) = tokio::join!(ask("install.index-url"), ask("global.index-url"));
        let mut knows_no_key = false;
        for (key, said) in [("install.index-url", install), ("global.index-url", global)] {
            match said {
                Ok(said) if said.good && !said.line.is_empty() => {
                    return Ok((
                        format!("pip's configuration ({key}, from `{shown} config get`)"),
                        said.line,
                    ));
                }
                Ok(said) if said.errors.contains("No such key") => knows_no_key = true,
                Ok(_) => outcomes.push(format!("`{shown} config get` failed")),
                Err(outcome) => outcomes.push(format!("`{shown} config get` {outcome}")),
            }
        }
        // All pips of a machine read the same files: one that answers answers for all.
        if knows_no_key {
            outcomes = vec![format!("names no index-url (asked with `{shown} config get`)")];
            break;
        }
    }
    outcomes.dedup();
    let outcome = match outcomes.as_slice() {
        [only] if only.starts_with("names") => only.clone(),
        several => format!("cannot be read: {}", several.join(", ")),
    };
    Err(Tried { place: "pip's configuration".to_owned(), outcome })
}

/// The address that the installed pip uses when nothing is configured, and which Python said so.
pub(super) async fn pip_built_in(surroundings: &Surroundings) -> Result<(String, String), Vec<Tried>> {
    let mut interpreters: Vec<PathBuf> = find(surroundings, "python3").into_iter().collect();
    for pip in ["pip", "pip3"] {
        let interpreter = find(surroundings, pip).and_then(|path| interpreter_of(&path));
        interpreters.extend(interpreter.filter(|path| is_program(path)));
    }
    interpreters.dedup();
    let mut tried = Vec::new();
    for interpreter in interpreters {
        let place = format!("the default of the pip of {}", interpreter.display());
        match run(surroundings, &interpreter, &["-c", ASK_BUILT_IN]).await {
            Ok(said) if said.good && !said.line.is_empty() => return Ok((place, said.line)),
            Ok(_) => tried.push(Tried { place, outcome: "cannot be had: it has no pip".to_owned() }),
            Err(outcome) => tried.push(Tried { place, outcome: format!("cannot be had: it {outcome}") }),
        }
    }
    if tried.is_empty() {
        let outcome = "cannot be had: neither pip nor python3 is installed".to_owned();
        tried.push(Tried { place: "the default of an installed pip".to_owned(), outcome });
    }
    Err(tried)
}

fn find(surroundings: &Surroundings, program: &str) -> Option<PathBuf> {
    surroundings
        .path
        .iter()
        .map(|folder| surroundings.cwd.join(folder).join(program))
        .find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// The Python that a script names in its first line, or in its second when pip's installer found the path too long
/// or with a space in it: `'''exec' "/a path/python" "$0" "$@"`.
fn interpreter_of(script: &Path) -> Option<PathBuf> {
    let mut head = Vec::new();
    std::fs::File::open(script).ok()?.take(4096).read_to_end(&mut head).ok()?;
    let head = String::from_utf8_lossy(&head);
    let mut lines = head.lines();
    let first = lines.next()?.strip_prefix("#!")?.trim();
    let path = if first == "/bin/sh" {
        let rest = lines.next()?.strip_prefix("'''exec'")?.trim_start();
        match rest.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next()?,
            None => rest.split(' ').next()?,
        }
    } else {
        first.split(' ').next()?
    };
    let path = Path::new(path);
    let name = path.file_name()?.to_str()?;
    (path.is_absolute() && (name.starts_with("python") || name.starts_with("pypy"))).then(|| path.to_owned())
}

async fn run(surroundings: &Surroundings, program: &Path, arguments: &[&str]) -> Result<Said, String> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .envs(&surroundings.variables)
        // No network, no questions, no colours in what is read.
        .envs([("PIP_DISABLE_PIP_VERSION_CHECK", "1"), ("PIP_NO_INPUT", "1"), ("NO_COLOR", "1")])
        .envs(std::env::join_paths(&surroundings.path).ok().map(|path| ("PATH", path)))
        .envs(surroundings.home.as_ref().map(|home| ("HOME", home)))
        .current_dir(&surroundings.cwd)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = match tokio::time::timeout(surroundings.patience, command.output()).await {
        Err(_) => {
            return Err(format!("did not end within {}", crate::error::brief(surroundings.patience)));
        }
        Ok(output) => output.map_err(|error| format!("cannot be started: {error}"))?,
    };
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(Said {
        good: output.status.success(),
        line: text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default().to_owned(),
        errors: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_python_of_a_script() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("pip");
        for (text, expected) in [
            ("#!/opt/venv/bin/python3.12\nimport sys", Some("/opt/venv/bin/python3.12")),
            ("#! /opt/pypy3 -E\n", Some("/opt/pypy3")),
            ("#!/bin/sh\n'''exec' \"/a path/bin/python\" \"$0\" \"$@\"\n", Some("/a path/bin/python")),
            ("#!/bin/sh\n'''exec' /long/python3 \"$0\" \"$@\"\n", Some("/long/python3")),
            ("#!/usr/bin/env bash\nexec pyenv", None),
            ("#!/usr/bin/env python3\n", None),
            ("#!python3\n", None),
            ("\u{7f}ELF", None),
            ("", None),
        ] {
            std::fs::write(&script, text).unwrap();
            assert_eq!(interpreter_of(&script).as_deref(), expected.map(Path::new), "{text}");
        }
    }
}
