//! A registry on a loopback port that does, and fails, as a test tells it.

mod answer;
mod api;
mod fault;
mod page;
mod project;
mod recorded;
mod seen;
mod settings;
mod state;
mod wire;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;

use bytes::Bytes;
use packhouse_model::Sha256;
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

pub use fault::{Fault, Lie, Plan};
pub use project::Upload;
pub use recorded::recorded_folder;
pub use seen::Seen;
pub use settings::{Dialect, Settings};

use fault::matches;
use state::{Gate, Shared};
use wire::Control;

/// A registry in a thread of its own; usable from synchronous and asynchronous tests alike. Gone, with its
/// connections, when dropped.
///
/// Wherever a `path` is asked for, one `*` in it stands for anything: `/packages/*`, `*.metadata`.
#[derive(Debug)]
pub struct FakeUpstream {
    shared: Arc<Shared>,
    control: Option<UnboundedSender<Control>>,
    thread: Option<JoinHandle<()>>,
}

impl FakeUpstream {
    /// An empty registry on a free port of 127.0.0.1, with the default [`Settings`].
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
            .expect("a free port on loopback");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let shared = Arc::new(Shared::new(listener.local_addr().expect("a bound port")));
        let (control, commands) = unbounded_channel();
        let for_thread = Arc::clone(&shared);
        let run = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                wire::serve(listener, for_thread, commands).await;
            });
        };
        let thread = std::thread::Builder::new().name("fake-upstream".into()).spawn(run).expect("a thread");
        Self { shared, control: Some(control), thread: Some(thread) }
    }

    /// A registry that holds the recorded projects: flask and what it needs, six, certifi, idna, and the
    /// page of boto3. Only the newest wheels can be downloaded; older files are listed and 404.
    pub fn with_recorded() -> Self {
        let upstream = Self::start();
        let mut state = upstream.shared.state();
        for project in recorded::RECORDED.iter() {
            state.projects.insert(project.name.clone(), project.clone());
        }
        drop(state);
        upstream
    }

    /// `http://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        self.shared.base()
    }

    /// What a client's index URL would be: `http://127.0.0.1:<port>/simple/`.
    pub fn simple_url(&self) -> String {
        format!("{}/simple/", self.url())
    }

    /// The port, which stays the same over [`Self::go_down`] and [`Self::come_back`].
    pub fn port(&self) -> u16 {
        self.shared.address.port()
    }

    /// Changes how it answers.
    pub fn configure(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.shared.state().settings);
    }

    /// Changes how pages are written.
    pub fn speak(&self, dialect: Dialect) {
        self.configure(|settings| settings.dialect = dialect);
    }

    /// Adds a file to its project; a file of the same name is replaced.
    pub fn publish(&self, upload: impl Into<Upload>) {
        self.shared.state().publish(upload.into());
    }

    /// Changes a known file's bytes, and with them its hash on the pages. The link stays the same.
    pub fn replace(&self, filename: &str, bytes: impl Into<Bytes>) {
        let mut state = self.shared.state();
        let (file, bytes) = (state.changed_file(filename), bytes.into());
        file.sha256 = Sha256::of(&bytes).hex();
        file.size = bytes.len() as u64;
        file.bytes = Some(bytes);
    }

    /// Yanks a file with a reason, which may be empty; `None` takes the yank back.
    pub fn yank(&self, filename: &str, reason: Option<&str>) {
        self.shared.state().changed_file(filename).yanked = reason.map(str::to_owned);
    }

    /// Deletes a file: off the pages, and 404.
    pub fn delete(&self, filename: &str) {
        let mut state = self.shared.state();
        state.changed_file(filename);
        state
            .projects
            .values_mut()
            .for_each(|project| project.files.retain(|file| file.filename != filename));
    }

    /// Deletes a project with all its files.
    pub fn delete_project(&self, name: &str) {
        let removed = self.shared.state().projects.remove(&crate::build::normalize(name));
        assert!(removed.is_some(), "the fake upstream has no project {name:?}");
    }

    /// Sets a project's status (PEP 792): `archived`, `quarantined`, `deprecated`, `active`, or none of these.
    pub fn set_status(&self, project: &str, status: &str, reason: Option<&str>) {
        self.shared.state().changed(project).status = Some((status.into(), reason.map(str::to_owned)));
    }

    /// Adds a key to the project's JSON page.
    pub fn set_field(&self, project: &str, key: &str, value: Value) {
        self.shared.state().changed(project).fields.insert(key.into(), value);
    }

    /// Sets a key of `info` in the project's JSON document.
    pub fn set_info(&self, project: &str, key: &str, value: Value) {
        self.shared.state().changed(project).info.insert(key.into(), value);
    }

    /// Sets a key of the project's JSON document beside `info`, such as `ownership`.
    pub fn set_document(&self, project: &str, key: &str, value: Value) {
        self.shared.state().changed(project).document.insert(key.into(), value);
    }

    /// The path under which a file is served; panics when there is none.
    pub fn file_path(&self, filename: &str) -> String {
        let state = self.shared.state();
        let found = state.find(filename).map(|(_, file)| file.path.clone());
        found.unwrap_or_else(|| panic!("the fake upstream has no file {filename:?}"))
    }

    /// The URL of a file; panics when there is none.
    pub fn file_url(&self, filename: &str) -> String {
        format!("{}{}", self.url(), self.file_path(filename))
    }

    /// The hash of a file as its pages say; panics when there is none.
    pub fn file_sha256(&self, filename: &str) -> Sha256 {
        let state = self.shared.state();
        let (_, file) = state.find(filename).unwrap_or_else(|| panic!("no file {filename:?}"));
        file.sha256.parse().expect("pages say SHA-256 in hexadecimal")
    }

    /// Requests that arrived for a path, of any method.
    pub fn hits(&self, path: &str) -> usize {
        self.shared.seen.read(|seen| seen.iter().filter(|seen| matches(path, &seen.path)).count())
    }

    /// Requests of one method that arrived for a path.
    pub fn hits_of(&self, method: &str, path: &str) -> usize {
        let counts = |seen: &&Seen| seen.method == method && matches(path, &seen.path);
        self.shared.seen.read(|seen| seen.iter().filter(counts).count())
    }

    /// All requests that arrived.
    pub fn total_hits(&self) -> usize {
        self.shared.seen.read(Vec::len)
    }

    /// All requests, in the order of their arrival.
    pub fn requests(&self) -> Vec<Seen> {
        self.shared.seen.read(Clone::clone)
    }

    /// The requests for a path, in the order of their arrival.
    pub fn requests_to(&self, path: &str) -> Vec<Seen> {
        self.requests().into_iter().filter(|seen| matches(path, &seen.path)).collect()
    }

    /// Starts counting anew.
    pub fn forget_requests(&self) {
        self.shared.seen.change(Vec::clear);
    }

    /// Blocks until at least `count` requests for a path have arrived; panics after a minute.
    pub fn wait_for_hits(&self, path: &str, count: usize) {
        self.shared.seen.wait(&format!("{count} requests for {path}"), |seen| {
            seen.iter().filter(|seen| matches(path, &seen.path)).count() >= count
        });
    }

    /// As [`Self::wait_for_hits`], without blocking the thread.
    pub async fn hits_reach(&self, path: &str, count: usize) {
        let what = format!("{count} requests for {path}");
        let reached =
            |seen: &Vec<Seen>| seen.iter().filter(|seen| matches(path, &seen.path)).count() >= count;
        self.shared.seen.until_patiently(&what, reached).await;
    }

    /// Lets requests for a path arrive, be counted, and wait until the hold is released.
    pub fn hold(&self, path: &str) -> Hold {
        let gate = Arc::new(Gate::default());
        self.shared.state().gates.push((path.to_owned(), Arc::clone(&gate)));
        Hold { path: path.to_owned(), gate, shared: Arc::clone(&self.shared) }
    }

    /// Makes requests for a path fail. Of several rules that match, the newest that strikes wins.
    pub fn fail(&self, path: &str, plan: impl Into<Plan>) {
        self.shared.state().faults.push((path.to_owned(), plan.into()));
    }

    /// Makes every request fail.
    pub fn fail_all(&self, plan: impl Into<Plan>) {
        self.fail("*", plan);
    }

    /// Takes back what [`Self::fail`] did with exactly this path.
    pub fn heal(&self, path: &str) {
        self.shared.state().faults.retain(|(pattern, _)| pattern != path);
    }

    /// Takes back every fault.
    pub fn heal_all(&self) {
        self.shared.state().faults.clear();
    }

    /// Closes every connection and refuses new ones, until [`Self::come_back`].
    pub fn go_down(&self) {
        self.tell(Control::Down);
    }

    /// Listens again on the same port.
    pub fn come_back(&self) {
        self.tell(Control::Up);
    }

    fn tell(&self, command: impl FnOnce(std::sync::mpsc::Sender<()>) -> Control) {
        let (done, wait) = std::sync::mpsc::channel();
        let control = self.control.as_ref().expect("present until dropped");
        control.send(command(done)).expect("the fake upstream's thread runs");
        wait.recv().expect("the fake upstream's thread runs");
    }
}

impl Drop for FakeUpstream {
    fn drop(&mut self) {
        self.control = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Requests for a path wait while this lives.
#[derive(Debug)]
#[must_use]
pub struct Hold {
    path: String,
    gate: Arc<Gate>,
    shared: Arc<Shared>,
}

impl Hold {
    /// How many requests wait just now.
    pub fn waiting(&self) -> usize {
        self.gate.inside.read(|gate| gate.waiting)
    }

    /// Blocks until `count` requests wait; panics after a minute.
    pub fn wait_for(&self, count: usize) {
        self.gate.inside.wait(&self.what(count), |gate| gate.waiting >= count);
    }

    /// As [`Self::wait_for`], without blocking the thread.
    pub async fn reached(&self, count: usize) {
        self.gate.inside.until_patiently(&self.what(count), |gate| gate.waiting >= count).await;
    }

    /// Lets all go on, those that wait and those to come.
    pub fn release(self) {
        drop(self);
    }

    fn what(&self, count: usize) -> String {
        format!("{count} requests to wait at {}", self.path)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.shared.state().gates.retain(|(_, gate)| !Arc::ptr_eq(gate, &self.gate));
        self.gate.inside.change(|gate| gate.open = true);
    }
}
