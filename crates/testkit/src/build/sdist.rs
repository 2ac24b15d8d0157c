use flate2::{Compression, GzBuilder};
use std::io::Write as _;

use super::{BuiltFile, Metadata};

const BACKEND: &str = include_str!("backend.py");
const PYPROJECT: &str = "[build-system]\nrequires = []\nbuild-backend = \"testkit_backend\"\n\
                         backend-path = [\"_backend\"]\n";

/// Builds a valid sdist (`.tar.gz` with `PKG-INFO`) that every client can build without a network: its
/// PEP 517 back end lies inside it.
#[derive(Debug, Clone)]
#[must_use]
pub struct Sdist {
    metadata: Metadata,
    pyproject: Option<String>,
    at_build: String,
    files: Vec<(String, Vec<u8>)>,
}

impl Sdist {
    /// An sdist of version 1.0 with no module yet.
    pub fn named(name: &str) -> Self {
        Self {
            metadata: Metadata::named(name),
            pyproject: Some(PYPROJECT.into()),
            at_build: String::new(),
            files: Vec::new(),
        }
    }

    /// The version, as the vendor writes it.
    pub fn version(mut self, version: &str) -> Self {
        self.metadata.version = version.into();
        self
    }

    /// Adds a file at a path relative to the source folder; what is no build file ends up in site-packages.
    pub fn module(mut self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.files.push((path.into(), content.as_ref().to_vec()));
        self
    }

    /// Adds a `Requires-Dist`, a PEP 508 requirement.
    pub fn requires(mut self, requirement: &str) -> Self {
        self.metadata.requires.push(requirement.into());
        self
    }

    /// Sets `Requires-Python`.
    pub fn requires_python(mut self, requirement: &str) -> Self {
        self.metadata.requires_python = Some(requirement.into());
        self
    }

    /// Adds any other metadata field.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.metadata.headers.push((name.into(), value.into()));
        self
    }

    /// Python that the back end runs when it is imported: proof that, or whether, a client built the sdist.
    pub fn at_build(mut self, python: &str) -> Self {
        self.at_build = python.into();
        self
    }

    /// Replaces `pyproject.toml`.
    pub fn pyproject(mut self, toml: &str) -> Self {
        self.pyproject = Some(toml.into());
        self
    }

    /// An old sdist: with this `setup.py` and without `pyproject.toml`. Building it needs setuptools.
    pub fn setup_py(mut self, python: &str) -> Self {
        self.pyproject = None;
        self.module("setup.py", python)
    }

    /// Writes the sdist.
    pub fn build(self) -> BuiltFile {
        let stem = format!("{}-{}", self.metadata.file_name(), self.metadata.version);
        let metadata = self.metadata.render();
        let mut files = vec![("PKG-INFO".to_owned(), metadata.clone())];
        if let Some(pyproject) = self.pyproject {
            files.push(("pyproject.toml".into(), pyproject.into_bytes()));
            let backend = format!("{BACKEND}\n\n{}\n", self.at_build);
            files.push(("_backend/testkit_backend.py".into(), backend.into_bytes()));
        }
        files.extend(self.files);

        let mut tar = Vec::new();
        for (path, content) in &files {
            tar.extend_from_slice(&tar_header(&format!("{stem}/{path}"), content.len()));
            tar.extend_from_slice(content);
            tar.resize(tar.len().next_multiple_of(512), 0);
        }
        tar.resize(tar.len() + 1024, 0);
        let mut gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
        gzip.write_all(&tar).expect("writing to memory cannot fail");
        let bytes = gzip.finish().expect("writing to memory cannot fail");
        BuiltFile {
            metadata,
            requires_python: self.metadata.requires_python.clone(),
            ..BuiltFile::raw(&self.metadata.name, &self.metadata.version, &format!("{stem}.tar.gz"), bytes)
        }
    }
}

/// A ustar header of a regular file (POSIX.1-1988, `tar.h`).
fn tar_header(path: &str, size: usize) -> [u8; 512] {
    assert!(path.len() <= 100, "a path in a test sdist has at most 100 bytes; found {path:?}");
    let mut header = [0_u8; 512];
    let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, path);
    put(100, "0000644\0");
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, &format!("{size:011o}\0"));
    put(136, "00000000000\0");
    // The checksum counts its own field as eight spaces.
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_calls_give_the_same_bytes() {
        let build = || Sdist::named("A.b").version("2.0").module("a.py", "x = 1\n").build();
        assert_eq!(build().sha256, build().sha256);
        assert_eq!(build().filename, "a_b-2.0.tar.gz");
        assert!(build().metadata.starts_with(b"Metadata-Version: 2.1\nName: A.b\nVersion: 2.0\n"));
    }
}
