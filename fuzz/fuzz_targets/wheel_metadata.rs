#![no_main]
//! `METADATA` of a wheel: no panic.

use libfuzzer_sys::fuzz_target;
use packhouse_archive::metadata_of;

fuzz_target!(|data: &[u8]| {
    let _ = metadata_of(data, "six-1.17.0-py2.py3-none-any.whl");
});
