//! All records, by project.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use packhouse_model::ProjectName;

use crate::ecosystem::Ecosystem;
use crate::evaluate::Answer;
use crate::record::{Advisory, Affected};
use crate::severity::Rating;

/// Records, each once, found by project.
#[derive(Debug, Clone, Default)]
pub struct Database {
    records: BTreeMap<String, Arc<Advisory>>,
    by_project: HashMap<(Ecosystem, ProjectName), BTreeSet<String>>,
}

/// A record that has something to say of a version.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The record.
    pub advisory: Arc<Advisory>,
    /// Never [`Answer::No`].
    pub answer: Answer,
    /// How bad it is for this project, where anybody says so.
    pub rating: Option<Rating>,
}

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merged {
    /// It is new.
    Added,
    /// It took the place of an older copy.
    Updated,
    /// The copy that is here has the same time.
    Unchanged,
    /// The copy that is here is newer.
    Older,
}

impl Database {
    /// Takes a record in. Of two copies the later one, by `modified`, counts; of two of the same time the first.
    pub fn merge(&mut self, advisory: Advisory) -> Merged {
        let merged = match self.records.get(&advisory.id) {
            None => Merged::Added,
            Some(known) if known.modified < advisory.modified => Merged::Updated,
            Some(known) if known.modified == advisory.modified => return Merged::Unchanged,
            Some(_) => return Merged::Older,
        };
        self.remove(&advisory.id);
        for affected in &advisory.affected {
            let key = (affected.ecosystem.clone(), affected.project.clone());
            self.by_project.entry(key).or_default().insert(advisory.id.clone());
        }
        self.records.insert(advisory.id.clone(), Arc::new(advisory));
        merged
    }

    /// Takes a record out: its source no longer has it.
    pub fn remove(&mut self, id: &str) -> Option<Arc<Advisory>> {
        let removed = self.records.remove(id)?;
        for affected in &removed.affected {
            let key = (affected.ecosystem.clone(), affected.project.clone());
            if let Some(ids) = self.by_project.get_mut(&key) {
                ids.remove(id);
                if ids.is_empty() {
                    self.by_project.remove(&key);
                }
            }
        }
        Some(removed)
    }

    /// One record.
    pub fn get(&self, id: &str) -> Option<&Arc<Advisory>> {
        self.records.get(id)
    }

    /// All records, by id.
    pub fn records(&self) -> impl Iterator<Item = &Arc<Advisory>> {
        self.records.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// What affects a version, or may affect it: malware first, then by rating from critical down, then by id.
    ///
    /// The same matter may be found under several ids: [`Advisory::aliases`] tells.
    pub fn affected(&self, ecosystem: &Ecosystem, project: &ProjectName, version: &str) -> Vec<Found> {
        let mut found: Vec<Found> = self
            .of_project(ecosystem, project)
            .filter_map(|advisory| {
                let malware = advisory.is_malware();
                let parts = parts(advisory, ecosystem, project);
                let answers =
                    parts.iter().map(|part| (part.evaluate(version, malware), advisory.rating(part)));
                let (answer, rating) = answers.max_by_key(|(answer, rating)| (strength(answer), *rating))?;
                let advisory = Arc::clone(advisory);
                (answer != Answer::No).then_some(Found { advisory, answer, rating })
            })
            .collect();
        found.sort_by(|one, other| {
            let key = |found: &Found| (found.advisory.is_malware(), found.rating);
            key(other).cmp(&key(one)).then_with(|| one.advisory.id.cmp(&other.advisory.id))
        });
        found
    }

    /// The vulnerabilities that this version fixes: the record names it as fixed, and holds no part of it for affected.
    /// Malware is fixed by nothing.
    pub fn fixes(&self, ecosystem: &Ecosystem, project: &ProjectName, version: &str) -> Vec<Arc<Advisory>> {
        self.of_project(ecosystem, project)
            .filter(|advisory| !advisory.is_malware())
            .filter(|advisory| advisory.is_fixed_by(&parts(advisory, ecosystem, project), version))
            .cloned()
            .collect()
    }

    /// The records of a project that are not withdrawn.
    pub fn of_project(
        &self,
        ecosystem: &Ecosystem,
        project: &ProjectName,
    ) -> impl Iterator<Item = &Arc<Advisory>> {
        let ids = self.by_project.get(&(ecosystem.clone(), project.clone()));
        let records = ids.into_iter().flatten().filter_map(|id| self.records.get(id));
        records.filter(|advisory| advisory.withdrawn.is_none())
    }
}

/// What a record says of one project.
fn parts<'a>(advisory: &'a Advisory, ecosystem: &Ecosystem, project: &ProjectName) -> Vec<&'a Affected> {
    let of_project = |part: &&Affected| part.ecosystem == *ecosystem && part.project == *project;
    advisory.affected.iter().filter(of_project).collect()
}

/// Affected outweighs not known, which outweighs not affected.
fn strength(answer: &Answer) -> u8 {
    match answer {
        Answer::No => 0,
        Answer::Unknown { .. } => 1,
        Answer::Yes { .. } => 2,
    }
}
