//! The rules of the house, as a test: who may depend on whom, how large a file may grow, which words must not
//! stand in the tree.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

/// The crates in the order of the house: each may depend only on those before it.
const ORDER: &[&str] = &[
    "model",
    "pypi",
    "names",
    "archive",
    "advisory",
    "inspect",
    "guard",
    "trust",
    "distribution",
    "solve",
    "migration",
    "plan", // pure up to here
    "store",
    "blob",
    "upstream",
    "client",
    "sandbox", // ports up to here
    "app",
    "cast", // the people of the tour and of tests
    "server",
    "cli",
    "testkit",
];
const PURE: &[&str] = &[
    "model",
    "pypi",
    "names",
    "archive",
    "advisory",
    "inspect",
    "guard",
    "trust",
    "distribution",
    "solve",
    "migration",
    "plan",
];
const PORTS: &[&str] = &["store", "blob", "upstream", "client", "sandbox"];
const EDGES: &[&str] = &["server", "cli"];

/// What a pure crate cannot name: input, output, time and chance come in as values.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::process",
    "std::env",
    "SystemTime::now",
    "Instant::now",
    "tokio::",
    "rand::",
];
const IMPURE_CRATES: &[&str] =
    &["tokio", "sqlx", "reqwest", "axum", "hyper", "object_store", "rand", "tempfile"];
/// What an edge cannot name: only ports hold these.
const PORT_CRATES: &[&str] = &["sqlx", "object_store", "reqwest"];

/// Lines of a hand-written file.
const LONGEST_FILE: usize = 800;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

/// Checks every rule and reports all that is broken.
pub(crate) fn run() -> Result<()> {
    let metadata = metadata()?;
    let mut problems = Vec::new();
    check_dependencies(&metadata, &mut problems)?;
    check_files(&metadata.workspace_root, &mut problems)?;
    crate::container::check(&metadata.workspace_root, &mut problems)?;
    if problems.is_empty() {
        return Ok(());
    }
    bail!("the house is not tidy:\n  {}", problems.join("\n  "))
}

fn metadata() -> Result<Metadata> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output =
        Command::new(cargo).args(["metadata", "--no-deps", "--format-version=1", "--locked"]).output()?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    serde_json::from_slice(&output.stdout).context("cargo metadata")
}

/// The room a package is: `packhouse-guard` is `guard`, `packhouse` is `cli`.
fn room(package: &str) -> Option<&str> {
    if package == "packhouse" { Some("cli") } else { package.strip_prefix("packhouse-") }
}

fn check_dependencies(metadata: &Metadata, problems: &mut Vec<String>) -> Result<()> {
    for package in &metadata.packages {
        let Some(name) = room(&package.name) else { continue };
        let Some(place) = ORDER.iter().position(|room| *room == name) else {
            problems
                .push(format!("crates/{name} has no place in the order of the house (xtask/src/tidy.rs)"));
            continue;
        };
        // What tests stand on may come from anywhere.
        for dependency in package.dependencies.iter().filter(|dependency| dependency.kind.is_none()) {
            let outside = dependency.name.as_str();
            if let Some(other) = room(outside) {
                let before = ORDER.iter().position(|room| *room == other).is_some_and(|other| other < place);
                if !before || (PORTS.contains(&name) && PORTS.contains(&other)) {
                    problems.push(format!("crates/{name} must not depend on crates/{other}"));
                }
            }
            let never = [(PURE, IMPURE_CRATES, "is pure"), (EDGES, PORT_CRATES, "is an edge")];
            for (rooms, crates, why) in never {
                if rooms.contains(&name) && crates.contains(&outside) {
                    problems.push(format!("crates/{name} {why}: it must not depend on {outside}"));
                }
            }
            if outside.starts_with("uv-") && name != "pypi" {
                problems.push(format!("crates/{name}: only crates/pypi wraps {outside}"));
            }
        }
        let root = package.manifest_path.parent().context("a manifest has a folder")?;
        check_crate(name, root, problems)?;
    }
    Ok(())
}

fn check_crate(name: &str, root: &Path, problems: &mut Vec<String>) -> Result<()> {
    if !root.join("README.md").is_file() {
        problems.push(format!("crates/{name} has no README.md that says its one job"));
    }
    if !PURE.contains(&name) {
        return Ok(());
    }
    let lib = std::fs::read_to_string(root.join("src/lib.rs"))?;
    if !lib.contains("#![forbid(unsafe_code)]") {
        problems.push(format!("crates/{name}/src/lib.rs must forbid unsafe code"));
    }
    let mut sources = Vec::new();
    rust_files(&root.join("src"), &mut sources)?;
    for path in sources {
        // Tests may read fixtures.
        if path.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path)?;
        let code = text.split("#[cfg(test)]\nmod").next().unwrap_or_default();
        for word in IMPURE.iter().filter(|word| code.contains(**word)) {
            problems.push(format!("{}: a pure crate must not name {word}", path.display()));
        }
    }
    Ok(())
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            rust_files(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

fn check_files(root: &Path, problems: &mut Vec<String>) -> Result<()> {
    let listed = Command::new("git")
        .current_dir(root)
        .args(["ls-files", "-z", "-co", "--exclude-standard"])
        .output()?;
    if !listed.status.success() {
        bail!("git ls-files: {}", String::from_utf8_lossy(&listed.stderr).trim());
    }
    let mut forbidden = registry_hosts();
    // A path of the machine it was written on says nothing to anybody else. A root as short as `/` says nothing here.
    let machine = root.display().to_string();
    if machine.matches('/').count() > 1 {
        forbidden.push(format!("{machine}/"));
    }
    for name in listed.stdout.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let name = String::from_utf8_lossy(name).into_owned();
        // A listed file may be deleted in the work tree; binary files hold no prose.
        let Ok(text) = std::fs::read_to_string(root.join(&name)) else { continue };
        for word in forbidden.iter().filter(|word| text.contains(word.as_str())) {
            problems.push(format!("{name} names {word}"));
        }
        let lines = text.lines().count();
        if name.ends_with(".rs") && lines > LONGEST_FILE {
            problems.push(format!("{name} has {lines} lines; {LONGEST_FILE} is the most: redraw it"));
        }
    }
    Ok(())
}

/// The hosts of package registries, asked of the clients that are installed: they must not stand in the tree,
/// and so not here either.
fn registry_hosts() -> Vec<String> {
    let ask = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().ok();
        output
            .filter(|output| output.status.success())
            .map(|o| String::from_utf8_lossy(&o.stdout).into_owned())
    };
    let python =
        "from pip._internal.models.index import PyPI; print(PyPI.netloc); print(PyPI.file_storage_domain)";
    let mut hosts: Vec<String> =
        ask("python3", &["-c", python]).unwrap_or_default().lines().map(str::to_owned).collect();
    if hosts.is_empty() {
        println!("skipped: no pip here to ask for the registry hosts that must not be named");
    }
    let npm = ask("npm", &["config", "get", "registry"]).unwrap_or_default();
    let host = npm.trim().split("//").nth(1).and_then(|rest| rest.split('/').next());
    hosts.extend(host.filter(|host| host.contains('.')).map(str::to_owned));
    hosts
}
