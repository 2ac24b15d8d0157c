use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use packhouse_blob::BlobStore;
use packhouse_model::{IndexName, ProjectName, Sha256, Timestamp, UpstreamName};
use packhouse_store::Store;
use packhouse_upstream::UpstreamClient;

use crate::audit::Audit;
use crate::clock::Clock;
use crate::config::Config;
use crate::distribution::{Ledger, ReviewView, ViewKey};
use crate::documents::RawDocument;
use crate::error::AppError;
use crate::file::{FileKey, KnownAnswer};
use crate::flight::Flights;
use crate::index::{DEFAULT, Index};
use crate::inspection::{Inspector, Seen};
use crate::jobs::Wakeup;
use crate::list::ListKey;
use crate::metadata::MetadataBody;
use crate::page::{PageKey, RenderedPage};
use crate::project::{Ahead, Habits, Project, Saving, Unfinished};

/// How long a name that the upstream does not know is not asked for again.
pub(crate) const ABSENT_FOR: Duration = Duration::from_secs(60);

type ProjectKey = (UpstreamName, ProjectName);

/// The application: every use case is a method of it. Cheap to clone.
#[derive(Clone)]
pub struct Packhouse(Arc<Inner>);

/// What the use cases stand on. The only place that holds several ports.
pub struct Inner {
    /// The configuration it was started with.
    pub settings: Config,
    /// Where links in refusals point: the server as people reach it, without a slash at the end.
    pub public_url: String,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Store,
    pub(crate) blobs: BlobStore,
    pub(crate) indexes: BTreeMap<IndexName, Arc<Index>>,
    pub(crate) clients: HashMap<UpstreamName, UpstreamClient>,
    pub(crate) instance: String,
    /// Since when each upstream has had the address it has.
    pub(crate) address_since: HashMap<UpstreamName, Timestamp>,
    /// What was learned of each upstream's pages.
    pub(crate) habits: Mutex<HashMap<UpstreamName, Habits>>,
    /// Pages whose JSON documents were not waited for.
    pub(crate) unfinished: Unfinished,
    pub(crate) ahead: Ahead,
    pub(crate) saving: Saving,
    pub(crate) projects: Cache<ProjectKey, Arc<Project>>,
    /// Names the upstream does not know, and until when that is believed.
    pub(crate) absent: Cache<ProjectKey, Timestamp>,
    pub(crate) pages: Cache<PageKey, Arc<RenderedPage>>,
    pub(crate) answers: Cache<FileKey, Arc<KnownAnswer>>,
    pub(crate) metadata: Cache<Sha256, MetadataBody>,
    pub(crate) documents: Cache<ProjectKey, RawDocument>,
    pub(crate) lists: Cache<ListKey, Sha256>,
    /// Pages whose revalidation was put on the queue a moment ago.
    pub(crate) asked_again: Cache<ProjectKey, ()>,
    pub(crate) refreshing: Flights<ProjectKey, Result<Option<Arc<Project>>, AppError>>,
    pub(crate) loading: Flights<ProjectKey, Result<Option<Arc<Project>>, AppError>>,
    pub(crate) rendering: Flights<PageKey, Result<Arc<RenderedPage>, AppError>>,
    pub(crate) downloads: Flights<Sha256, Result<Option<crate::download::Download>, AppError>>,
    pub(crate) extracting: Flights<Sha256, Result<MetadataBody, AppError>>,
    pub(crate) asking_documents: Flights<ProjectKey, Option<RawDocument>>,
    pub(crate) listing: Flights<UpstreamName, Result<Sha256, AppError>>,
    pub(crate) rendering_lists: Flights<ListKey, Result<Sha256, AppError>>,
    pub(crate) audit: Audit,
    /// Who is asked about domains, if anybody.
    pub(crate) resolver: Option<packhouse_dns::Resolver>,
    /// What rules go by beside pages.
    pub(crate) known: crate::facts::Known,
    pub(crate) used: crate::eviction::UsedFiles,
    pub(crate) awaited: crate::eviction::AwaitedFiles,
    pub(crate) ledger: Ledger,
    /// The ledgers of peers.
    pub(crate) peers: crate::distribution::Peers,
    /// Differences that reviewers look at, by the two files.
    pub(crate) views: Cache<ViewKey, Arc<ReviewView>>,
    pub(crate) comparing: Flights<ViewKey, Result<Arc<ReviewView>, AppError>>,
    /// The indexes of suites and snapshots that were asked for.
    pub(crate) suite_indexes: Cache<String, Arc<Index>>,
    /// What looks into files.
    pub(crate) inspector: Inspector,
    /// What was seen in files, by their hash.
    pub(crate) seen: Cache<Sha256, Arc<Seen>>,
    pub(crate) inspecting: Flights<Sha256, Result<Arc<Seen>, AppError>>,
    /// What to vet first: one board, as one of a whole registry has a hundred megabytes.
    pub(crate) boards: Cache<crate::plan::BoardKey, Option<Arc<packhouse_plan::board::Board>>>,
    pub(crate) boarding:
        Flights<crate::plan::BoardKey, Result<Option<Arc<packhouse_plan::board::Board>>, AppError>>,
    pub(crate) nexts: Cache<crate::plan::NextKey, Arc<packhouse_plan::board::NextSet>>,
    /// One best set is looked for at a time: that takes a core for a second or more.
    pub(crate) cutting: tokio::sync::Semaphore,
    /// How many lockfiles are judged at once for people: each asks the upstream for all that it names.
    pub(crate) judging: tokio::sync::Semaphore,
    pub(crate) wakeup: Wakeup,
    pub(crate) counters: crate::status::Counters,
}

impl std::ops::Deref for Packhouse {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl std::fmt::Debug for Packhouse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Packhouse").field("public_url", &self.public_url).finish_non_exhaustive()
    }
}

/// The outside things that a [`Packhouse`] is put together from.
pub struct Parts {
    /// The configuration.
    pub settings: Config,
    /// See [`Inner::public_url`].
    pub public_url: String,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The database.
    pub store: Store,
    /// The files.
    pub blobs: BlobStore,
    /// One client for each upstream that an index names.
    pub clients: HashMap<UpstreamName, UpstreamClient>,
    /// Tells this data from any other: in `Via`, so that a server knows its own requests.
    pub instance: String,
    /// Since when each upstream has had the address it has.
    pub address_since: HashMap<UpstreamName, Timestamp>,
    /// Who is asked about domains, if anybody.
    pub resolver: Option<packhouse_dns::Resolver>,
    /// Who looks into files.
    pub inspector: Inspector,
}

impl Packhouse {
    /// Puts it together. Fails when the configuration's policies or indexes cannot be meant.
    pub fn new(parts: Parts) -> Result<Self, crate::index::IndexError> {
        let indexes = crate::index::indexes(&parts.settings)?;
        let indexes = indexes.into_iter().map(|(name, index)| (name, Arc::new(index))).collect();
        // The budget is shared out by what costs most to make again. Pages are rendered from projects, so
        // a page that is kept makes its project dispensable; small files and metadata cost a disk read.
        let memory = parts.settings.cache.memory;
        let policies = parts.settings.index.values().map(|index| &index.policy);
        let private = std::iter::once(&parts.settings.policy).chain(policies);
        let private = private.flat_map(|policy| policy.private.iter().cloned());
        let names = crate::facts::NameSet::new(&parts.settings.data, private);
        let key_file = parts.settings.data.join(crate::distribution::KEY_FILE);
        let share = |percent: u64| memory / 100 * percent;
        Ok(Self(Arc::new(Inner {
            projects: Cache::builder()
                .max_capacity(share(30))
                .weigher(|_, project: &Arc<Project>| project.weight())
                .build(),
            absent: Cache::builder().max_capacity(10_000).build(),
            pages: Cache::builder()
                .max_capacity(share(30))
                .weigher(|_, page: &Arc<RenderedPage>| page.weight())
                .build(),
            answers: Cache::builder()
                .max_capacity(share(20))
                .weigher(|_, answer: &Arc<KnownAnswer>| answer.weight())
                .build(),
            metadata: Cache::builder()
                .max_capacity(share(10))
                .weigher(|_, body: &MetadataBody| body.weight())
                .build(),
            documents: Cache::builder()
                .max_capacity(share(10))
                .weigher(|_, document: &RawDocument| document.weight())
                .build(),
            lists: Cache::builder().max_capacity(100).build(),
            asked_again: Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(30)).build(),
            settings: parts.settings,
            public_url: parts.public_url,
            clock: parts.clock,
            store: parts.store,
            blobs: parts.blobs,
            indexes,
            clients: parts.clients,
            instance: parts.instance,
            address_since: parts.address_since,
            habits: Mutex::default(),
            unfinished: Unfinished::default(),
            ahead: Ahead::default(),
            saving: Saving::default(),
            refreshing: Flights::default(),
            loading: Flights::default(),
            rendering: Flights::default(),
            downloads: Flights::default(),
            extracting: Flights::default(),
            asking_documents: Flights::default(),
            listing: Flights::default(),
            rendering_lists: Flights::default(),
            audit: Audit::default(),
            resolver: parts.resolver,
            known: crate::facts::Known::new(names),
            used: crate::eviction::UsedFiles::default(),
            awaited: crate::eviction::AwaitedFiles::default(),
            ledger: Ledger::new(key_file),
            peers: crate::distribution::Peers::default(),
            views: crate::distribution::review_cache(),
            comparing: Flights::default(),
            suite_indexes: Cache::builder().max_capacity(1_000).build(),
            inspector: parts.inspector,
            seen: Cache::builder().max_capacity(10_000).build(),
            inspecting: Flights::default(),
            // The last one stays, however often the one before it was asked for.
            boards: Cache::builder().max_capacity(1).eviction_policy(EvictionPolicy::lru()).build(),
            boarding: Flights::default(),
            nexts: Cache::builder().max_capacity(32).build(),
            cutting: tokio::sync::Semaphore::new(1),
            judging: tokio::sync::Semaphore::new(crate::plan::JUDGED_AT_ONCE),
            wakeup: Wakeup::default(),
            counters: crate::status::Counters::default(),
        })))
    }

    /// The index of that name.
    ///
    /// The indexes of the configuration come first; then each suite has one, and each snapshot (`testing@12`).
    pub fn index(&self, name: &str) -> Option<Arc<Index>> {
        let configured = self.indexes.iter().find(|(known, _)| known.as_str() == name);
        configured.map(|(_, index)| Arc::clone(index)).or_else(|| self.suite_index(name))
    }

    /// The index behind `/simple/`.
    pub fn default_index(&self) -> Result<&Arc<Index>, AppError> {
        let index = self.indexes.iter().find(|(name, _)| name.as_str() == DEFAULT).map(|(_, index)| index);
        index.ok_or_else(|| AppError::not_found("there is no default index"))
    }

    /// All indexes of the configuration, by name.
    pub fn indexes(&self) -> impl Iterator<Item = &Arc<Index>> {
        self.indexes.values()
    }

    /// Every index that pages are served by, but snapshots, which show nothing of an upstream: those of the configuration,
    /// and those of suites that none of them hides by its name.
    pub(crate) fn every_index(&self) -> Vec<Arc<Index>> {
        let hidden = |suite: &Arc<Index>| self.indexes.contains_key(&suite.name);
        let suites = self.suite_indexes().into_iter().filter(|suite| !hidden(suite));
        self.indexes.values().cloned().chain(suites).collect()
    }

    /// Tells this data from any other.
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn client(&self, upstream: &UpstreamName) -> Result<&UpstreamClient, AppError> {
        self.clients
            .get(upstream)
            .ok_or_else(|| AppError::not_found(format!("there is no upstream {upstream}")))
    }
}
