#![no_main]
//! A lockfile of each tool: no panic.

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for name in ["requirements.txt", "uv.lock", "poetry.lock", "pdm.lock", "pylock.toml"] {
        let _ = packhouse_pypi::lock::read(name, text);
    }
});
