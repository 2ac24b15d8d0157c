//! What builds and installs a source (PEP 517, PEP 518, PEP 621), and what a wheel puts onto the path.

use super::Result;
use super::chains::cut;
use crate::inspection::contents::{Contents, Shape};
use crate::inspection::file::File;
use crate::inspection::report::Class::{High, Info, Review};
use crate::inspection::rule;
use crate::inspection::sink::{At, Sink};
use crate::kind::ContentKind;

pub(super) fn look(file: &File<'_>, sink: &mut Sink<'_>) -> Result {
    if file.depth > 0 || !file.is_text() {
        return Ok(());
    }
    let script = file.shape == Shape::Wheel && file.key.contains(".data/scripts/");
    if script {
        let what = "put onto the path of programs when installed";
        return sink.add_as(file, &rule::INSTALL_CODE, (Review, Info), At::File, what, "script");
    }
    if file.shape == Shape::Wheel {
        return Ok(());
    }
    match &*file.key {
        "setup.py" => sink.add_as(
            file,
            &rule::INSTALL_CODE,
            (High, Info),
            At::File,
            "runs when it is built or installed",
            "setup.py",
        ),
        "pyproject.toml" => backend(file, sink),
        "package.json" => hooks(file, sink),
        _ => Ok(()),
    }
}

/// The back end and where it is looked for. Values are compared as written: a reader of TOML is not needed to see a change.
fn backend(file: &File<'_>, sink: &mut Sink<'_>) -> Result {
    sink.budget.spend_bytes(file.bytes.len())?;
    let text = file.text();
    let mut table = String::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let range = start..start + line.trim_end().len();
        start += line.len();
        let line = line.trim();
        if line.starts_with('[') {
            line.trim_matches(['[', ']', ' ']).clone_into(&mut table);
            continue;
        }
        let Some((key, value)) = line.split_once('=').map(|(key, value)| (key.trim(), value.trim())) else {
            continue;
        };
        let full = format!("{table}.{key}");
        let (what, classes) = match full.as_str() {
            "build-system.build-backend" | ".build-system.build-backend" => ("is built by", (High, Info)),
            "build-system.backend-path" | ".build-system.backend-path" => {
                ("is built by code of its own in", (High, Info))
            }
            "build-system.requires" if value.contains('@') || value.contains("://") => {
                ("is built with what an address gives", (High, Review))
            }
            _ => continue,
        };
        let value = cut(value);
        sink.add_as(
            file,
            &rule::INSTALL_CODE,
            classes,
            At::Text(&text, range),
            format!("{what} {value}"),
            &format!("{full}={value}"),
        )?;
    }
    Ok(())
}

/// What is looked for in a setup.py that starts what came along.
const STARTS: [&str; 6] = ["subprocess", "os.system", "os.popen", "startfile", "os.exec", "os.spawn"];

/// A setup.py that starts programs and names machine code that lies in the same sdist: nothing was built from source.
pub(super) fn bundled(contents: &Contents, sink: &mut Sink<'_>) -> Result {
    if contents.shape() != Shape::Source {
        return Ok(());
    }
    let own = contents.comparable();
    let Some(path) = own.get("setup.py") else { return Ok(()) };
    let content = &contents.files[*path];
    sink.budget.spend_bytes(content.bytes.len())?;
    let text = String::from_utf8_lossy(&content.bytes);
    if !STARTS.iter().any(|word| text.contains(word)) {
        return Ok(());
    }
    for path in own.values() {
        sink.budget.spend(4)?;
        let name = path.rsplit('/').next().unwrap_or(path);
        if contents.files[*path].kind != ContentKind::NativeBinary || name.len() < 4 {
            continue;
        }
        let Some(at) = text.find(name) else { continue };
        let file = File::new((*path).to_owned(), "setup.py".to_owned(), content, Shape::Source, 0);
        let file = File { path: own["setup.py"].to_owned(), ..file };
        let what = format!("starts programs, and names the machine code `{}` that came along", cut(name));
        let at = At::Text(&text, at..at + name.len());
        sink.add_as(&file, &rule::INSTALL_CODE, (High, High), at, what, name)?;
    }
    Ok(())
}

/// What npm runs when a package is installed.
fn hooks(file: &File<'_>, sink: &mut Sink<'_>) -> Result {
    let text = file.text();
    for hook in ["\"preinstall\"", "\"install\"", "\"postinstall\"", "\"prepare\""] {
        if let Some(at) = text.find(hook) {
            let line = text[at..].lines().next().unwrap_or_default();
            let range = at..at + line.len();
            let what = format!("npm runs {}", cut(line));
            sink.add_as(file, &rule::INSTALL_CODE, (High, Info), At::Text(&text, range), what, line.trim())?;
        }
    }
    Ok(())
}
