use std::fmt;
use std::str::FromStr;

use url::Url;

/// Where a server is: `http://127.0.0.1:8141`, without a path that the API would have to be looked for under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(Url);

/// The text is no address of a server.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("expected the address of a Packhouse server such as http://127.0.0.1:8141; found {found:?}")]
pub struct AddressError {
    /// The text without what could be a password, cut to 100 characters.
    found: String,
}

impl Address {
    /// The address of `path` below the API, with each part escaped.
    pub(crate) fn of(&self, path: &[&str]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.pop_if_empty().extend(["api", "v1"]).extend(path);
        }
        url
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let shown = text.rsplit('@').next().unwrap_or_default();
        let refuse = || AddressError { found: shown.chars().take(100).collect() };
        let url = Url::parse(text).map_err(|_| refuse())?;
        let plain = url.query().is_none() && url.fragment().is_none() && url.has_host();
        // A password in an address ends up in histories and logs; tokens are for that.
        let anonymous = url.username().is_empty() && url.password().is_none();
        if !matches!(url.scheme(), "http" | "https") || !plain || !anonymous {
            return Err(refuse());
        }
        Ok(Self(url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, expected) in [
            ("http://127.0.0.1:8141", Some("http://127.0.0.1:8141/api/v1/projects/a%2Fb")),
            ("http://127.0.0.1:8141/", Some("http://127.0.0.1:8141/api/v1/projects/a%2Fb")),
            ("https://packhouse.invalid/sub", Some("https://packhouse.invalid/sub/api/v1/projects/a%2Fb")),
            ("127.0.0.1:8141", None),
            ("ftp://packhouse.invalid", None),
            ("http://ada:secret@packhouse.invalid", None),
            ("http://packhouse.invalid/?a=b", None),
            ("", None),
        ] {
            let read = text.parse::<Address>();
            assert_eq!(
                read.as_ref().ok().map(|address| address.of(&["projects", "a/b"]).to_string()).as_deref(),
                expected,
                "{text}"
            );
            if let Err(error) = read {
                assert!(!error.to_string().contains("secret"), "{error}");
            }
        }
    }
}
