use packhouse_model::Sha256;

use super::*;
use crate::state::rows::Standing;

fn time(text: &str) -> Timestamp {
    text.parse().expect(text)
}

fn person() -> Maintainer {
    Maintainer {
        name: "Alice Example".to_owned(),
        standing: Standing::Active,
        roles: [crate::act::Role::Maintainer].into(),
        affiliations: Vec::new(),
        conflicts: Vec::new(),
        accounts: BTreeSet::new(),
        addresses: BTreeSet::new(),
        since: time("2020-01-01"),
        last_act: time("2020-01-01"),
    }
}

fn at(organisation: &str, from: &str, until: Option<&str>) -> Affiliation {
    Affiliation {
        organisation: organisation.to_owned(),
        domains: Vec::new(),
        accounts: Vec::new(),
        from: time(from),
        until: until.map(time),
    }
}

fn kinds(person: &Maintainer, vendor: &Vendor) -> Vec<TieKind> {
    why_not_independent(person, vendor, time("2026-06-01")).iter().map(|tie| tie.kind).collect()
}

#[test]
fn names_of_organisations() {
    for (own, theirs, same) in [
        ("Pallets", "Pallets", true),
        ("pallets", "The Pallets Team", true),
        ("Example GmbH", "EXAMPLE", true),
        ("Example GmbH & Co. KG", "Example, Inc.", true),
        ("Example e.V.", "example", true),
        ("Example S.A.", "Example", true),
        ("Data Dog", "Datadog, Inc", true),
        ("Foo & Bar", "Foo and Bar Ltd.", true),
        ("NumFOCUS", "NumPy Developers", false),
        ("Foo", "Food", false),
        ("Foo", "Foo Bar", false),
        ("Foo", "Bar Foo", false),
        ("Inc.", "Example, Inc.", false),
        ("Co", "Coco", false),
        ("", "", false),
        ("...", "!!!", false),
        ("東京", "東京", true),
        ("The", "Team", false),
    ] {
        let mut person = person();
        person.affiliations.push(at(own, "2020-01-01", None));
        let vendor = Vendor { names: [theirs.to_owned()].into(), ..Vendor::default() };
        let expected: &[TieKind] = if same { &[TieKind::Organisation] } else { &[] };
        assert_eq!(kinds(&person, &vendor), expected, "{own:?} {theirs:?}");
    }
}

#[test]
fn the_own_name() {
    for (name, same) in
        [("alice example", true), ("Alice  Example", true), ("Alice", false), ("Alice Examples", false)]
    {
        let vendor = Vendor { names: [name.to_owned()].into(), ..Vendor::default() };
        assert_eq!(!kinds(&person(), &vendor).is_empty(), same, "{name}");
    }
}

#[test]
fn domains() {
    for (own, theirs, same) in [
        ("example.org", "example.org", true),
        ("Example.org", "mail.example.org", true),
        ("dev.example.org", "example.org", true),
        ("example.org", "notexample.org", false),
        ("example.org", "example.org.evil.invalid", false),
        ("a.example.org", "b.example.org", false),
        ("org", "example.org", false),
        ("co.uk", "example.co.uk", false),
        ("gmail.com", "gmail.com", false),
        ("", "example.org", false),
    ] {
        let mut person = person();
        let mut affiliation = at("Somewhere", "2020-01-01", None);
        affiliation.domains.push(own.to_owned());
        person.affiliations.push(affiliation);
        let vendor = Vendor { domains: [theirs.to_owned()].into(), ..Vendor::default() };
        let expected: &[TieKind] = if same { &[TieKind::Domain] } else { &[] };
        assert_eq!(kinds(&person, &vendor), expected, "{own:?} {theirs:?}");
    }
}

#[test]
fn accounts_and_repositories() {
    use TieKind::{Account, Repository};
    for (own, account, repository, expected) in [
        ("github:alice", "github:alice", "", &[Account][..]),
        ("GitHub:@Alice", "github:alice", "", &[Account]),
        ("forge:alice", "github:alice", "", &[Account]),
        ("forge:alice", "registry:alice", "", &[]),
        ("alice", "registry:alice", "", &[Account]),
        ("registry:alice", "github:alice", "", &[]),
        ("github:alice", "github:alicette", "", &[]),
        ("github:alice", "", "github/alice/tool", &[Repository]),
        ("gitlab:alice", "", "github/alice/tool", &[]),
        ("", "registry:alice", "", &[]),
    ] {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let vendor = Vendor {
            accounts: some(account).into_iter().collect(),
            repository: some(repository),
            ..Vendor::default()
        };
        let mut direct = person();
        direct.accounts.insert(own.to_owned());
        assert_eq!(kinds(&direct, &vendor), expected, "{own} {account} {repository}");
        let mut employed = person();
        let mut affiliation = at("Somewhere", "2020-01-01", None);
        affiliation.accounts.push(own.to_owned());
        employed.conflicts.push(affiliation);
        assert_eq!(kinds(&employed, &vendor), expected, "employer's {own} {account} {repository}");
    }
}

#[test]
fn addresses() {
    let hash = Sha256::of(b"alice@example.org");
    let mut person = person();
    person.addresses.insert(hash);
    let vendor = Vendor { addresses: [hash].into(), ..Vendor::default() };
    assert_eq!(kinds(&person, &vendor), [TieKind::Address]);
    assert_eq!(kinds(&person, &Vendor::default()), []);
}

/// Asked at 2026-06-01.
#[test]
fn affiliations_count_for_a_year_after_their_end() {
    for (from, until, counts) in [
        ("2020-01-01", None, true),
        ("2026-06-01", None, true),
        ("2026-06-02", None, false),
        ("2020-01-01", Some("2026-05-31"), true),
        ("2020-01-01", Some("2025-06-02"), true),
        ("2020-01-01", Some("2025-06-01"), false),
        ("2020-01-01", Some("2024-01-01"), false),
        ("2020-01-01", Some("2030-01-01"), true),
    ] {
        for found in [false, true] {
            let mut person = person();
            let list = if found { &mut person.conflicts } else { &mut person.affiliations };
            list.push(at("Pallets", from, until));
            let vendor = Vendor { names: ["Pallets".to_owned()].into(), ..Vendor::default() };
            assert_eq!(!kinds(&person, &vendor).is_empty(), counts, "{from} {until:?} {found}");
        }
    }
}

#[test]
fn a_tie_explains_itself() {
    let mut person = person();
    person.affiliations.push(at("Pallets", "2020-01-01", Some("2026-01-01")));
    let vendor = Vendor { names: ["The Pallets Team".to_owned()].into(), ..Vendor::default() };
    let ties = why_not_independent(&person, &vendor, time("2026-06-01"));
    assert_eq!(
        ties[0].to_string(),
        "they belong to Pallets (from 2020-01-01 until 2026-01-01), and its metadata names The Pallets Team"
    );
}

#[test]
fn organisations_by_name_domain_and_account() {
    let mut one = person();
    one.affiliations.push(Affiliation {
        domains: vec!["Example.org".to_owned(), "gmail.com".to_owned()],
        accounts: vec!["GitHub:Example".to_owned()],
        ..at("Example GmbH", "2020-01-01", None)
    });
    one.affiliations.push(at("Left", "2020-01-01", Some("2021-01-01")));
    let words = organisations(&one, time("2026-06-01"));
    assert_eq!(
        words.iter().map(String::as_str).collect::<Vec<_>>(),
        ["@example.org", "example", "github:example"]
    );
    assert!(organisations(&person(), time("2026-06-01")).is_empty());
}
