//! Rules that many acts share: whose signature it is, who may do what, what a text may be.

use std::collections::BTreeSet;

use packhouse_model::{MaintainerId, ProjectName, SuiteName};

use super::rows::{CandidateRow, Maintainer, Project, ProjectKey, Standing, Suite};
use super::{ReadEntry, Refused, State};
use crate::Release;
use crate::act::{Act, Actor, LONGEST_TEXT, Role};

/// Refuses what no key of its author signed.
///
/// Other signatures on the same statement are no harm: they are kept, and count for nothing.
pub(super) fn signed(state: &State, entry: &ReadEntry, server_key: &str) -> Result<(), Refused> {
    let refuse = |problem: &str| Refused::Signature { by: entry.by.to_string(), problem: problem.to_owned() };
    match &entry.by {
        Actor::Server if entry.keys.contains(server_key) => Ok(()),
        Actor::Server => Err(refuse("it is not signed with the server's key")),
        Actor::Maintainer(person) => {
            let row = state.maintainers.get(person).ok_or_else(|| Refused::missing("maintainer", person))?;
            match row.standing {
                Standing::Active => {}
                Standing::Invited if matches!(entry.act, Act::Join(_)) => {}
                Standing::Invited => return Err(refuse("they have not joined yet")),
                Standing::Emeritus => return Err(refuse("they have left")),
            }
            let mut problem = "none of their keys signed it";
            for id in &entry.keys {
                match state.keys.get(id).filter(|key| key.owner == *person) {
                    None => {}
                    Some(key) if key.void_after.is_some() => problem = "its key is revoked",
                    Some(key) if key.expires.is_some_and(|end| end <= entry.at) => {
                        problem = "its key has expired";
                    }
                    Some(_) => return Ok(()),
                }
            }
            Err(refuse(problem))
        }
    }
}

/// The keys of the author that signed the entry and were good when they did.
pub(super) fn signing_keys(state: &State, entry: &ReadEntry) -> BTreeSet<String> {
    let good = |id: &&String| {
        state.keys.get(id).is_some_and(|key| {
            entry.by.maintainer() == Some(&key.owner)
                && key.void_after.is_none()
                && key.expires.is_none_or(|end| end > entry.at)
        })
    };
    entry.keys.iter().filter(good).cloned().collect()
}

/// The person who acts, when they have one of these roles.
pub(super) fn person_with<'e>(
    state: &State,
    entry: &'e ReadEntry,
    roles: &[Role],
) -> Result<&'e MaintainerId, Refused> {
    let needs = || {
        let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
        Refused::Right { by: entry.by.to_string(), act: entry.act.word(), needs: words.join(" or ") }
    };
    let person = entry.by.maintainer().ok_or_else(needs)?;
    let row = state.maintainers.get(person).ok_or_else(needs)?;
    if roles.iter().any(|role| row.roles.contains(role)) { Ok(person) } else { Err(needs()) }
}

/// Refuses what is not the server's.
pub(super) fn server_only(entry: &ReadEntry) -> Result<(), Refused> {
    match entry.by {
        Actor::Server => Ok(()),
        Actor::Maintainer(_) => Err(Refused::Right {
            by: entry.by.to_string(),
            act: entry.act.word(),
            needs: "the server".to_owned(),
        }),
    }
}

/// Whether anybody is an active release manager.
pub(super) fn has_release_manager(state: &State) -> bool {
    state
        .maintainers
        .iter()
        .any(|(_, row)| row.standing == Standing::Active && row.roles.contains(&Role::ReleaseManager))
}

/// Whether without this person nobody would be an active release manager.
pub(crate) fn is_last_release_manager(state: &State, id: &MaintainerId) -> bool {
    let manages =
        |row: &Maintainer| row.standing == Standing::Active && row.roles.contains(&Role::ReleaseManager);
    state.maintainers.get(id).is_some_and(manages)
        && !state.maintainers.iter().any(|(other, row)| other != id && manages(row))
}

pub(super) fn maintainer<'s>(state: &'s State, id: &MaintainerId) -> Result<&'s Maintainer, Refused> {
    state.maintainers.get(id).ok_or_else(|| Refused::missing("maintainer", id))
}

pub(super) fn project<'s>(state: &'s State, name: &ProjectName) -> Result<&'s Project, Refused> {
    state.projects.get(&ProjectKey(name.clone())).ok_or_else(|| Refused::Missing {
        what: "project under maintenance",
        name: name.to_string(),
        hint: format!("; add it with `packhouse project add {name}`"),
    })
}

pub(super) fn candidate<'s>(state: &'s State, release: &Release) -> Result<&'s CandidateRow, Refused> {
    state.candidates.get(release).ok_or_else(|| Refused::Missing {
        what: "candidate",
        name: release.to_string(),
        hint: "; `packhouse queue` lists those that wait".to_owned(),
    })
}

pub(super) fn suite<'s>(state: &'s State, name: &SuiteName) -> Result<&'s Suite, Refused> {
    state.suites.get(name).ok_or_else(|| {
        let known: Vec<&str> = state.suites.iter().map(|(name, _)| name.as_str()).collect();
        Refused::Missing {
            what: "suite",
            name: name.to_string(),
            hint: format!("; there are {}", known.join(", ")),
        }
    })
}

/// A text that a person wrote: there, and of a length that a page can show.
pub(super) fn text(field: &'static str, text: &str) -> Result<(), Refused> {
    if text.trim().is_empty() {
        return Err(Refused::value(field, "must not be empty"));
    }
    optional_text(field, text)
}

pub(super) fn optional_text(field: &'static str, text: &str) -> Result<(), Refused> {
    if text.chars().count() > LONGEST_TEXT {
        return Err(Refused::value(field, format!("must be at most {LONGEST_TEXT} characters")));
    }
    // Control characters would let a reason rewrite the terminal of who reads it.
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(Refused::value(field, "must not hold control characters"));
    }
    Ok(())
}

/// The subjects, which must be files of this candidate; at least one.
pub(super) fn subjects_of(entry: &ReadEntry, candidate: &CandidateRow) -> Result<(), Refused> {
    if entry.subjects.is_empty() {
        return Err(Refused::value("subject", "names no file: a verdict is on exact bytes"));
    }
    for (name, sha) in &entry.subjects {
        match candidate.files.get(name) {
            Some(known) if known == sha => {}
            Some(known) => {
                return Err(Refused::value(
                    "subject",
                    format!("{name} has SHA-256 {known} here, not {sha}: these are other bytes"),
                ));
            }
            None => {
                return Err(Refused::value(
                    "subject",
                    format!("{name} is no file of {}", candidate.candidate.release),
                ));
            }
        }
    }
    Ok(())
}
