//! What a JSON record is: known by its keys.

use packhouse_model::Timestamp;
use serde_json::{Map, Value};

use super::builder::{Builder, Dependency};
use super::error::ImportError;
use super::report::Skip;
use super::table::EXPECTED;
use super::{Hints, Limits};
use crate::snapshot::{Counted, CountingRule, Ecosystem, Need, Worked};

type Result<T = ()> = std::result::Result<T, ImportError>;
type Object = Map<String, Value>;

/// A format of records.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    TopPackages,
    Metadata,
    DepsDevEdges,
    NpmDownloads,
    NpmBulk,
    EcosystemsPackages,
}

impl Format {
    fn of(record: &Value) -> Option<Self> {
        let object = match record {
            Value::Array(pair) if pair.len() == 2 && pair[0].is_string() => return Some(Self::TopPackages),
            Value::Object(object) => object,
            _ => return None,
        };
        let has = |keys: &[&str]| keys.iter().all(|key| object.contains_key(*key));
        let looks = [
            (Self::TopPackages, has(&["project", "download_count"])),
            (Self::Metadata, has(&["name", "version"]) && (has(&["requires_dist"]) || has(&["packagetype"]))),
            (Self::DepsDevEdges, has(&["System", "Name", "Version", "From", "To"])),
            (
                Self::EcosystemsPackages,
                has(&["ecosystem", "name"]) && (has(&["downloads"]) || has(&["maintainers"])),
            ),
            (Self::NpmDownloads, has(&["downloads", "start", "end"])),
            (Self::NpmBulk, !object.is_empty() && object.values().all(is_bulk_entry)),
        ];
        looks.into_iter().find_map(|(format, fits)| fits.then_some(format))
    }

    fn words(self) -> &'static str {
        match self {
            Self::TopPackages => "top-pypi-packages JSON",
            Self::Metadata => "BigQuery distribution_metadata",
            Self::DepsDevEdges => "deps.dev edges",
            Self::NpmDownloads | Self::NpmBulk => "npm downloads",
            Self::EcosystemsPackages => "ecosyste.ms packages",
        }
    }
}

fn is_bulk_entry(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(|entry| entry.contains_key("downloads"))
}

/// Records of one format, on their way into a builder.
pub(super) struct Records {
    hints: Hints,
    limits: Limits,
    count: u64,
    open: Option<(Format, Builder)>,
}

impl Records {
    pub(super) fn new(hints: Hints, limits: Limits) -> Self {
        Self { hints, limits, count: 0, open: None }
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// A list under `rows` begins, which only top-pypi-packages has.
    pub(super) fn begin_rows(&mut self, before: &Object) {
        let (_, builder) = self.open.get_or_insert_with(|| {
            let format = Format::TopPackages;
            (format, Builder::new(format.words(), self.hints.clone(), self.limits))
        });
        builder.assume(Ecosystem::Pypi);
        header(builder, before);
    }

    /// What stood around the list.
    pub(super) fn header(&mut self, object: &Object) {
        if let Some((_, builder)) = &mut self.open {
            header(builder, object);
        }
    }

    pub(super) fn take(&mut self, record: Value) -> Result {
        self.count += 1;
        if self.open.is_none() {
            let Some(format) = Format::of(&record) else {
                return Err(ImportError::Unrecognised { found: shape(&record), expected: EXPECTED });
            };
            self.open = Some((format, Builder::new(format.words(), self.hints.clone(), self.limits)));
        }
        let Some((format, builder)) = &mut self.open else { return Ok(()) };
        builder.row(self.count)?;
        if Format::of(&record) != Some(*format) {
            builder.skip(Skip::Fields, &shape(&record));
            return Ok(());
        }
        match (*format, record) {
            (Format::TopPackages, record) => top_package(builder, &record),
            (Format::Metadata, Value::Object(record)) => metadata(builder, &record)?,
            (Format::DepsDevEdges, Value::Object(record)) => {
                let end = |key: &str, part: &str| {
                    record.get(key).and_then(Value::as_object).map_or("", |end| text(end, part))
                };
                resolved_edge(
                    builder,
                    &ResolvedEdge {
                        system: text(&record, "System"),
                        root: (text(&record, "Name"), text(&record, "Version")),
                        from: (end("From", "Name"), end("From", "Version")),
                        to: end("To", "Name"),
                        time: text(&record, "SnapshotAt"),
                    },
                )?;
            }
            (Format::NpmDownloads, Value::Object(record)) => npm(builder, &record),
            (Format::NpmBulk, Value::Object(record)) => {
                record.values().filter_map(Value::as_object).for_each(|entry| npm(builder, entry));
            }
            (Format::EcosystemsPackages, Value::Object(record)) => ecosystems(builder, &record)?,
            _ => builder.skip(Skip::Fields, ""),
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Builder> {
        let nothing = || ImportError::Unrecognised { found: "an empty list".to_owned(), expected: EXPECTED };
        self.open.map(|(_, builder)| builder).ok_or_else(nothing)
    }
}

fn shape(record: &Value) -> String {
    match record {
        Value::Object(object) => {
            let keys: Vec<&str> = object.keys().take(6).map(String::as_str).collect();
            let text: String = keys.join(", ").chars().take(100).collect();
            format!("an object with {text}")
        }
        Value::Array(_) => "a list".to_owned(),
        _ => "a single value".to_owned(),
    }
}

/// A number as it is written, so that one below zero or with a fraction is seen to be so.
fn digits(value: Option<&Value>) -> String {
    match value {
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(text)) => text.clone(),
        _ => String::new(),
    }
}

fn text<'a>(object: &'a Object, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// What top-pypi-packages says of itself: pypinfo counted pip alone, `ClickHouse` all installers in a calendar month.
fn header(builder: &mut Builder, object: &Object) {
    if let Ok(date) = text(object, "last_update").replace(' ', "T").parse::<Timestamp>() {
        builder.date(date);
    }
    let counted = match (object.get("source"), object.get("query")) {
        (Some(source), _) if source.as_str() == Some("ClickHouse") => Counted::AllInstallers,
        (None, Some(_)) => Counted::Pip,
        _ => return,
    };
    builder.rule(CountingRule { counted, days: 30 });
    builder.source(if counted == Counted::Pip {
        "top-pypi-packages, pypinfo"
    } else {
        "top-pypi-packages, ClickHouse"
    });
}

fn top_package(builder: &mut Builder, record: &Value) {
    builder.assume(Ecosystem::Pypi);
    match record {
        Value::Array(pair) => builder.download(pair[0].as_str().unwrap_or_default(), &digits(pair.get(1))),
        other => builder
            .download(other["project"].as_str().unwrap_or_default(), &digits(other.get("download_count"))),
    }
}

fn metadata(builder: &mut Builder, record: &Object) -> Result {
    let requires: Vec<String> = match record.get("requires_dist") {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let optional = |key| record.get(key).and_then(Value::as_str);
    release(
        builder,
        text(record, "name"),
        text(record, "version"),
        optional("packagetype"),
        optional("upload_time"),
        &requires,
    )
}

/// A moment as `BigQuery`, Parquet, libraries.io and PostgreSQL write it: `2024-08-04 00:00:00 UTC`,
/// `2024-08-04 00:00:00.000 +00:00`, `2024-08-04 00:00:00.000000+00`.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix("+00").unwrap_or(text);
    text.replacen(' ', "T", 1).replace(" UTC", "Z").replace(" +00:00", "Z").parse().ok()
}

/// One file of a release, with what it needs. Of a version's files a wheel says it best: an sdist may say nothing.
pub(super) fn release(
    builder: &mut Builder,
    name: &str,
    version: &str,
    kind: Option<&str>,
    time: Option<&str>,
    requires: &[String],
) -> Result {
    builder.assume(Ecosystem::Pypi);
    if let Some(time) = time.and_then(moment) {
        builder.date(time);
    }
    if !builder.version(name, version, u8::from(kind == Some("bdist_wheel"))) {
        return Ok(());
    }
    requires.iter().try_for_each(|requirement| builder.requirement(name, requirement))
}

/// An edge of the resolved graph of a root, as deps.dev's `DependencyGraphEdges` has it. What a source does not say is empty.
pub(super) struct ResolvedEdge<'a> {
    pub(super) system: &'a str,
    /// The name and version that was resolved.
    pub(super) root: (&'a str, &'a str),
    /// The name and version that needs.
    pub(super) from: (&'a str, &'a str),
    /// The name that is needed.
    pub(super) to: &'a str,
    pub(super) time: &'a str,
}

/// Edges that do not begin at the root are of its dependencies, which are roots themselves. Another version of the root may
/// be among them, as on npm.
pub(super) fn resolved_edge(builder: &mut Builder, edge: &ResolvedEdge<'_>) -> Result {
    let ResolvedEdge { system, root: (root, version), from, to, time } = *edge;
    if root.is_empty() || to.is_empty() {
        builder.skip(Skip::Fields, root);
        return Ok(());
    }
    if let Some(time) = moment(time) {
        builder.date(time);
    }
    if !builder.of(system)? {
        return Ok(());
    }
    if from.0 != root || (!from.1.is_empty() && from.1 != version) {
        builder.skip(Skip::Indirect, &format!("{root}: {} needs {to}", from.0));
        return Ok(());
    }
    if !builder.version(root, version, 0) {
        return Ok(());
    }
    builder.dependency(Dependency { package: root, needs: to, need: Need::Runtime, marker: "", extra: "" })
}

/// The answer of npm's download counts, for a point (one number) or a range (a number a day).
fn npm(builder: &mut Builder, record: &Object) {
    builder.assume(Ecosystem::Npm);
    let days = |key| text(record, key).parse::<Timestamp>();
    if let (Ok(start), Ok(end)) = (days("start"), days("end")) {
        builder.date(end);
        let days = u16::try_from(end.since(start).as_secs() / 86_400 + 1).unwrap_or(0);
        builder.rule(CountingRule { counted: Counted::Requests, days });
    }
    let package = text(record, "package");
    let Some(Value::Array(list)) = record.get("downloads") else {
        return builder.download(package, &digits(record.get("downloads")));
    };
    match list.iter().map(|day| day["downloads"].as_u64()).sum::<Option<u64>>() {
        Some(sum) => builder.downloaded(package, sum),
        None => builder.skip(Skip::Number, package),
    }
}

/// How many releases a package had in each year from its first to its last; of less than a year, those of one.
pub(super) fn releases_a_year(
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    versions: Option<u64>,
) -> Option<f64> {
    let years = last?.since(first?).as_secs_f64() / (365.25 * 86_400.0);
    Some(versions? as f64 / years.max(1.0))
}

/// A package of the ecosyste.ms packages API: downloads, maintainers, releases.
fn ecosystems(builder: &mut Builder, record: &Object) -> Result {
    if !builder.of(text(record, "ecosystem"))? {
        return Ok(());
    }
    let name = text(record, "name");
    if record.get("downloads").is_some_and(|downloads| !downloads.is_null()) {
        let days = if text(record, "downloads_period") == "last-month" { 30 } else { 0 };
        builder.rule(CountingRule { counted: Counted::Unstated, days });
        builder.download(name, &digits(record.get("downloads")));
    }
    let time = |key| text(record, key).parse::<Timestamp>().ok();
    let last_release = time("latest_release_published_at");
    let versions = record.get("versions_count").and_then(Value::as_u64);
    let releases_a_year = releases_a_year(time("first_release_published_at"), last_release, versions);
    if releases_a_year.is_some() || last_release.is_some() {
        builder.worked(name, &Worked { releases_a_year, last_release, ..Worked::default() });
    }
    let maintainers = record.get("maintainers").and_then(Value::as_array);
    for maintainer in maintainers.into_iter().flatten() {
        builder.owner(name, maintainer["uuid"].as_str().or(maintainer["login"].as_str()).unwrap_or_default());
    }
    if let Ok(date) = text(record, "last_synced_at").parse::<Timestamp>() {
        builder.date(date);
    }
    Ok(())
}
