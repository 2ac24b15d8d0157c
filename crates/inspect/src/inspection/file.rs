//! A file as the stages see it.

use std::borrow::Cow;
use std::cell::Cell;

use packhouse_model::Sha256;

use super::contents::{Content, Shape};
use crate::kind::ContentKind;

/// One file of the release, or of an archive within it.
pub(crate) struct File<'a> {
    /// In the archive; behind `!/` in an archive within it.
    pub(crate) path: String,
    /// The same without the version of the release.
    pub(crate) key: String,
    pub(crate) bytes: &'a [u8],
    /// More than there are `bytes`: only the beginning of it was kept.
    pub(crate) size: u64,
    pub(crate) sha256: &'a Sha256,
    pub(crate) kind: ContentKind,
    pub(crate) executable: bool,
    pub(crate) link: Option<&'a str>,
    pub(crate) shape: Shape,
    /// In how many archives it lies, the release itself not counted.
    pub(crate) depth: usize,
    /// Whether it is known already to have no word that matters.
    pub(crate) wordless: Cell<bool>,
}

impl<'a> File<'a> {
    pub(crate) fn new(path: String, key: String, content: &'a Content, shape: Shape, depth: usize) -> Self {
        let Content { bytes, size, sha256, kind, executable, link } = content;
        let link = link.as_deref();
        Self {
            path,
            key,
            bytes,
            size: *size,
            sha256,
            kind: *kind,
            executable: *executable,
            link,
            shape,
            depth,
            wordless: Cell::new(false),
        }
    }

    /// Whether `bytes` are only its beginning.
    pub(crate) fn is_cut(&self) -> bool {
        self.size > self.bytes.len() as u64
    }

    /// The last part of the path, in lower case.
    pub(crate) fn name(&self) -> String {
        self.key.rsplit('/').next().unwrap_or(&self.key).to_ascii_lowercase()
    }

    /// Whether the name ends like this. Case does not count.
    pub(crate) fn ends(&self, endings: &[&str]) -> bool {
        let name = self.name();
        endings.iter().any(|ending| name.ends_with(ending))
    }

    /// Whether Python's parser is to read it: by its ending, or by its first line.
    pub(crate) fn is_python(&self) -> bool {
        if self.link.is_some() {
            return false;
        }
        self.ends(&[".py", ".pyw"]) || (!self.name().contains('.') && self.first_line().contains("python"))
    }

    pub(crate) fn first_line(&self) -> String {
        if !self.bytes.starts_with(b"#!") {
            return String::new();
        }
        let line = self.bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        String::from_utf8_lossy(&line[..line.len().min(200)]).into_owned()
    }

    /// Its bytes as a text, with a sign in place of what is no UTF-8.
    pub(crate) fn text(&self) -> Cow<'a, str> {
        // Looks at ASCII in large steps, as the conversion below does not.
        std::str::from_utf8(self.bytes).map_or_else(|_| String::from_utf8_lossy(self.bytes), Cow::Borrowed)
    }

    pub(crate) fn is_text(&self) -> bool {
        !matches!(self.kind, ContentKind::Binary | ContentKind::NativeBinary)
    }

    /// A program in another language than Python, or a script without an ending.
    pub(crate) fn is_foreign_program(&self) -> bool {
        const ENDINGS: [&str; 18] = [
            ".js", ".mjs", ".cjs", ".ts", ".sh", ".bash", ".zsh", ".ps1", ".psm1", ".bat", ".cmd", ".vbs",
            ".vbe", ".hta", ".pl", ".rb", ".php", ".lua",
        ];
        self.is_text() && !self.is_python() && (self.ends(&ENDINGS) || self.bytes.starts_with(b"#!"))
    }

    /// Whether it lies in tests, documentation or examples, or is somebody else's code: nobody runs it by using the
    /// project, or another project answers for it.
    pub(crate) fn is_aside(&self) -> bool {
        const FOLDERS: [&str; 16] = [
            "test",
            "tests",
            "testing",
            "testdata",
            "doc",
            "docs",
            "documentation",
            "example",
            "examples",
            "samples",
            "benchmarks",
            "vendor",
            "_vendor",
            "vendored",
            "_vendored",
            "third_party",
        ];
        matches!(self.kind, ContentKind::Test | ContentKind::Doc | ContentKind::License)
            || self.key.rsplit_once('/').is_some_and(|(folder, _)| {
                folder.split('/').any(|part| FOLDERS.contains(&&*part.to_ascii_lowercase()))
            })
    }

    /// Whether an installed package can be made to run it: code in a wheel's packages, or what builds an sdist.
    pub(crate) fn is_setup(&self) -> bool {
        self.shape == Shape::Source && self.key == "setup.py"
    }
}
