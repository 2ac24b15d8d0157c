//! Compressing what goes out: once for each change, never for each request.

use bytes::Bytes;
use packhouse_pypi::negotiate::Encoding;

use crate::error::AppError;

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
        Encoding::Zstd => zstd::bulk::compress(&plain, 3).map(Bytes::from).map_err(failed),
    }
}
