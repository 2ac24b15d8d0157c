#![no_main]
//! `RECORD` of a wheel beside one file: no panic, and a bounded number of problems.

use libfuzzer_sys::fuzz_target;
use packhouse_archive::{RecordCheck, RecordedFile};

fuzz_target!(|data: &[u8]| {
    let mut check = RecordCheck::default();
    for (path, bytes) in [("six.py", &b""[..]), ("six-1.17.0.dist-info/RECORD", data)] {
        // What the hash is of makes no difference to whoever reads the rows.
        check.see(RecordedFile { path, size: bytes.len() as u64, sha256: [0; 32], bytes: Some(bytes) });
    }
    assert!(check.finish().len() <= 100);
});
