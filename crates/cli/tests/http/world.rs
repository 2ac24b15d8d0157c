//! A fresh server before a fresh upstream, for one run of one file.

use std::path::{Path, PathBuf};

use packhouse_testkit::{Dialect, FakeUpstream, Served, Settings};

use crate::uploads::{self, Variables};

/// Where the files lie.
pub(crate) const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/http");

/// How a run is set up.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    /// What the upstream speaks, as the files write it.
    pub(crate) upstream: &'static Speech,
    /// The configuration, a file in [`FOLDER`].
    pub(crate) config: String,
}

/// A kind of upstream.
#[derive(Debug)]
pub(crate) struct Speech {
    pub(crate) name: &'static str,
    dialect: Dialect,
    more: fn(&mut Settings),
}

/// Every kind of upstream that the files name; `tests/http/README.md` says what they are.
pub(crate) static SPEECHES: [Speech; 6] = [
    Speech { name: "json", dialect: Dialect::Json, more: |_| {} },
    Speech { name: "html", dialect: Dialect::Html, more: |_| {} },
    Speech { name: "html-minimal", dialect: Dialect::HtmlMinimal, more: |settings| settings.gzip = true },
    Speech { name: "json-1.0", dialect: Dialect::Json10, more: |settings| settings.relative_urls = true },
    Speech {
        name: "bare",
        dialect: Dialect::HtmlMinimal,
        more: |settings| {
            settings.project_json = false;
            settings.version_json = false;
            settings.metadata_files = false;
            settings.ranges = false;
            settings.validators = false;
            settings.last_serial = false;
        },
    },
    Speech {
        name: "html-alone",
        dialect: Dialect::Html,
        more: |settings| {
            settings.project_json = false;
            settings.version_json = false;
            settings.metadata_files = false;
            settings.ranges = false;
            settings.validators = false;
        },
    },
];

impl Speech {
    pub(crate) fn named(name: &str) -> &'static Self {
        SPEECHES
            .iter()
            .find(|speech| speech.name == name)
            .unwrap_or_else(|| panic!("no upstream is {name:?}"))
    }
}

/// A server and its upstream.
pub(crate) struct World {
    pub(crate) upstream: FakeUpstream,
    pub(crate) packhouse: Served,
    pub(crate) variables: Variables,
    folder: PathBuf,
}

impl World {
    /// Starts both; `name` is unique among the runs.
    pub(crate) fn start(name: &str, setting: &Setting) -> Self {
        let upstream = FakeUpstream::start();
        upstream.speak(setting.upstream.dialect);
        upstream.configure(setting.upstream.more);
        let other = FakeUpstream::start();
        let mut variables = uploads::publish(&upstream);
        variables.set("upstream", &upstream.url());
        // An address where nobody listens: of an upstream that is gone for good.
        variables.set("gone", &other.url());
        drop(other);

        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("http-{name}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder for the run");
        let template = Path::new(FOLDER).join(&setting.config);
        let text = std::fs::read_to_string(&template)
            .unwrap_or_else(|error| panic!("{}: {error}", template.display()));
        let config = folder.join("packhouse.toml");
        std::fs::write(&config, variables.fill(&text)).expect("the configuration can be written");
        let packhouse = Served::program(env!("CARGO_BIN_EXE_packhouse"))
            .data(folder.join("data"))
            .arg("--config")
            .arg(&config)
            // Empty files, eggs and installers that are none: how files go out is asked here, not what is in them.
            .env("PACKHOUSE_POLICY_FINDINGS", "off")
            .args(["--upstream", &upstream.simple_url(), "--log", "debug"])
            .start();
        Self { upstream, packhouse, variables, folder }
    }

    /// What this server sends as `Via` to its upstream.
    pub(crate) fn via(&self) -> String {
        let asked =
            packhouse_testkit::httptest::get(&format!("{}/simple/via-probe/", self.packhouse.url()), &[]);
        assert_eq!(asked.expect("an answer").status, 404);
        let seen = self.upstream.requests_to("/simple/via-probe/");
        let via = seen.first().expect("a request upstream").header("via").to_owned();
        assert!(!via.is_empty(), "requests upstream carry Via");
        via
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}
