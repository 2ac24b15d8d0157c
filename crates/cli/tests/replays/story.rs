//! What happens upstream, and when.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use packhouse_model::{Sha256, Timestamp};
use packhouse_testkit::{BuiltFile, FakeUpstream, Upload};
use serde_json::json;

use crate::files::{self, Recipe};
use crate::scenario::{Content, Kind, Release, Removal, Scenario};

pub(crate) const HOUR: Duration = Duration::from_hours(1);
pub(crate) const DAY: Duration = Duration::from_hours(24);

/// Something that happens upstream.
enum Event {
    Upload(Box<Uploaded>),
    Delete(Vec<String>),
    Quarantine(String),
}

/// Files of a release, and what else the upstream shows from then on.
struct Uploaded {
    project: String,
    files: Vec<BuiltFile>,
    owners: Vec<String>,
    author: String,
    repository: Option<String>,
    attested_by: Option<String>,
    replaces: bool,
}

/// The days of one world.
pub(crate) struct Story {
    events: Vec<(Timestamp, Event)>,
    /// The files of each bad release, by `project==version`.
    pub(crate) bad: BTreeMap<String, Bad>,
}

/// A bad release.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bad {
    pub(crate) files: BTreeSet<Sha256>,
    /// What is in them and in no good release: path in site-packages, and bytes.
    pub(crate) marks: Vec<(String, Vec<u8>)>,
}

impl Story {
    /// What was before, then the attack or, for the twin, the harmless story.
    pub(crate) fn of(scenario: &Scenario, twin: bool) -> Self {
        let mut story = Self { events: Vec::new(), bad: BTreeMap::new() };
        let begin = scenario.attack.at;
        for project in scenario.popular.iter().chain(&scenario.project) {
            for (version, days) in &project.releases {
                let nothing = Content::default();
                let kind = if project.with.sdist_files.is_empty() { Kind::Wheel } else { Kind::Both };
                let recipe = Recipe {
                    project: &project.name,
                    version,
                    kind,
                    code_of: None,
                    project_with: &project.with,
                    with: &nothing,
                    installable: true,
                };
                let uploaded = Uploaded::of(&recipe, recipe.build(), false);
                story.events.push((begin.minus(days_of(*days)), Event::Upload(Box::new(uploaded))));
            }
        }
        let releases = if twin { &scenario.twin.release } else { &scenario.attack.release };
        let mut gone = Vec::new();
        for release in releases {
            let (uploaded, bad) = Self::release(scenario, release, twin);
            let names = uploaded.files.iter().map(|file| file.filename.clone());
            if !release.harmless {
                gone.extend(names);
            }
            if let Some(bad) = bad {
                story.bad.insert(scenario.id_of(release), bad);
            }
            let at = if release.after < 0.0 {
                begin.minus(days_of(-release.after))
            } else {
                begin.plus(days_of(release.after))
            };
            story.events.push((at, Event::Upload(Box::new(uploaded))));
        }
        if !twin {
            let over = match scenario.attack.removal {
                Removal::Deleted => vec![Event::Delete(gone)],
                Removal::Quarantined => {
                    let projects: BTreeSet<&str> =
                        story.bad.keys().filter_map(|id| id.split("==").next()).collect();
                    projects.into_iter().map(|name| Event::Quarantine(name.to_owned())).collect()
                }
                Removal::Stays => Vec::new(),
            };
            story.events.extend(over.into_iter().map(|event| (scenario.attack.removed, event)));
        }
        story.events.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        story
    }

    fn release(scenario: &Scenario, release: &Release, twin: bool) -> (Uploaded, Option<Bad>) {
        let name = release.project.as_deref().unwrap_or(scenario.main_name());
        let same = scenario.project.iter().chain(&scenario.popular).find(|project| project.name == name);
        let code = release.clone_of.as_deref();
        let copied = scenario.popular.iter().find(|project| Some(project.name.as_str()) == code);
        let nothing = Content::default();
        let before = same.or(copied).map_or(&nothing, |project| &project.with);
        let bad = !twin && !release.harmless;
        let recipe = Recipe::of(release, name, before, bad);
        let uploaded = Uploaded::of(&recipe, recipe.build(), release.replaces);
        let marks =
            release.with.files.iter().map(|(path, text)| (path.clone(), files::write(text).into_bytes()));
        let found =
            Bad { files: uploaded.files.iter().map(|file| file.sha256).collect(), marks: marks.collect() };
        (uploaded, bad.then_some(found))
    }

    /// Writes the files of the story into `folder`, those from before and those of the attack apart.
    pub(crate) fn write_files(&self, folder: &std::path::Path, bad: bool) {
        let mut events: Vec<_> = self.events.iter().collect();
        events.sort_by_key(|(at, _)| *at);
        for (_, event) in events {
            let Event::Upload(uploaded) = event else { continue };
            for file in &uploaded.files {
                let found = self.bad.values().any(|one| one.files.contains(&file.sha256));
                if found == bad {
                    std::fs::create_dir_all(folder).expect("a folder");
                    std::fs::write(folder.join(&file.filename), &file.bytes).expect("a file");
                }
            }
        }
    }

    /// When the next thing happens that happens before `end`.
    pub(crate) fn next_before(&self, end: Timestamp) -> Option<Timestamp> {
        self.events.last().map(|(at, _)| *at).filter(|at| *at <= end)
    }

    /// Lets it happen.
    pub(crate) fn happen(&mut self, upstream: &FakeUpstream) {
        let Some((at, event)) = self.events.pop() else { return };
        match event {
            Event::Upload(uploaded) => uploaded.publish(upstream, at),
            Event::Delete(filenames) => filenames.iter().for_each(|filename| upstream.delete(filename)),
            Event::Quarantine(project) => {
                upstream.set_status(&project, "quarantined", Some("reported as malware"));
            }
        }
    }
}

impl Uploaded {
    fn of(recipe: &Recipe<'_>, files: Vec<BuiltFile>, replaces: bool) -> Self {
        let pick = |choose: fn(&Content) -> Option<&String>| {
            choose(recipe.with).or(choose(recipe.project_with)).cloned()
        };
        let name = recipe.project.to_owned();
        let owners = recipe.with.owners.clone().or(recipe.project_with.owners.clone());
        Self {
            files,
            owners: owners.unwrap_or_else(|| vec![format!("{name}-people")]),
            author: pick(|content| content.author.as_ref())
                .unwrap_or_else(|| format!("{name} people <people@{name}.invalid>")),
            repository: pick(|content| content.repository.as_ref()),
            attested_by: recipe.with.attested_by.clone().or(recipe.project_with.attested_by.clone()),
            project: name,
            replaces,
        }
    }

    fn publish(self, upstream: &FakeUpstream, at: Timestamp) {
        for file in self.files {
            if self.replaces {
                upstream.delete(&file.filename);
            }
            let mut upload = Upload::of(file).at(&at.to_string());
            // An empty name stands for a release without an attestation where others have one.
            if let Some(repository) = self.attested_by.as_ref().filter(|name| !name.is_empty()) {
                upload = upload.provenance(json!({
                    "version": 1,
                    "attestation_bundles": [{
                        "publisher": { "kind": "GitLab", "repository": repository },
                        "attestations": [],
                    }],
                }));
            }
            upstream.publish(upload);
        }
        let name = &self.project;
        let repository = self.repository.unwrap_or_else(|| format!("https://git.invalid/{name}/{name}"));
        upstream.set_info(name, "author_email", json!(self.author));
        upstream.set_info(name, "project_urls", json!({ "Source": repository }));
        let roles: Vec<_> = self.owners.iter().map(|user| json!({ "role": "Owner", "user": user })).collect();
        upstream.set_document(name, "ownership", json!({ "organization": null, "roles": roles }));
    }
}

pub(crate) fn days_of(days: f64) -> Duration {
    Duration::from_secs((days * 86_400.0) as u64)
}
