//! What rules go by beside pages: names, advisories, who publishes. What changes there is served at once, and stays.

#![expect(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod guarded;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use packhouse_app::{AdvisoryImport, AppError, Explanation, FileKey, Outcome, Packhouse, Question};
use packhouse_model::ProjectName;
use packhouse_testkit::{BuiltFile, Upload, Wheel};
use serde_json::{Value, json};

use guarded::World;

async fn open(world: &World) -> Packhouse {
    world.open_with(|_| ()).await
}

/// Writes records into a folder and takes them in.
async fn import(packhouse: &Packhouse, records: &[Value]) -> AdvisoryImport {
    let folder = tempfile::tempdir().unwrap();
    write_records(folder.path(), records);
    packhouse.import_advisories(folder.path(), &|_| ()).await.unwrap()
}

fn write_records(folder: &Path, records: &[Value]) {
    for record in records {
        let name = format!("{}.json", record["id"].as_str().unwrap());
        std::fs::write(folder.join(name), record.to_string()).unwrap();
    }
}

fn record(id: &str, project: &str, modified: &str, part: &Value) -> Value {
    let mut affected = part.clone();
    affected["package"] = json!({ "ecosystem": "PyPI", "name": project });
    json!({ "id": id, "modified": modified, "summary": "It is bad.", "affected": [affected] })
}

async fn explain(packhouse: &Packhouse, what: &str) -> Explanation {
    packhouse.explain(&Question::parse(what).unwrap()).await.unwrap()
}

/// The rule that refuses, if any.
async fn refused_by(packhouse: &Packhouse, what: &str) -> Option<&'static str> {
    let explanation = explain(packhouse, what).await;
    let files = explanation.releases.iter().flat_map(|release| &release.files);
    let decisions = std::iter::once(&explanation.decision).chain(files.map(|file| &file.decision));
    let rules = decisions.filter_map(|decision| decision.reason()).map(|hit| hit.rule);
    let first = { rules }.next();
    assert_eq!(first.is_none(), explanation.outcome == Outcome::Serve, "{}", explanation.sentence);
    first
}

async fn is_refused(packhouse: &Packhouse, key: &FileKey) -> bool {
    match packhouse.file(key).await {
        Ok(_) => false,
        Err(AppError::Refused(_)) => true,
        Err(error) => panic!("{error}"),
    }
}

fn name(text: &str) -> ProjectName {
    packhouse_pypi::normalize(text).unwrap()
}

#[tokio::test]
async fn a_new_look_alike_is_refused_until_a_person_says_that_it_is_another_thing() {
    let world = World::new();
    let squat = world.wheel("reqeusts", "1.0", "2026-05-01T00:00:00Z");
    let honest = world.wheel("some-thing-else", "1.0", "2026-05-01T00:00:00Z");
    let packhouse = open(&world).await;
    assert_eq!(refused_by(&packhouse, "reqeusts").await, Some("names"));
    assert!(is_refused(&packhouse, &squat).await);
    assert_eq!(refused_by(&packhouse, "some-thing-else").await, None);
    assert!(!is_refused(&packhouse, &honest).await);
    let hit = explain(&packhouse, "reqeusts").await.decision.because.remove(0);
    assert!(hit.sentence.contains("looks like requests"), "{}", hit.sentence);
    assert_eq!(hit.until, Some("2027-05-01T00:00:00Z".parse().unwrap()));

    let wrong = packhouse.confirm_name(&name("reqeusts"), &["flask".to_owned()], "x", "ada").await;
    assert!(wrong.unwrap_err().to_string().contains("it looks like requests"));
    let others = ["Requests".to_owned()];
    packhouse.confirm_name(&name("reqeusts"), &others, "our fork", "ada").await.unwrap();
    assert_eq!(refused_by(&packhouse, "reqeusts").await, None);
    assert!(!is_refused(&packhouse, &squat).await);
    packhouse.close().await;

    let packhouse = open(&world).await;
    assert_eq!(refused_by(&packhouse, "reqeusts").await, None, "it is remembered");
    let words = packhouse.name_words().await.unwrap();
    assert_eq!((words[0].original.as_str(), words[0].author.as_str()), ("requests", "ada"));
    assert!(packhouse.retract_name(&name("reqeusts"), "requests").await.unwrap());
    assert_eq!(refused_by(&packhouse, "reqeusts").await, Some("names"));
}

#[tokio::test]
async fn old_names_and_frozen_ones_are_held_against_nobody() {
    let world = World::new();
    world.wheel("colourama", "1.0", "2020-01-01T00:00:00Z");
    world.wheel("reqeusts", "1.0", "2026-05-01T00:00:00Z");
    let packhouse = open(&world).await;
    assert_eq!(refused_by(&packhouse, "colourama").await, None, "its files are old");
    assert_eq!(refused_by(&packhouse, "reqeusts").await, Some("names"));
    assert_eq!(packhouse.freeze_names().await.unwrap(), 2);
    assert_eq!(refused_by(&packhouse, "reqeusts").await, None);
    assert!(packhouse.look_at_name(&name("reqeusts")).await.unwrap().established);
    world.wheel("reqiests", "1.0", "2026-05-31T00:00:00Z");
    assert_eq!(refused_by(&packhouse, "reqiests").await, Some("names"), "what comes later is new");
}

#[tokio::test]
async fn malware_is_refused_at_once_and_who_got_it_is_known() {
    let world = World::new();
    let bad = world.wheel("tool", "1.1", "2026-01-02T00:00:00Z");
    let good = world.wheel("tool", "1.0", "2026-01-01T00:00:00Z");
    let packhouse = world.open_with(|config| config.audit.clients = Duration::from_secs(3_600)).await;
    for key in [&bad, &good] {
        assert!(!is_refused(&packhouse, key).await);
    }
    packhouse.handed_to(bad.sha256, "192.0.2.7".parse().unwrap(), "pip/26");
    let part = json!({ "versions": ["1.1"] });
    let report = import(&packhouse, &[record("MAL-2026-1", "tool", "2026-05-01T00:00:00Z", &part)]).await;
    assert_eq!((report.read, report.kept, report.unread), (1, 1, 0));
    assert!(is_refused(&packhouse, &bad).await, "although it was served a moment before");
    assert!(!is_refused(&packhouse, &good).await);
    assert_eq!(refused_by(&packhouse, "tool==1.1").await, Some("malware"));

    let served = packhouse.served_by_advisory("MAL-2026-1").await.unwrap();
    assert_eq!(served.len(), 1);
    assert_eq!((served[0].filename.as_str(), served[0].kept), (&*bad.filename, true));
    let clients: Vec<_> = served[0].handed_out.iter().map(|to| (to.client.as_deref(), to.times)).collect();
    assert_eq!(clients.len(), 2, "{clients:?}");
    assert_eq!((clients[0].0, clients[1]), (None, (Some("192.0.2.7"), 1)));

    let mut withdrawn = record("MAL-2026-1", "tool", "2026-05-02T00:00:00Z", &part);
    withdrawn["withdrawn"] = "2026-05-02T00:00:00Z".into();
    import(&packhouse, &[withdrawn]).await;
    assert!(!is_refused(&packhouse, &bad).await, "what is withdrawn lifts it");
    assert_eq!(packhouse.served_by_advisory("MAL-2026-1").await.unwrap().len(), 1, "and is still known");
}

#[tokio::test]
async fn a_folder_as_source_takes_back_what_it_no_longer_has() {
    let world = World::new();
    let tool = world.wheel("tool", "1.0", "2026-01-01T00:00:00Z");
    let source = tempfile::tempdir().unwrap();
    let every = json!({});
    let (one, other) = (
        record("MAL-2026-1", "tool", "2026-05-01T00:00:00Z", &every),
        record("MAL-2026-2", "other", "2026-05-01T00:00:00Z", &every),
    );
    write_records(source.path(), &[one, other]);
    std::fs::write(source.path().join("MAL-2026-3.json"), "{").unwrap();
    let path = source.path().display().to_string();
    let packhouse = world.open_with(|config| config.advisories.sources = vec![path]).await;
    let report = packhouse.update_advisories(&|_| ()).await.unwrap().remove(0);
    assert_eq!((report.read, report.kept, report.unread), (3, 2, 1));
    assert!(report.skipped[0].name.ends_with("MAL-2026-3.json"));
    assert!(is_refused(&packhouse, &tool).await);
    let again = packhouse.update_advisories(&|_| ()).await.unwrap().remove(0);
    assert_eq!((again.kept, again.removed), (0, 0));
    std::fs::remove_file(source.path().join("MAL-2026-1.json")).unwrap();
    assert_eq!(packhouse.update_advisories(&|_| ()).await.unwrap()[0].removed, 1);
    assert!(!is_refused(&packhouse, &tool).await);
    // A source that suddenly has nothing is broken, and lifts nothing.
    std::fs::remove_file(source.path().join("MAL-2026-2.json")).unwrap();
    std::fs::remove_file(source.path().join("MAL-2026-3.json")).unwrap();
    assert_eq!(packhouse.update_advisories(&|_| ()).await.unwrap()[0].removed, 0);
    assert_eq!(packhouse.advisory_status().await.unwrap().malware, 1);
}

/// Serves a document under an `ETag` to one client after another.
fn document_server(body: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/all.zip", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
                head.push(byte[0]);
            }
            let known = String::from_utf8_lossy(&head).contains("\"one\"");
            let (status, body) = if known { ("304 Not Modified", &[][..]) } else { ("200 OK", &body[..]) };
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\nETag: \"one\"\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            let _ = stream.write_all(answer.as_bytes()).and_then(|()| stream.write_all(body));
        }
    });
    url
}

#[tokio::test]
async fn an_address_is_read_again_only_when_it_changed() {
    let world = World::new();
    let tool = world.wheel("tool", "1.0", "2026-01-01T00:00:00Z");
    let body = record("MAL-2026-1", "tool", "2026-05-01T00:00:00Z", &json!({})).to_string();
    let url = document_server(body.into_bytes());
    let packhouse = world.open_with(|config| config.advisories.sources = vec![url.clone()]).await;
    assert_eq!(packhouse.update_advisories(&|_| ()).await.unwrap()[0].kept, 1);
    assert!(is_refused(&packhouse, &tool).await);
    let again = packhouse.update_advisories(&|_| ()).await.unwrap();
    assert!(again[0].unchanged_source);
    let status = packhouse.advisory_status().await.unwrap();
    assert_eq!((status.sources[0].name.as_str(), &status.sources[0].problem), (url.as_str(), &None));
}

#[tokio::test]
async fn a_fix_does_not_wait_and_the_vulnerable_version_is_said() {
    let world = World::new();
    world.wheel("tool", "1.0", "2026-01-01T00:00:00Z");
    let fix = world.wheel("tool", "1.1", "2026-05-31T00:00:00Z");
    let packhouse = world.open_with(|config| config.policy.publisher = "0".to_owned()).await;
    assert!(is_refused(&packhouse, &fix).await, "it is a day old");
    let ranges =
        json!({ "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": "1.1" }] }] });
    import(&packhouse, &[record("PYSEC-2026-1", "tool", "2026-05-31T00:00:00Z", &ranges)]).await;
    assert!(!is_refused(&packhouse, &fix).await);
    let decision = explain(&packhouse, "tool==1.1").await.releases.remove(0).files.remove(0).decision;
    let excused = decision.because[0].excused.as_ref().unwrap();
    assert_eq!((decision.because[0].rule, excused.reason.as_str()), ("cooldown", "it fixes PYSEC-2026-1"));
    let old = explain(&packhouse, "tool==1.0").await.releases.remove(0).files.remove(0).decision;
    assert!(old.serves());
    assert!(old.notes[0].sentence.contains("tool 1.0 is vulnerable by PYSEC-2026-1"), "{:?}", old.notes);
}

fn by(author: &str, repository: &str, version: &str) -> BuiltFile {
    Wheel::named("tool")
        .version(version)
        .header("Author-email", author)
        .header("Project-URL", &format!("Source, https://github.com/{repository}"))
        .build()
}

const ADA: &str = "Ada <ada@maker.example>";
const MALLORY: &str = "Mallory <m@other.example>";

#[tokio::test]
async fn a_release_by_others_waits_longer_and_one_by_the_same_does_not() {
    let world = World::new();
    world.publish(by(ADA, "ada/tool", "1.0"), "2026-04-01T00:00:00Z");
    world.publish(by(ADA, "ada/tool", "1.1"), "2026-05-10T00:00:00Z");
    world.publish(by(ADA, "ada/tool", "1.2"), "2026-05-22T00:00:00Z");
    world.publish(by(MALLORY, "mallory/tool", "1.3"), "2026-05-23T00:00:00Z");
    world.publish(by(MALLORY, "mallory/tool", "1.4"), "2026-05-24T00:00:00Z");
    let packhouse = open(&world).await;
    for version in ["1.0", "1.1", "1.2"] {
        assert_eq!(refused_by(&packhouse, &format!("tool=={version}")).await, None, "{version}");
    }
    assert_eq!(refused_by(&packhouse, "tool==1.3").await, Some("publisher"));
    assert_eq!(refused_by(&packhouse, "tool==1.4").await, Some("publisher"), "their first explains nothing");
    let decision = explain(&packhouse, "tool==1.3").await.releases.remove(0).files.remove(0).decision;
    let sentence = &decision.because[0].sentence;
    assert!(sentence.contains("1.0 names github/ada/tool, this release github/mallory/tool"), "{sentence}");
    assert_eq!(decision.because[0].until, Some("2026-06-06T00:00:00Z".parse().unwrap()));
    world.clock.advance(Duration::from_hours(5 * 24 + 1));
    assert_eq!(refused_by(&packhouse, "tool==1.3").await, None, "a longer cooldown has passed");
}

#[tokio::test]
async fn an_attestation_that_is_gone_and_a_year_of_silence_are_held() {
    let world = World::new();
    let bundle = json!({ "version": 1, "attestation_bundles": [
        { "publisher": { "kind": "GitHub", "repository": "ada/tool", "workflow": "p.yml" } }] });
    let attested = Upload::of(by(ADA, "ada/tool", "1.0")).at("2026-04-01T00:00:00Z");
    world.upstream.speak(packhouse_testkit::Dialect::Json);
    world.upstream.publish(attested.provenance(bundle));
    world.publish(by(ADA, "ada/tool", "1.1"), "2026-05-22T00:00:00Z");
    let sleeper = |version: &str| Wheel::named("sleeper").version(version).build();
    world.publish(sleeper("1.0"), "2024-01-01T00:00:00Z");
    world.publish(sleeper("1.1"), "2026-05-22T00:00:00Z");
    let packhouse = open(&world).await;
    let why = async |what: &str| {
        let decision = explain(&packhouse, what).await.releases.remove(0).files.remove(0).decision;
        decision.because.first().map(|hit| (hit.rule, hit.short.clone()))
    };
    let lost = "has no attestation any more; waits until 2026-06-05 00:00 UTC".to_owned();
    assert_eq!(why("tool==1.1").await, Some(("publisher", lost)));
    let silent = "is the first release since 2024-01-01; waits until 2026-06-05 00:00 UTC".to_owned();
    assert_eq!(why("sleeper==1.1").await, Some(("publisher", silent)));
    assert_eq!(why("tool==1.0").await, None);
}

/// A resolver that knows no domain (NXDOMAIN).
fn nobody_knows() -> std::net::SocketAddr {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut query = [0_u8; 512];
        while let Ok((_, client)) = socket.recv_from(&mut query) {
            // RFC 1035 section 4.1: the header and the question again.
            let end = 12 + query[12..].iter().position(|byte| *byte == 0).unwrap() + 5;
            let mut answer = vec![query[0], query[1], 0x81, 0x83, 0, 1, 0, 0, 0, 0, 0, 0];
            answer.extend(&query[12..end]);
            let _ = socket.send_to(&answer, client);
        }
    });
    address
}

#[tokio::test]
async fn a_mail_domain_that_is_gone_is_held() {
    let world = World::new();
    world.publish(by(ADA, "ada/tool", "1.0"), "2026-04-01T00:00:00Z");
    world.publish(by(ADA, "ada/tool", "1.1"), "2026-05-22T00:00:00Z");
    let resolver = nobody_knows();
    let packhouse = world.open_with(|config| config.dns.resolver = Some(resolver)).await;
    assert_eq!(refused_by(&packhouse, "tool==1.0").await, None, "it is old");
    assert_eq!(refused_by(&packhouse, "tool==1.1").await, Some("publisher"));
    let decision = explain(&packhouse, "tool==1.1").await.releases.remove(0).files.remove(0).decision;
    let short = &decision.because[0].short;
    assert!(short.starts_with("names the mail domain maker.example, which is not there"), "{short}");
}

#[tokio::test]
async fn a_private_name_is_protected_from_look_alikes() {
    let world = World::new();
    world.wheel("acme-too1", "1.0", "2026-05-01T00:00:00Z");
    let packhouse = world.open_with(|config| config.policy.private = vec!["acme-tool".to_owned()]).await;
    let hit = explain(&packhouse, "acme-too1").await.decision.because.remove(0);
    assert_eq!(hit.rule, "names");
    assert!(
        hit.sentence.contains("looks like acme-tool: they differ only in l, i and 1"),
        "{}",
        hit.sentence
    );
    assert_eq!(refused_by(&packhouse, "acme-tool").await, Some("private-names"));
    assert_eq!(world.upstream.hits("/simple/acme-tool/"), 0, "it is never asked for");
}

#[tokio::test]
async fn what_cannot_be_compared_waits_until_it_can() {
    let world = World::new();
    world.publish(by(ADA, "ada/tool", "1.0"), "2026-04-01T00:00:00Z");
    let young = by(ADA, "ada/tool", "1.1");
    let filename = young.filename.clone();
    world.upstream.publish(Upload::of(young).at("2026-05-22T00:00:00Z").without_metadata());
    let path = world.upstream.file_path(&filename);
    world.upstream.fail(&path, packhouse_testkit::Fault::Hangup);
    let packhouse = open(&world).await;
    assert_eq!(refused_by(&packhouse, "tool==1.1").await, Some("publisher"));
    world.upstream.heal_all();
    world.clock.advance(Duration::from_secs(3_600));
    assert_eq!(refused_by(&packhouse, "tool==1.1").await, None);
}
