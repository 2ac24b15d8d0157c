use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::Response;
use tokio::time::{Instant, timeout_at};

use crate::attempt::reason;
use crate::{Failure, Waiting};

/// How long a body may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// Between two chunks.
    pub(crate) idle: Duration,
    /// For the whole, with the limit it comes from; files have none.
    pub(crate) whole: Option<(Instant, Duration)>,
}

impl Patience {
    /// The next bytes; `None` at the end.
    pub(crate) async fn chunk(&self, response: &mut Response) -> Result<Option<Bytes>, Failure> {
        let idle =
            (Instant::now() + self.idle, Failure::Timeout { waiting: Waiting::Bytes, limit: self.idle });
        let (until, late) = match self.whole {
            Some((deadline, limit)) if deadline < idle.0 => {
                (deadline, Failure::Timeout { waiting: Waiting::Whole, limit })
            }
            _ => idle,
        };
        match timeout_at(until, response.chunk()).await {
            Err(_) => Err(late),
            Ok(Ok(chunk)) => Ok(chunk),
            Ok(Err(error)) => Err(body_failure(error)),
        }
    }
}

/// Reads a whole body of at most `limit` decoded bytes.
pub(crate) async fn collect(
    mut response: Response,
    limit: u64,
    patience: Patience,
) -> Result<Bytes, Failure> {
    // With an encoding there is no length here: the limit then counts what comes out of it.
    let promised = response.content_length();
    if promised.is_some_and(|length| length > limit) {
        return Err(Failure::TooLarge { limit });
    }
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(chunk) = patience.chunk(&mut response).await? {
        if (first.len() + all.len() + chunk.len()) as u64 > limit {
            return Err(Failure::TooLarge { limit });
        }
        if first.is_empty() && all.is_empty() {
            first = chunk;
            continue;
        }
        if !first.is_empty() {
            all.extend_from_slice(&std::mem::take(&mut first));
        }
        all.extend_from_slice(&chunk);
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}

/// A body that broke. Garbage in a compressed one is not a broken connection: asking again would not help.
pub(crate) fn body_failure(error: reqwest::Error) -> Failure {
    let broke = broke_off(&error);
    let reason = reason(error);
    if broke { Failure::Truncated { reason } } else { Failure::BadReply { reason } }
}

/// Whether the network is in the chain of causes, or a compressed stream that ends too early.
fn broke_off(error: &(dyn std::error::Error + 'static)) -> bool {
    if error.is::<hyper::Error>() {
        return true;
    }
    if let Some(io) = error.downcast_ref::<io::Error>() {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
        // An error inside an `io::Error` is not its source, but stands in front of it.
        let inside = io.get_ref().is_some_and(|inner| broke_off(inner));
        return inside
            || matches!(io.kind(), UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe);
    }
    error.source().is_some_and(broke_off)
}
