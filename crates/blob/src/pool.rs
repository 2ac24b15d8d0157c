//! Buffers for chunks on their way out, used again once they are sent.

use std::sync::{Mutex, PoisonError};

use crate::reader::CHUNK;

/// Of all streams of the process. Buffers in use are not counted: each open stream has one, or two.
pub(crate) static POOL: Pool = Pool::new(8 * 1024 * 1024 / CHUNK);

/// Buffers of [`CHUNK`] bytes that nobody uses, at most `most` of them. What comes back beyond that is freed.
#[derive(Debug)]
pub(crate) struct Pool {
    idle: Mutex<Vec<Box<[u8]>>>,
    most: usize,
}

/// Memory for one read, `length` bytes of it. Goes back to its pool when dropped.
///
/// It holds what was last read into it, or zeros: whoever turns it into an answer has filled all of it first.
#[derive(Debug)]
pub(crate) struct Buffer {
    memory: Box<[u8]>,
    length: usize,
    pool: Option<&'static Pool>,
}

impl Pool {
    pub(crate) const fn new(most: usize) -> Self {
        Self { idle: Mutex::new(Vec::new()), most }
    }

    /// A buffer of `length` bytes.
    ///
    /// Only reads of more than half a chunk get a pooled one. Behind a slow download many small pieces are on their
    /// way to as many clients at once, and each would hold a whole chunk.
    pub(crate) fn take(&'static self, length: usize) -> Buffer {
        if length > CHUNK || length <= CHUNK / 2 {
            return Buffer::exact(length);
        }
        // The one that came back last: its memory is most likely still in the processor's cache.
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let memory = idle.unwrap_or_else(|| vec![0; CHUNK].into());
        Buffer { memory, length, pool: Some(self) }
    }

    fn give_back(&self, memory: Box<[u8]>) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.most {
            idle.push(memory);
        }
    }

    #[cfg(test)]
    pub(crate) fn idle(&self) -> usize {
        self.idle.lock().unwrap().len()
    }
}

impl Buffer {
    /// A buffer of `length` bytes from the process's pool, for bytes that are soon sent and forgotten.
    pub(crate) fn pooled(length: usize) -> Self {
        POOL.take(length)
    }

    /// A buffer of its own, for bytes that may be kept.
    pub(crate) fn exact(length: usize) -> Self {
        Self { memory: vec![0; length].into(), length, pool: None }
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.memory[..self.length]
    }
}

impl AsMut<[u8]> for Buffer {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.memory[..self.length]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some(pool) = self.pool {
            pool.give_back(std::mem::take(&mut self.memory));
        }
    }
}
