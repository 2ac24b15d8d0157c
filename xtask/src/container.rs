//! The container file, read without an engine: that it parses, and that what it copies is there.
//!
//! Building it takes an engine, its base images and a release build, which most machines that run the tests do not have.

use std::path::Path;

use anyhow::Result;

/// Instructions that it may have (all that both engines know).
const KNOWN: &[&str] = &[
    "FROM",
    "ARG",
    "WORKDIR",
    "COPY",
    "RUN",
    "USER",
    "ENV",
    "VOLUME",
    "EXPOSE",
    "STOPSIGNAL",
    "HEALTHCHECK",
    "ENTRYPOINT",
    "CMD",
    "LABEL",
];
const FILE: &str = "contrib/Containerfile";

/// Adds what is wrong with the container file of the repository at `root`.
pub(crate) fn check(root: &Path, problems: &mut Vec<String>) -> Result<()> {
    let text = std::fs::read_to_string(root.join(FILE))?;
    let found = wrong(&text, &|path| root.join(path).exists());
    problems.extend(found.into_iter().map(|problem| format!("{FILE}: {problem}")));
    // The build is `--locked` and sees nothing but what is copied: what else the workspace needs has to be copied too.
    for needed in ["Cargo.toml", "Cargo.lock", "crates", "xtask"] {
        if !text.lines().any(|line| line.starts_with("COPY ") && line.split(' ').any(|word| word == needed)) {
            problems.push(format!("{FILE}: the build needs {needed}, which is not copied"));
        }
    }
    Ok(())
}

fn wrong(text: &str, exists: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut problems = Vec::new();
    let mut stages: Vec<String> = Vec::new();
    for line in instructions(text) {
        let (name, rest) = line.split_once(' ').unwrap_or((&line, ""));
        if !KNOWN.contains(&name) {
            problems.push(format!("{name} is no instruction of a container file"));
            continue;
        }
        let words: Vec<&str> = rest.split_whitespace().collect();
        if stages.is_empty() && !["FROM", "ARG"].contains(&name) {
            problems.push(format!("{name} stands before the first FROM"));
        }
        match name {
            "FROM" => {
                let named = words.iter().skip_while(|word| **word != "AS").nth(1);
                stages.push(named.copied().unwrap_or_default().to_owned());
            }
            "COPY" => copy(&words, &stages, exists, &mut problems),
            "ENTRYPOINT" | "CMD" | "HEALTHCHECK" => {
                let array = rest.find('[').map(|at| &rest[at..]).unwrap_or_default();
                if serde_json::from_str::<Vec<String>>(array).is_err() {
                    problems.push(format!("{name} is no list of words in JSON, so a shell would take it"));
                }
            }
            _ => {}
        }
    }
    if stages.is_empty() {
        problems.push("there is no FROM".to_owned());
    }
    problems
}

fn copy(words: &[&str], stages: &[String], exists: &dyn Fn(&str) -> bool, problems: &mut Vec<String>) {
    let (flags, paths): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| word.starts_with("--"));
    let from = flags.iter().find_map(|flag| flag.strip_prefix("--from="));
    let Some((_, sources)) = paths.split_last().filter(|(_, sources)| !sources.is_empty()) else {
        problems.push(format!("COPY {} says not where to", words.join(" ")));
        return;
    };
    match from {
        Some(stage) if !stages.iter().any(|known| known == stage) => {
            problems.push(format!("there is no stage {stage} to copy from"));
        }
        Some(_) => {}
        None => problems.extend(
            sources
                .iter()
                .filter(|path| !exists(path))
                .map(|path| format!("{path}, which it copies, is not there")),
        ),
    }
}

/// The instructions, each on one line, without comments.
fn instructions(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (part, goes_on) = line.strip_suffix('\\').map_or((line, false), |part| (part.trim(), true));
        match found.last_mut().filter(|_| open) {
            Some(last) => *last = format!("{last} {part}"),
            None => found.push(part.to_owned()),
        }
        open = goes_on;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Vec<String> {
        wrong(text, &|path| path == "Cargo.toml")
    }

    #[test]
    fn what_is_wrong_is_found() {
        let fine = "# words\nFROM a AS build\nCOPY Cargo.toml ./\nRUN x \\\n    && y\nFROM b\nCOPY --from=build /x /y\nCMD [\"serve\"]\n";
        assert_eq!(check(fine), [""; 0]);
        for (text, problem) in [
            ("", "there is no FROM"),
            ("RUN x\nFROM a", "RUN stands before the first FROM"),
            ("FROM a\nCOPY gone ./", "gone, which it copies, is not there"),
            ("FROM a\nCOPY Cargo.toml", "COPY Cargo.toml says not where to"),
            ("FROM a\nCOPY --from=build /x /y", "there is no stage build to copy from"),
            ("FROM a\n&& y", "&& is no instruction of a container file"),
            ("FROM a\nCMD serve", "CMD is no list of words in JSON, so a shell would take it"),
        ] {
            assert_eq!(check(text), [problem], "{text}");
        }
    }
}
