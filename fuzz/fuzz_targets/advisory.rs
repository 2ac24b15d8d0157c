#![no_main]
//! An OSV record, and what it says of a version: no panic.

use libfuzzer_sys::fuzz_target;
use packhouse_advisory::{Database, Ecosystem};

fuzz_target!(|data: &[u8]| {
    let mut database = Database::default();
    database.read_json("fuzz.json", data);
    let parts: Vec<_> = database.records().flat_map(|record| record.affected.clone()).collect();
    for part in parts {
        for version in ["1.0", "0", "2.0rc1", "x"] {
            database.affected(&part.ecosystem, &part.project, version);
            database.fixes(&Ecosystem::PYPI, &part.project, version);
        }
    }
});
