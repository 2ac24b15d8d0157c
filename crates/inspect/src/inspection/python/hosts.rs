//! Addresses that stand in a source, and the hosts that they name.

use super::model::{Argument, Value};
use crate::inspection::capabilities::Caps;

/// Calls that take the name of a host without a scheme.
const BARE: [&str; 6] =
    ["socket.", "http.client.", "asyncio.open_connection", "smtplib.", "ftplib.", "telnetlib."];

/// The host that an address names, when all of it stands there; none of this machine.
pub(crate) fn host_of(address: &str) -> Option<&str> {
    let (scheme, rest) = address.trim_start().split_once("://")?;
    if !["http", "https", "ws", "wss", "ftp"].iter().any(|known| known.eq_ignore_ascii_case(scheme)) {
        return None;
    }
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or(rest);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or(address),
        None => host.split(':').next().unwrap_or(host),
    };
    is_host(host).then_some(host)
}

/// Whether a text is a whole name or number of a host elsewhere.
fn is_host(text: &str) -> bool {
    let local = text.starts_with("127.")
        || ["0.0.0.0", "::1", "localhost"].contains(&text)
        || text.to_ascii_lowercase().ends_with(".localhost");
    let inner = text.trim_end_matches(['.', '-']).len() == text.len() && text.contains(['.', ':']);
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    inner && !local && text.len() <= 253 && !text.starts_with('.') && text.chars().all(plain)
}

/// The host that a call is given: in an address, or bare where the function takes that.
pub(crate) fn host_given<'a>(name: &str, argument: &'a Argument) -> Option<&'a str> {
    if let Some(text) = argument.known.value.text() {
        return host_of(text).or_else(|| {
            Some(text).filter(|text| BARE.iter().any(|bare| name.starts_with(bare)) && is_host(text))
        });
    }
    // `connect(("a.invalid", 443))`.
    let first = argument.known.value.list().first().and_then(Value::text)?;
    Some(first).filter(|first| BARE.iter().any(|bare| name.starts_with(bare)) && is_host(first))
}

/// Whether the argument at this place says where a call goes, and it is an address that stands in the source.
pub(crate) fn leads_to_literal(name: &str, place: usize, argument: &Argument) -> bool {
    const KEYWORDS: [&str; 8] = ["url", "uri", "fullurl", "base_url", "host", "address", "addr", "args"];
    let leads = argument.keyword.as_deref().map_or(place < 2, |keyword| KEYWORDS.contains(&keyword));
    leads && (argument.known.from.has(Caps::ADDRESS) || host_given(name, argument).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_hosts_that_stand_there() {
        for (address, host) in [
            ("https://a.invalid/x", Some("a.invalid")),
            ("https://u:p@a.invalid:8443?x", Some("a.invalid")),
            ("WSS://A.invalid", Some("A.invalid")),
            ("http://203.0.113.9:80", Some("203.0.113.9")),
            ("http://[2001:db8::1]/", Some("2001:db8::1")),
            ("https://", None),
            ("https://api.", None),
            ("https://api", None),
            ("https://{host}.invalid/", None),
            ("https://%s.invalid/", None),
            ("http://localhost:8545", None),
            ("http://127.0.0.1:8545", None),
            ("file:///etc/x", None),
            ("a.invalid", None),
        ] {
            assert_eq!(host_of(address), host, "{address}");
        }
    }
}
