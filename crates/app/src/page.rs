//! Project pages: decided and rendered once per change, then handed out as they are.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use packhouse_guard::{Decision, Outcome};
use packhouse_model::{FileKind, IndexName, ProjectName, Sha256, Timestamp};
use packhouse_pypi::negotiate::{Encoding, Format};
use packhouse_pypi::simple::{CoreMetadata, ListedFile, Listing, render_html, render_json};

use crate::compression::compress;
use crate::documents::refused_words;
use crate::error::{AppError, Refusal, headline};
use crate::index::Index;
use crate::packhouse::Packhouse;
use crate::paths::{file_path, why_id};
use crate::project::{MetadataState, Patience, Project};

/// One representation of one page.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PageKey {
    /// The index whose rules decided.
    pub index: IndexName,
    /// The project.
    pub project: ProjectName,
    /// JSON or HTML.
    pub format: Format,
    /// Compressed or not.
    pub encoding: Encoding,
}

/// A page as it goes out.
#[derive(Debug)]
pub struct RenderedPage {
    /// The body, compressed as the key says.
    pub body: Bytes,
    /// A strong validator: other for each format and encoding (RFC 9110 section 8.8.3).
    pub etag: String,
    /// The upstream's serial, for `X-PyPI-Last-Serial`.
    pub last_serial: Option<u64>,
    /// When and why it is older than it should be.
    pub stale: Option<Stale>,
    /// The state of the project it was made from.
    state: Sha256,
    /// Which state of the distribution it was made from, at least: see [`Packhouse::shown`].
    shown: AtomicU64,
    /// The first moment at which time alone changes a decision on it.
    decided_until: Timestamp,
    /// Until when it may go out without another look, in microseconds.
    fresh_until: AtomicI64,
}

/// Said of a page that is older than it should be.
#[derive(Debug, Clone)]
pub struct Stale {
    /// When the upstream last confirmed it.
    pub checked: Timestamp,
    /// What keeps it from being newer.
    pub problem: Arc<str>,
}

/// How often a page is made again because the distribution has gone on meanwhile.
const AGAIN: usize = 3;
/// How long a page past its time goes out before the upstream is asked again.
const STALE_FOR: Duration = Duration::from_secs(5);

impl RenderedPage {
    /// Whether it may go out at `now` without another look.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now.micros() < self.fresh_until.load(Ordering::Relaxed)
    }

    pub(crate) fn weight(&self) -> u32 {
        u32::try_from(self.body.len() + 600).unwrap_or(u32::MAX)
    }
}

impl Packhouse {
    /// The page if it can go out as it is: no waiting, no database. What the fast way of a warm request takes.
    pub fn ready_page(&self, key: &PageKey) -> Option<Arc<RenderedPage>> {
        self.pages.get(key).filter(|page| page.is_fresh(self.clock.now()))
    }

    /// The page of a project in an index, decided and rendered as it stands now.
    pub async fn page(&self, index: &Arc<Index>, key: &PageKey) -> Result<Arc<RenderedPage>, AppError> {
        if let Some(page) = self.ready_page(key) {
            return Ok(page);
        }
        let asked = self.shown();
        let mut page = self.made_page(index, key).await?;
        for _ in 0..AGAIN {
            // Made while something was withdrawn or came in, or by somebody who began before: whoever asks now sees it.
            if page.shown.load(Ordering::Relaxed) >= asked {
                break;
            }
            page = self.made_page(index, key).await?;
        }
        Ok(page)
    }

    async fn made_page(&self, index: &Arc<Index>, key: &PageKey) -> Result<Arc<RenderedPage>, AppError> {
        let shown = self.shown();
        let (project, stale) = self.admitted_project(index, &key.project, Patience::Page).await?;
        let now = self.clock.now();
        if let Some(page) = self.pages.get(key)
            && stale.is_none()
            && page.stale.is_none()
            && page.state == project.state
            && now < page.decided_until
        {
            // Asked again, and nothing changed: the bytes and their ETag stay. An act that changes this page takes it out of
            // memory.
            let until = page.decided_until.min(self.fresh_until(&project));
            page.fresh_until.store(until.micros(), Ordering::Relaxed);
            page.shown.fetch_max(shown, Ordering::Relaxed);
            return Ok(page);
        }
        let (this, index, inside) = (self.clone(), Arc::clone(index), key.clone());
        let render = || async move {
            let work = move || {
                let page = Arc::new(this.render(&index, &inside, &project, stale, now, shown)?);
                this.pages.insert(inside.clone(), Arc::clone(&page));
                if this.shown() != shown {
                    this.pages.invalidate(&inside);
                }
                Ok(page)
            };
            let page = tokio::task::spawn_blocking(work).await;
            page.unwrap_or_else(|error| Err(AppError::internal("a page was being rendered", error)))
        };
        let page = self.rendering.run(key.clone(), render).await;
        page.unwrap_or_else(|| Err(AppError::lost("a page was being rendered")))
    }

    /// The project, if the index admits it: decided before the upstream is asked, and again after.
    pub(crate) async fn admitted_project(
        &self,
        index: &Index,
        name: &ProjectName,
        patience: Patience,
    ) -> Result<(Arc<Project>, Option<Stale>), AppError> {
        let now = self.clock.now();
        if let Some(project) = self.vetted(index, name).await? {
            let decision = index.decide(&project.case(now));
            if !decision.serves() {
                return Err(self.refuse(index, name, None, None, decision));
            }
            return Ok((project, None));
        }
        if let Some(view) = index.suite.as_ref().filter(|view| !view.falls_through) {
            return Err(AppError::not_found(format!("there is no project {name} in {}", view.name())));
        }
        let unasked = packhouse_guard::ProjectFacts::unasked(name.clone());
        let before =
            index.decide(&packhouse_guard::Case { project: &unasked, release: None, file: None, now });
        if !before.serves() {
            return Err(self.refuse(index, name, None, None, before));
        }
        let found = self.project(&index.upstream, name, patience).await?;
        let found =
            found.ok_or_else(|| AppError::not_found(format!("there is no project {name} upstream")))?;
        let decision = index.decide(&found.project.case(now));
        if !decision.serves() {
            return Err(self.refuse(index, name, None, None, decision));
        }
        if !found.project.present && found.project.files.is_empty() {
            return Err(AppError::not_found(format!(
                "the project {name} was deleted upstream, and none of its files is kept"
            )));
        }
        let stale = found.stale.map(|problem| Stale { checked: found.project.checked(), problem });
        Ok((found.project, stale))
    }

    /// Makes the refusal, notes it in the audit list, and wraps it as the answer.
    pub(crate) fn refuse(
        &self,
        index: &Index,
        project: &ProjectName,
        version: Option<&str>,
        file: Option<(&str, Option<Sha256>)>,
        decision: Decision,
    ) -> AppError {
        let refusal = Refusal {
            index: index.name.clone(),
            project: project.clone(),
            version: version.map(str::to_owned),
            filename: file.map(|(filename, _)| filename.to_owned()),
            why: self.why_url(index, project, version),
            decision,
            at: self.clock.now(),
        };
        self.audit.note(&refusal, file.and_then(|(_, sha256)| sha256));
        AppError::Refused(Arc::new(refusal))
    }

    fn render(
        &self,
        index: &Index,
        key: &PageKey,
        project: &Project,
        stale: Option<Stale>,
        now: Timestamp,
        shown: u64,
    ) -> Result<RenderedPage, AppError> {
        let mut decided_until = Timestamp::MAX;
        let mut rows = Vec::with_capacity(project.files.len());
        for place in 0..project.files.len() {
            let decision = index.decide(&project.file_case(place, now));
            decided_until = decision.until.map_or(decided_until, |until| until.min(decided_until));
            if decision.outcome != Outcome::Refuse {
                rows.push(self.row(index, key, project, place, &decision));
            }
        }
        let files: Vec<ListedFile<'_>> = rows.iter().map(|row| row.listed(project)).collect();
        let listing = Listing {
            name: &project.page.name,
            versions: &project.page.versions,
            status: &project.page.status,
            last_serial: project.page.last_serial,
            files: &files,
            meta_extra: &project.page.meta_extra,
            extra: &project.page.extra,
        };
        let plain = match key.format {
            Format::Json => render_json(&listing),
            Format::Html1 | Format::HtmlLegacy => render_html(&listing),
        };
        let etag = etag(&plain, key);
        let body = compress(plain, key.encoding)?;
        // A page past its time is looked at again soon, but not rendered anew for every request of an outage.
        let looked = if stale.is_some() { now.plus(STALE_FOR) } else { self.fresh_until(project) };
        let fresh_until = decided_until.min(looked);
        Ok(RenderedPage {
            body,
            etag,
            last_serial: project.page.last_serial,
            stale,
            state: project.state,
            shown: AtomicU64::new(shown),
            decided_until,
            fresh_until: AtomicI64::new(fresh_until.micros()),
        })
    }

    fn row(&self, index: &Index, key: &PageKey, project: &Project, place: usize, decision: &Decision) -> Row {
        let file = &project.page.files[place];
        let version = project.version_of(place);
        // Relative, so that it holds under whatever host and path the client came by; the same for all indexes.
        let up = if index.is_default() { "../../" } else { "../../../../" };
        let path = file_path(file.sha256, &file.filename);
        let upstream_yanked = file.yanked.listed().is_some();
        let (yanked, private) = if decision.outcome == Outcome::Tombstone {
            let why = self.why_url(index, &key.project, version);
            let subject =
                version.map_or_else(|| file.filename.clone(), |version| format!("{} {version}", key.project));
            let mut private = serde_json::Map::new();
            private.insert("outcome".to_owned(), "tombstone".into());
            private.insert("rule".to_owned(), decision.reason().map_or("", |hit| hit.rule).into());
            private.insert("upstream-yanked".to_owned(), upstream_yanked.into());
            let words = refused_words(&subject, decision, file.yanked.listed());
            (RowYank::Ours(headline(&words, &why)), Some(private))
        } else if let Some(warning) = decision.warning() {
            let why = self.why_url(index, &key.project, version);
            let subject =
                version.map_or_else(|| file.filename.clone(), |version| format!("{} {version}", key.project));
            (RowYank::Ours(crate::error::warned(&format!("{subject} {}", warning.short), &why)), None)
        } else if let Some(deleted) = project.files[place].facts.deleted {
            let text = format!("Deleted upstream by {}; kept here for lockfiles", deleted.date());
            (RowYank::Ours(text), None)
        } else {
            (RowYank::Upstream, None)
        };
        Row {
            place,
            url: format!("{up}{path}"),
            provenance: file.provenance.is_some().then(|| format!("{up}{path}.provenance")),
            yanked,
            private,
        }
    }

    /// Where the reasons for a decision on a project or a version can be read.
    pub(crate) fn why_url(&self, index: &Index, project: &ProjectName, version: Option<&str>) -> String {
        format!("{}/why/{}", self.public_url, why_id(index, project, version))
    }
}

enum RowYank {
    Upstream,
    Ours(String),
}

/// What a row of the page needs beside the file's own facts.
struct Row {
    place: usize,
    url: String,
    provenance: Option<String>,
    yanked: RowYank,
    private: Option<serde_json::Map<String, serde_json::Value>>,
}

impl Row {
    fn listed<'a>(&'a self, project: &'a Project) -> ListedFile<'a> {
        let file = &project.page.files[self.place];
        let known = &project.files[self.place];
        let yanked = match &self.yanked {
            RowYank::Ours(text) => Some(text.as_str()),
            RowYank::Upstream => file.yanked.listed(),
        };
        let core_metadata = match (&file.core_metadata, known.metadata) {
            // PDM takes whatever body a refused `.metadata` has for metadata, and locks a release without dependencies.
            _ if self.private.is_some() => CoreMetadata::Absent,
            (_, MetadataState::Kept(sha256)) => CoreMetadata::Present { sha256: Some(sha256) },
            (CoreMetadata::Present { sha256 }, _) => CoreMetadata::Present { sha256: *sha256 },
            // We read it out of the wheel when it is asked for, so it is there for every wheel.
            (CoreMetadata::Absent, MetadataState::Unknown) if known.facts.kind == FileKind::Wheel => {
                CoreMetadata::Present { sha256: None }
            }
            (CoreMetadata::Absent, _) => CoreMetadata::Absent,
        };
        ListedFile {
            filename: &file.filename,
            url: &self.url,
            sha256: file.sha256,
            size: file.size,
            upload_time: file.upload_time,
            requires_python: file.requires_python.as_deref(),
            yanked,
            core_metadata,
            gpg_sig: file.gpg_sig,
            provenance: self.provenance.as_deref(),
            extra: &file.extra,
            html_attributes: &file.html_attributes,
            private: self.private.as_ref(),
        }
    }
}

fn etag(plain: &[u8], key: &PageKey) -> String {
    let hash = Sha256::of(plain).hex();
    let format = match key.format {
        Format::Json => "j",
        Format::Html1 => "h",
        Format::HtmlLegacy => "t",
    };
    let encoding = match key.encoding {
        Encoding::Identity => "",
        Encoding::Gzip => "-gz",
        Encoding::Zstd => "-zs",
    };
    format!("\"{}-{format}{encoding}\"", &hash[..32])
}
