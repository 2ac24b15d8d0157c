//! Files: which one is meant, whether it may go out, and where its bytes are.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use packhouse_blob::{BlobError, BlobReader, ByteStream};
use packhouse_guard::{Case, Decision, FileFacts, ProjectFacts};
use packhouse_model::{ProjectName, Sha256, Timestamp, UpstreamName};

use crate::download::Download;
use crate::error::{AppError, safe};
use crate::index::Index;
use crate::inspection::Gate;
use crate::packhouse::Packhouse;
use crate::project::{Patience, Project};

/// What a file URL names: bytes, and the name they are listed under.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileKey {
    /// The bytes.
    pub sha256: Sha256,
    /// The name.
    pub filename: Box<str>,
}

/// A file that may go out, and its bytes when they are here.
#[derive(Debug)]
pub struct KnownAnswer {
    /// The bytes.
    pub content: Kept,
    /// When the upstream says it was uploaded, for `Last-Modified`.
    pub uploaded: Option<Timestamp>,
    /// Whose file it is: when the project changes, the decision is made again.
    project: ProjectName,
    /// Until when the decision need not be made again.
    fresh_until: Timestamp,
}

/// Bytes that are here.
#[derive(Debug, Clone)]
pub enum Kept {
    /// A small file.
    Memory(Bytes),
    /// A larger one, open.
    Disk(BlobReader),
}

impl Kept {
    /// Bytes of the whole file.
    pub fn size(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Disk(reader) => reader.size(),
        }
    }
}

impl KnownAnswer {
    /// The bytes of `range`, which must lie within the file. Once they are open, the store has said that it has them.
    pub async fn open(&self, range: Range<u64>) -> Result<ByteStream, AppError> {
        match &self.content {
            Kept::Memory(bytes) => {
                let wrong = || AppError::lost("a range of a file lies outside of it");
                let inside = range.start <= range.end && range.end <= bytes.len() as u64;
                let part = inside.then(|| bytes.slice(range.start as usize..range.end as usize));
                Ok(futures_util::stream::iter([Ok(part.ok_or_else(wrong)?)]).boxed())
            }
            Kept::Disk(reader) => Ok(reader.open(range).await?),
        }
    }

    pub(crate) fn weight(&self) -> u32 {
        match &self.content {
            Kept::Memory(bytes) => u32::try_from(bytes.len() + 400).unwrap_or(u32::MAX),
            // An open file costs a descriptor, of which there are a thousand or so.
            Kept::Disk(_) => 64_000,
        }
    }
}

/// The bytes of a file that may go out.
#[derive(Debug)]
pub enum FileAnswer {
    /// Here already.
    Known(Arc<KnownAnswer>),
    /// On its way from the upstream, not proved right before its end.
    Arriving(Arriving),
}

/// A file on its way from the upstream.
#[derive(Debug)]
pub struct Arriving {
    /// Its bytes, in all.
    pub size: u64,
    /// When the upstream says it was uploaded.
    pub uploaded: Option<Timestamp>,
    download: Download,
    gate: Gate,
}

impl Arriving {
    /// The bytes as they arrive. The last come when the hash is right, the file was inspected where that is wanted, and
    /// nothing speaks against it; else the stream ends with an error before them.
    pub fn stream(self) -> ByteStream {
        self.download.stream(self.size, self.gate)
    }

    /// Waits for the end of it.
    async fn finished(self) -> Result<(), AppError> {
        self.gate.opened().await
    }
}

/// Files up to this size are kept in memory while they are asked for.
const SMALL: u64 = 256 * 1024;
/// Files up to this size are waited for, so that a wrong one gets an error of its own instead of a cut connection.
const WAITED_FOR: u64 = 1024 * 1024;
/// A page this young is not asked for again because of a link to a file that it does not list.
const LOOKED_FOR: Duration = Duration::from_secs(2);
/// A decision on a file is made again after this long, also when its project's page is old.
const DECIDED_FOR: Duration = Duration::from_secs(30);

/// A file that was found on a project's page, and what the indexes say of it.
pub(crate) struct Judged {
    pub(crate) project: Arc<Project>,
    pub(crate) place: usize,
    pub(crate) until: Timestamp,
    /// Which state of the distribution it was judged by: see [`Packhouse::shown`].
    pub(crate) shown: u64,
    /// Whether the index that serves it wants to know what is in it.
    pub(crate) looks_into: bool,
}

impl Packhouse {
    /// The file if it can go out as it is: no waiting, no database.
    pub fn ready_file(&self, key: &FileKey) -> Option<Arc<KnownAnswer>> {
        let now = self.clock.now();
        let answer = self.answers.get(key).filter(|answer| now < answer.fresh_until)?;
        self.used.note(key.sha256, now);
        self.counters.file_hits.fetch_add(1, Ordering::Relaxed);
        Some(answer)
    }

    /// Decides on a file and finds its bytes, here or upstream.
    pub async fn file(&self, key: &FileKey) -> Result<FileAnswer, AppError> {
        if let Some(answer) = self.ready_file(key) {
            return Ok(FileAnswer::Known(answer));
        }
        let judged = self.judge(key).await?;
        self.used.note(key.sha256, self.clock.now());
        let awaited = self.awaited.keep(key.sha256);
        let judged = if self.blobs.exists(key.sha256).await? {
            let judged = self.admitted(key, judged).await?;
            if let Some(answer) = self.known(key, &judged).await? {
                self.counters.file_hits.fetch_add(1, Ordering::Relaxed);
                return Ok(FileAnswer::Known(answer));
            }
            judged
        } else {
            judged
        };
        self.counters.file_misses.fetch_add(1, Ordering::Relaxed);
        if judged.looks_into {
            // It is ready when the file is here.
            self.inspector.warm_up();
        }
        if let Some(mut download) = self.download(key.sha256, &judged.project, judged.place).await? {
            if let Some(size) = download.size().filter(|size| *size > WAITED_FOR) {
                // An upstream that fails before the first byte that may go out gets an answer of its own, too.
                download.started().await?;
                let uploaded = judged.project.page.files[judged.place].upload_time;
                let gate = self.gate(key, judged, download.clone(), awaited);
                return Ok(FileAnswer::Arriving(Arriving { size, uploaded, download, gate }));
            }
            download.finished().await?;
        }
        let judged = self.admitted(key, judged).await?;
        let answer = self.known(key, &judged).await?;
        drop(awaited);
        self.evict_if_full().await;
        answer.map(FileAnswer::Known).ok_or_else(|| AppError::lost("a file that was just stored is gone"))
    }

    /// After a known file could not be opened: forgets what was known of it, so that it is looked for again. Another process
    /// may have evicted it from the object store since. Any other error stays one.
    pub fn look_again(&self, key: &FileKey, error: AppError) -> Result<(), AppError> {
        self.answers.invalidate(key);
        if error.is_gone() { Ok(()) } else { Err(error) }
    }

    /// Has the decisions on a project's files made again: something about it is not what it was.
    pub(crate) fn forget_answers(&self, project: &ProjectName) {
        for (key, answer) in &self.answers {
            if answer.project == *project {
                self.answers.invalidate(&*key);
            }
        }
    }

    /// Like [`Packhouse::file`], but only with all bytes here: for ranges.
    pub async fn whole_file(&self, key: &FileKey) -> Result<Arc<KnownAnswer>, AppError> {
        match self.file(key).await? {
            FileAnswer::Known(answer) => Ok(answer),
            FileAnswer::Arriving(arriving) => {
                arriving.finished().await?;
                let judged = self.judge(key).await?;
                self.known(key, &judged)
                    .await?
                    .ok_or_else(|| AppError::lost("a file that was just stored is gone"))
            }
        }
    }

    /// What is known of a file's size and upload without fetching it: for HEAD.
    pub async fn file_facts(&self, key: &FileKey) -> Result<(Option<u64>, Option<Timestamp>), AppError> {
        let judged = self.judge(key).await?;
        let file = &judged.project.page.files[judged.place];
        if let Some(reader) = self.blobs.get(key.sha256).await? {
            return Ok((Some(reader.size()), file.upload_time));
        }
        if file.size.is_some() {
            return Ok((file.size, file.upload_time));
        }
        let client = self.client(&judged.project.upstream)?;
        let size = client.head(&safe(&file.url)?).await.ok().and_then(|head| head.size);
        Ok((size, file.upload_time))
    }

    /// The refusal of a file for which the upstream names no SHA-256: its URL has none either.
    pub async fn refuse_unknown_file(&self, filename: &str) -> AppError {
        let now = self.clock.now();
        for name in packhouse_pypi::filename::possible_projects(filename) {
            for index in self.indexes() {
                let Ok((project, _)) = self.admitted_project(index, &name, Patience::File).await else {
                    continue;
                };
                let Some((place, _)) = project.file(filename).filter(|(_, file)| file.sha256.is_none())
                else {
                    continue;
                };
                let decision = index.decide(&project.file_case(place, now));
                return self.refuse(
                    index,
                    &name,
                    project.version_of(place),
                    Some((filename, None)),
                    decision,
                );
            }
        }
        AppError::not_found(format!("no index here lists a file {filename} without a sha256"))
    }

    async fn known(&self, key: &FileKey, judged: &Judged) -> Result<Option<Arc<KnownAnswer>>, AppError> {
        let Some(reader) = self.blobs.get(key.sha256).await? else { return Ok(None) };
        let content = if reader.size() <= SMALL {
            match reader.read_all(SMALL).await {
                // Evicted by another process since the look.
                Err(BlobError::Gone { .. }) => return Ok(None),
                read => Kept::Memory(read?),
            }
        } else {
            Kept::Disk(reader)
        };
        let answer = Arc::new(KnownAnswer {
            content,
            uploaded: judged.project.page.files[judged.place].upload_time,
            project: judged.project.facts.name.clone(),
            fresh_until: judged.until,
        });
        self.answers.insert(key.clone(), Arc::clone(&answer));
        if self.shown() != judged.shown {
            // Something may have been withdrawn since the decision: the next who asks has it made again.
            self.answers.invalidate(key);
        }
        Ok(Some(answer))
    }

    /// The file on its project's page, if at least one index hands it out.
    ///
    /// File URLs do not name an index, so that lockfiles survive a change of index. Whoever may read an index
    /// that serves the file could ask that index, so it is served when one does; it is refused when none does.
    pub(crate) async fn judge(&self, key: &FileKey) -> Result<Judged, AppError> {
        let shown = self.shown();
        if let Some(judged) = self.judge_vetted(key, shown).await? {
            return judged;
        }
        let mut refusal = None;
        let mut failure = None;
        let every = self.every_index();
        let indexes_of = |upstream: &UpstreamName| -> Vec<&Arc<Index>> {
            every.iter().filter(|index| index.upstream == *upstream).collect()
        };
        // Whoever was just shown the page asks for what stands on it. Where that is refused, the other places count, too.
        if let Some((upstream, name)) = self.at_hand(key)
            && let Ok(Ok(judged)) = self.judge_in(key, &upstream, &name, &indexes_of(&upstream), shown).await
        {
            return Ok(judged);
        }
        for (upstream, name) in self.whereabouts(key).await? {
            match self.judge_in(key, &upstream, &name, &indexes_of(&upstream), shown).await {
                Ok(Ok(judged)) => return Ok(judged),
                Ok(Err(Some(refused))) => refusal = refusal.or(Some(refused)),
                Ok(Err(None)) => {}
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        if let Some((index, name, version, decision)) = refusal {
            let file = Some((&*key.filename, Some(key.sha256)));
            return Err(self.refuse(&index, &name, version.as_deref(), file, decision));
        }
        Err(failure.unwrap_or_else(|| {
            AppError::not_found(format!(
                "no index here lists a file {} with sha256 {}",
                key.filename, key.sha256
            ))
        }))
    }

    /// The decision on bytes that were ever in a suite: the distribution's word on them is the last one. None: they never
    /// were.
    async fn judge_vetted(
        &self,
        key: &FileKey,
        shown: u64,
    ) -> Result<Option<Result<Judged, AppError>>, AppError> {
        let index = self.default_index()?;
        let Some(project) = self.once_vetted(index, key.sha256, &key.filename).await? else {
            return Ok(None);
        };
        let Some((place, _)) = project.file(&key.filename) else { return Ok(None) };
        let now = self.clock.now();
        let case = project.file_case(place, now);
        let decision = index.decide(&case);
        // Each index has rules of its own, and one that serves it is enough.
        let others = self.indexes().filter(|other| other.name != index.name).map(|other| other.decide(&case));
        let serving = std::iter::once(decision.clone()).chain(others).find(Decision::serves);
        if let Some(decision) = serving {
            let until = decision.until.unwrap_or(Timestamp::MAX).min(now.plus(DECIDED_FOR));
            return Ok(Some(Ok(Judged { project, place, until, shown, looks_into: false })));
        }
        let version = project.version_of(place).map(str::to_owned);
        let file = Some((&*key.filename, Some(key.sha256)));
        let name = project.facts.name.clone();
        Ok(Some(Err(self.refuse(index, &name, version.as_deref(), file, decision))))
    }

    async fn judge_in(
        &self,
        key: &FileKey,
        upstream: &UpstreamName,
        name: &ProjectName,
        indexes: &[&Arc<Index>],
        shown: u64,
    ) -> Result<Result<Judged, Option<Refused>>, AppError> {
        let now = self.clock.now();
        let unasked = ProjectFacts::unasked(name.clone());
        let before = Case { project: &unasked, release: None, file: None, now };
        // A private name is not asked of the upstream by its file's URL either.
        let admitting: Vec<_> = indexes.iter().filter(|index| index.decide(&before).serves()).collect();
        if admitting.is_empty() {
            return Ok(Err(indexes
                .first()
                .map(|index| (Arc::clone(index), name.clone(), None, index.decide(&before)))));
        }
        let Some(found) = self.project(upstream, name, Patience::File).await? else { return Ok(Err(None)) };
        let mut project = found.project;
        // A lockfile may be newer than the page that is kept: look once, but not for every wrong link.
        if project.file(&key.filename).is_none()
            && now.since(project.checked()) >= LOOKED_FOR.min(self.settings.upstream.ttl)
        {
            match self.fresh(upstream, name, now).await? {
                Some(found) => project = found.project,
                None => return Ok(Err(None)),
            }
        }
        // Whoever comes with a lockfile asks for no page first.
        project = self.look_at_publishers(upstream, project).await?;
        let listed = project.file(&key.filename).filter(|(_, file)| file.sha256 == Some(key.sha256));
        let Some((mut place, _)) = listed else {
            if let Some(refused) = Self::changed(key, &project, &admitting, now) {
                return Ok(Err(Some(refused)));
            }
            // A project that is refused as a whole may list nothing; its files are refused for the same reason.
            let decisions: Vec<Decision> =
                admitting.iter().map(|index| index.decide(&project.case(now))).collect();
            if decisions.iter().any(Decision::serves) {
                return Ok(Err(None));
            }
            let first = admitting.first().zip(decisions.into_iter().next());
            return Ok(Err(first.map(|(index, decision)| (Arc::clone(index), name.clone(), None, decision))));
        };
        if let Some(looked) = self.look_at_needs(upstream, &project, place, &admitting).await? {
            project = looked;
            let again = project.file(&key.filename).filter(|(_, file)| file.sha256 == Some(key.sha256));
            let Some((there, _)) = again else { return Ok(Err(None)) };
            place = there;
        }
        let version = project.version_of(place).map(str::to_owned);
        let mut refusal = None;
        for index in admitting {
            let case = project.file_case(place, now);
            // The suite holds the project, and not this file: it would have been found there.
            let vetted = self.vetted(index, name).await?;
            let case = Case { project: vetted.as_ref().map_or(case.project, |vetted| &vetted.facts), ..case };
            let decision = index.decide(&case);
            if decision.serves() {
                let looks_into = index.policy.looks_into(&case);
                let until = decision.until.unwrap_or(Timestamp::MAX);
                let looked = self.fresh_until(&project).max(now.plus(DECIDED_FOR));
                drop(vetted);
                return Ok(Ok(Judged { place, until: until.min(looked), project, shown, looks_into }));
            }
            refusal = refusal.or_else(|| Some((Arc::clone(index), name.clone(), version.clone(), decision)));
        }
        Ok(Err(refusal))
    }

    /// The refusal of bytes that the upstream offers, or once offered, under a name that was first seen with others.
    fn changed(
        key: &FileKey,
        project: &Project,
        admitting: &[&&Arc<Index>],
        now: Timestamp,
    ) -> Option<Refused> {
        let (place, _) = project.file(&key.filename)?;
        // Of a hash that the upstream never named there is nothing to say.
        if crate::project::changed_to(&project.page.files[place]) != Some(key.sha256) {
            return None;
        }
        let facts = FileFacts { sha256: Some(key.sha256), ..project.files[place].facts.clone() };
        let case = Case { file: Some(&facts), ..project.file_case(place, now) };
        let index = admitting.first()?;
        let decision = index.decide(&case);
        let version = project.version_of(place).map(str::to_owned);
        (!decision.serves()).then(|| (Arc::clone(index), project.facts.name.clone(), version, decision))
    }

    /// The project of the default upstream that lists a file, if it is in memory.
    fn at_hand(&self, key: &FileKey) -> Option<(UpstreamName, ProjectName)> {
        let upstream = &self.default_index().ok()?.upstream;
        packhouse_pypi::filename::possible_projects(&key.filename).into_iter().find_map(|name| {
            let place = (upstream.clone(), name);
            let project = self.projects.get(&place)?;
            let listed = project.file(&key.filename).is_some_and(|(_, file)| file.sha256 == Some(key.sha256));
            listed.then_some(place)
        })
    }

    /// The projects that may list a file: those that did before, else those its name speaks of, so that a lockfile
    /// also works against an empty cache.
    async fn whereabouts(&self, key: &FileKey) -> Result<Vec<(UpstreamName, ProjectName)>, AppError> {
        let mut found: Vec<_> = self
            .store
            .find_file(key.sha256, &key.filename)
            .await?
            .into_iter()
            .map(|location| (location.upstream, location.project))
            .collect();
        if found.is_empty() {
            for name in packhouse_pypi::filename::possible_projects(&key.filename) {
                found.extend(self.clients.keys().map(|upstream| (upstream.clone(), name.clone())));
            }
        }
        // The default upstream's word first, whatever order a table or a map has.
        found.sort_by_key(|(upstream, _)| upstream.as_str() != crate::index::DEFAULT);
        Ok(found)
    }
}

type Refused = (Arc<Index>, ProjectName, Option<String>, Decision);
