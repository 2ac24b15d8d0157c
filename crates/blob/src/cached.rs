//! Reading what the page cache has, without waiting for a disk.

use std::fs::File;

/// Reads at `offset` what the page cache has, and says how many bytes that is: `preadv2(2)` with `RWF_NOWAIT`.
///
/// Fewer than asked for, and none, says nothing about the file's end. `None` when the file cannot be read so: its file
/// system, the kernel or the platform has no such reads, or the read failed. A read that waits meets the
/// same failure and says which.
#[cfg(target_os = "linux")]
pub(crate) fn read(file: &File, buffer: &mut [u8], offset: u64) -> Option<usize> {
    use std::io::IoSliceMut;

    use rustix::io::{Errno, ReadWriteFlags, preadv2};

    loop {
        return match preadv2(file, &mut [IoSliceMut::new(buffer)], offset, ReadWriteFlags::NOWAIT) {
            Ok(bytes) => Some(bytes),
            Err(Errno::AGAIN) => Some(0),
            Err(Errno::INTR) => continue,
            Err(_) => None,
        };
    }
}

/// No other platform has such reads.
#[cfg(not(target_os = "linux"))]
pub(crate) fn read(_: &File, _: &mut [u8], _: u64) -> Option<usize> {
    None
}
