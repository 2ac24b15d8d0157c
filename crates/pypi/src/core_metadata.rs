//! The METADATA file of a wheel, PKG-INFO of an sdist (core metadata specifications; PEP 241 to 794).
//!
//! The form is that of mail headers: `Name: value` lines, continued by lines that start with white space,
//! then an empty line and the description.

mod info;

use packhouse_model::ProjectName;

use crate::name::{InvalidName, normalize};
use crate::text::excerpt;
use crate::version::{InvalidVersion, Version};

/// What is accepted at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetadataLimits {
    /// Bytes of the whole file.
    pub bytes: usize,
    /// Headers.
    pub headers: usize,
}

impl Default for MetadataLimits {
    /// The largest files there are hold a few thousand requirements, or a change log of a megabyte.
    fn default() -> Self {
        Self { bytes: 16 << 20, headers: 50_000 }
    }
}

/// A METADATA file, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreMetadata {
    /// `Name`, as it is written.
    pub name: String,
    /// `Version`, as it is written.
    pub version: String,
    /// All headers in their order, `Name` and `Version` among them, names as written, values unfolded:
    /// continued lines are joined by a line feed, their indent taken off.
    pub headers: Vec<(String, String)>,
    /// The body, or the `Description` header of versions before 2.1; empty when there is none.
    pub description: String,
}

/// The bytes are not a METADATA file.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum MetadataError {
    /// More bytes than the limit.
    #[error("the metadata has {found} bytes; at most {limit} are accepted")]
    TooLarge {
        /// [`MetadataLimits::bytes`].
        limit: usize,
        /// Its length.
        found: usize,
    },
    /// More headers than the limit.
    #[error("the metadata has more than {limit} headers")]
    TooManyHeaders {
        /// [`MetadataLimits::headers`].
        limit: usize,
    },
    /// `Name` or `Version` is not there.
    #[error("the metadata has no `{header}`")]
    Missing {
        /// The header.
        header: &'static str,
    },
    /// `Name` or `Version` is there twice: readers disagree on which of them counts.
    #[error("the metadata has more than one `{header}`: {first:?} and {second:?}")]
    Repeated {
        /// The header.
        header: &'static str,
        /// The first 80 characters of the first value.
        first: String,
        /// The first 80 characters of the second value.
        second: String,
    },
    /// `Name` is not one of PEP 508.
    #[error("the metadata's `Name` is not a project name")]
    Name(#[from] InvalidName),
    /// `Version` is not one of PEP 440.
    #[error("the metadata's `Version` is not a version")]
    Version(#[from] InvalidVersion),
}

impl CoreMetadata {
    /// Reads a METADATA file. Bytes that are not UTF-8 are replaced; a line that is neither header nor
    /// continuation ends the headers, as in Python's `email` package.
    pub fn parse(bytes: &[u8], limits: &MetadataLimits) -> Result<Self, MetadataError> {
        if bytes.len() > limits.bytes {
            return Err(MetadataError::TooLarge { limit: limits.bytes, found: bytes.len() });
        }
        let text = String::from_utf8_lossy(bytes);
        let (headers, body) = split(text.trim_start_matches('\u{feff}'), limits)?;
        let name = single(&headers, "Name")?;
        let version = single(&headers, "Version")?;
        let mut metadata = Self { name, version, headers, description: body.to_owned() };
        if metadata.description.is_empty() {
            metadata.description = metadata.get("Description").unwrap_or_default().to_owned();
        }
        Ok(metadata)
    }

    /// The first value of a header, whose name is compared without regard to case. setuptools once wrote
    /// `UNKNOWN` for what it did not know; that is `None`.
    pub fn get(&self, header: &str) -> Option<&str> {
        self.all(header).next()
    }

    /// All values of a header, such as `Requires-Dist`.
    pub fn all<'a, 'h>(&'a self, header: &'h str) -> impl Iterator<Item = &'a str> + use<'a, 'h> {
        self.headers
            .iter()
            .filter(move |(name, value)| name.eq_ignore_ascii_case(header) && value != "UNKNOWN")
            .map(|(_, value)| value.as_str())
    }

    /// The project's normalised name.
    pub fn project(&self) -> Result<ProjectName, MetadataError> {
        Ok(normalize(&self.name)?)
    }

    /// The version, read.
    pub fn parsed_version(&self) -> Result<Version, MetadataError> {
        Ok(Version::parse(&self.version)?)
    }

    /// `Requires-Dist`: PEP 508 requirements, as written.
    pub fn requires_dist(&self) -> impl Iterator<Item = &str> {
        self.all("Requires-Dist")
    }

    /// `Requires-Python`.
    pub fn requires_python(&self) -> Option<&str> {
        self.get("Requires-Python")
    }

    /// `Summary`.
    pub fn summary(&self) -> Option<&str> {
        self.get("Summary")
    }

    /// `License-Expression`: an SPDX expression (PEP 639).
    pub fn license_expression(&self) -> Option<&str> {
        self.get("License-Expression")
    }

    /// `License`: free text from before PEP 639.
    pub fn license(&self) -> Option<&str> {
        self.get("License")
    }

    /// `License-File`: paths inside the distribution (PEP 639).
    pub fn license_files(&self) -> impl Iterator<Item = &str> {
        self.all("License-File")
    }

    /// `Classifier`.
    pub fn classifiers(&self) -> impl Iterator<Item = &str> {
        self.all("Classifier")
    }
}

type Headers = Vec<(String, String)>;

fn split<'a>(text: &'a str, limits: &MetadataLimits) -> Result<(Headers, &'a str), MetadataError> {
    let mut headers: Headers = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() {
            rest = after;
            break;
        }
        if line.starts_with([' ', '\t']) {
            // A continuation of nothing is passed over.
            if let Some((_, value)) = headers.last_mut() {
                value.push('\n');
                value.push_str(continuation(line));
            }
        } else if let Some((name, value)) = line.split_once(':')
            && !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_graphic())
        {
            if headers.len() == limits.headers {
                return Err(MetadataError::TooManyHeaders { limit: limits.headers });
            }
            headers.push((name.to_owned(), value.trim().to_owned()));
        } else {
            break;
        }
        rest = after;
    }
    Ok((headers, rest))
}

/// A continued line without its indent: eight blanks, or seven and a bar (core metadata, *Description*), or
/// what white space there is.
fn continuation(line: &str) -> &str {
    line.strip_prefix("       |")
        .or_else(|| line.strip_prefix("        "))
        .unwrap_or_else(|| line.trim_start())
}

fn single(headers: &Headers, header: &'static str) -> Result<String, MetadataError> {
    let mut values =
        headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(header)).map(|(_, value)| value);
    let first = values.next().filter(|value| !value.is_empty()).ok_or(MetadataError::Missing { header })?;
    match values.next() {
        None => Ok(first.clone()),
        Some(second) => {
            Err(MetadataError::Repeated { header, first: excerpt(first), second: excerpt(second) })
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<CoreMetadata, MetadataError> {
        CoreMetadata::parse(text.as_bytes(), &MetadataLimits::default())
    }

    #[test]
    fn reads_headers_and_body() {
        let metadata = parse(
            "Metadata-Version: 2.4\r\nName: Foo.Bar\r\nVersion: 1.0\r\nsummary: A thing: nice\r\n\
             Requires-Dist: a>=1\r\nRequires-Dist: b ; extra == 'x'\r\nRequires-Python: >=3.9\r\n\
             License: line one\r\n        line two\r\n       |line three\r\n\tline four\r\nAuthor: UNKNOWN\r\n\
             License-Expression: MIT\r\nLicense-File: LICENSE\r\n\r\n# Title\r\n\r\nName: not a header\r\n",
        )
        .expect("metadata");
        assert_eq!(metadata.project().expect("a name").as_str(), "foo-bar");
        assert_eq!(metadata.parsed_version().expect("a version").to_string(), "1.0");
        assert_eq!(metadata.summary(), Some("A thing: nice"));
        assert_eq!(metadata.requires_dist().collect::<Vec<_>>(), ["a>=1", "b ; extra == 'x'"]);
        assert_eq!(metadata.requires_python(), Some(">=3.9"));
        assert_eq!(metadata.license(), Some("line one\nline two\nline three\nline four"));
        assert_eq!(metadata.license_expression(), Some("MIT"));
        assert_eq!(metadata.license_files().collect::<Vec<_>>(), ["LICENSE"]);
        assert_eq!(metadata.get("Author"), None);
        assert_eq!(metadata.description, "# Title\r\n\r\nName: not a header\r\n");
    }

    #[test]
    fn reads_the_description_of_old_files() {
        let metadata = parse("Name: a\nVersion: 1\nDescription: one\n        \n          two\nX: y\n")
            .expect("metadata");
        assert_eq!(metadata.description, "one\n\n  two");
        assert_eq!(metadata.get("x"), Some("y"));
    }

    #[test]
    fn refuses_what_is_no_metadata() {
        for (text, expected) in [
            ("", "Missing { header: \"Name\" }"),
            ("Name: a\n", "Missing { header: \"Version\" }"),
            ("Name:\nVersion: 1\n", "Missing { header: \"Name\" }"),
            ("\nName: a\nVersion: 1\n", "Missing { header: \"Name\" }"),
            ("junk\nName: a\nVersion: 1\n", "Missing { header: \"Name\" }"),
            ("Name: a\nName: b\nVersion: 1\n", "Repeated"),
            ("Name: a\nVersion: 1\nversion: 2\n", "Repeated"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(format!("{error:?}").starts_with(expected), "{text:?}: {error:?}");
        }
        let limits = MetadataLimits { bytes: 40, headers: 3 };
        let many = CoreMetadata::parse(b"Name: a\nVersion: 1\nA: b\nA: b\n", &limits);
        assert_eq!(many, Err(MetadataError::TooManyHeaders { limit: 3 }));
        assert!(matches!(CoreMetadata::parse(&[b'a'; 41], &limits), Err(MetadataError::TooLarge { .. })));
    }

    proptest! {
        #[test]
        fn never_panics(text in "(Name|Version|Description|X|é|[ \\t:|\\r\\na-c]){0,40}") {
            let _ = parse(&text);
            if let Ok(metadata) = parse(&format!("Name: a\nVersion: 1\n{text}")) {
                let _ = metadata.info_object();
            }
        }

        #[test]
        fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = CoreMetadata::parse(&bytes, &MetadataLimits::default());
        }
    }
}
