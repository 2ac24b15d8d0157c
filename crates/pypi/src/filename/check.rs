use crate::text::excerpt;

/// The longest filename that we accept, in bytes: what ordinary file systems hold.
pub const LONGEST_FILENAME: usize = 255;

/// Endings that stand for something else under a file's own URL: `<file>.metadata` is PEP 658's metadata
/// and `<file>.asc` is PEP 503's signature. A file listed under such a name could pass for another file's
/// metadata.
const RESERVED_ENDINGS: [&str; 2] = [".metadata", ".asc"];

/// The text is not a filename that we are willing to handle.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum InvalidFilename {
    /// Nothing there.
    #[error("the filename is empty")]
    Empty,
    /// More than [`LONGEST_FILENAME`] bytes.
    #[error("a filename has at most {LONGEST_FILENAME} bytes; found {length}, starting with {found:?}")]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The first 80 characters.
        found: String,
    },
    /// A separator, a control character, a character outside ASCII, or another one that no distribution
    /// needs.
    #[error("a filename is made of ASCII letters, digits and `._-+!~`; found {character:?} in {found:?}")]
    Character {
        /// The first character that is not allowed.
        character: char,
        /// The first 80 characters of the filename.
        found: String,
    },
    /// `.`, `..`, a hidden file, something a command would take for an option, or a trailing dot.
    #[error("a filename starts with a letter, digit or `_` and does not end with a dot; found {found:?}")]
    End {
        /// The first 80 characters.
        found: String,
    },
    /// `.metadata` or `.asc`.
    #[error("a filename must not end in `{ending}`, which names a part of another file; found {found:?}")]
    Reserved {
        /// The ending.
        ending: &'static str,
        /// The first 80 characters.
        found: String,
    },
}

/// Refuses every filename that could mean something else to a file system, a URL, a shell or a reader's eye.
///
/// Allowed are ASCII letters and digits and `.`, `_`, `-`, `+` (local versions), `!` (epochs) and `~`.
/// Wheels, sdists, eggs and Windows installers need no more. Spaces, parentheses, `@` and `,` occur in a
/// few files of the first years, whose versions no installer of today accepts; they are refused.
pub fn check_filename(text: &str) -> Result<(), InvalidFilename> {
    let found = || excerpt(text);
    let Some(first) = text.chars().next() else { return Err(InvalidFilename::Empty) };
    if text.len() > LONGEST_FILENAME {
        return Err(InvalidFilename::TooLong { length: text.len(), found: found() });
    }
    // Path traversal, header and log injection, and look-alike letters all end here.
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'+' | b'!' | b'~');
    if !text.bytes().all(allowed) {
        let character = text.chars().find(|c| !u8::try_from(*c).is_ok_and(allowed)).unwrap_or('\u{fffd}');
        return Err(InvalidFilename::Character { character, found: found() });
    }
    if !(first.is_ascii_alphanumeric() || first == '_') || text.ends_with('.') {
        return Err(InvalidFilename::End { found: found() });
    }
    for ending in RESERVED_ENDINGS {
        if text.len() >= ending.len()
            && text.as_bytes()[text.len() - ending.len()..].eq_ignore_ascii_case(ending.as_bytes())
        {
            return Err(InvalidFilename::Reserved { ending, found: found() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accepts_what_indexes_hold() {
        for text in [
            "flask-3.0.0-py3-none-any.whl",
            "python-dateutil-2.8.tar.gz",
            "torch-2.0+cu118-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            "pkg-1!2.0.tar.gz",
            "setuptools-0.6c11-py2.7.egg",
            "Twisted-12.0.0.win32-py2.7.exe",
            "__foo-1.zip",
            "x~1-1.tar.gz",
            &"a".repeat(255),
        ] {
            assert_eq!(check_filename(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn refuses_what_could_mean_something_else() {
        for text in [
            ".",
            "..",
            ".hidden",
            "-rf",
            "a/b",
            "a\\b",
            "../a.whl",
            "a\0.whl",
            "a\n.whl",
            "a\u{7f}",
            "a b.whl",
            "a%2f.whl",
            "a?b",
            "a#b",
            "a:b",
            "a*b",
            "a\"b",
            "a<b",
            "a&b",
            "a;b",
            "ａ.whl",
            "rеquests-1.0.tar.gz",
            "a\u{202e}.whl",
            "a.",
            "+a",
            "!a",
            "~a",
            "a.whl.metadata",
            "a.whl.METADATA",
            "a.tar.gz.asc",
            "",
            &"a".repeat(256),
            "a,b",
            "a@b",
        ] {
            assert!(check_filename(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_lets_no_separator_through(text in "\\PC{0,300}") {
            if check_filename(&text).is_ok() {
                prop_assert!(!text.contains(['/', '\\', '\0', '%']) && text.is_ascii() && text != "..");
            }
        }
    }
}
