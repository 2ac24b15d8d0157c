use serde_json::{Value, json};

use crate::address::Address;
use crate::documents::{
    Dependent, Difference, DistributionInfo, Exemption, HeldFix, Imported, Maintainer, Needed, Peer,
    PeerDetail, Pending, PlanVetted, Project, ProjectDetail, QueueItem, Release, Rollback, Snapshot,
    SnapshotDetail, Submitted, Suggestion, Suite, SuiteDetail, TextDifference, Transition,
};
use crate::error::ClientError;
use crate::transport::{Fetched, Transport};

const ENVELOPE: &str = "application/vnd.dsse.envelope.v1+json";
const JSON: &str = "application/json";
const TEXT: &str = "text/plain";

/// One server's API.
#[derive(Debug)]
pub struct Client(Transport);

type Answer<T> = Result<Fetched<T>, ClientError>;

/// What is compared with what: a file of the release, and a base.
#[derive(Debug, Clone, Copy, Default)]
pub struct Compared<'a> {
    /// The file; the server chooses when there is none.
    pub file: Option<&'a str>,
    /// A release such as `flask==3.0.0`; the server chooses when there is none.
    pub base: Option<&'a str>,
}

impl<'a> Compared<'a> {
    fn query(self) -> Vec<(&'a str, &'a str)> {
        let file = self.file.map(|file| ("file", file));
        file.into_iter().chain(self.base.map(|base| ("base", base))).collect()
    }
}

impl Client {
    /// A client of the server at this address. The token, if any, goes along with every request.
    pub fn new(server: Address, token: Option<&str>) -> Result<Self, ClientError> {
        Transport::new(server, token).map(Self)
    }

    /// The server's address.
    pub fn server(&self) -> &Address {
        self.0.server()
    }

    /// The distribution. [`ClientError::Refused`] with 404 while none is founded.
    pub async fn distribution(&self) -> Answer<DistributionInfo> {
        self.0.get(&["distribution"], &[]).await
    }

    /// Hands a signed statement in, as the bytes of its envelope.
    pub async fn submit(&self, envelope: Vec<u8>) -> Answer<Submitted> {
        self.0.post(&["ledger"], ENVELOPE, envelope).await
    }

    /// The ledger's entries after a number as an export, in chunks as they come.
    pub async fn export(&self, after: u64, each: &mut (dyn FnMut(&[u8]) + Send)) -> Result<(), ClientError> {
        self.export_at_most(after, u64::MAX, each).await.map(|_| ())
    }

    /// The same, and no more than `most` bytes of it, which may end within a line. Whether that was all.
    pub async fn export_at_most(
        &self,
        after: u64,
        most: u64,
        each: &mut (dyn FnMut(&[u8]) + Send),
    ) -> Result<bool, ClientError> {
        self.0.stream(&["ledger", "export"], &[("after", &after.to_string())], most, each).await
    }

    /// The distributions whose reviews are imported.
    pub async fn imports(&self) -> Answer<Vec<Peer>> {
        self.0.get(&["imports"], &[]).await
    }

    /// One of them, with its people and reviews.
    pub async fn import(&self, peer: &str) -> Answer<PeerDetail> {
        self.0.get(&["imports", peer], &[]).await
    }

    /// Has a peer's ledger read now. Needs a token with the scope `import`.
    pub async fn fetch_import(&self, peer: &str) -> Answer<Imported> {
        self.0.post(&["imports", peer, "fetch"], JSON, Vec::new()).await
    }

    /// Hands a peer's ledger in as a file: this part of so many, each of whole lines, from the first entry on. Needs a token
    /// with the scope `import`.
    pub async fn import_ledger(
        &self,
        peer: &str,
        part: usize,
        of: usize,
        lines: Vec<u8>,
    ) -> Answer<Imported> {
        let (part, of) = (part.to_string(), of.to_string());
        let query = [("part", part.as_str()), ("of", of.as_str())];
        self.0.post_asking(&["imports", peer, "ledger"], &query, TEXT, lines).await
    }

    /// The people.
    pub async fn maintainers(&self) -> Answer<Vec<Maintainer>> {
        self.0.get(&["maintainers"], &[]).await
    }

    /// One person.
    pub async fn maintainer(&self, id: &str) -> Answer<Maintainer> {
        self.0.get(&["maintainers", id], &[]).await
    }

    /// The projects under maintenance.
    pub async fn projects(&self) -> Answer<Vec<Project>> {
        self.0.get(&["projects"], &[]).await
    }

    /// One project with its releases and reviews.
    pub async fn project(&self, name: &str) -> Answer<ProjectDetail> {
        self.0.get(&["projects", name], &[]).await
    }

    /// Has the upstream looked at now. Needs a token with the scope `watch`.
    pub async fn watch(&self, name: &str) -> Answer<Value> {
        self.0.post(&["projects", name, "watch"], JSON, Vec::new()).await
    }

    /// A release that was taken in.
    pub async fn release(&self, project: &str, version: &str) -> Answer<Release> {
        self.0.get(&["releases", project, version], &[]).await
    }

    /// The cheapest reviews that would help a release on.
    pub async fn suggestions(&self, project: &str, version: &str) -> Answer<Vec<Suggestion>> {
        self.0.get(&["releases", project, version, "suggestions"], &[]).await
    }

    /// What requires a release in the suites, and what breaks when it is `yanked`, `delisted`, ….
    pub async fn dependents(&self, project: &str, version: &str, condition: &str) -> Answer<Vec<Dependent>> {
        let query = [("condition", condition)];
        self.0.get(&["releases", project, version, "dependents"], &query).await
    }

    /// What requires a project in the suites, and what breaks when it is given up.
    pub async fn project_dependents(&self, project: &str) -> Answer<Vec<Dependent>> {
        self.0.get(&["projects", project, "dependents"], &[]).await
    }

    /// What differs.
    pub async fn difference(
        &self,
        project: &str,
        version: &str,
        compared: Compared<'_>,
    ) -> Answer<Difference> {
        self.0.get(&["releases", project, version, "difference"], &compared.query()).await
    }

    /// The lines of one changed file.
    pub async fn text(
        &self,
        project: &str,
        version: &str,
        compared: Compared<'_>,
        path: &str,
    ) -> Answer<TextDifference> {
        let mut query = compared.query();
        query.push(("path", path));
        self.0.get(&["releases", project, version, "difference", "text"], &query).await
    }

    /// Releases that are taken without a review, the newest exemptions first; of one project, or of all.
    pub async fn exemptions(&self, project: Option<&str>) -> Answer<Vec<Exemption>> {
        let query: Vec<(&str, &str)> = project.map(|project| ("project", project)).into_iter().collect();
        self.0.get(&["exemptions"], &query).await
    }

    /// Candidates that wait; with a maintainer's id those that their review would help on.
    pub async fn queue(&self, who: Option<&str>) -> Answer<Vec<QueueItem>> {
        let query: Vec<(&str, &str)> = who.map(|who| ("for", who)).into_iter().collect();
        self.0.get(&["queue"], &query).await
    }

    /// Acts that wait for a second person.
    pub async fn pending(&self) -> Answer<Vec<Pending>> {
        self.0.get(&["pending"], &[]).await
    }

    /// What moves together under a name.
    pub async fn transitions(&self) -> Answer<Vec<Transition>> {
        self.0.get(&["transitions"], &[]).await
    }

    /// The suites.
    pub async fn suites(&self) -> Answer<Vec<Suite>> {
        self.0.get(&["suites"], &[]).await
    }

    /// One suite with its contents.
    pub async fn suite(&self, name: &str) -> Answer<SuiteDetail> {
        self.0.get(&["suites", name], &[]).await
    }

    /// What was sent through the security lane to a suite, and is held back.
    pub async fn held_fixes(&self, suite: &str) -> Answer<Vec<HeldFix>> {
        self.0.get(&["suites", suite, "held"], &[]).await
    }

    /// A suite's newest snapshots.
    pub async fn snapshots(&self, suite: &str) -> Answer<Vec<Snapshot>> {
        self.0.get(&["suites", suite, "snapshots"], &[]).await
    }

    /// One snapshot.
    pub async fn snapshot(&self, suite: &str, serial: u64) -> Answer<SnapshotDetail> {
        self.0.get(&["suites", suite, "snapshots", &serial.to_string()], &[]).await
    }

    /// What a rollback of the suite to this snapshot would do now.
    pub async fn rollback(&self, suite: &str, to: u64) -> Answer<Rollback> {
        self.0.get(&["suites", suite, "snapshots", &to.to_string(), "rollback"], &[]).await
    }

    /// The plan of a migration: `excuses.json`.
    pub async fn excuses(&self, suite: &str) -> Answer<Value> {
        self.0.get(&["suites", suite, "excuses"], &[]).await
    }

    /// The same if some facts were others: `accept flask==3.1.0`.
    pub async fn what_if(&self, suite: &str, what_if: &[String]) -> Answer<Value> {
        let body = json!({ "what_if": what_if }).to_string().into_bytes();
        self.0.post(&["suites", suite, "what-if"], JSON, body).await
    }

    /// Migrates now. Needs a token with the scope `migrate`.
    pub async fn migrate(&self, suite: &str) -> Answer<Value> {
        self.0.post(&["suites", suite, "migrate"], JSON, Vec::new()).await
    }

    /// The projects that a suite holds: what the plan takes for vetted.
    pub async fn vetted(&self) -> Answer<PlanVetted> {
        self.0.get(&["plan", "vetted"], &[]).await
    }

    /// The projects that come with these requirements.
    pub async fn closure(&self, requirements: &[String]) -> Answer<Vec<Needed>> {
        let query: Vec<(&str, &str)> =
            requirements.iter().map(|requirement| ("requirement", requirement.as_str())).collect();
        self.0.get(&["closure"], &query).await
    }
}
