//! A small export, as BigQuery writes it, through the queries of the repository to what the plan imports.

use std::path::{Path, PathBuf};
use std::process::Command;

use datafusion::prelude::{JsonReadOptions, SessionContext};
use packhouse_logs::{Logs, LogsError, Written, queries};
use packhouse_plan::import::{Hints, Imported, Limits, import};
use packhouse_plan::snapshot::{Counted, CountingRule, Rows};
use serde_json::{Value, json};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("queries")
}

/// A download, with the columns of `file_downloads` that exports have.
fn download(day: &str, project: &str, installer: Option<&str>) -> Value {
    let details = installer.map(|name| {
        json!({ "installer": { "name": name, "version": "1.0" }, "python": "3.13", "cpu": "x86_64", "ci": false })
    });
    json!({
        "timestamp": format!("{day} 13:05:07 UTC"), "country_code": "NZ", "url": format!("/packages/{project}"), "project": project,
        "file": { "filename": "x-1.0-py3-none-any.whl", "project": project, "version": "1.0", "type": "bdist_wheel" },
        "details": details, "tls_protocol": "TLSv1.3",
    })
}

/// All of February and March, and the first days of April.
fn downloads() -> Vec<Value> {
    let mut rows = Vec::new();
    for (month, days) in [(2, 28), (3, 31), (4, 9)] {
        for day in 1..=days {
            rows.push(download(&format!("2026-{month:02}-{day:02}"), "requests", Some("pip")));
        }
    }
    for day in ["2026-03-01", "2026-03-31"] {
        rows.push(download(day, "Requests", Some("uv")));
        rows.push(download(day, "zope.interface", Some("poetry")));
        for nobody in [Some("bandersnatch"), Some("Browser"), None] {
            rows.push(download(day, "idna", nobody));
        }
    }
    rows.push(download("2026-03-31", "idna", Some("uv")));
    rows
}

const LAST: &str = "2024-08-04 10:00:00 UTC";
const BEFORE: &str = "2024-07-28 10:00:00 UTC";

fn edge(at: &str, system: &str, root: (&str, &str), from: (&str, &str), to: &str) -> Value {
    let end = |(name, version): (&str, &str)| json!({ "System": system, "Name": name, "Version": version });
    json!({
        "SnapshotAt": at, "System": system, "Name": root.0, "Version": root.1, "Requirement": ">=1", "From": end(from),
        "To": end((to, "1.0")),
    })
}

fn edges() -> Vec<Value> {
    let (app, requests, left) = (("app", "2.0"), ("requests", "2.31.0"), ("left", "1.0.0"));
    let python = |root, from, to| edge(LAST, "PYPI", root, from, to);
    vec![
        python(app, app, "requests"),
        python(app, requests, "idna"),
        python(app, requests, "certifi"),
        python(requests, requests, "idna"),
        python(requests, requests, "certifi"),
        python(("app", "1.0"), ("app", "1.0"), "dropped"),
        python(("app", "3.0rc1"), ("app", "3.0rc1"), "to-come"),
        edge(BEFORE, "PYPI", app, app, "of-before"),
        edge(BEFORE, "NPM", left, left, "pad"),
        // Another version of left stands in its own graph.
        edge(BEFORE, "NPM", left, ("left", "0.9.0"), "old-pad"),
    ]
}

fn versions() -> Vec<Value> {
    let version = |at: &str, system: &str, name: &str, number: &str, release: bool, ordinal: u32| {
        json!({
            "SnapshotAt": at, "System": system, "Name": name, "Version": number,
            "VersionInfo": { "IsRelease": release, "Ordinal": ordinal },
        })
    };
    vec![
        version(LAST, "PYPI", "app", "1.0", true, 1),
        version(LAST, "PYPI", "app", "2.0", true, 2),
        version(LAST, "PYPI", "app", "3.0rc1", false, 3),
        version(LAST, "PYPI", "requests", "2.31.0", true, 1),
        version(BEFORE, "PYPI", "app", "9.0", true, 9),
        version(LAST, "NPM", "left", "1.0.0", true, 2),
        version(LAST, "NPM", "left", "0.9.0", true, 1),
    ]
}

fn lines(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

fn put(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}

/// The export as JSON lines, the downloads in two files.
fn as_json(folder: &Path) {
    let rows = downloads();
    let (one, other) = rows.split_at(30);
    put(&folder.join("file_downloads/000000000000.json"), &lines(one));
    put(&folder.join("file_downloads/000000000001.json"), &lines(other));
    put(&folder.join("dependency_graph_edges/000000000000.json"), &lines(&edges()));
    put(&folder.join("package_versions.jsonl"), &lines(&versions()));
}

/// The same as Parquet, with moments as moments in UTC.
async fn as_parquet(json: &Path, folder: &Path) {
    let context = SessionContext::new();
    for (table, moment) in [
        ("file_downloads", "timestamp"),
        ("dependency_graph_edges", "SnapshotAt"),
        ("package_versions", "SnapshotAt"),
    ] {
        let from = json.join(if table == "package_versions" { "package_versions.jsonl" } else { table });
        let extension = if from.is_dir() { ".json" } else { ".jsonl" };
        let options = JsonReadOptions::default().file_extension(extension);
        let slash = if from.is_dir() { "/" } else { "" };
        context.register_json(table, format!("{}{slash}", from.display()), options).await.expect(table);
        let to = folder.join(table).join("000000000000.parquet");
        std::fs::create_dir_all(folder.join(table)).expect("a folder");
        let typed =
            format!("arrow_cast(\"{moment}\", 'Timestamp(Microsecond, Some(\"+00:00\"))') AS \"{moment}\"");
        let sql = format!(
            "COPY (SELECT {typed}, * EXCEPT (\"{moment}\") FROM {table}) TO '{}' STORED AS PARQUET \
             OPTIONS ('compression' 'snappy')",
            to.display()
        );
        context.sql(&sql).await.expect(table).collect().await.expect(table);
    }
}

async fn answers(from: &Path, to: &Path) -> Vec<Written> {
    let logs = Logs::open(from, None).await.expect("tables");
    let mut written = Vec::new();
    for query in queries(&[repository()]).expect("queries") {
        let answer = logs.run(&query, to).await;
        written.extend(answer.unwrap_or_else(|error| panic!("{}: {error:?}", query.display())));
    }
    written
}

fn imported(path: &Path) -> Imported {
    let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
    let hints = Hints::none("2026-11-23".parse().expect("a date")).from_name(name);
    let mut file = std::fs::File::open(path).expect("a file");
    import(&mut file, hints, Limits::default(), &mut |_| ()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What a table says, in the words of the plan, and what it is.
fn told(path: &Path) -> (String, Vec<String>) {
    let found = imported(path);
    assert_eq!(found.report.skipped.len(), 0, "{}: {:?}", path.display(), found.report);
    let [snapshot] = &found.snapshots[..] else { panic!("one kind in {}", path.display()) };
    let about = &snapshot.about;
    let rows = match &snapshot.rows {
        Rows::Downloads(list) => {
            let rule = CountingRule { counted: Counted::AllInstallers, days: 30 };
            assert_eq!(about.rule, rule, "what months are counted by");
            list.ranked().iter().map(|(name, count)| format!("{name} {count}")).collect()
        }
        Rows::Dependencies(table) => {
            let name = |at| table.names.name(at);
            let mut rows: Vec<String> =
                table.edges.iter().map(|edge| format!("{} {}", name(edge.from), name(edge.to))).collect();
            rows.sort();
            rows
        }
        other => panic!("{other:?}"),
    };
    (format!("{} of {}, {}", about.kind, about.ecosystem, about.date.date()), rows)
}

#[tokio::test]
async fn an_export_becomes_tables_that_the_plan_imports() {
    let folder = tempfile::tempdir().expect("a folder");
    let (json, parquet) = (folder.path().join("json"), folder.path().join("parquet"));
    as_json(&json);
    as_parquet(&json, &parquet).await;
    for (from, to) in [(&json, "from-json"), (&parquet, "from-parquet")] {
        let to = folder.path().join(to);
        let written = answers(from, &to).await;
        let names: Vec<&str> = written
            .iter()
            .map(|one| one.path.file_name().and_then(|name| name.to_str()).expect("a name"))
            .collect();
        assert_eq!(
            names,
            [
                "direct_edges_npm_2024-07-28.csv",
                "direct_edges_pypi_2024-08-04.csv",
                "pypi_downloads_2026-03-01.csv",
                "pypi_downloads_2026-04-01.csv",
                "resolved_edges_npm_2024-07-28.csv",
                "resolved_edges_pypi_2024-08-04.csv",
            ],
            "a whole month each, and each registry's last snapshot"
        );
        let expected: [(&str, &[&str]); 6] = [
            ("dependencies of npm, 2024-07-28", &["left pad"]),
            ("dependencies of pypi, 2024-08-04", &["app requests", "requests certifi", "requests idna"]),
            ("downloads of pypi, 2026-03-01", &["requests 28"]),
            ("downloads of pypi, 2026-04-01", &["requests 33", "zope-interface 2", "idna 1"]),
            ("dependencies of npm, 2024-07-28", &["left old-pad", "left pad"]),
            (
                "dependencies of pypi, 2024-08-04",
                &["app certifi", "app idna", "app requests", "requests certifi", "requests idna"],
            ),
        ];
        for (one, (what, rows)) in written.iter().zip(expected) {
            assert_eq!(
                told(&one.path),
                (what.to_owned(), rows.iter().map(|row| (*row).to_owned()).collect())
            );
            assert_eq!(one.rows, rows.len() as u64, "{}", one.path.display());
        }
        assert_eq!(std::fs::read_dir(&to).expect("a folder").count(), 6, "nothing unfinished is left");
    }
    plan(&folder.path().join("from-parquet"));
}

/// `packhouse plan import` and `rank` on what was written, with the program that `cargo xtask test logs` names.
fn plan(tables: &Path) {
    let Some(program) = std::env::var_os("PACKHOUSE_PROGRAM") else {
        eprintln!(
            "skipped: `packhouse plan import` itself; `cargo xtask test logs` builds the program and names it"
        );
        return;
    };
    let run = |arguments: &[&str]| {
        let output = Command::new(&program)
            .arg("plan")
            .args(arguments)
            .current_dir(tables)
            .output()
            .expect("it starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
        text
    };
    let files = [
        "direct_edges_pypi_2024-08-04.csv",
        "pypi_downloads_2026-03-01.csv",
        "pypi_downloads_2026-04-01.csv",
    ];
    let said = run(&[["import", "--data", "data"].as_slice(), &files].concat());
    assert!(said.contains("downloads of pypi, 2026-04-01, all installers, 30 days"), "{said}");
    let ranked: Value =
        serde_json::from_str(&run(&["rank", "--data", "data", "--json", "--top", "9"])).expect("JSON");
    let idna = ranked["packages"].as_array().expect("a list").iter().find(|one| one["package"] == "idna");
    let idna = idna.expect("idna is ranked");
    assert_eq!((&idna["downloads"], &idna["transitive_dependents"]), (&json!(1), &json!(2)));
}

#[tokio::test]
async fn what_cannot_be_is_said_and_leaves_no_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("from"), folder.path().join("to"));
    put(&from.join("t.jsonl"), "{\"a\":\"x\",\"n\":1}\n{\"a\":\"../y\",\"n\":2}\n");
    put(&from.join("notes.txt"), "not a table");
    let logs = Logs::open(&from, Some(50_000_000)).await.expect("a table");
    assert_eq!(logs.tables.len(), 1);
    let query = |name: &str, sql: &str| {
        let path = folder.path().join(name);
        put(&path, sql);
        path
    };
    let fault = async |name: &str, sql: &str| logs.run(&query(name, sql), &to).await.expect_err(name);
    let wrong = fault("paths.sql", "SELECT a AS file_name, n FROM t ORDER BY n").await;
    assert!(matches!(&wrong, LogsError::FileName { found, .. } if found == "../y"), "{wrong:?}");
    let wrong = fault("empty.sql", "SELECT n FROM t WHERE n > 5").await;
    assert!(matches!(wrong, LogsError::Nothing { .. }), "{wrong:?}");
    for (name, sql) in [
        ("broken.sql", "SELECT n FRM t"),
        ("unknown.sql", "SELECT n FROM nothing_of_the_kind"),
        ("writes.sql", "COPY (SELECT n FROM t) TO 'stolen.csv'"),
        ("opens.sql", "CREATE EXTERNAL TABLE u STORED AS CSV LOCATION '/etc/passwd'"),
        ("late.sql", "SELECT 1 / (n - 2) AS x FROM t ORDER BY n"),
    ] {
        let wrong = fault(name, sql).await;
        assert!(matches!(wrong, LogsError::Engine { .. }), "{name}: {wrong:?}");
    }
    assert_eq!(std::fs::read_dir(&to).expect("a folder").count(), 0);
    // Names keep to their columns; a row of numbers alone is a table too.
    let written = logs.run(&query("fine.sql", "SELECT 'x' AS file_name, n FROM t WHERE n = 1"), &to).await;
    let written = written.expect("a table");
    assert_eq!(std::fs::read_to_string(&written[0].path).expect("a file"), "n\n1\n");

    put(&from.join("mixed/a.csv"), "n\n1\n");
    put(&from.join("mixed/b.parquet"), "");
    let wrong = Logs::open(&from, None).await.err();
    assert!(matches!(wrong, Some(LogsError::Mixed { .. })), "{wrong:?}");
    let nothing = Logs::open(&folder.path().join("to"), None).await.map(|logs| logs.tables);
    assert!(nothing.is_ok_and(|tables| tables.len() == 1), "a table of our own can be asked about too");
}
