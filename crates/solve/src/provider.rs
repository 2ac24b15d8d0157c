//! The world in the words of the solver.
//!
//! A project is a name, and each of its extras is a name of its own whose candidates need the very same candidate
//! of the project: so extras are chosen together with what they extend.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Display;

use resolvo::{
    Candidates, Condition, ConditionId, ConditionalRequirement, DenseIndex as _, Dependencies,
    DependencyProvider, Interner, KnownDependencies, NameId, Requirement, SolvableId, SolverCache, StringId,
    VersionSetId, VersionSetUnionId,
};

use crate::goal::Goal;
use crate::names::{ExtraId, ProjectId};
use crate::solver::Fact;
use crate::world::{Need, World};

/// A project, or one of its extras.
pub(crate) type Name = (ProjectId, Option<ExtraId>);

/// Answers the solver's questions about a world, and remembers what they were about.
pub(crate) struct Provider<'a> {
    world: &'a World,
    goal: &'a Goal,
    /// Which needs count.
    counts: &'a dyn Fn(Fact) -> bool,
    numbers: RefCell<Numbers>,
    asked: RefCell<BTreeSet<ProjectId>>,
    steps_left: Cell<u32>,
}

/// Numbers for the solver, given as it asks.
#[derive(Default)]
struct Numbers {
    names: Vec<Name>,
    name_ids: HashMap<Name, NameId>,
    solvables: Vec<(NameId, u32)>,
    solvable_ids: HashMap<(NameId, u32), SolvableId>,
    sets: Vec<(NameId, Set)>,
    set_ids: HashMap<(NameId, Set), VersionSetId>,
}

/// A set of candidates of one name.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Set {
    Want(u32),
    Exactly(u32),
}

impl Numbers {
    fn name(&mut self, name: Name) -> NameId {
        *self.name_ids.entry(name).or_insert_with(|| {
            self.names.push(name);
            NameId::from_index(self.names.len() - 1)
        })
    }

    fn solvable(&mut self, solvable: (NameId, u32)) -> SolvableId {
        *self.solvable_ids.entry(solvable).or_insert_with(|| {
            self.solvables.push(solvable);
            SolvableId::from_index(self.solvables.len() - 1)
        })
    }

    fn set(&mut self, name: Name, set: Set) -> ConditionalRequirement {
        let key = (self.name(name), set);
        let id = *self.set_ids.entry(key).or_insert_with(|| {
            self.sets.push(key);
            VersionSetId::from_index(self.sets.len() - 1)
        });
        Requirement::Single(id).into()
    }
}

impl<'a> Provider<'a> {
    pub(crate) fn new(
        world: &'a World,
        goal: &'a Goal,
        counts: &'a dyn Fn(Fact) -> bool,
        steps: u32,
    ) -> Self {
        Self {
            world,
            goal,
            counts,
            numbers: RefCell::default(),
            asked: RefCell::default(),
            steps_left: Cell::new(steps),
        }
    }

    /// What the solver is to find.
    pub(crate) fn requirements(&self) -> Vec<ConditionalRequirement> {
        let mut numbers = self.numbers.borrow_mut();
        let mut requirements = Vec::new();
        for (at, &(project, position)) in self.goal.pins.iter().enumerate() {
            if (self.counts)(Fact::Pin(at as u32)) {
                requirements.push(numbers.set((project, None), Set::Exactly(position)));
                let extras = self.goal.extras.iter().filter(|(of, _)| *of == project);
                for &(_, extra) in extras {
                    requirements.push(numbers.set((project, Some(extra)), Set::Exactly(position)));
                }
            }
        }
        requirements
    }

    /// What a candidate of the solver is.
    pub(crate) fn candidate(&self, solvable: SolvableId) -> (Name, u32) {
        let numbers = self.numbers.borrow();
        let (name, position) = numbers.solvables[solvable.to_index()];
        (numbers.names[name.to_index()], position)
    }

    /// The projects whose candidates or needs the solver has looked at.
    pub(crate) fn asked(&self) -> Box<[ProjectId]> {
        self.asked.borrow().iter().copied().collect()
    }

    fn add(&self, requirements: &mut Vec<ConditionalRequirement>, need: &Need) {
        let mut numbers = self.numbers.borrow_mut();
        let extras = need.extras.iter().map(|extra| Some(*extra));
        for extra in std::iter::once(None).chain(extras) {
            requirements.push(numbers.set((need.target, extra), Set::Want(need.want)));
        }
    }

    fn contains(&self, set: VersionSetId, candidate: SolvableId) -> bool {
        let numbers = self.numbers.borrow();
        let (name, set) = numbers.sets[set.to_index()];
        let (of, position) = numbers.solvables[candidate.to_index()];
        debug_assert!(name == of, "the solver compares candidates of one name");
        let (project, _) = numbers.names[name.to_index()];
        match set {
            Set::Exactly(exactly) => exactly == position,
            Set::Want(want) => {
                let want = self.world.place(project).want(want);
                want.taken.contains(&position)
                    || (self.goal.pins(project, position) && want.passed_over.contains(&position))
            }
        }
    }
}

impl Interner for Provider<'_> {
    type NameId = NameId;
    type SolvableId = SolvableId;

    // Only the solver's trace would show these; explanations are made elsewhere.
    fn display_solvable(&self, solvable: SolvableId) -> impl Display + '_ {
        solvable.to_index()
    }

    fn display_name(&self, name: NameId) -> impl Display + '_ {
        name.to_index()
    }

    fn display_version_set(&self, set: VersionSetId) -> impl Display + '_ {
        set.to_index()
    }

    fn display_string(&self, string: StringId) -> impl Display + '_ {
        string.to_index()
    }

    fn version_set_name(&self, set: VersionSetId) -> NameId {
        self.numbers.borrow().sets[set.to_index()].0
    }

    fn solvable_name(&self, solvable: SolvableId) -> NameId {
        self.numbers.borrow().solvables[solvable.to_index()].0
    }

    fn version_sets_in_union(&self, _: VersionSetUnionId) -> impl Iterator<Item = VersionSetId> {
        // We make none.
        std::iter::empty()
    }

    fn resolve_condition(&self, condition: ConditionId) -> Condition {
        // Markers are decided before: no requirement has a condition.
        Condition::Requirement(VersionSetId::from_index(condition.to_index()))
    }
}

impl DependencyProvider for Provider<'_> {
    async fn filter_candidates(
        &self,
        candidates: &[SolvableId],
        set: VersionSetId,
        inverse: bool,
    ) -> Vec<SolvableId> {
        candidates.iter().copied().filter(|&candidate| self.contains(set, candidate) != inverse).collect()
    }

    async fn get_candidates(&self, name: NameId) -> Option<Candidates> {
        let mut numbers = self.numbers.borrow_mut();
        let (project, _) = numbers.names[name.to_index()];
        self.asked.borrow_mut().insert(project);
        let there = self.world.place(project).candidates.iter().enumerate();
        let candidates = there
            .filter(|(_, candidate)| candidate.misfit.is_none())
            .map(|(position, _)| numbers.solvable((name, position as u32)))
            .collect();
        Some(Candidates { candidates, ..Candidates::default() })
    }

    async fn sort_candidates(&self, _: &SolverCache<Self>, solvables: &mut [SolvableId]) {
        let numbers = self.numbers.borrow();
        solvables.sort_by_key(|solvable| numbers.solvables[solvable.to_index()].1);
    }

    async fn get_dependencies(&self, solvable: SolvableId) -> Dependencies {
        let ((project, extra), position) = self.candidate(solvable);
        self.asked.borrow_mut().insert(project);
        let mut requirements = Vec::new();
        if extra.is_some() {
            requirements.push(self.numbers.borrow_mut().set((project, None), Set::Exactly(position)));
        }
        for (at, need) in self.world.candidate(project, position).needs(extra).iter().enumerate() {
            if (self.counts)(Fact::Need { project, position, extra, at: at as u32 }) {
                self.add(&mut requirements, need);
            }
        }
        Dependencies::Known(KnownDependencies { requirements, constrains: Vec::new() })
    }

    fn should_cancel_with_value(&self) -> Option<Box<dyn Any>> {
        let left = self.steps_left.get().saturating_sub(1);
        self.steps_left.set(left);
        (left == 0).then(|| Box::new(()) as Box<dyn Any>)
    }
}
