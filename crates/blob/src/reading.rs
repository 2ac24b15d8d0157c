//! One read of a file: from memory where it stands, from the disk on a thread for blocking work.

use std::fs::File;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use rustix::io::{Errno, pread};
use tokio::task::JoinHandle;

use crate::cached;
use crate::pool::Buffer;
use crate::reader::CHUNK;

/// Bytes of a file, and whether they had to be waited for.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) bytes: Bytes,
    /// Not all of them were in the page cache: the next ones are likely not to be there either.
    pub(crate) waited: bool,
    /// The page cache could be asked.
    pub(crate) able: bool,
}

/// A read under way: the buffer, and how much of it is filled.
#[derive(Debug)]
pub(crate) struct Reading {
    file: Arc<File>,
    offset: u64,
    buffer: Buffer,
    filled: usize,
    able: bool,
}

impl Reading {
    /// Of as many bytes as the buffer has, from `offset` on. `able` is false when it is known that the page cache cannot be
    /// asked about this file.
    pub(crate) fn new(file: Arc<File>, offset: u64, buffer: Buffer, able: bool) -> Self {
        Self { file, offset, buffer, filled: 0, able }
    }

    /// Copies what is in the page cache here and now, and waits only for what is not. More than a chunk is copied on
    /// another thread as well: it would hold up this one.
    pub(crate) async fn read(mut self) -> io::Result<Read> {
        if self.buffer.as_ref().len() <= CHUNK && self.take_cached() {
            return Ok(self.done(false));
        }
        joined(tokio::task::spawn_blocking(move || self.wait_for_rest())).await
    }

    /// All of it on a thread for blocking work, beginning now.
    pub(crate) fn ahead(mut self) -> JoinHandle<io::Result<Read>> {
        tokio::task::spawn_blocking(move || {
            if self.take_cached() { Ok(self.done(false)) } else { self.wait_for_rest() }
        })
    }

    fn take_cached(&mut self) -> bool {
        let left = &mut self.buffer.as_mut()[self.filled..];
        if self.able && !left.is_empty() {
            match cached::read(&self.file, left, self.offset + self.filled as u64) {
                Some(bytes) => self.filled += bytes,
                None => self.able = false,
            }
        }
        self.filled == self.buffer.as_ref().len()
    }

    /// Fails with [`io::ErrorKind::UnexpectedEof`] on a shorter file: somebody cut it, and a short answer would look like
    /// a whole one.
    fn wait_for_rest(mut self) -> io::Result<Read> {
        while let left @ [_, ..] = &mut self.buffer.as_mut()[self.filled..] {
            match pread(&self.file, left, self.offset + self.filled as u64) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(bytes) => self.filled += bytes,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(self.done(true))
    }

    fn done(self, waited: bool) -> Read {
        Read { bytes: Bytes::from_owner(self.buffer), waited, able: self.able }
    }
}

/// The end of a read that runs on another thread.
pub(crate) async fn joined(reading: JoinHandle<io::Result<Read>>) -> io::Result<Read> {
    reading.await.unwrap_or_else(|error| Err(io::Error::other(error)))
}
