use std::collections::BTreeMap;

use packhouse_archive::{ArchiveFormat, EntryKind, UnpackError, UnpackLimits, unpack};
use packhouse_model::Sha256;

use crate::kind::ContentKind;
use crate::paths;
use crate::tree::{Tree, TreeFile};

/// How much of a release is unpacked, and kept to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLimits {
    /// Of the archive.
    pub unpack: UnpackLimits,
    /// Bytes of one file whose content is kept. Larger ones are in the tree alone.
    pub kept_file: u64,
    /// Bytes of all contents that are kept.
    pub kept: u64,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self { unpack: UnpackLimits::default(), kept_file: 32 << 20, kept: 512 << 20 }
    }
}

/// A file of a release, unpacked in memory.
#[derive(Debug, Clone, Default)]
pub struct Release {
    /// Everything in it.
    pub tree: Tree,
    contents: BTreeMap<String, Vec<u8>>,
}

impl Release {
    /// Unpacks a wheel or an sdist.
    pub fn read(archive: &[u8], filename: &str, limits: &ReadLimits) -> Result<Self, UnpackError> {
        let format = ArchiveFormat::of(filename)?;
        let mut release = Self::default();
        let mut kept = 0;
        unpack(archive, format, &limits.unpack, &mut |entry| {
            let (content, link) = match entry.kind {
                EntryKind::Directory => return,
                EntryKind::File => (entry.bytes, None),
                EntryKind::Symlink { target } => (target.as_bytes(), Some(target.to_owned())),
                EntryKind::Hardlink { target } => {
                    // The same file under a second name.
                    let file = release.tree.files.get(target).cloned();
                    let content = release.contents.get(target).cloned();
                    release.tree.files.extend(file.map(|file| (entry.path.to_owned(), file)));
                    // Counted, or links to one large file would fill the memory.
                    if let Some(content) =
                        content.filter(|content| kept + content.len() as u64 <= limits.kept)
                    {
                        kept += content.len() as u64;
                        release.contents.insert(entry.path.to_owned(), content);
                    }
                    return;
                }
            };
            let size = content.len() as u64;
            let readable = release.add(entry.path, content, entry.executable, link);
            if readable && size <= limits.kept_file && kept + size <= limits.kept {
                kept += size;
                release.contents.insert(entry.path.to_owned(), content.to_vec());
            }
        })?;
        release.judge_again();
        Ok(release)
    }

    /// Takes files that lie in memory already, such as those of a repository. All contents are kept.
    pub fn from_files<P, C>(files: impl IntoIterator<Item = (P, C)>) -> Self
    where
        P: Into<String>,
        C: Into<Vec<u8>>,
    {
        let mut release = Self::default();
        for (path, content) in files {
            let (path, content) = (path.into(), content.into());
            release.add(&path, &content, false, None);
            release.contents.insert(path, content);
        }
        release.judge_again();
        release
    }

    /// A release of which only the tree was stored: what changed can be told, but not how.
    pub fn from_tree(tree: Tree) -> Self {
        Self { tree, contents: BTreeMap::new() }
    }

    /// The content of a file, by its path in the archive. `None` for binaries, and for what is beyond the limits.
    pub fn content(&self, path: &str) -> Option<&[u8]> {
        self.contents.get(path).map(Vec::as_slice)
    }

    /// Bytes of all contents that are kept.
    pub fn kept(&self) -> u64 {
        self.contents.values().map(|content| content.len() as u64).sum()
    }

    /// Enters a file; says whether people can read it.
    fn add(&mut self, path: &str, content: &[u8], executable: bool, link: Option<String>) -> bool {
        let kind = ContentKind::of(path, content);
        let file =
            TreeFile { sha256: Sha256::of(content), size: content.len() as u64, kind, executable, link };
        self.tree.files.insert(path.to_owned(), file);
        !matches!(kind, ContentKind::NativeBinary | ContentKind::Binary)
    }

    /// The kinds that depend on how deep a file lies, once the common folder is known.
    fn judge_again(&mut self) {
        let root = paths::common_root(self.tree.files.keys().map(String::as_str)).to_owned();
        for (path, file) in &mut self.tree.files {
            if let Some(content) = self.contents.get(path) {
                file.kind = ContentKind::of(&paths::one(path, &root), content);
            }
        }
    }
}
