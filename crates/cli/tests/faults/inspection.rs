//! Files are looked into before a client has all of them, and whatever goes wrong with that lets none through.

use std::time::Duration;

use packhouse_testkit::httptest::get;
use packhouse_testkit::{BuiltFile, FakeUpstream, Served, Upload, Wheel};

use crate::wire::{receive, send};
use crate::world::{fetch, fetch_right, file_url, packhouse, page, row, until, wheel, with};

/// Harmless: what it would run prints.
const DECODED: &str = "import base64\n\n\nexec(base64.b64decode('cHJpbnQoMSk='))\n";
const SETTINGS: [(&str, &str); 1] = [("POLICY_COOLDOWN", "0s")];

/// A wheel that decodes what it runs, of about so many bytes.
fn bad(version: &str, bytes: usize) -> BuiltFile {
    let wheel = Wheel::named("reb").version(version).module("reb/__init__.py", DECODED);
    wheel.padding(bytes).stored().build()
}

fn calm(version: &str) -> BuiltFile {
    Wheel::named("reb").version(version).module("reb/__init__.py", "x = 1\n").build()
}

fn start(upstream: &FakeUpstream) -> Served {
    with(packhouse(upstream), &SETTINGS).start()
}

/// Refused on every route: page, file, part, metadata, explanation, audit list.
#[track_caller]
fn assert_refused(served: &Served, file: &BuiltFile, rule: &str, words: &str) {
    let got = fetch(served, file);
    assert_eq!(got.status, 403, "{}", got.summary());
    let text = String::from_utf8_lossy(&got.body).into_owned();
    assert!(text.contains(rule) && text.contains(words), "{text}");
    for (url, header) in [
        (file_url(served, file), ("range", "bytes=0-9")),
        (format!("{}.metadata", file_url(served, file)), ("accept", "*/*")),
    ] {
        assert_eq!(receive(&url, &[header]).status, 403, "{url}");
    }
    let listed = row(served, file).expect("a tombstone");
    assert!(
        listed["yanked"].as_str().is_some_and(|text| text.starts_with("Blocked by policy: ")),
        "{listed}"
    );
    assert_eq!(listed["_packhouse"]["rule"], "findings");
    let why = get(&format!("{}/why/reb=={}?format=json", served.url(), file.version), &[]).expect("why");
    let hit = why.json()["releases"][0]["files"][0]["decision"]["because"][0].clone();
    assert_eq!(hit["rule"], "findings", "{}", why.text());
    let sentence = hit["sentence"].as_str().expect("a sentence");
    assert!(sentence.contains(rule) && sentence.contains(words), "{sentence}");
    let audit = get(&format!("{}/audit", served.url()), &[("accept", "text/html")]).expect("the audit list");
    assert!(audit.text().contains("findings"), "the audit list");
}

#[test]
fn a_file_with_a_finding_is_refused_before_a_client_has_all_of_it() {
    // Waited for as a whole, and streamed.
    for (version, size) in [("1.0", 1_000), ("2.0", 3_000_000)] {
        let upstream = FakeUpstream::start();
        let file = bad(version, size);
        upstream.publish(file.clone());
        let served = start(&upstream);
        // Nobody knows before the bytes are here.
        assert_eq!(page(&served, "reb").status, 200);
        let first = fetch(&served, &file);
        assert!(first.status == 403 || !first.whole, "{}", first.summary());
        assert!(first.body.len() + 60_000 < file.bytes.len() || first.status == 403, "{}", first.summary());
        assert_refused(&served, &file, "S04", "exec(base64.b64decode('cHJpbnQoMSk='))");
        assert_eq!(upstream.hits("*.whl"), 1, "what is known needs no second look");
    }
}

#[test]
fn the_word_on_a_file_outlasts_the_program() {
    let upstream = FakeUpstream::start();
    let file = bad("1.0", 1_000);
    upstream.publish(file.clone());
    let mut served = start(&upstream);
    assert_eq!(fetch(&served, &file).status, 403);
    served.restart();
    assert_refused(&served, &file, "S04", "reb/__init__.py:4");
    assert_eq!(upstream.hits("*.whl"), 1);
}

#[test]
fn two_hundred_clients_get_one_look() {
    let upstream = FakeUpstream::start();
    let file = bad("1.0", 2_000_000);
    upstream.publish(file.clone());
    // Each look leaves a line.
    let looks = tempfile::tempdir().expect("a folder").keep().join("looks");
    let script = format!("echo x >> {}; exec {} inspector", looks.display(), env!("CARGO_BIN_EXE_packhouse"));
    let command = format!("[\"/bin/sh\", \"-c\", '''{script}''']");
    let served = with(packhouse(&upstream), &SETTINGS).env("PACKHOUSE_INSPECT_COMMAND", command).start();
    assert_eq!(page(&served, "reb").status, 200);
    let url = file_url(&served, &file);
    let hold = upstream.hold(&upstream.file_path(&file.filename));
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..200)
            .map(|_| {
                scope.spawn(|| {
                    let stream = send(&url, &[]).expect("a connection");
                    crate::wire::finish(stream)
                })
            })
            .collect();
        hold.wait_for(1);
        hold.release();
        for client in clients {
            let got = client.join().expect("a client");
            assert!(
                got.status == 403 || (!got.whole && got.body.len() < file.bytes.len()),
                "{}",
                got.summary()
            );
        }
    });
    assert_eq!(upstream.hits("*.whl"), 1);
    let rows = get(&format!("{}/api/v1/status", served.url()), &[]);
    drop(rows);
    assert_refused(&served, &file, "S04", "exec");
}

#[test]
fn what_stood_in_the_release_before_does_not_count() {
    let upstream = FakeUpstream::start();
    let day = Duration::from_hours(24);
    for (file, age) in [(bad("1.0", 10), 200 * day), (bad("1.1", 20), 100 * day), (bad("1.2", 30), day)] {
        upstream.publish(Upload::of(file).age(age));
    }
    let served = start(&upstream);
    fetch_right(&served, &bad("1.2", 30));
    assert_eq!(upstream.hits("*.whl"), 2, "the file and the one before it");
    fetch_right(&served, &bad("1.1", 20));
    // The first of all has nothing before it.
    assert_eq!(fetch(&served, &bad("1.0", 10)).status, 403);

    // Nobody has their own young release for an excuse, nor one that had something to be excused.
    let upstream = FakeUpstream::start();
    for (file, age) in [(bad("1.0", 10), 30 * day), (bad("1.1", 20), 10 * day), (bad("1.2", 30), day)] {
        upstream.publish(Upload::of(file).age(age));
    }
    let served = start(&upstream);
    assert_eq!(fetch(&served, &bad("1.2", 30)).status, 403);

    // What is new counts although the file before is long known.
    let upstream = FakeUpstream::start();
    for (file, age) in [(calm("1.0"), 300 * day), (bad("1.1", 20), 10 * day)] {
        upstream.publish(Upload::of(file).age(age));
    }
    let served = start(&upstream);
    assert_eq!(fetch(&served, &bad("1.1", 20)).status, 403);
    fetch_right(&served, &calm("1.0"));
}

#[test]
fn an_ordinary_file_costs_one_look_and_no_other_file() {
    let upstream = FakeUpstream::start();
    for version in ["1.0", "1.1"] {
        upstream.publish(Upload::of(calm(version)).age(Duration::from_hours(3_000)));
    }
    let served = start(&upstream);
    fetch_right(&served, &calm("1.1"));
    assert_eq!(upstream.hits("*.whl"), 1);
}

#[test]
fn no_failure_of_the_inspection_lets_a_file_through() {
    let ready = "printf 'ready 1\\n'; cat >/dev/null;";
    for script in [
        "exit 3".to_owned(),
        format!("{ready} exit 70"),
        format!("{ready} kill -9 $$"),
        format!("{ready} printf 'answer 30\\nabc'"),
        format!("{ready} echo rubbish"),
        format!("{ready} printf 'answer 2\\n{{}}'"),
        format!("{ready} sleep 60"),
    ] {
        for size in [10, 3_000_000] {
            let upstream = FakeUpstream::start();
            let file =
                Wheel::named("reb").module("reb/__init__.py", "x = 1\n").padding(size).stored().build();
            upstream.publish(file.clone());
            let command = format!("[\"/bin/sh\", \"-c\", '''{script}''']");
            let builder = with(packhouse(&upstream), &SETTINGS).env("PACKHOUSE_INSPECT_COMMAND", command);
            let served = with(builder, &[("INSPECT_TIME", "1s")]).start();
            let first = fetch(&served, &file);
            assert!(first.status == 403 || !first.whole, "{script}: {}", first.summary());
            assert_refused(&served, &file, "X03", "What stands in what was not examined?");
        }
    }
}

#[test]
fn who_wants_no_look_gets_none() {
    let upstream = FakeUpstream::start();
    let file = bad("1.0", 1_000);
    upstream.publish(file.clone());
    let settings =
        [("POLICY_COOLDOWN", "0s"), ("POLICY_FINDINGS", "off"), ("INSPECT_COMMAND", "[\"/nonexistent\"]")];
    let served = with(packhouse(&upstream), &settings).start();
    fetch_right(&served, &file);

    // Exact bytes can be excepted; the reason is then shown beside what was seen.
    let upstream = FakeUpstream::start();
    upstream.publish(file.clone());
    let exception = format!(
        "[{{ sha256 = \"{}\", rules = [\"findings\"], reason = \"it prints\", author = \"ada\", until = \"2099-01-01\" }}]",
        file.sha256
    );
    let served = with(packhouse(&upstream), &SETTINGS).env("PACKHOUSE_EXCEPTION", exception).start();
    fetch_right(&served, &file);
    let why = get(&format!("{}/why/reb==1.0?format=json", served.url()), &[]).expect("why").json();
    let hit = &why["releases"][0]["files"][0]["decision"]["because"][0];
    assert_eq!(
        (&hit["rule"], &hit["excused"]["reason"]),
        (&"findings".into(), &"it prints".into()),
        "{why:#}"
    );
}

#[test]
fn a_server_that_is_killed_during_a_look_has_served_nothing() {
    let upstream = FakeUpstream::start();
    let file = bad("1.0", 3_000_000);
    upstream.publish(file.clone());
    let command = "[\"/bin/sh\", \"-c\", \"printf 'ready 1\\\\n'; sleep 60\"]";
    let builder = with(packhouse(&upstream), &SETTINGS).env("PACKHOUSE_INSPECT_COMMAND", command);
    let mut served = builder.start();
    let url = file_url(&served, &file);
    let client = std::thread::spawn(move || receive(&url, &[]));
    until("the file to be stored", || crate::world::is_kept(&served, &file));
    served.kill9();
    let got = client.join().expect("a client");
    assert!(!got.whole && got.body.len() < file.bytes.len(), "{}", got.summary());
    // The bytes are here, and nobody has looked at them: whoever asks again has to wait for that.
    served.start_again();
    assert!(crate::world::is_kept(&served, &file));
    let clean = wheel("other", "1.0", 10);
    upstream.publish(clean);
}
