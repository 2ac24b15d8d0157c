use std::time::Duration;

use super::candidates::approved;
use super::rows::{CandidateState, ClaimRow, ExemptRow, Lost, NoteRow, ProjectKey, ReviewRow, SignedWord};
use super::{ReadEntry, Refused, State, notices, rules};
use crate::act::{
    Act, Actor, Approve, Claim, Exempt, ExemptEnd, Note, Recount, Review, ReviewRevoke, Role, Scope, Verdict,
};
use crate::review::{criteria, lost};

/// A lease's longest time.
const LONGEST_LEASE: Duration = Duration::from_secs(72 * 3600);
/// An exemption's longest time.
const LONGEST_EXEMPTION: Duration = Duration::from_secs(180 * 24 * 3600);

pub(super) fn claim(state: &mut State, entry: &ReadEntry, act: &Claim) -> Result<(), Refused> {
    let by = rules::person_with(state, entry, &[Role::Maintainer, Role::Trainee])?;
    rules::candidate(state, &act.release)?;
    if act.until > entry.at.plus(LONGEST_LEASE) {
        return Err(Refused::value("until", "must be within 72 hours: a claim is a lease"));
    }
    if let Some(lease) = state.claims.get(&act.release)
        && lease.by != *by
        && lease.until > entry.at
    {
        return Err(Refused::Conflict(format!(
            "{} has claimed {} until {}",
            lease.by,
            act.release,
            lease.until.minute()
        )));
    }
    if act.until <= entry.at {
        state.claims.remove(&act.release);
    } else {
        let row = ClaimRow { by: by.clone(), since: entry.at, until: act.until };
        state.claims.put(act.release.clone(), row);
    }
    Ok(())
}

pub(super) fn note(state: &mut State, entry: &ReadEntry, act: &Note) -> Result<(), Refused> {
    if let Actor::Maintainer(_) = entry.by {
        rules::person_with(
            state,
            entry,
            &[Role::Maintainer, Role::ReleaseManager, Role::Security, Role::Trainee],
        )?;
    }
    rules::candidate(state, &act.release)?;
    rules::text("text", &act.text)?;
    let row = NoteRow { by: entry.by.clone(), at: entry.at, note: act.clone() };
    state.notes.put(entry.number, row);
    Ok(())
}

pub(super) fn review(state: &mut State, entry: &ReadEntry, act: &Review) -> Result<(), Refused> {
    let by = rules::person_with(state, entry, &[Role::Maintainer, Role::Security])?;
    let row = rules::candidate(state, &act.release)?;
    rules::subjects_of(entry, row)?;
    rules::optional_text("notes", &act.notes)?;
    known_criteria(&act.criteria)?;
    match act.verdict {
        Verdict::Accept if act.criteria.is_empty() => {
            return Err(Refused::value("criteria", "names none: say what the release meets"));
        }
        Verdict::Accept => {}
        Verdict::Reject | Verdict::Violation => rules::text("notes", &act.notes)?,
    }
    if let Scope::Delta { base, base_files } = &act.scope {
        if *base == act.release {
            return Err(Refused::value("base", "is the release itself"));
        }
        let base_row = rules::candidate(state, base)?;
        if base.project != act.release.project {
            return Err(Refused::value("base", "is another project"));
        }
        if base_files.is_empty()
            || !base_files.iter().all(|sha| base_row.files.values().any(|own| own == sha))
        {
            return Err(Refused::value("base_files", format!("must be files of {base}")));
        }
    }
    // Who belongs to the vendor has no say in the queue; their word is kept, and a violation is heard from anybody.
    let independent = state.maintainers.get(by).is_some_and(|person| {
        crate::independence::why_not_independent(person, &row.candidate.vendor, entry.at).is_empty()
    });
    let rejected = act.verdict != Verdict::Accept
        && row.state == CandidateState::Open
        && (independent || act.verdict == Verdict::Violation);
    let review = ReviewRow {
        by: by.clone(),
        keys: rules::signing_keys(state, entry),
        at: entry.at,
        files: entry.files(),
        review: act.clone(),
        revoked: None,
        lifted: std::collections::BTreeMap::new(),
    };
    state.reviews.put(entry.number, review);
    if rejected {
        let end = CandidateState::Rejected { entry: entry.number };
        state.candidates.edit(&act.release, |row| row.state = end);
    }
    // What is done ends the lease, and shows that the project has somebody.
    if state.claims.get(&act.release).is_some_and(|lease| lease.by == *by) {
        state.claims.remove(&act.release);
    }
    state.projects.edit(&ProjectKey(act.release.project.clone()), |row| {
        if row.stewards.contains(by) {
            row.last_steward_act = row.last_steward_act.max(entry.at);
        }
    });
    Ok(())
}

pub(super) fn known_criteria(names: &[String]) -> Result<(), Refused> {
    for name in names {
        if criteria::find(name).is_none() {
            let known: Vec<&str> = criteria::all().iter().map(|criterion| criterion.name).collect();
            return Err(Refused::value(
                "criteria",
                format!("there is no criterion {name:?}; there are {}", known.join(", ")),
            ));
        }
    }
    Ok(())
}

pub(super) fn revoke(state: &mut State, entry: &ReadEntry, act: &ReviewRevoke) -> Result<(), Refused> {
    let row = state.reviews.get(&act.entry).ok_or_else(|| Refused::missing("review in entry", &act.entry))?;
    if entry.by.maintainer() != Some(&row.by) {
        rules::person_with(state, entry, &[Role::Security])?;
    }
    if row.review.verdict == Verdict::Violation && entry.by.maintainer() != Some(&row.by) {
        return Err(Refused::Conflict(format!(
            "a violation is lifted by two people who approve that, with `packhouse approve {}`",
            act.entry
        )));
    }
    if row.revoked.is_some() {
        return Err(Refused::Conflict(format!("the review in entry {} is revoked already", act.entry)));
    }
    rules::text("reason", &act.reason)?;
    let release = row.review.release.clone();
    let (number, reason) = (entry.number, act.reason.clone());
    state.reviews.edit(&act.entry, |row| row.revoked = Some((number, reason)));
    reopen(state, &release, act.entry);
    Ok(())
}

/// A candidate that one review had closed waits again once that review is gone.
pub(super) fn reopen(state: &mut State, release: &crate::Release, review: u64) {
    state.candidates.edit(release, |row| {
        if row.state == (CandidateState::Rejected { entry: review }) {
            row.state = CandidateState::Open;
        }
    });
}

pub(super) fn exempt(state: &mut State, entry: &ReadEntry, act: &Exempt) -> Result<(), Refused> {
    let by = rules::person_with(state, entry, &[Role::ReleaseManager, Role::Security])?;
    let row = rules::candidate(state, &act.release)?;
    rules::subjects_of(entry, row)?;
    rules::text("reason", &act.reason)?;
    known_criteria(&act.criteria)?;
    if act.until <= entry.at || act.until > entry.at.plus(LONGEST_EXEMPTION) {
        return Err(Refused::value("until", "must lie ahead, by 180 days at most"));
    }
    let row = ExemptRow {
        by: by.clone(),
        keys: rules::signing_keys(state, entry),
        at: entry.at,
        files: entry.files(),
        exempt: act.clone(),
        ended: None,
    };
    state.exemptions.put(entry.number, row);
    Ok(())
}

pub(super) fn exempt_end(state: &mut State, entry: &ReadEntry, act: &ExemptEnd) -> Result<(), Refused> {
    let row =
        state.exemptions.get(&act.entry).ok_or_else(|| Refused::missing("exemption in entry", &act.entry))?;
    if entry.by.maintainer() != Some(&row.by) {
        rules::person_with(state, entry, &[Role::ReleaseManager])?;
    }
    rules::text("reason", &act.reason)?;
    if let Some((earlier, _)) = &row.ended {
        return Err(Refused::Conflict(format!(
            "the exemption in entry {} was ended in entry {earlier}",
            act.entry
        )));
    }
    if row.exempt.until <= entry.at {
        return Err(Refused::Conflict(format!(
            "the exemption in entry {} ended on {}",
            act.entry,
            row.exempt.until.date()
        )));
    }
    let end = (entry.number, act.reason.clone());
    state.exemptions.edit(&act.entry, |row| row.ended = Some(end));
    Ok(())
}

/// Nothing is moved: what suites list is marked, and waits for reviews again.
pub(super) fn recount(state: &mut State, entry: &ReadEntry, act: &Recount) -> Result<(), Refused> {
    rules::server_only(entry)?;
    if act.lost.is_empty() && act.settled.is_empty() {
        return Err(Refused::value("lost", "and settled name no release"));
    }
    for one in &act.lost {
        rules::optional_text("because", &one.because)?;
        let known = rules::candidate(state, &one.release)?.lost.is_some();
        let found = lost::unreviewed_in(state, &one.release, entry.at);
        if known || found.is_empty() || found != one.suites {
            return Err(Refused::Conflict(format!("{} has not lost its reviews", one.release)));
        }
    }
    for release in &act.settled {
        let known = rules::candidate(state, release)?.lost.is_some();
        if !known || !lost::unreviewed_in(state, release, entry.at).is_empty() {
            return Err(Refused::Conflict(format!("{release} does not have its reviews again")));
        }
    }
    for one in &act.lost {
        let mark = Lost { since: entry.at, entry: entry.number };
        state.candidates.edit(&one.release, |row| row.lost = Some(mark));
    }
    for release in &act.settled {
        state.candidates.edit(release, |row| row.lost = None);
    }
    notices::tell(state, entry.number, act.lost.iter().map(|one| &one.release.project), &[]);
    Ok(())
}

pub(super) fn approve(state: &mut State, entry: &ReadEntry, act: &Approve) -> Result<(), Refused> {
    if let Some(row) = state.reviews.get(&act.entry) {
        return lift(state, entry, act, row.review.verdict);
    }
    if state.imports.contains(&act.entry) {
        return super::imports::lift(state, entry, act.entry);
    }
    let pending = state
        .pending
        .get(&act.entry)
        .ok_or_else(|| Refused::missing("act that waits for a second person in entry", &act.entry))?;
    if let Some(earlier) = &pending.approved_by {
        return Err(Refused::Conflict(format!("{earlier} has approved entry {} already", act.entry)));
    }
    let second = match entry.by.maintainer() {
        Some(person) if *person != pending.by => person.clone(),
        _ => {
            return Err(Refused::Conflict(format!(
                "entry {} is {}'s own: it needs a second person",
                act.entry, pending.by
            )));
        }
    };
    let waiting: Act = pending
        .act()
        .ok_or_else(|| Refused::Conflict(format!("entry {} does not read any more", act.entry)))?;
    approved(state, entry, act.entry, &waiting)?;
    state.pending.edit(&act.entry, |row| row.approved_by = Some(second));
    Ok(())
}

fn lift(state: &mut State, entry: &ReadEntry, act: &Approve, verdict: Verdict) -> Result<(), Refused> {
    if verdict != Verdict::Violation {
        return Err(Refused::Conflict(format!("entry {} is a review that needs no approval", act.entry)));
    }
    let by = rules::person_with(state, entry, &[Role::Security, Role::ReleaseManager])?.clone();
    let word = SignedWord { entry: entry.number, keys: rules::signing_keys(state, entry) };
    state.reviews.edit(&act.entry, |row| {
        row.lifted.insert(by, word);
    });
    let lifted = state
        .reviews
        .get(&act.entry)
        .filter(|row| state.is_lifted(row))
        .map(|row| row.review.release.clone());
    if let Some(release) = lifted {
        reopen(state, &release, act.entry);
    }
    Ok(())
}
