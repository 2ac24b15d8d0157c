//! Tables of comma-separated values (RFC 4180), by their column names.

use std::io::Read;

use csv::StringRecord;
use packhouse_model::Timestamp;

use super::builder::{Builder, Dependency};
use super::error::ImportError;
use super::report::Skip;
use super::{Reading, records};
use crate::snapshot::{Counted, CountingRule, Ecosystem, Need, Worked};

/// What would be recognised, for an error.
pub(super) const EXPECTED: &str = "top-pypi-packages (JSON or CSV), package,downloads tables, \
    package,version,source,dependency,specifier,marker,extra tables, package,owner tables, incidents, BigQuery \
    distribution_metadata (Parquet, JSON lines or CSV), deps.dev edges, libraries.io dependencies or projects, pypi-data's SQLite, a crates.io database dump, npm \
    download counts or ecosyste.ms packages";

type Result<T = ()> = std::result::Result<T, ImportError>;
type EachRow = Box<dyn Fn(&mut Builder, &StringRecord) -> Result>;

/// The columns of a table, by their names in lower case and without what is no letter or digit.
struct Columns(Vec<String>);

impl Columns {
    fn new(header: &StringRecord) -> Self {
        let plain = |name: &str| {
            let letters = name.chars().filter(char::is_ascii_alphanumeric);
            letters.map(|c| c.to_ascii_lowercase()).take(80).collect()
        };
        Self(header.iter().map(plain).collect())
    }

    fn at(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|column| column == name)
    }

    /// Where these columns are, if all of them are there.
    fn all<const N: usize>(&self, names: [&str; N]) -> Option<[usize; N]> {
        let mut found = [0; N];
        for (place, name) in found.iter_mut().zip(names) {
            *place = self.at(name)?;
        }
        Some(found)
    }
}

pub(super) fn read(plain: Box<dyn Read + '_>, head: &[u8], reading: &mut Reading<'_>) -> Result<Builder> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(plain);
    let mut row = StringRecord::new();
    if !next(&mut reader, &mut row, reading)?.unwrap_or(false) {
        return Err(unrecognised(head));
    }
    let columns = Columns::new(&row);
    let width = row.len();
    let headless = width == 2 && row[1].trim().parse::<i64>().is_ok();
    let (format, each) = if headless {
        ("package,downloads", counts(0, 1))
    } else {
        recognise(&columns)?.ok_or_else(|| unrecognised(head))?
    };
    let mut builder = Builder::new(format, reading.hints.clone(), reading.limits);
    if headless {
        builder.row(1)?;
        each(&mut builder, &row)?;
    }
    let mut count = 1;
    loop {
        let line = reader.position().line();
        let read = next(&mut reader, &mut row, reading)?;
        if read == Some(false) {
            return Ok(builder);
        }
        builder.row(row.position().map_or(line, csv::Position::line))?;
        match read {
            None => builder.skip(Skip::NotText, ""),
            Some(_) if row.len() != width => {
                builder.skip(Skip::Fields, &row.iter().collect::<Vec<_>>().join(","));
            }
            Some(_) => each(&mut builder, &row)?,
        }
        count += 1;
        reading.ended(count);
    }
}

/// Reads a row. `Some(false)` at the end, `None` when it is not UTF-8.
fn next(
    reader: &mut csv::Reader<Box<dyn Read + '_>>,
    row: &mut StringRecord,
    reading: &Reading<'_>,
) -> Result<Option<bool>> {
    match reader.read_record(row) {
        Ok(more) => Ok(Some(more)),
        Err(error) => {
            let line = error.position().map_or(0, csv::Position::line);
            match error.into_kind() {
                csv::ErrorKind::Utf8 { .. } => Ok(None),
                csv::ErrorKind::Io(error) => Err(reading.failed(line.max(reader.position().line()), error)),
                other => Err(reading.failed(line, std::io::Error::other(format!("{other:?}")))),
            }
        }
    }
}

fn unrecognised(head: &[u8]) -> ImportError {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let text: String = String::from_utf8_lossy(line).chars().filter(|c| !c.is_control()).take(80).collect();
    ImportError::Unrecognised { found: format!("a table that begins with {text:?}"), expected: EXPECTED }
}

fn recognise(columns: &Columns) -> Result<Option<(&'static str, EachRow)>> {
    if let Some(at) = columns.all(["package", "dependency", "marker", "extra"]) {
        return Ok(Some(("dependency table", dependency_table(at))));
    }
    if let Some([count, package]) = columns.all(["downloadcount", "project"]) {
        return Ok(Some(("top-pypi-packages CSV", counts(package, count))));
    }
    for name in ["package", "project", "name"] {
        let Some(package) = columns.at(name) else { continue };
        let downloads = columns.0.iter().position(|column| column.starts_with("downloads"));
        if let Some(downloads) = downloads {
            let rule = rule(&columns.0[downloads]);
            let each = counts(package, downloads);
            let each: EachRow = Box::new(move |builder, row| {
                builder.rule(rule);
                each(builder, row)
            });
            return Ok(Some(("package,downloads", each)));
        }
        let sizes =
            ["kloc", "releasesayear", "changedkloc", "risk", "contributors"].map(|name| columns.at(name));
        if sizes.iter().any(Option::is_some) {
            return Ok(Some(("package,kloc,releases_a_year", work(package, sizes))));
        }
        let owner =
            ["ownerid", "owner", "user", "maintainer", "login"].iter().find_map(|name| columns.at(name));
        if let Some(owner) = owner.filter(|_| columns.0.len() <= 4) {
            let each: EachRow = Box::new(move |builder, row| {
                builder.owner(&row[package], &row[owner]);
                Ok(())
            });
            return Ok(Some(("package,owner", each)));
        }
    }
    if let Some(at) = columns.all(["date", "ecosystem", "packages"]) {
        return Ok(Some(("incidents", incidents(at, columns.at("technique")))));
    }
    if let Some([name, version, requires]) = columns.all(["name", "version", "requiresdist"]) {
        let more = (columns.at("packagetype"), columns.at("uploadtime"));
        return Ok(Some(("BigQuery distribution_metadata CSV", metadata([name, version, requires], more))));
    }
    let libraries = [
        "platform",
        "projectname",
        "versionnumber",
        "dependencyname",
        "dependencykind",
        "optionaldependency",
    ];
    if let Some(at) = columns.all(libraries) {
        return Ok(Some(("libraries.io dependencies", libraries_io(at))));
    }
    if let Some(at) = columns.all(["system", "name", "version", "fromname", "toname"]) {
        return Ok(Some((
            "deps.dev edges CSV",
            deps_dev(at, ["fromversion", "snapshotat"].map(|name| columns.at(name))),
        )));
    }
    if let Some(at) = columns.all(["platform", "name", "createdtimestamp", "versionscount"]) {
        let more =
            ["latestreleasepublishtimestamp", "repositorycontributorscount"].map(|name| columns.at(name));
        return Ok(Some(("libraries.io projects", libraries_io_projects(at, more))));
    }
    if columns.all(["hosttype", "fork"]).is_some() {
        let hint = "it says of no package that it is its repository; import projects_with_repository_fields-1.6.0-….csv \
                    of the same release, which joins the two";
        return Err(ImportError::Elsewhere { what: "libraries.io's table of repositories", hint });
    }
    if columns.all(["platform", "projectid", "number", "publishedtimestamp"]).is_some() {
        let hint = "it has neither downloads, edges nor owners; import dependencies-1.6.0-….csv and projects-1.6.0-….csv";
        return Err(ImportError::Elsewhere { what: "libraries.io's table of versions", hint });
    }
    Ok(None)
}

/// How a column of downloads says that it was counted: `downloads`, `downloads_30d`, `downloads_7d_pip`,
/// `downloads_month_installers`. A month counts as 30 days, as those of top-pypi-packages do.
fn rule(column: &str) -> CountingRule {
    let rest = column.strip_prefix("downloads").unwrap_or_default();
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (days, whose) =
        match (rest.strip_prefix("month"), rest[..digits].parse(), rest[digits..].strip_prefix('d')) {
            (Some(whose), ..) => (30, whose),
            (None, Ok(days), Some(whose)) => (days, whose),
            _ => (0, rest),
        };
    let counted = match whose {
        "pip" => Counted::Pip,
        "installers" => Counted::AllInstallers,
        "requests" => Counted::Requests,
        _ => Counted::Unstated,
    };
    CountingRule { counted, days }
}

fn counts(package: usize, count: usize) -> EachRow {
    Box::new(move |builder, row| {
        builder.download(&row[package], &row[count]);
        Ok(())
    })
}

/// A table of one's own about how packages are worked on. A field without a number is unknown.
fn work(package: usize, [kloc, releases, changed, risk, contributors]: [Option<usize>; 5]) -> EachRow {
    Box::new(move |builder, row| {
        let cells = [kloc, releases, changed, risk, contributors];
        let texts = cells.map(|at| at.map_or("", |at| row[at].trim()));
        let mut numbers = [None; 5];
        for (number, text) in numbers.iter_mut().zip(texts) {
            match text.parse::<f64>() {
                _ if text.is_empty() => {}
                Ok(value) if value.is_finite() && value >= 0.0 => *number = Some(value),
                Ok(value) if value < 0.0 => {
                    builder.skip(Skip::Negative, &format!("{}: {text}", &row[package]));
                    return Ok(());
                }
                _ => {
                    builder.skip(Skip::Number, &format!("{}: {text}", &row[package]));
                    return Ok(());
                }
            }
        }
        let [kloc, releases_a_year, changed_kloc, risk, contributors] = numbers;
        let contributors = contributors.map(|people| people as u32);
        let worked = Worked { kloc, releases_a_year, changed_kloc, risk, contributors, last_release: None };
        builder.worked(&row[package], &worked);
        Ok(())
    })
}

/// `projects-1.6.0-2020-01-12.csv`, and the one with the fields of repositories.
fn libraries_io_projects(
    [platform, name, created, versions]: [usize; 4],
    [latest, contributors]: [Option<usize>; 2],
) -> EachRow {
    Box::new(move |builder, row| {
        if !builder.of(&row[platform])? {
            return Ok(());
        }
        let time = |at: usize| records::moment(&row[at]);
        let last_release = latest.and_then(time);
        let releases_a_year =
            records::releases_a_year(time(created), last_release, row[versions].parse().ok());
        let contributors = contributors.and_then(|at| row[at].parse().ok());
        builder
            .worked(&row[name], &Worked { releases_a_year, contributors, last_release, ..Worked::default() });
        Ok(())
    })
}

fn dependency_table([package, needs, marker, extra]: [usize; 4]) -> EachRow {
    Box::new(move |builder, row| {
        builder.assume(Ecosystem::Pypi);
        if row[needs].is_empty() {
            builder.package(&row[package]);
            return Ok(());
        }
        let need = if row[extra].is_empty() { Need::Runtime } else { Need::Extra };
        let (package, needs, marker, extra) = (&row[package], &row[needs], &row[marker], &row[extra]);
        builder.dependency(Dependency { package, needs, need, marker, extra })
    })
}

fn incidents([date, ecosystem, packages]: [usize; 3], technique: Option<usize>) -> EachRow {
    Box::new(move |builder, row| {
        builder.assume(Ecosystem::Pypi);
        let wanted = builder.ecosystem();
        let words = row[ecosystem].split(['/', '+', ',']);
        if !words.map(Ecosystem::read).any(|found| found == wanted) {
            builder.skip(Skip::OtherEcosystem, &row[ecosystem]);
            return Ok(());
        }
        let Ok(when) = row[date].parse::<Timestamp>() else {
            builder.skip(Skip::Date, &row[date]);
            return Ok(());
        };
        builder.date(when);
        let text = without_brackets(&row[packages]);
        // "10 squats: a, b" says how many there are, then which.
        let text = text.split_once(": ").map_or(text.as_str(), |(_, names)| names);
        let names: Vec<&str> =
            text.split([',', ';', '+']).flat_map(|part| part.split(" / ")).map(str::trim).collect();
        let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
        builder.incident(when, &names, technique.map_or("", |at| &row[at]));
        Ok(())
    })
}

fn without_brackets(text: &str) -> String {
    let mut depth = 0_u32;
    let mut kept = String::new();
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    kept
}

/// `bigquery-public-data.pypi.distribution_metadata`: one row for each file. CSV has no lists, so `requires_dist` was
/// written as JSON or with one requirement a line.
fn metadata([name, version, requires]: [usize; 3], (kind, time): (Option<usize>, Option<usize>)) -> EachRow {
    Box::new(move |builder, row| {
        let list: Vec<String> = if row[requires].trim_start().starts_with('[') {
            let Ok(list) = serde_json::from_str(&row[requires]) else {
                builder.skip(Skip::Requirement, &row[requires]);
                return Ok(());
            };
            list
        } else {
            row[requires].lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
        };
        let cell = |at: Option<usize>| at.map(|at| &row[at]);
        records::release(builder, &row[name], &row[version], cell(kind), cell(time), &list)
    })
}

/// `dependencies-1.6.0-2020-01-12.csv`: every version of every project; the newest one's are kept.
fn libraries_io([platform, project, version, needs, kind, optional]: [usize; 6]) -> EachRow {
    Box::new(move |builder, row| {
        if !builder.of(&row[platform])? || !builder.version(&row[project], &row[version], 0) {
            return Ok(());
        }
        let need = match row[kind].to_ascii_lowercase().as_str() {
            "build" => Need::Build,
            "dev" | "development" | "test" | "develop" => Need::Development,
            _ if row[optional].eq_ignore_ascii_case("true") || row[kind].eq_ignore_ascii_case("optional") => {
                Need::Extra
            }
            _ => Need::Runtime,
        };
        builder.dependency(Dependency {
            package: &row[project],
            needs: &row[needs],
            need,
            marker: "",
            extra: "",
        })
    })
}

/// `deps_dev_v1.DependencyGraphEdges` with its records laid flat: direct edges are those from the root.
fn deps_dev(
    [system, name, version, from, to]: [usize; 5],
    [from_version, time]: [Option<usize>; 2],
) -> EachRow {
    Box::new(move |builder, row| {
        let cell = |at: Option<usize>| at.map_or("", |at| &row[at]);
        let edge = records::ResolvedEdge {
            system: &row[system],
            root: (&row[name], &row[version]),
            from: (&row[from], cell(from_version)),
            to: &row[to],
            time: cell(time),
        };
        records::resolved_edge(builder, &edge)
    })
}
