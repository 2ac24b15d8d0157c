use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use packhouse_model::Sha256;
use rustix::buffer::spare_capacity;
use rustix::io::{Errno, pread};
use tokio::task::JoinHandle;

use crate::BlobError;
use crate::pool::Buffer;
use crate::reading::{Read, Reading, joined};
use crate::remote::{Arriving, Remote};
use crate::turn::Turn;

/// One read. A stream holds one, or two when they come from the disk: one being sent, one being read.
///
/// Measured with 10 MB files and 32 connections: 64 KiB costs a tenth more CPU, 256 KiB as much and twice the memory.
pub(crate) const CHUNK: usize = 128 * 1024;

/// Bytes of a file in order, in chunks of at most 128 KiB (from a folder).
pub type ByteStream = BoxStream<'static, io::Result<Bytes>>;

/// An open blob.
#[derive(Debug, Clone)]
pub struct BlobReader {
    sha: Sha256,
    size: u64,
    source: Source,
}

#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// An open file: stays readable when the blob is deleted.
    File(Arc<File>),
    /// Asked again for every read.
    Objects(Remote),
}

impl BlobReader {
    pub(crate) fn new(sha: Sha256, size: u64, source: Source) -> Self {
        Self { sha, size, source }
    }

    /// Which blob this is.
    pub fn sha(&self) -> Sha256 {
        self.sha
    }

    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The whole blob in memory; [`BlobError::TooLarge`] when it has more than `limit` bytes.
    pub async fn read_all(&self, limit: u64) -> Result<Bytes, BlobError> {
        if self.size > limit {
            return Err(BlobError::TooLarge { sha: self.sha, size: self.size, limit });
        }
        match &self.source {
            Source::File(file) => {
                let (file, length) = (Arc::clone(file), self.size as usize);
                Reading::new(file, 0, Buffer::exact(length), true)
                    .read()
                    .await
                    .map(|read| read.bytes)
                    .map_err(|source| BlobError::local("read", self.sha.hex().as_ref(), source))
            }
            Source::Objects(remote) => remote.clone().open(0..self.size).await?.collect().await,
        }
    }

    /// The bytes of `range`, which must lie within the blob: otherwise the stream's one item is an
    /// [`io::ErrorKind::InvalidInput`].
    ///
    /// From a folder, a chunk that the page cache has is copied when the stream is asked for it; when one had to come
    /// from the disk, the next is read while that one is being sent. From an object store, the last bytes of a whole
    /// file come only when its hash is right; a part cannot be checked. The stream outlives the reader.
    pub fn stream(&self, range: Range<u64>) -> ByteStream {
        if range.start > range.end || range.end > self.size {
            let error = io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("bytes {}..{} of a file of {}", range.start, range.end, self.size),
            );
            return stream::iter([Err(error)]).boxed();
        }
        match &self.source {
            _ if range.is_empty() => stream::empty().boxed(),
            Source::File(file) => {
                let file = Arc::clone(file);
                let ahead = ReadAhead { file, left: range, reading: None, able: true, turn: Turn::default() };
                stream::unfold(ahead, ReadAhead::step).boxed()
            }
            Source::Objects(remote) => {
                let remote = remote.clone();
                let begin =
                    async move { remote.open(range).await.map(Arriving::stream).map_err(io::Error::other) };
                stream::once(begin).try_flatten().boxed()
            }
        }
    }

    /// As [`BlobReader::stream`], but an object store has said by then that it has the bytes: otherwise
    /// [`BlobError::Gone`] or another error, while there is still time for an answer of its own.
    pub async fn open(&self, range: Range<u64>) -> Result<ByteStream, BlobError> {
        match &self.source {
            Source::Objects(remote) if range.start <= range.end && range.end <= self.size => {
                Ok(remote.clone().open(range).await?.stream())
            }
            _ => Ok(self.stream(range)),
        }
    }
}

/// Reads chunk after chunk: here while the page cache has them, one ahead on another thread while it has not.
struct ReadAhead {
    file: Arc<File>,
    left: Range<u64>,
    reading: Option<JoinHandle<io::Result<Read>>>,
    able: bool,
    turn: Turn,
}

impl ReadAhead {
    fn next(&mut self) -> Option<Reading> {
        let (offset, length) = (self.left.start, (self.left.end - self.left.start).min(CHUNK as u64));
        self.left.start += length;
        let reading =
            || Reading::new(Arc::clone(&self.file), offset, Buffer::pooled(length as usize), self.able);
        (length > 0).then(reading)
    }

    async fn step(mut self) -> Option<(io::Result<Bytes>, Self)> {
        let read = match self.reading.take() {
            Some(reading) => joined(reading).await,
            None => {
                let reading = self.next()?;
                self.turn.take(CHUNK).await;
                reading.read().await
            }
        };
        match read {
            Ok(read) => {
                self.able = read.able;
                if read.waited {
                    self.reading = self.next().map(Reading::ahead);
                }
                Some((Ok(read.bytes), self))
            }
            Err(error) => {
                self.left.start = self.left.end;
                Some((Err(error), self))
            }
        }
    }
}

/// Reads exactly `length` bytes at `offset`, which does not move the file's own position.
///
/// Fails with [`io::ErrorKind::UnexpectedEof`] on a shorter file: somebody cut it, and a short answer would
/// look like a whole one.
pub(crate) fn read_exact_at(file: &File, offset: u64, length: usize) -> io::Result<Bytes> {
    let mut buffer = Vec::with_capacity(length);
    while buffer.len() < length {
        let at = offset + buffer.len() as u64;
        match pread(file, spare_capacity(&mut buffer), at) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    buffer.truncate(length);
    Ok(buffer.into())
}

/// Runs file work where it may block.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}
