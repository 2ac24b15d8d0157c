//! Archives in archives: unpacked under limits, and shown to all other stages.

use packhouse_archive::{ArchiveFormat, UnpackError};

use super::{Result, Stages};
use crate::inspection::budget::Trouble;
use crate::inspection::contents::Contents;
use crate::inspection::file::File;
use crate::inspection::report::Class::{Info, Review};
use crate::inspection::rule;
use crate::inspection::sink::{At, Sink};

/// Formats that nothing here reads, by their first bytes.
const OTHERS: [(&[u8], &str); 6] = [
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"MSCF\0\0\0\0", "a cabinet file"),
];

pub(super) fn look(file: &File<'_>, stages: &Stages, sink: &mut Sink<'_>) -> Result {
    if file.link.is_some() {
        return Ok(());
    }
    let format = if file.bytes.starts_with(b"PK\x03\x04") {
        ArchiveFormat::Zip
    } else if file.bytes.starts_with(&[0x1f, 0x8b]) && file.ends(&[".tar.gz", ".tgz", ".crate"]) {
        ArchiveFormat::TarGz
    } else {
        return other(file, sink);
    };
    let limits = &sink.rules.limits;
    if file.depth >= limits.archives {
        return Err(Trouble::Limit { what: "archives in archives", limit: limits.archives as u64 });
    }
    sink.budget.spend_bytes(file.bytes.len())?;
    let contents = match Contents::unpack(file.bytes, format, &limits.nested) {
        Ok(contents) => contents,
        Err(error) => return refused(file, &error, sink),
    };
    let shape = contents.shape();
    for (path, content) in &contents.files {
        sink.budget.spend_bytes(content.bytes.len())?;
        let (path, key) = (format!("{}!/{path}", file.path), format!("{}!/{path}", file.key));
        let inner = File::new(path, key, content, shape, file.depth + 1);
        crate::inspection::look_at_file(&inner, stages, sink);
    }
    Ok(())
}

/// An archive within is data: what reads it may be more or less strict. It was not examined, so somebody has to look.
fn refused(file: &File<'_>, error: &UnpackError, sink: &mut Sink<'_>) -> Result {
    let aside = file.is_aside();
    let classes = if aside { (Info, Info) } else { (Review, Review) };
    let what = format!("an archive that could not be unpacked: {error}");
    sink.add_as(file, &rule::UNREADABLE, classes, At::File, what, &file.sha256.to_string())
}

fn other(file: &File<'_>, sink: &mut Sink<'_>) -> Result {
    let Some((_, name)) = OTHERS.iter().find(|(magic, _)| file.bytes.starts_with(magic)) else {
        return Ok(());
    };
    let what = format!("compressed with {name}, which is not unpacked");
    sink.add_as(file, &rule::UNREADABLE, (Review, Info), At::File, what, &file.sha256.to_string())
}
