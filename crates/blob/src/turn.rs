//! Letting others have a turn.

/// Bytes that a stream may copy before other tasks of its thread go on.
const TURN: usize = 256 * 1024;

/// How many bytes were copied since the last turn of others.
///
/// A client that takes bytes as fast as they are read never makes its connection wait, and a long file would be copied
/// in one go while other connections of the same thread wait. Four clients of a small file beside four of a 10 MB one
/// waited 7.6 ms at the 99th percentile with turns and 9.3 ms without (medians of five rounds that overlap).
#[derive(Debug, Default)]
pub(crate) struct Turn {
    copied: usize,
}

impl Turn {
    /// Waits for the others' turn when it has come, then counts `bytes` that will be copied.
    pub(crate) async fn take(&mut self, bytes: usize) {
        if self.copied >= TURN {
            self.copied = 0;
            tokio::task::yield_now().await;
        }
        self.copied += bytes;
    }
}
