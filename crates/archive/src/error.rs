/// Why an archive was not read. Each variant says which attack or which damage it stops.
///
/// Names out of archives are cut to 80 characters and shown escaped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// The caller named something else than a wheel, so nothing says which `dist-info` folder to expect.
    #[error("a wheel is named NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl; found {found:?}")]
    NotAWheelName {
        /// The filename.
        found: String,
    },

    // What the server answers.
    /// The file changed between two answers, or the index lies about its size: a mix of two files could pass
    /// as one.
    #[error("the file has {found} bytes, but {expected} were announced before; fetch it anew")]
    SizeDiffers {
        /// The size given first.
        expected: u64,
        /// The size given now.
        found: u64,
    },
    /// A server sent bytes from beyond the end that it announced itself.
    #[error("an answer of {length} bytes at {offset} goes beyond the file's {size} bytes")]
    OutsideFile {
        /// Where the answer begins.
        offset: u64,
        /// Its length.
        length: u64,
        /// The announced size.
        size: u64,
    },
    /// A server that answers with other or fewer bytes than asked would keep a client asking for ever.
    #[error("{limit} requests did not bring the bytes that were asked for")]
    TooManyRequests {
        /// The most requests for one file.
        limit: u32,
    },

    // The end of central directory record.
    /// Not a zip file, or cut off at its end: the record at the end is missing.
    #[error("no end of central directory record in the last {searched} bytes: not a zip file, or truncated")]
    NoEndRecord {
        /// How many bytes were searched.
        searched: u64,
    },
    /// Bytes stand after the end, or its comment is cut off. Readers that search backwards take this record, strict
    /// ones none, and ones that read forwards may take something else.
    #[error("the end of central directory record at {offset} does not reach the end of the file")]
    EndRecordMisplaced {
        /// Where the last such record stands.
        offset: u64,
    },
    /// Two records could be the end, one in the other's comment: two readers would list two contents.
    #[error("two possible end of central directory records, at {first} and {second}")]
    EndRecordAmbiguous {
        /// Where the first stands.
        first: u64,
        /// Where the other stands.
        second: u64,
    },
    /// The zip64 records are not where they have to be, or contradict the others. Readers differ in which of them
    /// they believe.
    #[error("the zip64 end of central directory is inconsistent: {problem}")]
    Zip64End {
        /// What is wrong.
        problem: &'static str,
    },
    /// Split archives are not wheels; a reader that ignores the disk numbers reads other offsets.
    #[error("the archive says that it is split over several disks")]
    MultipleDisks,

    // The central directory.
    /// Decompression bombs and files made to fill the memory.
    #[error("the central directory has {size} bytes; the limit is {limit}")]
    DirectoryTooLarge {
        /// The declared size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// Files made to use up time and memory.
    #[error("the archive has {count} members; the limit is {limit}")]
    TooManyMembers {
        /// The declared number.
        count: u64,
        /// The limit.
        limit: u64,
    },
    /// Something stands before the archive or between directory and end: readers disagree whether offsets are
    /// counted from the file's start, so two archives fit into one file.
    #[error("the central directory ends at {end}, but the record after it begins at {expected}")]
    DirectoryMisplaced {
        /// Where offset and size say that it ends.
        end: u64,
        /// Where the next record begins.
        expected: u64,
    },
    /// Damage, or members that only some readers see: those which count, or those which read to the end.
    #[error("the central directory declares {declared} members and holds {found}")]
    MemberCount {
        /// What the end record says.
        declared: u64,
        /// How many were read.
        found: u64,
    },
    /// A damaged or forged entry; where its lengths run over, the next entry begins elsewhere for each reader.
    #[error("entry {index} of the central directory is damaged: {problem}")]
    EntryDamaged {
        /// Counted from 0.
        index: u64,
        /// What is wrong.
        problem: &'static str,
    },
    /// C programs and `CPython` cut a name at NUL: `METADATA\0.txt` is `METADATA` to them.
    #[error("the member {name:?} has a NUL character in its name")]
    NulInName {
        /// The member.
        name: String,
    },
    /// An Info-ZIP Unicode path (extra field 0x7075) renames a member for those readers that know it.
    #[error("the member {name:?} carries a second name in an extra field")]
    SecondName {
        /// The member.
        name: String,
    },
    /// A member that begins or ends outside the area before the central directory: damage, or an attempt to pass
    /// off other bytes of the file as content.
    #[error("the member {name:?} lies outside of the archive's data")]
    OutOfBounds {
        /// The member.
        name: String,
    },
    /// Members that share bytes: the way to build a bomb of any size out of one file, and to show one content
    /// under two names.
    #[error("two members overlap at offset {offset}")]
    Overlap {
        /// Where the second one begins.
        offset: u64,
    },
    /// Bytes that belong to no member: streaming readers may take them for one, and they carry what nobody sees.
    #[error("{length} bytes after {name:?} belong to no member")]
    BytesBetween {
        /// The member before them.
        name: String,
        /// How many.
        length: u64,
    },
    /// The same before the first member, where scripts and other archives are put in front.
    #[error("{length} bytes stand before the first member")]
    BytesBefore {
        /// How many.
        length: u64,
    },

    // Which member.
    /// No wheel, or one without metadata.
    #[error("no {expected} in the archive")]
    MetadataMissing {
        /// Where it should be.
        expected: String,
    },
    /// Installers pick one by different rules, and unpacking lets the last one win. Spellings that one file system
    /// or another takes for the same path count as the same.
    #[error("more than one METADATA: {first:?} and {second:?}")]
    MetadataRepeated {
        /// The first in the directory.
        first: String,
        /// The second.
        second: String,
    },
    /// The metadata of another project or version: the resolver would believe a different release than the one
    /// it asked for.
    #[error("the wheel of {expected} has metadata in {found:?}")]
    DistInfoDiffers {
        /// Name and version in the filename.
        expected: String,
        /// The folder found.
        found: String,
    },

    // The member.
    /// Nobody can install an encrypted wheel; an encrypted member hides its content from inspection.
    #[error("{name:?} is encrypted or a patch")]
    Encrypted {
        /// The member.
        name: String,
    },
    /// Wheels are stored or deflated. Other methods are read by some installers only.
    #[error("{name:?} is compressed with method {method}; only 0 (stored) and 8 (deflate) are read")]
    Method {
        /// The member.
        name: String,
        /// The number in the zip specification, section 4.4.5.
        method: u16,
    },
    /// More than any real metadata: files made to fill the memory.
    #[error("{name:?} has {size} bytes; the limit is {limit}")]
    MemberTooLarge {
        /// The member.
        name: String,
        /// The larger of the two declared sizes.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// A decompression bomb.
    #[error("{name:?} unpacks from {compressed} to {uncompressed} bytes; at most {limit} times is allowed")]
    Ratio {
        /// The member.
        name: String,
        /// Its size in the archive.
        compressed: u64,
        /// Its declared size unpacked.
        uncompressed: u64,
        /// The largest ratio.
        limit: u64,
    },
    /// The member's own header says something else than the directory: readers that stream and readers that seek
    /// would see two contents.
    #[error("the header before {name:?} differs from the central directory in its {field}")]
    HeaderDiffers {
        /// The member.
        name: String,
        /// Which field.
        field: &'static str,
    },
    /// The same with the descriptor after the data, which streaming readers believe.
    #[error("the data descriptor after {name:?} differs from the central directory")]
    DescriptorDiffers {
        /// The member.
        name: String,
    },
    /// Damage in the compressed data, or bytes behind its end that one reader skips and another reads.
    #[error("the compressed data of {name:?} is damaged: {problem}")]
    Deflate {
        /// The member.
        name: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// Damage, or a declared size that hides how much unpacks.
    #[error("{name:?} unpacks to {found} bytes, or more; {declared} were declared")]
    Size {
        /// The member.
        name: String,
        /// What the directory says.
        declared: u64,
        /// How many bytes came.
        found: u64,
    },
    /// Damage on the way or on the disk.
    #[error("the CRC-32 of {name:?} is {found:08x}; {declared:08x} was declared")]
    Checksum {
        /// The member.
        name: String,
        /// What the directory says.
        declared: u32,
        /// That of the bytes.
        found: u32,
    },
}

/// A member's name for people: at most 80 characters, whatever the bytes are. Shown with `{:?}`, which escapes.
pub(crate) fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(&name[..name.len().min(400)]).chars().take(80).collect()
}
