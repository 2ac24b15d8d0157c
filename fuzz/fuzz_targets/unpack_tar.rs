#![no_main]
//! Whole `.tar.gz` files, packed here so that what is fuzzed is the tar file: no panic, and the limits hold.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;
use packhouse_archive::{ArchiveFormat, UnpackLimits, unpack};

fuzz_target!(|data: &[u8]| {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(data).expect("into memory");
    let packed = encoder.finish().expect("into memory");
    let limits = UnpackLimits { entries: 100, total: 1 << 20, entry: 1 << 18, ..UnpackLimits::default() };
    let mut bytes = 0;
    let _ = unpack(&packed, ArchiveFormat::TarGz, &limits, &mut |entry| bytes += entry.bytes.len() as u64);
    assert!(bytes <= limits.total);
});
