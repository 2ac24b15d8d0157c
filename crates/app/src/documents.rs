//! The JSON API's documents: the upstream's, through the same decisions as the pages.

use std::sync::Arc;

use bytes::Bytes;
use packhouse_guard::{Canonical as _, Decision};
use packhouse_model::{FileKind, ProjectName, Timestamp, UpstreamName};
use packhouse_pypi::core_metadata::{CoreMetadata, MetadataLimits};
use packhouse_pypi::project_json::{Chosen, ProjectJson, Verdict};
use packhouse_pypi::version::Version;
use packhouse_upstream::{PageReply, Validators};
use serde_json::{Map, Value, json};

use crate::error::{AppError, chain, headline};
use crate::file::FileKey;
use crate::index::{Index, PythonNames};
use crate::packhouse::Packhouse;
use crate::paths::file_path;
use crate::project::{Patience, Project};

/// An upstream's JSON document, as it came.
#[derive(Debug, Clone)]
pub(crate) struct RawDocument {
    pub(crate) bytes: Option<Bytes>,
    checked: Timestamp,
}

impl RawDocument {
    pub(crate) fn weight(&self) -> u32 {
        u32::try_from(self.bytes.as_ref().map_or(0, Bytes::len) + 200).unwrap_or(u32::MAX)
    }
}

impl Packhouse {
    /// The document of a project, or of one version, as `index` decides on it.
    ///
    /// That of a project speaks of the newest version that is served: tools that look here for updates must not be
    /// led to one that is refused. Where all there is is refused there is no document, but the refusal of the newest.
    pub async fn json_document(
        &self,
        index: &Arc<Index>,
        name: &ProjectName,
        version: Option<&str>,
    ) -> Result<Bytes, AppError> {
        let (project, _) = self.admitted_project(index, name, Patience::Page).await?;
        // What the upstream says of a project that a suite holds speaks of releases that nobody has reviewed.
        let raw = match project.facts.suite {
            Some(_) => None,
            None => self.raw_document(&index.upstream, name).await,
        };
        let limit = usize::try_from(self.settings.limits.page_size).unwrap_or(usize::MAX);
        let bytes = raw.unwrap_or_else(|| made_from_page(&project));
        let parsed = tokio::task::spawn_blocking(move || ProjectJson::parse(&bytes, limit)).await;
        let document =
            parsed.map_err(|error| AppError::internal("a JSON document was being read", error))?.map_err(
                |error| AppError::unusable(format!("the JSON document of {name}: {}", chain(&error))),
            )?;
        let now = self.clock.now();
        let missing = |version: &str| AppError::not_found(format!("{name} has no release {version}"));
        let chosen = match version {
            None => {
                let newest = newest_served(index, &project, now);
                if let (None, Some(place)) = (newest, newest_refused(index, &project, now)) {
                    let decision = index.decide(&project.file_case(place, now));
                    return Err(self.refuse(index, name, project.version_of(place), None, decision));
                }
                newest
            }
            Some(version) => {
                let key = PythonNames.version_key(version).map_err(|what| AppError::BadRequest { what })?;
                let release = project.releases.iter().position(|release| release.key == key);
                Some(release.ok_or_else(|| missing(version))?)
            }
        };
        let spelled = chosen.map(|release| {
            spelling(&document, &project.releases[release].key, &project.releases[release].version)
        });
        let info = match (&spelled, chosen) {
            (Some(text), Some(release)) if document.version() != Some(text) => {
                self.info(index, &project, release, now).await
            }
            _ => None,
        };
        let verdict = |filename: &str| self.verdict(index, &project, filename, now);
        let chosen = spelled.as_deref().map(|version| Chosen { version, info: info.as_ref() });
        let bytes = match (version, chosen) {
            (Some(version), Some(chosen)) => {
                document.version_document(chosen, verdict).ok_or_else(|| missing(version))?
            }
            _ => document.client_document(chosen, verdict),
        };
        Ok(bytes.into())
    }

    fn verdict(&self, index: &Index, project: &Project, filename: &str, now: Timestamp) -> Option<Verdict> {
        let (place, file) = project.file(filename)?;
        let decision = index.decide(&project.file_case(place, now));
        let url = format!("{}/{}", self.public_url, file_path(file.sha256, &file.filename));
        Some(if decision.serves() {
            Verdict::Serve { url }
        } else {
            Verdict::Refused { url, reason: self.reason(index, project, place, &decision) }
        })
    }

    fn reason(&self, index: &Index, project: &Project, place: usize, decision: &Decision) -> String {
        let version = project.version_of(place);
        let why = self.why_url(index, &project.facts.name, version);
        let subject = version.map_or_else(
            || project.files[place].facts.filename.clone(),
            |version| format!("{} {version}", project.facts.name),
        );
        let vendor = project.page.files[place].yanked.listed();
        headline(&refused_words(&subject, decision, vendor), &why)
    }

    /// The upstream's document, at most as old as a page may be; an older one when the upstream fails. `None`:
    /// it has none, or never gave it.
    async fn raw_document(&self, upstream: &UpstreamName, name: &ProjectName) -> Option<Bytes> {
        let key = (upstream.clone(), name.clone());
        let now = self.clock.now();
        let kept = self.documents.get(&key);
        if let Some(kept) = &kept
            && now.since(kept.checked) < self.settings.upstream.ttl
        {
            return kept.bytes.clone();
        }
        let this = self.clone();
        let ask = || async move {
            let (upstream, name) = key;
            let reply = this.client(&upstream).ok()?.project_json(&name, &Validators::default()).await;
            let bytes = match reply {
                Ok(PageReply::Page(document)) => Some(document.bytes),
                Ok(PageReply::Absent | PageReply::NotModified) => None,
                Err(error) => {
                    tracing::warn!(project = %name, error = %chain(&error), "no JSON document from the upstream");
                    return None;
                }
            };
            let document = RawDocument { bytes, checked: this.clock.now() };
            this.documents.insert((upstream, name), document.clone());
            Some(document)
        };
        let fetched = self.asking_documents.run((upstream.clone(), name.clone()), ask).await.flatten();
        fetched.or(kept).and_then(|document| document.bytes)
    }

    /// `info` of a version that the upstream's document is not about, from the METADATA of one of its wheels.
    async fn info(
        &self,
        index: &Index,
        project: &Project,
        release: usize,
        now: Timestamp,
    ) -> Option<Map<String, Value>> {
        let wheel = (0..project.files.len()).find(|&place| {
            let known = &project.files[place];
            known.release == Some(release)
                && known.facts.kind == FileKind::Wheel
                && index.decide(&project.file_case(place, now)).serves()
        })?;
        let facts = &project.files[wheel].facts;
        let key = FileKey { sha256: facts.sha256?, filename: facts.filename.as_str().into() };
        let body = self.core_metadata(&key).await.ok()?.bytes?;
        CoreMetadata::parse(&body, &MetadataLimits::default()).ok().map(|metadata| metadata.info_object())
    }
}

/// Why a file is refused, in a clause: our reason first, then that of its vendor, if it is yanked as well. Poetry joins
/// the reasons of a release's files, where the vendor's alone would read as if it were ours.
pub(crate) fn refused_words(subject: &str, decision: &Decision, vendor: Option<&str>) -> String {
    let short = decision.reason().map_or("is refused", |hit| &hit.short);
    match vendor {
        None => format!("{subject} {short}"),
        Some("") => format!("{subject} {short}; also yanked upstream"),
        Some(reason) => format!("{subject} {short}; also yanked upstream: {reason}"),
    }
}

/// The newest release with a file that is served: no pre-release while there is another, none that is yanked.
pub(crate) fn newest_served(index: &Index, project: &Project, now: Timestamp) -> Option<usize> {
    let served = |release: usize, yanked: bool| {
        project.files.iter().enumerate().any(|(place, known)| {
            known.release == Some(release)
                && known.facts.deleted.is_none()
                && (yanked || project.page.files[place].yanked.listed().is_none())
                && index.decide(&project.file_case(place, now)).serves()
        })
    };
    let releases = newest_first(project);
    let pick = |prereleases: bool, yanked: bool| {
        let fitting = releases.iter().filter(|(version, _)| prereleases || !version.is_prerelease());
        fitting.map(|(_, place)| *place).find(|place| served(*place, yanked))
    };
    pick(false, false).or_else(|| pick(true, false)).or_else(|| pick(true, true))
}

/// A file of the newest release with one that the upstream has and the index refuses.
fn newest_refused(index: &Index, project: &Project, now: Timestamp) -> Option<usize> {
    let refused = |place: &usize, release: usize| {
        let known = &project.files[*place];
        known.release == Some(release)
            && known.facts.deleted.is_none()
            && !index.decide(&project.file_case(*place, now)).serves()
    };
    let releases = newest_first(project).into_iter();
    releases
        .map(|(_, release)| release)
        .find_map(|release| (0..project.files.len()).find(|place| refused(place, release)))
}

fn newest_first(project: &Project) -> Vec<(Version, usize)> {
    let releases = project.releases.iter().enumerate();
    let mut releases: Vec<(Version, usize)> = releases
        .filter_map(|(place, release)| Some((Version::parse(&release.version).ok()?, place)))
        .collect();
    releases.sort_by(|a, b| b.cmp(a));
    releases
}

/// A version as the document spells it.
fn spelling(document: &ProjectJson, key: &str, otherwise: &str) -> String {
    let same = |version: &&str| PythonNames.version_key(version).is_ok_and(|other| other == key);
    document.versions().find(same).unwrap_or(otherwise).to_owned()
}

/// A document for upstreams that have none: what the page says, in the JSON API's shape.
fn made_from_page(project: &Project) -> Bytes {
    let mut releases: Map<String, Value> = Map::new();
    for (file, known) in project.page.files.iter().zip(&project.files) {
        let Some(release) = known.release else { continue };
        let entry = json!({
            "filename": file.filename,
            "url": file.url.as_str(),
            "digests": { "sha256": file.sha256 },
            "size": file.size,
            "upload_time_iso_8601": file.upload_time,
            "requires_python": file.requires_python,
            "packagetype": match known.facts.kind { FileKind::Wheel => "bdist_wheel", FileKind::Sdist => "sdist", FileKind::Other => "" },
            "yanked": file.yanked.listed().is_some(),
            "yanked_reason": file.yanked.listed().filter(|reason| !reason.is_empty()),
        });
        let list = releases
            .entry(project.releases[release].version.clone())
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list {
            list.push(entry);
        }
    }
    let document = json!({
        "info": { "name": project.facts.name.as_str(), "version": "" },
        "last_serial": project.page.last_serial.unwrap_or(0),
        "releases": releases,
        "urls": [],
        "vulnerabilities": [],
    });
    document.to_string().into_bytes().into()
}
