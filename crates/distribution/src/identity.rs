//! What differs in who made a release, and whether that is a reason to hold it.

use std::collections::BTreeSet;

use crate::act::{IdentityChange, Vendor};
use crate::vendor::forge;

/// What stands for something that is not there.
const NONE: &str = "none";

/// What differs between the vendor of the last accepted release and that of a new one.
///
/// Accounts and addresses are compared only where both releases tell them: what an upstream does not say is not a change.
pub fn changes(before: &Vendor, after: &Vendor) -> Vec<IdentityChange> {
    let mut changes = Vec::new();
    let mut change = |what: &str, before: &str, after: &str| {
        changes.push(IdentityChange {
            what: what.to_owned(),
            before: before.to_owned(),
            after: after.to_owned(),
        });
    };
    match (&before.publisher, &after.publisher) {
        (Some(old), Some(new)) if workflow(old) != workflow(new) => {
            change("publisher", workflow(old), workflow(new));
        }
        (Some(old), None) => change("attestation", workflow(old), NONE),
        (None, Some(new)) => {
            // An attestation by those who published before only says more than the last release did; by others, it
            // says that they publish now.
            let known = forge::place(new).is_some_and(|place| before.accounts.contains(&place.account()));
            change(if known { "attestation" } else { "publisher" }, NONE, workflow(new));
        }
        _ => {}
    }
    if before.repository != after.repository {
        let word = |repository: &Option<String>| repository.clone().unwrap_or_else(|| NONE.to_owned());
        change("repository", &word(&before.repository), &word(&after.repository));
    }
    let registry = |vendor: &Vendor| -> BTreeSet<String> {
        vendor.accounts.iter().filter(|account| account.starts_with("registry:")).cloned().collect()
    };
    let (old, new) = (registry(before), registry(after));
    if !old.is_empty() && !new.is_empty() && old != new {
        change("accounts", &list(old.into_iter()), &list(new.into_iter()));
    }
    if !before.addresses.is_empty() && !after.addresses.is_empty() && before.addresses != after.addresses {
        // Hashes, shortened: enough to tell them apart, and no address on a page.
        let short = |vendor: &Vendor| list(vendor.addresses.iter().map(|hash| hash.hex()[..12].to_owned()));
        change("addresses", &short(before), &short(after));
    }
    changes
}

/// Whether a change puts a hold on the project: a new publisher, another repository or none any more, all owners
/// replaced, an attestation that lapsed.
///
/// Not a hold: a further owner or one less, other addresses, another workflow of the same repository, a repository or an
/// attestation where there was none.
pub fn is_hold(change: &IdentityChange) -> bool {
    match change.what.as_str() {
        "publisher" => {
            let place = |text: &str| forge::place(text).and_then(|place| place.repository());
            let (before, after) = (place(&change.before), place(&change.after));
            before.is_none() || before != after
        }
        "repository" => change.before != NONE,
        "attestation" => change.after == NONE,
        "accounts" => {
            let before: BTreeSet<&str> = change.before.split(", ").collect();
            !change.after.split(", ").any(|account| before.contains(account))
        }
        _ => false,
    }
}

/// Whether any of the changes is a hold.
pub fn holds(changes: &[IdentityChange]) -> bool {
    changes.iter().any(is_hold)
}

/// The identity without the tag or branch it ran for, which is another one for each release.
fn workflow(publisher: &str) -> &str {
    publisher.split_once("@refs/").map_or(publisher, |(workflow, _)| workflow)
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use packhouse_model::Sha256;

    use super::*;

    fn vendor(accounts: &[&str], repository: &str, publisher: &str) -> Vendor {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Vendor {
            accounts: accounts.iter().map(|account| (*account).to_owned()).collect(),
            repository: some(repository),
            publisher: some(publisher),
            ..Vendor::default()
        }
    }

    const FLASK: &str = "https://github.com/pallets/flask/.github/workflows/publish.yaml@refs/tags/3.0.0";
    const NEXT: &str = "https://github.com/pallets/flask/.github/workflows/publish.yaml@refs/tags/3.1.0";
    const OTHER: &str = "https://github.com/pallets/flask/.github/workflows/release.yaml@refs/tags/3.1.0";
    const THIEF: &str = "https://github.com/mallory/flask/.github/workflows/publish.yaml@refs/tags/3.1.0";

    #[test]
    fn changes_and_holds() {
        let two = &["registry:a", "registry:b", "github:pallets"][..];
        let repository = "github/pallets/flask";
        for (before, after, expected) in [
            ((two, repository, FLASK), (two, repository, NEXT), &[][..]),
            ((two, repository, FLASK), (two, repository, OTHER), &[("publisher", false)]),
            ((two, repository, FLASK), (two, repository, THIEF), &[("publisher", true)]),
            ((two, repository, FLASK), (two, repository, ""), &[("attestation", true)]),
            ((two, repository, ""), (two, repository, FLASK), &[("attestation", false)]),
            ((two, repository, ""), (two, repository, THIEF), &[("publisher", true)]),
            ((two, repository, ""), (two, "github/mallory/flask", ""), &[("repository", true)]),
            ((two, repository, ""), (two, "", ""), &[("repository", true)]),
            ((two, "", ""), (two, repository, ""), &[("repository", false)]),
            ((two, "", ""), (&["registry:a"][..], "", ""), &[("accounts", false)]),
            ((two, "", ""), (&["registry:c", "github:pallets"][..], "", ""), &[("accounts", true)]),
            ((two, "", ""), (&["github:pallets"][..], "", ""), &[]),
            ((&[][..], "", ""), (two, "", ""), &[]),
        ] {
            let old = vendor(before.0, before.1, before.2);
            let new = vendor(after.0, after.1, after.2);
            let found = changes(&old, &new);
            let words: Vec<(&str, bool)> =
                found.iter().map(|change| (change.what.as_str(), is_hold(change))).collect();
            assert_eq!(words, expected, "{before:?} {after:?}");
            assert_eq!(holds(&found), expected.iter().any(|(_, hold)| *hold));
        }
    }

    #[test]
    fn other_addresses_are_said_and_not_shown() {
        let with = |address: &str| Vendor {
            addresses: [Sha256::of(address.as_bytes())].into(),
            ..Vendor::default()
        };
        let found = changes(&with("a@example.org"), &with("b@example.org"));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].what.as_str(), found[0].before.len()), ("addresses", 12));
        assert!(!holds(&found));
    }
}
