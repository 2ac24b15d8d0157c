//! Puts an index together.

use std::collections::{BTreeMap, BTreeSet};

use packhouse_model::ProjectName;

use crate::index::{NameIndex, Protected, Source};
use crate::vocabulary::Vocabulary;

/// Why a project's name is protected. Vetted comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Some suite holds it.
    Vetted,
    /// Many use it.
    Popular,
}

/// Collects what an index is made of. The order in which things are added does not matter.
#[derive(Debug)]
pub struct IndexBuilder {
    vocabulary: Vocabulary,
    projects: BTreeMap<ProjectName, (Standing, u32)>,
    modules: BTreeSet<(String, ProjectName)>,
    established: BTreeSet<String>,
    namespaces: BTreeSet<String>,
}

impl IndexBuilder {
    /// An index for an ecosystem with these words.
    pub fn new(vocabulary: Vocabulary) -> Self {
        Self {
            vocabulary,
            projects: BTreeMap::new(),
            modules: BTreeSet::new(),
            established: BTreeSet::new(),
            namespaces: BTreeSet::new(),
        }
    }

    /// Protects a project's name. `rank` is its place by downloads, the most downloaded first; a project that is added
    /// twice keeps the better of both.
    pub fn project(&mut self, name: ProjectName, standing: Standing, rank: u32) -> &mut Self {
        let better = |known: &mut (Standing, u32)| *known = (known.0.min(standing), known.1.min(rank));
        self.projects.entry(name).and_modify(better).or_insert((standing, rank));
        self
    }

    /// Protects the name of a top-level module that a protected project brings. Says nothing where it is the project's own
    /// name, and is left out when the project is not protected.
    pub fn module(&mut self, module: &str, project: ProjectName) -> &mut Self {
        self.modules.insert((module.to_lowercase().replace('_', "-"), project));
        self
    }

    /// A name that was there when the index was set up: nothing is said of it, but for private namespaces.
    pub fn established(&mut self, name: &ProjectName) -> &mut Self {
        self.established.insert(name.as_str().to_owned());
        self
    }

    /// A namespace that belongs to somebody: a canonical name, or the beginning of names when it ends with `*`.
    pub fn namespace(&mut self, pattern: &str) -> &mut Self {
        self.namespaces.insert(pattern.to_owned());
        self
    }

    /// The index.
    pub fn build(self) -> NameIndex {
        let mut projects: Vec<_> = self.projects.into_iter().collect();
        projects.sort_by(|(one, of_one), (other, of_other)| (of_one, one).cmp(&(of_other, other)));
        let mut protected: Vec<Protected> = projects
            .into_iter()
            .map(|(name, (standing, rank))| Protected::new(name.as_str(), Source::Project { standing, rank }))
            .collect();
        let places: BTreeMap<String, u32> =
            protected.iter().enumerate().map(|(at, entry)| (entry.name.clone(), at as u32)).collect();
        for (module, project) in self.modules {
            let Some(place) = places.get(project.as_str()) else { continue };
            if !places.contains_key(&module) {
                protected.push(Protected::new(&module, Source::Module { project: *place }));
            }
        }
        for module in self.vocabulary.standard_library {
            if !places.contains_key(*module) {
                protected.push(Protected::new(module, Source::StandardLibrary));
            }
        }
        NameIndex::new(
            self.vocabulary,
            protected,
            self.established.into_iter().collect(),
            self.namespaces.into_iter().collect(),
        )
    }
}
