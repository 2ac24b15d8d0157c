//! Mail addresses in headers of core metadata.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use packhouse_model::Sha256;

static PUBLIC: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    include_str!("public_mail.txt")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
});

/// A mail address that is well formed, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    local: String,
    domain: String,
}

impl Address {
    /// None for what no mail could go to (RFC 5321, section 4.5.3.1, has the lengths).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let (local, domain) = text.rsplit_once('@')?;
        let domain = domain.trim_end_matches('.');
        let good_local = (1..=64).contains(&local.len())
            && !local.chars().any(|c| c.is_whitespace() || c.is_control() || "<>(),;:\"@".contains(c));
        (good_local && is_domain(domain)).then(|| Self { local: local.to_owned(), domain: domain.to_owned() })
    }

    /// Of the address; and of the one without its `+tag`, which is the same mailbox.
    pub(crate) fn hashes(&self) -> impl Iterator<Item = Sha256> {
        let hash = |local: &str| Sha256::of(format!("{local}@{}", self.domain).as_bytes());
        let base = self.local.split_once('+').map(|(base, _)| base).filter(|base| !base.is_empty());
        [Some(hash(&self.local)), base.map(hash)].into_iter().flatten()
    }

    /// The domain, unless it is a public mail service's.
    pub(crate) fn own_domain(&self) -> Option<&str> {
        (!is_public(&self.domain)).then_some(self.domain.as_str())
    }

    /// The account that a forge's own `noreply` address names: `123+alice@users.noreply.…`.
    pub(crate) fn account(&self) -> Option<String> {
        let (forge, separator) = match self.domain.as_str() {
            "users.noreply.github.com" => ("github", '+'),
            "users.noreply.gitlab.com" => ("gitlab", '-'),
            "noreply.codeberg.org" => ("codeberg", '+'),
            _ => return None,
        };
        let name = match self.local.split_once(separator) {
            Some((number, name)) if number.chars().all(|c| c.is_ascii_digit()) => name,
            _ => &self.local,
        };
        (!name.is_empty()).then(|| format!("{forge}:{name}"))
    }
}

/// Whether anybody can have an address there.
pub(crate) fn is_public(domain: &str) -> bool {
    let mut rest = domain;
    loop {
        if PUBLIC.contains(rest) {
            return true;
        }
        match rest.split_once('.') {
            Some((_, parent)) => rest = parent,
            None => return false,
        }
    }
}

/// At least two labels of letters, digits and hyphens.
pub(crate) fn is_domain(text: &str) -> bool {
    let good = |label: &str| {
        (1..=63).contains(&label.len()) && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(good)
}

/// The mailboxes of a header: each a name, an address, or both (RFC 5322, section 3.4, and what people write instead).
pub(crate) fn mailboxes(text: &str) -> Vec<(Option<String>, Option<Address>)> {
    let mut boxes = Vec::new();
    let (mut quoted, mut angle, mut start) = (false, false, 0);
    let mut take = |part: &str| {
        let (name, address) = match part.split_once('<') {
            Some((name, rest)) => (name, Address::parse(rest.split('>').next().unwrap_or_default())),
            None => match Address::parse(part) {
                Some(address) => ("", Some(address)),
                None => (part, None),
            },
        };
        let name = name.trim().trim_matches('"').trim();
        if !name.is_empty() || address.is_some() {
            boxes.push(((!name.is_empty()).then(|| name.to_owned()), address));
        }
    };
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '<' if !quoted => angle = true,
            '>' if !quoted => angle = false,
            ',' | ';' if !quoted && !angle => {
                take(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    take(&text[start..]);
    boxes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_mailboxes() {
        let read = |text: &str| -> Vec<String> {
            mailboxes(text)
                .into_iter()
                .map(|(name, address)| {
                    let address = address.map(|it| format!("{}@{}", it.local, it.domain)).unwrap_or_default();
                    format!("{}|{address}", name.unwrap_or_default())
                })
                .collect()
        };
        for (text, expected) in [
            ("Alice <Alice@Example.org>", &["Alice|alice@example.org"][..]),
            ("a@b.org, Bob <b@c.org>", &["|a@b.org", "Bob|b@c.org"]),
            ("\"Smith, Bob\" <b@c.org>", &["Smith, Bob|b@c.org"]),
            ("Alice <a@b.org>; Bob", &["Alice|a@b.org", "Bob|"]),
            ("<a@b.org", &["|a@b.org"]),
            ("Alice <not an address>", &["Alice|"]),
            ("a@localhost", &["a@localhost|"]),
            (",,;", &[]),
            ("", &[]),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn a_tag_is_the_same_mailbox() {
        let hashes: Vec<Sha256> = Address::parse("Alice+py@Example.org").expect("address").hashes().collect();
        assert_eq!(hashes, [Sha256::of(b"alice+py@example.org"), Sha256::of(b"alice@example.org")]);
    }

    #[test]
    fn public_domains_say_nothing() {
        for (domain, public) in [
            ("gmail.com", true),
            ("users.noreply.github.com", true),
            ("gmail.com.example.org", false),
            ("notgmail.com", false),
            ("com", false),
        ] {
            assert_eq!(is_public(domain), public, "{domain}");
        }
    }
}
