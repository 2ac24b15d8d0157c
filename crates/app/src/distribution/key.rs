//! The server's own key: a file beside the data, in OpenSSH's form.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use packhouse_trust::{SecretKey, SecretKeyError};

/// The key's name in the data folder.
pub(crate) const FILE: &str = "server-key";

/// Why the server cannot sign.
#[derive(Debug, thiserror::Error)]
pub enum ServerKeyError {
    /// The file cannot be read or made.
    #[error("the server's key {path} cannot be used", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What is in the file is no key.
    #[error("{path} is not the server's key", path = path.display())]
    Key {
        /// Which.
        path: PathBuf,
        /// Why.
        source: SecretKeyError,
    },
    /// Another server has it.
    #[error(
        "{path} is not there, and the distribution was founded with that key: copy it from the server that founded it, \
         with mode 0600",
        path = path.display()
    )]
    Missing {
        /// Where it belongs.
        path: PathBuf,
    },
    /// A key that means nothing to this distribution.
    #[error(
        "{path} is not the key that the distribution was founded with: copy that one from the server that founded it, and \
         start again",
        path = path.display()
    )]
    Other {
        /// Which.
        path: PathBuf,
    },
    /// The system has no randomness to give.
    #[error("no key can be made: the system gives no random numbers")]
    Randomness,
}

/// Reads the key; makes it when there is none and `make` says so. None: there is none.
pub(crate) fn open(path: &Path, make: bool) -> Result<Option<SecretKey>, ServerKeyError> {
    let file = |source| ServerKeyError::File { path: path.to_owned(), source };
    let key = |source| ServerKeyError::Key { path: path.to_owned(), source };
    match fs::read_to_string(path) {
        Ok(text) => return SecretKey::from_openssh(&text, None).map(Some).map_err(key),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(file(error)),
        Err(_) if !make => return Ok(None),
        Err(_) => {}
    }
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|_| ServerKeyError::Randomness)?;
    let secret = SecretKey::from_seed(&seed).with_comment("packhouse server");
    seed.fill(0);
    let text = secret.to_openssh(None).map_err(key)?;
    // Written whole under another name first: a crash leaves no half key, and no key is ever readable by others.
    let part = path.with_extension("part");
    let _ = fs::remove_file(&part);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut written = options.open(&part).map_err(file)?;
    written.write_all(text.as_bytes()).and_then(|()| written.sync_all()).map_err(file)?;
    // A hard link fails when another process was faster; its key is the one then.
    match fs::hard_link(&part, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(file(error)),
        _ => {}
    }
    let _ = fs::remove_file(&part);
    if let Some(folder) = path.parent() {
        fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(file)?;
    }
    open(path, false)
}
