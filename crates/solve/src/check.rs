//! Which roots of a suite can be installed, first from nothing, then after each change.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use packhouse_pypi::Environment;

use crate::contents::{Contents, Project, Root};
use crate::goal::Goal;
use crate::greedy;
use crate::hopeless::Hopeless;
use crate::names::{ExtraId, ProjectId};
use crate::release::Misfit;
use crate::solver::{Answer, solve};
use crate::witness::Witness;
use crate::world::World;

/// Whether a root can be installed in an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// There is a solution inside the suite.
    Installable,
    /// There is none, or none was found within the limit of steps: what cannot be shown to be installable is
    /// not called so.
    Uninstallable,
    /// The root's own release is not made for the environment. That is no defect of the suite.
    NotApplicable(Misfit),
}

/// The verdicts on all roots of a suite in one environment, with what it takes to renew them quickly.
#[derive(Debug, Clone)]
pub struct Checked {
    pub(crate) contents: Contents,
    pub(crate) world: World,
    /// By project.
    states: Vec<Arc<[State]>>,
}

#[derive(Debug, Clone)]
struct State {
    root: Root,
    slot: u32,
    extra: Option<ExtraId>,
    verdict: Verdict,
}

#[derive(Debug, Clone)]
enum Verdict {
    Installable(Arc<Witness>),
    Hopeless,
    /// No solution, as long as these projects are as they are.
    Uninstallable(Arc<[ProjectId]>),
    /// None was found in time, and none will be as long as these projects are as they are.
    Undecided(Arc<[ProjectId]>),
    NotApplicable(Misfit),
}

/// Checks every root of the contents in the environment.
pub fn check(contents: &Contents, environment: &Environment) -> Checked {
    let world = World::new(contents, environment);
    let mut states: Vec<Vec<State>> = Vec::new();
    for id in 0..world.len() as ProjectId {
        states.push(
            world.place(id).source.as_ref().map_or_else(Vec::new, |project| roots(&world, id, project)),
        );
    }
    let mut search = Search::new(&world, Hopeless::of(&world));
    for id in needed_first(&world) {
        for state in &mut states[id as usize] {
            if !matches!(state.verdict, Verdict::NotApplicable(_)) {
                state.verdict = search.verdict(id, state.slot, state.extra);
            }
        }
    }
    let states = states.into_iter().map(Arc::from).collect();
    Checked { contents: contents.clone(), world, states }
}

/// All projects, each behind those that it needs as far as cycles allow: what is found out about these is of use for
/// the others.
fn needed_first(world: &World) -> Vec<ProjectId> {
    let mut order = Vec::with_capacity(world.len());
    let mut seen = vec![false; world.len()];
    let targets = |id: ProjectId| -> Vec<ProjectId> {
        let needs = world.place(id).candidates.iter().flat_map(|candidate| candidate.all_needs());
        needs.map(|need| need.target).collect()
    };
    for start in 0..world.len() as ProjectId {
        if std::mem::replace(&mut seen[start as usize], true) {
            continue;
        }
        let mut path = vec![(start, targets(start))];
        while let Some((id, open)) = path.last_mut() {
            match open.pop() {
                Some(next) if std::mem::replace(&mut seen[next as usize], true) => {}
                Some(next) => path.push((next, targets(next))),
                None => {
                    order.push(*id);
                    path.pop();
                }
            }
        }
    }
    order
}

/// The roots of a project. Those that are made for the environment still wait for their verdict, and are
/// [`Verdict::Hopeless`] until then.
fn roots(world: &World, id: ProjectId, project: &Project) -> Vec<State> {
    let place = world.place(id);
    let mut states = Vec::new();
    for (series, head) in project.heads() {
        let Some(candidate) =
            place.candidates.iter().find(|candidate| candidate.release.version == head.version)
        else {
            continue;
        };
        let extras: BTreeSet<_> = head.provides_extra.iter().collect();
        for extra in std::iter::once(None).chain(extras.into_iter().map(Some)) {
            states.push(State {
                root: Root { project: project.name().clone(), series: series.clone(), extra: extra.cloned() },
                slot: candidate.slot,
                extra: extra.and_then(|extra| world.find_extra(extra)),
                verdict: candidate.misfit.map_or(Verdict::Hopeless, Verdict::NotApplicable),
            });
        }
    }
    states
}

impl Checked {
    /// The verdicts for other contents, from these. Whatever differs is found by itself; the less it is, the less
    /// there is to do.
    ///
    /// A verdict is taken over without a search
    /// - when it is a witness none of whose members belongs to a project that changed, or which still holds when
    ///   only the needs of and towards those are looked at again ([`Witness::holds`]);
    /// - when it is that there is no solution, and the proof looked at no project that changed;
    /// - when it is that there is no hope, and there still is none: this is computed anew, from what the contents
    ///   are and the proofs that still stand ([`Hopeless`]);
    /// - when the root's release is not made for the environment, and the project did not change.
    #[must_use]
    pub fn recheck(&self, contents: &Contents) -> Self {
        let (world, changed) = self.world.update(contents);
        let mut is_changed = vec![false; world.len()];
        for &id in &changed {
            is_changed[id as usize] = true;
        }
        let hopeless = self.hopeless(&world, &is_changed);
        let mut renewal =
            Renewal { world: &world, hopeless: &hopeless, changed: &is_changed, fates: HashMap::new() };
        let mut states = self.states.clone();
        states.resize_with(world.len(), || Arc::from([]));
        let mut open: Vec<(usize, usize)> = Vec::new();
        for id in 0..world.len() {
            if is_changed[id] {
                let mut anew = world
                    .place(id as ProjectId)
                    .source
                    .as_ref()
                    .map_or_else(Vec::new, |project| roots(&world, id as ProjectId, project));
                for (at, state) in anew.iter_mut().enumerate() {
                    if matches!(state.verdict, Verdict::NotApplicable(_)) {
                        continue;
                    }
                    let same = |old: &&State| old.root == state.root && old.slot == state.slot;
                    let old = states[id].iter().find(same).map(|old| old.verdict.clone());
                    match old.filter(|old| renewal.keeps(id as ProjectId, state, old)) {
                        Some(verdict) => state.verdict = verdict,
                        None => open.push((id, at)),
                    }
                }
                states[id] = anew.into();
            } else {
                for (at, state) in states[id].iter().enumerate() {
                    if !renewal.keeps(id as ProjectId, state, &state.verdict) {
                        open.push((id, at));
                    }
                }
            }
        }
        if !open.is_empty() {
            let mut rank = vec![0; world.len()];
            for (at, id) in needed_first(&world).into_iter().enumerate() {
                rank[id as usize] = at;
            }
            open.sort_by_key(|&(id, at)| (rank[id], at));
        }
        let mut search = Search::new(&world, hopeless);
        for (id, at) in open {
            let State { slot, extra, .. } = states[id][at];
            Arc::make_mut(&mut states[id])[at].verdict = search.verdict(id as ProjectId, slot, extra);
        }
        Self { contents: contents.clone(), world, states }
    }

    /// What is hopeless in the new world, given the proofs that looked at nothing that changed.
    fn hopeless(&self, world: &World, changed: &[bool]) -> Hopeless {
        let mut hopeless = Hopeless::of(world);
        let states = self.states.iter().enumerate();
        let states = states.flat_map(|(id, states)| states.iter().map(move |state| (id as ProjectId, state)));
        hopeless.learn(
            world,
            states.filter_map(|(id, State { slot, extra, verdict, .. })| match verdict {
                Verdict::Uninstallable(asked) if !asked.iter().any(|&asked| changed[asked as usize]) => {
                    Some((id, world.place(id).position(*slot)?, *extra))
                }
                _ => None,
            }),
        );
        hopeless
    }

    /// The environment.
    pub fn environment(&self) -> &Environment {
        &self.world.environment
    }

    /// The contents that the verdicts are about.
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// The roots without a solution.
    pub fn uninstallable(&self) -> BTreeSet<Root> {
        self.roots_with(|status| status == Status::Uninstallable)
    }

    /// The roots whose release is not made for the environment.
    pub fn not_applicable(&self) -> BTreeSet<Root> {
        self.roots_with(|status| matches!(status, Status::NotApplicable(_)))
    }

    /// The verdict on a root; `None` if the contents do not have it.
    pub fn status(&self, root: &Root) -> Option<Status> {
        let id = self.world.find(&root.project)?;
        self.states[id as usize].iter().find(|state| state.root == *root).map(State::status)
    }

    fn roots_with(&self, wanted: impl Fn(Status) -> bool) -> BTreeSet<Root> {
        let states = self.states.iter().flat_map(|states| states.iter());
        states.filter(|state| wanted(state.status())).map(|state| state.root.clone()).collect()
    }
}

impl State {
    fn status(&self) -> Status {
        match self.verdict {
            Verdict::Installable(_) => Status::Installable,
            Verdict::Hopeless | Verdict::Uninstallable(_) | Verdict::Undecided(_) => Status::Uninstallable,
            Verdict::NotApplicable(misfit) => Status::NotApplicable(misfit),
        }
    }
}

/// Decides which verdicts outlive a change.
struct Renewal<'a> {
    world: &'a World,
    hopeless: &'a Hopeless,
    changed: &'a [bool],
    /// Whether a witness still holds, by its address: many roots share one.
    fates: HashMap<*const Witness, bool>,
}

impl Renewal<'_> {
    /// Whether a verdict stands; the release of the state is still the head.
    fn keeps(&mut self, project: ProjectId, state: &State, verdict: &Verdict) -> bool {
        let position = self.world.place(project).position(state.slot);
        let goal = position.map(|position| Goal::root(project, position, state.extra));
        match verdict {
            Verdict::Installable(witness) if witness.leans_on_pins() => {
                !witness.touches(self.changed)
                    || goal.is_some_and(|goal| witness.holds(self.world, &goal, Some(self.changed)))
            }
            Verdict::Installable(witness) => *self.fates.entry(Arc::as_ptr(witness)).or_insert_with(|| {
                !witness.touches(self.changed)
                    || witness.holds(self.world, &Goal::default(), Some(self.changed))
            }),
            Verdict::Uninstallable(asked) | Verdict::Undecided(asked) => {
                !asked.iter().any(|&asked| self.changed[asked as usize])
            }
            Verdict::NotApplicable(_) => true,
            Verdict::Hopeless => goal.is_some_and(|goal| is_hopeless(self.world, self.hopeless, &goal)),
        }
    }
}

fn is_hopeless(world: &World, hopeless: &Hopeless, goal: &Goal) -> bool {
    let leans = goal.leans(world);
    goal.pins.iter().any(|&(project, position)| {
        let mut extras = goal.extras.iter().filter(|(of, _)| *of == project);
        hopeless.plain(project, position, leans)
            || extras.any(|&(_, extra)| hopeless.with(project, position, extra, leans))
    })
}

/// Finds verdicts, and lets what it found for one root serve others.
struct Search<'a> {
    world: &'a World,
    hopeless: Hopeless,
    /// For a release, plain or with an extra, a witness that contains it. A witness for one root is one for
    /// every release in it, since all needs of all its members are met (unless it leans on pins).
    known: HashMap<(ProjectId, u32, Option<ExtraId>), Arc<Witness>>,
}

impl<'a> Search<'a> {
    fn new(world: &'a World, hopeless: Hopeless) -> Self {
        Self { world, hopeless, known: HashMap::new() }
    }

    fn verdict(&mut self, project: ProjectId, slot: u32, extra: Option<ExtraId>) -> Verdict {
        let Some(position) = self.world.place(project).position(slot) else { return Verdict::Hopeless };
        let goal = Goal::root(project, position, extra);
        if is_hopeless(self.world, &self.hopeless, &goal) {
            return Verdict::Hopeless;
        }
        if let Some(witness) = self.known.get(&(project, slot, extra)) {
            return Verdict::Installable(Arc::clone(witness));
        }
        let witness = match greedy::search(self.world, &goal, &self.hopeless) {
            Some(witness) => witness,
            None => match solve(self.world, &goal) {
                Answer::Solved(witness) => witness,
                Answer::Unsolvable { asked } => {
                    self.hopeless.learn(self.world, [(project, position, extra)]);
                    return Verdict::Uninstallable(asked.into());
                }
                Answer::Undecided { asked } => return Verdict::Undecided(asked.into()),
            },
        };
        let witness = Arc::new(witness);
        if !witness.leans_on_pins() {
            for &(project, slot) in witness.members() {
                self.known.entry((project, slot, None)).or_insert_with(|| Arc::clone(&witness));
            }
            for &(project, extra) in witness.extras() {
                if let Some(slot) = witness.slot(project) {
                    self.known.entry((project, slot, Some(extra))).or_insert_with(|| Arc::clone(&witness));
                }
            }
        }
        Verdict::Installable(witness)
    }
}
