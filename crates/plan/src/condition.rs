//! When one package needs another: environment markers, evaluated for a set of environments.

use packhouse_pypi::{Environment, Extra, Marker, Requirement};

use crate::graph::Graph;
use crate::snapshot::{Dependencies, Need};

/// The longest marker that is kept, in bytes.
pub(crate) const LONGEST_MARKER: usize = 8_192;

/// In which case an edge holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Condition {
    /// An environment marker (PEP 508), or nothing.
    pub marker: Box<str>,
    /// The extra or feature that must be asked for, or nothing.
    pub extra: Box<str>,
}

impl Condition {
    /// Whether it holds in one of the environments, when its own extra is asked for. A marker that cannot be read holds:
    /// a package that may be needed counts as needed.
    fn holds(&self, environments: &[Environment]) -> Holds {
        if self.marker.is_empty() || environments.is_empty() {
            return Holds::Yes;
        }
        let Some(marker) = read(&self.marker) else { return Holds::Unreadable };
        let extra = Extra::parse(&self.extra).ok();
        if environments.iter().any(|environment| marker.holds(environment, extra.as_ref())) {
            Holds::Yes
        } else {
            Holds::No
        }
    }
}

#[derive(PartialEq, Eq)]
enum Holds {
    Yes,
    No,
    Unreadable,
}

/// Reads a marker by itself.
pub(crate) fn read(marker: &str) -> Option<Marker> {
    Requirement::parse(&format!("x ; {marker}")).ok()?.marker
}

/// A graph, and what became of the edges.
#[derive(Debug, Clone)]
pub struct Selected {
    /// From a package to what it needs. Nodes have the numbers of [`Dependencies::names`].
    pub graph: Graph,
    /// Edges of the wanted needs that hold in none of the environments.
    pub excluded: usize,
    /// Edges with a marker that could not be read, which were kept.
    pub unreadable: usize,
}

impl Dependencies {
    /// The graph of these needs, in any of these environments. Without environments, markers are not looked at.
    pub fn graph(&self, needs: &[Need], environments: &[Environment]) -> Selected {
        let holds: Vec<Holds> =
            self.conditions.iter().map(|condition| condition.holds(environments)).collect();
        let (mut excluded, mut unreadable) = (0, 0);
        let mut edges = Vec::with_capacity(self.edges.len());
        for edge in self.edges.iter().filter(|edge| needs.contains(&edge.need)) {
            match holds.get(edge.when as usize) {
                Some(Holds::No) => {
                    excluded += 1;
                    continue;
                }
                Some(Holds::Unreadable) => unreadable += 1,
                Some(Holds::Yes) | None => {}
            }
            edges.push((edge.from, edge.to));
        }
        Selected { graph: Graph::new(self.names.len(), &edges), excluded, unreadable }
    }
}

/// Linux, macOS and Windows with these versions of Python, such as `311`.
///
/// # Panics
/// When the text is no version in the words of wheel tags.
pub fn usual_environments(pythons: &[&str]) -> Vec<Environment> {
    let places = ["manylinux_2_28_x86_64", "macosx_14_0_arm64", "win_amd64"];
    let names = pythons.iter().flat_map(|python| places.map(|place| format!("cp{python} {place}")));
    names.map(|name| Environment::parse(&name).unwrap_or_else(|error| panic!("{error}"))).collect()
}
