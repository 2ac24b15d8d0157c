//! Whole archives in memory: each entry's path, kind and bytes, under limits.

mod error;
mod paths;
mod tar;
mod tar_header;
mod tar_records;
mod zip;

pub use error::UnpackError;

use crate::error::shown;

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchiveFormat {
    /// Wheels, and sdists of old.
    Zip,
    /// Sdists (PEP 625).
    TarGz,
}

impl ArchiveFormat {
    /// What the filename's ending says. `.tar.bz2`, `.tar.xz`, eggs and anything else are refused: PEP 527 ended them on
    /// the index, and each decompressor is code that hostile bytes reach.
    pub fn of(filename: &str) -> Result<Self, UnpackError> {
        let ends = |endings: &[&str]| endings.iter().any(|ending| filename.ends_with(ending));
        if ends(&[".whl", ".zip"]) {
            Ok(Self::Zip)
        } else if ends(&[".tar.gz", ".tgz"]) {
            Ok(Self::TarGz)
        } else {
            Err(UnpackError::Format { filename: shown(filename.as_bytes()) })
        }
    }
}

/// What is accepted at most. Nested archives are files like others: nothing is unpacked twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnpackLimits {
    /// Entries; and, counted apart, folders that are only named by what lies in them.
    pub entries: u64,
    /// Bytes of all entries together, unpacked.
    pub total: u64,
    /// Bytes of one entry, unpacked.
    pub entry: u64,
    /// Unpacked to packed bytes: of each member of a zip file, of the whole of a tar file.
    pub ratio: u64,
    /// Below this many unpacked bytes the ratio does not count.
    pub ratio_free: u64,
    /// Bytes of a path.
    pub path: usize,
    /// Members of a zip file with more bytes than this are shown by their first ones alone: see [`Entry::all`].
    pub whole: u64,
    /// How many those are.
    pub start: usize,
}

impl Default for UnpackLimits {
    /// Above what the largest wheels need (10,756 members; one shared library of 900 MB).
    fn default() -> Self {
        Self {
            entries: 100_000,
            total: 4 << 30,
            entry: 1 << 30,
            ratio: 300,
            ratio_free: 8 << 20,
            path: 1024,
            whole: u64::MAX,
            start: 1 << 20,
        }
    }
}

/// One entry of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Components joined by `/`: relative, without `.`, `..`, backslashes, control and invisible characters, no drive letter,
    /// and no entry besides it that some file system would take for the same.
    pub path: &'a str,
    /// What it is.
    pub kind: EntryKind<'a>,
    /// Whether anybody may execute it, by its mode.
    pub executable: bool,
    /// The content of a file; of a symbolic link in a zip file its target, which is what `pip` writes there; else empty.
    pub bytes: &'a [u8],
    /// None: `bytes` is all. Else it is the beginning of this.
    pub all: Option<Whole>,
}

/// A member that is too large to be shown. All of it was unpacked and compared with what was declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole {
    /// Bytes.
    pub size: u64,
    /// Of all of them.
    pub sha256: [u8; 32],
}

/// What an entry is. Devices and pipes are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind<'a> {
    /// A regular file.
    File,
    /// A folder that has an entry of its own.
    Directory,
    /// A symbolic link.
    Symlink {
        /// As written; relative, and it stays inside of the archive as far as its text says.
        target: &'a str,
    },
    /// Another name of a file that came before.
    Hardlink {
        /// The path of that file, in the form of [`Entry::path`].
        target: &'a str,
    },
}

/// What an archive held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unpacked {
    /// Entries that were shown.
    pub entries: u64,
    /// Bytes of all of them.
    pub bytes: u64,
}

/// Shows each entry of an archive to `visitor`, in the archive's order.
///
/// What was shown counts only when this returns `Ok`: some attacks are found in what comes later.
pub fn unpack(
    archive: &[u8],
    format: ArchiveFormat,
    limits: &UnpackLimits,
    visitor: &mut dyn FnMut(Entry<'_>),
) -> Result<Unpacked, UnpackError> {
    let mut output = Output { limits, paths: paths::Paths::new(limits), done: Unpacked::default(), visitor };
    match format {
        ArchiveFormat::Zip => zip::unpack(archive, &mut output)?,
        ArchiveFormat::TarGz => tar::unpack(archive, &mut output)?,
    }
    Ok(output.done)
}

/// Where both readers hand in what they found: one place for the rules they share.
struct Output<'a> {
    limits: &'a UnpackLimits,
    paths: paths::Paths,
    done: Unpacked,
    visitor: &'a mut dyn FnMut(Entry<'_>),
}

/// An entry before its names were checked.
struct Found<'a> {
    path: &'a [u8],
    kind: FoundKind<'a>,
    executable: bool,
    bytes: &'a [u8],
    all: Option<Whole>,
}

enum FoundKind<'a> {
    File,
    Directory,
    Symlink(&'a [u8]),
    Hardlink(&'a [u8]),
}

impl Output<'_> {
    /// Refuses an entry of this size, before it is unpacked.
    fn make_room(&self, path: &[u8], size: u64) -> Result<(), UnpackError> {
        if self.done.entries == self.limits.entries {
            return Err(UnpackError::TooManyEntries { limit: self.limits.entries });
        }
        if size > self.limits.entry {
            return Err(UnpackError::EntryTooLarge { path: shown(path), size, limit: self.limits.entry });
        }
        if size > self.limits.total.saturating_sub(self.done.bytes) {
            return Err(UnpackError::TooLarge { limit: self.limits.total });
        }
        Ok(())
    }

    fn entry(&mut self, found: &Found<'_>) -> Result<(), UnpackError> {
        let size = found.all.map_or(found.bytes.len() as u64, |all| all.size);
        self.make_room(found.path, size)?;
        let Some(path) = paths::check(found.path, self.limits)? else {
            // A tar file may begin with the folder `./` itself.
            return match found.kind {
                FoundKind::Directory => Ok(()),
                _ => Err(UnpackError::Path { path: shown(found.path), problem: "it names no file" }),
            };
        };
        let target;
        let kind = match found.kind {
            FoundKind::File => EntryKind::File,
            FoundKind::Directory => EntryKind::Directory,
            FoundKind::Symlink(text) => EntryKind::Symlink { target: paths::check_link(&path, text)? },
            FoundKind::Hardlink(text) => {
                let checked = paths::check(text, self.limits)?.filter(|target| self.paths.has_file(target));
                let Some(checked) = checked else {
                    return Err(UnpackError::Link { path: shown(found.path), target: shown(text) });
                };
                target = checked;
                EntryKind::Hardlink { target: &target }
            }
        };
        self.paths.add(&path, &kind)?;
        self.done.entries += 1;
        self.done.bytes += size;
        let Found { executable, bytes, all, .. } = *found;
        (self.visitor)(Entry { path: &path, kind, executable, bytes, all });
        Ok(())
    }
}
