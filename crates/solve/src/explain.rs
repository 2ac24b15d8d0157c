//! Finding a minimal explanation.

use std::collections::HashSet;

use packhouse_pypi::{Environment, Requirement};

use crate::check::Checked;
use crate::contents::{Contents, Root};
use crate::explanation::{Explanation, Line, Offered, OfferedNote, Reason, Subject};
use crate::goal::Goal;
use crate::names::{ExtraId, ProjectId};
use crate::release::Release;
use crate::solver::{Fact, solvable};
use crate::world::World;

/// Why a root cannot be installed, or is not made for the environment. `None` if it can be, or if the contents
/// do not have it. The same input gives the same explanation.
pub fn explain(contents: &Contents, environment: &Environment, root: &Root) -> Option<Explanation> {
    explain_root(&World::new(contents, environment), contents, root)
}

impl Checked {
    /// As [`explain`], with what is prepared already.
    pub fn explain(&self, root: &Root) -> Option<Explanation> {
        explain_root(&self.world, &self.contents, root)
    }
}

fn explain_root(world: &World, contents: &Contents, root: &Root) -> Option<Explanation> {
    let head = contents.head(&root.project, &root.series)?;
    if root.extra.as_ref().is_some_and(|extra| !head.provides_extra.contains(extra)) {
        return None;
    }
    let id = world.find(&root.project)?;
    let place = world.place(id);
    let position = place.candidates.iter().position(|candidate| candidate.release.version == head.version)?;
    let reason = match place.candidates[position].misfit {
        Some(_) => misfit(world, head)?,
        None => {
            let extra = root.extra.as_ref().and_then(|extra| world.find_extra(extra));
            conflict(world, &Goal::root(id, position as u32, extra), None)?
        }
    };
    let subject = Subject::Root(root.clone(), head.version.clone());
    Some(Explanation { subject, environment: world.environment.name().to_owned(), reason })
}

/// Why a release is not made for the environment; `None` if it is.
pub(crate) fn misfit(world: &World, release: &Release) -> Option<Reason> {
    Some(Reason::Misfit {
        project: release.project.clone(),
        version: release.version.clone(),
        misfit: release.misfit(&world.environment)?,
        requires_python: release.requires_python.clone(),
    })
}

/// A minimal set of facts that leave the goal without a solution; `None` if it has one.
///
/// The pins of a profile are facts too, and may be left out; `profile` says which requirement each comes from.
pub(crate) fn conflict(world: &World, goal: &Goal, profile: Option<&[&Requirement]>) -> Option<Reason> {
    let mut facts = Facts::new(goal, profile.is_some());
    // The nearest conflict is the easiest to understand: facts are added layer by layer from the goal until
    // there is no solution. That also keeps what is to be minimised small. Facts that are not added do not
    // count, so each layer asks for less than the whole: if it has no solution, the whole has none.
    loop {
        let Some(solvable) = solvable(world, goal, &|fact| facts.has(fact)) else {
            return Some(Reason::Undecided);
        };
        if !solvable {
            break;
        }
        if !facts.add_layer(world, goal) {
            return None;
        }
    }
    let unsolvable = |kept: &HashSet<Fact>| {
        solvable(world, goal, &|fact| kept.contains(&fact) || facts.always(fact)) == Some(false)
    };
    let mut kept = minimal(&unsolvable, &HashSet::new(), false, &facts.list);
    kept.sort_by_key(|fact| facts.list.iter().position(|listed| listed == fact));
    Some(Reason::Conflict(lines(world, goal, &kept, profile.unwrap_or_default())))
}

/// Facts in the order in which one comes to them from the goal.
struct Facts {
    list: Vec<Fact>,
    set: HashSet<Fact>,
    /// Whether pins are among them, or count always.
    with_pins: bool,
    /// Candidates whose needs are the next layer, plain or with an extra.
    border: Vec<(ProjectId, u32, Option<ExtraId>)>,
    seen: HashSet<(ProjectId, u32, Option<ExtraId>)>,
}

impl Facts {
    fn new(goal: &Goal, with_pins: bool) -> Self {
        let list: Vec<Fact> =
            if with_pins { (0..goal.pins.len() as u32).map(Fact::Pin).collect() } else { Vec::new() };
        let mut border = Vec::new();
        for &(project, position) in &goal.pins {
            border.push((project, position, None));
            let extras = goal.extras.iter().filter(|(of, _)| *of == project);
            border.extend(extras.map(|&(_, extra)| (project, position, Some(extra))));
        }
        let seen = border.iter().copied().collect();
        Self { set: list.iter().copied().collect(), list, with_pins, border, seen }
    }

    fn always(&self, fact: Fact) -> bool {
        !self.with_pins && matches!(fact, Fact::Pin(_))
    }

    fn has(&self, fact: Fact) -> bool {
        self.always(fact) || self.set.contains(&fact)
    }

    /// Adds the needs of the border. Returns whether there was a border.
    fn add_layer(&mut self, world: &World, goal: &Goal) -> bool {
        let border = std::mem::take(&mut self.border);
        for &(project, position, extra) in &border {
            for (at, need) in world.candidate(project, position).needs(extra).iter().enumerate() {
                let fact = Fact::Need { project, position, extra, at: at as u32 };
                self.list.push(fact);
                self.set.insert(fact);
                let want = world.want(need);
                for &next in want.taken.iter().chain(&want.passed_over) {
                    if !world.admits(need, next, goal.pins(need.target, next)) {
                        continue;
                    }
                    let extras = need.extras.iter().map(|extra| Some(*extra));
                    for extra in std::iter::once(None).chain(extras) {
                        if self.seen.insert((need.target, next, extra)) {
                            self.border.push((need.target, next, extra));
                        }
                    }
                }
            }
        }
        !border.is_empty()
    }
}

/// `QuickXplain` (Junker 2004): of `candidates`, a minimal set that together with `background` has no solution,
/// given that all of them have none. Needs few searches when few of many are to be kept.
fn minimal(
    unsolvable: &dyn Fn(&HashSet<Fact>) -> bool,
    background: &HashSet<Fact>,
    background_grew: bool,
    candidates: &[Fact],
) -> Vec<Fact> {
    if background_grew && unsolvable(background) {
        return Vec::new();
    }
    if candidates.len() <= 1 {
        return candidates.to_vec();
    }
    let (near, far) = candidates.split_at(candidates.len() / 2);
    let with = |more: &[Fact]| background.iter().chain(more).copied().collect::<HashSet<Fact>>();
    let from_far = minimal(unsolvable, &with(near), true, far);
    let mut kept = minimal(unsolvable, &with(&from_far), !from_far.is_empty(), near);
    kept.extend(from_far);
    kept
}

fn lines(world: &World, goal: &Goal, facts: &[Fact], profile: &[&Requirement]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for &fact in facts {
        match fact {
            Fact::Pin(at) => {
                let (project, position) = goal.pins[at as usize];
                let version = world.candidate(project, position).release.version.clone();
                lines.push(Line::Takes { requirement: (*profile[at as usize]).clone(), version });
            }
            Fact::Need { project, position, extra, at } => {
                let candidate = world.candidate(project, position);
                let need = &candidate.needs(extra)[at as usize];
                let mut bare = candidate.release.requires_dist[need.requirement as usize].clone();
                // It holds here; when it would not is beside the point, and would keep equal needs apart.
                bare.marker = None;
                let version = candidate.release.version.clone();
                let (name, extra) = (world.project(project), extra.map(|extra| world.extra(extra)));
                let same = lines.iter_mut().find_map(|line| match line {
                    Line::Needs { project, extra: with, versions, requirement, .. }
                        if project == name && with.as_ref() == extra && *requirement == bare =>
                    {
                        Some(versions)
                    }
                    _ => None,
                });
                if let Some(versions) = same {
                    versions.push(version);
                    versions.sort_by(|one, other| other.cmp(one));
                    continue;
                }
                lines.push(Line::Needs {
                    project: name.clone(),
                    extra: extra.cloned(),
                    versions: vec![version],
                    offered: offered(world, need.target, &bare),
                    requirement: bare,
                });
            }
        }
    }
    lines
}

/// What the suite has of a project, and why not all that matches is taken.
pub(crate) fn offered(world: &World, project: ProjectId, requirement: &Requirement) -> Vec<Offered> {
    let asks = requirement
        .specifiers()
        .is_some_and(|specifiers| specifiers.pins() || specifiers.asks_for_prereleases());
    let candidates = &world.place(project).candidates;
    let matching = |release: &Release| {
        requirement.specifiers().is_some_and(|specifiers| specifiers.contains(&release.version))
    };
    let usable = |release: &Release| !release.yanked && !release.version.is_prerelease();
    let finals = candidates.iter().any(|candidate| {
        candidate.misfit.is_none() && matching(&candidate.release) && usable(&candidate.release)
    });
    candidates
        .iter()
        .map(|candidate| {
            let release = &candidate.release;
            let pinned = requirement.specifiers().is_some_and(packhouse_pypi::VersionSpecifiers::pins);
            let note = if !matching(release) {
                None
            } else if let Some(misfit) = candidate.misfit {
                Some(OfferedNote::Misfit(misfit))
            } else if release.yanked && !pinned {
                Some(OfferedNote::Yanked)
            } else if release.version.is_prerelease() && finals && !asks {
                Some(OfferedNote::Prerelease)
            } else {
                None
            };
            Offered { version: release.version.clone(), note }
        })
        .collect()
}
