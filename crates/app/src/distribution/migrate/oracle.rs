//! What is installable, asked by the migration and answered by the solver.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use packhouse_distribution::State;
use packhouse_distribution::act::Condition;
use packhouse_distribution::series::series_of;
use packhouse_distribution::state::rows::CandidateRow;
use packhouse_migration::{
    Environment as Named, EnvironmentName, Item, ItemIndex, Oracle, PROFILE_PREFIX,
    Requirement as Strictness, Uninstallable,
};
use packhouse_model::{ProjectName, Sha256, SuiteName};
use packhouse_pypi::environment::Environment;
use packhouse_pypi::requirement::{Extra, Requirement};
use packhouse_pypi::specifiers::VersionSpecifiers;
use packhouse_pypi::tags::WheelTags;
use packhouse_pypi::version::Version;
use packhouse_solve::{Change, Checked, Contents, Dependents, Files, Release, Series, Status, check};

use crate::error::AppError;

/// A suite with the items that could be applied to it.
pub(super) struct SuiteOracle {
    environments: Vec<Named>,
    /// The suite as it stands, checked in each environment.
    before: Vec<Checked>,
    contents: Contents,
    /// What each item does.
    changes: Vec<Change>,
    profiles: Vec<(String, Vec<Requirement>)>,
    touches: Vec<BTreeSet<String>>,
}

impl SuiteOracle {
    pub(super) fn new(state: &State, suite: &SuiteName, items: &[Item]) -> Result<Self, AppError> {
        let row = state
            .suites
            .get(suite)
            .ok_or_else(|| AppError::not_found(format!("there is no suite {suite}")))?;
        let contents = offered(state, &state.contents(suite));
        let changes: Vec<Change> = items.iter().map(|item| change(state, item)).collect();
        let mut environments = Vec::new();
        let mut before = Vec::new();
        for declared in &row.settings.environments {
            let environment = Environment::parse(&declared.name)
                .map_err(|error| AppError::internal("a suite's environment was read", error))?;
            before.push(check(&contents, &environment));
            let requirement = if declared.may_lag { Strictness::MayLag } else { Strictness::Required };
            environments.push(Named { name: EnvironmentName::from(declared.name.as_str()), requirement });
        }
        let profiles = row
            .settings
            .profiles
            .iter()
            .map(|profile| {
                let lines =
                    profile.requires.iter().filter_map(|line| Requirement::parse(line).ok()).collect();
                (format!("{PROFILE_PREFIX}{}", profile.name), lines)
            })
            .collect();
        let mut oracle = Self { environments, before, contents, changes, profiles, touches: Vec::new() };
        oracle.touches = oracle.all_touches();
        Ok(oracle)
    }

    /// For each item the roots that it can touch, over requirements of any version, of the suite or of any item.
    fn all_touches(&self) -> Vec<BTreeSet<String>> {
        let everything = Change {
            remove: Vec::new(),
            add: self.changes.iter().flat_map(|change| change.add.iter().cloned()).collect(),
        };
        let all = self.contents.apply(&everything);
        let dependents = Dependents::of(&all);
        let mut names: BTreeMap<ProjectName, BTreeSet<String>> = BTreeMap::new();
        for root in all.roots().chain(self.contents.roots()) {
            names.entry(root.project.clone()).or_default().insert(root.to_string());
        }
        self.changes
            .iter()
            .map(|change| {
                let mut touched: BTreeSet<String> = dependents
                    .relevant(change)
                    .iter()
                    .flat_map(|project| names.get(project).into_iter().flatten().cloned())
                    .collect();
                touched.extend(self.profiles.iter().map(|(name, _)| name.clone()));
                touched
            })
            .collect()
    }

    fn applied(&self, items: &BTreeSet<ItemIndex>) -> Contents {
        let mut whole = Change::default();
        for ItemIndex(place) in items {
            whole.remove.extend(self.changes[*place].remove.iter().cloned());
            whole.add.extend(self.changes[*place].add.iter().cloned());
        }
        self.contents.apply(&whole)
    }
}

impl Oracle for SuiteOracle {
    fn environments(&self) -> &[Named] {
        &self.environments
    }

    fn uninstallable(&mut self, items: &BTreeSet<ItemIndex>) -> Uninstallable {
        let contents = self.applied(items);
        let mut found = Uninstallable::default();
        for (named, before) in self.environments.iter().zip(&self.before) {
            let checked = before.recheck(&contents);
            for root in checked.uninstallable() {
                // An extra that was never installable here is no promise: what it needs may never be taken in. One that was
                // must stay so.
                if root.extra.is_none() || before.status(&root) == Some(Status::Installable) {
                    found.insert(named.name.clone(), root.to_string());
                }
            }
            for (name, lines) in &self.profiles {
                if checked.newest(lines).is_err() {
                    found.insert(named.name.clone(), name.clone());
                }
            }
        }
        found
    }

    fn touches(&self, ItemIndex(place): ItemIndex) -> BTreeSet<String> {
        self.touches[place].clone()
    }

    fn explain(
        &mut self,
        items: &BTreeSet<ItemIndex>,
        environment: &EnvironmentName,
        root: &str,
    ) -> Vec<String> {
        let contents = self.applied(items);
        let place = self.environments.iter().position(|named| named.name == *environment);
        let Some(checked) = place.map(|place| self.before[place].recheck(&contents)) else {
            return Vec::new();
        };
        if let Some((_, lines)) = self.profiles.iter().find(|(name, _)| name == root) {
            return checked.newest(lines).err().map(|why| why.lines()).unwrap_or_default();
        }
        let found = contents.roots().find(|known| known.to_string() == root);
        found.and_then(|root| checked.explain(&root)).map(|why| why.lines()).unwrap_or_default()
    }
}

/// What a suite with these contents offers to a resolver: what is out of use is not.
pub(in crate::distribution) fn offered(
    state: &State,
    contents: &packhouse_distribution::state::snapshots::Contents,
) -> Contents {
    Contents::new(contents.iter().filter_map(|(release, files)| {
        let row = state.candidates.get(release)?;
        let condition = state.conditions.get(release).map(|row| row.condition);
        let offered =
            condition.is_none_or(|condition| !condition.refuses() && condition != Condition::Delisted);
        offered.then(|| as_release(row, files))
    }))
}

fn change(state: &State, item: &Item) -> Change {
    let add = item.adds.iter().filter_map(|version| {
        let release = packhouse_distribution::Release::new(item.project.clone(), version.clone());
        Some(as_release(state.candidates.get(&release)?, &item.hashes))
    });
    Change {
        remove: item.removes.iter().map(|version| (item.project.clone(), version.clone())).collect(),
        add: add.collect(),
    }
}

/// A candidate as the solver sees it: with the files that the suite has of it.
pub(super) fn as_release(row: &CandidateRow, files: &BTreeSet<Sha256>) -> (Series, Arc<Release>) {
    let candidate = &row.candidate;
    let listed = || row.files.iter().filter(|(_, sha256)| files.contains(sha256)).map(|(name, _)| name);
    let mut unreadable = None;
    let mut requires = Vec::new();
    for line in &candidate.metadata.requires_dist {
        match Requirement::parse(line) {
            Ok(requirement) => requires.push(requirement),
            Err(error) => unreadable = Some(error.to_string().into_boxed_str()),
        }
    }
    let requires_python = candidate.metadata.requires_python.as_deref().and_then(|text| {
        VersionSpecifiers::parse(text).map_err(|error| unreadable = Some(error.to_string().into())).ok()
    });
    let release = Release {
        project: candidate.release.project.clone(),
        version: candidate.release.version.clone(),
        requires_python,
        requires_dist: requires.into(),
        provides_extra: candidate
            .metadata
            .provides_extra
            .iter()
            .filter_map(|name| Extra::parse(name).ok())
            .collect(),
        files: Files {
            wheels: listed().filter_map(|name| WheelTags::of_wheel(name).ok()).collect(),
            sdist: listed().any(|name| name.ends_with(".tar.gz")),
        },
        yanked: false,
        unreadable,
    };
    (series(&candidate.release.version), Arc::new(release))
}

fn series(version: &Version) -> Series {
    // An epoch's `!` is no letter of a series' name.
    series_of(version).replace('!', "-").parse().unwrap_or_else(|_| Series::only())
}
