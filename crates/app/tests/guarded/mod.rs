//! An index in front of a fake upstream, on a day that passes only when a test says so.

use std::sync::Arc;

use packhouse_app::config::Config;
use packhouse_app::{FileKey, ManualClock, Packhouse};
use packhouse_model::Timestamp;
use packhouse_testkit::{BuiltFile, FakeUpstream, Upload, Wheel};
use tempfile::TempDir;

/// When every world begins.
const NOW: &str = "2026-06-01T00:00:00Z";

pub(crate) struct World {
    folder: TempDir,
    pub(crate) upstream: FakeUpstream,
    pub(crate) clock: Arc<ManualClock>,
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(ManualClock::at(NOW.parse::<Timestamp>().unwrap()));
        Self { folder: tempfile::tempdir().unwrap(), upstream: FakeUpstream::start(), clock }
    }

    /// Opens the data folder, the same each time, with other settings.
    pub(crate) async fn open_with(&self, change: impl FnOnce(&mut Config)) -> Packhouse {
        let mut config = Config { data: self.folder.path().join("data"), ..Config::default() };
        config.upstream.retries = 0;
        change(&mut config);
        let url = "http://127.0.0.1:1".to_owned();
        Packhouse::open(config, &self.upstream.simple_url(), url, self.clock.clone()).await.unwrap()
    }

    pub(crate) fn publish(&self, built: BuiltFile, at: &str) -> FileKey {
        let key = FileKey { sha256: built.sha256, filename: built.filename.as_str().into() };
        self.upstream.publish(Upload::of(built).at(at));
        key
    }

    pub(crate) fn wheel(&self, name: &str, version: &str, at: &str) -> FileKey {
        self.publish(Wheel::named(name).version(version).build(), at)
    }
}
