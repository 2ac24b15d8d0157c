//! Where records come from, what is skipped, which copy counts; and hostile records.

use packhouse_advisory::{Advisory, Database, Ecosystem, RecordError, RecordLimits, SourceError, zip_limits};
use proptest::prelude::*;
use serde_json::{Value, json};

fn record(id: &str, modified: &str, fixed: &str) -> Vec<u8> {
    let record = json!({
        "id": id, "modified": modified,
        "affected": [{
            "package": {"ecosystem": "PyPI", "name": "orchard"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}]
        }]
    });
    record.to_string().into_bytes()
}

fn is_affected(database: &Database, version: &str) -> bool {
    let orchard = Ecosystem::PYPI.project("orchard").expect("a name");
    !database.affected(&Ecosystem::PYPI, &orchard, version).is_empty()
}

#[test]
fn the_newer_copy_counts() {
    let mut database = Database::default();
    let counts =
        |report: packhouse_advisory::Report| (report.added, report.updated, report.unchanged, report.changed);
    let first = record("A-1", "2031-01-02T00:00:00Z", "2.0");
    assert_eq!(counts(database.read_json("a", &first)), (1, 0, 0, vec!["A-1".to_owned()]));
    assert_eq!(counts(database.read_json("a", &first)), (0, 0, 1, vec![]));
    let older = record("A-1", "2031-01-01T00:00:00Z", "9.0");
    assert_eq!(counts(database.read_json("a", &older)), (0, 0, 1, vec![]));
    assert!(!is_affected(&database, "3.0"));
    let newer = record("A-1", "2031-01-03T00:00:00Z", "4.0");
    assert_eq!(counts(database.read_json("a", &newer)), (0, 1, 0, vec!["A-1".to_owned()]));
    assert!(is_affected(&database, "3.0"));

    // Withdrawn: a newer copy says so. Another project: the old place is given up.
    let mut withdrawn: Value =
        serde_json::from_slice(&record("A-1", "2031-01-04T00:00:00Z", "4.0")).expect("JSON");
    withdrawn["withdrawn"] = json!("2031-01-04T00:00:00Z");
    database.read_json("a", withdrawn.to_string().as_bytes());
    assert!(!is_affected(&database, "3.0"));
    assert_eq!(database.len(), 1);
    assert!(database.remove("A-1").is_some() && database.is_empty());
    assert!(database.remove("A-1").is_none());
}

#[test]
fn what_is_skipped_is_named() {
    let mut database = Database::default();
    let with = |key: &str, value: Value| {
        let mut record: Value =
            serde_json::from_slice(&record("A-1", "2031-01-02T00:00:00Z", "2.0")).expect("JSON");
        record[key] = value;
        record.to_string().into_bytes()
    };
    let package = json!({"ecosystem": "PyPI", "name": "a"});
    for (bytes, expected) in [
        (
            b"{".to_vec(),
            "expected a record of the OSV schema 1.x: EOF while parsing an object at line 1 column 1",
        ),
        (b"[]".to_vec(), "expected a record of the OSV schema 1.x: it is no JSON object"),
        (with("id", json!("")), "id of the record is empty, too long or has control characters"),
        (with("id", json!("A\n1")), "id of the record is empty, too long or has control characters"),
        (
            with("modified", json!("today")),
            "modified of the record is no time such as 2026-11-22T13:00:00Z; found \"today\"",
        ),
        (
            with("withdrawn", json!("no")),
            "withdrawn of the record is no time such as 2026-11-22T13:00:00Z; found \"no\"",
        ),
        (
            with("schema_version", json!("2.0.0")),
            "expected a record of the OSV schema 1.x; found schema \"2.0.0\"",
        ),
        (
            with("affected", json!([{"package": {"ecosystem": "PyPI", "name": "a/b"}}])),
            "\"a/b\" is no name of a project of PyPI",
        ),
        (
            with("affected", json!([{"package": package, "ranges": [{"type": "MAGIC", "events": []}]}])),
            "\"MAGIC\" is no range of the OSV schema 1.x",
        ),
        (
            with(
                "affected",
                json!([{"package": package, "ranges": [{"type": "GIT", "events": [{"mended": "1"}]}]}]),
            ),
            "\"mended\" is no event of the OSV schema 1.x",
        ),
        (
            with(
                "affected",
                json!([{"package": package, "ranges": [{"type": "GIT", "events": [{"fixed": 1}]}]}]),
            ),
            "the version of an event of the record is empty, too long or has control characters",
        ),
        (with("related", json!(vec!["x"; 20_001])), "the record has more than 20000 entries"),
    ] {
        let report = database.read_json("dir/x.json", &bytes);
        assert_eq!(report.skipped.len(), 1);
        assert_eq!(report.skipped[0].name, "dir/x.json");
        assert_eq!(report.skipped[0].reason.to_string(), expected);
    }
    assert!(database.is_empty());
    // What the schema allows to be null, missing or unknown is no reason.
    for (key, value) in [
        ("affected", Value::Null),
        ("aliases", Value::Null),
        ("schema_version", json!("1.99.0")),
        ("a_field_of_tomorrow", json!({"x": [1]})),
        (
            "affected",
            json!([{"ranges": [{"type": "GIT", "repo": "https://code.invalid", "events": [{"introduced": "0"}]}]}]),
        ),
    ] {
        assert_eq!(database.read_json("x.json", &with(key, value)).skipped, [], "{key}");
    }
}

#[test]
fn limits() {
    let limits = RecordLimits { bytes: 400, versions: 3, ..RecordLimits::default() };
    let record = |versions: usize| {
        json!({"id": "A-1", "modified": "2031-01-01T00:00:00Z",
               "affected": [{"package": {"ecosystem": "PyPI", "name": "a"}, "versions": vec!["1"; versions]}]})
        .to_string()
    };
    assert!(Advisory::parse(record(3).as_bytes(), &limits).is_ok());
    let error = |versions| Advisory::parse(record(versions).as_bytes(), &limits).expect_err("too much");
    assert_eq!(error(4), RecordError::TooMany { field: "versions", limit: 3 });
    assert!(matches!(error(100), RecordError::TooLarge { limit: 400, .. }));
    let deep =
        format!("{{\"id\":\"A\",\"modified\":\"2031-01-01\",\"database_specific\":{}", "[".repeat(100_000));
    assert!(Advisory::parse(deep.as_bytes(), &RecordLimits::default()).is_err());
}

/// A zip file of stored members, as the public exports are (but for compression).
fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in members {
        let offset = out.len() as u32;
        let mut header = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        header.extend(crc(bytes).to_le_bytes());
        header.extend((bytes.len() as u32).to_le_bytes());
        header.extend((bytes.len() as u32).to_le_bytes());
        header.extend((name.len() as u16).to_le_bytes());
        header.extend([0, 0]);
        out.extend(b"PK\x03\x04");
        out.extend(&header);
        out.extend(name.as_bytes());
        out.extend(*bytes);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&header);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let offset = out.len() as u32;
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend((members.len() as u16).to_le_bytes());
    out.extend((members.len() as u16).to_le_bytes());
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(offset.to_le_bytes());
    out.extend([0, 0]);
    out
}

fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

#[test]
fn archives() {
    let (one, two) =
        (record("A-1", "2031-01-02T00:00:00Z", "2.0"), record("A-2", "2031-01-02T00:00:00Z", "2.0"));
    let archive = zip(&[("A-1.json", &one), ("sub/A-2.json", &two), ("README.md", b"x"), ("bad.json", b"{")]);
    let mut database = Database::default();
    let report = database.read_zip(&archive, &zip_limits()).expect("it is read");
    assert_eq!((report.added, report.skipped.len(), database.len()), (2, 1, 2));
    assert_eq!(report.skipped[0].name, "bad.json");

    // Of an archive that is damaged at its end nothing is taken.
    let twice = zip(&[("A-1.json", &one), ("a-1.json", &two)]);
    let mut database = Database::default();
    assert!(matches!(database.read_zip(&twice, &zip_limits()), Err(SourceError::Archive(_))));
    assert!(database.read_zip(&archive[..archive.len() - 1], &zip_limits()).is_err());
    assert!(database.is_empty());
}

fn event() -> impl Strategy<Value = Value> {
    let version = "(0|[0-3](\\.[0-3]){0,2}(rc1)?)";
    prop_oneof![
        version.prop_map(|v| json!({"introduced": v})),
        version.prop_map(|v| json!({"fixed": v})),
        version.prop_map(|v| json!({"last_affected": v})),
    ]
}

proptest! {
    #[test]
    fn bytes_never_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut database = Database::default();
        database.read_json("x", &bytes);
        let _ = database.read_zip(&bytes, &zip_limits());
    }

    #[test]
    fn damage_never_makes_it_panic(at in 0usize..300, value: u8, version in "\\PC{0,20}") {
        let mut bytes = record("A-1", "2031-01-02T00:00:00Z", "2.0");
        let at = at % bytes.len();
        bytes[at] = value;
        let mut database = Database::default();
        database.read_json("x", &bytes);
        is_affected(&database, &version);
    }

    /// The order of events does not matter, and neither does that of records.
    #[test]
    fn order_says_nothing(events in prop::collection::vec(event(), 0..6), turn in 0usize..6, version in "[0-3](\\.[0-3]){0,2}") {
        let ask = |events: &[Value]| {
            let record = json!({
                "id": "A-1", "modified": "2031-01-01T00:00:00Z",
                "affected": [{
                    "package": {"ecosystem": "PyPI", "name": "orchard"},
                    "ranges": [{"type": "ECOSYSTEM", "events": events}]
                }]
            });
            let mut database = Database::default();
            let report = database.read_json("x", record.to_string().as_bytes());
            assert_eq!(report.skipped, []);
            is_affected(&database, &version)
        };
        let mut turned = events.clone();
        turned.rotate_left(turn % events.len().max(1));
        prop_assert_eq!(ask(&events), ask(&turned));
    }

    #[test]
    fn merging_knows_no_order(days in prop::collection::vec(1u8..28, 1..6)) {
        let ask = |days: &[u8]| {
            let mut database = Database::default();
            for day in days {
                database.read_json("x", &record("A-1", &format!("2031-01-{day:02}T00:00:00Z"), &format!("{day}.0")));
            }
            database.get("A-1").expect("it is there").modified
        };
        let mut sorted = days.clone();
        sorted.sort_unstable();
        prop_assert_eq!(ask(&days), ask(&sorted));
    }
}
