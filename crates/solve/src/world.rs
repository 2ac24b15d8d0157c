//! A suite as one environment sees it: markers decided, versions matched, names numbered.

use std::collections::HashMap;
use std::sync::Arc;

use packhouse_model::ProjectName;
use packhouse_pypi::{Environment, Extra, Offer, Source};

use crate::contents::{Contents, Project};
use crate::names::{ExtraId, Names, ProjectId};
use crate::release::{Misfit, Release};

/// Contents prepared for one environment. A world that differs in a few projects is made from another by
/// [`World::update`] and shares the rest.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) environment: Environment,
    names: Arc<Names>,
    /// By [`ProjectId`]. A project that is named and not held has a place without candidates.
    places: Vec<Arc<Place>>,
}

/// One project in the world.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    /// Where it was made from; `None` if the suite does not hold the project.
    pub(crate) source: Option<Arc<Project>>,
    /// Newest first. The index into it is a release's position.
    pub(crate) candidates: Vec<Arc<Candidate>>,
    next_slot: u32,
    /// What requirements ask of the project. Their index never changes, so that needs can name it.
    wants: Vec<Want>,
    want_ids: HashMap<Source, u32>,
}

/// A release in the environment.
#[derive(Debug)]
pub(crate) struct Candidate {
    /// Names the release within its project for as long as it is there unchanged; its position may change.
    pub(crate) slot: u32,
    pub(crate) release: Arc<Release>,
    pub(crate) misfit: Option<Misfit>,
    /// What it needs here.
    pub(crate) plain: Box<[Need]>,
    /// What it needs more with an extra, for each that it provides.
    pub(crate) extras: Box<[(ExtraId, Box<[Need]>)]>,
}

/// A requirement that holds in the environment.
#[derive(Debug)]
pub(crate) struct Need {
    pub(crate) target: ProjectId,
    /// Index into the wants of the target.
    pub(crate) want: u32,
    pub(crate) extras: Box<[ExtraId]>,
    /// Index into `requires_dist`.
    pub(crate) requirement: u32,
}

/// Which candidates of a project satisfy one source of requirements.
#[derive(Debug, Clone)]
pub(crate) struct Want {
    source: Source,
    /// Positions that an installer takes, the most wanted first.
    pub(crate) taken: Vec<u32>,
    /// Positions that match and are taken only if asked for by somebody else: see [`World::admits`].
    pub(crate) passed_over: Vec<u32>,
}

impl Candidate {
    /// What the candidate needs, plainly and with any extra.
    pub(crate) fn all_needs(&self) -> impl Iterator<Item = &Need> {
        self.plain.iter().chain(self.extras.iter().flat_map(|(_, needs)| needs))
    }

    /// What the candidate needs plainly, or what it needs more with an extra.
    pub(crate) fn needs(&self, extra: Option<ExtraId>) -> &[Need] {
        match extra {
            None => &self.plain,
            Some(extra) => self.extras.iter().find(|(id, _)| *id == extra).map_or(&[], |(_, needs)| needs),
        }
    }
}

impl Place {
    pub(crate) fn want(&self, want: u32) -> &Want {
        &self.wants[want as usize]
    }

    pub(crate) fn position(&self, slot: u32) -> Option<u32> {
        self.candidates.iter().position(|candidate| candidate.slot == slot).map(|at| at as u32)
    }

    /// Whether some requirement matches the candidate and does not take it: then a goal that names it may lean on
    /// that.
    pub(crate) fn passes_over(&self, position: u32) -> bool {
        self.wants.iter().any(|want| want.passed_over.contains(&position))
    }

    fn satisfy(&self, source: Source) -> Want {
        let mut want = Want { source, taken: Vec::new(), passed_over: Vec::new() };
        if let Source::Index(specifiers) = &want.source {
            // Files come first, versions second: an installer never sees a release that does not fit, so it
            // does not count when it asks whether there is anything but pre-releases.
            let fitting: Vec<usize> =
                (0..self.candidates.len()).filter(|&at| self.candidates[at].misfit.is_none()).collect();
            let offers: Vec<Offer<'_>> = fitting
                .iter()
                .map(|&at| &self.candidates[at].release)
                .map(|release| Offer { version: &release.version, yanked: release.yanked })
                .collect();
            let admitted = specifiers.admit(&offers);
            let positions = |list: Vec<usize>| list.into_iter().map(|at| fitting[at] as u32).collect();
            want.taken = positions(admitted.taken);
            want.passed_over = positions(admitted.passed_over);
        }
        want
    }
}

impl World {
    /// Prepares everything.
    pub(crate) fn new(contents: &Contents, environment: &Environment) -> Self {
        let mut world = Self { environment: environment.clone(), names: Arc::default(), places: Vec::new() };
        // In the order of names, so that numbers, and what depends on their order, are the same each time.
        for project in contents.projects() {
            world.number(project.name());
        }
        for project in contents.projects() {
            let id = world.number(project.name());
            world.put(id, Some(project));
        }
        world
    }

    /// The world of other contents, and which projects differ. Projects that both contents share are taken
    /// over; that is asked of the pointers, so it need not be said what changed.
    pub(crate) fn update(&self, contents: &Contents) -> (Self, Vec<ProjectId>) {
        let mut world = self.clone();
        let mut changed = Vec::new();
        let mut there = vec![false; world.places.len()];
        for project in contents.projects() {
            let id = world.number(project.name());
            there.resize(world.places.len().max(there.len()), false);
            there[id as usize] = true;
            let same =
                world.places[id as usize].source.as_ref().is_some_and(|source| Arc::ptr_eq(source, project));
            if !same {
                world.put(id, Some(project));
                changed.push(id);
            }
        }
        there.resize(world.places.len(), false);
        for (id, there) in there.into_iter().enumerate() {
            if !there && world.places[id].source.is_some() {
                world.put(id as ProjectId, None);
                changed.push(id as ProjectId);
            }
        }
        changed.sort_unstable();
        (world, changed)
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn place(&self, project: ProjectId) -> &Place {
        &self.places[project as usize]
    }

    pub(crate) fn candidate(&self, project: ProjectId, position: u32) -> &Candidate {
        &self.place(project).candidates[position as usize]
    }

    pub(crate) fn project(&self, id: ProjectId) -> &ProjectName {
        self.names.project(id)
    }

    pub(crate) fn extra(&self, id: ExtraId) -> &Extra {
        self.names.extra(id)
    }

    pub(crate) fn find(&self, project: &ProjectName) -> Option<ProjectId> {
        self.names.find(project)
    }

    pub(crate) fn find_extra(&self, extra: &Extra) -> Option<ExtraId> {
        self.names.find_extra(extra)
    }

    pub(crate) fn want(&self, need: &Need) -> &Want {
        self.place(need.target).want(need.want)
    }

    /// Whether a need is met by the candidate at a position of its target.
    ///
    /// Every requirement must admit it by itself, though an installer that merges requirements would take a
    /// pre-release or a yanked release for all when one of them asks for it: installers differ in this, and
    /// what we call installable must be so with each. Only what the goal itself names (`pinned`) is asked for
    /// on behalf of everybody, as on a command line.
    pub(crate) fn admits(&self, need: &Need, position: u32, pinned: bool) -> bool {
        let want = self.want(need);
        want.taken.contains(&position) || (pinned && want.passed_over.contains(&position))
    }

    fn number(&mut self, project: &ProjectName) -> ProjectId {
        if let Some(id) = self.names.find(project) {
            return id;
        }
        self.places.push(Arc::default());
        Arc::make_mut(&mut self.names).add(project)
    }

    fn number_extra(&mut self, extra: &Extra) -> ExtraId {
        self.names.find_extra(extra).unwrap_or_else(|| Arc::make_mut(&mut self.names).add_extra(extra))
    }

    fn put(&mut self, id: ProjectId, source: Option<&Arc<Project>>) {
        let old = self.places[id as usize].candidates.clone();
        let mut next_slot = self.places[id as usize].next_slot;
        let mut candidates = Vec::new();
        for (_, release) in source.map_or(&[][..], |source| source.releases()) {
            let same =
                |there: &&Arc<Candidate>| Arc::ptr_eq(&there.release, release) || there.release == *release;
            candidates.push(match old.iter().find(same) {
                Some(candidate) => Arc::clone(candidate),
                None => {
                    next_slot += 1;
                    Arc::new(self.prepare(next_slot - 1, release))
                }
            });
        }
        let place = Arc::make_mut(&mut self.places[id as usize]);
        place.source = source.cloned();
        place.candidates = candidates;
        place.next_slot = next_slot;
        let sources: Vec<Source> = place.wants.drain(..).map(|want| want.source).collect();
        place.wants = sources.into_iter().map(|source| place.satisfy(source)).collect();
    }

    fn prepare(&mut self, slot: u32, release: &Arc<Release>) -> Candidate {
        let environment = self.environment.clone();
        let misfit = release.misfit(&environment);
        // What cannot be installed needs nothing.
        let (mut plain, mut extras) = (Vec::new(), Vec::new());
        if misfit.is_none() {
            let mut conditional = Vec::new();
            for (at, requirement) in release.requires_dist.iter().enumerate() {
                if requirement.holds(&environment, None) {
                    plain.push(self.need(at, release));
                } else if requirement.marker.as_ref().is_some_and(packhouse_pypi::Marker::names_extra) {
                    conditional.push(at);
                }
            }
            let mut provided = release.provides_extra.to_vec();
            provided.sort_unstable();
            provided.dedup();
            for extra in &provided {
                let holding = conditional
                    .iter()
                    .copied()
                    .filter(|at| release.requires_dist[*at].holds(&environment, Some(extra)));
                let needs = holding.map(|at| self.need(at, release)).collect();
                extras.push((self.number_extra(extra), needs));
            }
        }
        Candidate { slot, release: Arc::clone(release), misfit, plain: plain.into(), extras: extras.into() }
    }

    fn need(&mut self, at: usize, release: &Release) -> Need {
        let requirement = &release.requires_dist[at];
        let target = self.number(&requirement.project);
        let extras = requirement.extras.iter().map(|extra| self.number_extra(extra)).collect();
        let known = self.places[target as usize].want_ids.get(&requirement.source).copied();
        let want = known.unwrap_or_else(|| {
            let place = Arc::make_mut(&mut self.places[target as usize]);
            let want = place.satisfy(requirement.source.clone());
            place.wants.push(want);
            let id = place.wants.len() as u32 - 1;
            place.want_ids.insert(requirement.source.clone(), id);
            id
        });
        Need { target, want, extras, requirement: at as u32 }
    }
}
