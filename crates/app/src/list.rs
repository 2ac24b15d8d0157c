//! The list of all projects. It can have a million names, so it lies on the disk, not in memory.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use packhouse_blob::BlobReader;
use packhouse_guard::{Case, ProjectFacts};
use packhouse_model::{IndexName, ProjectName, Sha256, UpstreamName};
use packhouse_pypi::negotiate::{Encoding, Format};
use packhouse_pypi::simple::{Limits, parse_list, render_list_html, render_list_json};
use packhouse_store::NameList as NamesRow;
use packhouse_upstream::{PageReply, Validators};

use crate::compression::compress;
use crate::error::{AppError, chain};
use crate::index::Index;
use crate::packhouse::Packhouse;

/// A rendered list.
#[derive(Debug, Clone)]
pub struct RenderedList {
    /// A strong validator.
    pub etag: String,
    /// The upstream's serial, for `X-PyPI-Last-Serial`.
    pub last_serial: Option<u64>,
    /// The bytes, compressed as was asked.
    pub body: BlobReader,
}

/// Which rendered list: of which names, by whose rules, how.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ListKey {
    index: IndexName,
    names: Sha256,
    format: Format,
    encoding: Encoding,
}

/// The list is large and changes all the time; installers never ask for it.
const LIST_TTL: Duration = Duration::from_secs(3600);

impl Packhouse {
    /// The projects that `index` would be asked for: the upstream's, without those that a rule refuses by name.
    pub async fn project_list(
        &self,
        index: &Arc<Index>,
        format: Format,
        encoding: Encoding,
    ) -> Result<RenderedList, AppError> {
        let names = match index.suite.as_ref().filter(|view| !view.falls_through) {
            Some(view) => {
                let held = self.held_projects(view);
                self.keep_bytes(write_kept(&held, view.serial).into()).await?
            }
            None => {
                let (this, upstream) = (self.clone(), index.upstream.clone());
                let work = || async move { this.names(&upstream).await };
                let names = self.listing.run(index.upstream.clone(), work).await;
                names.unwrap_or_else(|| Err(AppError::lost("the list of projects was being fetched")))?
            }
        };
        let last_serial = self.serial_of(names).await?;
        let rendered = |sha256: Sha256, body| RenderedList {
            etag: format!("\"{}\"", &sha256.hex()[..32]),
            last_serial,
            body,
        };
        let key = ListKey { index: index.name.clone(), names, format, encoding };
        if let Some(sha256) = self.lists.get(&key)
            && let Some(body) = self.blobs.get(sha256).await?
        {
            return Ok(rendered(sha256, body));
        }
        let (this, index, inside) = (self.clone(), Arc::clone(index), key.clone());
        let sha256 = self
            .rendering_lists
            .run(key.clone(), || async move { this.render_list(&index, &inside).await })
            .await;
        let sha256 =
            sha256.unwrap_or_else(|| Err(AppError::lost("the list of projects was being rendered")))?;
        self.lists.insert(key, sha256);
        let body = self
            .blobs
            .get(sha256)
            .await?
            .ok_or_else(|| AppError::lost("a list that was just stored is gone"))?;
        Ok(rendered(sha256, body))
    }

    async fn render_list(&self, index: &Arc<Index>, key: &ListKey) -> Result<Sha256, AppError> {
        let names =
            self.blobs.get(key.names).await?.ok_or_else(|| AppError::lost("the list of projects is gone"))?;
        let names = names.read_all(self.settings.limits.list_size).await?;
        let (index, format, encoding, now) = (Arc::clone(index), key.format, key.encoding, self.clock.now());
        let work = move || {
            let text = String::from_utf8_lossy(&names);
            let (last_serial, names) = read_kept(&text);
            let admitted = names.map(ProjectName::from_canonical).filter(|name| {
                let facts = ProjectFacts::unasked(name.clone());
                index.decide(&Case { project: &facts, release: None, file: None, now }).serves()
            });
            let admitted: Vec<ProjectName> = admitted.collect();
            let plain = match format {
                Format::Json => render_list_json(&admitted, last_serial),
                Format::Html1 | Format::HtmlLegacy => render_list_html(&admitted, last_serial),
            };
            compress(plain, encoding)
        };
        let bytes = tokio::task::spawn_blocking(work).await;
        let bytes = bytes.unwrap_or_else(|error| {
            Err(AppError::internal("the list of projects was being rendered", error))
        })?;
        self.keep_bytes(bytes).await
    }

    /// The serial of names that are kept.
    async fn serial_of(&self, names: Sha256) -> Result<Option<u64>, AppError> {
        let names =
            self.blobs.get(names).await?.ok_or_else(|| AppError::lost("the list of projects is gone"))?;
        let mut head = Vec::new();
        let mut chunks = names.stream(0..names.size().min(LONGEST_SERIAL));
        while let Some(chunk) = chunks.next().await {
            head.extend(
                chunk.map_err(|error| AppError::internal("the list of projects was being read", error))?,
            );
        }
        Ok(read_kept(&String::from_utf8_lossy(&head)).0)
    }

    /// All names that an upstream has.
    pub(crate) async fn upstream_names(&self, upstream: &UpstreamName) -> Result<Vec<ProjectName>, AppError> {
        let kept = self.names(upstream).await?;
        let names =
            self.blobs.get(kept).await?.ok_or_else(|| AppError::lost("the list of projects is gone"))?;
        let bytes = names.read_all(self.settings.limits.list_size).await?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(read_kept(&text).1.map(ProjectName::from_canonical).collect())
    }

    /// The hash under which the upstream's names are kept.
    async fn names(&self, upstream: &UpstreamName) -> Result<Sha256, AppError> {
        let now = self.clock.now();
        let row = self.store.name_list(upstream).await?;
        let kept = match &row {
            Some(row) if self.blobs.exists(row.blob).await? => Some(row),
            _ => None,
        };
        if let Some(row) = kept.filter(|row| now.since(row.checked) < LIST_TTL) {
            return Ok(row.blob);
        }
        let validators = Validators { etag: kept.and_then(|row| row.etag.clone()), last_modified: None };
        match self.client(upstream)?.project_list(&validators).await {
            Ok(PageReply::Page(document)) => {
                let limits = self.parse_limits();
                let (etag, serial) = (document.validators.etag.clone(), document.last_serial);
                let parse = move || parse_list(&document.content_type, &document.bytes, &limits);
                let list = tokio::task::spawn_blocking(parse).await;
                let list = list
                    .map_err(|error| AppError::internal("the list of projects was being read", error))?
                    .map_err(|error| {
                        AppError::unusable(format!("the list of projects cannot be read: {}", chain(&error)))
                    })?;
                self.keep_names(upstream, &list.projects, list.last_serial.or(serial), etag).await
            }
            Ok(PageReply::NotModified) => {
                self.store.touch_name_list(upstream, now).await?;
                kept.map(|row| row.blob).ok_or_else(|| {
                    AppError::unusable("the upstream answered 304 to an unconditional request")
                })
            }
            // An upstream without a list: what we have seen of it.
            Ok(PageReply::Absent) => {
                let known: Vec<ProjectName> = self
                    .store
                    .list_projects(upstream)
                    .await?
                    .into_iter()
                    .map(|entry| entry.project)
                    .collect();
                self.keep_names(upstream, &known, None, None).await
            }
            Err(error) => match kept {
                Some(row) => {
                    tracing::warn!(error = %chain(&error), "serving an old list of projects");
                    Ok(row.blob)
                }
                None => Err(AppError::upstream("the list of projects could not be fetched", &error)),
            },
        }
    }

    async fn keep_names(
        &self,
        upstream: &UpstreamName,
        names: &[ProjectName],
        serial: Option<u64>,
        etag: Option<String>,
    ) -> Result<Sha256, AppError> {
        let count = names.len() as u64;
        let blob = self.keep_bytes(write_kept(names, serial).into()).await?;
        self.store
            .put_name_list(upstream, &NamesRow { etag, checked: self.clock.now(), blob, count })
            .await?;
        Ok(blob)
    }

    pub(crate) async fn keep_bytes(&self, bytes: Bytes) -> Result<Sha256, AppError> {
        let (sha256, size) = (Sha256::of(&bytes), bytes.len() as u64);
        let mut staged = self.blobs.stage().await?;
        staged.write(bytes).await?;
        staged.commit(sha256, Some(size)).await?;
        self.store.add_blob(sha256, size, self.clock.now()).await?;
        Ok(sha256)
    }

    pub(crate) fn parse_limits(&self) -> Limits {
        let limits = &self.settings.limits;
        let bytes = usize::try_from(limits.page_size.max(limits.list_size)).unwrap_or(usize::MAX);
        Limits { bytes, files: limits.page_files, ..Limits::default() }
    }
}

/// Bytes of the longest first line that holds a serial: `#`, the digits of a `u64`, a line's end.
const LONGEST_SERIAL: u64 = 22;

/// Names as they are kept: one a line, before them the serial behind a `#`, with which no name begins.
fn write_kept(names: &[ProjectName], serial: Option<u64>) -> String {
    let mut text = serial.map(|serial| format!("#{serial}\n")).unwrap_or_default();
    for name in names {
        text.push_str(name.as_str());
        text.push('\n');
    }
    text
}

/// What [`write_kept`] wrote.
fn read_kept(text: &str) -> (Option<u64>, impl Iterator<Item = &str>) {
    let head = text.strip_prefix('#').and_then(|rest| rest.split_once('\n'));
    let (serial, names) = head.map_or((None, text), |(serial, names)| (serial.parse().ok(), names));
    (serial, names.lines())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_their_serial_are_kept_together() {
        let names = ["six", "zope-interface"].map(ProjectName::from_canonical);
        for serial in [None, Some(0), Some(u64::MAX)] {
            for names in [&names[..], &[]] {
                let text = write_kept(names, serial);
                let (found, lines) = read_kept(&text);
                let lines: Vec<_> = lines.map(ProjectName::from_canonical).collect();
                assert_eq!((found, lines.as_slice()), (serial, names), "{text}");
                let head = &text[..text.len().min(LONGEST_SERIAL as usize)];
                assert_eq!(read_kept(head).0, serial, "{text}");
            }
        }
    }
}
