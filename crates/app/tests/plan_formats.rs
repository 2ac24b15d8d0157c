//! Data sets in files that have to be opened: SQLite and Parquet.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use packhouse_app::plan::{Archive, ArchiveError};
use packhouse_model::Timestamp;
use packhouse_plan::assemble::Sources;
use packhouse_plan::import::{Hints, ImportError, Progress, Skip};
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

/// `DependencyGraphEdges` as deps.dev describes it, in the types that `BigQuery` exports: the root, and an edge between any
/// two packages of its resolved graph.
const DEPS_DEV: &str = "message rows {
    REQUIRED INT64 SnapshotAt (TIMESTAMP(MICROS, true));
    REQUIRED BINARY System (UTF8);
    REQUIRED BINARY Name (UTF8);
    REQUIRED BINARY Version (UTF8);
    OPTIONAL BINARY Requirement (UTF8);
    OPTIONAL group From { OPTIONAL BINARY System (UTF8); OPTIONAL BINARY Name (UTF8); OPTIONAL BINARY Version (UTF8); }
    OPTIONAL group To { OPTIONAL BINARY System (UTF8); OPTIONAL BINARY Name (UTF8); OPTIONAL BINARY Version (UTF8); }
}";

/// System, root, its version, who needs, in which version, who is needed.
type EdgeRow = [&'static str; 6];

const EDGES: [EdgeRow; 6] = [
    ["PYPI", "app", "1.0", "app", "1.0", "dropped"],
    ["PYPI", "app", "2.0", "app", "2.0", "Requests"],
    // What requests needs stands in app's graph too, and in that of another version of app.
    ["PYPI", "app", "2.0", "requests", "2.31.0", "idna"],
    ["PYPI", "app", "2.0", "app", "1.0", "dropped"],
    ["PYPI", "requests", "2.31.0", "requests", "2.31.0", "idna"],
    // A row without `To`: nobody is needed.
    ["PYPI", "app", "2.0", "app", "2.0", ""],
];

fn graph_edges(path: &Path, rows: &[EdgeRow]) {
    let schema = Arc::new(parse_message_type(DEPS_DEV).expect("a schema"));
    let file = File::create(path).expect("a file");
    let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).expect("a writer");
    let mut group = writer.next_row_group().expect("rows");
    let mut column = group.next_column().expect("a column").expect("one more");
    // 2024-08-04T10:00:00Z.
    let times = vec![1_722_765_600_000_000; rows.len()];
    column.typed::<Int64Type>().write_batch(&times, None, None).expect("values");
    column.close().expect("a column");
    let cells = |at: usize| rows.iter().map(|row| row[at]).collect::<Vec<_>>();
    for at in 0..3 {
        texts(&mut group, &cells(at), None);
    }
    texts(&mut group, &[], Some((&vec![0; rows.len()], &[])));
    let empty = vec![0_i16; 0];
    for (system, name, version) in [(0, 3, Some(4)), (0, 5, None)] {
        // A record that is there counts one, and a field of it one more.
        let levels: Vec<i16> = cells(name).iter().map(|name| if name.is_empty() { 0 } else { 2 }).collect();
        let there = |at: usize| {
            rows.iter().filter(|row| !row[name].is_empty()).map(|row| row[at]).collect::<Vec<_>>()
        };
        texts(&mut group, &there(system), Some((&levels, &empty)));
        texts(&mut group, &there(name), Some((&levels, &empty)));
        match version {
            Some(at) => texts(&mut group, &there(at), Some((&levels, &empty))),
            None => texts(&mut group, &vec!["9.9"; there(name).len()], Some((&levels, &empty))),
        }
    }
    group.close().expect("rows");
    writer.close().expect("a file");
}

#[test]
fn the_graphs_of_deps_dev_are_read_from_parquet() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("000000000000.parquet");
    let others = ["a", "b", "c", "d", "e", "f"].map(|name| ["PYPI", name, "1.0", name, "1.0", "idna"]);
    let mut rows = [EDGES.as_slice(), &others].concat();
    graph_edges(&path, &rows);
    let archive = Archive::of(folder.path());
    let (kept, report) = archive.import(&path, Hints::none(now()), &mut |_| ()).expect("edges");
    assert_eq!((report.format, report.rows), ("deps.dev edges", 12));
    assert_eq!(
        [Skip::Indirect, Skip::Fields, Skip::OlderVersion].map(|reason| report.count(reason)),
        [2, 1, 0],
        "{report:?}"
    );
    assert_eq!(kept.holds[0].ecosystem, Ecosystem::Pypi);
    assert_eq!(kept.holds[0].date.minute(), "2024-08-04 10:00 UTC");
    let read = edges(&archive.newest(&Ecosystem::Pypi, now()).expect("the same again"));
    let direct: Vec<&String> = read.iter().filter(|edge| edge.len() > "a idna Runtime".len()).collect();
    assert_eq!(
        direct,
        ["app requests Runtime", "requests idna Runtime"],
        "the newest version's, and no others"
    );
    assert_eq!(read.len(), 8);

    // The older version after the newer one is counted as skipped.
    rows.swap(0, 1);
    graph_edges(&path, &rows);
    let (_, report) = archive.import(&path, Hints::none(now()), &mut |_| ()).expect("edges");
    assert_eq!(report.count(Skip::OlderVersion), 1, "{report:?}");

    // Two registries in one export: somebody has to say which.
    rows.push(["NPM", "left", "1.0.0", "left", "1.0.0", "pad"]);
    graph_edges(&path, &rows);
    let mixed = archive.import(&path, Hints::none(now()), &mut |_| ());
    let wrong = matches!(mixed, Err(ArchiveError::Import { source: ImportError::Mixed { .. }, .. }));
    assert!(wrong, "{mixed:?}");
    let npm = Hints { ecosystem: Some(Ecosystem::Npm), ..Hints::none(now()) };
    let (kept, report) = archive.import(&path, npm, &mut |_| ()).expect("edges");
    assert_eq!((&kept.holds[0].ecosystem, report.count(Skip::OtherEcosystem)), (&Ecosystem::Npm, 11));
    let npm = archive.newest(&Ecosystem::Npm, now()).expect("the same again");
    assert_eq!(edges(&npm), ["left pad Runtime"]);
}

fn list(path: &Path, packages: usize) {
    let mut text = "package,downloads\n".to_owned();
    for at in 0..packages {
        text += &format!("p{at},{}\n", packages - at);
    }
    std::fs::write(path, text).expect("a file");
}

#[test]
fn a_file_that_is_written_to_meanwhile_is_not_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("pypi_downloads_2026-01-01.csv");
    list(&path, 10);
    let archive = Archive::of(folder.path());
    // The last word of progress comes when all was read, before it is kept.
    let mut more = |_: Progress| list(&path, 11);
    let failed = archive.import(&path, Hints::none(now()), &mut more);
    assert!(matches!(failed, Err(ArchiveError::Moving { .. })), "{failed:?}");
    assert_eq!(archive.kept().expect("nothing"), []);
    assert_eq!(std::fs::read_dir(folder.path().join("plan/raw")).expect("a folder").count(), 0);
}

#[test]
fn imports_at_the_same_time_lose_nothing_of_each_other() {
    let folder = tempfile::tempdir().expect("a folder");
    std::thread::scope(|scope| {
        for number in 1..=16 {
            let folder = folder.path();
            scope.spawn(move || {
                let path = folder.join(format!("pypi_downloads_2026-01-{number:02}.csv"));
                list(&path, number);
                Archive::of(folder).import(&path, Hints::none(now()), &mut |_| ()).expect("a data set");
            });
        }
    });
    let kept = Archive::of(folder.path()).kept().expect("a manifest");
    assert_eq!(kept.len(), 16);
    assert_eq!(std::fs::read_dir(folder.path().join("plan/raw")).expect("a folder").count(), 16);
}
