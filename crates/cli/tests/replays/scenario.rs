//! The data of a replay: one file in `tests/replays` for each row of the incident record.

use std::collections::BTreeMap;
use std::path::PathBuf;

use packhouse_model::Timestamp;
use serde::Deserialize;

/// A row of the record, told so that it can be played.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Scenario {
    /// The row's place in the record, from 1.
    pub(crate) row: usize,
    /// The row's date, as in the record.
    pub(crate) date: String,
    /// Where it happened.
    pub(crate) ecosystem: String,
    /// What was attacked, as in the record.
    pub(crate) packages: String,
    /// How, in one sentence.
    pub(crate) technique: String,
    /// The controls that the row itself names.
    pub(crate) named: Vec<String>,
    /// The controls of the default configuration that stop it alone, each from the first moment to the last: neither more
    /// nor fewer may do so.
    pub(crate) stopped_by: Vec<String>,
    /// Why only people could stop it, where that is so.
    pub(crate) only_people: Option<String>,
    /// What the replay does not show, or shows in another way.
    pub(crate) note: Option<String>,
    /// Projects that everybody uses, long before.
    #[serde(default)]
    pub(crate) popular: Vec<Project>,
    /// The attacked project, as it was before. A new name has none.
    pub(crate) project: Option<Project>,
    pub(crate) attack: Attack,
    pub(crate) twin: Twin,
}

/// A project with its history.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Project {
    pub(crate) name: String,
    /// Versions, and how many days before the attack each was uploaded.
    pub(crate) releases: Vec<(String, f64)>,
    /// Of all its releases; the rest as in every made-up project.
    #[serde(default)]
    pub(crate) with: Content,
}

/// The bad days.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Attack {
    /// When it began.
    pub(crate) at: Timestamp,
    /// When it was over.
    pub(crate) removed: Timestamp,
    pub(crate) removal: Removal,
    /// When an advisory about it was published.
    pub(crate) advisory: Option<Timestamp>,
    /// What people ask for; they are hit when they get everything in `needs`.
    pub(crate) install: String,
    /// Releases that must all be had for the attack to work. Left out, each release of the attack works by itself.
    #[serde(default)]
    pub(crate) needs: Vec<String>,
    #[serde(default)]
    pub(crate) release: Vec<Release>,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Removal {
    /// The bad files were deleted upstream.
    Deleted,
    /// The upstream put the project under quarantine.
    Quarantined,
    /// They are there to this day.
    Stays,
}

/// A release that appears during the story.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Release {
    /// Left out: the scenario's project.
    pub(crate) project: Option<String>,
    pub(crate) version: String,
    /// Days after the beginning, or before it.
    #[serde(default)]
    pub(crate) after: f64,
    #[serde(default)]
    pub(crate) kind: Kind,
    /// Harmless: needed for the story.
    #[serde(default)]
    pub(crate) harmless: bool,
    /// Takes the place of a file with the same name: deleted and uploaded again, or moved.
    #[serde(default)]
    pub(crate) replaces: bool,
    /// Copies the code of another project of the scenario.
    pub(crate) clone_of: Option<String>,
    #[serde(default)]
    pub(crate) with: Content,
}

/// Which files a release has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    #[default]
    Wheel,
    Sdist,
    Both,
}

/// What is in a release, beside what every made-up project has.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Content {
    /// Texts by path; see `files::write` for what `{{…}}` in them means.
    pub(crate) files: BTreeMap<String, String>,
    /// Binaries by path, by kind: see `files::binary`.
    pub(crate) binaries: BTreeMap<String, String>,
    /// Only in the sdist.
    pub(crate) sdist_files: BTreeMap<String, String>,
    /// Paths that are no longer there.
    pub(crate) without: Vec<String>,
    pub(crate) requires: Vec<String>,
    /// `Name <address>`.
    pub(crate) author: Option<String>,
    pub(crate) repository: Option<String>,
    /// The accounts that may publish, as the upstream shows them from this release on.
    pub(crate) owners: Option<Vec<String>>,
    /// Whether the files have an attestation, and by which repository's workflow.
    pub(crate) attested_by: Option<String>,
    /// The compatibility tag of the wheel.
    pub(crate) tag: Option<String>,
}

/// The same story without an attacker. It has to go through.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Twin {
    /// In one sentence.
    pub(crate) story: String,
    /// What people ask for, and get.
    pub(crate) install: String,
    #[serde(default)]
    pub(crate) release: Vec<Release>,
}

/// All rows, in order. `PACKHOUSE_REPLAY=27,28` leaves only these.
pub(crate) fn all() -> Vec<Scenario> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/replays"));
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("tests/replays")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    files
        .iter()
        .map(|path| {
            let text = std::fs::read_to_string(path).expect("a text");
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        })
        .collect()
}

/// Those that are asked for.
pub(crate) fn chosen() -> Vec<Scenario> {
    let wanted = std::env::var("PACKHOUSE_REPLAY").unwrap_or_default();
    let wanted: Vec<usize> = wanted.split(',').filter_map(|row| row.trim().parse().ok()).collect();
    all().into_iter().filter(|one| wanted.is_empty() || wanted.contains(&one.row)).collect()
}

impl Scenario {
    /// The project that the attack's releases belong to unless they name another.
    pub(crate) fn main_name(&self) -> &str {
        let asked = self.attack.install.split("==").next().unwrap_or_default();
        self.project.as_ref().map_or(asked, |project| project.name.as_str())
    }

    /// Groups of `project==version`: the attack works when all of one group are handed out.
    pub(crate) fn groups(&self) -> Vec<Vec<String>> {
        if !self.attack.needs.is_empty() {
            return vec![self.attack.needs.clone()];
        }
        let bad = self.attack.release.iter().filter(|release| !release.harmless);
        bad.map(|release| vec![self.id_of(release)]).collect()
    }

    /// `project==version`.
    pub(crate) fn id_of(&self, release: &Release) -> String {
        let project = release.project.as_deref().unwrap_or(self.main_name());
        format!("{project}=={}", release.version)
    }
}
