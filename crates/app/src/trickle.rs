//! The last bytes of a file wait until they may go out; until then a few of them at a time tell the client that there is
//! somebody.

use std::io;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use packhouse_blob::ByteStream;

/// How long a client may hear nothing: pip gives up after 15 seconds.
pub(crate) const EVERY: Duration = Duration::from_secs(5);
/// Bytes that it then gets.
const STEP: u64 = 512;
/// Bytes that no client has before the word: no archive is whole without its end.
const KEPT: u64 = 16 * 1024;

/// The bytes from `start` to `size`: all at once when `opened` says so, an error when it says that, and until then
/// [`STEP`] of them in each time of `every`, but for the last [`KEPT`]. `read` gives the bytes between two places as they are there.
pub(crate) fn trickle<Opened>(
    read: impl Fn(u64, u64) -> ByteStream + Send + 'static,
    start: u64,
    size: u64,
    every: Duration,
    opened: Opened,
) -> ByteStream
where
    Opened: Future<Output = io::Result<()>> + Send + 'static,
{
    let state = Some((Box::pin(opened), read, start));
    let parts = futures_util::stream::try_unfold(state, move |state| async move {
        let Some((mut opened, read, at)) = state else { return Ok(None) };
        let next = at + STEP;
        let word = if next + KEPT <= size {
            tokio::time::timeout(every, &mut opened).await.ok()
        } else {
            Some((&mut opened).await)
        };
        match word {
            Some(word) => word.map(|()| Some((read(at, size), None))),
            None => Ok(Some((read(at, next), Some((opened, read, next))))),
        }
    });
    parts.try_flatten().boxed()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tokio::sync::oneshot;

    use super::*;

    const SIZE: u64 = 64 * 1024;

    fn zeros(from: u64, to: u64) -> ByteStream {
        let bytes = Bytes::from(vec![0; usize::try_from(to - from).unwrap()]);
        futures_util::stream::iter([Ok(bytes)]).boxed()
    }

    fn waiting() -> (oneshot::Sender<io::Result<()>>, ByteStream) {
        let (tell, word) = oneshot::channel();
        let opened = async { word.await.unwrap_or_else(|_| Err(io::Error::other("nobody is there"))) };
        (tell, trickle(zeros, 0, SIZE, Duration::from_millis(1), opened))
    }

    async fn next(stream: &mut ByteStream) -> u64 {
        stream.next().await.unwrap().unwrap().len() as u64
    }

    #[tokio::test]
    async fn says_something_while_it_waits_and_all_when_it_may() {
        let (tell, mut stream) = waiting();
        assert_eq!((next(&mut stream).await, next(&mut stream).await), (STEP, STEP));
        tell.send(Ok(())).unwrap();
        assert_eq!(next(&mut stream).await, SIZE - 2 * STEP);
        assert!(stream.next().await.is_none());
    }

    #[tokio::test]
    async fn the_end_goes_out_after_the_word_alone() {
        let (tell, mut stream) = waiting();
        for _ in 0..(SIZE - KEPT) / STEP {
            assert_eq!(next(&mut stream).await, STEP);
        }
        // The next thing that comes is the word.
        assert!(futures_util::poll!(stream.next()).is_pending());
        tell.send(Err(io::Error::other("refused"))).unwrap();
        assert!(stream.next().await.unwrap().is_err());
        assert!(stream.next().await.is_none());
    }

    #[tokio::test]
    async fn who_may_at_once_gets_all_at_once() {
        let mut stream = trickle(zeros, 0, SIZE, EVERY, async { Ok(()) });
        assert_eq!(next(&mut stream).await, SIZE);
    }
}
