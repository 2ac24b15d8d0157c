//! What a file needs that the release before it did not need, and that nobody knew before.
//!
//! It is looked at when the file or its metadata is asked for, before anything of it goes out, and kept: projects only grow
//! older. Mostly that costs nothing, since what a file needs is known by name or kept already.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _};
use packhouse_guard::{Case, LONGEST_NEW, Newcomer, ProjectFacts};
use packhouse_model::{FileKind, ProjectName, Sha256, UpstreamName};
use packhouse_pypi::normalize;
use packhouse_pypi::requirement::{Requirement, Source};

use super::publisher::{oldest_files, settled_before};
use crate::error::{AppError, chain};
use crate::index::Index;
use crate::packhouse::Packhouse;
use crate::project::{Patience, Project};

/// What files newly need that is new itself, by their hash, as far as somebody has looked.
pub(crate) type FileNeeds = HashMap<Sha256, Arc<[Newcomer]>>;

/// Projects that are asked for at once.
const AT_ONCE: usize = 8;
/// A release that newly needs more that nobody here knows is not looked through.
const MOST: usize = 200;

impl Packhouse {
    /// Reads what was found in files. What is known by name meanwhile is no newcomer any more.
    pub(crate) async fn still_needed(&self, kept: Vec<(Sha256, String)>) -> Result<FileNeeds, AppError> {
        let mut needs = FileNeeds::new();
        for (sha256, found) in kept {
            let mut left = Vec::new();
            for newcomer in read(&found)? {
                if !self.is_known_name(&ProjectName::from_canonical(&newcomer.project)).await? {
                    left.push(newcomer);
                }
            }
            needs.insert(sha256, left.into());
        }
        Ok(needs)
    }

    /// Looks at what the file at `place` needs, where one of the indexes would hand it out and goes by that. Returns the
    /// project with what was found, when that changes what is known of it.
    pub(crate) async fn look_at_needs(
        &self,
        upstream: &UpstreamName,
        project: &Arc<Project>,
        place: usize,
        indexes: &[&&Arc<Index>],
    ) -> Result<Option<Arc<Project>>, AppError> {
        let facts = &project.files[place].facts;
        let Some(sha256) = facts.sha256.filter(|_| facts.kind == FileKind::Wheel) else { return Ok(None) };
        let (now, name) = (self.now(), &project.facts.name);
        let case = project.file_case(place, now);
        let (mut asked, mut served_anyway) = (false, false);
        for index in indexes.iter().filter(|index| index.decide(&case).serves()) {
            if index.policy.asks_what_it_needs(&case) {
                // What a suite holds, the suite decides on.
                asked |= self.vetted(index, name).await?.is_none();
            } else {
                served_anyway = true;
            }
        }
        if !asked {
            return Ok(None);
        }
        match self.store.needs_of(upstream, sha256).await? {
            Some(found) if read(&found)?.is_empty() => return Ok(None),
            // Found by somebody else since the project was read.
            Some(_) => {}
            None => {
                let found = match self.newcomers(upstream, project, place, indexes).await {
                    Ok(Some(found)) => found,
                    Ok(None) => return Ok(None),
                    Err(error) if served_anyway => {
                        tracing::warn!(project = %name, error = %chain(&error), "what a file needs is not known");
                        return Ok(None);
                    }
                    Err(error) => return Err(error),
                };
                let text = serde_json::to_string(&found)
                    .map_err(|error| AppError::internal("what a file needs was written", error))?;
                if found.is_empty() {
                    self.keep_needs_later(upstream, sha256, text);
                    return Ok(None);
                }
                self.store.keep_needs(upstream, sha256, &text, now).await?;
            }
        }
        self.show_project_again(upstream, name);
        self.load(upstream, name).await
    }

    /// Nobody waits for the disk because there is nothing to say; what is lost in a crash here is found again.
    fn keep_needs_later(&self, upstream: &UpstreamName, file: Sha256, nothing: String) {
        let (this, upstream) = (self.clone(), upstream.clone());
        tokio::spawn(async move {
            if let Err(error) = this.store.keep_needs(&upstream, file, &nothing, this.now()).await {
                tracing::warn!(%file, %error, "that a file needs nothing new was not kept");
            }
        });
    }

    /// The newcomers that a wheel newly needs. None: something of it is not there yet, and may be tomorrow.
    async fn newcomers(
        &self,
        upstream: &UpstreamName,
        project: &Arc<Project>,
        place: usize,
        indexes: &[&&Arc<Index>],
    ) -> Result<Option<Vec<Newcomer>>, AppError> {
        let Some((before, previous)) = previous(project, place) else { return Ok(Some(Vec::new())) };
        let own = self.metadata_headers(project, &[place]).await?.unwrap_or_default();
        let mut unknown = BTreeSet::new();
        for needed in needs(requirements(&own)) {
            if needed != project.facts.name && !self.is_of_age(upstream, &needed).await? {
                unknown.insert(needed);
            }
        }
        if unknown.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let places: Vec<usize> =
            (0..project.files.len()).filter(|place| project.files[*place].release == Some(before)).collect();
        let known = match self.metadata_headers(project, &places).await? {
            Some(headers) => needs(requirements(&headers)),
            None => {
                let document = self.version_document(upstream, project, before).await?;
                needs(document.requires().iter().map(String::as_str))
            }
        };
        unknown.retain(|needed| !known.contains(needed) && self.may_be_asked_for(needed, indexes));
        if unknown.len() > MOST {
            return Err(AppError::unusable(format!(
                "{} newly needs {} projects that are not known here; at most {MOST} are looked at",
                project.files[place].facts.filename,
                unknown.len()
            )));
        }
        let now = self.now();
        let found: Vec<Option<Option<Newcomer>>> = futures_util::stream::iter(unknown)
            .map(|needed| {
                let previous = &previous;
                async move {
                    let found = self.project(upstream, &needed, Patience::File).await?;
                    let oldest = found.and_then(|found| found.project.facts.oldest);
                    Ok::<_, AppError>(oldest.map(|oldest| {
                        (now < oldest.plus(LONGEST_NEW)).then(|| Newcomer {
                            project: needed.to_string(),
                            oldest,
                            before: previous.clone(),
                        })
                    }))
                }
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let absent = found.iter().any(Option::is_none);
        let newcomers: Vec<Newcomer> = found.into_iter().flatten().flatten().collect();
        // Whoever takes the name that is free comes later than the release that needs it.
        Ok((!absent || !newcomers.is_empty()).then_some(newcomers))
    }

    /// Whether a project is known by name, or kept with a file that is old enough for every policy.
    async fn is_of_age(&self, upstream: &UpstreamName, name: &ProjectName) -> Result<bool, AppError> {
        if self.is_known_name(name).await? {
            return Ok(true);
        }
        let oldest = self.kept(upstream, name).await?.and_then(|kept| kept.facts.oldest);
        Ok(oldest.is_some_and(|oldest| self.now() >= oldest.plus(LONGEST_NEW)))
    }

    /// Private names are never asked of an upstream, and what is refused by its name brings nothing along.
    fn may_be_asked_for(&self, name: &ProjectName, indexes: &[&&Arc<Index>]) -> bool {
        let unasked = ProjectFacts::unasked(name.clone());
        let case = Case { project: &unasked, release: None, file: None, now: self.now() };
        indexes.iter().any(|index| index.decide(&case).serves())
    }
}

/// The release that a file's is compared with, and its version: as for who publishes it.
fn previous(project: &Project, place: usize) -> Option<(usize, String)> {
    let release = project.files[place].release?;
    let mut uploads = oldest_files(project.releases.len(), &project.files);
    uploads.sort_unstable();
    let at = uploads.iter().position(|(_, known)| *known == release)?;
    let (_, before) = settled_before(&uploads, at)?;
    Some((before, project.releases[before].version.clone()))
}

fn read(found: &str) -> Result<Vec<Newcomer>, AppError> {
    serde_json::from_str(found).map_err(|error| AppError::internal("what a file needs was read", error))
}

/// The values of `Requires-Dist`.
fn requirements(headers: &[(String, String)]) -> impl Iterator<Item = &str> {
    let named = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Requires-Dist"));
    named.map(|(_, value)| value.as_str())
}

/// The projects that have to be had from an index, but for those that only an extra asks for.
fn needs<'a>(requirements: impl Iterator<Item = &'a str>) -> BTreeSet<ProjectName> {
    let needed = |text: &str| match Requirement::parse(text) {
        Ok(Requirement { source: Source::Url(_), .. }) => None,
        Ok(requirement) => {
            let extra = requirement.marker.as_ref().is_some_and(packhouse_pypi::Marker::only_for_extras);
            (!extra).then_some(requirement.project)
        }
        // Some client may read what we do not; the name stands before everything else.
        Err(_) => {
            let is_name = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
            let text = text.trim_start();
            normalize(&text[..text.find(|letter| !is_name(letter)).unwrap_or(text.len())]).ok()
        }
    };
    requirements.filter_map(needed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_an_extra_asks_for_is_not_needed() {
        let lines = [
            "Flat_Map>=1",
            "extra-only ; extra == 'x'",
            "not-extra ; extra != 'x'",
            "elsewhere @ https://files.upstream.invalid/elsewhere.whl",
            " odd (>>1)",
            "windows ; sys_platform == 'win32'",
            "",
        ];
        let found: Vec<String> = needs(lines.into_iter()).into_iter().map(|name| name.to_string()).collect();
        assert_eq!(found, ["flat-map", "not-extra", "odd", "windows"]);
    }
}
