//! Compressing what goes out: once for each change, never for each request.

use bytes::Bytes;
use packhouse_pypi::negotiate::Encoding;

use crate::error::AppError;

/// Of zstd, for pages: half of their bytes are hashes. Level 1 takes half the time of level 3, and makes them smaller
/// (16.4 kB against 17.2 for requests, 277 against 310 for numpy).
pub(crate) const PAGE_LEVEL: i32 = 1;

/// The bytes in the encoding that was negotiated.
pub(crate) fn compress(plain: Vec<u8>, encoding: Encoding) -> Result<Bytes, AppError> {
    let failed = |error| AppError::internal("a page could not be compressed", error);
    match encoding {
        Encoding::Identity => Ok(plain.into()),
        Encoding::Gzip => {
            use std::io::Write as _;
            let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
            writer.write_all(&plain).map_err(failed)?;
            writer.finish().map(Bytes::from).map_err(failed)
        }
        Encoding::Zstd => zstd::bulk::compress(&plain, PAGE_LEVEL).map(Bytes::from).map_err(failed),
    }
}
