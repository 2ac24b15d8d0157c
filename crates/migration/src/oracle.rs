use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::item::EnvironmentName;

/// Roots that begin with this are profiles: `profile:web`. They may never be waived.
pub const PROFILE_PREFIX: &str = "profile:";

/// An item's place in the slice that the run was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct ItemIndex(pub usize);

/// One environment that the target suite is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Environment {
    /// Its name.
    pub name: EnvironmentName,
    /// Whether it can hold items back.
    pub requirement: Requirement,
}

/// Whether an environment can hold items back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Requirement {
    /// What is installable there stays so.
    Required,
    /// What breaks there is reported and holds nothing back.
    MayLag,
}

/// The roots that have no solution inside the suite, per environment. A root is a project's name, a project
/// with an extra (`reb[fast]`), or a profile ([`PROFILE_PREFIX`]).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Uninstallable(pub BTreeMap<EnvironmentName, BTreeSet<String>>);

impl Uninstallable {
    /// Notes a root.
    pub fn insert(&mut self, environment: EnvironmentName, root: impl Into<String>) {
        self.0.entry(environment).or_default().insert(root.into());
    }

    /// Whether a root is in it.
    pub fn contains(&self, environment: &EnvironmentName, root: &str) -> bool {
        self.0.get(environment).is_some_and(|roots| roots.contains(root))
    }

    /// How many roots, over all environments.
    pub fn count(&self) -> usize {
        self.0.values().map(BTreeSet::len).sum()
    }
}

/// Knows what can be installed from the target suite after some items were applied to it.
///
/// Its answers depend on nothing but their arguments. A root about which it cannot find out (a limit reached, a
/// document missing) counts as uninstallable, before as after: what cannot be shown to hold does not hold.
pub trait Oracle {
    /// The environments, the same in every call.
    fn environments(&self) -> &[Environment];

    /// The roots without a solution after `items` were applied to the target suite: what they remove is gone,
    /// what they add is there, and everything else stands as it does. Roots that are gone with their project
    /// are not in it. The costly question; a run counts how often it is asked.
    fn uninstallable(&mut self, items: &BTreeSet<ItemIndex>) -> Uninstallable;

    /// Every root whose fate in some environment the presence or absence of `item` can change, whatever the
    /// other items do: the projects that can reach its project over requirements of any version, in the suite
    /// or in an item, and the profiles that can.
    ///
    /// Too many cost time. Too few can cost items that could move, never the suite: an answer that contradicts
    /// them is noticed, and from then on none of them is trusted; and what moves was tried as a whole.
    fn touches(&self, item: ItemIndex) -> BTreeSet<String>;

    /// Why `root` has no solution in `environment` after `items`: lines for people, minimal.
    fn explain(
        &mut self,
        items: &BTreeSet<ItemIndex>,
        environment: &EnvironmentName,
        root: &str,
    ) -> Vec<String>;

    /// The items whose being in or out is why `root` has no solution after `items`: with the same of these in
    /// and the same of these out, it has none, whatever the others do. `None`: not known; then `touches`
    /// decides. A sharp answer saves many calls of [`Oracle::uninstallable`] in large components; a wrong one
    /// can cost accepted items, never the suite.
    fn blame(
        &mut self,
        _items: &BTreeSet<ItemIndex>,
        _environment: &EnvironmentName,
        _root: &str,
    ) -> Option<BTreeSet<ItemIndex>> {
        None
    }
}
