//! Core metadata (PEP 658): the wheel's own METADATA, byte for byte.

use bytes::Bytes;
use packhouse_archive::{MetadataReader, Step, Wanted, metadata_of};
use packhouse_model::Sha256;
use packhouse_pypi::provenance::is_provenance;
use packhouse_pypi::simple::{CoreMetadata, File};
use packhouse_store::{Metadata, MetadataBody as StoredBody, MetadataSource};
use packhouse_upstream::{ByteRange, UpstreamClient};

use crate::error::{AppError, chain, safe};
use crate::file::{FileKey, Judged};
use crate::packhouse::Packhouse;

/// The METADATA of a wheel, or that it has none that can be read.
#[derive(Debug, Clone)]
pub struct MetadataBody {
    /// The bytes; `None` when the wheel has none that can be read.
    pub bytes: Option<Bytes>,
    /// Their hash; that of nothing when there are none.
    pub sha256: Sha256,
}

/// METADATA of a few hundred kilobytes exists; more is no description of a package.
const LIMIT: u64 = 16 * 1024 * 1024;
/// The largest part of a wheel that is asked for at once: a central directory.
const RANGE_LIMIT: u64 = 64 * 1024 * 1024;

impl MetadataBody {
    fn of(bytes: Bytes) -> Self {
        Self { sha256: Sha256::of(&bytes), bytes: Some(bytes) }
    }

    fn unreadable() -> Self {
        Self { bytes: None, sha256: Sha256::of(b"") }
    }

    pub(crate) fn weight(&self) -> u32 {
        u32::try_from(self.bytes.as_ref().map_or(0, Bytes::len) + 200).unwrap_or(u32::MAX)
    }
}

impl Packhouse {
    /// The core metadata of a wheel that may go out.
    pub async fn core_metadata(&self, key: &FileKey) -> Result<MetadataBody, AppError> {
        let judged = self.judge(key).await?;
        let none = || AppError::not_found(format!("{} has no core metadata that can be read", key.filename));
        let body = self.metadata_of(key.sha256, judged).await?;
        if body.bytes.is_some() { Ok(body) } else { Err(none()) }
    }

    pub(crate) async fn metadata_of(&self, sha256: Sha256, judged: Judged) -> Result<MetadataBody, AppError> {
        if let Some(body) = self.metadata.get(&sha256) {
            return Ok(body);
        }
        if let Some(row) = self.store.metadata(sha256).await? {
            let body = match row.body {
                None => MetadataBody::unreadable(),
                Some(body) => MetadataBody::of(decompress(&body.bytes)?),
            };
            self.metadata.insert(sha256, body.clone());
            return Ok(body);
        }
        let this = self.clone();
        let found = self.extracting.run(sha256, || async move { this.extract(sha256, &judged).await }).await;
        found.unwrap_or_else(|| Err(AppError::lost("core metadata was being read")))
    }

    async fn extract(&self, sha256: Sha256, judged: &Judged) -> Result<MetadataBody, AppError> {
        // Another flight may have ended between the caller's look and this one.
        if let Some(body) = self.metadata.get(&sha256) {
            return Ok(body);
        }
        let file = &judged.project.page.files[judged.place];
        let client = self.client(&judged.project.upstream)?;
        let (body, source) = match self.kept_wheel_metadata(sha256, &file.filename).await? {
            Some(body) => (body, MetadataSource::File),
            None => self.fetched_metadata(client, file, sha256, judged).await?,
        };
        self.metadata.insert(sha256, body.clone());
        let (this, kept) = (self.clone(), body.clone());
        // The answer need not wait for the disk: what is lost in a crash here is read again.
        tokio::spawn(async move {
            if let Err(error) = this.keep_metadata(sha256, &kept, source).await {
                tracing::warn!(%sha256, %error, "core metadata was not kept");
            }
        });
        Ok(body)
    }

    async fn kept_wheel_metadata(
        &self,
        sha256: Sha256,
        filename: &str,
    ) -> Result<Option<MetadataBody>, AppError> {
        let Some(reader) = self.blobs.get(sha256).await? else { return Ok(None) };
        let mut machine = match MetadataReader::new(Some(reader.size()), filename) {
            Ok(machine) => machine,
            Err(error) => return Ok(Some(unreadable(filename, &error))),
        };
        loop {
            match machine.step() {
                Step::Done(bytes) => return Ok(Some(MetadataBody::of(bytes.into()))),
                Step::Fail(error) => return Ok(Some(unreadable(filename, &error))),
                Step::Need(wanted) => {
                    let range = wanted.within(reader.size());
                    let start = range.start;
                    let bytes = collect(reader.stream(range)).await?;
                    machine.feed(start, &bytes, reader.size());
                }
            }
        }
    }

    async fn fetched_metadata(
        &self,
        client: &UpstreamClient,
        file: &File,
        sha256: Sha256,
        judged: &Judged,
    ) -> Result<(MetadataBody, MetadataSource), AppError> {
        let what = format!("the core metadata of {} could not be fetched", file.filename);
        if let CoreMetadata::Present { sha256: Some(promised) } = file.core_metadata {
            let small = self.small(client, &sidecar(&file.url, ".metadata"), &what).await?;
            let body = MetadataBody::of(small);
            if body.sha256 != promised {
                return Err(AppError::unusable(format!(
                    "{what}: its page promises sha256 {promised}, the upstream sends {}",
                    body.sha256
                )));
            }
            return Ok((body, MetadataSource::Upstream));
        }
        match ranged(client, file, &what).await? {
            Some(body) => Ok((body, MetadataSource::Ranges)),
            // No ranges there: the whole file, which we will need anyhow.
            None => {
                if let Some(mut download) = self.download(sha256, &judged.project, judged.place).await? {
                    download.finished().await?;
                }
                let body = self.kept_wheel_metadata(sha256, &file.filename).await?;
                Ok((
                    body.ok_or_else(|| AppError::lost("a file that was just stored is gone"))?,
                    MetadataSource::File,
                ))
            }
        }
    }

    async fn keep_metadata(
        &self,
        sha256: Sha256,
        body: &MetadataBody,
        source: MetadataSource,
    ) -> Result<(), AppError> {
        let stored = match &body.bytes {
            None => None,
            Some(plain) => {
                let bytes = zstd::bulk::compress(plain, 3)
                    .map_err(|error| AppError::internal("metadata could not be compressed", error))?;
                Some(StoredBody { bytes, sha256: body.sha256, size: plain.len() as u64 })
            }
        };
        let error = body.bytes.is_none().then(|| "the wheel has none that can be read".to_owned());
        self.store.put_metadata(sha256, &Metadata { body: stored, source, error }, self.clock.now()).await?;
        Ok(())
    }

    /// Once the file is here and proved right, its own METADATA has the last word.
    pub(crate) async fn check_metadata(&self, sha256: Sha256, filename: &str) {
        if !filename.ends_with(".whl") {
            return;
        }
        let check = async {
            let Some(row) = self.store.metadata(sha256).await? else { return Ok(()) };
            let Some(own) = self.kept_wheel_metadata(sha256, filename).await? else { return Ok(()) };
            if row.source != MetadataSource::File
                && row.body.map(|body| body.sha256) != own.bytes.as_ref().map(|_| own.sha256)
            {
                tracing::error!(
                    file = filename,
                    "the upstream's metadata was not the wheel's own; the wheel's is served from now on"
                );
                self.keep_metadata(sha256, &own, MetadataSource::File).await?;
                self.metadata.insert(sha256, own);
            }
            Ok::<(), AppError>(())
        };
        if let Err(error) = check.await {
            tracing::warn!(file = filename, %error, "a wheel's metadata could not be compared with what was served");
        }
    }

    /// A small document beside a file that may go out: its provenance (PEP 740) or its signature.
    pub async fn sidecar(&self, key: &FileKey, kind: Sidecar) -> Result<Bytes, AppError> {
        let judged = self.judge(key).await?;
        let file = &judged.project.page.files[judged.place];
        if judged.project.facts.suite.is_some() {
            let kept = match kind {
                Sidecar::Provenance => {
                    self.kept_provenance(&judged.project.facts.name, &file.filename).await?
                }
                Sidecar::Signature => None,
            };
            return kept
                .ok_or_else(|| AppError::not_found(format!("{} has no {}", key.filename, kind.word())));
        }
        let url = match kind {
            Sidecar::Provenance => file.provenance.clone(),
            Sidecar::Signature => (file.gpg_sig == Some(true)).then(|| sidecar(&file.url, ".asc")),
        };
        let url =
            url.ok_or_else(|| AppError::not_found(format!("{} has no {}", key.filename, kind.word())))?;
        let what = format!("the {} of {} could not be fetched", kind.word(), key.filename);
        self.small(self.client(&judged.project.upstream)?, &url, &what).await
    }

    /// The provenance of a file as the upstream has it now; none where it has none.
    pub(crate) async fn upstream_provenance(
        &self,
        client: &UpstreamClient,
        file: &File,
    ) -> Result<Option<Bytes>, AppError> {
        let Some(url) = &file.provenance else { return Ok(None) };
        let what = format!("the provenance of {} could not be fetched", file.filename);
        match self.small(client, url, &what).await {
            Ok(bytes) if is_provenance(&bytes) => Ok(Some(bytes)),
            Ok(_) => Err(AppError::unusable(format!("{what}: the upstream sends something else"))),
            Err(AppError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn small(&self, client: &UpstreamClient, url: &url::Url, what: &str) -> Result<Bytes, AppError> {
        match client.small(&safe(url)?, LIMIT).await {
            Ok(Some(document)) => Ok(document.bytes),
            Ok(None) => {
                Err(AppError::not_found(format!("{what}: the upstream lists it and does not have it")))
            }
            Err(error) => Err(AppError::upstream(what, &error)),
        }
    }
}

/// What may stand beside a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sidecar {
    /// PEP 740.
    Provenance,
    /// `.asc`, where the page says `gpg-sig`.
    Signature,
}

impl Sidecar {
    fn word(self) -> &'static str {
        match self {
            Self::Provenance => "provenance",
            Self::Signature => "signature",
        }
    }
}

/// Reads METADATA out of a wheel upstream by ranges. `None` where the upstream has no ranges.
async fn ranged(client: &UpstreamClient, file: &File, what: &str) -> Result<Option<MetadataBody>, AppError> {
    let url = safe(&file.url)?;
    let mut machine = match MetadataReader::new(file.size, &file.filename) {
        Ok(machine) => machine,
        Err(error) => return Ok(Some(unreadable(&file.filename, &error))),
    };
    loop {
        let range = match machine.step() {
            Step::Done(bytes) => return Ok(Some(MetadataBody::of(bytes.into()))),
            Step::Fail(error) => return Ok(Some(unreadable(&file.filename, &error))),
            Step::Need(Wanted::Suffix(length)) => ByteRange::Last(length),
            Step::Need(Wanted::Range(range)) => ByteRange::Between(range),
        };
        let reply = match client.get_range(&url, &range, RANGE_LIMIT).await {
            Ok(reply) => reply,
            // Some servers refuse ranges, or send so large a file whole: then the file itself is needed.
            Err(error) if !error.is_transient() && !error.is_absent() => return Ok(None),
            Err(error) => return Err(AppError::upstream(what, &error)),
        };
        if reply.whole {
            // No ranges, but the whole wheel is here now.
            let found = metadata_of(&reply.bytes, &file.filename);
            return Ok(Some(found.map_or_else(
                |error| unreadable(&file.filename, &error),
                |bytes| MetadataBody::of(bytes.into()),
            )));
        }
        let Some(total) = reply.total_size else { return Ok(None) };
        machine.feed(reply.offset, &reply.bytes, total);
    }
}

fn unreadable(filename: &str, error: &packhouse_archive::ArchiveError) -> MetadataBody {
    tracing::info!(file = filename, error = %chain(error), "a wheel without readable metadata");
    MetadataBody::unreadable()
}

async fn collect(mut stream: packhouse_blob::ByteStream) -> Result<Vec<u8>, AppError> {
    use futures_util::StreamExt as _;
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        bytes.extend_from_slice(
            &chunk.map_err(|error| AppError::internal("a kept file could not be read", error))?,
        );
    }
    Ok(bytes)
}

fn decompress(body: &[u8]) -> Result<Bytes, AppError> {
    zstd::bulk::decompress(body, usize::try_from(LIMIT).unwrap_or(usize::MAX))
        .map(Bytes::from)
        .map_err(|error| AppError::internal("kept metadata could not be decompressed", error))
}

/// PEP 658: the file's URL with `.metadata` after it; the same for `.asc`.
fn sidecar(url: &url::Url, suffix: &str) -> url::Url {
    let mut url = url.clone();
    let path = format!("{}{suffix}", url.path());
    url.set_path(&path);
    url
}
