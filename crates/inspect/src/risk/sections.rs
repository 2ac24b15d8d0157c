//! `pyproject.toml` and `setup.cfg`, as sections of keys, to see which keys changed.
//!
//! Lines, not a parser: a key ends where the next begins. A key inside of a text of several lines counts as one too, which
//! names the wrong key and overlooks no change.

use std::collections::{BTreeMap, BTreeSet};

use crate::metadata::project_of;

type Keys<'a> = BTreeMap<(&'a str, &'a str), String>;

/// Keys that decide what is built, installed or run, of those that changed: `build-system.requires`.
pub(super) fn important_changes(old: &[u8], new: &[u8]) -> Vec<String> {
    let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(new));
    let (old, new) = (keys(&old), keys(&new));
    let all: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    all.into_iter()
        .filter(|key| old.get(*key) != new.get(*key) && is_important(key.0, key.1))
        .filter(|key| !is_dependencies(key.0, key.1) || brings_another(old.get(*key), new.get(*key)))
        .map(|(section, key)| match (*section, *key) {
            ("", key) => key.to_owned(),
            (section, "") => section.to_owned(),
            (section, key) => format!("{section}.{key}"),
        })
        .collect()
}

/// A list of requirements, quoted (PEP 621).
fn is_dependencies(section: &str, key: &str) -> bool {
    (section == "project" && matches!(key, "dependencies" | "optional-dependencies"))
        || section == "project.optional-dependencies"
}

/// Whether a list names a project, or a URL, that it did not name.
fn brings_another(old: Option<&String>, new: Option<&String>) -> bool {
    let names = |list: Option<&String>| -> BTreeSet<String> {
        // Markers have quotes inside; pieces of them are names on both sides, or new ones and then too many.
        let pieces = list.map(String::as_str).unwrap_or_default().split(['"', '\'', '\n']);
        let quoted = pieces.filter(|piece| piece.starts_with(|c: char| c.is_ascii_alphanumeric()));
        quoted.map(|text| if text.contains('@') { text.to_owned() } else { project_of(text) }).collect()
    };
    !names(new).is_subset(&names(old))
}

/// By section and key; the text has no comments, blank lines or indents.
fn keys(text: &str) -> Keys<'_> {
    let mut found = Keys::new();
    let (mut section, mut key) = ("", "");
    for line in text.lines() {
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with('[') && bare.ends_with(']') {
            section = bare.trim_matches(['[', ']']).trim();
            key = "";
            // A section may matter by being there.
            found.entry((section, key)).or_default();
            continue;
        }
        if let Some(name) = key_of(line) {
            key = name;
        }
        let value = found.entry((section, key)).or_default();
        value.push_str(bare);
        value.push('\n');
    }
    found
}

/// `name = …`, not indented and not quoted: an indented or quoted one belongs to the value above it.
fn key_of(line: &str) -> Option<&str> {
    let (name, _) = line.split_once(['=', ':'])?;
    let name = name.trim_end();
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    (!name.is_empty() && name.chars().all(bare)).then_some(name)
}

/// Tables that are for people who work on the project, or describe it.
fn is_important(section: &str, key: &str) -> bool {
    let section = section.to_ascii_lowercase().replace(['"', '\'', ' '], "");
    let key = key.to_ascii_lowercase();
    match section.as_str() {
        "project" | "metadata" => {
            // A name changes what is built, the others what is required or run.
            let root = key.split('.').next().unwrap_or_default();
            matches!(
                root,
                "name"
                    | "dependencies"
                    | "optional-dependencies"
                    | "scripts"
                    | "gui-scripts"
                    | "entry-points"
                    | "dynamic"
                    | "requires-dist"
                    | "setup_requires"
                    | "requires"
            )
        }
        "options" => !matches!(key.as_str(), "python_requires" | "zip_safe" | "test_suite"),
        "dependency-groups" | "egg_info" | "bdist_wheel" | "aliases" => false,
        _ if section.starts_with("project.") => {
            ["dependencies", "scripts", "entry-points"].iter().any(|word| section.contains(word))
        }
        _ if section.starts_with("options.") => true,
        _ if section.starts_with("tool.") => {
            const WORDS: [&str; 16] = [
                "build",
                "hook",
                "script",
                "plugin",
                "ext-module",
                "cmdclass",
                "cffi",
                "setuptools",
                "maturin",
                "meson",
                "scikit",
                "extension",
                "cython",
                "dependencies",
                "bootstrap",
                "source",
            ];
            // Poetry keeps its dependencies in tables, and those of its groups too.
            let tool = section.split('.').nth(1).unwrap_or_default();
            !matches!(
                tool,
                "pytest" | "ruff" | "mypy" | "black" | "isort" | "coverage" | "cibuildwheel" | "tox"
            ) && !section.contains(".group.")
                && WORDS.iter().any(|word| section.contains(word) || key.contains(word))
        }
        // `build-system`, what stands before all sections, and what nobody knows.
        "" | "build-system" => true,
        other => {
            ["build", "install", "scripts", "entry_points", "global"].iter().any(|word| other.contains(word))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_matters() {
        let base = "[build-system]\nrequires = [\"flit\"]\nbuild-backend = \"flit\"\n[project]\nversion = \"1\"\n\
                    dependencies = [\n  \"a\",\n]\n[tool.ruff]\nline-length = 80\n[project.urls]\nhome = \"x\"\n";
        for (from, to, expected) in [
            ("\"1\"", "\"2\"", &[][..]),
            ("80", "100", &[]),
            ("home = \"x\"", "home = \"y\"", &[]),
            ("[\"flit\"]", "[\"flit\", \"evil\"]", &["build-system.requires"]),
            (
                "\"flit\"\n",
                "\"evil\"\nbackend-path = [\".\"]\n",
                &["build-system.backend-path", "build-system.build-backend"],
            ),
            ("  \"a\",\n", "  \"a\",\n  \"evil\",\n", &["project.dependencies"]),
            ("  \"a\",\n", "  \"a\",\n\"evil==1\",\n", &["project.dependencies"]),
            ("  \"a\",\n", "  \"a>=2\",\n", &[]),
            ("  \"a\",\n", "  \"a @ https://example.invalid/a.zip\",\n", &["project.dependencies"]),
            (
                "[tool.ruff]",
                "[project.scripts]\nx = \"p:main\"\n[tool.ruff]",
                &["project.scripts", "project.scripts.x"],
            ),
            (
                "[tool.ruff]",
                "[tool.hatch.build.hooks.custom]\n[tool.ruff]",
                &["tool.hatch.build.hooks.custom"],
            ),
            ("[build-system]", "build-system.requires = []\n[build-system]", &["build-system.requires"]),
            ("[project]\n", "[project]\n# a comment\n\n", &[]),
            ("[project.urls]", "[tool.poetry.group.dev.dependencies]\nx = \"1\"\n[project.urls]", &[]),
            (
                "[project.urls]",
                "[tool.poetry.dependencies]\nx = \"1\"\n[project.urls]",
                &["tool.poetry.dependencies", "tool.poetry.dependencies.x"],
            ),
        ] {
            let changed = base.replacen(from, to, 1);
            assert_ne!(changed, base, "{from}");
            assert_eq!(important_changes(base.as_bytes(), changed.as_bytes()), expected, "{to}");
        }
        let config = b"[metadata]\nversion = 1\n[options]\ninstall_requires =\n    a\n";
        let other = b"[metadata]\nversion = 2\n[options]\ninstall_requires =\n    a\n    evil = 1\n";
        assert_eq!(important_changes(config, other), ["options.install_requires"]);
    }
}
