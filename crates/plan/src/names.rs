//! Package names as small numbers.

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

/// The number of a package within one [`Names`].
pub type PackageId = u32;

/// Names, each with the number of its first mention: 0, 1, 2 ….
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    set: IndexSet<Box<str>, FxBuildHasher>,
}

impl Names {
    /// The number of a name, a new one if it is new.
    pub fn intern(&mut self, name: &str) -> PackageId {
        if let Some(at) = self.set.get_index_of(name) {
            return at as PackageId;
        }
        self.set.insert_full(name.into()).0 as PackageId
    }

    /// The number of a name that was mentioned.
    pub fn id(&self, name: &str) -> Option<PackageId> {
        self.set.get_index_of(name).map(|at| at as PackageId)
    }

    /// The name of a number that this `Names` gave out.
    ///
    /// # Panics
    /// With the number of another `Names` that has more.
    pub fn name(&self, id: PackageId) -> &str {
        &self.set[id as usize]
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.set.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// In the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.set.iter().map(AsRef::as_ref)
    }
}
