//! The upstream of everything but `cold`: recorded pages, and one large wheel.

use packhouse_testkit::{BuiltFile, FakeUpstream, Wheel};

/// A small page, about 48 files.
pub(crate) const SMALL_PROJECT: &str = "six";
/// About 11 kB.
pub(crate) const SMALL_FILE: &str = "six-1.17.0-py2.py3-none-any.whl";
/// A large page, about 4,300 files.
pub(crate) const LARGE_PAGE: &str = "boto3";
/// A project whose one wheel has about 10 MB.
pub(crate) const LARGE_PROJECT: &str = "large";
const LARGE_BYTES: usize = 10_200_000;

/// A registry on loopback with what the loads ask for.
pub(crate) struct Fixture {
    pub(crate) upstream: FakeUpstream,
    pub(crate) large: BuiltFile,
}

impl Fixture {
    pub(crate) fn start() -> Self {
        Self::with(Wheel::named(LARGE_PROJECT).padding(LARGE_BYTES).stored().build())
    }

    /// Another one with the same bytes, which has nothing left to do from before.
    pub(crate) fn again(&self) -> Self {
        Self::with(self.large.clone())
    }

    fn with(large: BuiltFile) -> Self {
        let upstream = FakeUpstream::with_recorded();
        // Links that stay on the host they came from: a plain reverse proxy can be measured too.
        upstream.configure(|settings| settings.relative_urls = true);
        upstream.publish(large.clone());
        Self { upstream, large }
    }
}
