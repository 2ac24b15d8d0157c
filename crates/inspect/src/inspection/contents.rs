use std::collections::BTreeMap;

use packhouse_archive::{ArchiveFormat, EntryKind, UnpackError, UnpackLimits, unpack};
use packhouse_model::Sha256;

use crate::kind::ContentKind;
use crate::paths;

/// A file of a release, unpacked, with all its bytes but those of the largest files: what [`inspect`](crate::inspect) reads.
///
/// [`Release`](crate::Release) is what is shown to people, and leaves out what is no text.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    pub(crate) files: BTreeMap<String, Content>,
    /// Whether they came out of a wheel: its `RECORD` has to name them.
    pub(crate) recorded: bool,
}

/// One file.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    /// All of it, or its beginning when `size` is more.
    pub(crate) bytes: Vec<u8>,
    pub(crate) size: u64,
    /// Of all of it.
    pub(crate) sha256: Sha256,
    pub(crate) kind: ContentKind,
    pub(crate) executable: bool,
    pub(crate) link: Option<String>,
}

/// What was unpacked, by what lies in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Its paths are those of `site-packages`.
    Wheel,
    /// An sdist or a source tree.
    Source,
}

impl Contents {
    /// Unpacks a wheel or an sdist.
    pub fn read(archive: &[u8], filename: &str, limits: &UnpackLimits) -> Result<Self, UnpackError> {
        let contents = Self::unpack(archive, ArchiveFormat::of(filename)?, limits)?;
        Ok(Self { recorded: filename.ends_with(".whl"), ..contents })
    }

    pub(crate) fn unpack(
        archive: &[u8],
        format: ArchiveFormat,
        limits: &UnpackLimits,
    ) -> Result<Self, UnpackError> {
        let mut contents = Self::default();
        let mut spent = 0_u64;
        unpack(archive, format, limits, &mut |entry| match entry.kind {
            EntryKind::Directory => {}
            EntryKind::File => {
                contents.add(entry.path, entry.bytes.to_vec(), entry.executable, None);
                if let (Some(all), Some(file)) = (entry.all, contents.files.get_mut(entry.path)) {
                    (file.size, file.sha256) = (all.size, Sha256::from_bytes(all.sha256));
                }
            }
            EntryKind::Symlink { target } => {
                contents.add(entry.path, target.into(), false, Some(target.to_owned()));
            }
            EntryKind::Hardlink { target } => {
                // Counted, or links to one large file would fill the memory.
                if let Some(file) = contents.files.get(target).cloned() {
                    spent = spent.saturating_add(file.bytes.len() as u64);
                    if spent <= limits.total {
                        contents.files.insert(entry.path.to_owned(), file);
                    }
                }
            }
        })?;
        if spent > limits.total {
            return Err(UnpackError::TooLarge { limit: limits.total });
        }
        contents.judge();
        Ok(contents)
    }

    /// Takes files that lie in memory already, such as those of a repository.
    pub fn from_files<P, C>(files: impl IntoIterator<Item = (P, C)>) -> Self
    where
        P: Into<String>,
        C: Into<Vec<u8>>,
    {
        let mut contents = Self::default();
        for (path, bytes) in files {
            contents.add(&path.into(), bytes.into(), false, None);
        }
        contents.judge();
        contents
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The bytes of a file, by its path in the archive.
    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(|file| file.bytes.as_slice())
    }

    pub(crate) fn shape(&self) -> Shape {
        let info = |path: &String| path.ends_with(".dist-info/METADATA") && path.matches('/').count() == 1;
        if self.files.keys().any(info) { Shape::Wheel } else { Shape::Source }
    }

    /// Paths without the version, with the paths they stand for; those of extension modules without the Python and the
    /// platform that they were built for, those of libraries that were bundled without the hash that each build gives them.
    pub(crate) fn comparable(&self) -> BTreeMap<String, &str> {
        let plain = paths::comparable(self.files.keys().map(String::as_str));
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        for key in plain.keys() {
            *names.entry(paths::of_any_build(key)).or_default() += 1;
        }
        plain
            .into_iter()
            .map(|(key, path)| {
                let name = paths::of_any_build(&key);
                if names[&name] == 1 { (name, path) } else { (key, path) }
            })
            .collect()
    }

    fn add(&mut self, path: &str, bytes: Vec<u8>, executable: bool, link: Option<String>) {
        // Judged when all are there.
        let kind = ContentKind::Binary;
        let sha256 = Sha256::of(&bytes);
        self.files.insert(
            path.to_owned(),
            Content { size: bytes.len() as u64, bytes, sha256, kind, executable, link },
        );
    }

    /// Kinds depend on how deep a file lies, so the common folder has to be known.
    fn judge(&mut self) {
        let root = paths::common_root(self.files.keys().map(String::as_str)).to_owned();
        for (path, file) in &mut self.files {
            file.kind = ContentKind::of(&paths::one(path, &root), &file.bytes);
        }
    }
}
