use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::BlobError;

/// Folders whose own names are known to be on the disk.
///
/// A folder that exists may have been made a moment ago by a process that has not synced it yet, so
/// existence proves nothing: each process syncs each folder's parent once itself.
#[derive(Debug, Default)]
pub(crate) struct DurableFolders {
    known: Mutex<HashSet<PathBuf>>,
}

impl DurableFolders {
    /// Makes `root`, and everything above it that is missing, durable.
    pub(crate) fn root(root: &Path) -> Result<Self, BlobError> {
        let missing: Vec<&Path> = root.ancestors().take_while(|folder| !folder.exists()).collect();
        fs::create_dir_all(root).map_err(|source| BlobError::local("make the folder", root, source))?;
        for folder in missing {
            sync_parent(folder)?;
        }
        Ok(Self { known: Mutex::new(HashSet::from([root.to_owned()])) })
    }

    /// Makes the folder `below` the root, with every folder between, and syncs their names.
    pub(crate) fn ensure(&self, folder: &Path) -> Result<(), BlobError> {
        if self.lock().contains(folder) {
            return Ok(());
        }
        if let Some(parent) = folder.parent() {
            self.ensure(parent)?;
        }
        match fs::create_dir(folder) {
            Err(source) if source.kind() != io::ErrorKind::AlreadyExists => {
                return Err(BlobError::local("make the folder", folder, source));
            }
            _ => sync_parent(folder)?,
        }
        self.lock().insert(folder.to_owned());
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<PathBuf>> {
        // The set is whole between any two statements, so a panic elsewhere does not spoil it.
        self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Syncs the folder: the names in it are durable when this returns.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), BlobError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|source| BlobError::local("sync the folder", folder, source))
}

fn sync_parent(path: &Path) -> Result<(), BlobError> {
    match path.parent() {
        // A relative path of one part stands in the current folder.
        Some(parent) if parent.as_os_str().is_empty() => sync_folder(Path::new(".")),
        Some(parent) => sync_folder(parent),
        None => Ok(()),
    }
}
