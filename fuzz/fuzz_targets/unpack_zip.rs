#![no_main]
//! Whole zip files: no panic, and the limits hold.

use libfuzzer_sys::fuzz_target;
use packhouse_archive::{ArchiveFormat, UnpackLimits, unpack};

fuzz_target!(|data: &[u8]| {
    let limits = UnpackLimits { entries: 100, total: 1 << 20, entry: 1 << 18, ..UnpackLimits::default() };
    let mut bytes = 0;
    let _ = unpack(data, ArchiveFormat::Zip, &limits, &mut |entry| bytes += entry.bytes.len() as u64);
    assert!(bytes <= limits.total);
});
