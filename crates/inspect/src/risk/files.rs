//! Reasons that stand in the files.

use std::borrow::Cow;
use std::collections::BTreeSet;

use packhouse_model::RiskClass;

use super::obfuscation::{self, Seen};
use super::{BYTES, Found, LINES, Place, RiskRule, sections, words};
use crate::difference::{Change, Difference, FileChange};
use crate::kind::ContentKind;
use crate::paths;
use crate::release::Release;
use crate::text::{Aligned, align};

pub(super) fn look(old: &Release, new: &Release, difference: &Difference, found: &mut Found) {
    let mut budget = BYTES;
    let own = packages(old);
    for file in &difference.files {
        let inert = matches!(file.kind(), ContentKind::Metadata | ContentKind::Doc | ContentKind::License);
        found.files.insert(file.path.clone(), RiskClass::R0);
        if !inert && !file.is_same_content() {
            found.add_silently(&file.path, RiskClass::R1);
        }
        if file.new.is_some() {
            look_at_mode(file, found);
        }
        match file.kind() {
            ContentKind::NativeBinary | ContentKind::Binary => look_at_binary(file, found),
            _ if file.is_same_content() => look_at_move(file, found),
            _ => look_at_text(file, (old, new), &own, &mut budget, found),
        }
    }
}

impl Found {
    /// A class that needs no sentence: that code changed is what a difference is about.
    fn add_silently(&mut self, path: &str, class: RiskClass) {
        self.highest = self.highest.max(Some(class));
        self.files.insert(path.to_owned(), class);
    }
}

fn at(file: &FileChange, line: Option<usize>) -> Place {
    Place::File { path: file.path.clone(), line }
}

fn look_at_mode(file: &FileChange, found: &mut Found) {
    let Some(new) = &file.new else { return };
    let old = file.old.as_ref();
    if let Some(target) = &new.file.link
        && old.is_none_or(|old| old.file.link.as_ref() != Some(target))
    {
        found.add(RiskRule::FileMode, at(file, None), format!("a symbolic link to `{target}`"));
    }
    if new.file.executable && old.is_some_and(|old| !old.file.executable) {
        found.add(RiskRule::FileMode, at(file, None), "may be executed now");
    }
}

fn look_at_binary(file: &FileChange, found: &mut Found) {
    let native = file.kind() == ContentKind::NativeBinary;
    let was_binary = file.old.as_ref().is_some_and(|old| {
        matches!(old.file.kind, ContentKind::NativeBinary)
            || (!native && old.file.kind == ContentKind::Binary)
    });
    let what = if native { "native code" } else { "a file that is no text" };
    match (&file.new, was_binary) {
        (None, _) => {}
        (Some(new), false) => {
            let text = format!("{what} of {} bytes is new", new.file.size);
            // Pictures come and go with documentation. A payload can hide in one all the same.
            let class = if !native && is_media(&file.path) { RiskClass::R3 } else { RiskClass::R4 };
            found.add_as(class, RiskRule::NewBinary, at(file, None), text);
        }
        (Some(_), true) if file.is_same_content() => {}
        (Some(_), true) => {
            let rule = if native { RiskRule::NativeCode } else { RiskRule::BinaryData };
            found.add(rule, at(file, None), format!("{what} changed"));
        }
    }
}

fn is_media(path: &str) -> bool {
    const ENDINGS: [&str; 10] =
        [".png", ".jpg", ".jpeg", ".gif", ".ico", ".webp", ".woff", ".woff2", ".ttf", ".mo"];
    let lower = path.to_ascii_lowercase();
    ENDINGS.iter().any(|ending| lower.ends_with(ending))
}

/// A file with the bytes it had elsewhere: it may now run where it did not.
fn look_at_move(file: &FileChange, found: &mut Found) {
    if !matches!(file.change, Change::Renamed { .. }) {
        return;
    }
    let before = file.old.as_ref().map(|old| old.file.kind);
    let rule = match file.kind() {
        ContentKind::Pth => RiskRule::Startup,
        ContentKind::BuildScript => RiskRule::BuildScript,
        ContentKind::Python if before != Some(ContentKind::Python) => RiskRule::Code,
        _ => return,
    };
    found.add(rule, at(file, None), "was moved here from where it had another meaning");
}

fn look_at_text(
    file: &FileChange,
    (old, new): (&Release, &Release),
    own: &BTreeSet<String>,
    budget: &mut u64,
    found: &mut Found,
) {
    let kind = file.kind();
    let code = kind.is_code(&file.path);
    let size = |side: Option<&crate::Side>| side.map_or(0, |side| side.file.size);
    let bytes = size(file.old.as_ref()) + size(file.new.as_ref());
    let before = file.old.as_ref().map(|side| old.content(&side.path));
    let after = file.new.as_ref().map(|side| new.content(&side.path));
    // What was no text before is compared as if it had not been there.
    let before = before.flatten().unwrap_or_default();
    let within = bytes <= *budget;
    let (true, Some(after)) = (within, after.unwrap_or(Some(&[]))) else {
        let class = if code { RiskClass::R4 } else { RiskClass::R3 };
        found.add_as(
            class,
            RiskRule::NotExamined,
            at(file, None),
            format!("{bytes} bytes were not examined"),
        );
        return;
    };
    *budget -= bytes;
    // A program without an ending says on its first line what runs it.
    let code = code || after.starts_with(b"#!");
    let aligned = align(before, after, LINES);
    match kind {
        ContentKind::License => look_at_licence(file, &aligned, found),
        ContentKind::BuildScript => look_at_build_script(file, before, after, &aligned, found),
        ContentKind::Pth if file.new.is_some() => {
            found.add(RiskRule::Startup, at(file, None), "runs at each start of Python");
        }
        _ => {}
    }
    if !code {
        return;
    }
    let aside = matches!(kind, ContentKind::Test | ContentKind::Doc);
    if !aside {
        found.added_lines += aligned.added().count();
        found.removed_lines += aligned.removed();
    }
    let python = is_python(&file.path) || first_line(after).contains("python");
    scan(file, &aligned, &How { python, aside, own }, found);
}

/// Packages of the old release, whose own modules may be named as what they are for: `requests` may import `requests`.
fn packages(old: &Release) -> BTreeSet<String> {
    let paths = paths::comparable(old.tree.files.keys().map(String::as_str));
    let package = |path: &String| {
        let folder = path.strip_suffix("/__init__.py")?;
        let name = folder.strip_prefix("src/").unwrap_or(folder);
        (!name.contains('/')).then(|| name.to_owned())
    };
    paths.keys().filter_map(package).collect()
}

/// The years and names of the owners change each January.
fn look_at_licence(file: &FileChange, aligned: &Aligned<'_>, found: &mut Found) {
    let matters = |line: &[u8]| {
        let line = String::from_utf8_lossy(line).to_lowercase();
        !line.trim().is_empty() && !line.contains("copyright") && !line.contains('\u{a9}')
    };
    if aligned.added().any(|(_, line)| matters(line)) || aligned.removed_lines().any(matters) {
        let what = match file.change {
            Change::Added => "the text of a licence is new",
            Change::Removed => "the text of a licence is gone",
            _ => "the text of a licence changed",
        };
        found.add(RiskRule::Licence, at(file, None), what);
    }
}

fn look_at_build_script(
    file: &FileChange,
    before: &[u8],
    after: &[u8],
    aligned: &Aligned<'_>,
    found: &mut Found,
) {
    if file.new.is_none() {
        return found.add(RiskRule::BuildScript, at(file, None), "is gone");
    }
    if file.old.is_none() {
        return found.add(RiskRule::BuildScript, at(file, None), "is new");
    }
    if file.path.ends_with(".toml") || file.path.ends_with(".cfg") {
        for key in sections::important_changes(before, after) {
            found.add(RiskRule::BuildScript, at(file, None), format!("`{key}` changed"));
        }
        return;
    }
    let matters = |line: &[u8]| !line.trim_ascii().is_empty() && !is_version(line);
    let added = aligned.added().find(|(_, line)| matters(line)).map(|(index, _)| index + 1);
    if added.is_some() || aligned.removed_lines().any(matters) {
        found.add(RiskRule::BuildScript, at(file, added), "changed, and decides what is built and installed");
    }
}

/// `version="1.2.3",` and nothing else.
fn is_version(line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(line);
    let Some((name, value)) = line.trim().split_once('=') else { return false };
    let value = value.trim().trim_end_matches(',').trim_end();
    let quoted = ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-' | '!');
    matches!(name.trim(), "version" | "__version__" | "VERSION")
        && quoted.is_some_and(|text| text.chars().all(plain))
}

fn is_python(path: &str) -> bool {
    const ENDINGS: [&str; 7] = [".py", ".pyw", ".pyx", ".pxd", ".pxi", ".pyi", ".pth"];
    let lower = path.to_ascii_lowercase();
    ENDINGS.iter().any(|ending| lower.ends_with(ending))
}

fn first_line(content: &[u8]) -> Cow<'_, str> {
    let line = content.split(|byte| *byte == b'\n').next().unwrap_or_default();
    String::from_utf8_lossy(&line[..line.len().min(200)])
}

/// How the lines of a file are looked at.
struct How<'a> {
    python: bool,
    /// In tests or documentation.
    aside: bool,
    /// Modules of the project itself.
    own: &'a BTreeSet<String>,
}

/// Looks at the lines that are new. In tests and documentation everything weighs one class less, as nobody runs them by
/// using the project.
fn scan(file: &FileChange, aligned: &Aligned<'_>, how: &How<'_>, found: &mut Found) {
    let How { python, aside, own } = *how;
    let mut seen = Seen::default();
    let (mut decodes, mut runs) = (false, None);
    for (index, line) in aligned.added() {
        let place = || at(file, Some(index + 1));
        let line: Cow<'_, str> = String::from_utf8_lossy(line);
        // A byte order mark is no hidden character.
        let line = if index == 0 { line.trim_start_matches('\u{feff}') } else { &line };
        if let Some(what) = seen.line(line) {
            found.add_as(lowered(RiskClass::R4, aside), RiskRule::Obfuscated, place(), what);
        }
        if python
            && index < 2
            && let Some(encoding) = obfuscation::strange_encoding(line)
        {
            found.add(RiskRule::Obfuscated, place(), format!("written in the encoding `{encoding}`"));
        }
        let plain = obfuscation::plain_letters(line);
        let (uses, decoding) = if python { words::python(&plain) } else { (words::foreign(&plain), false) };
        if python && plain != line && uses.len() > words::python(line).0.len() {
            found.add(RiskRule::Obfuscated, place(), "names in letters that Python takes for others");
        }
        decodes |= decoding;
        for (rule, name) in uses.into_iter().filter(|(_, name)| !own.contains(*name)) {
            if rule == RiskRule::DynamicCode {
                runs.get_or_insert(index);
                if decoding {
                    let text = "decodes a text and runs it in one line";
                    found.add_as(RiskClass::R4, RiskRule::DecodeAndRun, place(), text);
                }
            }
            let text = format!("{}: `{name}`", verb(rule));
            found.add_as(lowered(rule.class(), aside), rule, place(), text);
        }
    }
    if let Some(index) = runs.filter(|_| decodes) {
        let place = at(file, Some(index + 1));
        found.add(RiskRule::DecodeAndRun, place, "decodes texts, and runs code that is made at run time");
    }
}

fn lowered(class: RiskClass, aside: bool) -> RiskClass {
    let at = RiskClass::ALL.iter().position(|known| *known == class).unwrap_or_default();
    RiskClass::ALL[at - usize::from(aside && at > 0)]
}

fn verb(rule: RiskRule) -> &'static str {
    match rule {
        RiskRule::Network => "uses the network",
        RiskRule::Process => "starts other programs",
        RiskRule::DynamicCode => "makes code at run time",
        RiskRule::ForeignFunction => "loads native code",
        _ => "reads data that can run code",
    }
}
