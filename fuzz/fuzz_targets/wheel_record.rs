#![no_main]
//! `RECORD` of a wheel beside one file: no panic, and a bounded number of problems.

use libfuzzer_sys::fuzz_target;
use packhouse_archive::{Entry, EntryKind, RecordCheck};

fuzz_target!(|data: &[u8]| {
    let mut check = RecordCheck::default();
    for (path, bytes) in [("six.py", &b""[..]), ("six-1.17.0.dist-info/RECORD", data)] {
        check.see(&Entry { path, kind: EntryKind::File, executable: false, bytes, all: None });
    }
    assert!(check.finish().len() <= 100);
});
