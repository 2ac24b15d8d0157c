//! Data sets in files that have to be opened: SQLite and Parquet.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use packhouse_app::plan::{Archive, ArchiveError};
use packhouse_model::Timestamp;
use packhouse_plan::assemble::Sources;
use packhouse_plan::import::{Hints, ImportError, Skip};
use packhouse_plan::snapshot::{Ecosystem, Kind, Rows, Snapshot};
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

fn now() -> Timestamp {
    "2026-11-22".parse().expect("a date")
}

fn edges(snapshots: &[Snapshot]) -> Vec<String> {
    let rows = snapshots.iter().find_map(|snapshot| match &snapshot.rows {
        Rows::Dependencies(rows) => Some(rows),
        _ => None,
    });
    let table = rows.expect("dependencies");
    let name = |at| table.names.name(at);
    let mut edges: Vec<String> = table
        .edges
        .iter()
        .map(|edge| format!("{} {} {:?}", name(edge.from), name(edge.to), edge.need))
        .collect();
    edges.sort();
    edges
}

async fn database(path: &Path, sql: &'static str) {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = options.connect().await.expect("a database");
    sqlx::raw_sql(sql).execute(&mut connection).await.expect("tables");
    connection.close().await.expect("closed");
}

/// The schema that pypi-data's README shows.
const PYPI_DATA: &str = "
    CREATE TABLE packages (name STRING, version STRING, requires_python STRING, yanked BOOLEAN DEFAULT FALSE,
        has_binary_wheel BOOLEAN, uploaded_at TIMESTAMP, recorded_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, downloads INTEGER,
        PRIMARY KEY (name));
    CREATE TABLE deps (package_name STRING, extra STRING DEFAULT NULL, dep_name STRING, dep_specifier STRING,
        PRIMARY KEY (package_name, dep_name, dep_specifier));
    CREATE TABLE maintainers (name STRING, package_name STRING);
    INSERT INTO packages (name, recorded_at, downloads) VALUES
        ('Flask', '2023-09-01 00:00:00', 900), ('werkzeug', '2023-09-02 10:00:00', 800), ('-bad-', '2023-01-01', 1),
        ('e', '2023-01-01', -7);
    INSERT INTO packages (name, recorded_at)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT 'p' || i, '2023-01-01' FROM n;
    INSERT INTO deps VALUES ('Flask', NULL, 'Werkzeug', '>=3.0'), ('Flask', 'async', 'asgiref', '>=3.2'),
        ('Flask', NULL, 'enum34', '; python_version < ''3.4''');
    INSERT INTO maintainers VALUES ('somebody', 'Flask'), ('another', 'Flask'), ('somebody', 'werkzeug');";

#[tokio::test]
async fn pypi_data_is_read_whole_and_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("pypi.db");
    database(&path, PYPI_DATA).await;
    let archive = Archive::of(folder.path());
    let (kept, report) = archive.import(&path, Hints::none(now()), &mut |_| ()).expect("a data set");
    assert_eq!(report.format, "pypi-data SQLite");
    let kinds: Vec<Kind> = kept.holds.iter().map(|about| about.kind).collect();
    assert_eq!(kinds, [Kind::Downloads, Kind::Dependencies, Kind::Owners]);
    assert_eq!(kept.holds[0].date.date(), "2023-09-02", "the newest row says when it was so");
    assert_eq!((report.count(Skip::Negative), report.count(Skip::Name)), (1, 2), "{report:?}");

    let again = archive.newest(&Ecosystem::Pypi, now()).expect("the same again");
    assert_eq!(edges(&again), ["flask asgiref Extra", "flask enum34 Runtime", "flask werkzeug Runtime"]);
    let sources = Sources::newest(&again, &Ecosystem::Pypi);
    assert_eq!(sources.owners.and_then(|owners| owners.of("flask")), Some(2));
    assert_eq!(sources.downloads.map(|list| list.ranked()[0].clone()), Some(("flask".into(), 900)));
    let environments = packhouse_plan::condition::usual_environments(&["313"]);
    let (scored, graph) = sources.assembled(&environments, &packhouse_plan::score::Weights::default());
    let place =
        |name: &str| scored.facts().iter().position(|facts| &*facts.package == name).expect(name) as u32;
    assert_eq!(graph.neighbours(place("flask")), [place("werkzeug")], "a marker that holds nowhere");
}

#[tokio::test]
async fn another_database_is_refused_and_nothing_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("other.db");
    database(&path, "CREATE TABLE t (x TEXT); CREATE VIEW packages AS SELECT x AS name FROM t").await;
    let archive = Archive::of(folder.path());
    let failed = archive.import(&path, Hints::none(now()), &mut |_| ());
    let wrong = matches!(failed, Err(ArchiveError::Import { source: ImportError::Unrecognised { .. }, .. }));
    assert!(wrong, "{failed:?}");
    let whole = std::fs::read(&path).expect("a file");
    std::fs::write(&path, &whole[..whole.len() / 2]).expect("a file");
    assert!(archive.import(&path, Hints::none(now()), &mut |_| ()).is_err());
    assert_eq!(archive.kept().expect("nothing"), []);
}

const SCHEMA: &str = "message rows {
    REQUIRED BINARY name (UTF8);
    REQUIRED BINARY version (UTF8);
    OPTIONAL BINARY description (UTF8);
    OPTIONAL BINARY packagetype (UTF8);
    OPTIONAL INT64 upload_time (TIMESTAMP_MICROS);
    OPTIONAL group requires_dist (LIST) { REPEATED group list { OPTIONAL BINARY element (UTF8); } }
}";

fn texts(group: &mut SerializedRowGroupWriter<'_, File>, values: &[&str], levels: Option<(&[i16], &[i16])>) {
    let values: Vec<ByteArray> = values.iter().map(|text| ByteArray::from(*text)).collect();
    let mut column = group.next_column().expect("a column").expect("one more");
    let (definition, repetition) = levels.unzip();
    let repetition = repetition.filter(|levels| !levels.is_empty());
    column.typed::<ByteArrayType>().write_batch(&values, definition, repetition).expect("values");
    column.close().expect("a column");
}

/// As `BigQuery` exports `distribution_metadata`: a row for each file, lists of three levels.
fn parquet(path: &Path, compression: Compression) {
    let schema = Arc::new(parse_message_type(SCHEMA).expect("a schema"));
    let properties = Arc::new(WriterProperties::builder().set_compression(compression).build());
    let file = File::create(path).expect("a file");
    let mut writer = SerializedFileWriter::new(file, schema, properties).expect("a writer");
    let mut group = writer.next_row_group().expect("rows");
    texts(&mut group, &["Flask", "Flask", "werkzeug"], None);
    texts(&mut group, &["3.0.0", "2.9.0", "3.0.1"], None);
    texts(&mut group, &["long", "text"], Some((&[1, 1, 0], &[])));
    texts(&mut group, &["bdist_wheel", "sdist", "bdist_wheel"], Some((&[1, 1, 1], &[])));
    let mut column = group.next_column().expect("a column").expect("one more");
    let times = [1_690_000_000_000_000, 1_680_000_000_000_000, 1_700_000_000_000_000];
    column.typed::<Int64Type>().write_batch(&times, Some(&[1, 1, 1]), None).expect("values");
    column.close().expect("a column");
    // Flask 3.0.0 needs two, 2.9.0 one that counts no more, werkzeug has no list at all.
    let needs = ["Werkzeug>=3.0", "asgiref>=3.2 ; extra == 'async'", "old>=1"];
    texts(&mut group, &needs, Some((&[3, 3, 3, 0], &[0, 1, 0, 0])));
    group.close().expect("rows");
    writer.close().expect("a file");
}

#[test]
fn parquet_exports_are_read_with_each_codec() {
    for (name, compression) in [
        ("plain.parquet", Compression::UNCOMPRESSED),
        ("snappy.parquet", Compression::SNAPPY),
        ("gzip.parquet", Compression::GZIP(parquet::basic::GzipLevel::default())),
        ("zstd.parquet", Compression::ZSTD(parquet::basic::ZstdLevel::default())),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        parquet(&path, compression);
        let archive = Archive::of(folder.path());
        let (kept, report) = archive.import(&path, Hints::none(now()), &mut |_| ()).expect(name);
        assert_eq!((report.format, report.rows), ("BigQuery distribution_metadata", 3), "{name}");
        assert_eq!(report.count(Skip::OlderVersion), 1, "{name}: {report:?}");
        assert_eq!(kept.holds[0].date.date(), "2023-11-14", "{name}");
        let again = archive.newest(&Ecosystem::Pypi, now()).expect("the same again");
        assert_eq!(edges(&again), ["flask asgiref Extra", "flask werkzeug Runtime"], "{name}");
        // A file that was cut has no index.
        let whole = std::fs::read(&path).expect("a file");
        std::fs::write(&path, &whole[..whole.len() - 9]).expect("a file");
        assert!(archive.import(&path, Hints::none(now()), &mut |_| ()).is_err(), "{name}");
    }
}
