//! An upstream and the servers before it, which share a clock that goes when a replay says so.

use std::sync::Arc;

use packhouse_app::config::{Overrides, load};
use packhouse_app::{Clock as _, ManualClock, Packhouse};
use packhouse_model::Timestamp;
use packhouse_testkit::FakeUpstream;
use packhouse_testkit::httptest::get;
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) struct World {
    pub(crate) upstream: FakeUpstream,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) runtime: Runtime,
}

impl World {
    pub(crate) fn at(now: Timestamp) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        Self { upstream: FakeUpstream::start(), clock: Arc::new(ManualClock::at(now)), runtime }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Sets the clock forward; never back.
    pub(crate) fn wait_until(&self, moment: Timestamp) {
        if moment > self.now() {
            self.clock.advance(moment.since(self.now()));
        }
    }

    /// A server on this upstream with such a `packhouse.toml`.
    pub(crate) fn serve(&self, configuration: &str) -> Server {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut config, _) = load(
            Some(("packhouse.toml", configuration)),
            &std::env::vars().filter(|_| false).collect(),
            &Overrides::default(),
        )
        .unwrap_or_else(|error| panic!("{error}\n{configuration}"));
        config.data = folder.path().join("data");
        config.upstream.retries = 0;
        // As the program does it: in a process of its own.
        config.inspect.command = vec![env!("CARGO_BIN_EXE_packhouse").to_owned(), "inspector".to_owned()];
        let (tell, stop) = watch::channel(false);
        let (url, packhouse, tasks) = self.runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let url = format!("http://{}", listener.local_addr().expect("an address"));
            let clock = Arc::clone(&self.clock);
            let packhouse = Packhouse::open(config, &self.upstream.simple_url(), url.clone(), clock).await;
            let packhouse = packhouse.expect("the server opens");
            let (worker, until) = (packhouse.clone(), stop.clone());
            let work = tokio::spawn(async move { worker.work(until).await });
            let served = packhouse.clone();
            let serve = tokio::spawn(async move {
                packhouse_server::serve(served, listener, stop).await.expect("the server stops");
            });
            (url, packhouse, vec![work, serve])
        });
        Server { url, packhouse, tell, tasks, handle: self.runtime.handle().clone(), _folder: folder }
    }
}

pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) packhouse: Packhouse,
    tell: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    handle: tokio::runtime::Handle,
    _folder: tempfile::TempDir,
}

impl Server {
    /// What a client's index URL is.
    pub(crate) fn index(&self) -> String {
        format!("{}/simple/", self.url)
    }

    /// What `packhouse why --json` says of a project; nothing for one that is not there.
    pub(crate) fn why(&self, project: &str) -> Option<Value> {
        let url = format!("{}/why/{project}?format=json", self.url);
        let answer = get(&url, &[]).unwrap_or_else(|error| panic!("{url}: {error:?}"));
        match answer.status {
            200 => Some(answer.json()),
            404 => None,
            other => panic!("{url}: {other}\n{}", answer.text()),
        }
    }
}

impl Server {
    /// Fetches every file of a project that is served, as somebody does who has all of its versions.
    pub(crate) fn fetch(&self, project: &str) {
        let Some(why) = self.why(project) else { return };
        let releases = why["releases"].as_array().into_iter().flatten();
        let files = releases.filter_map(|release| release["files"].as_array()).flatten();
        for file in files.filter(|file| file["decision"]["outcome"] == "serve") {
            let url = format!("{}{}", self.url, file["path"].as_str().expect("a path"));
            let answer = get(&url, &[]).unwrap_or_else(|error| panic!("{url}: {error:?}"));
            // What is in a file, and what it needs, is known when it is asked for.
            assert!([200, 403].contains(&answer.status), "{url}: {}", answer.text());
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.tell.send_replace(true);
        for task in self.tasks.drain(..) {
            // A panic of the server's is told by whoever waited for its answer.
            let _ = self.handle.block_on(task);
        }
    }
}
