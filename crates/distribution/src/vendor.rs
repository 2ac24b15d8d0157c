//! Who is behind a release, read from what the upstream tells.
//!
//! The text is the vendor's own and hostile: whatever it is, it is cut to limits and never refused. A vendor who says
//! little or wrong things about itself can hide a tie here; that is what declared affiliations and found conflicts are for.

pub(crate) mod forge;
pub(crate) mod mail;

use std::collections::BTreeSet;

use packhouse_model::Sha256;

use crate::act::Vendor;

/// Headers that are looked at, of those that say who.
const MOST_HEADERS: usize = 200;
/// Of one header, in bytes.
const LONGEST_HEADER: usize = 8_192;
/// Entries of each set of a vendor.
const MOST_ENTRIES: usize = 200;
/// A name, in characters.
const LONGEST_NAME: usize = 200;

/// What the upstream tells about a release.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sources<'a> {
    /// The headers of its core metadata in their order. Only `Author`, `Author-email`, `Maintainer`, `Maintainer-email`,
    /// `Home-page` and `Project-URL` are read.
    pub headers: &'a [(String, String)],
    /// The accounts that the registry names as owners of the project; empty when it does not say.
    pub owners: &'a [String],
    /// The identity in the certificate of its attestation, if it has one.
    pub publisher: Option<&'a str>,
}

/// `vendor(project)`: accounts, names, addresses, domains and the repository behind a release.
pub fn compute(sources: &Sources<'_>) -> Vendor {
    let mut vendor = Vendor::default();
    let mut links: Vec<(u8, &str)> = Vec::new();
    let mut seen = 0;
    for (header, value) in sources.headers {
        let header = header.to_ascii_lowercase();
        let kind = header.as_str();
        if !matches!(
            kind,
            "author" | "author-email" | "maintainer" | "maintainer-email" | "home-page" | "project-url"
        ) {
            continue;
        }
        seen += 1;
        if seen > MOST_HEADERS {
            break;
        }
        let value = cut(value);
        match kind {
            "home-page" => links.push((4, value)),
            "project-url" => links.push(labelled(value)),
            _ => people(&mut vendor, value),
        }
    }
    for owner in sources.owners.iter().take(MOST_ENTRIES) {
        if let Some(name) = clean(cut(owner)) {
            insert(&mut vendor.accounts, format!("registry:{}", name.to_lowercase()));
        }
    }
    // The most telling label first; the order of the headers among equals.
    links.sort_by_key(|(rank, _)| *rank);
    let places: Vec<forge::Place> = links.iter().filter_map(|(_, link)| forge::place(link)).collect();
    if let Some(place) = places.iter().find(|place| place.name.is_some()) {
        vendor.repository = place.repository();
        insert(&mut vendor.accounts, place.account());
    } else if let Some(place) = places.first() {
        insert(&mut vendor.accounts, place.account());
    }
    if let Some(publisher) = sources.publisher.and_then(|publisher| clean(cut(publisher))) {
        if let Some(place) = forge::place(&publisher) {
            insert(&mut vendor.accounts, place.account());
        } else if let Some(address) = mail::Address::parse(&publisher) {
            mailbox(&mut vendor, &address);
        }
        vendor.publisher = Some(publisher);
    }
    vendor
}

/// The hash that stands for a mail address in statements, the same for every spelling of it; none for what is no address.
/// People who declare their addresses use this.
pub fn address_hash(address: &str) -> Option<Sha256> {
    mail::Address::parse(cut(address)).and_then(|address| address.hashes().next())
}

fn people(vendor: &mut Vendor, value: &str) {
    for (name, address) in mail::mailboxes(value) {
        if let Some(name) = name.as_deref().and_then(clean) {
            insert(&mut vendor.names, name);
        }
        if let Some(address) = address {
            mailbox(vendor, &address);
        }
    }
    // `Author: Example, Inc.` is one name, and `Author: Alice, Bob` two: both readings are kept.
    if !value.contains(['<', '@'])
        && let Some(whole) = clean(value)
    {
        for part in whole.split(" and ").chain(whole.split(" & ")) {
            if let Some(part) = clean(part) {
                insert(&mut vendor.names, part);
            }
        }
    }
}

fn mailbox(vendor: &mut Vendor, address: &mail::Address) {
    for hash in address.hashes() {
        insert(&mut vendor.addresses, hash);
    }
    if let Some(domain) = address.own_domain() {
        insert(&mut vendor.domains, domain.to_owned());
    }
    if let Some(account) = address.account() {
        insert(&mut vendor.accounts, account);
    }
}

/// `Source Code, https://…` with how much its label says about the repository (well-known labels of the core metadata
/// specification, section *Project-URL*).
fn labelled(value: &str) -> (u8, &str) {
    let (label, link) = value.split_once(',').unwrap_or(("", value));
    let label: String =
        label.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let rank = match label.as_str() {
        "source" | "sourcecode" | "repository" | "code" | "repo" | "github" | "gitlab" | "scm" | "vcs" => 0,
        "homepage" | "home" => 1,
        "issues" | "issuetracker" | "bugtracker" | "bugreports" | "tracker" | "bugs" => 2,
        "changelog" | "changes" | "releasenotes" | "history" | "download" | "documentation" | "docs" => 3,
        // Chat, funding, and what others made.
        _ => 5,
    };
    (rank, link)
}

fn insert<T: Ord>(set: &mut BTreeSet<T>, value: T) {
    if set.len() < MOST_ENTRIES {
        set.insert(value);
    }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST_HEADER)]
}

/// One line without control characters, of a length that a page can show; none when nothing is left.
fn clean(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).collect();
    let line: String = words
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(LONGEST_NAME)
        .collect();
    let line = line.trim_matches([',', ';', ' ']);
    (!line.is_empty() && line != "UNKNOWN").then(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn headers(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn words(set: &BTreeSet<String>) -> Vec<&str> {
        set.iter().map(String::as_str).collect()
    }

    #[test]
    fn reads_a_usual_project() {
        let headers = headers(&[
            ("Name", "flask"),
            ("Author-email", "Armin <armin@active-4.example.org>, Bob <bob@gmail.com>"),
            ("maintainer-EMAIL", "Pallets <contact@palletsprojects.invalid>"),
            ("Project-URL", "Chat, https://github.com/elsewhere/chat"),
            ("Project-URL", "Source, https://github.com/Pallets/Flask/"),
        ]);
        let vendor = compute(&Sources {
            headers: &headers,
            owners: &["Armin".to_owned(), " ".to_owned()],
            publisher: Some("https://github.com/pallets/flask/.github/workflows/publish.yaml@refs/tags/1"),
        });
        assert_eq!(words(&vendor.names), ["Armin", "Bob", "Pallets"]);
        assert_eq!(words(&vendor.domains), ["active-4.example.org", "palletsprojects.invalid"]);
        assert_eq!(words(&vendor.accounts), ["github:pallets", "registry:armin"]);
        assert_eq!(vendor.repository.as_deref(), Some("github/pallets/flask"));
        assert!(vendor.addresses.contains(&Sha256::of(b"bob@gmail.com")));
        assert_eq!(vendor.addresses.len(), 3);
    }

    #[test]
    fn reads_names_both_ways() {
        for (value, expected) in [
            ("Example, Inc.", &["Example", "Example, Inc.", "Inc."][..]),
            ("Alice and Bob", &["Alice", "Alice and Bob", "Bob"]),
            ("UNKNOWN", &[]),
            ("  \n ", &[]),
            ("Armin\n Ronacher", &["Armin Ronacher"]),
        ] {
            let vendor = compute(&Sources { headers: &headers(&[("Author", value)]), ..Sources::default() });
            assert_eq!(words(&vendor.names), expected, "{value}");
        }
    }

    #[test]
    fn an_address_has_one_hash_however_it_is_spelt() {
        assert_eq!(address_hash(" Alice@Example.ORG. "), Some(Sha256::of(b"alice@example.org")));
        for text in ["", "alice", "@example.org", "alice@", "alice@localhost", "a b@example.org"] {
            assert_eq!(address_hash(text), None, "{text}");
        }
    }

    #[test]
    fn much_is_cut() {
        let many: Vec<(String, String)> =
            (0..5_000).map(|n| ("Author".to_owned(), format!("{n}é").repeat(10_000))).collect();
        let owners: Vec<String> = (0..5_000).map(|n| format!("owner{n}")).collect();
        let vendor = compute(&Sources { headers: &many, owners: &owners, publisher: None });
        assert_eq!(vendor.accounts.len(), MOST_ENTRIES);
        assert!(vendor.names.len() <= MOST_ENTRIES);
        assert!(vendor.names.iter().all(|name| name.chars().count() <= LONGEST_NAME));
    }

    proptest! {
        #[test]
        fn any_text_is_read(
            header in prop::sample::select(vec!["Author", "Author-email", "Maintainer-email", "Home-page", "Project-URL"]),
            value in "(?s).{0,200}",
            tricky in r#"[@<>,;:"/.+~a\-]{0,60}"#,
        ) {
            let headers = headers(&[(header, value.as_str()), (header, tricky.as_str())]);
            let vendor = compute(&Sources { headers: &headers, owners: std::slice::from_ref(&value), publisher: Some(&tricky) });
            prop_assert!(vendor.domains.iter().all(|domain| mail::is_domain(domain)));
            prop_assert!(vendor.names.iter().all(|name| !name.chars().any(char::is_control)));
        }
    }
}
