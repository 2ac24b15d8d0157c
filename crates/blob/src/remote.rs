//! Reading from an object store: what arrives is counted, and a whole file compared with its hash.
//!
//! On a folder the bytes were synced to a disk of this machine; here they come over a network from somebody else's.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, stream};
use object_store::path::Path;
use object_store::{GetOptions, ObjectStore};
use packhouse_model::Sha256;
use sha2::Digest as _;

use crate::BlobError;
use crate::reader::ByteStream;

/// A blob in an object store.
#[derive(Debug, Clone)]
pub(crate) struct Remote {
    pub(crate) objects: Arc<dyn ObjectStore>,
    pub(crate) path: Path,
    pub(crate) sha: Sha256,
    pub(crate) size: u64,
}

impl Remote {
    /// Asks for `range`, which lies within the blob. When it returns, the store has the object in the size that it was
    /// stored with, and its first bytes are on their way.
    pub(crate) async fn open(self, range: Range<u64>) -> Result<Arriving, BlobError> {
        let whole = range == (0..self.size);
        let left = range.end - range.start;
        let hasher = whole.then(sha2::Sha256::new);
        if left == 0 {
            // Stores refuse ranges of nothing.
            return Ok(Arriving { from: stream::empty().boxed(), remote: self, left, hasher });
        }
        // A whole file without a range: a store that knows none can still serve it.
        let options = GetOptions::new().with_range((!whole).then_some(range));
        let got = match self.objects.get_opts(&self.path, options).await {
            Err(object_store::Error::NotFound { .. }) => return Err(BlobError::Gone { sha: self.sha }),
            got => got.map_err(|source| BlobError::objects("read", &self.path, source))?,
        };
        if got.meta.size != self.size {
            return Err(self.damaged(format!("{} bytes instead of {}", got.meta.size, self.size)));
        }
        Ok(Arriving { from: got.into_stream(), remote: self, left, hasher })
    }

    fn damaged(&self, found: String) -> BlobError {
        BlobError::Damaged { key: self.path.to_string(), found }
    }
}

/// Bytes on their way from an object store.
pub(crate) struct Arriving {
    from: BoxStream<'static, object_store::Result<Bytes>>,
    remote: Remote,
    left: u64,
    /// Of a whole file: a part cannot be checked.
    hasher: Option<sha2::Sha256>,
}

impl Arriving {
    /// The next bytes; `None` after the last. The last ones of a whole file come only when its hash is right, so nobody
    /// ever has a complete wrong file.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, BlobError> {
        if self.left == 0 {
            return Ok(None);
        }
        let bytes = match self.from.next().await {
            Some(Ok(bytes)) => bytes,
            Some(Err(source)) => return Err(BlobError::objects("read", &self.remote.path, source)),
            None => return Err(self.remote.damaged(format!("{} bytes too few", self.left))),
        };
        let more = bytes.len() as u64;
        self.left = self
            .left
            .checked_sub(more)
            .ok_or_else(|| self.remote.damaged("more bytes than were asked for".to_owned()))?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&bytes);
        }
        if self.left == 0
            && let Some(hasher) = self.hasher.take()
        {
            let found = Sha256::from_bytes(hasher.finalize().into());
            if found != self.remote.sha {
                return Err(self.remote.damaged(format!("bytes with sha256 {found}")));
            }
        }
        Ok(Some(bytes))
    }

    /// All of it in memory. The size was compared with a limit before.
    pub(crate) async fn collect(mut self) -> Result<Bytes, BlobError> {
        let mut all = Vec::with_capacity(self.left as usize);
        while let Some(bytes) = self.next().await? {
            all.extend_from_slice(&bytes);
        }
        Ok(all.into())
    }

    /// As a stream, which ends after an error.
    pub(crate) fn stream(self) -> ByteStream {
        stream::unfold(Some(self), |arriving| async move {
            let mut arriving = arriving?;
            match arriving.next().await {
                Ok(bytes) => bytes.map(|bytes| (Ok(bytes), Some(arriving))),
                Err(error) => Some((Err(io::Error::other(error)), None)),
            }
        })
        .boxed()
    }
}
