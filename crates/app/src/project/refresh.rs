use std::collections::HashMap;
use std::sync::Arc;

use packhouse_guard::Inspected;
use packhouse_model::{ProjectName, Sha256, Timestamp, UpstreamName};
use packhouse_pypi::negotiate::Format;
use packhouse_pypi::simple::{self, File, Page};
use packhouse_pypi::{Version, parse_filename};
use packhouse_store::{NewPage, Page as PageRow, PageDocument, PageState};
use packhouse_upstream::{PageReply, Validators};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use super::Project;
use super::build::{CHANGED, DELETED, Ingredients, build, deleted};
use super::finish::{Pending, UNFINISHED};
use super::habits::{Lack, lack};
use crate::compression::PAGE_LEVEL;
use crate::error::{AppError, chain};
use crate::facts::FileNeeds;
use crate::packhouse::{ABSENT_FOR, Packhouse};

/// Pages smaller than this are parsed where they arrive; larger ones would hold up other requests.
const PARSE_ASIDE: usize = 200_000;
/// A stored document was within the limits when it came; this only bounds what a damaged database can ask for.
const MOST_OF_A_DOCUMENT: usize = 1 << 30;

type FileFactsOn = (HashMap<Sha256, Option<Sha256>>, HashMap<Sha256, Inspected>, FileNeeds);

/// What a question to the upstream is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// An answer for somebody who waits. What was confirmed after this moment will do: another flight may have ended
    /// between the caller's look and this one.
    NewerThan(Timestamp),
    /// A page with all that its project's JSON document says, however long that takes.
    Whole,
}

impl Packhouse {
    /// Asks the upstream for a project, keeps what it says, and returns the project. `None`: it does not exist.
    ///
    /// Called through `refreshing` only, so at most once at the same time for a project.
    pub(super) async fn refresh(
        &self,
        upstream: &UpstreamName,
        name: &ProjectName,
        want: Want,
        levels_ahead: u8,
    ) -> Result<Option<Arc<Project>>, AppError> {
        let client = self.client(upstream)?;
        let row = self.store.page(upstream, name).await?;
        // Of a project that was never asked for there is nothing to load.
        let kept = if row.is_some() { self.kept(upstream, name).await? } else { None };
        let will_do = |kept: &&Arc<Project>| match want {
            Want::NewerThan(moment) => kept.checked() > moment,
            Want::Whole => !kept.is_unfinished(),
        };
        if let Some(kept) = kept.as_ref().filter(will_do) {
            return Ok(Some(Arc::clone(kept)));
        }
        if self.absent.get(&(upstream.clone(), name.clone())).is_some_and(|until| self.clock.now() < until) {
            return Ok(None);
        }
        // What an upstream at another address said cannot be asked of this one.
        let since = self.address_since.get(upstream).copied().unwrap_or(Timestamp::MIN);
        let asked_before = row.as_ref().filter(|row| row.checked >= since && want != Want::Whole);
        let validators = asked_before.map(validators).unwrap_or_default();
        // Learned from earlier pages: asking for both at once saves a round trip.
        let both = kept.is_none()
            && self.habits(upstream, |habits| habits.wants_both(self.settings.upstream.patience));
        let early = (both || want == Want::Whole).then(|| {
            let (this, upstream, name) = (self.clone(), upstream.clone(), name.clone());
            let asking = tokio::spawn(async move { this.ask_document(&upstream, &name).await });
            let asking = AbortOnDropHandle::new(asking);
            async {
                asking.await.unwrap_or_else(|_| Err(AppError::lost("a JSON document was being fetched")))
            }
        });
        let began = Instant::now();
        let reply = client.page(name, &validators).await;
        let fetched_in = began.elapsed();
        let what = || format!("the page of {name} could not be fetched");
        let now = self.clock.now();
        match reply.map_err(|error| AppError::upstream(&what(), &error))? {
            PageReply::NotModified => match kept {
                Some(project) => {
                    self.store.touch_page(upstream, name, None, now).await?;
                    project.confirm(now);
                    if project.is_unfinished() {
                        self.finish_later(upstream, name, None);
                    }
                    // What it needs may be vetted by now.
                    let project = if project.needs_newcomers() {
                        self.load(upstream, name).await?.unwrap_or(project)
                    } else {
                        project
                    };
                    self.look_at_publishers(upstream, project).await.map(Some)
                }
                None => Err(AppError::unusable(format!(
                    "{}: it answered 304 to an unconditional request",
                    what()
                ))),
            },
            PageReply::Absent => self.gone(upstream, name, kept, now).await,
            PageReply::Page(fetched) => {
                self.unfinished.page_came();
                let limits = self.parse_limits();
                let validators = fetched.validators.clone();
                let (content_type, base, expected) = (fetched.content_type, fetched.final_url, name.clone());
                let parse =
                    move |bytes: &[u8]| simple::parse(&content_type, bytes, &base, &expected, &limits);
                let parsed = aside(fetched.bytes, parse).await?;
                let mut page =
                    parsed.map_err(|error| AppError::unusable(format!("{}: {}", what(), chain(&error))))?;
                page.last_serial = page.last_serial.or(fetched.last_serial);
                // Said by another Packhouse of its own page.
                page.extra.remove(UNFINISHED);
                let levels_ahead = if kept.is_none() { levels_ahead } else { 0 };
                // A page by which can be decided is here long before its document.
                let decidable = lack(&page) != Lack::Facts;
                if decidable {
                    self.look_ahead(upstream, &page, levels_ahead);
                }
                let (mut page, whole) = self.complete(upstream, page, early, want).await?;
                if !decidable {
                    self.look_ahead(upstream, &page, levels_ahead);
                }
                for skipped in &page.skipped {
                    tracing::warn!(project = %name, file = %skipped.filename, reason = %skipped.reason, "left out of a page");
                }
                let named_versions = !page.versions.is_empty();
                let completed_in = began.elapsed();
                if !whole {
                    if let Some(kept) = &kept {
                        page.take_sizes_of(&kept.page);
                    }
                    page.extra.insert(UNFINISHED.to_owned(), true.into());
                }
                self.keep_what_left(&mut page, kept.as_deref(), now).await?;
                let project = self.keep(upstream, name, page, &validators, now).await?;
                tracing::debug!(project = %name, files = project.files.len(), whole, ?fetched_in, ?completed_in,
                    kept_in = ?began.elapsed(), "a page came");
                if !whole {
                    // With what was kept from before in it, the page is no longer what the upstream said.
                    let state = project.state;
                    let pending = kept.is_none().then_some(Pending { validators, named_versions, state });
                    self.finish_later(upstream, name, pending);
                }
                self.look_at_publishers(upstream, project).await.map(Some)
            }
        }
    }

    /// What we have and the upstream no longer lists, or lists with other bytes, stays on the page.
    async fn keep_what_left(
        &self,
        page: &mut Page,
        kept: Option<&Project>,
        now: Timestamp,
    ) -> Result<(), AppError> {
        let Some(kept) = kept else { return Ok(()) };
        let listed: HashMap<&str, usize> =
            page.files.iter().enumerate().map(|(place, file)| (file.filename.as_str(), place)).collect();
        let mut back = Vec::new();
        let mut replaced = Vec::new();
        for (old, known) in kept.page.files.iter().zip(&kept.files) {
            let Some(sha256) = old.sha256 else { continue };
            // A file that was kept with other bytes than the first seen is no promise to anybody.
            if known.facts.pinned != Some(sha256) {
                continue;
            }
            let place = listed.get(old.filename.as_str()).copied();
            let same = place.is_some_and(|place| page.files[place].sha256 == Some(sha256));
            if same || !self.hold(sha256).await? {
                continue;
            }
            match place {
                Some(place) => {
                    tracing::warn!(project = %kept.facts.name, file = %old.filename, "the upstream changed a file's bytes; the first ones stay");
                    let mut first = old.clone();
                    if let Some(other) = page.files[place].sha256 {
                        first.extra.insert(CHANGED.to_owned(), other.hex().into());
                    }
                    replaced.push((place, first));
                }
                None => back.push(marked_deleted(old, now)),
            }
        }
        for (place, old) in replaced {
            page.files[place] = old;
        }
        for file in &back {
            // PEP 700: `versions` names every version that has a file.
            let version =
                parse_filename(&file.filename, &page.name).version.map(|version| version.to_string());
            page.versions.extend(version.filter(|version| !page.versions.contains(version)));
        }
        page.files.extend(back);
        Ok(())
    }

    /// Whether we have these bytes; if so, eviction leaves them from now on, as nobody else has them.
    async fn hold(&self, sha256: Sha256) -> Result<bool, AppError> {
        Ok(self.store.pin_blob(sha256).await?)
    }

    /// The upstream says 404.
    async fn gone(
        &self,
        upstream: &UpstreamName,
        name: &ProjectName,
        kept: Option<Arc<Project>>,
        now: Timestamp,
    ) -> Result<Option<Arc<Project>>, AppError> {
        let Some(kept) = kept else {
            // In memory only: or whoever asks for random names could fill the database.
            self.absent.insert(
                (upstream.clone(), name.clone()),
                now.plus(ABSENT_FOR.min(self.settings.upstream.ttl)),
            );
            return Ok(None);
        };
        if kept.present {
            tracing::warn!(project = %name, "the upstream no longer has this project; what is stored of it stays");
        }
        self.store.save_absent(upstream, name, now).await?;
        self.load(upstream, name).await
    }

    pub(super) async fn keep(
        &self,
        upstream: &UpstreamName,
        name: &ProjectName,
        mut page: Page,
        validators: &Validators,
        now: Timestamp,
    ) -> Result<Arc<Project>, AppError> {
        if page.versions.is_empty() {
            page.versions = versions(&page);
        }
        let document = page.to_json_document();
        let sha256 = Sha256::of(&document);
        // What came back because we kept it has its rows already.
        let files = page.files.iter().filter(|file| deleted(file).is_none());
        let new = NewPage {
            upstream: upstream.clone(),
            project: name.clone(),
            etag: validators.etag.clone(),
            last_modified: validators.last_modified.clone(),
            last_serial: page.last_serial.and_then(|serial| i64::try_from(serial).ok()),
            document: PageDocument { bytes: compress(&document)?, sha256 },
            files: files.filter_map(|file| Some((file.filename.clone(), file.sha256?))).collect(),
        };
        let made_with = self.shown();
        // Also where every upload is old: a date from before our last look is not believed, and the file counts as new.
        let (shown, seen, files) = tokio::join!(
            self.store.seen_publishers(upstream, name),
            self.save(new, now),
            self.file_facts_on(upstream, &page),
        );
        let (metadata, inspected, needs) = files?;
        self.absent.invalidate(&(upstream.clone(), name.clone()));
        let with = Ingredients {
            upstream: upstream.clone(),
            present: true,
            state: sha256,
            checked: now,
            seen: seen?,
            metadata,
            suite: None,
            withdrawn: self.withdrawn(name),
            shown: shown?,
            facts: self.guard_facts(name).await?,
            inspected,
            needs,
        };
        Ok(self.join(page, with, made_with))
    }

    /// Reads a project from the database into memory.
    pub(crate) async fn load(
        &self,
        upstream: &UpstreamName,
        name: &ProjectName,
    ) -> Result<Option<Arc<Project>>, AppError> {
        let made_with = self.shown();
        let Some(row) = self.store.page(upstream, name).await? else { return Ok(None) };
        let Some(document) = row.document else { return Ok(None) };
        let mut page = match self.projects.get(&(upstream.clone(), name.clone())) {
            // What was kept of it last is what is in memory.
            Some(project) if project.state == document.sha256 => project.page.clone(),
            _ => self.unpack(name, &document).await?,
        };
        let mut state = document.sha256;
        if row.state == PageState::Absent {
            self.keep_stored_only(&mut page, row.changed).await?;
            state = Sha256::of(format!("absent {state}").as_bytes());
        }
        let seen = self.store.seen_files(upstream, name).await?;
        let (metadata, inspected, needs) = self.file_facts_on(upstream, &page).await?;
        let present = row.state == PageState::Present;
        let shown = self.store.seen_publishers(upstream, name).await?;
        let with = Ingredients {
            upstream: upstream.clone(),
            present,
            state,
            checked: row.checked,
            seen,
            metadata,
            suite: None,
            withdrawn: self.withdrawn(name),
            shown,
            facts: self.guard_facts(name).await?,
            inspected,
            needs,
        };
        let project = self.join(page, with, made_with);
        if project.is_unfinished() && project.present {
            self.finish_later(upstream, name, None);
        }
        Ok(Some(project))
    }

    /// A page as it was kept.
    async fn unpack(&self, name: &ProjectName, document: &PageDocument) -> Result<Page, AppError> {
        let bytes = zstd::bulk::decompress(&document.bytes, MOST_OF_A_DOCUMENT)
            .map_err(|error| AppError::internal("a kept page could not be decompressed", error))?;
        let base = Url::parse("http://upstream.invalid/")
            .map_err(|error| AppError::internal("a base URL", error))?;
        // It was within the limits when it came; they may have been lowered since.
        let limits = simple::Limits {
            bytes: MOST_OF_A_DOCUMENT,
            files: usize::MAX,
            versions: usize::MAX,
            values: usize::MAX,
            ..simple::Limits::default()
        };
        let name = name.clone();
        let parse =
            move |bytes: &[u8]| simple::parse(Format::Json.content_type(), bytes, &base, &name, &limits);
        aside(bytes, parse).await?.map_err(|error| AppError::internal("a kept page could not be read", error))
    }

    /// Of a project that the upstream deleted, what we can still hand out.
    async fn keep_stored_only(&self, page: &mut Page, since: Timestamp) -> Result<(), AppError> {
        let mut stored = Vec::new();
        for file in &page.files {
            if let Some(sha256) = file.sha256
                && self.hold(sha256).await?
            {
                stored.push(marked_deleted(file, since));
            }
        }
        page.files = stored;
        Ok(())
    }

    /// What is kept of the files on a page: the hashes of their metadata, what inspections saw that weighs, and what they
    /// newly need.
    async fn file_facts_on(&self, upstream: &UpstreamName, page: &Page) -> Result<FileFactsOn, AppError> {
        let hashes: Vec<Sha256> = page.files.iter().filter_map(|file| file.sha256).collect();
        let known = self.store.known_files(upstream, &hashes).await?;
        let told = known.told.into_iter();
        Ok((
            known.metadata.into_iter().collect(),
            told.map(|(sha256, text)| (sha256, crate::inspection::read_told(&text))).collect(),
            self.still_needed(known.needs).await?,
        ))
    }

    /// Joins a page with what else is known, and keeps the project in memory. `made_with` is [`Packhouse::shown`] from before
    /// anything was read.
    fn join(&self, page: Page, with: Ingredients, made_with: u64) -> Arc<Project> {
        let key = (with.upstream.clone(), page.name.clone());
        let (withdrawn, facts) = (with.withdrawn.clone(), Arc::clone(&with.facts));
        let project = Arc::new(build(page, with));
        if self.projects.get(&key).is_some_and(|before| before.state != project.state) {
            self.forget_answers(&key.1);
        }
        self.projects.insert(key.clone(), Arc::clone(&project));
        // Withdrawn, or given back, since this began: what is in memory of before is cleared by who shows the new state, and
        // what came behind that here.
        if self.withdrawn(&key.1) != withdrawn || self.known.is_older(&facts) || self.shown() != made_with {
            self.projects.invalidate(&key);
        }
        project
    }
}

fn validators(row: &PageRow) -> Validators {
    if row.document.is_none() {
        return Validators::default();
    }
    Validators { etag: row.etag.clone(), last_modified: row.last_modified.clone() }
}

/// PEP 700's `versions` of a page that has none: those of its files.
fn versions(page: &Page) -> Vec<String> {
    let mut versions: Vec<Version> =
        page.files.iter().filter_map(|file| parse_filename(&file.filename, &page.name).version).collect();
    versions.sort();
    versions.dedup();
    versions.iter().map(ToString::to_string).collect()
}

fn marked_deleted(file: &File, now: Timestamp) -> File {
    let mut file = file.clone();
    file.extra.entry(DELETED).or_insert_with(|| now.to_string().into());
    file
}

fn compress(document: &[u8]) -> Result<Vec<u8>, AppError> {
    zstd::bulk::compress(document, PAGE_LEVEL)
        .map_err(|error| AppError::internal("a page could not be compressed", error))
}

/// Runs a parser where it cannot hold up other requests.
pub(super) async fn aside<B, T>(
    bytes: B,
    parse: impl FnOnce(&[u8]) -> T + Send + 'static,
) -> Result<T, AppError>
where
    B: AsRef<[u8]> + Send + 'static,
    T: Send + 'static,
{
    if bytes.as_ref().len() < PARSE_ASIDE {
        return Ok(parse(bytes.as_ref()));
    }
    let parsed = tokio::task::spawn_blocking(move || parse(bytes.as_ref())).await;
    parsed.map_err(|error| AppError::internal("a page was being read", error))
}
