use crate::error::ArchiveError;

/// Why an archive was not unpacked. Each variant says which attack or which damage it stops.
///
/// Names out of archives are cut to 80 characters and shown escaped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnpackError {
    /// Nothing here reads it.
    #[error("only .whl, .zip, .tar.gz and .tgz are read; found {filename:?}")]
    Format {
        /// The filename.
        filename: String,
    },
    /// The zip file is damaged, or made to be read in two ways.
    #[error(transparent)]
    Zip(#[from] ArchiveError),

    // Limits: files made to fill memory and disk, or to use up time.
    /// Too many entries.
    #[error("the archive has more than {limit} entries")]
    TooManyEntries {
        /// [`UnpackLimits::entries`](super::UnpackLimits::entries).
        limit: u64,
    },
    /// Too many folders that are only named in paths.
    #[error("the paths of the archive name more than {limit} files and folders")]
    TooManyFolders {
        /// The limit.
        limit: u64,
    },
    /// One entry is too large.
    #[error("{path:?} has {size} bytes; the limit is {limit}")]
    EntryTooLarge {
        /// The entry.
        path: String,
        /// Its declared size.
        size: u64,
        /// [`UnpackLimits::entry`](super::UnpackLimits::entry).
        limit: u64,
    },
    /// All entries together are too large.
    #[error("the archive unpacks to more than {limit} bytes")]
    TooLarge {
        /// [`UnpackLimits::total`](super::UnpackLimits::total).
        limit: u64,
    },
    /// A decompression bomb.
    #[error("{packed} bytes unpack to {unpacked} or more; at most {limit} times is allowed")]
    Ratio {
        /// Bytes of the archive.
        packed: u64,
        /// Bytes that came out of it so far.
        unpacked: u64,
        /// [`UnpackLimits::ratio`](super::UnpackLimits::ratio).
        limit: u64,
    },

    // Paths.
    /// A path that leads out of the folder where it is unpacked, that file systems read differently, or that a person
    /// cannot see as it is.
    #[error("{path:?} is no safe path: {problem}")]
    Path {
        /// The path.
        path: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// Two entries for one place: which one counts depends on who unpacks, and a reviewer sees the other. Paths that
    /// differ only in case or in the Unicode form are one place on macOS and Windows.
    #[error("{second:?} would overwrite {first:?}")]
    Duplicate {
        /// The entry that came first.
        first: String,
        /// The other.
        second: String,
    },
    /// An entry beneath a file or a symbolic link: unpacked in order, it is written to where the link leads.
    #[error("{path:?} lies beneath {parent:?}, which is no folder")]
    Beneath {
        /// The entry.
        path: String,
        /// The file or link.
        parent: String,
    },
    /// A link that leads out of the archive, or a hard link to what did not come before it.
    #[error("the link {path:?} leads to {target:?}, which is no file inside of the archive")]
    Link {
        /// The link.
        path: String,
        /// Its target.
        target: String,
    },

    // Entries.
    /// The name's bytes stand for different names, depending on who reads them.
    #[error("the name {name:?} is not ASCII, and nothing says that it is UTF-8")]
    NameEncoding {
        /// The name.
        name: String,
    },
    /// Devices, pipes, sparse files and parts of other archives have no place in a package; readers differ in what they
    /// make of them.
    #[error("{path:?} is of an unsupported type: {kind}")]
    Kind {
        /// The entry.
        path: String,
        /// Which.
        kind: String,
    },
    /// The entry contradicts itself: a folder with content, a link with data. Readers differ in what follows.
    #[error("{path:?} contradicts itself: {problem}")]
    Contradiction {
        /// The entry.
        path: String,
        /// What.
        problem: &'static str,
    },

    // Tar.
    /// Damage in the gzip stream.
    #[error("the gzip stream is damaged: {problem}")]
    Gzip {
        /// What the decoder says.
        problem: String,
    },
    /// A second stream or other bytes behind the first: some readers go on, some stop.
    #[error("{length} bytes follow the gzip stream")]
    BytesAfterGzip {
        /// How many.
        length: u64,
    },
    /// Cut off, or without the end that lets a reader notice.
    #[error("the tar file ends in the middle of {part}")]
    Truncated {
        /// What was being read.
        part: &'static str,
    },
    /// Damage, or no tar file.
    #[error("the header at {offset} is damaged: {problem}")]
    Header {
        /// Where it begins in the unpacked file.
        offset: u64,
        /// What is wrong.
        problem: &'static str,
    },
    /// Extended headers that rename or resize an entry in a way that only some readers follow.
    #[error("the extended header at {offset} is refused: {problem}")]
    Extended {
        /// Where it begins in the unpacked file.
        offset: u64,
        /// What is wrong.
        problem: &'static str,
    },
    /// Something stands after the end: readers that ignore ends go on there.
    #[error("bytes other than zero follow the end of the tar file")]
    BytesAfterEnd,
}
