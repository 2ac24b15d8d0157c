#![no_main]
//! A stored index of names: no panic, neither loading nor asking.

use libfuzzer_sys::fuzz_target;
use packhouse_model::ProjectName;
use packhouse_names::{NameIndex, Vocabulary};

fuzz_target!(|data: &[u8]| {
    if let Ok(index) = NameIndex::from_bytes(data, Vocabulary::PYTHON) {
        index.look(&ProjectName::from_canonical("requests"));
    }
});
