//! Machine code by its format, bytecode, and files that are not what their names say.

use object::{Object as _, ObjectSection as _};

use super::Result;
use crate::inspection::budget::Trouble;
use crate::inspection::contents::Shape;
use crate::inspection::file::File;
use crate::inspection::report::Class::{self, Block, High, Info, Review};
use crate::inspection::rule;
use crate::inspection::sink::{At, Sink};
use crate::kind::ContentKind;

/// Imports that are listed.
const IMPORTS: usize = 50_000;

pub(super) fn look(file: &File<'_>, sink: &mut Sink<'_>) -> Result {
    if file.link.is_some() {
        return Ok(());
    }
    mismatch(file, sink)?;
    if file.ends(&[".pyc", ".pyo"]) && !file.key.contains("__pycache__/") {
        let what = "bytecode without its source";
        let classes = (High, if file.shape == Shape::Wheel { Review } else { Info });
        return sink.add_as(file, &rule::BINARY, classes, At::File, what, &file.sha256.to_string());
    }
    if file.kind != ContentKind::NativeBinary {
        return Ok(());
    }
    let executable = file.ends(&[".exe", ".com", ".scr"])
        || file.bytes.starts_with(b"MZ") && !file.ends(&[".dll", ".pyd"])
        || !is_named_library(&file.name());
    let what = if executable { "a program of machine code" } else { "a library of machine code" };
    // Only the name is the subject: that it changed is what `difference` says.
    if file.is_cut() {
        let seen = file.bytes.len();
        let what = format!("{what}, {} bytes, of which the first {seen} were looked at", file.size);
        return sink.add_as(file, &rule::BINARY, (Info, Info), At::File, what, "native");
    }
    // Libraries are called after their versions, and split: one more beside others is no news. `difference` says it of the first.
    let classes = if executable { (High, Info) } else { (Review, Info) };
    let what = format!("{what}, {} bytes", file.bytes.len());
    sink.add_as(file, &rule::BINARY, classes, At::File, what, "native")?;
    imports(file, sink)
}

/// Whether a name is one that libraries have: `libx.so.1.2`, `x.cpython-313-darwin.so`, `libx.2600.1.0.dylib`. What has another one
/// is taken for a program.
fn is_named_library(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let endings = [".so", ".dylib", ".dll", ".pyd", ".a", ".lib", ".o", ".obj", ".node", ".wasm", ".bc"];
    endings.iter().any(|ending| name.ends_with(ending)) || name.contains(".so.")
}

/// Functions of the system that an extension module seldom has use for.
const TELLING: [(&str, &str); 18] = [
    ("CreateRemoteThread", "starts threads in other programs"),
    ("WriteProcessMemory", "writes into the memory of other programs"),
    ("VirtualAllocEx", "takes memory in other programs"),
    ("NtUnmapViewOfSection", "replaces the code of other programs"),
    ("SetWindowsHookExA", "listens to the keyboard"),
    ("SetWindowsHookExW", "listens to the keyboard"),
    ("GetAsyncKeyState", "listens to the keyboard"),
    ("URLDownloadToFileA", "fetches files"),
    ("URLDownloadToFileW", "fetches files"),
    ("InternetOpenA", "uses the network"),
    ("InternetOpenW", "uses the network"),
    ("WinHttpOpen", "uses the network"),
    ("ShellExecuteA", "starts programs"),
    ("ShellExecuteW", "starts programs"),
    ("WinExec", "starts programs"),
    ("CryptUnprotectData", "decrypts stored passwords"),
    ("process_vm_writev", "writes into the memory of other programs"),
    ("memfd_create", "runs files that are on no disk"),
];

fn imports(file: &File<'_>, sink: &mut Sink<'_>) -> Result {
    sink.budget.spend_bytes(file.bytes.len() / 64)?;
    // Static libraries, WebAssembly, bitcode and Mach-O for several machines are known by their size and hash alone.
    if !has_one_object(file.bytes) {
        return Ok(());
    }
    let damaged = |error: object::Error| Trouble::Damaged { problem: format!("no machine code: {error}") };
    let parsed = object::File::parse(file.bytes).map_err(damaged)?;
    // The table of symbols is the attacker's too, and the iterator checks each entry.
    let imports = parsed.imports().map_err(damaged)?;
    for (index, import) in imports.enumerate() {
        if index == IMPORTS {
            return Err(Trouble::Limit { what: "the number of imported functions", limit: IMPORTS as u64 });
        }
        sink.budget.spend(4)?;
        let import = import.map_err(damaged)?;
        let object::read::NameOrOrdinal::Name(name) = import.name() else { continue };
        if let Some((name, what)) = TELLING.iter().find(|(known, _)| known.as_bytes() == name) {
            sink.add(
                file,
                &rule::BINARY,
                At::File,
                format!("{what}: calls `{name}`"),
                &format!("import {name}"),
            )?;
        }
    }
    packed(file, &parsed, sink)
}

/// Sections that packers leave behind.
fn packed(file: &File<'_>, parsed: &object::File<'_>, sink: &mut Sink<'_>) -> Result {
    for section in parsed.sections().take(1_000) {
        sink.budget.spend(4)?;
        let name = section.name_bytes().unwrap_or_default();
        if [&b"UPX0"[..], b"UPX1", b".vmp0", b".vmp1", b".themida", b".aspack", b".petite"].contains(&name) {
            let what =
                format!("packed so that nobody can read it (section {})", String::from_utf8_lossy(name));
            return sink.add_as(file, &rule::BINARY, (High, Review), At::File, what, "packed");
        }
    }
    Ok(())
}

fn has_one_object(bytes: &[u8]) -> bool {
    const MAGIC: [&[u8]; 6] = [
        b"\x7fELF",
        b"\xfe\xed\xfa\xce",
        b"\xfe\xed\xfa\xcf",
        b"\xce\xfa\xed\xfe",
        b"\xcf\xfa\xed\xfe",
        b"MZ",
    ];
    MAGIC.iter().any(|magic| bytes.starts_with(magic))
}

/// Machine code, an archive or a script under the name of something harmless.
fn mismatch(file: &File<'_>, sink: &mut Sink<'_>) -> Result {
    const HARMLESS: [&str; 17] = [
        ".png", ".jpg", ".jpeg", ".gif", ".ico", ".svg", ".webp", ".txt", ".md", ".rst", ".json", ".csv",
        ".wav", ".mp3", ".ttf", ".woff", ".pdf",
    ];
    if !file.ends(&HARMLESS) {
        return Ok(());
    }
    let bytes = file.bytes;
    let (what, classes): (&str, (Class, Class)) =
        if file.kind == ContentKind::NativeBinary && has_one_object(bytes) {
            ("machine code", (Block, High))
        } else if bytes.starts_with(b"PK\x03\x04") {
            ("a zip file", (High, Review))
        } else if bytes.starts_with(b"#!/") && file.executable {
            ("a script", (Review, Info))
        } else {
            return Ok(());
        };
    let message =
        format!("{what} under the name of a `.{}` file", file.name().rsplit('.').next().unwrap_or_default());
    sink.add_as(file, &rule::BINARY, classes, At::File, message, &format!("mismatch {what}"))
}
