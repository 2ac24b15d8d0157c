//! Wheels, well made and not.

use flate2::Compression;
use flate2::write::DeflateEncoder;
use packhouse_archive::{ArchiveError, MetadataReader, Step, Wanted};
use std::io::Write as _;

pub(crate) const FILENAME: &str = "six-1.17.0-py2.py3-none-any.whl";
pub(crate) const METADATA: &str = "six-1.17.0.dist-info/METADATA";
pub(crate) const TEXT: &[u8] =
    b"Metadata-Version: 2.1\nName: six\nVersion: 1.17.0\n\nPython 2 and 3 compatibility utilities.\n";

/// What follows the data of a member.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Descriptor {
    Absent,
    Plain,
    Signed,
    Wide,
}

/// One member of a [`Built`] archive.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) name: Vec<u8>,
    pub(crate) content: Vec<u8>,
    pub(crate) deflate: bool,
    pub(crate) local_extra: Vec<u8>,
    pub(crate) central_extra: Vec<u8>,
    pub(crate) descriptor: Descriptor,
}

impl Member {
    pub(crate) fn new(name: impl AsRef<[u8]>, content: &[u8]) -> Self {
        Self {
            name: name.as_ref().to_vec(),
            content: content.to_vec(),
            deflate: true,
            local_extra: Vec::new(),
            central_extra: Vec::new(),
            descriptor: Descriptor::Absent,
        }
    }
}

/// An archive and where its parts begin, so that tests can change single fields.
#[derive(Clone)]
pub(crate) struct Built {
    pub(crate) bytes: Vec<u8>,
    pub(crate) headers: Vec<usize>,
    pub(crate) data: Vec<usize>,
    pub(crate) entries: Vec<usize>,
    /// The zip64 record, when it was asked for.
    pub(crate) zip64: Option<usize>,
    pub(crate) end: usize,
}

impl Built {
    pub(crate) fn put(&mut self, at: usize, bytes: &[u8]) {
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// The same in a directory entry and in the header of a member.
    pub(crate) fn put_both(&mut self, member: usize, in_entry: usize, in_header: usize, bytes: &[u8]) {
        self.put(self.entries[member] + in_entry, bytes);
        self.put(self.headers[member] + in_header, bytes);
    }
}

fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).expect("into memory");
    encoder.finish().expect("into memory")
}

pub(crate) fn crc(content: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(content);
    crc.sum()
}

/// Writes an archive by hand.
pub(crate) fn build(members: &[Member], zip64: bool, comment: &[u8]) -> Built {
    let mut bytes: Vec<u8> = Vec::new();
    let (mut headers, mut data_starts, mut entries) = (Vec::new(), Vec::new(), Vec::new());
    let mut directory = Vec::new();
    for member in members {
        let data = if member.deflate { deflate(&member.content) } else { member.content.clone() };
        let sums = [crc(&member.content), data.len() as u32, member.content.len() as u32];
        let flags: u16 = if member.descriptor == Descriptor::Absent { 0 } else { 8 };
        let method: u16 = if member.deflate { 8 } else { 0 };
        let common = |bytes: &mut Vec<u8>, sums: [u32; 3]| {
            for field in [20_u16, flags, method, 0, 0x21] {
                bytes.extend(field.to_le_bytes());
            }
            for sum in &sums {
                bytes.extend(sum.to_le_bytes());
            }
            bytes.extend((member.name.len() as u16).to_le_bytes());
        };
        headers.push(bytes.len());
        entries.push(directory.len());
        directory.extend(b"PK\x01\x02\x14\x03");
        common(&mut directory, sums);
        directory.extend((member.central_extra.len() as u16).to_le_bytes());
        directory.extend([0; 10]);
        directory.extend((bytes.len() as u32).to_le_bytes());
        directory.extend(&member.name);
        directory.extend(&member.central_extra);
        bytes.extend(b"PK\x03\x04");
        common(&mut bytes, if flags == 0 { sums } else { [0; 3] });
        bytes.extend((member.local_extra.len() as u16).to_le_bytes());
        bytes.extend(&member.name);
        bytes.extend(&member.local_extra);
        data_starts.push(bytes.len());
        bytes.extend(&data);
        if member.descriptor == Descriptor::Signed || member.descriptor == Descriptor::Wide {
            bytes.extend(b"PK\x07\x08");
        }
        match member.descriptor {
            Descriptor::Absent => {}
            Descriptor::Plain | Descriptor::Signed => {
                for sum in &sums {
                    bytes.extend(sum.to_le_bytes());
                }
            }
            Descriptor::Wide => {
                bytes.extend(sums[0].to_le_bytes());
                for sum in &sums[1..] {
                    bytes.extend(u64::from(*sum).to_le_bytes());
                }
            }
        }
    }
    let start = bytes.len();
    bytes.extend(&directory);
    let totals = [members.len() as u64, members.len() as u64, directory.len() as u64, start as u64];
    let record = zip64.then_some(bytes.len());
    if let Some(record) = record {
        bytes.extend(b"PK\x06\x06");
        bytes.extend(44_u64.to_le_bytes());
        bytes.extend([45, 3, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for total in &totals {
            bytes.extend(total.to_le_bytes());
        }
        bytes.extend(b"PK\x06\x07\0\0\0\0");
        bytes.extend((record as u64).to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
    }
    let end = bytes.len();
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    if zip64 {
        bytes.extend([0xff; 12]);
    } else {
        bytes.extend((totals[0] as u16).to_le_bytes());
        bytes.extend((totals[1] as u16).to_le_bytes());
        bytes.extend((totals[2] as u32).to_le_bytes());
        bytes.extend((totals[3] as u32).to_le_bytes());
    }
    bytes.extend((comment.len() as u16).to_le_bytes());
    bytes.extend(comment);
    let entries = entries.into_iter().map(|entry| start + entry).collect();
    Built { bytes, headers, data: data_starts, entries, zip64: record, end }
}

/// A module, `METADATA` and `RECORD`, in this order.
pub(crate) fn members() -> Vec<Member> {
    vec![
        Member::new("six.py", b"import sys\n"),
        Member::new(METADATA, TEXT),
        Member::new("six-1.17.0.dist-info/RECORD", b"six.py,,\n"),
    ]
}

/// A server that answers as asked, and counts.
pub(crate) fn read(
    wheel: &[u8],
    filename: &str,
    size: Option<u64>,
) -> (Result<Vec<u8>, ArchiveError>, Vec<Wanted>) {
    let total = wheel.len() as u64;
    let mut asked = Vec::new();
    let mut reader = MetadataReader::new(size, filename).expect("a wheel's name");
    loop {
        match reader.step() {
            Step::Need(wanted) => {
                let range = wanted.within(total);
                reader.feed(range.start, &wheel[range.start as usize..range.end as usize], total);
                asked.push(wanted);
            }
            Step::Done(metadata) => return (Ok(metadata), asked),
            Step::Fail(error) => return (Err(error), asked),
        }
    }
}
