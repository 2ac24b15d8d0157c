//! Whether a person is independent of a vendor: what a signature needs in order to count.
//!
//! When in doubt there is a tie: a signature too few costs a review, one too many costs the point of all of them.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use packhouse_model::Timestamp;
use serde::Serialize;

use crate::act::{Affiliation, Vendor};
use crate::state::rows::Maintainer;
use crate::vendor::{forge, mail};

/// How long somebody who has left an organisation still counts as one of its people: one year.
pub const COOLING_OFF: Duration = Duration::from_secs(365 * 24 * 3600);

/// What ties a person to a vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TieKind {
    /// A mail address of theirs is the vendor's.
    Address,
    /// An account of theirs, or of an organisation of theirs, may publish.
    Account,
    /// They are called as somebody of the vendor is.
    Name,
    /// An organisation of theirs is the vendor.
    Organisation,
    /// The vendor has addresses in a domain of an organisation of theirs.
    Domain,
    /// The repository is theirs, or an organisation's of theirs.
    Repository,
}

/// One tie between a person and a vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tie {
    /// What kind of tie.
    pub kind: TieKind,
    /// In one sentence, without a full stop, in the third person: `they belong to …`.
    pub sentence: String,
}

impl fmt::Display for Tie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

/// All ties between a person and a vendor at a time; none: independent.
///
/// Own addresses, accounts and the own name count whenever they were told. An affiliation, declared or found, counts if
/// it was current within [`COOLING_OFF`] before `at`.
pub fn why_not_independent(maintainer: &Maintainer, vendor: &Vendor, at: Timestamp) -> Vec<Tie> {
    let mut ties = Vec::new();
    let mut tie = |kind, sentence: String| ties.push(Tie { kind, sentence });
    if maintainer.addresses.iter().any(|hash| vendor.addresses.contains(hash)) {
        tie(TieKind::Address, "one of their mail addresses stands in its metadata".to_owned());
    }
    for own in &maintainer.accounts {
        accounts(own, "their account", vendor, &mut tie);
    }
    if let Some(name) = same_name(&maintainer.name, vendor) {
        tie(TieKind::Name, format!("its metadata names {name}, as they are called"));
    }
    for affiliation in recent(maintainer, at) {
        let belongs = belonging(affiliation);
        if let Some(name) = same_name(&affiliation.organisation, vendor) {
            tie(TieKind::Organisation, format!("they {belongs}, and its metadata names {name}"));
        }
        for own in &affiliation.domains {
            if let Some(domain) = vendor.domains.iter().find(|domain| same_domain(own, domain)) {
                tie(TieKind::Domain, format!("they {belongs}, and its vendor has addresses at {domain}"));
            }
        }
        for own in &affiliation.accounts {
            accounts(own, &format!("they {belongs}, and the account"), vendor, &mut tie);
        }
    }
    ties
}

/// Whether the affiliation counts at `at`.
fn recent(maintainer: &Maintainer, at: Timestamp) -> impl Iterator<Item = &Affiliation> {
    all(maintainer).filter(move |affiliation| {
        affiliation.from <= at && affiliation.until.is_none_or(|until| until.plus(COOLING_OFF) > at)
    })
}

fn all(maintainer: &Maintainer) -> impl Iterator<Item = &Affiliation> {
    maintainer.affiliations.iter().chain(&maintainer.conflicts)
}

/// What tells the organisations of a person at a time: two people with a word in common are of one organisation.
pub(crate) fn organisations(maintainer: &Maintainer, at: Timestamp) -> BTreeSet<String> {
    all(maintainer)
        .filter(|affiliation| affiliation.from <= at && affiliation.until.is_none_or(|until| until > at))
        .flat_map(|affiliation| {
            let name = name_key(&affiliation.organisation);
            let domains = affiliation
                .domains
                .iter()
                .map(|domain| domain_key(domain))
                .filter(|domain| !mail::is_public(domain))
                .map(|domain| format!("@{domain}"));
            let accounts = affiliation.accounts.iter().map(|account| {
                let (place, name) = account_key(account);
                format!("{place}:{name}")
            });
            domains.chain(accounts).chain(name)
        })
        .collect()
}

fn accounts(own: &str, whose: &str, vendor: &Vendor, tie: &mut impl FnMut(TieKind, String)) {
    if let Some(account) = vendor.accounts.iter().find(|account| same_account(own, account)) {
        tie(TieKind::Account, format!("{whose} {account} may publish it or owns its repository"));
        return;
    }
    let repository = vendor.repository.as_deref().and_then(forge::place);
    if let Some(place) = repository
        && same_account(own, &place.account())
    {
        tie(TieKind::Repository, format!("{whose} {} owns its repository", place.account()));
        return;
    }
    let publisher = vendor.publisher.as_deref().and_then(forge::place);
    if let Some(place) = publisher
        && same_account(own, &place.account())
    {
        tie(TieKind::Account, format!("{whose} {} publishes it", place.account()));
    }
}

fn belonging(affiliation: &Affiliation) -> String {
    let (name, from) = (&affiliation.organisation, affiliation.from.date());
    match affiliation.until {
        Some(until) => format!("belong to {name} (from {from} until {})", until.date()),
        None => format!("belong to {name} (since {from})"),
    }
}

fn same_name<'v>(own: &str, vendor: &'v Vendor) -> Option<&'v String> {
    let own = name_key(own)?;
    vendor.names.iter().find(|name| name_key(name).as_ref() == Some(&own))
}

/// Words behind a name that say what kind of company it is.
const LEGAL: &[&str] = &[
    "ab",
    "ag",
    "aps",
    "as",
    "asa",
    "bv",
    "bvba",
    "co",
    "company",
    "corp",
    "corporation",
    "eg",
    "ev",
    "gbr",
    "gesmbh",
    "gmbh",
    "inc",
    "incorporated",
    "kft",
    "kg",
    "kgaa",
    "kk",
    "limited",
    "llc",
    "llp",
    "lp",
    "ltd",
    "ltda",
    "nv",
    "oy",
    "oyj",
    "plc",
    "pte",
    "pty",
    "pvt",
    "sa",
    "sarl",
    "sas",
    "se",
    "sl",
    "sp",
    "spa",
    "sro",
    "srl",
    "ug",
    "zoo",
];

/// Words behind a name that say: the people of it.
const PEOPLE: &[&str] = &[
    "authors",
    "community",
    "contributors",
    "dev",
    "developers",
    "development",
    "devs",
    "maintainers",
    "organisation",
    "organization",
    "project",
    "projects",
    "team",
];

/// What two spellings of one name have in common: no case, punctuation, spaces, article, legal form, nor `team`.
fn name_key(name: &str) -> Option<String> {
    let mut text = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            // Within a word: `e.V.`, `S.A.`, `O'Reilly`.
            '.' | '\'' | '’' => {}
            '&' | '+' => text.push_str(" and "),
            c if c.is_alphanumeric() => text.push(c),
            _ => text.push(' '),
        }
    }
    let mut words: Vec<&str> = text.split_whitespace().collect();
    if words.len() > 1 && words[0] == "the" {
        words.remove(0);
    }
    while words.len() > 1
        && words.last().is_some_and(|word| LEGAL.contains(word) || PEOPLE.contains(word) || *word == "and")
    {
        words.pop();
    }
    let key = words.concat();
    (!key.is_empty()).then_some(key)
}

fn domain_key(domain: &str) -> String {
    domain.trim().trim_start_matches('@').trim_matches('.').to_lowercase()
}

/// Equal, or one within the other.
fn same_domain(own: &str, theirs: &str) -> bool {
    let (own, theirs) = (domain_key(own), domain_key(theirs));
    let (short, long) = if own.len() <= theirs.len() { (&own, &theirs) } else { (&theirs, &own) };
    let within = short == long || long.strip_suffix(short.as_str()).is_some_and(|rest| rest.ends_with('.'));
    within && mail::is_domain(short) && !is_suffix(short) && !mail::is_public(short)
}

/// Under what looks like `co.uk`, the domains are of different people.
fn is_suffix(domain: &str) -> bool {
    const SECOND: &[&str] = &["ac", "co", "com", "edu", "go", "gob", "gov", "ne", "net", "or", "org"];
    domain
        .split_once('.')
        .is_some_and(|(second, top)| SECOND.contains(&second) && top.len() == 2 && !top.contains('.'))
}

/// Where, and the name there; a place that is not said is `""`.
fn account_key(account: &str) -> (String, String) {
    let account = account.trim().to_lowercase();
    let (place, name) = match account.split_once(':') {
        Some((place, name)) => (place.trim(), name),
        None => ("", account.as_str()),
    };
    (place.to_owned(), name.trim().trim_start_matches(['@', '~']).to_owned())
}

/// `forge:alice` is that name on any forge; a name alone is that name anywhere.
fn same_account(own: &str, theirs: &str) -> bool {
    let ((own_place, own_name), (their_place, their_name)) = (account_key(own), account_key(theirs));
    let covers = |one: &str, other: &str| one.is_empty() || (one == "forge" && other != "registry");
    let same_place =
        own_place == their_place || covers(&own_place, &their_place) || covers(&their_place, &own_place);
    !own_name.is_empty() && own_name == their_name && same_place
}

#[cfg(test)]
mod tests;
