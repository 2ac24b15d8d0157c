//! Who publishes: what a release shows of that, kept at first sight, and compared with what the release before it showed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use packhouse_distribution::act::{IdentityChange, Vendor};
use packhouse_distribution::{identity, vendor};
use packhouse_dns::Mail;
use packhouse_guard::{Case, ProjectFacts, Publisher, PublisherChange, ReleaseFacts};
use packhouse_model::{FileKind, Timestamp, UpstreamName};
use packhouse_pypi::core_metadata::{CoreMetadata, MetadataLimits};
use packhouse_pypi::provenance;
use packhouse_pypi::version::Version;
use packhouse_store::SeenPublisher;
use packhouse_upstream::{PageReply, Validators};
use serde::{Deserialize, Serialize};

use crate::error::{AppError, chain};
use crate::file::Judged;
use crate::packhouse::Packhouse;
use crate::project::{KnownFile, Project};

/// Releases older than this are not compared: no policy may wait longer.
const COMPARED_FOR: Duration = Duration::from_hours(60 * 24);
/// For so long a release explains nothing about the next: it may be held for the same reason.
pub(crate) const SETTLED: Duration = Duration::from_hours(14 * 24);
/// A project that was silent for longer than this was perhaps taken over.
const DORMANT: Duration = Duration::from_hours(365 * 24);
/// From here on a first number is a year, and says nothing about what came before.
const YEARS: u64 = 1_900;
/// How long a page waits for what its releases show.
const PATIENCE: Duration = Duration::from_secs(5);
/// Releases of one project that are looked at at one time; the others wait for the next.
const AT_ONCE: usize = 10;

/// What a release showed when it was first looked at.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Shown {
    vendor: Vendor,
    /// Mail domains that take no mail, or are not there, where a resolver is asked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    dead_domains: BTreeMap<String, DeadDomain>,
}

/// What is wrong with a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum DeadDomain {
    NoMail,
    NoDomain,
}

/// Domains of one release that are asked about.
const MOST_DOMAINS: usize = 5;

/// Fills in what each release says of those who publish, compared with the one before it.
pub(crate) fn compare(
    project: &str,
    releases: &mut [ReleaseFacts],
    files: &[KnownFile],
    shown: &[SeenPublisher],
    now: Timestamp,
) {
    let mut uploads: Vec<(Timestamp, usize)> = oldest_files(releases.len(), files);
    uploads.sort_unstable();
    let shown: BTreeMap<&str, Option<Shown>> =
        shown.iter().map(|seen| (seen.version.as_str(), serde_json::from_str(&seen.shown).ok())).collect();
    for at in 0..uploads.len() {
        let (uploaded, release) = uploads[at];
        // The first release of a project changes nothing, and an old one was looked at by everybody.
        let Some((before, previous)) = settled_before(&uploads, at) else { continue };
        if now.since(uploaded) >= COMPARED_FOR {
            continue;
        }
        let vendor = |place: usize| shown.get(releases[place].key.as_str()).and_then(Option::as_ref);
        let (Some(old), Some(new)) = (vendor(previous), vendor(release)) else {
            releases[release].publisher = Publisher::Unknown;
            continue;
        };
        let subject = format!("{project} {}", releases[release].version);
        let mut changes = said(&subject, &releases[previous].version, &old.vendor, &new.vendor);
        changes.extend(new.dead_domains.iter().map(|(domain, dead)| unreachable(&subject, domain, *dead)));
        if uploaded.since(before) > DORMANT {
            changes.push(PublisherChange {
                kind: "dormant",
                holds: true,
                short: format!("is the first release since {}", before.date()),
                sentence: format!(
                    "{subject} is the first release since {}: more than a year of silence.",
                    before.date()
                ),
            });
        }
        changes.extend(jump(
            &subject,
            &releases[release],
            uploads[..at].iter().map(|(_, place)| &releases[*place]),
        ));
        releases[release].publisher = Publisher::Known(changes.into());
    }
}

/// The release that one is compared with: the last before it that was public for [`SETTLED`] when it came, else the first of
/// all. Whoever takes a project over and releases twice must not have their own first release for an excuse.
pub(super) fn settled_before(uploads: &[(Timestamp, usize)], at: usize) -> Option<(Timestamp, usize)> {
    let (earlier, uploaded) = (uploads.get(..at)?, uploads.get(at)?.0);
    let settled = earlier.iter().rev().find(|(before, _)| uploaded.since(*before) >= SETTLED);
    settled.or(earlier.first()).copied()
}

/// When the oldest file of each release was uploaded.
pub(super) fn oldest_files(releases: usize, files: &[KnownFile]) -> Vec<(Timestamp, usize)> {
    let mut oldest: Vec<Option<Timestamp>> = vec![None; releases];
    for known in files {
        let Some(release) = known.release else { continue };
        let from = known.facts.age_from().0;
        oldest[release] = Some(oldest[release].map_or(from, |known| known.min(from)));
    }
    oldest.into_iter().enumerate().filter_map(|(place, from)| Some((from?, place))).collect()
}

/// What differs, as the rule says it.
fn said(subject: &str, previous: &str, old: &Vendor, new: &Vendor) -> Vec<PublisherChange> {
    let mut all: Vec<PublisherChange> = identity::changes(old, new)
        .into_iter()
        // Other addresses alone are said below, where all of them are others.
        .filter(|change| change.what != "addresses")
        .map(|change| {
            let holds = identity::is_hold(&change);
            let IdentityChange { what, before, after } = change;
            let (short, words) = match what.as_str() {
                "attestation" if after == "none" => (
                    "has no attestation any more".to_owned(),
                    format!("{previous} was attested by {before}, and this release by nobody"),
                ),
                "attestation" => {
                    ("is attested for the first time".to_owned(), format!("it is attested by {after}"))
                }
                "publisher" => (
                    "has another publisher".to_owned(),
                    format!("{previous} was published by {before}, this release by {after}"),
                ),
                "repository" => (
                    "names another repository".to_owned(),
                    format!("{previous} names {before}, this release {after}"),
                ),
                _ => (
                    "has other owners".to_owned(),
                    format!("the registry named {before} for {previous}, and names {after} now"),
                ),
            };
            let kind = match what.as_str() {
                "attestation" => "attestation",
                "publisher" => "publisher",
                "repository" => "repository",
                _ => "owners",
            };
            PublisherChange {
                kind,
                holds,
                short,
                sentence: format!("Who publishes {subject} changed: {words}."),
            }
        })
        .collect();
    let others =
        |old: &BTreeSet<_>, new: &BTreeSet<_>| !old.is_empty() && !new.is_empty() && old.is_disjoint(new);
    let strangers = others(&old.addresses, &new.addresses)
        && old.names.is_disjoint(&new.names)
        && old.domains.is_disjoint(&new.domains);
    if strangers {
        all.push(PublisherChange {
            kind: "addresses",
            holds: true,
            short: "names nobody whom the release before named".to_owned(),
            sentence: format!(
                "Who publishes {subject} changed: it has no author, maintainer or mail domain in common with {previous}."
            ),
        });
    }
    all
}

/// Who gets a domain gets the accounts whose passwords are reset by a mail to it.
fn unreachable(subject: &str, domain: &str, dead: DeadDomain) -> PublisherChange {
    let (short, words) = match dead {
        DeadDomain::NoMail => ("takes no mail", "takes no mail (it names no server for it)"),
        DeadDomain::NoDomain => ("is not there", "is not there any more"),
    };
    PublisherChange {
        kind: "domain",
        holds: true,
        short: format!("names the mail domain {domain}, which {short}"),
        sentence: format!(
            "{subject} names people at {domain}, which {words}: whoever takes the domain can take their accounts."
        ),
    }
}

/// A version that leaves several majors out.
fn jump<'a>(
    subject: &str,
    release: &ReleaseFacts,
    before: impl Iterator<Item = &'a ReleaseFacts>,
) -> Option<PublisherChange> {
    let major = |text: &str| Version::parse(text).ok().map(|version| version.major());
    let (new, old) = (major(&release.version)?, before.filter_map(|release| major(&release.version)).max()?);
    (new > old + 1 && new < YEARS).then(|| PublisherChange {
        kind: "jump",
        holds: false,
        short: format!("comes after {old}, and leaves majors out"),
        sentence: format!("{subject} leaves majors out: the highest before it was {old}."),
    })
}

/// The part of a version's JSON document that says who. Its shape is Warehouse's.
#[derive(Debug, Default, Deserialize)]
pub(super) struct VersionDocument {
    #[serde(default)]
    info: Info,
    #[serde(default)]
    ownership: Option<Ownership>,
}

#[derive(Debug, Default, Deserialize)]
struct Info {
    author: Option<String>,
    author_email: Option<String>,
    maintainer: Option<String>,
    maintainer_email: Option<String>,
    home_page: Option<String>,
    project_urls: Option<BTreeMap<String, Option<String>>>,
    requires_dist: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
struct Ownership {
    organization: Option<String>,
    #[serde(default)]
    roles: Vec<Role>,
}

#[derive(Debug, Deserialize)]
struct Role {
    user: Option<String>,
}

impl VersionDocument {
    fn headers(&self) -> Vec<(String, String)> {
        let info = &self.info;
        let single = [
            ("Author", &info.author),
            ("Author-email", &info.author_email),
            ("Maintainer", &info.maintainer),
            ("Maintainer-email", &info.maintainer_email),
            ("Home-page", &info.home_page),
        ];
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let single = single.into_iter().filter_map(|(name, value)| Some(header(name, value.as_deref()?)));
        let links = info.project_urls.iter().flatten();
        let links = links.filter_map(|(label, link)| {
            Some(header("Project-URL", &format!("{label}, {}", link.as_deref()?)))
        });
        single.chain(links).collect()
    }

    /// What the release needs, as its metadata says it.
    pub(super) fn requires(self) -> Vec<String> {
        self.info.requires_dist.unwrap_or_default()
    }

    /// Who may publish now, and the organisation that the project belongs to.
    fn owners(&self) -> Vec<String> {
        let Some(ownership) = &self.ownership else { return Vec::new() };
        let users = ownership.roles.iter().filter_map(|role| role.user.clone());
        ownership.organization.clone().into_iter().chain(users).collect()
    }
}

impl Packhouse {
    /// Looks at what the releases show that nothing but this keeps from being served, and returns the project with that.
    ///
    /// What cannot be had now is looked at again when the project is asked for the next time; until then the rule holds the
    /// release.
    pub(crate) async fn look_at_publishers(
        &self,
        upstream: &UpstreamName,
        project: Arc<Project>,
    ) -> Result<Arc<Project>, AppError> {
        let wanted = self.waiting_for_publishers(upstream, &project);
        if wanted.is_empty() {
            return Ok(project);
        }
        let known = self.store.seen_publishers(upstream, &project.facts.name).await?;
        let mut uploads = oldest_files(project.releases.len(), &project.files);
        uploads.sort_unstable();
        // Whether each is looked at because it is new, or because another one is compared with it.
        let mut asked: BTreeMap<usize, bool> = BTreeMap::new();
        for release in wanted {
            let place = uploads.iter().position(|(_, place)| *place == release).unwrap_or_default();
            if let Some((_, before)) = settled_before(&uploads, place) {
                asked.entry(before).or_insert(false);
            }
            asked.insert(release, true);
        }
        asked.retain(|release, _| !known.iter().any(|seen| seen.version == project.releases[*release].key));
        let questions = asked.into_iter().map(|(release, is_new)| {
            let project = &project;
            async move { (release, self.shown_by(upstream, project, release, is_new).await) }
        });
        let mut seen: Vec<SeenPublisher> = Vec::new();
        let answers = tokio::time::timeout(PATIENCE, futures_util::future::join_all(questions)).await;
        let Ok(answers) = answers else {
            // What was begun goes on, and is there the next time: a large wheel of an upstream without ranges.
            tracing::warn!(project = %project.facts.name, "who published its young releases was not known in time");
            return Ok(project);
        };
        for (release, shown) in answers {
            let key = &project.releases[release].key;
            match shown {
                Ok(shown) => seen.push(SeenPublisher {
                    version: key.clone(),
                    seen: self.now(),
                    shown: serde_json::to_string(&shown)
                        .map_err(|error| AppError::internal("what a release shows was written", error))?,
                }),
                Err(error) => {
                    let error = chain(&error);
                    tracing::warn!(project = %project.facts.name, version = %key, error, "who published it is not known");
                }
            }
        }
        if seen.is_empty() {
            return Ok(project);
        }
        self.store.keep_publishers(upstream, &project.facts.name, &seen).await?;
        Ok(self.load(upstream, &project.facts.name).await?.unwrap_or(project))
    }

    /// The releases that some index would serve if it knew who published them.
    fn waiting_for_publishers(&self, upstream: &UpstreamName, project: &Project) -> Vec<usize> {
        let now = self.now();
        let mut wanted = BTreeSet::new();
        // People may take in what is held for being new alone.
        let taken_in = ProjectFacts { known: true, ..project.facts.clone() };
        for (place, known) in project.files.iter().enumerate() {
            let Some(release) = known.release else { continue };
            if wanted.contains(&release) || project.releases[release].publisher != Publisher::Unknown {
                continue;
            }
            let case = Case { project: &taken_in, ..project.file_case(place, now) };
            let waits = self.indexes().filter(|index| index.upstream == *upstream).any(|index| {
                let decision = index.decide(&case);
                let mut counting = decision.because.iter().filter(|hit| hit.excused.is_none());
                counting.next().is_some_and(|hit| hit.rule == "publisher") && counting.next().is_none()
            });
            if waits {
                wanted.insert(release);
            }
        }
        wanted.into_iter().rev().take(AT_ONCE).collect()
    }

    /// What a release shows of those who publish it: its core metadata, or its JSON document where there is no wheel, and
    /// the identity that its attestation names.
    async fn shown_by(
        &self,
        upstream: &UpstreamName,
        project: &Arc<Project>,
        release: usize,
        is_new: bool,
    ) -> Result<Shown, AppError> {
        let places: Vec<usize> =
            (0..project.files.len()).filter(|place| project.files[*place].release == Some(release)).collect();
        let (headers, document, publisher) = tokio::join!(
            self.metadata_headers(project, &places),
            // Who owns a project now says nothing about an older release.
            async {
                if is_new {
                    self.version_document(upstream, project, release).await.map(Some)
                } else {
                    Ok(None)
                }
            },
            self.attested_by(upstream, project, &places),
        );
        let (mut headers, mut document, publisher) = (headers?, document?, publisher?);
        if headers.is_none() && document.is_none() {
            document = Some(self.version_document(upstream, project, release).await?);
        }
        headers = headers.or_else(|| document.as_ref().map(VersionDocument::headers));
        let owners = document.filter(|_| is_new).map(|document| document.owners()).unwrap_or_default();
        let headers = headers.unwrap_or_default();
        let vendor = vendor::compute(&vendor::Sources {
            headers: &headers,
            owners: &owners,
            publisher: publisher.as_deref(),
        });
        // As owners: what is wrong with a domain now says nothing about an older release.
        let dead_domains = if is_new { self.dead_domains(&vendor).await? } else { BTreeMap::new() };
        Ok(Shown { vendor, dead_domains })
    }

    /// The mail domains of a release that take no mail or are not there, where a resolver is configured.
    async fn dead_domains(&self, vendor: &Vendor) -> Result<BTreeMap<String, DeadDomain>, AppError> {
        let mut dead = BTreeMap::new();
        let Some(resolver) = &self.resolver else { return Ok(dead) };
        for domain in vendor.domains.iter().take(MOST_DOMAINS) {
            let mail = resolver.mail(domain).await;
            match mail.map_err(|error| AppError::internal("a mail domain was looked up", error))? {
                Mail::Taken => {}
                Mail::Refused => drop(dead.insert(domain.clone(), DeadDomain::NoMail)),
                Mail::NoDomain => drop(dead.insert(domain.clone(), DeadDomain::NoDomain)),
            }
        }
        Ok(dead)
    }

    /// The headers of the core metadata of a release's first wheel.
    pub(super) async fn metadata_headers(
        &self,
        project: &Arc<Project>,
        places: &[usize],
    ) -> Result<Option<Vec<(String, String)>>, AppError> {
        let wheel = places.iter().find_map(|place| {
            let facts = &project.files[*place].facts;
            facts.sha256.filter(|_| facts.kind == FileKind::Wheel).map(|sha256| (*place, sha256))
        });
        let Some((place, sha256)) = wheel else { return Ok(None) };
        let judged = Judged {
            project: Arc::clone(project),
            place,
            until: self.now(),
            shown: self.shown(),
            looks_into: false,
        };
        let body = self.metadata_of(sha256, judged).await?;
        let read = body.bytes.map(|bytes| CoreMetadata::parse(&bytes, &MetadataLimits::default()));
        Ok(read.and_then(Result::ok).map(|metadata| metadata.headers))
    }

    /// The identity in the attestation of a release's first file that has one.
    async fn attested_by(
        &self,
        upstream: &UpstreamName,
        project: &Project,
        places: &[usize],
    ) -> Result<Option<String>, AppError> {
        let attested = places.iter().map(|place| &project.page.files[*place]);
        let Some(file) = attested.into_iter().find(|file| file.provenance.is_some()) else { return Ok(None) };
        let document = self.upstream_provenance(self.client(upstream)?, file).await?;
        Ok(document.and_then(|document| provenance::publisher(&document)))
    }

    pub(super) async fn version_document(
        &self,
        upstream: &UpstreamName,
        project: &Project,
        release: usize,
    ) -> Result<VersionDocument, AppError> {
        let (name, version) = (&project.facts.name, &project.releases[release].version);
        let reply = self.client(upstream)?.version_json(name, version, &Validators::default()).await;
        match reply {
            Ok(PageReply::Page(document)) => serde_json::from_slice(&document.bytes).map_err(|error| {
                AppError::unusable(format!("the JSON document of {name} {version} cannot be read: {error}"))
            }),
            // An upstream without such documents shows nothing in them.
            Ok(PageReply::Absent | PageReply::NotModified) => Ok(VersionDocument::default()),
            Err(error) => Err(AppError::upstream(&format!("the JSON document of {name} {version}"), &error)),
        }
    }
}
