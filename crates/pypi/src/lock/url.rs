//! What is needed of URLs, of which lockfiles hold some that are not well formed.

use percent_encoding::percent_decode_str;

/// The longest URL that is kept, in bytes.
pub(super) const LONGEST_URL: usize = 4_096;

/// The text with the user and password of each URL in it replaced by `***`. The user `git` of a repository is no
/// secret and stays.
pub(super) fn without_credentials(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, authority) = rest.split_at(at + 3);
        shown.push_str(before);
        let end = authority
            .find(|c: char| matches!(c, '/' | '\\' | '?' | '#' | '"' | '\'') || c.is_whitespace())
            .unwrap_or(authority.len());
        let user = authority[..end].rfind('@').filter(|at| &authority[..*at] != "git");
        if let Some(at) = user {
            shown.push_str("***");
            rest = &authority[at..];
        } else {
            rest = authority;
        }
    }
    shown.push_str(rest);
    shown
}

/// The last component of a URL's or file's path, decoded.
pub(super) fn last_component(location: &str) -> Option<String> {
    let is_url = location.contains("://");
    let path = if is_url { location.split(['?', '#']).next().unwrap_or(location) } else { location };
    let last = path.rsplit(['/', '\\']).next().filter(|last| !last.is_empty())?;
    if is_url { percent_decode_str(last).decode_utf8().ok().map(Into::into) } else { Some(last.to_owned()) }
}

/// The value of a key in a URL's fragment, such as `egg` or `sha256`.
pub(super) fn in_fragment<'a>(url: &'a str, key: &str) -> Option<&'a str> {
    let (_, fragment) = url.split_once('#')?;
    fragment.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_not_shown() {
        for (text, expected) in [
            ("https://a.invalid/x", "https://a.invalid/x"),
            ("https://user:secret@a.invalid/x@1", "https://***@a.invalid/x@1"),
            ("https://token@a.invalid", "https://***@a.invalid"),
            ("https://a:p@ss@a.invalid/", "https://***@a.invalid/"),
            (
                "https://u:${TOKEN}@a.invalid/ https://v:w@b.invalid",
                "https://***@a.invalid/ https://***@b.invalid",
            ),
            ("git+ssh://git@a.invalid/x.git", "git+ssh://git@a.invalid/x.git"),
            ("://@://@", "://***@://***@"),
            ("no url", "no url"),
            ("ü://é@ö", "ü://***@ö"),
        ] {
            assert_eq!(without_credentials(text), expected);
        }
    }

    #[test]
    fn components_and_fragments() {
        for (location, expected) in [
            ("https://a.invalid/p/x-1.0%2Bph.1.tar.gz#sha256=00", Some("x-1.0+ph.1.tar.gz")),
            ("https://a.invalid/x.whl?token=1/2", Some("x.whl")),
            ("https://a.invalid/", None),
            ("../wheels/x-1.0.zip", Some("x-1.0.zip")),
            ("..\\x%20.zip", Some("x%20.zip")),
            ("https://a.invalid/%ff", None),
            ("", None),
        ] {
            assert_eq!(last_component(location).as_deref(), expected, "{location}");
        }
        assert_eq!(in_fragment("https://a.invalid/x#egg=flask&sha256=00", "sha256"), Some("00"));
        assert_eq!(in_fragment("https://a.invalid/x#egg=flask", "eg"), None);
        assert_eq!(in_fragment("https://a.invalid/x", "egg"), None);
    }
}
