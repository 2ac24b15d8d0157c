use std::collections::BTreeSet;
use std::time::Duration;

use packhouse_model::{MaintainerId, Timestamp};

use super::rows::{Founded, Key, Maintainer, ReviewRow, Standing};
use super::{ONLY, ReadEntry, Refused, State, rules};
use crate::act::{
    Actor, Affiliate, Affiliation, Conflict, Found, Invite, Join, KeyAdd, KeyRevoke, Leave, Role, SetRoles,
};
use crate::{Release, keys};

/// Affiliations, accounts or addresses of one person.
const MOST_TIES: usize = 200;
/// The longest name of a person, an organisation, an account, in characters.
const LONGEST_NAME: usize = 200;
/// A key that is to count for longer than this is not one that anybody looks after.
const LONGEST_KEY_LIFE: Duration = Duration::from_secs(3 * 366 * 24 * 3600);

pub(super) fn found(state: &mut State, entry: &ReadEntry, act: &Found) -> Result<(), Refused> {
    if state.distribution().is_some() || entry.number != 1 {
        return Err(Refused::Founding("the distribution exists already"));
    }
    let key = keys::fingerprint(&act.server_key).map_err(|problem| Refused::value("server_key", problem))?;
    name("name", &act.name)?;
    if entry.by != Actor::Server || !entry.keys.contains(&key) {
        return Err(Refused::Signature {
            by: entry.by.to_string(),
            problem: "the first entry must be signed with the server's key that it names".to_owned(),
        });
    }
    let row = Founded {
        name: act.name.clone(),
        server_key: key,
        server_line: act.server_key.clone(),
        id: entry.hash,
        at: entry.at,
    };
    state.founded.put(ONLY.to_owned(), row);
    state.clock.put(ONLY.to_owned(), entry.at);
    Ok(())
}

pub(super) fn invite(state: &mut State, entry: &ReadEntry, act: &Invite) -> Result<(), Refused> {
    if entry.by == Actor::Server {
        if rules::has_release_manager(state) {
            return Err(Refused::Right {
                by: "server".to_owned(),
                act: "invite",
                needs: "release-manager; the server invites only while there is none".to_owned(),
            });
        }
    } else {
        rules::person_with(state, entry, &[Role::ReleaseManager])?;
    }
    let key = keys::fingerprint(&act.key).map_err(|problem| Refused::value("key", problem))?;
    if let Some(known) = state.maintainers.get(&act.maintainer)
        && known.standing != Standing::Invited
    {
        return Err(Refused::Conflict(format!("{} is a maintainer already", act.maintainer)));
    }
    free_key(state, &key, Some(&act.maintainer))?;
    if act.roles.is_empty() {
        return Err(Refused::value("roles", "names no role"));
    }
    // A corrected invitation replaces the earlier one, with its key.
    let earlier: Vec<String> =
        state.keys.iter().filter(|(_, row)| row.owner == act.maintainer).map(|(id, _)| id.clone()).collect();
    for id in earlier {
        state.keys.remove(&id);
    }
    let row = Maintainer {
        name: act.maintainer.to_string(),
        standing: Standing::Invited,
        roles: act.roles.iter().copied().collect(),
        affiliations: Vec::new(),
        conflicts: Vec::new(),
        accounts: BTreeSet::new(),
        addresses: BTreeSet::new(),
        since: entry.at,
        last_act: entry.at,
    };
    state.maintainers.put(act.maintainer.clone(), row);
    state.keys.put(key, new_key(&act.maintainer, &act.key, entry.number, None));
    Ok(())
}

pub(super) fn join(state: &mut State, entry: &ReadEntry, act: &Join) -> Result<(), Refused> {
    let Some(person) = entry.by.maintainer() else {
        return Err(Refused::Right {
            by: "server".to_owned(),
            act: "join",
            needs: "the invited person".to_owned(),
        });
    };
    if rules::maintainer(state, person)?.standing != Standing::Invited {
        return Err(Refused::Conflict(format!("{person} has joined already")));
    }
    name("name", &act.name)?;
    ties(&act.affiliations, &act.accounts, act.addresses.len())?;
    state.maintainers.edit(person, |row| {
        row.name.clone_from(&act.name);
        row.standing = Standing::Active;
        row.affiliations.clone_from(&act.affiliations);
        row.accounts = act.accounts.iter().cloned().collect();
        row.addresses = act.addresses.iter().copied().collect();
        row.since = entry.at;
    });
    Ok(())
}

pub(super) fn affiliate(state: &mut State, entry: &ReadEntry, act: &Affiliate) -> Result<(), Refused> {
    let person = rules::person_with(state, entry, EVERYBODY)?;
    ties(&act.affiliations, &act.accounts, act.addresses.len())?;
    // A tie once declared cannot be declared away: it ends with a date.
    let before = &rules::maintainer(state, person)?.affiliations;
    for old in before {
        if !act.affiliations.iter().any(|new| new.organisation == old.organisation && new.from <= old.from) {
            return Err(Refused::value(
                "affiliations",
                format!("{} is missing: an affiliation ends by its `until`", old.organisation),
            ));
        }
    }
    state.maintainers.edit(person, |row| {
        row.affiliations.clone_from(&act.affiliations);
        // Accounts and addresses are only added: that one was theirs stays true.
        row.accounts.extend(act.accounts.iter().cloned());
        row.addresses.extend(act.addresses.iter().copied());
    });
    Ok(())
}

pub(super) fn key_add(state: &mut State, entry: &ReadEntry, act: &KeyAdd) -> Result<(), Refused> {
    let person = rules::person_with(state, entry, EVERYBODY)?;
    let key = keys::fingerprint(&act.key).map_err(|problem| Refused::value("key", problem))?;
    free_key(state, &key, None)?;
    if !entry.keys.contains(&key) {
        return Err(Refused::value("key", "the new key must sign too, to prove that its owner holds it"));
    }
    if act.expires.is_some_and(|end| end > entry.at.plus(LONGEST_KEY_LIFE) || end <= entry.at) {
        return Err(Refused::value("expires", "must lie ahead, by three years at most"));
    }
    state.keys.put(key, new_key(person, &act.key, entry.number, act.expires));
    Ok(())
}

pub(super) fn key_revoke(state: &mut State, entry: &ReadEntry, act: &KeyRevoke) -> Result<(), Refused> {
    let Some(key) = state.keys.get(&act.key) else {
        return Err(Refused::missing("key", &act.key));
    };
    if entry.by.maintainer() != Some(&key.owner) {
        rules::person_with(state, entry, &[Role::ReleaseManager, Role::Security])?;
    }
    rules::text("reason", &act.reason)?;
    if act.after >= entry.number {
        return Err(Refused::value("after", "must be the number of an entry that exists"));
    }
    if key.void_after.is_some_and(|earlier| earlier <= act.after) {
        return Err(Refused::Conflict(format!("{} is revoked already, from an earlier entry on", act.key)));
    }
    state.keys.edit(&act.key, |row| {
        row.void_after = Some(act.after);
        row.revoked_because = Some(act.reason.clone());
    });
    reopen_candidates(state, &act.key);
    Ok(())
}

/// What a no had closed that rests on this key alone waits again: who stole a key keeps nothing out with it.
fn reopen_candidates(state: &mut State, key: &str) {
    let void: Vec<(Release, u64)> = state
        .reviews
        .iter()
        .filter(|(entry, row)| row.keys.contains(key) && state.why_void(**entry, &row.keys).is_some())
        .map(|(entry, row)| (row.review.release.clone(), *entry))
        .collect();
    for (release, review) in void {
        super::reviews::reopen(state, &release, review);
    }
}

impl State {
    /// Why what was signed in an entry is void, when none of the keys that signed it is good any more. `keys` are those of
    /// its author that were good then.
    pub fn why_void(&self, entry: u64, keys: &BTreeSet<String>) -> Option<String> {
        let mut problem = "signed with a key that is not known".to_owned();
        for id in keys {
            match self.keys.get(id) {
                Some(key) if key.void_after.is_some_and(|last| entry > last) => {
                    let reason = key.revoked_because.as_deref().unwrap_or("no reason given");
                    problem = format!("signed with a key that is revoked: {reason}");
                }
                Some(_) => return None,
                None => {}
            }
        }
        Some(problem)
    }

    /// Whether two people said that a violation is lifted, with signatures that stand.
    pub fn is_lifted(&self, row: &ReviewRow) -> bool {
        row.lifted.values().filter(|word| self.why_void(word.entry, &word.keys).is_none()).count() >= 2
    }
}

pub(super) fn set_roles(state: &mut State, entry: &ReadEntry, act: &SetRoles) -> Result<(), Refused> {
    let by = rules::person_with(state, entry, &[Role::ReleaseManager])?;
    if *by == act.maintainer {
        return Err(Refused::Conflict("nobody gives roles to themselves".to_owned()));
    }
    rules::maintainer(state, &act.maintainer)?;
    rules::text("reason", &act.reason)?;
    if act.roles.is_empty() {
        return Err(Refused::value("roles", "names no role; whoever goes leaves"));
    }
    state.maintainers.edit(&act.maintainer, |row| row.roles = act.roles.iter().copied().collect());
    Ok(())
}

pub(super) fn leave(state: &mut State, entry: &ReadEntry, act: &Leave) -> Result<(), Refused> {
    let row = rules::maintainer(state, &act.maintainer)?;
    if entry.by == Actor::Server {
        if crate::stewardship::emeritus_due(row, entry.at).is_none()
            || rules::is_last_release_manager(state, &act.maintainer)
        {
            return Err(Refused::Conflict(format!("{} is not due to become emeritus", act.maintainer)));
        }
    } else if entry.by.maintainer() != Some(&act.maintainer) {
        rules::person_with(state, entry, &[Role::ReleaseManager])?;
    }
    rules::text("reason", &act.reason)?;
    state.maintainers.edit(&act.maintainer, |row| row.standing = Standing::Emeritus);
    let looked_after: Vec<_> = state
        .projects
        .iter()
        .filter(|(_, row)| row.stewards.contains(&act.maintainer))
        .map(|(key, _)| key.clone())
        .collect();
    for project in looked_after {
        state.projects.edit(&project, |row| {
            row.stewards.remove(&act.maintainer);
        });
    }
    Ok(())
}

pub(super) fn conflict(state: &mut State, entry: &ReadEntry, act: &Conflict) -> Result<(), Refused> {
    let by = rules::person_with(state, entry, &[Role::ReleaseManager, Role::Security])?;
    if *by == act.maintainer {
        return Err(Refused::Conflict("one's own ties are declared with `affiliate`".to_owned()));
    }
    rules::maintainer(state, &act.maintainer)?;
    rules::text("evidence", &act.evidence)?;
    ties(std::slice::from_ref(&act.affiliation), &[], 0)?;
    state.maintainers.edit(&act.maintainer, |row| row.conflicts.push(act.affiliation.clone()));
    Ok(())
}

const EVERYBODY: &[Role] = &[Role::Maintainer, Role::ReleaseManager, Role::Security, Role::Trainee];

fn new_key(owner: &MaintainerId, line: &str, added: u64, expires: Option<Timestamp>) -> Key {
    Key {
        owner: owner.clone(),
        line: line.to_owned(),
        added,
        expires,
        void_after: None,
        revoked_because: None,
    }
}

/// One key for one person: a key of two people would let one sign as the other.
fn free_key(state: &State, key: &str, unless: Option<&MaintainerId>) -> Result<(), Refused> {
    if state.distribution().is_some_and(|founded| founded.server_key == *key) {
        return Err(Refused::value("key", "is the server's own: a person's key must be theirs alone"));
    }
    match state.keys.get(&key.to_owned()) {
        Some(row) if Some(&row.owner) != unless => {
            Err(Refused::Conflict(format!("{key} is a key of {} already", row.owner)))
        }
        _ => Ok(()),
    }
}

fn name(field: &'static str, text: &str) -> Result<(), Refused> {
    rules::text(field, text)?;
    if text.chars().count() > LONGEST_NAME || text.contains('\n') {
        return Err(Refused::value(field, format!("must be one line of at most {LONGEST_NAME} characters")));
    }
    Ok(())
}

fn ties(affiliations: &[Affiliation], accounts: &[String], addresses: usize) -> Result<(), Refused> {
    if affiliations.len() > MOST_TIES || accounts.len() > MOST_TIES || addresses > MOST_TIES {
        return Err(Refused::value("affiliations", format!("are more than {MOST_TIES}")));
    }
    for tie in affiliations {
        name("organisation", &tie.organisation)?;
        for text in tie.domains.iter().chain(&tie.accounts) {
            name("affiliation", text)?;
        }
        if tie.until.is_some_and(|until| until < tie.from) {
            return Err(Refused::value("until", format!("{} ends before it begins", tie.organisation)));
        }
    }
    accounts.iter().try_for_each(|account| name("account", account))
}
