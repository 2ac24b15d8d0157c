//! `METADATA` out of a wheel, by as few byte ranges as possible (PEP 658).

use std::ops::Range;

use crate::error::{ArchiveError, shown};
use crate::sparse::Sparse;
use crate::wheel_name::WheelName;
use crate::zip::central_directory::{self, Entry, LOCAL_HEADER};
use crate::zip::content;
use crate::zip::end_record::{self, Directory, TAIL};
use crate::zip::local_header::{self, LONGEST_DESCRIPTOR, Member};

/// The folder of a wheel that holds `METADATA` is `NAME-VERSION` with this ending (PEP 427).
const DIST_INFO: &[u8] = b".dist-info";

/// A wheel needs three requests at most, from a server that answers what it is asked.
const REQUEST_LIMIT: u32 = 32;

/// How far before a central directory `METADATA` begins in wheels that keep `dist-info` last, as PEP 427 recommends:
/// between the two stand the licences and `RECORD`, which holds one incompressible hash for each member. Measured on
/// 19 wheels: 38 to 59 bytes for each member of those with many, and less than 16 KiB more for licences.
const BYTES_BEFORE_DIRECTORY: u64 = 16 << 10;
/// See [`BYTES_BEFORE_DIRECTORY`].
const BYTES_FOR_EACH_MEMBER: u64 = 64;
/// What a wheel that begins with `dist-info` costs in vain at most.
const MOST_BYTES_BEFORE: u64 = 512 << 10;

/// What the reader wants next, or how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Fetch these bytes, [`MetadataReader::feed`] them in one or more pieces, then ask again.
    Need(Wanted),
    /// The exact bytes of the wheel's `METADATA`.
    Done(Vec<u8>),
    /// This wheel has no metadata that can be served.
    Fail(ArchiveError),
}

/// Bytes of a file, as HTTP asks for them (RFC 9110, section 14.1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// From the first offset up to, not including, the second: `bytes=START-(END-1)`.
    Range(Range<u64>),
    /// The last bytes, or the whole file if it is shorter: `bytes=-LENGTH`. Only while the size is unknown.
    Suffix(u64),
}

impl Wanted {
    /// The same as offsets into a file of this size.
    pub fn within(&self, size: u64) -> Range<u64> {
        match self {
            Self::Range(range) => range.start.min(size)..range.end.min(size),
            Self::Suffix(length) => size.saturating_sub(*length)..size,
        }
    }
}

/// Reads `METADATA` out of a wheel of which it is fed parts.
///
/// The first request is for the end of the file, and enough for nearly every wheel below 1,000 members. Otherwise the
/// central directory comes next, together with the place where `METADATA` usually is, and `METADATA` itself if it
/// was elsewhere. Nothing is asked for twice, and no more is kept than was asked for: at most 64 MiB of directory and
/// 16 MiB of metadata.
#[derive(Debug)]
pub struct MetadataReader {
    wheel: WheelName,
    size: Option<u64>,
    known: Sparse,
    asked: Option<Wanted>,
    requests: u32,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Looking for the end record.
    End,
    /// Reading the central directory.
    Directory(Directory),
    /// Reading the member, which lies in this range.
    Member(Member, Range<u64>),
    Ended(Result<Vec<u8>, ArchiveError>),
}

/// What a state came to with the bytes that are there.
enum Progress {
    Missing(Range<u64>),
    Next(State),
}

impl MetadataReader {
    /// Starts on a wheel with this filename, and this size in bytes where it is known, as from the `size` of PEP 700.
    /// Without a size, the first request is for a suffix, which not every server answers.
    pub fn new(size: Option<u64>, wheel_filename: &str) -> Result<Self, ArchiveError> {
        let wheel = WheelName::parse(wheel_filename)?;
        Ok(Self { wheel, size, known: Sparse::default(), asked: None, requests: 0, state: State::End })
    }

    /// What to do next. Once it has ended, the answer stays the same.
    pub fn step(&mut self) -> Step {
        loop {
            let progress = match &self.state {
                State::Ended(Ok(metadata)) => return Step::Done(metadata.clone()),
                State::Ended(Err(error)) => return Step::Fail(error.clone()),
                State::End => self.end(),
                State::Directory(directory) => self.directory(directory),
                State::Member(member, range) => self.member(member, range),
            };
            match progress {
                Ok(Progress::Next(state)) => self.state = state,
                Ok(Progress::Missing(range)) => return self.ask(range),
                Err(error) => self.fail(error),
            }
        }
    }

    /// Takes an answer to the last request: `bytes` of a file of `total_size` bytes, which begin at `offset`. They may be
    /// fewer, or more; what was not asked for is ignored. Errors appear at the next [`step`](Self::step).
    pub fn feed(&mut self, offset: u64, bytes: &[u8], total_size: u64) {
        if matches!(self.state, State::Ended(_)) {
            return;
        }
        let expected = *self.size.get_or_insert(total_size);
        if expected != total_size {
            return self.fail(ArchiveError::SizeDiffers { expected, found: total_size });
        }
        let length = bytes.len() as u64;
        let Some(end) = offset.checked_add(length).filter(|end| *end <= total_size) else {
            return self.fail(ArchiveError::OutsideFile { offset, length, size: total_size });
        };
        let Some(asked) = &self.asked else { return };
        let asked = asked.within(total_size);
        let (from, to) = (asked.start.max(offset), asked.end.min(end));
        if from < to {
            self.known.insert(from, &bytes[(from - offset) as usize..(to - offset) as usize]);
        }
    }

    fn fail(&mut self, error: ArchiveError) {
        self.state = State::Ended(Err(error));
    }

    fn ask(&mut self, range: Range<u64>) -> Step {
        if self.requests == REQUEST_LIMIT {
            let error = ArchiveError::TooManyRequests { limit: REQUEST_LIMIT };
            self.fail(error.clone());
            return Step::Fail(error);
        }
        self.requests += 1;
        let wanted = if self.size.is_some() { Wanted::Range(range) } else { Wanted::Suffix(TAIL) };
        self.asked = Some(wanted.clone());
        Step::Need(wanted)
    }

    fn end(&self) -> Result<Progress, ArchiveError> {
        let Some(size) = self.size else { return Ok(Progress::Missing(0..0)) };
        let range = size.saturating_sub(TAIL)..size;
        let Some(tail) = self.known.get(&range) else {
            return Ok(Progress::Missing(self.known.missing(&range)));
        };
        let directory = end_record::locate(tail, range.start)?;
        Ok(Progress::Next(State::Directory(directory)))
    }

    fn directory(&self, directory: &Directory) -> Result<Progress, ArchiveError> {
        let Some(bytes) = self.known.get(&directory.range) else {
            let before =
                (BYTES_BEFORE_DIRECTORY + BYTES_FOR_EACH_MEMBER * directory.members).min(MOST_BYTES_BEFORE);
            let range = directory.range.start.saturating_sub(before)..directory.range.end;
            return Ok(Progress::Missing(self.known.missing(&range)));
        };
        let entries = central_directory::read(bytes, directory)?;
        let entry = choose(&entries, &self.wheel)?;
        let member = entry.member();
        content::check(&member, &content::METADATA_BOUNDS)?;
        let boundary = central_directory::boundary(&entries, entry.header, directory)?;
        // The member's own extra fields may be longer than those in the directory: as much as can belong to it.
        let longest = LOCAL_HEADER
            + entry.name.len() as u64
            + u64::from(u16::MAX)
            + entry.compressed
            + LONGEST_DESCRIPTOR;
        let range = entry.header..boundary.min(entry.header.saturating_add(longest));
        Ok(Progress::Next(State::Member(member, range)))
    }

    fn member(&self, member: &Member, range: &Range<u64>) -> Result<Progress, ArchiveError> {
        let Some(bytes) = self.known.get(range) else {
            return Ok(Progress::Missing(self.known.missing(range)));
        };
        let data = local_header::data(bytes, member)?;
        Ok(Progress::Next(State::Ended(Ok(content::read(data, member)?.into_owned()))))
    }
}

/// The `METADATA` of the wheel's own `dist-info` folder. Vendored packages further down have theirs, which do not count.
fn choose<'e, 'a>(entries: &'e [Entry<'a>], wheel: &WheelName) -> Result<&'e Entry<'a>, ArchiveError> {
    let mut candidates = entries.iter().filter(|entry| is_metadata(entry.name));
    let missing =
        || ArchiveError::MetadataMissing { expected: format!("{}.dist-info/METADATA", wheel.stem()) };
    let first = candidates.next().ok_or_else(missing)?;
    if let Some(second) = candidates.next() {
        return Err(ArchiveError::MetadataRepeated { first: shown(first.name), second: shown(second.name) });
    }
    // Installers look for this spelling only.
    let stem = first.name.strip_suffix(b".dist-info/METADATA").ok_or_else(missing)?;
    if !wheel.matches(stem) {
        let found = shown(&first.name[..first.name.len() - b"/METADATA".len()]);
        return Err(ArchiveError::DistInfoDiffers { expected: wheel.stem().to_owned(), found });
    }
    Ok(first)
}

/// Whether unpacking the name somewhere gives `*.dist-info/METADATA`: without regard to case, with either slash, with
/// empty and `.` components.
fn is_metadata(name: &[u8]) -> bool {
    let mut components = name
        .split(|byte| matches!(byte, b'/' | b'\\'))
        .filter(|component| !component.is_empty() && *component != b".");
    let (Some(folder), Some(file), None) = (components.next(), components.next(), components.next()) else {
        return false;
    };
    let ending = folder.len().checked_sub(DIST_INFO.len()).map(|at| &folder[at..]);
    file.eq_ignore_ascii_case(b"METADATA")
        && ending.is_some_and(|ending| ending.eq_ignore_ascii_case(DIST_INFO))
}

/// `METADATA` out of a whole wheel in memory, by the same steps.
pub fn metadata_of(wheel: &[u8], wheel_filename: &str) -> Result<Vec<u8>, ArchiveError> {
    let size = wheel.len() as u64;
    let mut reader = MetadataReader::new(Some(size), wheel_filename)?;
    loop {
        match reader.step() {
            Step::Need(wanted) => {
                let range = wanted.within(size);
                reader.feed(range.start, &wheel[range.start as usize..range.end as usize], size);
            }
            Step::Done(metadata) => return Ok(metadata),
            Step::Fail(error) => return Err(error),
        }
    }
}
