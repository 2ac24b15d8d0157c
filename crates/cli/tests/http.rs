//! What Packhouse answers over HTTP, as the text files under `tests/http/` say it.
//!
//! `tests/http/README.md` explains the files; `packhouse_testkit::httptest` explains their lines.

#[path = "http/scenario.rs"]
mod scenario;
#[path = "http/uploads.rs"]
mod uploads;
#[path = "http/ways.rs"]
mod ways;
#[path = "http/world.rs"]
mod world;

use std::collections::BTreeSet;

/// One test for each file.
macro_rules! files {
    ($($test:ident: $file:literal;)*) => {
        const FILES: &[&str] = &[$($file),*];
        $(
            #[test]
            fn $test() {
                scenario::run($file);
            }
        )*
    };
}

files! {
    bad_input: "bad-input.txt";
    bad_requests: "bad-requests.txt";
    bare_upstream: "bare-upstream.txt";
    changes: "changes.txt";
    encodings: "encodings.txt";
    files_: "files.txt";
    hashes: "hashes.txt";
    indexes: "indexes.txt";
    json_api: "json-api.txt";
    list: "list.txt";
    lockfiles: "lockfiles.txt";
    metadata: "metadata.txt";
    negotiation: "negotiation.txt";
    not_offered: "not-offered.txt";
    pages_html: "pages-html.txt";
    pages_json: "pages-json.txt";
    people: "people.txt";
    probes: "probes.txt";
    provenance: "provenance.txt";
    quarantine: "quarantine.txt";
    ranges: "ranges.txt";
    redirects: "redirects.txt";
    refusals: "refusals.txt";
    refused_projects: "refused-projects.txt";
    stale: "stale.txt";
    status: "status.txt";
    tombstones: "tombstones.txt";
    unknown_fields: "unknown-fields.txt";
    upstream_failing: "upstream-failing.txt";
    validators: "validators.txt";
}

#[test]
fn every_file_is_run() {
    let folder = std::fs::read_dir(world::FOLDER).expect(world::FOLDER);
    let names = folder.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
    let there: BTreeSet<String> = names.filter(|name| name.ends_with(".txt")).collect();
    let run: BTreeSet<String> = FILES.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(there, run);
}
