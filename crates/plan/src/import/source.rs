//! The bytes of a file on their way to a reader: hashed, counted, unpacked, never more than the limits allow.

use std::cell::Cell;
use std::io::{self, BufReader, Cursor, Read};
use std::rc::Rc;

use flate2::read::MultiGzDecoder;
use packhouse_model::Sha256;
use sha2::Digest as _;

/// How much is looked at to recognise a format.
const HEAD: usize = 8_192;

/// The raw bytes: their hash is the name of the snapshot.
pub(super) struct Hashed<'a> {
    inner: &'a mut dyn Read,
    hasher: sha2::Sha256,
    read: Rc<Cell<u64>>,
}

impl<'a> Hashed<'a> {
    pub(super) fn new(inner: &'a mut dyn Read, read: Rc<Cell<u64>>) -> Self {
        Self { inner, hasher: sha2::Sha256::new(), read }
    }

    /// Reads what the format did not need, so that the hash is that of the whole file.
    pub(super) fn finish(mut self) -> io::Result<Sha256> {
        io::copy(&mut self, &mut io::sink())?;
        Ok(Sha256::from_bytes(self.hasher.finalize().into()))
    }
}

impl Read for Hashed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        self.read.set(self.read.get() + count as u64);
        Ok(count)
    }
}

/// How much was unpacked, of all and of the present record. A record that does not end, or a small file that unpacks to
/// a huge one, must not fill the memory or run for ever.
#[derive(Clone)]
pub(super) struct Gauge {
    all: Rc<Cell<u64>>,
    record: Rc<Cell<u64>>,
}

impl Gauge {
    pub(super) fn new() -> Self {
        Self { all: Rc::default(), record: Rc::default() }
    }

    /// A record has ended.
    pub(super) fn next_record(&self) {
        self.record.set(0);
    }
}

/// The unpacked bytes.
pub(super) struct Gauged<R> {
    inner: R,
    gauge: Gauge,
    most: u64,
    longest_record: u64,
}

impl<R> Gauged<R> {
    pub(super) fn new(inner: R, gauge: Gauge, most: u64, longest_record: u64) -> Self {
        Self { inner, gauge, most, longest_record }
    }
}

impl<R: Read> Read for Gauged<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let (all, record) = (self.gauge.all.get() + count as u64, self.gauge.record.get() + count as u64);
        self.gauge.all.set(all);
        self.gauge.record.set(record);
        if all > self.most {
            return Err(io::Error::other(format!("it unpacks to more than {} bytes", self.most)));
        }
        if record > self.longest_record {
            let text = format!(
                "a record of more than {} bytes, perhaps a quote that is not closed",
                self.longest_record
            );
            return Err(io::Error::other(text));
        }
        Ok(count)
    }
}

/// A reader, and the bytes it begins with.
pub(super) fn peeked<'a>(mut reader: impl Read + 'a) -> io::Result<(Vec<u8>, Box<dyn Read + 'a>)> {
    let mut head = Vec::with_capacity(HEAD);
    reader.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    let all = Cursor::new(head.clone()).chain(reader);
    Ok((head, Box::new(all)))
}

/// Unpacks what is packed with gzip, all members of it.
pub(super) fn unpacked<'a>(reader: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let (head, all) = peeked(reader)?;
    if head.starts_with(&[0x1f, 0x8b]) {
        return Ok(Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, all))));
    }
    Ok(all)
}
