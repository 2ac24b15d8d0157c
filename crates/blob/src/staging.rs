use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use crate::BlobError;

const GATE: &str = ".lock";
const LOCK: &str = "lock";
const PREFIX: &str = "process-";
const SUFFIX: &str = ".part";

/// One process's folder of files on their way in.
///
/// Each process holds an exclusive `flock` on the `lock` file of its own folder for as long as it lives; the
/// system lets go of it however the process ends. A folder whose lock can be taken is a dead
/// process's leftover. `.lock` beside the folders closes the gap between making a folder and locking it.
#[derive(Debug)]
pub(crate) struct Staging {
    folder: PathBuf,
    _lock: File,
}

impl Staging {
    /// Makes this process's folder in `parent`, and removes what dead processes left there.
    pub(crate) fn open(parent: &Path) -> Result<Self, BlobError> {
        let trouble = |source| BlobError::local("prepare the staging folder", parent, source);
        fs::create_dir_all(parent).map_err(trouble)?;
        let gate = lock_file(&parent.join(GATE)).map_err(trouble)?;
        gate.lock().map_err(trouble)?;
        for entry in fs::read_dir(parent).map_err(trouble)? {
            let entry = entry.map_err(trouble)?;
            if entry.file_name().to_string_lossy().starts_with(PREFIX)
                && let Err(error) = sweep(&entry.path())
            {
                tracing::warn!(folder = %entry.path().display(), %error, "leftovers stay in the staging folder");
            }
        }
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent).map_err(trouble)?.keep();
        let lock = lock_file(&folder.join(LOCK)).map_err(trouble)?;
        lock.lock().map_err(trouble)?;
        Ok(Self { folder, _lock: lock })
    }

    /// A new empty file, open for reading and writing; it is removed when its path is dropped.
    pub(crate) fn create(&self) -> Result<(File, TempPath), BlobError> {
        tempfile::Builder::new()
            .prefix("")
            .suffix(SUFFIX)
            // It becomes the blob by a rename: readable by a web server or a backup beside us.
            .permissions(fs::Permissions::from_mode(0o644))
            .tempfile_in(&self.folder)
            .map(tempfile::NamedTempFile::into_parts)
            .map_err(|source| BlobError::local("make a file in", &self.folder, source))
    }

    #[cfg(test)]
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What fails here is a leftover for the next process that opens the folder.
        let _ = fs::remove_file(self.folder.join(LOCK));
        let _ = fs::remove_dir(&self.folder);
    }
}

fn lock_file(path: &Path) -> io::Result<File> {
    File::options().create(true).truncate(false).write(true).open(path)
}

/// Removes a dead process's files; leaves a living one's folder, and files that are not ours, alone.
fn sweep(folder: &Path) -> io::Result<()> {
    match File::options().write(true).open(folder.join(LOCK)) {
        Ok(lock) => match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Ok(()),
            Err(fs::TryLockError::Error(error)) => return Err(error),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut foreign = false;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let ours = name == OsStr::new(LOCK) || name.to_string_lossy().ends_with(SUFFIX);
        if ours && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        } else {
            foreign = true;
        }
    }
    if foreign { Ok(()) } else { fs::remove_dir(folder) }
}
