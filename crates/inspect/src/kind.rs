//! What a file is: first by its bytes, as a name can lie, then by its path.

use serde::{Deserialize, Serialize};

/// What a file is, as far as a reviewer looks at it differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContentKind {
    /// Core metadata, `RECORD`, `WHEEL`, `entry_points.txt`: what `dist-info` and `egg-info` hold, and `PKG-INFO`.
    Metadata,
    /// Run at each start of Python: `.pth` files, `sitecustomize.py`, `usercustomize.py`.
    Pth,
    /// Decides what is built and installed: `setup.py`, `pyproject.toml`, `Makefile`, scripts in `*.data/scripts`.
    BuildScript,
    /// Machine code, by its magic number: ELF, PE, Mach-O, WebAssembly, static libraries, LLVM bitcode.
    NativeBinary,
    /// Not a text.
    Binary,
    /// Python source, Cython too.
    Python,
    /// Any other text.
    Text,
    /// A text in a folder of tests.
    Test,
    /// Licence texts.
    License,
    /// Documentation, changelogs.
    Doc,
}

impl ContentKind {
    /// Judges by content and path. `path` is relative to the root of what is installed or built, as in
    /// [`FileChange::path`](crate::FileChange::path).
    pub fn of(path: &str, content: &[u8]) -> Self {
        if is_native(content) {
            return Self::NativeBinary;
        }
        let lower = path.to_ascii_lowercase();
        let (folder, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
        let text = is_text(content);
        if is_startup(folder, name, text) {
            return Self::Pth;
        }
        // Python decodes a source whatever it holds, so its name decides.
        let python = ends(name, &[".py", ".pyw", ".pyx", ".pxd", ".pxi", ".pyi"]);
        if !text && !python {
            return Self::Binary;
        }
        if is_build_script(folder, name) {
            return Self::BuildScript;
        }
        let mut folders = folder.split('/');
        let inside_info = folders.clone().any(|part| ends(part, &[".dist-info", ".egg-info"]));
        if !python && is_license(folder, name) {
            return Self::License;
        }
        if !python && (inside_info || name == "pkg-info") {
            return Self::Metadata;
        }
        if folders.clone().any(|part| matches!(part, "test" | "tests" | "testing" | "testdata"))
            || python && (name.starts_with("test_") || name == "conftest.py" || name.ends_with("_test.py"))
        {
            return Self::Test;
        }
        if folders.any(|part| matches!(part, "doc" | "docs" | "documentation")) || is_doc(name) {
            return Self::Doc;
        }
        if python { Self::Python } else { Self::Text }
    }

    /// Whether what it holds is meant to run, now or when built.
    pub(crate) fn is_code(self, path: &str) -> bool {
        match self {
            Self::Python | Self::Pth | Self::BuildScript => true,
            Self::Text | Self::Test | Self::Doc | Self::License | Self::Metadata => is_program(path),
            Self::NativeBinary | Self::Binary => false,
        }
    }
}

/// Texts that something runs, by their endings.
const PROGRAMS: [&str; 28] = [
    ".py", ".pyw", ".pyx", ".pxd", ".pxi", ".js", ".mjs", ".cjs", ".ts", ".sh", ".bash", ".ps1", ".bat",
    ".cmd", ".vbs", ".pl", ".rb", ".php", ".lua", ".c", ".h", ".cc", ".cpp", ".hpp", ".rs", ".go", ".java",
    ".m4",
];

fn is_program(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    ends(&lower, &PROGRAMS)
}

fn ends(name: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| name.ends_with(ending))
}

fn is_native(content: &[u8]) -> bool {
    const MAGIC: [&[u8]; 12] = [
        b"\x7fELF",
        b"\xfe\xed\xfa\xce",
        b"\xfe\xed\xfa\xcf",
        b"\xce\xfa\xed\xfe",
        b"\xcf\xfa\xed\xfe",
        // Mach-O for several machines; Java classes have the same number, and are no more readable.
        b"\xca\xfe\xba\xbe",
        b"\xca\xfe\xba\xbf",
        b"\0asm",
        b"!<arch>\n",
        b"!<thin>\n",
        b"BC\xc0\xde",
        b"dex\n",
    ];
    MAGIC.iter().any(|magic| content.starts_with(magic)) || is_portable_executable(content)
}

/// `MZ` alone begins ordinary texts as well; the second header's place stands at 60.
fn is_portable_executable(content: &[u8]) -> bool {
    let Some(place) = content.get(60..64).and_then(|bytes| bytes.try_into().ok()) else { return false };
    let place = u32::from_le_bytes(place) as usize;
    content.starts_with(b"MZ") && content.get(place..).is_some_and(|rest| rest.starts_with(b"PE\0\0"))
}

/// No NUL anywhere (a NUL far behind the start must not hide a file from a reader of texts, nor the other way round), and
/// few control characters at its start.
fn is_text(content: &[u8]) -> bool {
    if content.contains(&0) {
        return false;
    }
    let start = &content[..content.len().min(8192)];
    let strange = start.iter().filter(|byte| matches!(byte, 1..=8 | 14..=26 | 28..=31 | 127)).count();
    let foreign = start.iter().filter(|byte| **byte >= 0x80).count();
    // Latin-1 texts have a foreign byte here and there, compressed data every second.
    strange * 20 <= start.len() && (foreign * 3 <= start.len() || std::str::from_utf8(content).is_ok())
}

/// Python's `site` reads `.pth` files of the folder it installs into, and imports the two modules from anywhere on the path.
/// Neural networks are stored as `.pth` too: binary, deeper in.
fn is_startup(folder: &str, name: &str, text: bool) -> bool {
    let depth = if folder.is_empty() { 0 } else { folder.split('/').count() };
    let installed = depth == 0 || (depth <= 2 && folder.contains(".data"));
    if name.ends_with(".pth") {
        return text || installed;
    }
    let source = matches!(name, "sitecustomize.py" | "usercustomize.py");
    source && (installed || folder == "src")
}

fn is_build_script(folder: &str, name: &str) -> bool {
    const NAMES: [&str; 22] = [
        "setup.py",
        "setup.cfg",
        "pyproject.toml",
        "manifest.in",
        "makefile",
        "gnumakefile",
        "makefile.am",
        "makefile.in",
        "configure",
        "configure.ac",
        "configure.in",
        "cmakelists.txt",
        "meson.build",
        "meson_options.txt",
        "build.rs",
        "cargo.toml",
        "sconstruct",
        "build.bazel",
        "binding.gyp",
        "package.json",
        "conanfile.py",
        "hatch_build.py",
    ];
    // Those of examples, tests and documentation build something else.
    let aside = |part: &str| matches!(part, "example" | "examples" | "test" | "tests" | "doc" | "docs");
    (NAMES.contains(&name) && !folder.split('/').any(aside))
        || ends(name, &[".m4", ".cmake", ".mk"])
        || folder.ends_with(".data/scripts")
        || folder.contains(".data/scripts/")
}

fn is_license(folder: &str, name: &str) -> bool {
    let stem = name.split(['.', '-', '_']).next().unwrap_or_default();
    matches!(stem, "license" | "licence" | "copying" | "copyright" | "notice" | "unlicense" | "licenses")
        || folder.ends_with(".dist-info/licenses")
        || folder.contains(".dist-info/licenses/")
}

fn is_doc(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    ends(name, &[".md", ".rst", ".adoc"])
        || matches!(
            stem,
            "readme" | "changelog" | "changes" | "news" | "history" | "authors" | "contributors" | "todo"
        ) && (name == stem || name.ends_with(".txt"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges_by_content_and_path() {
        let mut executable = vec![0; 80];
        executable[..2].copy_from_slice(b"MZ");
        executable[60] = 64;
        executable[64..68].copy_from_slice(b"PE\0\0");
        for (path, content, expected) in [
            ("p/a.py", &b"x = 1\n"[..], ContentKind::Python),
            ("p/a.py", b"\x7fELF", ContentKind::NativeBinary),
            ("docs/a.md", b"\xcf\xfa\xed\xfe", ContentKind::NativeBinary),
            ("p/a.txt", &executable, ContentKind::NativeBinary),
            ("p/a.txt", b"MZ is no program", ContentKind::Text),
            ("p/a.wasm", b"\0asm\x01", ContentKind::NativeBinary),
            ("p/a.py", b"\0", ContentKind::Python),
            ("p/a.txt", &[&[b'a'; 9000][..], b"\0"].concat(), ContentKind::Binary),
            ("p/latin.txt", b"caf\xe9 au lait\n", ContentKind::Text),
            ("p/data.bin", b"\x93\xf1\x80\xe2\x99", ContentKind::Binary),
            ("p/chinese.txt", "\u{4e2d}\u{6587}".as_bytes(), ContentKind::Text),
            ("p/empty.txt", b"", ContentKind::Text),
            ("evil.pth", b"import evil\n", ContentKind::Pth),
            ("Evil.PTH", b"import evil\n", ContentKind::Pth),
            ("evil.pth", b"\0", ContentKind::Pth),
            ("p.data/purelib/evil.pth", b"\0", ContentKind::Pth),
            ("p/models/network.pth", b"PK\x03\x04\0", ContentKind::Binary),
            ("p/models/x.pth", b"import x", ContentKind::Pth),
            ("sitecustomize.py", b"", ContentKind::Pth),
            ("p/sitecustomize.py", b"", ContentKind::Python),
            ("setup.py", b"", ContentKind::BuildScript),
            ("pyproject.toml", b"", ContentKind::BuildScript),
            ("examples/x/pyproject.toml", b"", ContentKind::Text),
            ("docs/Makefile", b"", ContentKind::Doc),
            ("tests/m4/x.m4", b"", ContentKind::BuildScript),
            ("m4/host.m4", b"", ContentKind::BuildScript),
            ("p.data/scripts/run", b"#!python\n", ContentKind::BuildScript),
            ("p.dist-info/METADATA", b"Name: p\n", ContentKind::Metadata),
            ("p.dist-info/entry_points.txt", b"", ContentKind::Metadata),
            ("p.dist-info/evil.py", b"", ContentKind::Python),
            ("src/p.egg-info/SOURCES.txt", b"", ContentKind::Metadata),
            ("PKG-INFO", b"", ContentKind::Metadata),
            ("p.dist-info/licenses/AUTHORS.md", b"", ContentKind::License),
            ("LICENSE.txt", b"", ContentKind::License),
            ("COPYING", b"", ContentKind::License),
            ("license.py", b"", ContentKind::Python),
            ("tests/test_a.py", b"", ContentKind::Test),
            ("p/test_a.py", b"", ContentKind::Test),
            ("tests/bad.xz", b"\xfd7zXZ\0", ContentKind::Binary),
            ("docs/index.txt", b"", ContentKind::Doc),
            ("README.rst", b"", ContentKind::Doc),
            ("CHANGES", b"", ContentKind::Doc),
            ("p/changes.py", b"", ContentKind::Python),
            ("p/py.typed", b"", ContentKind::Text),
        ] {
            assert_eq!(ContentKind::of(path, content), expected, "{path}");
        }
    }
}
