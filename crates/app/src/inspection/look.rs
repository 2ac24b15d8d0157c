//! The inspection itself: what is named is opened, then looked at. Runs in a process of its own, confined between the two.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use packhouse_inspect::{Baseline, Contents, Limits, Report, Rules, inspect};
use packhouse_sandbox::Mapped;

use super::job::{Answer, Job, Subject};

/// Files of a folder that are read, and their bytes together.
const FILES: usize = 100_000;
const BYTES: u64 = 2 << 30;
/// Folders of version control, which no release has.
const NOT_READ: [&str; 4] = [".git", ".hg", ".svn", ".jj"];

/// Something that was opened: nothing has looked at its bytes yet.
pub(super) enum Opened {
    Mapped(Mapped, String),
    Memory(Vec<u8>, String),
    Folder(Vec<(String, Vec<u8>)>),
}

/// A job with all of its files open.
pub(super) struct Ready {
    subject: Opened,
    against: Vec<(Baseline, Opened)>,
}

impl Ready {
    /// Opens all that the job names. The error is for people.
    pub(super) fn open(job: &Job) -> Result<Self, String> {
        let open = |subject: &Subject| {
            opened(subject).map_err(|error| format!("{}: {error}", subject.path().display()))
        };
        let against = job.against.iter().map(|(baseline, subject)| Ok((*baseline, open(subject)?)));
        Ok(Self { subject: open(&job.subject)?, against: against.collect::<Result<_, String>>()? })
    }

    pub(super) fn look(self, rules: &Rules) -> Answer {
        let contents = match contents(self.subject) {
            Ok(contents) => contents,
            Err(error) => return Answer::Report(Box::new(Report::refused(&error, rules))),
        };
        // What cannot be unpacked explains nothing: all that it may have had is new.
        let against: Vec<(Baseline, Contents)> = self
            .against
            .into_iter()
            .filter_map(|(baseline, opened)| Some((baseline, contents_of_baseline(opened)?)))
            .collect();
        let against: Vec<(Baseline, &Contents)> =
            against.iter().map(|(baseline, contents)| (*baseline, contents)).collect();
        Answer::Report(Box::new(inspect(&contents, &against, rules)))
    }
}

fn contents_of_baseline(opened: Opened) -> Option<Contents> {
    contents(opened).ok()
}

fn contents(opened: Opened) -> Result<Contents, packhouse_archive::UnpackError> {
    let limits = Limits::default().unpack();
    match opened {
        Opened::Mapped(mapped, filename) => Contents::read(mapped.bytes(), &filename, &limits),
        Opened::Memory(bytes, filename) => Contents::read(&bytes, &filename, &limits),
        Opened::Folder(files) => Ok(Contents::from_files(files)),
    }
}

fn opened(subject: &Subject) -> io::Result<Opened> {
    Ok(match subject {
        Subject::Stored { path, filename } => Opened::Mapped(Mapped::open(path)?, filename.clone()),
        Subject::File { path, filename } => {
            let file = File::open(path)?;
            // In one piece: what grows leaves memory behind, which the limit of later does not count.
            let size = file.metadata()?.len().min(BYTES);
            let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
            file.take(BYTES + 1).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > BYTES {
                return Err(io::Error::other(format!("it has more than {BYTES} bytes")));
            }
            Opened::Memory(bytes, filename.clone())
        }
        Subject::Folder { path } => {
            let mut read = Folder { files: Vec::new(), bytes: 0 };
            read.add(path, "")?;
            Opened::Folder(read.files)
        }
    })
}

struct Folder {
    files: Vec<(String, Vec<u8>)>,
    bytes: u64,
}

impl Folder {
    /// Reads what lies in a folder. Links are left out: they may lead anywhere.
    fn add(&mut self, folder: &Path, inside: &str) -> io::Result<()> {
        let mut entries: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if inside.is_empty() { name.clone() } else { format!("{inside}/{name}") };
            let kind = entry.file_type()?;
            if kind.is_dir() && !NOT_READ.contains(&&*name) {
                self.add(&entry.path(), &path)?;
            } else if kind.is_file() {
                let mut content = Vec::new();
                File::open(entry.path())?.take(BYTES - self.bytes + 1).read_to_end(&mut content)?;
                self.bytes += content.len() as u64;
                self.files.push((path, content));
                if self.files.len() > FILES || self.bytes > BYTES {
                    let limit = format!("it has more than {FILES} files or {BYTES} bytes");
                    return Err(io::Error::other(limit));
                }
            }
        }
        Ok(())
    }
}
