//! Zip files: wheels, and sdists of old.

use super::{Found, FoundKind, Output, UnpackError, Whole};
use crate::error::{ArchiveError, shown};
use crate::zip::central_directory::{self, Entry};
use crate::zip::content::{self, Bounds};
use crate::zip::end_record::{self, TAIL};
use crate::zip::local_header::{self, UTF_8};

/// `st_mode`: the bits that say what a file is.
const TYPE: u16 = 0o170_000;
const REGULAR: u16 = 0o100_000;
const FOLDER: u16 = 0o040_000;
const LINK: u16 = 0o120_000;
const ANYBODY_EXECUTES: u16 = 0o111;

pub(super) fn unpack(archive: &[u8], output: &mut Output<'_>) -> Result<(), UnpackError> {
    let start = archive.len().saturating_sub(TAIL as usize);
    let directory = end_record::locate(&archive[start..], start as u64)?;
    if directory.members > output.limits.entries {
        return Err(UnpackError::TooManyEntries { limit: output.limits.entries });
    }
    let range = directory.range.start as usize..directory.range.end as usize;
    let bytes = archive.get(range).ok_or(ArchiveError::DirectoryMisplaced {
        end: directory.range.end,
        expected: archive.len() as u64,
    })?;
    let entries = central_directory::read(bytes, &directory)?;
    let placed = central_directory::layout(&entries, &directory)?;
    let first = placed.first().map_or(directory.range.start, |(index, _)| entries[*index].header);
    if first > 0 {
        return Err(ArchiveError::BytesBefore { length: first }.into());
    }
    let mut ends = vec![0; entries.len()];
    for (index, end) in placed {
        ends[index] = end;
    }
    for (entry, end) in entries.iter().zip(ends) {
        // `layout` has seen that both lie before the directory.
        one(entry, &archive[entry.header as usize..end as usize], output)?;
    }
    Ok(())
}

fn one(entry: &Entry<'_>, bytes: &[u8], output: &mut Output<'_>) -> Result<(), UnpackError> {
    let name = || shown(entry.name);
    // Without the flag it is code page 437 by the specification, and UTF-8 to some readers (section 4.4.4, bit 11).
    if !entry.name.is_ascii() && entry.flags & UTF_8 == 0 {
        return Err(UnpackError::NameEncoding { name: name() });
    }
    output.make_room(entry.name, entry.uncompressed)?;
    let member = entry.member();
    let limits = output.limits;
    // Stored data is never larger packed than unpacked; deflate adds five bytes for each 16 KiB that it cannot pack.
    let size = limits.entry.saturating_add(limits.entry / 1024).saturating_add(64);
    content::check(&member, &Bounds { size, ratio: limits.ratio, ratio_free: limits.ratio_free })?;
    let data = local_header::exact_data(bytes, &member)?;
    let (content, all) = if entry.uncompressed > limits.whole {
        let (start, sha256) = content::read_start(data, &member, limits.start)?;
        (start.into(), Some(Whole { size: entry.uncompressed, sha256 }))
    } else {
        (content::read(data, &member)?, None)
    };
    let contradiction = |problem| Err(UnpackError::Contradiction { path: name(), problem });
    let folder = entry.name.ends_with(b"/");
    let kind = match entry.mode & TYPE {
        // The slash makes it a folder to all readers, the mode only to some.
        FOLDER if !folder => return contradiction("a folder by its mode, a file by its name"),
        REGULAR | LINK if folder => return contradiction("a folder by its name, a file by its mode"),
        0 | FOLDER if folder => FoundKind::Directory,
        0 | REGULAR => FoundKind::File,
        LINK if all.is_none() => FoundKind::Symlink(&content),
        other => return Err(UnpackError::Kind { path: name(), kind: format!("mode {other:o}") }),
    };
    if folder && !content.is_empty() {
        return contradiction("a folder with content");
    }
    let executable = !folder && entry.mode & ANYBODY_EXECUTES != 0;
    output.entry(&Found { path: entry.name, kind, executable, bytes: &content, all })
}
