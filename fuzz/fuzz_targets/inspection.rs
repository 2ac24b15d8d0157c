#![no_main]
//! The same bytes as a module, a pickle, a native library, a hook at start and a script of another language: no panic. That one
//! stage gave up is a finding.

use libfuzzer_sys::fuzz_target;
use packhouse_inspect::{Baseline, Contents, Rules, inspect};

fuzz_target!(|data: &[u8]| {
    let paths = ["six.py", "setup.py", "model.pkl", "six.so", "six.pth", "six.js", "six-1.0.dist-info/METADATA"];
    let contents = Contents::from_files(paths.map(|path| (path, data)));
    let empty = Contents::from_files([("six.py", &b""[..])]);
    let _ = inspect(&contents, &[(Baseline::PreviousRelease, &empty)], &Rules::default());
});
