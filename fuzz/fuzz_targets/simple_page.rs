#![no_main]
//! A project page in both forms, and the list of projects: no panic, and nothing is listed under another name.

use libfuzzer_sys::fuzz_target;
use packhouse_model::ProjectName;
use packhouse_pypi::simple::{Limits, parse, parse_list};
use url::Url;

fuzz_target!(|data: &[u8]| {
    let limits = Limits::default();
    let base = Url::parse("https://upstream.invalid/simple/six/").expect("an address");
    let name = ProjectName::from_canonical("six");
    for form in ["application/vnd.pypi.simple.v1+json", "text/html"] {
        if let Ok(page) = parse(form, data, &base, &name, &limits) {
            assert_eq!(page.name, name);
        }
        let _ = parse_list(form, data, &limits);
    }
});
