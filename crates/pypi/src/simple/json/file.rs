use std::borrow::Cow;
use std::fmt;

use packhouse_model::{Sha256, Timestamp};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::field::{Digest, Field, Key};
use crate::json::{Bounded, Budget};
use crate::simple::collect::{Collector, skipped};
use crate::simple::write::{HTML_KEY, is_html_attribute};
use crate::simple::{CoreMetadata, File, Skipped, Yanked};
use crate::text::{cut, excerpt};

/// Reads one entry of `files`: the file, or why it is left out.
pub(super) struct FileSeed<'r, 'a> {
    pub(super) collector: &'r Collector<'a>,
    pub(super) budget: &'r Budget,
}

/// The known keys' values, as they stand.
#[derive(Default)]
struct Entry<'de> {
    filename: Field<'de>,
    url: Field<'de>,
    hashes: Field<'de>,
    requires_python: Field<'de>,
    size: Field<'de>,
    upload_time: Field<'de>,
    yanked: Field<'de>,
    core_metadata: Field<'de>,
    dist_info_metadata: Field<'de>,
    data_dist_info_metadata: Field<'de>,
    gpg_sig: Field<'de>,
    provenance: Field<'de>,
    html_attributes: Vec<(String, String)>,
    extra: Map<String, Value>,
    /// A known key that is given twice.
    repeated: Option<&'static str>,
}

impl<'de> Entry<'de> {
    /// The place of a known key, a number for it, and its name.
    fn slot(&mut self, key: &str) -> Option<(&mut Field<'de>, u32, &'static str)> {
        Some(match key {
            "filename" => (&mut self.filename, 0, "filename"),
            "url" => (&mut self.url, 1, "url"),
            "hashes" => (&mut self.hashes, 2, "hashes"),
            "requires-python" => (&mut self.requires_python, 3, "requires-python"),
            "size" => (&mut self.size, 4, "size"),
            "upload-time" => (&mut self.upload_time, 5, "upload-time"),
            "yanked" => (&mut self.yanked, 6, "yanked"),
            "core-metadata" => (&mut self.core_metadata, 7, "core-metadata"),
            "dist-info-metadata" => (&mut self.dist_info_metadata, 8, "dist-info-metadata"),
            "gpg-sig" => (&mut self.gpg_sig, 9, "gpg-sig"),
            "provenance" => (&mut self.provenance, 10, "provenance"),
            // Warehouse writes HTML's name of it into JSON, too. Passed on, it could contradict what we say
            // under the right one.
            "data-dist-info-metadata" => (&mut self.data_dist_info_metadata, 11, "data-dist-info-metadata"),
            _ => return None,
        })
    }
}

type Read = Result<Box<File>, Skipped>;

impl<'de> DeserializeSeed<'de> for FileSeed<'_, '_> {
    type Value = Read;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Read, D::Error> {
        deserializer.deserialize_any(self)
    }
}

fn not_an_object() -> Read {
    Err(skipped("", "its entry is not an object"))
}

impl<'de> Visitor<'de> for FileSeed<'_, '_> {
    type Value = Read;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a file")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Read, A::Error> {
        let mut entry = Entry::default();
        let mut seen = 0_u32;
        while let Some(Key(key)) = access.next_key()? {
            if let Some((slot, number, name)) = entry.slot(&key) {
                *slot = access.next_value()?;
                // Readers disagree on which of two equal keys counts: one of them would check a URL that
                // another fetches.
                if seen & (1 << number) != 0 {
                    entry.repeated = Some(name);
                }
                seen |= 1 << number;
            } else if key == HTML_KEY {
                let value = access.next_value_seed(Bounded(self.budget))?;
                entry.html_attributes = html_attributes(value);
            } else {
                let value = access.next_value_seed(Bounded(self.budget))?;
                entry.extra.insert(key.into_owned(), value);
            }
        }
        Ok(file(self.collector, entry))
    }

    fn visit_unit<E>(self) -> Result<Read, E> {
        Ok(not_an_object())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Read, E> {
        Ok(not_an_object())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Read, E> {
        Ok(not_an_object())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Read, E> {
        Ok(not_an_object())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Read, E> {
        Ok(not_an_object())
    }

    fn visit_str<E>(self, _: &str) -> Result<Read, E> {
        Ok(not_an_object())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Read, A::Error> {
        while access.next_element::<IgnoredAny>()?.is_some() {}
        Ok(not_an_object())
    }
}

fn file(collector: &Collector<'_>, entry: Entry<'_>) -> Read {
    let Field::Text(filename) = entry.filename else {
        return Err(skipped("", "its `filename` is missing or not a text"));
    };
    let refuse = |reason: Cow<'static, str>| skipped(&filename, reason);
    if let Some(key) = entry.repeated {
        return Err(refuse(format!("its key `{key}` is given twice").into()));
    }
    let Field::Text(url) = entry.url else {
        return Err(refuse("its `url` is missing or not a text".into()));
    };
    let location = collector.locate(&filename, &url).map_err(refuse)?;
    let sha256 = sha256(entry.hashes, location.sha256).map_err(|reason| refuse(reason.into()))?;
    let requires_python = match entry.requires_python {
        Field::Missing => None,
        Field::Text(text) if text.len() <= collector.limits.text => {
            (!text.is_empty()).then(|| text.into_owned())
        }
        Field::Text(_) => return Err(refuse("its `requires-python` is too long".into())),
        _ => return Err(refuse("its `requires-python` is not a text".into())),
    };
    // PEP 691: a truthy value means yanked.
    let yanked = match entry.yanked {
        Field::Missing | Field::Bool(false) => Yanked::No,
        Field::Bool(true) => Yanked::because(""),
        Field::Text(reason) if reason.is_empty() => Yanked::No,
        Field::Text(reason) => Yanked::because(cut(&reason, collector.limits.text)),
        _ => return Err(refuse("its `yanked` is neither a boolean nor a text".into())),
    };
    let provenance = match entry.provenance {
        Field::Text(href) if href.len() <= collector.limits.text => collector.url(&href),
        _ => None,
    };
    // PEP 714: an old name counts only where the new one is not given.
    let core_metadata = match (entry.core_metadata, entry.dist_info_metadata) {
        (Field::Missing, Field::Missing) => entry.data_dist_info_metadata,
        (Field::Missing, given) | (given, _) => given,
    };
    Ok(Box::new(File {
        url: location.url,
        sha256,
        size: if let Field::Unsigned(size) = entry.size { Some(size) } else { None },
        upload_time: if let Field::Text(time) = entry.upload_time {
            time.parse::<Timestamp>().ok()
        } else {
            None
        },
        requires_python,
        yanked,
        core_metadata: metadata_file(core_metadata),
        gpg_sig: if let Field::Bool(signed) = entry.gpg_sig { Some(signed) } else { None },
        provenance,
        extra: entry.extra,
        html_attributes: entry.html_attributes,
        filename: filename.into_owned(),
    }))
}

/// `hashes` and the URL's fragment may both name the hash, and then must agree.
fn sha256(hashes: Field<'_>, in_url: Option<Sha256>) -> Result<Option<Sha256>, String> {
    let listed = match hashes {
        Field::Missing | Field::Object(Digest::Missing) => None,
        Field::Object(Digest::Text(text)) => match text.parse() {
            Ok(digest) => Some(digest),
            Err(_) => return Err(format!("its sha256 is not a digest: {:?}", excerpt(&text))),
        },
        _ => return Err("its `hashes` is not an object of digests".to_owned()),
    };
    match (listed, in_url) {
        (Some(one), Some(other)) if one != other => {
            Err("its URL and its `hashes` name different digests".to_owned())
        }
        _ => Ok(listed.or(in_url)),
    }
}

fn metadata_file(field: Field<'_>) -> CoreMetadata {
    match field {
        Field::Bool(true) | Field::Object(Digest::Missing) => CoreMetadata::Present { sha256: None },
        Field::Object(Digest::Text(text)) => match text.parse() {
            Ok(digest) => CoreMetadata::Present { sha256: Some(digest) },
            Err(_) => CoreMetadata::Absent,
        },
        _ => CoreMetadata::Absent,
    }
}

/// Our stored form's `data-*` attributes of an HTML page.
fn html_attributes(value: Value) -> Vec<(String, String)> {
    let Value::Object(map) = value else { return Vec::new() };
    let mut attributes: Vec<_> = map
        .into_iter()
        .filter_map(|(name, value)| match value {
            Value::String(text) if is_html_attribute(&name) => Some((name, text)),
            _ => None,
        })
        .collect();
    attributes.sort();
    attributes
}
