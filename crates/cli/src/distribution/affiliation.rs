use packhouse_distribution::act::Affiliation;
use packhouse_model::Timestamp;

use super::show;

/// Reads `Example GmbH,from=2020-01-01,until=2024-01-01,domain=example.org,account=forge:example`.
///
/// Without `from` it counts as if it had always been so: a tie that is forgotten helps nobody.
pub(super) fn read(text: &str) -> Result<Affiliation, String> {
    let mut parts = text.split(',').map(str::trim);
    let organisation = parts.next().unwrap_or_default().to_owned();
    if organisation.is_empty() || organisation.contains('=') {
        return Err(
            "expected the organisation's name first, such as 'Example GmbH,domain=example.org'".to_owned()
        );
    }
    let mut affiliation = Affiliation {
        organisation,
        domains: Vec::new(),
        accounts: Vec::new(),
        from: Timestamp::from_micros(0),
        until: None,
    };
    for part in parts {
        match part.split_once('=') {
            Some(("from", date)) => affiliation.from = show::date(date)?,
            Some(("until", date)) => affiliation.until = Some(show::date(date)?),
            Some(("domain", domain)) => affiliation.domains.push(domain.to_owned()),
            Some(("account", account)) => affiliation.accounts.push(account.to_owned()),
            _ => {
                return Err(format!(
                    "expected from=, until=, domain= or account= after a comma; found {part:?}"
                ));
            }
        }
    }
    Ok(affiliation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn affiliations() {
        let read_one =
            read("Example GmbH, from=2020-01-01,domain=example.org,domain=example.net,account=forge:ex");
        let one = read_one.unwrap();
        assert_eq!(one.organisation, "Example GmbH");
        assert_eq!(one.domains, ["example.org", "example.net"]);
        assert_eq!(one.accounts, ["forge:ex"]);
        assert_eq!((one.from.date().as_str(), one.until), ("2020-01-01", None));
        assert_eq!(read("Pallets").unwrap().from, Timestamp::from_micros(0));
        for text in
            ["", "domain=example.org", "Pallets,nothing", "Pallets,since=2020", "Pallets,from=yesterday"]
        {
            assert!(read(text).is_err(), "{text:?}");
        }
    }
}
