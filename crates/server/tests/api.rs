//! The API and its description: the checked-in `OpenAPI` document is what the code says, and everything in it answers as it is
//! described there.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use packhouse_app::config::Config;
use packhouse_app::{Packhouse, SystemClock, TokenScope};
use packhouse_cast::{Person, acts};
use packhouse_distribution::act::{
    Condition, Join, Note, PeerSet, ProjectAdd, Role, Steward, StewardAction, SuiteKind, SuiteSet, Tier,
    Weight,
};
use packhouse_distribution::{Act, Release};
use packhouse_model::Sha256;
use packhouse_testkit::httptest::get;
use packhouse_testkit::{FakeUpstream, Upload, Wheel};
use serde_json::{Value, json};
use tokio::sync::watch;

const CHECKED_IN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

#[test]
fn the_checked_in_document_is_what_the_code_says() {
    let said = format!("{}\n", serde_json::to_string_pretty(&packhouse_server::openapi()).expect("JSON"));
    if std::env::var_os("PACKHOUSE_WRITE_OPENAPI").is_some() {
        std::fs::write(CHECKED_IN, &said).expect("docs/openapi.json");
    }
    let kept = std::fs::read_to_string(CHECKED_IN).unwrap_or_default();
    assert!(kept == said, "docs/openapi.json is another: PACKHOUSE_WRITE_OPENAPI=1 makes this test write it");
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let document = packhouse_server::openapi();
    let mut open = vec![&document];
    let mut references = 0;
    while let Some(value) = open.pop() {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            let pointer = reference.strip_prefix('#').expect("a reference within the document");
            assert!(document.pointer(pointer).is_some(), "{reference}");
            references += 1;
        }
        open.extend(value.as_object().into_iter().flat_map(|fields| fields.values()));
        open.extend(value.as_array().into_iter().flatten());
    }
    assert!(references > 100, "{references}");
}

/// The envelope of what a person says now.
fn envelope(packhouse: &Packhouse, who: &str, act: impl Into<Act>, files: &[(String, Sha256)]) -> Vec<u8> {
    let person = Person::named(who).expect("a name");
    person.envelope(packhouse, &act.into(), files).expect("a signed statement")
}

async fn say(packhouse: &Packhouse, act: impl Into<Act>, files: &[(String, Sha256)]) {
    let envelope = envelope(packhouse, "ada", act, files);
    packhouse.submit(&envelope).await.expect("an entry");
}

fn suite(name: &str, kind: SuiteKind, source: Option<&str>) -> SuiteSet {
    let named = |name: &str| name.parse().expect("a name");
    acts::suite(&named(name), kind, source.map(named).as_ref(), acts::ENVIRONMENT)
}

/// A distribution in which there is something of everything: `leaf` is in unstable, yanked; `twig` waits.
async fn fill(packhouse: &Packhouse) {
    packhouse.found("Test").await.expect("a distribution");
    let ada = Person::named("ada").expect("a name");
    let roles = [Role::ReleaseManager, Role::Maintainer];
    packhouse.invite_first(&ada.id, &ada.line(), &roles).await.expect("an invitation");
    let join = Join {
        name: "Ada".to_owned(),
        affiliations: vec![],
        accounts: vec![],
        addresses: vec![Sha256::of(b"a@b")],
    };
    say(packhouse, join, &[]).await;
    say(packhouse, suite("unstable", SuiteKind::Unstable, None), &[]).await;
    say(packhouse, suite("testing", SuiteKind::Testing, Some("unstable")), &[]).await;
    for name in ["leaf", "twig"] {
        let act = ProjectAdd {
            project: packhouse_pypi::normalize(name).expect("a name"),
            tier: Tier::Leaf,
            series: vec!["(any)".to_owned()],
            versions: vec![],
            needed_by: vec![],
        };
        say(packhouse, act, &[]).await;
    }
    let release = |text: &str| -> Release { text.parse().expect("a release") };
    let leaf = release("leaf==1.0");
    let end = Instant::now() + Duration::from_mins(1);
    while packhouse.distribution().candidates.len() < 3 {
        assert!(Instant::now() < end, "the candidates do not come");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let files: Vec<(String, Sha256)> = packhouse
        .distribution()
        .candidates
        .get(&leaf)
        .expect("a candidate")
        .files
        .iter()
        .map(|(name, sha256)| (name.clone(), *sha256))
        .collect();
    let note = Note { release: leaf.clone(), path: None, line: None, text: "fine".to_owned(), machine: None };
    say(packhouse, note, &[]).await;
    let exempt = packhouse_distribution::act::Exempt {
        release: leaf.clone(),
        criteria: vec!["safe-to-run".to_owned()],
        until: packhouse.now().plus(WEEK),
        reason: "known for years".to_owned(),
    };
    say(packhouse, exempt, &files).await;
    let review = acts::acceptance(&leaf);
    say(packhouse, review, &files).await;
    let adopt = Steward { project: leaf.project.clone(), maintainer: ada.id, action: StewardAction::Adopt };
    say(packhouse, adopt, &[]).await;
    facts(packhouse).await;
    let yank = acts::withdraw(&packhouse.distribution(), &leaf, Condition::Yanked, "does not grow");
    say(packhouse, yank, &[]).await;
    data_sets(packhouse);
}

/// What the plan is made of: `leaf` needs `twig`, and `bark` has no owner that anybody knows.
fn data_sets(packhouse: &Packhouse) {
    let archive = packhouse_app::plan::Archive::of(&packhouse.settings.data);
    let tables = [
        ("downloads_2026-01-01.csv", "package,downloads\nleaf,900\ntwig,80\nbark,7\n"),
        ("needs_2026-01-01.csv", "package,dependency,marker,extra\nleaf,twig,,\n"),
        ("owners_2026-01-01.csv", "package,owner\nleaf,o1\ntwig,o1\n"),
    ];
    for (name, text) in tables {
        let path = packhouse.settings.data.join(name);
        std::fs::write(&path, text).expect("a table");
        let hints = packhouse_plan::import::Hints::none(packhouse.now());
        archive.import(&path, hints, &mut |_| ()).expect("a data set");
    }
}

/// An advisory, and a word about a name.
async fn facts(packhouse: &Packhouse) {
    let folder = tempfile::tempdir().expect("a folder");
    let package = json!({ "ecosystem": "PyPI", "name": "leaf" });
    let record = json!({ "id": "MAL-2026-1", "modified": "2026-01-01T00:00:00Z", "aliases": ["GHSA-1"], "affected": [
        { "package": package, "versions": ["9.0"] }] });
    std::fs::write(folder.path().join("MAL-2026-1.json"), record.to_string()).expect("a file");
    packhouse.import_advisories(folder.path(), &|_| ()).await.expect("an import");
    let name = packhouse_pypi::normalize("reqeusts").expect("a name");
    packhouse.confirm_name(&name, &["requests".to_owned()], "a fork", "ada").await.expect("a word");
}

/// The address of an operation in the distribution of [`fill`].
fn filled(path: &str) -> String {
    let id = if path.contains("advisories") { "MAL-2026-1" } else { "ada" };
    let path = path.replace("{id}", id).replace("{project}", "leaf").replace("{serial}", "1");
    let path = path.replace("{peer}", "elsewhere");
    let version = if path.contains("difference") { "2.0" } else { "1.0" };
    let suite = if path.contains("snapshots") || path.ends_with("{suite}") { "unstable" } else { "testing" };
    let query = match path.rsplit('/').next() {
        Some("closure") => "?requirement=leaf&requirement=twig%3E%3D1",
        Some("text") => "?path=leaf.py",
        _ => "",
    };
    format!("{}{query}", path.replace("{version}", version).replace("{suite}", suite))
}

/// One request with a body; the status, the headers and the body.
fn post(address: &str, path: &str, headers: &str, body: &[u8]) -> (u16, String, Value) {
    let mut stream = TcpStream::connect(address).expect("a connection");
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head[9..12].parse().expect("a status");
    (status, head.to_owned(), serde_json::from_str(body).unwrap_or_default())
}

/// Whether a document is as its schema says: every field is described, and every described one that must be there is.
fn check(document: &Value, schema: &Value, value: &Value, place: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let schema = document.pointer(&reference[1..]).expect("a schema");
        return check(document, schema, value, place);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        if value.is_null() {
            assert!(choices.iter().any(|one| one["type"] == "null"), "{place} is null");
            return;
        }
        return check(document, &choices[0], value, place);
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let types = match &schema["type"] {
        Value::Array(types) => types.clone(),
        one => vec![one.clone()],
    };
    let fits = |known: &Value| known == kind || kind == "integer" && known == "number";
    assert!(types.iter().any(fits), "{place} is {kind}, not {types:?}");
    if let Some(words) = schema["enum"].as_array() {
        assert!(words.contains(value), "{place} is {value}, none of {words:?}");
    }
    if let (Some(items), Some(schema)) = (value.as_array(), schema.get("items")) {
        for (number, item) in items.iter().enumerate() {
            check(document, schema, item, &format!("{place}[{number}]"));
        }
    }
    let Some(fields) = value.as_object() else { return };
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        assert!(fields.contains_key(name), "{place} lacks {name}");
    }
    for (name, field) in fields {
        let place = format!("{place}.{name}");
        match (schema["properties"].get(name), &schema["additionalProperties"]) {
            (Some(schema), _) | (None, schema @ Value::Object(_)) => check(document, schema, field, &place),
            (None, Value::Bool(true)) => {}
            (None, _) => panic!("{place} is not described"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_as_it_is_described() {
    let upstream = FakeUpstream::start();
    for (name, version) in [("leaf", "1.0"), ("leaf", "2.0"), ("twig", "1.0")] {
        let wheel =
            Wheel::named(name).version(version).module(&format!("{name}.py"), format!("V = {version:?}\n"));
        upstream.publish(Upload::of(wheel.build()).age(WEEK));
    }
    let (there, here) = (Running::start(&upstream).await, Running::start(&upstream).await);
    fill(&there.packhouse).await;
    let packhouse = here.packhouse.clone();
    fill(&packhouse).await;
    import_from(&packhouse, &there).await;
    let lines = there.packhouse.ledger_after(0, 500).await.expect("a ledger");
    let lines: String = lines.iter().map(packhouse_trust::Recorded::to_line).collect();
    let scopes = [TokenScope::Read, TokenScope::Watch, TokenScope::Migrate, TokenScope::Import];
    let (token, _) = packhouse.create_token("test", &scopes, WEEK).await.expect("a token");
    let (reader, _) = packhouse.create_token("reader", &scopes[..1], WEEK).await.expect("a token");
    let note = Note {
        release: "leaf==2.0".parse().expect("a release"),
        path: Some("leaf.py".to_owned()),
        line: Some(1),
        text: "new".to_owned(),
        machine: None,
    };
    let statement = envelope(&packhouse, "ada", note, &[]);
    let address = here.address.clone();
    let asked = tokio::task::spawn_blocking(move || {
        ask_everything(&address, &token, &reader, &statement, lines.as_bytes());
    });
    let asked = asked.await;
    here.stop().await;
    there.stop().await;
    asked.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
}

/// A server with a folder and a worker of its own.
struct Running {
    packhouse: Packhouse,
    address: String,
    tell: watch::Sender<bool>,
    worker: tokio::task::JoinHandle<()>,
    server: tokio::task::JoinHandle<Result<(), packhouse_app::AppError>>,
    _folder: tempfile::TempDir,
}

impl Running {
    async fn start(upstream: &FakeUpstream) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let config = Config { data: folder.path().to_owned(), ..Config::default() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let base = format!("http://{address}");
        let packhouse = Packhouse::open(config, &upstream.simple_url(), base, Arc::new(SystemClock))
            .await
            .expect("opens");
        let (tell, stop) = watch::channel(false);
        let worker = tokio::spawn({
            let (packhouse, stop) = (packhouse.clone(), stop.clone());
            async move { packhouse.work(stop).await }
        });
        let server = tokio::spawn(packhouse_server::serve(packhouse.clone(), listener, stop));
        Self { packhouse, address, tell, worker, server, _folder: folder }
    }

    async fn stop(self) {
        self.tell.send_replace(true);
        self.server.await.expect("no panic").expect("stops");
        self.worker.await.expect("no panic");
    }
}

/// Subscribes to another server's distribution, and reads its ledger.
async fn import_from(packhouse: &Packhouse, there: &Running) {
    let name: packhouse_model::PeerName = "elsewhere".parse().expect("a name");
    let act = PeerSet {
        peer: name.clone(),
        distribution: there.packhouse.distribution().distribution().expect("a distribution").id,
        address: Some(format!("http://{}", there.address)),
        maintainers: None,
        criteria: [("safe-to-run".to_owned(), ["safe-to-run".to_owned()].into())].into(),
        projects: None,
        exclude: [].into(),
        counts: Weight::One,
        reason: "a test".to_owned(),
    };
    say(packhouse, act, &[]).await;
    packhouse.fetch_import(&name).await.expect("a ledger that can be believed");
    assert!(!packhouse.distribution().imports.is_empty(), "the review of leaf is imported");
}

fn ask_everything(address: &str, token: &str, reader: &str, statement: &[u8], lines: &[u8]) {
    let document = packhouse_server::openapi();
    let bearer = format!("Bearer {token}");
    let mut asked = 0;
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            asked += 1;
            let place = format!("{method} {}", filled(path));
            let (expected, described) =
                operation["responses"].as_object().expect("answers").iter().next().expect("one");
            let (status, answer) = if method == "get" {
                let answer =
                    get(&format!("http://{address}{}", filled(path)), &[("authorization", bearer.as_str())]);
                let answer = answer.expect("an answer");
                let lines = described["content"].get("text/plain").is_some();
                if lines {
                    let text = answer.text();
                    assert!(text.lines().count() > 10, "{text}");
                    (answer.status, Value::Null)
                } else {
                    assert_eq!(
                        answer.header("content-type"),
                        Some("application/json"),
                        "{place} {}",
                        answer.text()
                    );
                    conditional(address, &filled(path), &bearer, answer.header("etag"));
                    (answer.status, answer.json())
                }
            } else {
                let body = match path.rsplit('/').next() {
                    Some("ledger") if path.contains("{peer}") => lines.to_vec(),
                    Some("ledger") => statement.to_vec(),
                    Some("coverage") => b"leaf==1.0\ntwig==1.0\nbark>=1\n".to_vec(),
                    Some("what-if") => json!({ "what_if": ["age-days leaf 90"] }).to_string().into_bytes(),
                    _ => Vec::new(),
                };
                let (status, _, answer) =
                    post(address, &filled(path), &format!("authorization: {bearer}\r\n"), &body);
                (status, answer)
            };
            assert_eq!(status.to_string(), *expected, "{place}: {answer}");
            if let Some(schema) = described["content"]["application/json"].get("schema") {
                check(&document, schema, &answer, &place);
            }
            if operation.get("security").is_some() {
                without_token(address, method, &filled(path), reader);
            }
        }
    }
    assert!(asked > 20, "{asked}");
    refusals(address, statement);
}

/// What has a validator is not sent twice.
fn conditional(address: &str, path: &str, bearer: &str, etag: Option<&str>) {
    let Some(etag) = etag else { return };
    let headers = [("authorization", bearer), ("if-none-match", etag)];
    let again = get(&format!("http://{address}{path}"), &headers).expect("an answer");
    assert_eq!(again.status, 304, "{path}");
}

/// Nothing that a token is needed for is done without one, or with one for other things, wherever the request comes from.
fn without_token(address: &str, method: &str, path: &str, reader: &str) {
    if method == "get" {
        assert_eq!(get(&format!("http://{address}{path}"), &[]).expect("an answer").status, 401);
        return;
    }
    for (header, expected) in [
        (String::new(), 401),
        ("authorization: Bearer packhouse_0\r\n".to_owned(), 401),
        (format!("authorization: Basic {reader}\r\n"), 401),
        (format!("authorization: Bearer {reader}\r\n"), 403),
    ] {
        let (status, head, _) = post(address, path, &header, b"");
        assert_eq!(status, expected, "{path} with {header:?}");
        assert!(head.contains("content-type: application/problem+json"), "{head}");
    }
}

/// What is refused, and how.
fn refusals(address: &str, statement: &[u8]) {
    for (path, headers, body, expected, words) in [
        ("/api/v1/ledger", "", statement, 409, "the same statement is in the ledger already"),
        ("/api/v1/ledger", "", b"{}".as_slice(), 422, "this is no signed statement"),
        ("/api/v1/ledger", "content-type: text/html\r\n", statement, 415, "expected application/vnd.dsse"),
        ("/api/v1/ledger?a=b", "", statement, 400, "The query names \"a\""),
        ("/api/v1/suites/testing/what-if", "", b"[]", 400, "what_if"),
        ("/api/v1/suites/nowhere/what-if", "", b"{\"what_if\":[]}", 404, "there are: testing, unstable"),
        ("/api/v1/distribution", "", b"", 405, "openapi.json"),
    ] {
        let (status, head, problem) = post(address, path, headers, body);
        assert_eq!(status, expected, "{path}: {head} {problem}");
        assert!(problem["detail"].as_str().unwrap_or_default().contains(words), "{problem}");
        assert!(head.contains("application/problem+json") && head.contains("no-store"), "{head}");
    }
    for (path, expected) in [
        ("/api/v1/releases/leaf/9", 404),
        ("/api/v1/releases/leaf/nine", 404),
        ("/api/v1/projects/ghost", 404),
        ("/api/v1/queue?for=ghost", 404),
        ("/api/v1/ledger?limit=0", 400),
        ("/api/v1/ledger?after=x", 400),
        ("/api/v1/closure", 400),
        ("/api/v1/closure?requirement=%3D%3D", 400),
        ("/api/v1/releases/leaf/2.0/difference/text", 400),
        ("/api/v1/releases/leaf/2.0/difference/text?path=nothing.py", 404),
        ("/api/v1/nothing", 404),
    ] {
        let answer = get(&format!("http://{address}{path}"), &[]).expect("an answer");
        assert_eq!(answer.status, expected, "{path}: {}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{path}");
    }
}
