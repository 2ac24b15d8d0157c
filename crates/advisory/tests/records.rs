//! Records of the three great public databases' shapes, and what they say of versions.

use packhouse_advisory::{
    Advisory, Answer, Database, Ecosystem, RangeKind, Rating, RecordError, RecordLimits,
};
use packhouse_model::ProjectName;
use serde_json::{Value, json};

const PYSEC: &str = include_str!("records/PYSEC-2031-12.json");
const GHSA: &str = include_str!("records/GHSA-9wx4-h78v-vm56.json");
const MAL: &str = include_str!("records/MAL-2031-801.json");

fn database() -> Database {
    let mut database = Database::default();
    let files = [("a.json", PYSEC), ("b.json", GHSA), ("c.json", MAL)];
    let report = database.read_listing(files.map(|(name, text)| (name, text.as_bytes())));
    assert_eq!((report.added, report.skipped.len()), (3, 0), "{report:?}");
    database
}

fn project(name: &str) -> ProjectName {
    Ecosystem::PYPI.project(name).expect(name)
}

fn ids(database: &Database, name: &str, version: &str) -> Vec<String> {
    let found = database.affected(&Ecosystem::PYPI, &project(name), version);
    found.into_iter().map(|found| found.advisory.id.clone()).collect()
}

fn parse(value: &Value) -> Result<Advisory, RecordError> {
    Advisory::parse(value.to_string().as_bytes(), &RecordLimits::default())
}

#[test]
fn public_shapes() {
    let database = database();
    for (name, version, expected) in [
        ("orchard", "2.31.0", &["GHSA-9wx4-h78v-vm56", "PYSEC-2031-12"][..]),
        ("Orchard", "v2.31", &["GHSA-9wx4-h78v-vm56", "PYSEC-2031-12"]),
        ("orchard", "2.32.0rc1", &["GHSA-9wx4-h78v-vm56", "PYSEC-2031-12"]),
        ("orchard", "2.32.0", &[]),
        ("orchard", "2.32", &[]),
        ("orchard", "3", &[]),
        ("orchrad", "0.3", &["MAL-2031-801"]),
        ("orchrad", "0.1", &["MAL-2031-801"]),
        ("orchard-js", "1.2.0", &[]),
        ("unknown", "1", &[]),
    ] {
        assert_eq!(ids(&database, name, version), expected, "{name} {version}");
    }
    let js = ProjectName::from_canonical("orchard-js");
    for (version, expected) in
        [("0.9.9", 0), ("1.0.0-rc.1", 0), ("1.0.0", 1), ("v1.4.2", 1), ("1.4.2+build", 1), ("1.4.3", 0)]
    {
        assert_eq!(database.affected(&Ecosystem::NPM, &js, version).len(), expected, "{version}");
    }
}

#[test]
fn what_a_record_says_of_itself() {
    let database = database();
    let ghsa = database.get("GHSA-9wx4-h78v-vm56").expect("it is there");
    assert_eq!(ghsa.aliases, ["CVE-2031-35195"]);
    assert!(!ghsa.is_malware());
    assert_eq!(ghsa.rating(&ghsa.affected[0]), Some(Rating::Critical), "the higher of two scores");
    assert_eq!(ghsa.severity[0].base, Some(5.6));
    let pysec = database.get("PYSEC-2031-12").expect("it is there");
    assert_eq!(pysec.rating(&pysec.affected[0]), Some(Rating::Medium));
    assert_eq!(pysec.affected[0].ranges[0].kind, RangeKind::Git);
    assert_eq!(pysec.affected[0].fixed().collect::<Vec<_>>(), ["2.32.0"], "no commits");
    assert!(database.get("MAL-2031-801").expect("it is there").is_malware());

    let found = database.affected(&Ecosystem::PYPI, &project("orchard"), "2.31.0");
    assert_eq!(found[0].answer, Answer::Yes { fixed: vec!["2.32.0".to_owned()] });
}

#[test]
fn malware() {
    for (change, expected) in [
        (json!({}), false),
        (json!({"id": "MAL-2031-1"}), true),
        (json!({"aliases": ["MAL-2031-1"]}), true),
        (json!({"database_specific": {"cwe_ids": ["CWE-79", "CWE-506"]}}), true),
        (json!({"database_specific": {"cwe_ids": ["CWE-79"]}}), false),
        (json!({"database_specific": {"malicious-packages-origins": []}}), true),
    ] {
        let mut record = json!({"id": "GHSA-x", "modified": "2031-01-01T00:00:00Z"});
        for (key, value) in change.as_object().expect("an object") {
            record[key] = value.clone();
        }
        assert_eq!(parse(&record).expect("a record").is_malware(), expected, "{record}");
    }
}

#[test]
fn which_release_fixes() {
    let database = database();
    let fixes = |version| database.fixes(&Ecosystem::PYPI, &project("orchard"), version).len();
    assert_eq!(
        [fixes("2.32.0"), fixes("2.32"), fixes("2.31.0"), fixes("2.32.1"), fixes("2.33")],
        [2, 2, 0, 0, 0]
    );
    let js = ProjectName::from_canonical("orchard-js");
    assert_eq!(database.fixes(&Ecosystem::NPM, &js, "1.4.3").len(), 0, "nobody says that 1.4.3 is a fix");

    // Fixed in one branch, still affected by the next range; malware; withdrawn.
    let range = |events: Value| json!([{"type": "ECOSYSTEM", "events": events}]);
    for (extra, ranges, version, expected) in [
        (
            json!({}),
            range(json!([{"introduced": "0"}, {"fixed": "1.4"}, {"introduced": "2.0"}, {"fixed": "2.1"}])),
            "1.4",
            1,
        ),
        (
            json!({}),
            json!([
                {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.4"}]},
                {"type": "ECOSYSTEM", "events": [{"introduced": "1.3"}, {"fixed": "1.5"}]}
            ]),
            "1.4",
            0,
        ),
        (json!({"id": "MAL-1"}), range(json!([{"introduced": "0"}, {"fixed": "1.4"}])), "1.4", 0),
        (
            json!({"withdrawn": "2031-02-01T00:00:00Z"}),
            range(json!([{"introduced": "0"}, {"fixed": "1.4"}])),
            "1.4",
            0,
        ),
        (json!({}), json!([{"type": "GIT", "events": [{"introduced": "0"}, {"fixed": "1.4"}]}]), "1.4", 0),
    ] {
        let mut record = json!({
            "id": "A-1", "modified": "2031-01-01T00:00:00Z",
            "affected": [{"package": {"ecosystem": "PyPI", "name": "a"}, "ranges": ranges}]
        });
        for (key, value) in extra.as_object().expect("an object") {
            record[key] = value.clone();
        }
        let mut database = Database::default();
        database.merge(parse(&record).expect("a record"));
        assert_eq!(database.fixes(&Ecosystem::PYPI, &project("a"), version).len(), expected, "{record}");
    }
}

/// Rows of the schema's section *Evaluation*: events, then versions that are affected, then versions that are not.
#[test]
fn ranges() {
    for (events, affected, not) in [
        (json!([{"introduced": "0"}]), &["0", "0.dev0", "0a1", "1!9"][..], &[][..]),
        (json!([{"introduced": "1.0"}]), &["1", "1.0.0", "2"], &["0.9", "1.0rc1"]),
        (
            json!([{"introduced": "0"}, {"fixed": "1.0"}]),
            &["0.9", "1.0rc1", "1.0.dev1"],
            &["1.0", "1.0.post1"],
        ),
        (
            json!([{"introduced": "0"}, {"last_affected": "1.0"}]),
            &["0.9", "1.0"],
            &["1.0.post1", "1.0+ph.1", "1.1"],
        ),
        (json!([{"introduced": "1.5"}, {"last_affected": "1.5"}]), &["1.5", "1.5.0"], &["1.4", "1.5.1"]),
        // In any order, two branches.
        (
            json!([{"fixed": "2.3"}, {"introduced": "2.0"}, {"fixed": "1.2"}, {"introduced": "1.0"}]),
            &["1.0", "1.1.9", "2.0", "2.2"],
            &["0.9", "1.2", "1.9", "2.3", "3"],
        ),
        // Fixed and introduced again at once.
        (json!([{"introduced": "0"}, {"fixed": "2.0"}, {"introduced": "2.0"}]), &["1.0", "2.0", "3"], &[]),
        // Limits: before any one of them.
        (json!([{"introduced": "0"}, {"limit": "1.0"}, {"limit": "2.0"}]), &["0.5", "1.5"], &["2.0", "3"]),
        (json!([{"introduced": "0"}, {"limit": "*"}]), &["0", "99"], &[]),
        (json!([{"introduced": "3"}, {"limit": "2.0"}]), &[], &["1", "2", "3"]),
        // Several kinds in one object.
        (json!([{"introduced": "0", "fixed": "1.0"}]), &["0.9"], &["1.0"]),
        (json!([{"fixed": "1.0"}]), &[], &["0.9", "1.0"]),
        (json!([]), &[], &["1.0"]),
    ] {
        let record = json!({
            "id": "A-1", "modified": "2031-01-01T00:00:00Z",
            "affected": [{
                "package": {"ecosystem": "PyPI", "name": "a"},
                "ranges": [{"type": "ECOSYSTEM", "events": events}]
            }]
        });
        let mut database = Database::default();
        database.merge(parse(&record).expect("a record"));
        for (versions, expected) in [(affected, true), (not, false)] {
            for version in versions {
                assert_eq!(!ids(&database, "a", version).is_empty(), expected, "{version} in {events}");
            }
        }
    }
}

#[test]
fn what_cannot_be_told_is_not_no() {
    let range = |kind: &str, event: &str| json!([{"type": kind, "events": [{"introduced": event}]}]);
    for (ecosystem, ranges, versions, version, expected) in [
        ("PyPI", range("ECOSYSTEM", "one"), json!([]), "1.0", "\"one\" is no version of PyPI"),
        ("PyPI", range("ECOSYSTEM", "1.0"), json!([]), "1.0-x-y", "\"1.0-x-y\" is no version of PyPI"),
        (
            "Debian:12",
            range("ECOSYSTEM", "1.0"),
            json!([]),
            "1.0",
            "the order of versions of Debian:12 is not known",
        ),
        (
            "PyPI",
            range("GIT", "0"),
            json!([]),
            "1.0",
            "the record names no version, only commits or nothing at all",
        ),
        ("PyPI", json!([]), json!([]), "1.0", "the record names no version, only commits or nothing at all"),
        // What is listed is affected, whatever the order.
        ("Debian:12", range("ECOSYSTEM", "1.0"), json!(["1.0-2"]), "1.0-2", ""),
        ("PyPI", range("GIT", "0"), json!(["1.0"]), "1", ""),
    ] {
        let record = json!({
            "id": "A-1", "modified": "2031-01-01T00:00:00Z",
            "affected": [{"package": {"ecosystem": ecosystem, "name": "a"}, "ranges": ranges, "versions": versions}]
        });
        let mut database = Database::default();
        database.merge(parse(&record).expect("a record"));
        let ecosystem = Ecosystem::named(ecosystem);
        let found = database.affected(&ecosystem, &ProjectName::from_canonical("a"), version);
        match &found[0].answer {
            Answer::Unknown { reason } => assert_eq!(reason, expected),
            answer => assert!(expected.is_empty() && matches!(answer, Answer::Yes { .. }), "{answer:?}"),
        }
    }
    // Commits beside versions say nothing; malware without versions says all.
    let record = |id: &str, versions: Value| {
        json!({"id": id, "modified": "2031-01-01T00:00:00Z",
               "affected": [{"package": {"ecosystem": "PyPI", "name": "a"}, "versions": versions}]})
    };
    let mut database = Database::default();
    database.merge(parse(&record("MAL-1", json!([]))).expect("a record"));
    database.merge(parse(&record("A-1", json!(["2.0"]))).expect("a record"));
    assert_eq!(ids(&database, "a", "1.0"), ["MAL-1"]);
    assert_eq!(ids(&database, "a", "2"), ["MAL-1", "A-1"], "malware comes first");
}
