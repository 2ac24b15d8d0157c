//! The JSON form of a project page (PEP 691, 700, 714, 740, 792).
//!
//! Read by hand-written visitors: each known field goes straight from the text into its place, and a field
//! of the wrong type costs us that field or that file, never the page.

mod field;
mod file;

use std::fmt;

use packhouse_model::ProjectName;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use url::Url;

use self::file::FileSeed;
use super::collect::{Collector, skipped};
use super::parse::check_api_version;
use super::write::SKIPPED_KEY;
use super::{Limits, Page, PageError, ProjectStatus, Skipped, State, is_rejected_key};
use crate::json::{Bounded, Budget, Fault};
use crate::name::names;
use crate::text::{cut, excerpt};
use crate::version::LONGEST_VERSION;

/// The longest status marker that is kept, in bytes.
const LONGEST_MARKER: usize = 64;

pub(super) fn parse(
    bytes: &[u8],
    base: &Url,
    expected: &ProjectName,
    limits: &Limits,
) -> Result<Page, PageError> {
    let budget = Budget::new(limits.values);
    let fault = Fault::new();
    let mut reader = Reader {
        collector: Collector::new(base, limits),
        budget: &budget,
        fault: &fault,
        expected,
        has_files: false,
        page: Page {
            name: expected.clone(),
            versions: Vec::new(),
            status: ProjectStatus::default(),
            files: Vec::new(),
            last_serial: None,
            meta_extra: Map::new(),
            extra: Map::new(),
            skipped: Vec::new(),
        },
    };
    // Checked once as a whole, so that the reader need not check each text.
    let text =
        std::str::from_utf8(bytes).map_err(|error| PageError::Json(serde_json::Error::custom(error)))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = (&mut reader).deserialize(&mut deserializer).and_then(|()| deserializer.end());
    let Reader { collector, mut page, .. } = reader;
    if let Err(error) = read {
        if budget.is_exhausted() {
            return Err(PageError::TooMany { what: "values in unknown keys", limit: limits.values });
        }
        return Err(fault.into_inner().unwrap_or(PageError::Json(error)));
    }
    let (files, left_out) = collector.finish();
    page.files = files;
    page.skipped.extend(left_out);
    Ok(page)
}

struct Reader<'a> {
    collector: Collector<'a>,
    budget: &'a Budget,
    fault: &'a Fault<PageError>,
    expected: &'a ProjectName,
    has_files: bool,
    page: Page,
}

impl<'de> DeserializeSeed<'de> for &mut Reader<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Reader<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a project page")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        while let Some(key) = access.next_key::<String>()? {
            match key.as_str() {
                "files" if self.has_files => {
                    // Readers disagree on which of two equal keys counts.
                    return Err(A::Error::duplicate_field("files"));
                }
                "files" => {
                    self.has_files = true;
                    access.next_value_seed(Files(self))?;
                }
                "name" => {
                    let name = access.next_value::<String>()?;
                    if !names(&name, self.expected) {
                        return Err(self.fault.raise(PageError::OtherProject {
                            expected: self.expected.clone(),
                            found: excerpt(&name),
                        }));
                    }
                }
                "versions" => access.next_value_seed(Versions(self))?,
                "meta" => {
                    let meta = access.next_value_seed(Bounded(self.budget))?;
                    self.meta(meta).map_err(|error| self.fault.raise::<A::Error>(error))?;
                }
                "project-status" => {
                    let status = access.next_value_seed(Bounded(self.budget))?;
                    self.page.status = project_status(status, self.collector.limits);
                }
                SKIPPED_KEY => {
                    let entries = access.next_value_seed(Bounded(self.budget))?;
                    self.page.skipped = skipped_entries(&entries, self.collector.limits);
                }
                key if is_rejected_key(key) => {
                    access.next_value::<IgnoredAny>()?;
                }
                _ => {
                    let value = access.next_value_seed(Bounded(self.budget))?;
                    self.page.extra.insert(key, value);
                }
            }
        }
        // Without it, any JSON document (an error message with the status 200) would pass for a project
        // without files.
        if self.has_files { Ok(()) } else { Err(A::Error::missing_field("files")) }
    }
}

impl Reader<'_> {
    fn meta(&mut self, meta: Value) -> Result<(), PageError> {
        let Value::Object(mut meta) = meta else { return Ok(()) };
        match meta.shift_remove("api-version") {
            Some(Value::String(version)) => check_api_version(&version)?,
            Some(other) => return Err(PageError::ApiVersion { found: excerpt(&other.to_string()) }),
            None => {}
        }
        self.page.last_serial = meta.shift_remove("_last-serial").and_then(|serial| serial.as_u64());
        meta.retain(|key, _| !is_rejected_key(key));
        self.page.meta_extra = meta;
        Ok(())
    }
}

/// `files`: an array of objects.
struct Files<'r, 'a>(&'r mut Reader<'a>);

impl<'de> DeserializeSeed<'de> for Files<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Files<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of files")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let Reader { collector, budget, fault, .. } = self.0;
        while let Some(entry) = access.next_element_seed(FileSeed { collector, budget })? {
            collector.count().map_err(|error| fault.raise::<A::Error>(error))?;
            match entry {
                Ok(file) => collector.keep(*file),
                Err(left_out) => collector.skip(&left_out.filename, left_out.reason),
            }
        }
        Ok(())
    }
}

/// `versions`: an array of texts; what is not a text, or too long for a version, is passed over.
struct Versions<'r, 'a>(&'r mut Reader<'a>);

impl<'de> DeserializeSeed<'de> for Versions<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Versions<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of versions")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let limit = self.0.collector.limits.versions;
        let mut count = 0;
        while let Some(version) = access.next_element::<field::Field<'de>>()? {
            count += 1;
            if count > limit {
                return Err(self.0.fault.raise(PageError::TooMany { what: "versions", limit }));
            }
            if let field::Field::Text(version) = version
                && !version.is_empty()
                && version.len() <= LONGEST_VERSION
            {
                self.0.page.versions.push(version.into_owned());
            }
        }
        Ok(())
    }
}

fn project_status(value: Value, limits: &Limits) -> ProjectStatus {
    let Value::Object(mut status) = value else { return ProjectStatus::default() };
    let state = match status.shift_remove("status") {
        Some(Value::String(word)) => State::from_word(cut(&word, LONGEST_MARKER)),
        _ => State::Active,
    };
    let reason = match status.shift_remove("reason") {
        Some(Value::String(reason)) if !reason.is_empty() => Some(cut(&reason, limits.text).to_owned()),
        _ => None,
    };
    ProjectStatus { state, reason, extra: status }
}

/// Our own stored form's account of what was left out when the page came in.
fn skipped_entries(value: &Value, limits: &Limits) -> Vec<Skipped> {
    let entries = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
    entries
        .iter()
        .filter_map(|entry| Some((text(entry, "filename")?, text(entry, "reason")?)))
        .map(|(filename, reason)| skipped(&filename, cut(&reason, limits.text)))
        .collect()
}
