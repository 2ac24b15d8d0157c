use std::fmt;
use std::str::FromStr;

use url::Url;

/// An `http` or `https` URL that may hold secrets and never shows them.
///
/// `Display` and `Debug` leave out the userinfo and the query: passwords stand in the one, signatures and tokens in
/// the other.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SafeUrl(Url);

/// The text cannot be asked over HTTP. It is not repeated: it may hold a password.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SafeUrlError {
    /// No URL at all.
    #[error("it is not a URL; expected the form https://host/simple/")]
    NotUrl,
    /// A URL of another scheme.
    #[error("it is a {scheme}: URL; expected http:// or https://")]
    Scheme {
        /// The scheme, in lower case.
        scheme: String,
    },
}

impl SafeUrl {
    /// Wraps a URL that was made from one that was checked.
    pub(crate) fn checked(url: Url) -> Self {
        Self(url)
    }

    /// The URL with its secrets, for sending a request.
    pub fn expose(&self) -> &Url {
        &self.0
    }

    /// The URL without userinfo: what relative links are resolved against.
    pub fn without_credentials(&self) -> Url {
        without_credentials(self.0.clone())
    }

    /// Whether a user name or a password stands in it.
    pub fn has_credentials(&self) -> bool {
        !self.0.username().is_empty() || self.0.password().is_some()
    }

    /// The same URL with a `/` at its end, as the Simple API's base has (PEP 503).
    #[must_use]
    pub fn as_folder(&self) -> Self {
        let mut url = self.0.clone();
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Self(url)
    }
}

pub(crate) fn without_credentials(mut url: Url) -> Url {
    // Both fail only for URLs without a host, which have no userinfo.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

impl TryFrom<Url> for SafeUrl {
    type Error = SafeUrlError;

    fn try_from(url: Url) -> Result<Self, SafeUrlError> {
        // `url` guarantees a host for these two schemes.
        match url.scheme() {
            "http" | "https" => Ok(Self(url)),
            scheme => Err(SafeUrlError::Scheme { scheme: scheme.chars().take(20).collect() }),
        }
    }
}

impl FromStr for SafeUrl {
    type Err = SafeUrlError;

    fn from_str(text: &str) -> Result<Self, SafeUrlError> {
        Url::parse(text.trim()).map_err(|_| SafeUrlError::NotUrl)?.try_into()
    }
}

impl fmt::Display for SafeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.without_credentials();
        shown.set_fragment(None);
        let asked = shown.query().is_some();
        shown.set_query(None);
        let rest = shown.as_str().strip_prefix(shown.scheme()).and_then(|rest| rest.strip_prefix("://"));
        let mark = if self.has_credentials() { "***@" } else { "" };
        write!(
            f,
            "{}://{mark}{}{}",
            shown.scheme(),
            rest.unwrap_or_default(),
            if asked { "?***" } else { "" }
        )
    }
}

impl fmt::Debug for SafeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SafeUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        for (text, shown) in [
            ("https://upstream.invalid/simple/", "https://upstream.invalid/simple/"),
            ("https://me:pa%20ss@upstream.invalid/simple", "https://***@upstream.invalid/simple"),
            ("http://token@upstream.invalid:8080", "http://***@upstream.invalid:8080/"),
            ("https://:pass@upstream.invalid/", "https://***@upstream.invalid/"),
            (
                "https://files.upstream.invalid/a.whl?sig=secret#sha256=1",
                "https://files.upstream.invalid/a.whl?***",
            ),
            ("https://[::1]:8080/", "https://[::1]:8080/"),
        ] {
            let url: SafeUrl = text.parse().expect(text);
            assert_eq!(url.to_string(), shown);
            assert_eq!(format!("{url:?}"), format!("SafeUrl({shown})"));
            assert!(url.without_credentials().username().is_empty());
        }
    }

    #[test]
    fn only_http_can_be_asked() {
        for text in [
            "",
            "upstream.invalid",
            "ftp://upstream.invalid/",
            "file:///simple",
            "https://",
            "javascript:1",
            "/x",
        ] {
            let error = text.parse::<SafeUrl>().expect_err(text);
            assert!(!error.to_string().contains("invalid/"), "{error}");
        }
    }

    #[test]
    fn a_base_ends_with_a_slash() {
        for (text, base) in [
            ("https://upstream.invalid/simple", "https://upstream.invalid/simple/"),
            ("https://upstream.invalid", "https://upstream.invalid/"),
            ("https://upstream.invalid/a/?x=1", "https://upstream.invalid/a/?x=1"),
        ] {
            assert_eq!(text.parse::<SafeUrl>().expect(text).as_folder().expose().as_str(), base);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_password_is_ever_shown(user in "[a-z]{0,5}", path in "[a-z/?#@:%]{0,20}") {
            let text = format!("https://{user}:QsecretQ@upstream.invalid/{path}");
            let url: SafeUrl = text.parse().expect("the path does not matter");
            assert!(!format!("{url} {url:?}").contains("QsecretQ"), "{text}");
        }

        #[test]
        fn any_text_is_a_url_or_refused(text in ".{0,100}|https?:.{0,100}") {
            if let Ok(url) = text.parse::<SafeUrl>() {
                assert!(url.to_string().starts_with("http"));
                assert!(url.as_folder().expose().path().ends_with('/'));
            }
        }
    }
}
