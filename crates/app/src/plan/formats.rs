//! Data sets whose readers need to jump about in a file: SQLite and Parquet. What is read in order is read by
//! `packhouse_plan::import`.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use packhouse_plan::import::{
    Builder, Dependency, Hints, ImportError, Imported, Limits, Progress, import, import_records,
};
use packhouse_plan::snapshot::{Counted, CountingRule, Ecosystem, Need};
use packhouse_store::ForeignSqlite;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::schema::types::Type;

use super::archive::hash;

/// Columns of Parquet files that say something for the plan: of `distribution_metadata`, deps.dev and ecosyste.ms. Others,
/// such as a project's whole description, are not even unpacked.
const COLUMNS: [&str; 21] = [
    "name",
    "version",
    "requires_dist",
    "packagetype",
    "upload_time",
    "SnapshotAt",
    "System",
    "Name",
    "Version",
    "From",
    "To",
    "project",
    "download_count",
    "ecosystem",
    "downloads",
    "downloads_period",
    "maintainers",
    "versions_count",
    "first_release_published_at",
    "latest_release_published_at",
    "last_synced_at",
];

/// Reads a file of any known format.
pub(super) fn read(
    path: &Path,
    hints: Hints,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Imported, ImportError> {
    let mut file = File::open(path).map_err(broken)?;
    let mut head = Vec::new();
    file.by_ref().take(16).read_to_end(&mut head).map_err(broken)?;
    if head == b"SQLite format 3\0" {
        return sqlite(path, hints, progress);
    }
    if head.starts_with(b"PAR1") {
        return parquet(path, hints, progress);
    }
    let mut reader = BufReader::new(File::open(path).map_err(broken)?);
    import(&mut reader, hints, Limits::default(), progress)
}

fn broken(source: std::io::Error) -> ImportError {
    ImportError::Read { bytes: 0, line: 0, source }
}

/// A Parquet file, row by row, with only the columns that are known.
fn parquet(
    path: &Path,
    hints: Hints,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Imported, ImportError> {
    let content = hash(path).map_err(broken)?;
    let size = std::fs::metadata(path).map_err(broken)?.len();
    let odd = |error: parquet::errors::ParquetError| broken(std::io::Error::other(error));
    let reader = SerializedFileReader::new(File::open(path).map_err(broken)?).map_err(odd)?;
    let schema = reader.metadata().file_metadata().schema();
    let rows = u64::try_from(reader.metadata().file_metadata().num_rows()).unwrap_or(0).max(1);
    let known: Vec<Arc<Type>> =
        schema.get_fields().iter().filter(|field| COLUMNS.contains(&field.name())).cloned().collect();
    if known.is_empty() {
        let names: Vec<&str> = schema.get_fields().iter().take(6).map(|field| field.name()).collect();
        let found = format!("a Parquet file with the columns {}", names.join(", "));
        let expected =
            "distribution_metadata of BigQuery, deps.dev's DependencyGraphEdges or packages of ecosyste.ms";
        return Err(ImportError::Unrecognised { found, expected });
    }
    let wanted = Type::group_type_builder(schema.name()).with_fields(known).build().map_err(odd)?;
    let records = reader.get_row_iter(Some(wanted)).map_err(odd)?;
    let mut records = records.map(|row| row.map(|row| row.to_json_value()).map_err(std::io::Error::other));
    // How far it is in the file is not known; how many rows there are is.
    let told = &mut |done: u64| progress(Progress { bytes: size / rows * done, rows: done });
    import_records(&mut records, content, hints, Limits::default(), told)
}

/// The database of sethmlarson/pypi-data. SQLite is read by a task of its own, as this is called from inside of some
/// runtime or of none.
fn sqlite(
    path: &Path,
    hints: Hints,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Imported, ImportError> {
    let content = hash(path).map_err(broken)?;
    let builder = std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(broken)?;
            runtime.block_on(pypi_data(path, hints, progress))
        });
        reading
            .join()
            .unwrap_or_else(|_| Err(broken(std::io::Error::other("the reader ended without a word"))))
    })?;
    builder.finish(content)
}

const PACKAGES: &str = "SELECT name, CAST(downloads AS TEXT) FROM packages";
const OLD_PACKAGES: &str = "SELECT DISTINCT name, NULL FROM packages";
const RECORDED: &str = "SELECT CAST(MAX(recorded_at) AS TEXT) FROM packages";
const UPLOADED: &str = "SELECT CAST(MAX(uploaded_at) AS TEXT) FROM packages";
const DEPS: &str = "SELECT package_name, NULL, extra, dep_name, dep_specifier FROM deps";
const OLD_DEPS: &str = "SELECT name, version, extra, dep_name, dep_specifier FROM deps";
const MAINTAINERS: &str = "SELECT package_name, name FROM maintainers";

async fn pypi_data(
    path: &Path,
    hints: Hints,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Builder, ImportError> {
    let odd = |error: packhouse_store::Error| broken(std::io::Error::other(crate::error_chain(&error)));
    let mut file = ForeignSqlite::open(path).await.map_err(odd)?;
    let packages = file.columns("packages").await.map_err(odd)?;
    let deps = file.columns("deps").await.map_err(odd)?;
    let has = |columns: &[String], name: &str| columns.iter().any(|column| column == name);
    if !has(&packages, "name") || !has(&deps, "dep_name") {
        let found = "an SQLite database without the tables packages and deps".to_owned();
        return Err(ImportError::Unrecognised { found, expected: "the database of sethmlarson/pypi-data" });
    }
    let mut feed = Feed::new(hints, progress);
    let mut date = None;
    for (column, query) in [("recorded_at", RECORDED), ("uploaded_at", UPLOADED)] {
        if has(&packages, column) && date.is_none() {
            let found = &mut |row: &[Option<&str>]| {
                date = row[0].and_then(|text| text.replacen(' ', "T", 1).parse().ok());
                ControlFlow::Break(())
            };
            file.each(query, found).await.map_err(odd)?;
        }
    }
    feed.builder.assume(Ecosystem::Pypi);
    feed.builder.source("sethmlarson/pypi-data");
    if let Some(date) = date {
        feed.builder.date(date);
    }
    // Its downloads are of a day and of all requests, by the query that its README shows.
    feed.builder.rule(CountingRule { counted: Counted::Requests, days: 1 });
    let query = if has(&packages, "downloads") { PACKAGES } else { OLD_PACKAGES };
    let mut each = |row: &[Option<&str>]| feed.package(row);
    file.each(query, &mut each).await.map_err(odd)?;
    let query = if has(&deps, "package_name") { DEPS } else { OLD_DEPS };
    let mut each = |row: &[Option<&str>]| feed.needs(row);
    file.each(query, &mut each).await.map_err(odd)?;
    if has(&file.columns("maintainers").await.map_err(odd)?, "package_name") {
        let mut each = |row: &[Option<&str>]| feed.owner(row);
        file.each(MAINTAINERS, &mut each).await.map_err(odd)?;
    }
    file.close().await.map_err(odd)?;
    match feed.failed {
        Some(error) => Err(error),
        None => Ok(feed.builder),
    }
}

/// Rows on their way into a builder.
struct Feed<'p> {
    builder: Builder,
    rows: u64,
    failed: Option<ImportError>,
    progress: &'p mut (dyn FnMut(Progress) + Send),
}

impl<'p> Feed<'p> {
    fn new(hints: Hints, progress: &'p mut (dyn FnMut(Progress) + Send)) -> Self {
        Self {
            builder: Builder::new("pypi-data SQLite", hints, Limits::default()),
            rows: 0,
            failed: None,
            progress,
        }
    }

    fn row(&mut self, take: impl FnOnce(&mut Builder) -> Result<(), ImportError>) -> ControlFlow<()> {
        self.rows += 1;
        if self.rows.is_multiple_of(16_384) {
            (self.progress)(Progress { bytes: 0, rows: self.rows });
        }
        match self.builder.row(self.rows).and_then(|()| take(&mut self.builder)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    fn package(&mut self, row: &[Option<&str>]) -> ControlFlow<()> {
        let name = row[0].unwrap_or_default();
        self.row(|builder| {
            builder.package(name);
            if let Some(count) = row[1] {
                builder.download(name, count);
            }
            Ok(())
        })
    }

    fn needs(&mut self, row: &[Option<&str>]) -> ControlFlow<()> {
        let [package, version, extra, needs, specifier] =
            [0, 1, 2, 3, 4].map(|at| row[at].unwrap_or_default());
        self.row(|builder| {
            if !version.is_empty() && !builder.version(package, version, 0) {
                return Ok(());
            }
            let marker = specifier.split_once(';').map_or("", |(_, marker)| marker.trim());
            let need = if extra.is_empty() { Need::Runtime } else { Need::Extra };
            builder.dependency(Dependency { package, needs, need, marker, extra })
        })
    }

    fn owner(&mut self, row: &[Option<&str>]) -> ControlFlow<()> {
        let [package, account] = [0, 1].map(|at| row[at].unwrap_or_default());
        self.row(|builder| {
            builder.owner(package, account);
            Ok(())
        })
    }
}
