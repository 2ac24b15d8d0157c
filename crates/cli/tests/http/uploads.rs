//! What the upstream holds in every run, and the names under which the files speak of it.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use packhouse_model::{Sha256, Timestamp};
use packhouse_testkit::{BuiltFile, FakeUpstream, Fault, Lie, Sdist, Upload, Wheel};
use serde_json::json;

/// Values that stand in `{braces}` in the files and the configurations.
#[derive(Debug, Default, Clone)]
pub(crate) struct Variables(Vec<(String, String)>);

impl Variables {
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn list(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    pub(crate) fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }

    /// `<key>_file`, `_sha`, `_size`, `_path` (on our server), and for what has metadata `_metadata_sha` and `_metadata_size`.
    fn of(&mut self, key: &str, file: &BuiltFile) {
        let set = |this: &mut Self, what: &str, value: &str| this.set(&format!("{key}_{what}"), value);
        set(self, "file", &file.filename);
        set(self, "sha", &file.sha256.hex());
        set(self, "size", &file.bytes.len().to_string());
        set(self, "path", &format!("/files/{}/{}", file.sha256, file.filename.replace('+', "%2B")));
        if !file.metadata.is_empty() {
            set(self, "metadata_sha", &Sha256::of(&file.metadata).hex());
            set(self, "metadata_size", &file.metadata.len().to_string());
        }
    }
}

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// So long before now.
fn ago(age: Duration) -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock after 1970");
    Timestamp::from_micros(since.saturating_sub(age).as_micros().try_into().expect("a clock before 9999"))
}

/// The files, built once for all runs.
static SHELF: LazyLock<Shelf> = LazyLock::new(|| {
    let mut shelf = Shelf { uploads: Vec::new(), variables: Variables::default(), fresh: ago(3 * HOUR) };
    shelf.variables.set("fresh_time", &shelf.fresh.to_string());
    shelf.variables.set("fresh_ends", &shelf.fresh.plus(7 * DAY).minute());
    shelf.variables.set("newborn_ends", &shelf.fresh.plus(30 * DAY).minute());
    shelf.six();
    shelf.kinds_of_files();
    shelf.projects_under_rules();
    shelf.sizes();
    shelf
});

/// Publishes everything.
pub(crate) fn publish(upstream: &FakeUpstream) -> Variables {
    for upload in &SHELF.uploads {
        upstream.publish(upload.clone());
    }
    upstream.set_field("six", "x-page", json!(["kept", { "n": 1 }]));
    upstream.set_field("six", "alternate-locations", json!([upstream.simple_url()]));
    upstream.set_field("six", "tracks", json!([upstream.simple_url()]));
    upstream.set_info("six", "summary", json!("Python 2 and 3"));
    let signature = BuiltFile::raw("six", "1.17.0", "six.asc", &b"-----BEGIN PGP SIGNATURE-----\n"[..]).bytes;
    let signature = Fault::Answer("application/octet-stream", signature);
    upstream.fail("*/six-1.17.0-py2.py3-none-any.whl.asc", signature);
    for path in ["/simple/nohash/", "/pypi/nohash/json"] {
        upstream.fail(path, Lie::NoHash);
    }
    // On pages that say so, a version without a file.
    upstream.set_field("gap", "versions", json!(["0.9", "1.0"]));
    upstream.set_status("archived", "archived", Some("no longer maintained"));
    upstream.set_status("deprecated", "deprecated", None);
    upstream.set_status("quarantined", "quarantined", Some("malware \u{201c}found\u{201d}"));
    SHELF.variables.clone()
}

struct Shelf {
    uploads: Vec<Upload>,
    variables: Variables,
    /// When everything fresh was uploaded: three hours ago, under every cooldown.
    fresh: Timestamp,
}

impl Shelf {
    /// Adds a file, uploaded on 2020-01-01 unless `more` says otherwise.
    fn put(&mut self, key: &str, file: BuiltFile, more: impl FnOnce(Upload) -> Upload) {
        self.variables.of(key, &file);
        self.uploads.push(more(Upload::of(file)));
    }

    fn put_fresh(&mut self, key: &str, file: BuiltFile) {
        let fresh = self.fresh.to_string();
        self.put(key, file, |upload| upload.at(&fresh));
    }

    /// The project that most files speak of: plain, yanked with and without a reason, too young, and sdists.
    fn six(&mut self) {
        let wheel = |version: &str| Wheel::named("six").version(version).module("six.py", "answer = 42\n");
        let six = wheel("1.17.0")
            .tag("py2.py3-none-any")
            .requires_python(">=2.7, !=3.0.*")
            .requires("attrs>=20 ; extra == 'x'")
            .header("Summary", "Python 2 and 3 <compatibility>")
            .description("Six\n===\n\u{e9}\n");
        let attestations = json!({ "version": 1, "attestation_bundles": [{ "publisher": { "kind": "Test" }, "attestations": [] }] });
        self.variables.set("six_provenance_sha", &Sha256::of(attestations.to_string().as_bytes()).hex());
        self.put("six", six.build(), |upload| {
            upload
                .at("2024-12-04T17:35:28.871770Z")
                .provenance(attestations)
                .field("gpg-sig", json!(true))
                .field("x-unknown", json!({ "deep": [1, 2.5, null, { "a": "\u{e9}<" }] }))
                .field("_upstream-private", json!("kept"))
        });
        let sdist = Sdist::named("six").version("1.17.0").requires_python(">=2.7, !=3.0.*");
        self.put("six_sdist", sdist.build(), |upload| upload.at("2024-12-04T17:35:26Z"));
        self.put("six_yanked", wheel("1.16.0").build(), |upload| {
            upload.at("2021-05-05T14:18:17.237245Z").yanked("broken on 3.12: <b> & \"quotes\"")
        });
        self.put("six_silent", wheel("1.15.0").build(), |upload| {
            upload.at("2020-05-21T15:25:07Z").yanked("")
        });
        self.put_fresh("six_fresh", wheel("1.18.0").build());
        self.put_fresh("six_fresh_sdist", Sdist::named("six").version("1.18.0").build());
    }

    fn kinds_of_files(&mut self) {
        let plain = |upload| upload;
        self.put("dotted", Wheel::named("Zope.Interface_x").version("5.0").build(), plain);
        self.put("local", Wheel::named("torchy").version("2.0+cu118").build(), plain);
        self.put("epoch", Wheel::named("epochy").version("1!2.0").build(), plain);
        self.put("egg", BuiltFile::raw("legacy", "0.6", "legacy-0.6-py2.7.egg", &b"egg"[..]), plain);
        self.put("exe", BuiltFile::raw("legacy", "0.6", "legacy-0.6.win32-py2.7.exe", &b"MZ"[..]), plain);
        self.put("legacy", Sdist::named("legacy").version("0.6").build(), plain);
        self.put("plain", Wheel::named("plain").build(), Upload::without_metadata);
        self.put(
            "broken",
            BuiltFile::raw("broken", "1.0", "broken-1.0-py3-none-any.whl", &b"no zip"[..]),
            plain,
        );
        self.put("undated", Wheel::named("undated").build(), Upload::unknown_age);
        self.put("nohash", Wheel::named("nohash").build(), plain);
        self.put("gap", Wheel::named("gap").build(), plain);
    }

    /// What the configurations name.
    fn projects_under_rules(&mut self) {
        let wheel = |name: &str, version: &str| Wheel::named(name).version(version).build();
        let plain = |upload| upload;
        for name in ["denied", "acme-core", "ours", "archived", "deprecated", "quarantined"] {
            self.put(name.split('-').next().unwrap_or(name), wheel(name, "1.0"), plain);
        }
        self.put("picky", wheel("picky", "1.0"), plain);
        self.put("picky_bad", wheel("picky", "1.1"), plain);
        self.put("bytes", wheel("bytes-denied", "1.0"), plain);
        self.put_fresh("excused", wheel("excused", "1.0"));
        self.put_fresh("lapsed", wheel("lapsed", "1.0"));
        self.put_fresh("newborn", wheel("newborn", "1.0"));
        self.put("steps", wheel("steps", "1.0"), plain);
        self.put("steps_pre", wheel("steps", "2.0b1"), plain);
        self.put_fresh("steps_next", wheel("steps", "1.1"));
        let fresh = self.fresh.to_string();
        self.put("steps_yanked", wheel("steps", "1.2"), |upload| upload.at(&fresh).yanked("it is broken"));
    }

    fn sizes(&mut self) {
        let plain = |upload| upload;
        self.put("empty", BuiltFile::raw("empty", "1.0", "empty-1.0.tar.gz", &b""[..]), plain);
        // Kept in memory, read from the disk, and streamed while it is fetched.
        self.put("middle", Wheel::named("middle").padding(600_000).build(), plain);
        self.put("big", Wheel::named("big").padding(1_500_000).build(), plain);
    }
}
