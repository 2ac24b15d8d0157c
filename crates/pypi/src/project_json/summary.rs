//! The part of a document that completes a project page, read without the rest.
//!
//! A tree of all its values takes many times a document's size; the first install through an empty cache reads a hundred
//! of them. This reads the files and versions only.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use packhouse_model::Sha256;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{ProjectJson, ProjectJsonError, ReleaseFile};

/// The files and versions of a project's JSON document.
#[derive(Debug, Default)]
pub struct Summary<'a> {
    entries: Vec<Entry<'a>>,
    versions: Vec<Cow<'a, str>>,
    last_serial: Option<u64>,
}

/// Entries and versions that are read at most. Each takes a few hundred bytes of memory for a dozen of text.
const MOST: usize = 400_000;

/// A file as `releases` and `urls` list it. A field of another type than expected is read as a whole document
/// instead, which forgives it.
#[derive(Debug, Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    filename: Cow<'a, str>,
    #[serde(borrow, default)]
    url: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    digests: Option<Digests<'a>>,
    #[serde(default)]
    size: Option<u64>,
    #[serde(borrow, default)]
    upload_time_iso_8601: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    upload_time: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    requires_python: Option<Cow<'a, str>>,
    #[serde(default)]
    yanked: Option<bool>,
    #[serde(borrow, default)]
    yanked_reason: Option<Cow<'a, str>>,
}

#[derive(Debug, Deserialize)]
struct Digests<'a> {
    #[serde(borrow, default)]
    sha256: Option<Cow<'a, str>>,
}

impl<'a> Summary<'a> {
    /// Hands `use_it` the summary of a document of at most `limit` bytes.
    ///
    /// A closure, because the summary borrows from the bytes, or from the whole document where that had to be
    /// read.
    pub fn read<T>(
        bytes: &[u8],
        limit: usize,
        use_it: impl FnOnce(&Summary<'_>) -> T,
    ) -> Result<T, ProjectJsonError> {
        if bytes.len() > limit {
            return Err(ProjectJsonError::TooLarge { limit, found: bytes.len() });
        }
        // What is skipped is not decoded, and must be text all the same.
        let Ok(text) = std::str::from_utf8(bytes) else {
            return ProjectJson::parse(bytes, limit).map(|document| use_it(&Summary::of(&document)));
        };
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let left = Cell::new(MOST);
        let mut summary = Summary::default();
        let reader = Reader { summary: &mut summary, left: &left, has_info: false };
        let quick = reader.deserialize(&mut deserializer).and_then(|()| deserializer.end());
        if quick.is_ok() {
            return Ok(use_it(&summary));
        }
        let document = ProjectJson::parse(bytes, limit)?;
        Ok(use_it(&Summary::of(&document)))
    }

    /// The summary of a document that was read as a whole.
    pub fn of(document: &'a ProjectJson) -> Self {
        let entry = |file: ReleaseFile<'a>| Entry {
            filename: file.filename.into(),
            url: file.url.map(Cow::from),
            digests: file.sha256.map(|sha256| Digests { sha256: Some(sha256.hex().into()) }),
            size: file.size,
            upload_time_iso_8601: file.upload_time.map(|time| time.to_string().into()),
            upload_time: None,
            requires_python: file.requires_python.map(Cow::from),
            yanked: Some(file.yanked),
            yanked_reason: file.yanked_reason.map(Cow::from),
        };
        Self {
            entries: document.files().map(entry).collect(),
            versions: document.versions().map(Cow::from).collect(),
            last_serial: document.last_serial(),
        }
    }

    /// All files of `releases` and `urls`. A filename may occur more than once.
    pub fn files(&self) -> impl Iterator<Item = ReleaseFile<'_>> {
        self.entries.iter().map(|entry| {
            let text = |text: &Option<Cow<'a, str>>| text.as_ref().map(ToString::to_string);
            let time = text(&entry.upload_time_iso_8601).or_else(|| text(&entry.upload_time));
            let digest = entry.digests.as_ref().and_then(|digests| digests.sha256.as_deref());
            ReleaseFile {
                filename: &entry.filename,
                url: entry.url.as_deref(),
                sha256: digest.and_then(|digest| digest.parse::<Sha256>().ok()),
                size: entry.size,
                upload_time: time.and_then(|time| time.parse().ok()),
                requires_python: entry.requires_python.as_deref(),
                yanked: entry.yanked.unwrap_or(false),
                yanked_reason: entry.yanked_reason.as_deref(),
            }
        })
    }

    /// The keys of `releases`.
    pub fn versions(&self) -> impl Iterator<Item = &str> {
        self.versions.iter().map(AsRef::as_ref)
    }

    /// Warehouse's serial number of the last change.
    pub fn last_serial(&self) -> Option<u64> {
        self.last_serial
    }
}

struct Reader<'s, 'a> {
    summary: &'s mut Summary<'a>,
    left: &'s Cell<usize>,
    has_info: bool,
}

impl<'de> DeserializeSeed<'de> for Reader<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a project's JSON document")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut access: A) -> Result<(), A::Error> {
        let mut has_releases = false;
        while let Some(key) = access.next_key::<Cow<'de, str>>()? {
            match key.as_ref() {
                "info" => {
                    access.next_value_seed(AnyObject)?;
                    self.has_info = true;
                }
                "releases" => {
                    has_releases = true;
                    access.next_value_seed(Releases { summary: self.summary, left: self.left })?;
                }
                "urls" => {
                    access.next_value_seed(Files { entries: &mut self.summary.entries, left: self.left })?;
                }
                "last_serial" => self.summary.last_serial = access.next_value()?,
                _ => {
                    access.next_value::<IgnoredAny>()?;
                }
            }
        }
        // Anything else than the usual shape is for the reader of whole documents to judge.
        if self.has_info && has_releases { Ok(()) } else { Err(A::Error::custom("no info or no releases")) }
    }
}

/// An object whose content does not matter.
struct AnyObject;

impl<'de> DeserializeSeed<'de> for AnyObject {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for AnyObject {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        while access.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

struct Releases<'s, 'a> {
    summary: &'s mut Summary<'a>,
    left: &'s Cell<usize>,
}

impl<'de> DeserializeSeed<'de> for Releases<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Releases<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the releases by version")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        while let Some(version) = access.next_key::<Cow<'de, str>>()? {
            spend(self.left)?;
            self.summary.versions.push(version);
            access.next_value_seed(Files { entries: &mut self.summary.entries, left: self.left })?;
        }
        Ok(())
    }
}

struct Files<'s, 'a> {
    entries: &'s mut Vec<Entry<'a>>,
    left: &'s Cell<usize>,
}

impl<'de> DeserializeSeed<'de> for Files<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Files<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of files")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        while let Some(entry) = access.next_element::<Entry<'de>>()? {
            spend(self.left)?;
            self.entries.push(entry);
        }
        Ok(())
    }
}

fn spend<E: serde::de::Error>(left: &Cell<usize>) -> Result<(), E> {
    left.set(left.get().checked_sub(1).ok_or_else(|| E::custom("too many files and versions"))?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{"info": {"name": "six", "version": "1.17.0", "x": [1, {"y": null}]}, "last_serial": 7,
        "releases": {"1.16.0": [], "1.17.0": [
            {"filename": "six-1.17.0.tar.gz", "size": 34031, "digests": {"md5": "x", "sha256":
             "ff70335d468e7eb6ec65b95b99d3a2836546063f63acc5171de367e834932a81"}, "yanked": true,
             "yanked_reason": "a \"quoted\" reason", "upload_time": "2024-12-04T17:35:28", "unknown": {"a": 1}}]},
        "urls": [], "vulnerabilities": [{"id": "X"}]}"#;

    fn shown(summary: &Summary<'_>) -> String {
        format!(
            "{:?} {:?} {:?}",
            summary.files().collect::<Vec<_>>(),
            summary.versions().collect::<Vec<_>>(),
            summary.last_serial()
        )
    }

    #[test]
    fn says_the_same_as_the_whole_document() {
        let quick = Summary::read(DOCUMENT.as_bytes(), 10_000, shown).expect("a document");
        let whole = ProjectJson::parse(DOCUMENT.as_bytes(), 10_000).expect("a document");
        assert_eq!(quick, shown(&Summary::of(&whole)));
        assert!(quick.contains(r#"yanked_reason: Some("a \"quoted\" reason")"#), "{quick}");
        assert!(quick.contains(r#"["1.16.0", "1.17.0"] Some(7)"#), "{quick}");
    }

    #[test]
    fn a_field_of_another_type_is_forgiven() {
        let odd = DOCUMENT.replace("34031", "\"many\"");
        let text = Summary::read(odd.as_bytes(), 10_000, shown).expect("a document");
        assert!(text.contains("size: None") && text.contains("six-1.17.0.tar.gz"), "{text}");
    }

    #[test]
    fn what_is_no_document_is_an_error() {
        for bad in ["", "{", "[]", "{}", "{\"info\": 1}", "{\"info\": {}, \"releases\": []}"] {
            assert!(Summary::read(bad.as_bytes(), 10_000, |_| ()).is_err(), "{bad}");
        }
        let error = Summary::read(DOCUMENT.as_bytes(), 10, |_| ()).expect_err("too large");
        assert!(matches!(error, ProjectJsonError::TooLarge { limit: 10, .. }));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            let _ = Summary::read(&bytes, 1_000, |summary| summary.files().count());
        }

        #[test]
        fn agrees_with_the_whole_document(at in 0..DOCUMENT.len(), byte in proptest::prelude::any::<u8>()) {
            let mut bytes = DOCUMENT.as_bytes().to_vec();
            bytes[at] = byte;
            // What the summary skips it may forgive; what both read they read alike.
            if let Ok(document) = ProjectJson::parse(&bytes, 10_000) {
                let quick = Summary::read(&bytes, 10_000, shown).ok();
                proptest::prop_assert_eq!(quick, Some(shown(&Summary::of(&document))));
            }
        }
    }
}
