//! Project names (PEP 503, section *Normalized Names*; PEP 508, section *Names*).

use std::str::FromStr;

use packhouse_model::ProjectName;
use uv_normalize::PackageName;

use crate::text::excerpt;

/// The longest project name that we accept, in bytes. Longer ones would not fit into a filename with a
/// version.
pub const LONGEST_NAME: usize = 200;

/// The text cannot be the name of a Python project.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum InvalidName {
    /// More than [`LONGEST_NAME`] bytes.
    #[error("a project name has at most {LONGEST_NAME} bytes; found {length}, starting with {found:?}")]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The first 80 characters.
        found: String,
    },
    /// Empty, a character that PEP 508 does not allow, or punctuation at an end.
    #[error(
        "a project name is made of ASCII letters, digits, `.`, `-` and `_`, and starts and ends with a letter \
         or digit; found {found:?}"
    )]
    Characters {
        /// The first 80 characters.
        found: String,
    },
}

/// Checks a name as PEP 508 does and normalises it as PEP 503 does: lower case, and one `-` for each run of
/// `-`, `_` and `.`.
pub fn normalize(text: &str) -> Result<ProjectName, InvalidName> {
    if text.len() > LONGEST_NAME {
        return Err(InvalidName::TooLong { length: text.len(), found: excerpt(text) });
    }
    let name = PackageName::from_str(text).map_err(|_| InvalidName::Characters { found: excerpt(text) })?;
    Ok(ProjectName::from_canonical(name.as_str()))
}

/// Whether a text, as it stands in a filename, normalises to this project. Allocates nothing, because it is
/// asked for each file of a page.
pub(crate) fn names(text: &str, project: &ProjectName) -> bool {
    let mut expected = project.as_str().bytes();
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        let normalized = match byte {
            b'-' | b'_' | b'.' => {
                while bytes.next_if(|next| matches!(next, b'-' | b'_' | b'.')).is_some() {}
                b'-'
            }
            other => other.to_ascii_lowercase(),
        };
        if expected.next() != Some(normalized) {
            return false;
        }
    }
    expected.next().is_none()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn normalises_as_pep_503_does() {
        for (text, expected) in [
            ("flask", "flask"),
            ("Flask", "flask"),
            ("ruamel.yaml", "ruamel-yaml"),
            ("zope.interface", "zope-interface"),
            ("FrIeNdLy-._.-bArD", "friendly-bard"),
            ("a", "a"),
            ("0", "0"),
            ("A__b", "a-b"),
        ] {
            assert_eq!(normalize(text).expect(text).as_str(), expected);
        }
    }

    #[test]
    fn refuses_what_pep_508_refuses() {
        for text in [
            "",
            "-a",
            "a-",
            ".a",
            "a.",
            "_",
            ".",
            "..",
            "../etc",
            "a b",
            "a/b",
            "a\\b",
            "a\0",
            "a\n",
            "ａ",
            "requеsts",
            "a%2fb",
            "a@b",
            "a+b",
            "é",
        ] {
            assert!(matches!(normalize(text), Err(InvalidName::Characters { .. })), "{text:?}");
        }
        assert!(normalize(&"a".repeat(LONGEST_NAME)).is_ok());
        assert!(matches!(normalize(&"a".repeat(10_000)), Err(InvalidName::TooLong { length: 10_000, .. })));
    }

    #[test]
    fn an_error_escapes_what_it_shows() {
        let shown = normalize("\u{1b}[31mred\u{202e}").expect_err("not a name").to_string();
        assert!(shown.chars().all(|c| !c.is_control() && c != '\u{202e}'), "{shown}");
    }

    proptest! {
        #[test]
        fn never_panics_and_is_idempotent(text in "\\PC{0,220}") {
            if let Ok(name) = normalize(&text) {
                prop_assert_eq!(normalize(name.as_str()).expect("canonical"), name);
            }
        }

        #[test]
        fn comparing_agrees_with_normalising(text in "[a-cA-C._-]{0,8}", other in "[a-c]([a-c.-]{0,4}[a-c])?") {
            let project = normalize(&other).expect("a name");
            if let Ok(name) = normalize(&text) {
                prop_assert_eq!(names(&text, &project), name == project);
            } else {
                prop_assert!(!names(&text, &project));
            }
        }
    }
}
