//! The database dump of crates.io: tables as CSV in a tar, in any order.

use std::io::Read;

use csv::StringRecord;
use packhouse_model::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};

use super::builder::{Builder, Dependency};
use super::error::ImportError;
use super::report::Skip;
use super::{Reading, records};
use crate::snapshot::{Counted, CountingRule, Ecosystem, Need, Worked};

type Result<T = ()> = std::result::Result<T, ImportError>;

/// A dependency by the numbers of the dump.
struct Raw {
    version: u32,
    needs: u32,
    need: Need,
}

/// When a crate was released.
struct Releases {
    first: Timestamp,
    last: Timestamp,
    count: u64,
}

#[derive(Default)]
struct Dump {
    crates: FxHashMap<u32, Box<str>>,
    /// The version that stands for a crate.
    heads: FxHashMap<u32, u32>,
    /// The crate of each version.
    versions: FxHashMap<u32, u32>,
    releases: FxHashMap<u32, Releases>,
    dependencies: Vec<Raw>,
    owners: Vec<(u32, Box<str>)>,
    /// Of all time.
    downloads: Vec<(u32, u64)>,
    /// Of the last days, by version.
    recent: FxHashMap<u32, u64>,
    days: FxHashSet<Box<str>>,
}

pub(super) fn read(plain: Box<dyn Read + '_>, reading: &mut Reading<'_>) -> Result<Builder> {
    let mut builder = Builder::new("crates.io database dump", reading.hints.clone(), reading.limits);
    builder.assume(Ecosystem::Cargo);
    let mut dump = Dump::default();
    let mut archive = tar::Archive::new(plain);
    let entries = archive.entries().map_err(|error| reading.failed(0, error))?;
    let mut rows = 0;
    for entry in entries {
        let mut entry = entry.map_err(|error| reading.failed(rows, error))?;
        reading.gauge.next_record();
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let name = path.rsplit('/').next().unwrap_or_default();
        if name == "metadata.json" {
            let mut text = String::new();
            entry
                .by_ref()
                .take(1 << 16)
                .read_to_string(&mut text)
                .map_err(|error| reading.failed(rows, error))?;
            let value: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
            if let Some(date) = value["timestamp"].as_str().and_then(|text| text.parse().ok()) {
                builder.date(date);
            }
        } else if path.contains("data/") && name.ends_with(".csv") {
            table(name.trim_end_matches(".csv"), entry, &mut dump, &mut builder, reading, &mut rows)?;
        } else {
            // What is of no use is read over here, not by the archive, so that no entry counts as one long record.
            let mut buffer = [0; 8_192];
            while entry.read(&mut buffer).map_err(|error| reading.failed(rows, error))? > 0 {
                reading.gauge.next_record();
            }
        }
    }
    dump.feed(&mut builder)?;
    Ok(builder)
}

fn table(
    name: &str,
    entry: impl Read,
    dump: &mut Dump,
    builder: &mut Builder,
    reading: &mut Reading<'_>,
    rows: &mut u64,
) -> Result {
    let columns: &[&str] = match name {
        "crates" => &["id", "name"],
        "default_versions" => &["crate_id", "version_id"],
        "versions" => &["id", "crate_id", "created_at"],
        "dependencies" => &["version_id", "crate_id", "kind", "optional"],
        "crate_owners" => &["crate_id", "owner_id", "owner_kind"],
        "crate_downloads" => &["crate_id", "downloads"],
        "version_downloads" => &["version_id", "downloads", "date"],
        _ => &[],
    };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(entry);
    let mut row = StringRecord::new();
    let mut at: Option<Vec<usize>> = None;
    loop {
        match reader.read_record(&mut row) {
            Ok(false) => return Ok(()),
            Ok(true) => {}
            Err(error) => match error.into_kind() {
                csv::ErrorKind::Utf8 { .. } => {
                    builder.skip(Skip::NotText, name);
                    continue;
                }
                csv::ErrorKind::Io(error) => return Err(reading.failed(*rows, error)),
                other => return Err(reading.failed(*rows, std::io::Error::other(format!("{other:?}")))),
            },
        }
        let Some(at) = &at else {
            let places = columns.iter().map(|column| row.iter().position(|field| field == *column));
            let Some(places) = places.collect::<Option<Vec<usize>>>() else {
                let found = format!("{name}.csv without the columns {}", columns.join(", "));
                return Err(ImportError::Unrecognised { found, expected: "a database dump of crates.io" });
            };
            at = Some(places);
            continue;
        };
        *rows += 1;
        builder.row(*rows)?;
        reading.ended(*rows);
        if !columns.is_empty() {
            let fields: Option<Vec<&str>> = at.iter().map(|at| row.get(*at)).collect();
            if fields.and_then(|fields| dump.row(name, &fields)).is_none() {
                builder.skip(Skip::Fields, &format!("{name}: {}", row.iter().collect::<Vec<_>>().join(",")));
            }
        }
    }
}

impl Dump {
    /// Takes a row, or `None` when its numbers are none.
    fn row(&mut self, table: &str, fields: &[&str]) -> Option<()> {
        let number = |at: usize| fields.get(at).and_then(|field| field.parse::<u32>().ok());
        let count = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
        match table {
            "crates" => {
                self.crates.insert(number(0)?, fields[1].into());
            }
            "default_versions" => {
                self.heads.insert(number(1)?, number(0)?);
            }
            "versions" => {
                let package = number(1)?;
                self.versions.insert(number(0)?, package);
                let at = records::moment(fields[2])?;
                let known = self.releases.entry(package);
                let known = known.or_insert(Releases { first: at, last: at, count: 0 });
                known.first = known.first.min(at);
                known.last = known.last.max(at);
                known.count += 1;
            }
            "dependencies" => {
                let need = match (fields[2], fields[3]) {
                    ("1", _) => Need::Build,
                    ("2", _) => Need::Development,
                    ("0", "t" | "true") => Need::Extra,
                    ("0", _) => Need::Runtime,
                    _ => return None,
                };
                let raw = Raw { version: number(0)?, needs: number(1)?, need };
                // The heads stand before in every dump that we know; else they are looked at in the end.
                if self.heads.is_empty() || self.heads.contains_key(&raw.version) {
                    self.dependencies.push(raw);
                }
            }
            "crate_owners" => {
                // A team and a user may have the same number.
                let account = format!("{}:{}", fields[2], number(1)?);
                self.owners.push((number(0)?, account.into()));
            }
            "crate_downloads" => self.downloads.push((number(0)?, count(1)?)),
            "version_downloads" => {
                let sum = self.recent.entry(number(0)?).or_default();
                *sum = sum.saturating_add(count(1)?);
                if self.days.len() < 1_000 && !self.days.contains(fields[2]) {
                    self.days.insert(fields[2].into());
                }
            }
            _ => {}
        }
        Some(())
    }

    fn feed(self, builder: &mut Builder) -> Result {
        if self.heads.is_empty() && !self.dependencies.is_empty() {
            let found = "a dump without default_versions.csv".to_owned();
            return Err(ImportError::Unrecognised {
                found,
                expected: "a database dump of crates.io of 2024 or later",
            });
        }
        for name in self.crates.values() {
            builder.package(name);
        }
        let mut lost = 0_u64;
        for Raw { version, needs, need } in &self.dependencies {
            let Some(head) = self.heads.get(version) else { continue };
            let (Some(package), Some(needs)) = (self.crates.get(head), self.crates.get(needs)) else {
                lost += 1;
                continue;
            };
            builder.dependency(Dependency { package, needs, need: *need, marker: "", extra: "" })?;
        }
        for (package, account) in &self.owners {
            match self.crates.get(package) {
                Some(name) => builder.owner(name, account),
                None => lost += 1,
            }
        }
        let mut recent: FxHashMap<u32, u64> = FxHashMap::default();
        for (version, downloads) in &self.recent {
            match self.versions.get(version) {
                Some(package) => *recent.entry(*package).or_default() += downloads,
                None => lost += 1,
            }
        }
        let (counts, days) = if recent.is_empty() {
            (self.downloads, 0)
        } else {
            (recent.into_iter().collect(), self.days.len() as u16)
        };
        builder.rule(CountingRule { counted: Counted::Requests, days });
        for (package, count) in counts {
            match self.crates.get(&package) {
                Some(name) => builder.downloaded(name, count),
                None => lost += 1,
            }
        }
        for (package, Releases { first, last, count }) in &self.releases {
            let Some(name) = self.crates.get(package) else {
                lost += 1;
                continue;
            };
            let releases_a_year = records::releases_a_year(Some(*first), Some(*last), Some(*count));
            builder.worked(name, &Worked { releases_a_year, last_release: Some(*last), ..Worked::default() });
        }
        for _ in 0..lost {
            builder.skip(Skip::Unconnected, "a number that no crate has");
        }
        Ok(())
    }
}
