use std::fs::File;
use std::io;
use std::path::Path;

use memmap2::Mmap;

/// A file whose bytes are read where the system keeps them, however many they are: none is copied into the memory that a
/// limit counts.
///
/// The file must never be changed: one under its hash in the store, or one that nobody else knows of.
#[derive(Debug)]
pub struct Mapped(Option<Mmap>);

impl Mapped {
    /// Maps the whole file.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        if file.metadata()?.len() == 0 {
            return Ok(Self(None));
        }
        #[expect(unsafe_code, reason = "there is no safe way to map a file")]
        // SAFETY: the bytes must not change while they are borrowed. Whoever calls this names a file that is never
        // written again (see the type). Should somebody cut it all the same, reading ends this process by SIGBUS, and
        // the parent takes that for a failure.
        let map = unsafe { Mmap::map(&file) }?;
        Ok(Self(Some(map)))
    }

    /// All of it.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }
}
