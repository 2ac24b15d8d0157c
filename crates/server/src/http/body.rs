use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::StreamExt as _;
use http_body::{Body, Frame, SizeHint};

/// A body as it goes out: whole, or as it is read.
///
/// An enum rather than a box: the warm way sends whole ones only and should not pay for the others.
pub(crate) enum EdgeBody {
    /// In memory.
    Whole(Option<Bytes>),
    /// As it is read; with its size when that is known, so that a body cut short is seen by the client.
    Stream(Pin<Box<dyn futures_util::Stream<Item = io::Result<Bytes>> + Send>>, Option<u64>),
    /// What the router made.
    Routed(axum::body::Body),
}

impl EdgeBody {
    /// Nothing.
    pub(crate) fn empty() -> Self {
        Self::Whole(None)
    }

    /// A stream of `size` bytes, if that is known.
    pub(crate) fn stream(
        stream: impl futures_util::Stream<Item = io::Result<Bytes>> + Send + 'static,
        size: Option<u64>,
    ) -> Self {
        Self::Stream(Box::pin(stream), size)
    }

    /// As the router wants it.
    pub(crate) fn into_axum(self) -> axum::body::Body {
        match self {
            Self::Routed(body) => body,
            Self::Whole(None) => axum::body::Body::empty(),
            Self::Whole(Some(bytes)) => bytes.into(),
            Self::Stream(stream, size) => axum::body::Body::new(Self::Stream(stream, size)),
        }
    }
}

impl From<Bytes> for EdgeBody {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(Some(bytes))
    }
}

impl Body for EdgeBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Stream(stream, left) => {
                let next = std::task::ready!(stream.poll_next_unpin(context));
                if let (Some(Ok(bytes)), Some(left)) = (&next, left.as_mut()) {
                    *left = left.saturating_sub(bytes.len() as u64);
                }
                Poll::Ready(next.map(|chunk| chunk.map(Frame::data).map_err(axum::Error::new)))
            }
            Self::Routed(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Stream(_, Some(left)) => SizeHint::with_exact(*left),
            Self::Stream(_, None) => SizeHint::default(),
            Self::Routed(body) => body.size_hint(),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_none(),
            Self::Stream(..) => false,
            Self::Routed(body) => body.is_end_stream(),
        }
    }
}
