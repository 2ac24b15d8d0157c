#![no_main]
//! A data set of the plan, of whatever format: no panic.

use libfuzzer_sys::fuzz_target;
use packhouse_model::Timestamp;
use packhouse_plan::import::{Hints, Limits, import};

fuzz_target!(|data: &[u8]| {
    let now: Timestamp = "2026-11-22T00:00:00Z".parse().expect("a time");
    let _ = import(&mut &*data, Hints::none(now), Limits::default(), &mut |_| {});
});
