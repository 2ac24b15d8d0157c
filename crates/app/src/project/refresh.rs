use std::collections::HashMap;
use std::sync::Arc;

use packhouse_model::{ProjectName, Sha256, Timestamp, UpstreamName};
use packhouse_pypi::negotiate::Format;
use packhouse_pypi::project_json::Summary;
use packhouse_pypi::simple::{self, File, Page};
use packhouse_pypi::{Version, parse_filename};
use packhouse_store::{NewPage, Page as PageRow, PageDocument, PageState, SeenFile};
use packhouse_upstream::{PageReply, UpstreamClient, UpstreamError, Validators};
use url::Url;

use super::Project;
use super::build::{CHANGED, DELETED, Ingredients, build, deleted};
use crate::error::{AppError, chain};
use crate::packhouse::{ABSENT_FOR, Packhouse};

/// Pages smaller than this are parsed where they arrive; larger ones would hold up other requests.
const PARSE_ASIDE: usize = 200_000;
/// A stored document was within the limits when it came; this only bounds what a damaged database can ask for.
const MOST_OF_A_DOCUMENT: usize = 1 << 30;

impl Packhouse {
    /// Asks the upstream for a project, keeps what it says, and returns the project. `None`: it does not exist.
    ///
    /// Called through `refreshing` only, so at most once at the same time for a project. See [`Packhouse::fresh`] for
    /// `newer_than`.
    pub(super) async fn refresh(
        &self,
        upstream: &UpstreamName,
        name: &ProjectName,
        newer_than: Timestamp,
    ) -> Result<Option<Arc<Project>>, AppError> {
        let client = self.client(upstream)?;
        let kept = self.kept(upstream, name).await?;
        // Another flight may have ended between the caller's look and this one.
        if let Some(kept) = kept.as_ref().filter(|kept| kept.checked() > newer_than) {
            return Ok(Some(Arc::clone(kept)));
        }
        if self.absent.get(&(upstream.clone(), name.clone())).is_some_and(|until| self.clock.now() < until) {
            return Ok(None);
        }
        let row = self.store.page(upstream, name).await?;
        // What an upstream at another address said cannot be asked of this one.
        let since = self.address_since.get(upstream).copied().unwrap_or(Timestamp::MIN);
        let validators = row.as_ref().filter(|row| row.checked >= since).map(validators).unwrap_or_default();
        // Learned from the first page: asking for both at once saves a round trip on each later one.
        let both = self.lacks_facts(upstream) && kept.is_none();
        let json_early =
            async { if both { Some(client.project_json(name, &Validators::default()).await) } else { None } };
        let (reply, json_early) = tokio::join!(client.page(name, &validators), json_early);
        let what = || format!("the page of {name} could not be fetched");
        let now = self.clock.now();
        match reply.map_err(|error| AppError::upstream(&what(), &error))? {
            PageReply::NotModified => match kept {
                Some(project) => {
                    self.store.touch_page(upstream, name, None, now).await?;
                    project.confirm(now);
                    Ok(Some(project))
                }
                None => Err(AppError::unusable(format!(
                    "{}: it answered 304 to an unconditional request",
                    what()
                ))),
            },
            PageReply::Absent => self.gone(upstream, name, kept, now).await,
            PageReply::Page(fetched) => {
                let limits = self.parse_limits();
                let validators = fetched.validators.clone();
                let (content_type, base, expected) = (fetched.content_type, fetched.final_url, name.clone());
                let parse =
                    move |bytes: &[u8]| simple::parse(&content_type, bytes, &base, &expected, &limits);
                let parsed = aside(fetched.bytes, parse).await?;
                let mut page =
                    parsed.map_err(|error| AppError::unusable(format!("{}: {}", what(), chain(&error))))?;
                page.last_serial = page.last_serial.or(fetched.last_serial);
                let mut page = self.complete(client, page, json_early).await?;
                for skipped in &page.skipped {
                    tracing::warn!(project = %name, file = %skipped.filename, reason = %skipped.reason, "left out of a page");
                }
                self.keep_what_left(&mut page, kept.as_deref(), now).await?;
                self.keep(upstream, name, page, &validators, now).await.map(Some)
            }
        }
    }

    /// Fills in what the page lacks from the project's JSON document, if there is one.
    async fn complete(
        &self,
        client: &UpstreamClient,
        mut page: Page,
        early: Option<Result<PageReply, UpstreamError>>,
    ) -> Result<Page, AppError> {
        if !page.lacks().any() {
            return Ok(page);
        }
        self.learn_lacks_facts(client.name());
        let name = page.name.clone();
        let reply = match early {
            Some(reply) => reply,
            None => client.project_json(&name, &Validators::default()).await,
        };
        let document = match reply {
            Ok(PageReply::Page(document)) => document,
            Ok(PageReply::Absent | PageReply::NotModified) => return Ok(page),
            // The page stands without it: what is missing is unknown, and rules treat unknown as new.
            Err(error) => {
                tracing::warn!(project = %name, error = %chain(&error), "no JSON document to complete the page");
                return Ok(page);
            }
        };
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

    async fn keep(
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
        let seen = self.store.save_page(&new, now).await?;
        self.absent.invalidate(&(upstream.clone(), name.clone()));
        self.join(upstream, page, sha256, PageState::Present, now, seen).await
    }

    /// Reads a project from the database into memory.
    pub(super) async fn load(
        &self,
        upstream: &UpstreamName,
        name: &ProjectName,
    ) -> Result<Option<Arc<Project>>, AppError> {
        let Some(row) = self.store.page(upstream, name).await? else { return Ok(None) };
        let Some(document) = row.document else { return Ok(None) };
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
        let page_name = name.clone();
        let parse =
            move |bytes: &[u8]| simple::parse(Format::Json.content_type(), bytes, &base, &page_name, &limits);
        let mut page = aside(bytes, parse)
            .await?
            .map_err(|error| AppError::internal("a kept page could not be read", error))?;
        let mut state = document.sha256;
        if row.state == PageState::Absent {
            self.keep_stored_only(&mut page, row.changed).await?;
            state = Sha256::of(format!("absent {state}").as_bytes());
        }
        let seen = self.store.seen_files(upstream, name).await?;
        self.join(upstream, page, state, row.state, row.checked, seen).await.map(Some)
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

    /// Joins a page with what else is known, and keeps the project in memory.
    async fn join(
        &self,
        upstream: &UpstreamName,
        page: Page,
        state: Sha256,
        row: PageState,
        checked: Timestamp,
        seen: Vec<SeenFile>,
    ) -> Result<Arc<Project>, AppError> {
        let hashes: Vec<Sha256> = page.files.iter().filter_map(|file| file.sha256).collect();
        let metadata = self.store.metadata_digests(&hashes).await?.into_iter().collect();
        let name = page.name.clone();
        let present = row == PageState::Present;
        let with = Ingredients { upstream: upstream.clone(), present, state, checked, seen, metadata };
        let project = Arc::new(build(page, with));
        let before = self.projects.get(&(upstream.clone(), name.clone()));
        if before.is_some_and(|before| before.state != project.state) {
            self.forget_answers(&name);
        }
        self.projects.insert((upstream.clone(), name), Arc::clone(&project));
        Ok(project)
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
    // A low level: hashes do not compress, so higher ones can gain little.
    zstd::bulk::compress(document, 3)
        .map_err(|error| AppError::internal("a page could not be compressed", error))
}

/// Runs a parser where it cannot hold up other requests.
async fn aside<B, T>(bytes: B, parse: impl FnOnce(&[u8]) -> T + Send + 'static) -> Result<T, AppError>
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
