//! Every format in a small piece, and all that may be wrong with a file.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use packhouse_model::Sha256;
use packhouse_plan::import::{Builder, Hints, ImportError, Imported, Limits, Progress, Skip, import};
use packhouse_plan::snapshot::{
    Counted, CountingRule, Dependencies, Ecosystem, Kind, Need, NotComparable, Rows, Snapshot,
};
use proptest::prelude::*;

fn hints() -> Hints {
    let mut hints = Hints::none("2026-11-22".parse().expect("a date"));
    hints.date = Some("2026-04-01".parse().expect("a date"));
    hints
}

fn read_with(bytes: &[u8], hints: Hints, limits: Limits) -> Result<Imported, ImportError> {
    import(&mut &*bytes, hints, limits, &mut |_| ())
}

fn read(bytes: &[u8]) -> Result<Imported, ImportError> {
    read_with(bytes, hints(), Limits::default())
}

fn undated() -> Hints {
    Hints { date: None, ..hints() }
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn downloads(snapshot: &Snapshot) -> Vec<(&str, u64)> {
    let Rows::Downloads(downloads) = &snapshot.rows else {
        panic!("expected downloads: {:?}", snapshot.about)
    };
    downloads.ranked().iter().map(|(name, count)| (&**name, *count)).collect()
}

fn edges(snapshot: &Snapshot) -> Vec<String> {
    let Rows::Dependencies(table) = &snapshot.rows else {
        panic!("expected dependencies: {:?}", snapshot.about)
    };
    let Dependencies { names, edges, conditions } = table;
    let mut lines: Vec<String> = edges
        .iter()
        .map(|edge| {
            let when = &conditions[edge.when as usize];
            let line = format!(
                "{} {} {:?} {} {}",
                names.name(edge.from),
                names.name(edge.to),
                edge.need,
                when.marker,
                when.extra
            );
            line.trim_end().to_owned()
        })
        .collect();
    lines.sort_unstable();
    lines
}

const CLICKHOUSE: &str = r#"{"last_update":"2026-04-01 06:34:06","source":"ClickHouse","meta":[{"name":"download_count","type":"Int64"}],
  "rows":[{"download_count":30,"project":"boto3"},{"download_count":40,"project":"Typing_Extensions"}],"total_rows":2,"statistics":{"elapsed":1.5}}"#;
const PYPINFO: &str = r#"{"last_update":"2022-05-01 00:31:04","query":{"bytes_billed":1,"cached":false},
  "rows":[{"download_count":7,"project":"six"}]}"#;

#[test]
fn every_era_of_top_packages_says_how_it_counted() {
    let of = |text: &str, hints| {
        read_with(text.as_bytes(), hints, Limits::default()).expect(text).snapshots.remove(0)
    };
    let now = of(CLICKHOUSE, undated());
    assert_eq!(downloads(&now), [("typing-extensions", 40), ("boto3", 30)]);
    assert_eq!(now.about.rule, CountingRule { counted: Counted::AllInstallers, days: 30 });
    assert_eq!(now.about.date.to_string(), "2026-04-01T06:34:06.000000Z");
    assert_eq!((now.about.kind, &now.about.ecosystem), (Kind::Downloads, &Ecosystem::Pypi));
    assert_eq!(now.about.content, Sha256::of(CLICKHOUSE.as_bytes()));
    let then = of(PYPINFO, undated());
    assert_eq!(then.about.rule, CountingRule { counted: Counted::Pip, days: 30 });
    let bare = of(r#"[["six", 5], ["idna", 6]]"#, hints());
    assert_eq!(downloads(&bare), [("idna", 6), ("six", 5)]);
    assert_eq!(bare.about.rule, CountingRule::UNSTATED);
    let bare = of(r#"[{"project":"six","download_count":5}]"#, hints());
    assert_eq!(downloads(&bare), [("six", 5)]);
    let table = of("download_count,project\n5,six\n", hints());
    assert_eq!(downloads(&table), [("six", 5)]);

    let totals = [&now, &then, &bare].map(|snapshot| snapshot.total().expect("downloads"));
    assert!(matches!(totals[0].share_of(&totals[1]), Err(NotComparable::Rules { .. })));
    assert!(matches!(
        totals[2].share_of(&table.total().expect("downloads")),
        Err(NotComparable::Rules { .. })
    ));
    assert_eq!(totals[2].share_of(&totals[2]), Ok(1.0));
}

#[test]
fn tables_are_known_by_their_columns() {
    let list = read(b"\xef\xbb\xbfrank,package,downloads_30d\n1,boto3,9\n2,six,8\n").expect("a list");
    assert_eq!(downloads(&list.snapshots[0]), [("boto3", 9), ("six", 8)]);
    let npm = Hints { ecosystem: Some(Ecosystem::Npm), ..hints() };
    let list = read_with(b"@scope/a,585\nleft-pad,579\n", npm, Limits::default()).expect("a list");
    assert_eq!(downloads(&list.snapshots[0]), [("@scope/a", 585), ("left-pad", 579)]);

    let table = "package,version,source,dependency,specifier,marker,extra\n\
        A.b,1,wheel,six,>=1,,\n\
        A.b,1,wheel,toml,,\"extra == \"\"x\"\"\",x\n\
        A.b,1,wheel,enum34,,\"python_version < \"\"3.4\"\"\",\n\
        A.b,1,wheel,a-b,,,\n\
        lonely,1,wheel,,,,\n";
    let imported = read(&packed(table.as_bytes())).expect("a table");
    assert_eq!(
        edges(&imported.snapshots[0]),
        ["a-b enum34 Runtime python_version < \"3.4\"", "a-b six Runtime", "a-b toml Extra extra == \"x\" x"]
    );
    assert_eq!(imported.report.count(Skip::Itself), 1);
    let Rows::Dependencies(table) = &imported.snapshots[0].rows else { panic!("expected dependencies") };
    assert!(table.names.id("lonely").is_some());
    let environments = packhouse_plan::condition::usual_environments(&["311"]);
    let selected = table.graph(&[Need::Runtime], &environments);
    assert_eq!((selected.graph.edges(), selected.excluded), (1, 1));
    assert_eq!(table.graph(&[Need::Runtime, Need::Extra], &environments).graph.edges(), 2);

    let owners = read(b"package,owner_id\nsix,o1\nsix,o2\nSix,o2\nidna,o1\n").expect("owners");
    let Rows::Owners(found) = &owners.snapshots[0].rows else { panic!("expected owners") };
    assert_eq!(
        (found.of("six"), found.of("idna"), found.of("toml"), found.count),
        (Some(2), Some(1), None, 2)
    );
    assert_eq!(owners.report.count(Skip::Duplicate), 1);

    let incidents = "date,ecosystem,packages,technique\n\
        2018-07-12,npm,\"eslint-scope, eslint-config-eslint\",takeover\n\
        2022-05-24,PyPI / Packagist,\"ctx, phpass (a fork)\",domain\n\
        2017-09-09,PyPI,\"2 squats: bzip, setup-tools\",squat\n\
        2024-12-04,PyPI,\"the same again\",x\n";
    let found = read(incidents.as_bytes()).expect("incidents");
    let Rows::Incidents(list) = &found.snapshots[0].rows else { panic!("expected incidents") };
    let packages: Vec<_> = list.iter().map(|incident| incident.packages.join(" ")).collect();
    assert_eq!(packages, ["bzip setup-tools", "ctx phpass"]);
    assert_eq!((found.report.count(Skip::OtherEcosystem), found.report.count(Skip::Words)), (1, 1));
}

#[test]
fn the_newest_version_is_the_one_that_counts() {
    let lines = r#"{"name":"App","version":"1.0","packagetype":"bdist_wheel","upload_time":"2026-01-01 00:00:00 UTC","requires_dist":["old"]}
{"name":"app","version":"2.0rc1","packagetype":"bdist_wheel","upload_time":"2026-03-01 00:00:00 UTC","requires_dist":["pre"]}
{"name":"app","version":"1.10","packagetype":"sdist","upload_time":"2026-02-01 00:00:00 UTC","requires_dist":[]}
{"name":"app","version":"1.10","packagetype":"bdist_wheel","upload_time":"2026-02-01 00:00:00 UTC","requires_dist":["six>=1; python_version < '3'","toml; extra == 'fast'"]}
{"name":"app","version":"1.9","packagetype":"bdist_wheel","upload_time":"2026-01-15 00:00:00 UTC","requires_dist":["other"]}
"#;
    let found = read_with(lines.as_bytes(), undated(), Limits::default()).expect("JSON lines");
    assert_eq!(found.report.format, "BigQuery distribution_metadata");
    assert_eq!(
        edges(&found.snapshots[0]),
        ["app six Runtime python_version < \"3\"", "app toml Extra extra == \"fast\" fast"]
    );
    assert_eq!(found.snapshots[0].about.date.date(), "2026-03-01");

    let table = "name,version,packagetype,requires_dist\n\
        app,1.0,sdist,\"[\"\"six\"\",\"\"toml ; extra == 'x'\"\"]\"\n\
        bee,1.0,sdist,\"six>1\nidna\"\n";
    assert_eq!(edges(&read(table.as_bytes()).expect("a table").snapshots[0]).len(), 4);

    let libraries = "ID,Platform,Project Name,Project ID,Version Number,Version ID,Dependency Name,Dependency Platform,\
        Dependency Kind,Optional Dependency,Dependency Requirements,Dependency Project ID\n\
        1,NPM,a,1,1.10.0,1,b,NPM,runtime,false,*,2\n\
        2,NPM,a,1,1.9.0,2,c,NPM,runtime,false,*,2\n\
        3,NPM,a,1,1.10.0,1,d,NPM,Development,false,*,2\n\
        4,Pypi,a,1,1.10.0,1,e,Pypi,runtime,false,*,2\n";
    assert!(matches!(read(libraries.as_bytes()), Err(ImportError::Mixed { .. })));
    let npm = Hints { ecosystem: Some(Ecosystem::Npm), ..hints() };
    let found = read_with(libraries.as_bytes(), npm, Limits::default()).expect("libraries.io");
    assert_eq!(edges(&found.snapshots[0]), ["a b Runtime", "a d Development"]);
    assert_eq!((found.report.count(Skip::OtherEcosystem), found.report.count(Skip::OlderVersion)), (1, 1));

    let deps_dev = r#"{"SnapshotAt":"2024-08-04 10:00:00 UTC","System":"PYPI","Name":"a","Version":"1.0","From":{"Name":"a"},"To":{"Name":"b"}}
{"SnapshotAt":"2024-08-04 10:00:00 UTC","System":"PYPI","Name":"a","Version":"1.0","From":{"Name":"b"},"To":{"Name":"c"}}"#;
    let found = read_with(deps_dev.as_bytes(), undated(), Limits::default()).expect("deps.dev");
    assert_eq!(edges(&found.snapshots[0]), ["a b Runtime"]);
    assert_eq!(found.report.count(Skip::Indirect), 1);
    let flat = "SnapshotAt,System,Name,Version,From.Name,To.Name\n2024-08-04,NPM,a,1.0.0,a,b\n";
    assert_eq!(edges(&read(flat.as_bytes()).expect("deps.dev").snapshots[0]), ["a b Runtime"]);
    // On npm a package may stand on another version of itself; what that one needs is not the root's.
    let flat =
        "System,Name,Version,From.Name,From.Version,To.Name\nNPM,a,2.0.0,a,2.0.0,b\nNPM,a,2.0.0,a,1.0.0,c\n";
    assert_eq!(edges(&read(flat.as_bytes()).expect("deps.dev").snapshots[0]), ["a b Runtime"]);
}

#[test]
fn npm_and_ecosystems_answers() {
    let bulk = r#"{"a":{"downloads":5,"start":"2026-10-01","end":"2026-10-30","package":"a"},"gone":null}"#;
    let found = read_with(bulk.as_bytes(), undated(), Limits::default()).expect("bulk");
    assert_eq!(downloads(&found.snapshots[0]), [("a", 5)]);
    assert_eq!(found.snapshots[0].about.rule, CountingRule { counted: Counted::Requests, days: 30 });
    let range = r#"{"downloads":[{"downloads":2,"day":"2026-10-01"},{"downloads":3,"day":"2026-10-02"}],"start":"2026-10-01","end":"2026-10-02","package":"@s/b"}"#;
    let found = read_with(range.as_bytes(), undated(), Limits::default()).expect("range");
    assert_eq!(downloads(&found.snapshots[0]), [("@s/b", 5)]);
    let list = r#"[{"ecosystem":"pypi","name":"six","downloads":8,"downloads_period":"last-month","maintainers":[{"uuid":"1"},{"uuid":"2"}]},
        {"ecosystem":"pypi","name":"idna","downloads":null,"maintainers":[]}]"#;
    let found = read(list.as_bytes()).expect("packages");
    assert_eq!(
        found.snapshots.iter().map(|snapshot| snapshot.about.kind).collect::<Vec<_>>(),
        [Kind::Downloads, Kind::Owners]
    );
}

fn dump(files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, text) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive
            .append_data(&mut header, format!("2026-04-01-020020/{name}"), text.as_bytes())
            .expect("memory");
    }
    packed(&archive.into_inner().expect("memory"))
}

/// Moments as PostgreSQL writes them; dumps of before 2024 have no offset.
const VERSIONS: &str = "crate_id,created_at,id,num\n1,2015-03-01 10:00:00.123456+00,10,1.0.0\n\
    1,2025-03-01 10:00:00+00,11,1.0.1\n2,2020-01-01 00:00:00.5,21,1.0.0\n2,yesterday,22,1.0.1\n";

#[test]
fn a_dump_of_crates_io_has_all_four() {
    let files = [
        ("README.md", "about"),
        ("metadata.json", r#"{"timestamp":"2026-04-01T02:00:20Z"}"#),
        ("data/crate_downloads.csv", "crate_id,downloads\n1,1000\n2,900\n"),
        (
            "data/crate_owners.csv",
            "crate_id,created_at,created_by,owner_id,owner_kind\n1,x,,7,0\n1,x,,7,1\n2,x,,7,0\n",
        ),
        ("data/crates.csv", "created_at,description,id,name\nx,\"two\nlines\",1,serde\nx,,2,serde_derive\n"),
        ("data/default_versions.csv", "crate_id,num_versions,version_id\n1,2,11\n2,1,21\n"),
        (
            "data/dependencies.csv",
            "crate_id,default_features,explicit_name,features,id,kind,optional,req,target,version_id\n\
             2,t,,{},1,0,t,^1,,11\n2,t,,{},2,0,f,^1,,10\n1,t,,{},3,2,f,^1,,21\n",
        ),
        (
            "data/version_downloads.csv",
            "date,downloads,version_id\n2026-03-30,5,11\n2026-03-31,6,10\n2026-03-31,2,21\n",
        ),
        ("data/versions.csv", VERSIONS),
    ];
    let mut turned = files;
    turned.reverse();
    for files in [files, turned] {
        let found = read_with(&dump(&files), undated(), Limits::default()).expect("a dump");
        let [first, second, third, fourth] = &found.snapshots[..] else {
            panic!("four kinds: {:?}", found.report)
        };
        assert_eq!(downloads(first), [("serde", 11), ("serde_derive", 2)]);
        assert_eq!(first.about.rule, CountingRule { counted: Counted::Requests, days: 2 });
        assert_eq!(edges(second), ["serde serde_derive Extra", "serde_derive serde Development"]);
        let Rows::Owners(owners) = &third.rows else { panic!("expected owners") };
        assert_eq!((owners.of("serde"), owners.of("serde_derive")), (Some(2), Some(1)));
        assert_eq!(third.about.date.date(), "2026-04-01");
        let Rows::Work(work) = &fourth.rows else { panic!("expected work") };
        let released = |name: &str| {
            let work = work.of(name).expect(name);
            (
                work.releases_a_year.map(|each| (each * 10.0).round()),
                work.last_release.map(|last| last.to_string()),
            )
        };
        assert_eq!(
            released("serde"),
            (Some(2.0), Some("2025-03-01T10:00:00.000000Z".to_owned())),
            "two in ten years"
        );
        assert_eq!(released("serde_derive"), (Some(10.0), Some("2020-01-01T00:00:00.500000Z".to_owned())));
        assert_eq!(found.report.count(Skip::Fields), 1, "a version of yesterday: {:?}", found.report);
    }
}

#[test]
fn libraries_io_projects_say_how_packages_are_worked_on() {
    let head = "ID,Platform,Name,Created Timestamp,Versions Count,Latest Release Publish Timestamp,\
                Repository Contributors Count\n";
    let rows = "1,Pypi,Flask,2010-01-01 00:00:00 UTC,40,2020-01-01 00:00:00 UTC,500\n\
                2,Pypi,young,2019-12-01 00:00:00 UTC,3,2020-01-01 00:00:00 UTC,\n";
    let found = read(format!("{head}{rows}").as_bytes()).expect("a table");
    let Rows::Work(work) = &found.snapshots[0].rows else { panic!("expected work") };
    let flask = work.of("flask").expect("a row");
    assert!((flask.releases_a_year.expect("a number") - 4.0).abs() < 0.01);
    assert_eq!(
        (flask.contributors, flask.last_release.map(packhouse_model::Timestamp::date)),
        (Some(500), Some("2020-01-01".to_owned()))
    );
    let young = work.of("young").expect("a row");
    assert_eq!(
        (young.releases_a_year, young.contributors),
        (Some(3.0), None),
        "of less than a year: those of one"
    );
    let own = read(b"package,kloc,risk\na,1.5,2\nb,,\nc,many,1\nd,-1,1\n");
    assert!(matches!(own, Err(ImportError::TooMuchSkipped { skipped: 2, .. })), "{own:?}");
}

#[test]
fn what_is_broken_is_an_error_and_nothing_is_kept() {
    let table: String = std::iter::once("rank,package,downloads\n".to_owned())
        .chain((0..20_000).map(|at| format!("{at},package-{at},{}\n", at * 31 % 977)))
        .collect();
    let whole = packed(table.as_bytes());
    assert_eq!(downloads(&read(&whole).expect("a list").snapshots[0]).len(), 20_000);
    let cut = read(&whole[..whole.len() - 400]);
    assert!(matches!(cut, Err(ImportError::Read { line: 1.., .. })), "{cut:?}");
    let mut damaged = whole.clone();
    let at = damaged.len() - 6;
    damaged[at] ^= 0xff;
    assert!(matches!(read(&damaged), Err(ImportError::Read { .. })), "a wrong check sum");

    let text = |text: &str| read(text.as_bytes());
    assert!(matches!(text(&CLICKHOUSE[..200]), Err(ImportError::Read { .. })), "cut JSON");
    assert!(matches!(
        text(r#"{"rows":[{"project":"a","download_count":1},}"#),
        Err(ImportError::Json { .. })
    ));
    for odd in ["", "   ", "a,b,c\n1,2,3\n", "hello", r#"{"hello":1}"#, "[]", "[1]", "\u{0}\u{1}"] {
        assert!(matches!(text(odd), Err(ImportError::Unrecognised { .. })), "{odd:?}");
    }
    assert!(matches!(read(b"SQLite format 3\0...."), Err(ImportError::Elsewhere { .. })));
    assert!(matches!(read(b"PAR1...."), Err(ImportError::Elsewhere { .. })));
    let repositories = "ID,Host Type,Name with Owner,Fork\n1,GitHub,a/a,false\n";
    assert!(matches!(text(repositories), Err(ImportError::Elsewhere { .. })));
    assert!(matches!(text("package,downloads\n"), Err(ImportError::Empty { .. })));
    let shifted = "package,version,source,dependency,specifier,marker,extra\na,1,x,b\nc,1,x,d\n";
    assert!(matches!(text(shifted), Err(ImportError::TooMuchSkipped { skipped: 2, .. })), "wrong columns");
    let mut open = "package,downloads\na,1\n\"never closed,".to_owned();
    open.push_str(&"x".repeat(400_000));
    let limits = Limits { record: 100_000, ..Limits::default() };
    assert!(matches!(read_with(open.as_bytes(), hints(), limits), Err(ImportError::Read { .. })));
    let bomb = packed(&vec![b'a'; 10_000_000]);
    let limits = Limits { bytes: 1_000_000, ..Limits::default() };
    assert!(matches!(read_with(&bomb, hints(), limits), Err(ImportError::Read { .. })));
    let limits = Limits { rows: 10, ..Limits::default() };
    assert!(matches!(read_with(&whole, hints(), limits), Err(ImportError::Limit { .. })));
}

#[test]
fn a_date_is_needed_and_is_not_to_come() {
    let list = b"package,downloads\nsix,1\n";
    assert!(matches!(read_with(list, undated(), Limits::default()), Err(ImportError::Undated)));
    let future = CLICKHOUSE.replace("2026-04-01", "2027-01-01");
    let found = read_with(future.as_bytes(), undated(), Limits::default());
    assert!(matches!(found, Err(ImportError::Future { .. })), "{found:?}");
}

#[test]
fn bad_rows_are_counted_with_examples_and_the_rest_is_kept() {
    let mut table = "package,downloads\n".to_owned();
    for at in 0..200 {
        table.push_str(&format!("p{at},{at}\n"));
    }
    table.push_str("-bad-,5\nq,-5\nr,many\ns,1,2\nP0,0\np1,999\nt,1e3\n");
    let mut bytes = table.into_bytes();
    bytes.extend(b"u\xff,1\n");
    let found = read(&bytes).expect("mostly good");
    assert_eq!(downloads(&found.snapshots[0]).len(), 200);
    let counts = [
        Skip::Name,
        Skip::Negative,
        Skip::Number,
        Skip::Fields,
        Skip::Duplicate,
        Skip::Conflict,
        Skip::NotText,
    ]
    .map(|reason| found.report.count(reason));
    assert_eq!(counts, [1, 1, 2, 1, 1, 1, 1]);
    assert_eq!(found.report.skipped[&Skip::Name].examples, [(202, "-bad-".to_owned())]);
    assert_eq!(found.report.skipped[&Skip::Number].examples[0], (204, "r: many".to_owned()));
}

#[test]
fn a_million_times_the_same_row_is_one_row() {
    let mut table = "package,version,source,dependency,specifier,marker,extra\n".to_owned();
    table.push_str(&"a,1,wheel,b,,,\n".repeat(1_000_000));
    let mut heard = Vec::new();
    let bytes = packed(table.as_bytes());
    let found = import(&mut &*bytes, hints(), Limits::default(), &mut |progress| heard.push(progress))
        .expect("a table");
    assert_eq!(edges(&found.snapshots[0]), ["a b Runtime"]);
    assert_eq!(found.report.count(Skip::Duplicate), 999_999);
    assert_eq!(heard.last(), Some(&Progress { bytes: bytes.len() as u64, rows: 1_000_001 }));
    assert!(heard.len() > 50 && heard.is_sorted_by_key(|progress| progress.rows));
}

#[test]
fn readers_that_live_elsewhere_feed_the_same_rows() {
    let mut builder = Builder::new("SQLite", hints(), Limits::default());
    builder.row(1).expect("within limits");
    builder.requirement("flask", "werkzeug>=3 ; python_version >= '3.9'").expect("within limits");
    builder.owner("flask", "somebody");
    let found = builder.finish(Sha256::of(b"the file")).expect("rows");
    assert_eq!(edges(&found.snapshots[0]), ["flask werkzeug Runtime python_version >= \"3.9\""]);
    assert_eq!(found.snapshots[1].about.kind, Kind::Owners);
}

proptest! {
    #[test]
    fn no_bytes_make_an_importer_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
        let _ = read(&packed(&bytes));
    }

    #[test]
    fn no_table_makes_an_importer_panic(
        header in prop::sample::select(vec![
            "package,downloads", "download_count,project", "package,owner", "date,ecosystem,packages",
            "package,version,source,dependency,specifier,marker,extra", "name,version,requires_dist",
            "system,name,version,from_name,to_name",
        ]),
        rows in prop::collection::vec("[a-z0-9,.\"\\-\n\\[\\]; é>=']{0,40}", 0..20),
    ) {
        let _ = read(format!("{header}\n{}", rows.join("\n")).as_bytes());
    }

    #[test]
    fn no_json_makes_an_importer_panic(
        start in prop::sample::select(vec![r#"{"rows":["#, "[", r#"{"name":"a","version":"1","requires_dist":["#, ""]),
        middle in r#"[\[\]{}",:a-z0-9 .\-]{0,80}"#,
    ) {
        let _ = read(format!("{start}{middle}").as_bytes());
    }

    #[test]
    fn what_is_written_is_read(counts in prop::collection::btree_map("[a-z][a-z0-9]{0,8}", any::<u64>(), 1..50)) {
        let rows: Vec<String> = counts.iter().map(|(name, count)| format!("{name},{count}")).collect();
        let found = read(format!("package,downloads\n{}", rows.join("\n")).as_bytes()).expect("a list");
        let mut expected: Vec<(&str, u64)> = counts.iter().map(|(name, count)| (name.as_str(), *count)).collect();
        expected.sort_unstable_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
        prop_assert_eq!(downloads(&found.snapshots[0]), expected);
    }

    #[test]
    fn a_cut_file_is_never_half_a_snapshot(at in 20_usize..300) {
        let table: String =
            (0..2_000).map(|at| format!("p{at},{}", at * 7919 % 104_729)).collect::<Vec<_>>().join("\n");
        let whole = packed(format!("package,downloads\n{table}").as_bytes());
        let cut = whole.len() - at;
        let failed = matches!(read(&whole[..cut]), Err(ImportError::Read { .. }));
        prop_assert!(failed);
    }
}

#[test]
fn a_column_says_how_downloads_were_counted() {
    for (column, counted, days) in [
        ("downloads", Counted::Unstated, 0),
        ("downloads_30d", Counted::Unstated, 30),
        ("Downloads 7d pip", Counted::Pip, 7),
        ("downloads_month_installers", Counted::AllInstallers, 30),
        ("downloads_requests", Counted::Requests, 0),
        ("downloads_99999d_pip", Counted::Unstated, 0),
        ("downloads_of_something", Counted::Unstated, 0),
    ] {
        let found = read(format!("project,{column}\nsix,5\n").as_bytes()).expect(column);
        assert_eq!(found.snapshots[0].about.rule, CountingRule { counted, days }, "{column}");
    }
}
