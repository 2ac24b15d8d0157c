//! What can only be said of two releases.

use std::collections::BTreeSet;

use super::Result;
use super::chains::cut;
use crate::inspection::contents::{Contents, Shape};
use crate::inspection::file::File;
use crate::inspection::report::Baseline;
use crate::inspection::report::Class::{High, Info, Review};
use crate::inspection::rule;
use crate::inspection::sink::{At, Sink};
use crate::kind::ContentKind;
use crate::{compare, release::Release};

/// Percent of the files of a release that another project's has too, from which it is a copy; and from how many files on.
const CLONE: usize = 60;
const CLONE_FILES: usize = 4;
/// Times the size of the release before.
const JUMP: u64 = 5;
/// Below this many bytes nothing counts as large.
const LARGE: usize = 1 << 20;

/// Files that the other side does not have: sdist, source tree, look-alike.
pub(super) fn files(
    contents: &Contents,
    baseline: Baseline,
    other: &Contents,
    sink: &mut Sink<'_>,
) -> Result {
    match baseline {
        Baseline::LookAlike => clone(contents, other, sink),
        Baseline::SourceTree => absent(contents, other, "the source", sink),
        // An sdist holds what a wheel holds, and not the other way round.
        Baseline::Sibling if contents.shape() == Shape::Wheel => absent(contents, other, "the sdist", sink),
        _ => Ok(()),
    }
}

fn clone(contents: &Contents, other: &Contents, sink: &mut Sink<'_>) -> Result {
    let code = |contents: &Contents| -> BTreeSet<_> {
        let files =
            contents.files.values().filter(|file| file.kind == ContentKind::Python && file.bytes.len() > 64);
        files.map(|file| file.sha256).collect()
    };
    let (own, theirs) = (code(contents), code(other));
    let common = own.intersection(&theirs).count();
    if own.len() < CLONE_FILES || common * 100 < own.len() * CLONE {
        return Ok(());
    }
    let Some((path, content)) = contents.files.iter().next() else { return Ok(()) };
    let mut file = File::new(path.clone(), String::new(), content, contents.shape(), 0);
    file.path.clear();
    let what = format!("{common} of {} files are those of the other project", own.len());
    sink.add(&file, &rule::CLONE, At::File, what, "clone")
}

fn absent(contents: &Contents, other: &Contents, whose: &str, sink: &mut Sink<'_>) -> Result {
    let hashes: BTreeSet<_> = other.files.values().map(|file| file.sha256).collect();
    // By the last parts of the path: `src/p/a.py` and `lib/p/a.py` are both where `p/a.py` comes from.
    let mut paths: BTreeSet<String> = BTreeSet::new();
    for key in other.comparable().keys() {
        let parts: Vec<&str> = key.split('/').collect();
        paths.extend((0..parts.len().min(6)).map(|from| parts[from..].join("/")));
    }
    let shape = contents.shape();
    for (key, path) in contents.comparable() {
        let content = &contents.files[path];
        sink.budget.spend(16)?;
        if hashes.contains(&content.sha256) || key.contains(".dist-info/") || content.link.is_some() {
            continue;
        }
        let file = File::new(path.to_owned(), key.clone(), content, shape, 0);
        let scripts =
            key.split_once(".data/").and_then(|(_, rest)| rest.split_once('/')).map(|(_, rest)| rest);
        let known = paths.contains(scripts.unwrap_or(&key));
        let code = content.kind.is_code(&key) || file.is_python() || file.is_foreign_program();
        let subject = content.sha256.to_string();
        let generated = is_generated(&file.name());
        let (what, classes) = match (known, code) {
            (_, true) if generated => ("written while it was built; not in", (Info, Info)),
            (false, true) => ("code that is not in", (High, High)),
            (true, true) => ("code that differs from", (Review, Review)),
            // Machine code is built from the source, data may be.
            (false, false) => ("not in", (Info, Info)),
            (true, false) => continue,
        };
        sink.add_as(&file, &rule::NOT_IN_SOURCE, classes, At::File, format!("{what} {whose}"), &subject)?;
    }
    Ok(())
}

/// Files with the version, which build back ends write.
fn is_generated(name: &str) -> bool {
    matches!(name, "_version.py" | "version.py" | "__version__.py" | "_version.pyi" | "_version_info.py")
}

/// Dependencies, entry points and top-level names that are new.
pub(super) fn metadata(
    contents: &Contents,
    baseline: Baseline,
    other: &Contents,
    sink: &mut Sink<'_>,
) -> Result {
    if !is_earlier(baseline) || contents.shape() != other.shape() {
        return Ok(());
    }
    let small = |contents: &Contents| {
        let wanted = |path: &&String| {
            path.ends_with("METADATA") || path.ends_with("PKG-INFO") || path.ends_with("entry_points.txt")
        };
        let text = |path: &String| contents.files[path].bytes.clone();
        // The others have their paths compared, not their contents.
        Release::from_files(
            contents
                .files
                .keys()
                .map(|path| (path.clone(), if wanted(&path) { text(path) } else { Vec::new() })),
        )
    };
    let difference = compare(&small(other), &small(contents));
    let Some((path, content)) = contents.files.iter().next() else { return Ok(()) };
    let mut file = File::new(path.clone(), String::new(), content, contents.shape(), 0);
    file.path.clear();
    for dependency in &difference.news.dependencies {
        let what = format!("requires `{}`, which is new", cut(dependency));
        sink.add(&file, &rule::DEPENDENCY, At::File, what, dependency)?;
    }
    let points = difference.news.commands.iter().chain(&difference.news.entry_points);
    for point in points {
        let what = format!("the entry point `{}` leads to `{}`", cut(&point.name), cut(&point.value));
        sink.add(
            &file,
            &rule::ENTRY_POINT,
            At::File,
            what,
            &format!("{} {} {}", point.group, point.name, point.value),
        )?;
    }
    for name in &difference.news.top_level {
        let what = format!("`import {}` finds something that was not there", cut(name));
        sink.add(&file, &rule::ENTRY_POINT, At::File, what, name)?;
    }
    Ok(())
}

/// A `setup.py` that changed runs other code, though it was there before.
pub(super) fn install(
    contents: &Contents,
    baseline: Baseline,
    other: &Contents,
    sink: &mut Sink<'_>,
) -> Result {
    if !is_earlier(baseline) {
        return Ok(());
    }
    let (own, theirs) = (contents.comparable(), other.comparable());
    let Some(path) = own.get("setup.py") else { return Ok(()) };
    let content = &contents.files[*path];
    let before = theirs.get("setup.py").map(|path| other.files[*path].sha256);
    if before.is_none_or(|before| before == content.sha256) {
        return Ok(());
    }
    let file = File::new((*path).to_owned(), "setup.py".to_owned(), content, contents.shape(), 0);
    let what = "changed, and runs when it is built or installed";
    sink.add_as(&file, &rule::INSTALL_CODE, (Info, Info), At::File, what, &content.sha256.to_string())
}

/// Machine code that calls what it did not call is found by its imports; here, that it came where there was none.
pub(super) fn binaries(
    contents: &Contents,
    baseline: Baseline,
    other: &Contents,
    sink: &mut Sink<'_>,
) -> Result {
    if !is_earlier(baseline) || contents.shape() != other.shape() {
        return Ok(());
    }
    let native =
        |contents: &Contents| contents.files.values().any(|file| file.kind == ContentKind::NativeBinary);
    if !native(contents) || native(other) {
        return Ok(());
    }
    let first = contents.files.iter().find(|(_, file)| file.kind == ContentKind::NativeBinary);
    let Some((path, content)) = first else { return Ok(()) };
    let file = File::new(path.clone(), path.clone(), content, contents.shape(), 0);
    let what = "machine code, where there was none in the whole release";
    sink.add_as(&file, &rule::BINARY, (High, High), At::File, what, "first native")
}

/// Sizes, and languages that were not there.
pub(super) fn growth(
    contents: &Contents,
    baseline: Baseline,
    other: &Contents,
    sink: &mut Sink<'_>,
) -> Result {
    if !is_earlier(baseline) || contents.shape() != other.shape() {
        return Ok(());
    }
    let size = |contents: &Contents| contents.files.values().map(|file| file.size).sum::<u64>();
    let (now, before) = (size(contents), size(other));
    let shape = contents.shape();
    let Some((path, content)) = contents.files.iter().next() else { return Ok(()) };
    if now > LARGE as u64 && before > 0 && now / JUMP > before {
        let mut file = File::new(path.clone(), String::new(), content, shape, 0);
        file.path.clear();
        let what = format!("{now} bytes, where there were {before}");
        sink.add(&file, &rule::PAYLOAD, At::File, what, "size")?;
    }
    let theirs = other.comparable();
    let languages = |contents: &Contents| -> BTreeSet<String> {
        let ending = |path: &String| path.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        contents.files.keys().filter_map(ending).collect()
    };
    let known = languages(other);
    for (key, path) in contents.comparable() {
        sink.budget.spend(4)?;
        if theirs.contains_key(&key) {
            continue;
        }
        let content = &contents.files[path];
        let file = File::new(path.to_owned(), key.clone(), content, shape, 0);
        let code = content.kind.is_code(&key) || file.is_python() || file.is_foreign_program();
        let ending = key.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
        if code && content.bytes.len() > LARGE {
            let what = format!("{} bytes of code in a file that is new", content.bytes.len());
            // Bundles are called after their hash, and each release has others.
            let bundled = file.is_foreign_program() && known.contains(&ending);
            let class = if bundled { Review } else { High };
            sink.add_as(&file, &rule::PAYLOAD, (class, Info), At::File, what, &content.sha256.to_string())?;
        }
        if file.is_foreign_program() && !known.contains(&ending) {
            let what = format!("a program in a language that the release did not have (`.{ending}`)");
            sink.add(&file, &rule::PAYLOAD, At::File, what, &format!("language {ending}"))?;
        }
    }
    Ok(())
}

fn is_earlier(baseline: Baseline) -> bool {
    matches!(baseline, Baseline::LastReviewed | Baseline::PreviousRelease)
}
