use std::fs::File;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tokio::sync::watch;

use crate::pool::Buffer;
use crate::reader::{ByteStream, CHUNK};
use crate::reading::Reading;
use crate::turn::Turn;

/// How far a staged file has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that can be read, counted from the file's beginning.
    pub written: u64,
    /// Whether more will come, and whether the bytes are proved right.
    pub state: StageState,
}

/// The life of a staged file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageState {
    /// Bytes are still arriving; those written are not proved to be right.
    Writing,
    /// All bytes are there and have the promised hash; they are being made durable.
    Verified,
    /// The blob is stored.
    Stored,
    /// Given up, failed, or the hash was wrong: what was written must not be taken for the file.
    Failed,
}

/// A reader that runs behind the writer of a staged file. Cheap to clone.
///
/// It holds the open file, so it goes on after the file was renamed into place or removed. What it reads while the state is
/// [`StageState::Writing`] is not verified: whoever passes it on holds the last bytes back, as
/// [`Follower::stream`] does.
#[derive(Debug, Clone)]
pub struct Follower {
    pub(crate) file: Arc<File>,
    pub(crate) progress: watch::Receiver<Progress>,
}

impl Follower {
    /// How far the writer is now.
    pub fn progress(&self) -> Progress {
        *self.progress.borrow()
    }

    /// Waits until `enough` says so, or until nothing will change any more; returns the progress then.
    pub async fn wait_for(&mut self, mut enough: impl FnMut(Progress) -> bool) -> Progress {
        let done = |progress: &Progress| {
            enough(*progress) || matches!(progress.state, StageState::Stored | StageState::Failed)
        };
        // An error means that the writer is gone; its last word stands.
        let seen = self.progress.wait_for(done).await.map(|progress| *progress);
        seen.unwrap_or_else(|_| self.progress())
    }

    /// Reads `length` bytes at `offset`, all of them written already; more is an
    /// [`io::ErrorKind::UnexpectedEof`].
    pub async fn read(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        let end = offset.checked_add(length as u64);
        if end.is_none_or(|end| end > self.progress().written) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let buffer = Buffer::pooled(length);
        Reading::new(Arc::clone(&self.file), offset, buffer, true).read().await.map(|read| read.bytes)
    }

    /// The file from `start` to `end` (to its end without one), as it is written.
    ///
    /// Until the hash has been found right, the last `held_back` bytes of what was written are kept: no reader gets
    /// a complete wrong file. A file that fails ends the stream with an error, as does one that turns out
    /// shorter than `end`.
    pub fn stream(self, start: u64, end: Option<u64>, held_back: u64) -> ByteStream {
        let following = Following { follower: self, at: start, able: true, turn: Turn::default() };
        stream::unfold(Some(following), move |state| async move {
            let mut following = state?;
            match following.next(end.unwrap_or(u64::MAX), held_back).await {
                Ok(Some(bytes)) => Some((Ok(bytes), Some(following))),
                Ok(None) if end.is_some_and(|end| following.at < end) => Some((
                    Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file is shorter than promised")),
                    None,
                )),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
        .boxed()
    }
}

/// A stream behind a writer, and what it has come to.
struct Following {
    follower: Follower,
    at: u64,
    able: bool,
    turn: Turn,
}

impl Following {
    async fn next(&mut self, end: u64, held_back: u64) -> io::Result<Option<Bytes>> {
        if self.at >= end {
            return Ok(None);
        }
        let ready = |progress: Progress| match progress.state {
            StageState::Writing => progress.written.saturating_sub(held_back).min(end),
            _ => progress.written.min(end),
        };
        let at = self.at;
        let enough = |progress: Progress| progress.state != StageState::Writing || ready(progress) > at;
        let progress = self.follower.wait_for(enough).await;
        if matches!(progress.state, StageState::Failed) {
            return Err(io::Error::other("the file did not arrive whole and right"));
        }
        let length = ready(progress).saturating_sub(at).min(CHUNK as u64) as usize;
        if length == 0 {
            return Ok(None);
        }
        self.turn.take(length).await;
        let file = Arc::clone(&self.follower.file);
        let read = Reading::new(file, at, Buffer::pooled(length), self.able).read().await?;
        self.able = read.able;
        self.at += length as u64;
        Ok(Some(read.bytes))
    }
}
