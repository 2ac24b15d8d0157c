//! Pages that went out before their project's JSON document was there, and how they are finished.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use packhouse_model::{ProjectName, Sha256, UpstreamName};
use packhouse_pypi::project_json::Summary;
use packhouse_pypi::simple::Page;
use packhouse_upstream::{Document, PageReply, UpstreamError, Validators};
use tokio::time::Instant;

use super::Project;
use super::habits::{Habits, Lack};
use super::refresh::{Want, aside};
use crate::error::{AppError, chain};
use crate::packhouse::Packhouse;

/// The mark on a page that may yet learn sizes and versions. Clients see it, as all keys of ours that begin with `_`.
pub(super) const UNFINISHED: &str = "_packhouse-unfinished";

/// Pages are finished when none was asked for this long: a client that resolves has the machine to itself.
const QUIET: Duration = Duration::from_millis(300);
/// But after so many such pauses also on a busy server.
const PAUSES: usize = 10;
/// JSON documents that are asked for at once to finish pages.
const AT_ONCE: usize = 3;
type Key = (UpstreamName, ProjectName);

/// Pages to finish.
#[derive(Debug, Default)]
pub(crate) struct Unfinished(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    order: VecDeque<Key>,
    pages: HashMap<Key, Option<Pending>>,
    at_work: usize,
    /// When a page last came from an upstream.
    last_page: Option<Instant>,
}

/// What is needed beside the kept project to finish the page it was made of.
#[derive(Debug)]
pub(super) struct Pending {
    /// The upstream's, of the page.
    pub(super) validators: Validators,
    /// Whether the upstream named the versions.
    pub(super) named_versions: bool,
    /// The state of the project, as it was made of nothing but the page.
    pub(super) state: Sha256,
}

impl Unfinished {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Every statement leaves it whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn page_came(&self) {
        self.lock().last_page = Some(Instant::now());
    }

    /// Until when there must be no page for it to be quiet.
    fn quiet_at(&self) -> Option<Instant> {
        self.lock().last_page.map(|last| last + QUIET).filter(|at| *at > Instant::now())
    }

    /// Adds a page; whether somebody has to begin working.
    fn add(&self, key: Key, pending: Option<Pending>) -> bool {
        let mut waiting = self.lock();
        match waiting.pages.get_mut(&key) {
            Some(before) => {
                if pending.is_some() {
                    *before = pending;
                }
                return false;
            }
            None => {
                waiting.pages.insert(key.clone(), pending);
                waiting.order.push_back(key);
            }
        }
        let begins = waiting.at_work < AT_ONCE;
        waiting.at_work += usize::from(begins);
        begins
    }

    /// The next page; with none, the caller's work ends.
    fn next(&self) -> Option<(Key, Option<Pending>)> {
        let mut waiting = self.lock();
        let Some(key) = waiting.order.pop_front() else {
            waiting.at_work -= 1;
            return None;
        };
        let pending = waiting.pages.remove(&key).flatten();
        Some((key, pending))
    }
}

impl Project {
    /// Whether sizes or versions may yet come.
    pub(crate) fn is_unfinished(&self) -> bool {
        self.page.extra.contains_key(UNFINISHED)
    }
}

/// The upstream's answer to a question for a project's JSON document.
pub(super) type DocumentReply = Result<PageReply, UpstreamError>;

impl Packhouse {
    pub(super) fn habits<T>(&self, upstream: &UpstreamName, with: impl FnOnce(&mut Habits) -> T) -> T {
        let mut habits = self.habits.lock().unwrap_or_else(PoisonError::into_inner);
        with(habits.entry(upstream.clone()).or_default())
    }

    /// Asks for a project's JSON document, and notes how long that takes.
    pub(super) async fn ask_document(
        &self,
        upstream: &UpstreamName,
        name: &ProjectName,
    ) -> Result<DocumentReply, AppError> {
        let began = Instant::now();
        let reply = self.client(upstream)?.project_json(name, &Validators::default()).await;
        self.habits(upstream, |habits| habits.document_took(began.elapsed()));
        Ok(reply)
    }

    /// Fills in what the page lacks from the project's JSON document, if there is one. False when that is still to be
    /// done: it takes long, nobody decides by it, and `want` does not insist.
    pub(super) async fn complete(
        &self,
        upstream: &UpstreamName,
        page: Page,
        early: Option<impl Future<Output = Result<DocumentReply, AppError>>>,
        want: Want,
    ) -> Result<(Page, bool), AppError> {
        let patience = self.settings.upstream.patience;
        let (lack, quick) =
            self.habits(upstream, |habits| (habits.look_at(&page), habits.is_quick(patience)));
        let waits = want == Want::Whole || lack == Lack::Facts;
        if lack == Lack::Nothing || !(waits || quick) {
            return Ok((page, lack == Lack::Nothing));
        }
        let name = page.name.clone();
        let asking = async {
            match early {
                Some(early) => early.await,
                None => self.ask_document(upstream, &name).await,
            }
        };
        let reply = if waits {
            asking.await?
        } else {
            let Ok(reply) = tokio::time::timeout(patience, asking).await else {
                // At least so long.
                self.habits(upstream, |habits| habits.document_took(patience * 2));
                return Ok((page, false));
            };
            reply?
        };
        match reply {
            Ok(PageReply::Page(document)) => Ok((self.fill_in(page, document).await?, true)),
            Ok(PageReply::Absent | PageReply::NotModified) => Ok((page, true)),
            // The page stands without it: what is missing is unknown, and rules treat unknown as new.
            Err(error) => {
                tracing::warn!(project = %name, error = %chain(&error), "no JSON document to complete the page");
                Ok((page, waits))
            }
        }
    }

    async fn fill_in(&self, mut page: Page, document: Document) -> Result<Page, AppError> {
        let limits = self.parse_limits();
        let complete = move |bytes: &[u8]| {
            if let Err(error) = Summary::read(bytes, limits.bytes, |summary| page.complete(summary, &limits))
            {
                let error = chain(&error);
                tracing::warn!(project = %page.name, error, "the project's JSON document cannot be read");
            }
            page
        };
        aside(document.bytes, complete).await
    }

    /// Has a page finished behind the scenes: the kept one, or else one that is asked for again.
    pub(super) fn finish_later(&self, upstream: &UpstreamName, name: &ProjectName, pending: Option<Pending>) {
        if !self.unfinished.add((upstream.clone(), name.clone()), pending) {
            return;
        }
        let this = self.clone();
        tokio::spawn(async move {
            loop {
                for _ in 0..PAUSES {
                    let Some(quiet_at) = this.unfinished.quiet_at() else { break };
                    tokio::time::sleep_until(quiet_at).await;
                }
                let Some(((upstream, name), pending)) = this.unfinished.next() else { return };
                if let Err(error) = this.finish(&upstream, &name, pending).await {
                    tracing::warn!(project = %name, %upstream, %error, "a page could not be finished");
                }
            }
        });
    }

    async fn finish(
        &self,
        upstream: &UpstreamName,
        name: &ProjectName,
        pending: Option<Pending>,
    ) -> Result<(), AppError> {
        let key = (upstream.clone(), name.clone());
        let (this, inside) = (self.clone(), key.clone());
        let Some(pending) = pending else {
            let again = || async move { this.refresh(&inside.0, &inside.1, Want::Whole, 0).await };
            return self.refreshing.run(key, again).await.map_or(Ok(()), |done| done.map(drop));
        };
        let document = match self.ask_document(upstream, name).await? {
            Ok(PageReply::Page(document)) => Some(document),
            Ok(PageReply::Absent | PageReply::NotModified) => None,
            // It stays unfinished until somebody asks for it after its time.
            Err(error) => return Err(AppError::upstream("the JSON document", &error)),
        };
        // One at a time with what else changes the project. When that comes first, it has looked after the page.
        let take = || async move { this.take_over(&inside.0, &inside.1, pending, document).await };
        self.refreshing.run(key, take).await.map_or(Ok(()), |done| done.map(drop))
    }

    async fn take_over(
        &self,
        upstream: &UpstreamName,
        name: &ProjectName,
        pending: Pending,
        document: Option<Document>,
    ) -> Result<Option<Arc<Project>>, AppError> {
        let kept = self.kept(upstream, name).await?;
        let Some(kept) = kept.filter(|kept| kept.state == pending.state) else {
            // What was asked of the upstream since is newer.
            return Ok(None);
        };
        let mut page = kept.page.clone();
        page.extra.remove(UNFINISHED);
        if !pending.named_versions {
            page.versions.clear();
        }
        if let Some(document) = document {
            page = self.fill_in(page, document).await?;
        }
        self.keep(upstream, name, page, &pending.validators, kept.checked()).await.map(Some)
    }
}
