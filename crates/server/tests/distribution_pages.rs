//! Every page of the distribution, asked of a real server over HTTP.

#[path = "distribution_pages/plan.rs"]
mod plan;
mod world;

use std::time::{Duration, Instant};

use packhouse_testkit::httptest::get;
use world::World;

const PAGES: [&str; 25] = [
    "/",
    "/queue",
    "/queue?for=bob",
    "/queue?for=nobody",
    "/review/flask/3.1.0",
    "/review/flask/3.1.0?file=flask-3.1.0.tar.gz",
    "/review/flask/3.1.0?base=3.0.3",
    "/review/flask/3.1.0?path=flask%2Fapp.py",
    "/review/flask/3.1.0?path=flask%2Fapp.py&view=split",
    "/review/flask/3.1.0?path=flask%2Fapp.py&view=whole",
    "/review/flask/3.1.0?path=flask%2Fapp.py&line=60",
    "/project/flask",
    "/project/werkzeug",
    "/project/flask?index=testing",
    "/suites",
    "/suites/testing",
    "/suites/testing/snapshots",
    "/suites/testing/excuses",
    "/excuses",
    "/maintainers",
    "/maintainers/alice",
    "/imports",
    "/ledger",
    "/ledger/3",
    "/ledger?page=99",
];

async fn fetch(world: &World, path: &str) -> (u16, String, String) {
    let url = format!("{}{path}", world.url);
    let answer = tokio::task::spawn_blocking(move || get(&url, &[("accept", "text/html")])).await;
    let answer = answer.expect("no panic").expect("an answer");
    let content_type = answer.header("content-type").unwrap_or_default().to_owned();
    (answer.status, content_type, String::from_utf8(answer.body).expect("UTF-8"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_says_what_the_ledger_says() {
    let world = World::start().await;
    // Without a distribution there are none of these pages, and none is offered.
    assert_eq!(fetch(&world, "/queue").await.0, 404);
    assert!(!fetch(&world, "/").await.2.contains("href=\"/queue\""));
    world::found(&world).await;
    world::fill(&world).await;
    for path in PAGES {
        let (status, content_type, body) = fetch(&world, path).await;
        assert_eq!((status, content_type.as_str()), (200, "text/html; charset=utf-8"), "{path}");
        assert!(body.contains("href=\"/queue\""), "{path}");
        // A review shows what the files say; nothing else shows an address.
        let reads_files = path.starts_with("/review");
        assert!(reads_files || !body.contains("contact@pallets.invalid"), "{path} shows an address");
    }
    for (path, texts) in [
        ("/", &["Orchard", "/pypi/testing/simple/", "wait for reviews"][..]),
        ("/queue", &["blinker 1.9", "new project", "/maintainers/bob", "flask 3.1.0", "overdue since"]),
        (
            "/review/flask/3.1.0",
            &[
                "new dependency",
                "flask_boot.pth",
                "uses the network",
                "The changelog says nothing of ports.",
                "packhouse review accept flask==3.1.0 --base flask==3.0.3",
                "not independent of its vendor",
            ],
        ),
        (
            "/review/flask/3.1.0?path=flask%2Fapp.py",
            &[
                "Is the network needed at import?",
                "id=\"n4\"",
                "<span class=\"src-word\">import</span> socket",
                "<span class=\"src-word\">def</span> <span class=\"src-name\">run</span>",
            ],
        ),
        (
            "/review/flask/3.1.0?path=flask%2Fapp.py&line=60",
            &["aria-current=\"true\">Whole file", "id=\"n60\""],
        ),
        ("/project/flask", &["id=\"tracker\"", "3.0.3", "begins to look after flask", "In this index today"]),
        ("/project/werkzeug", &["3.0.0 is yanked", "Cookies of 3.0"]),
        ("/suites/testing", &["cp312 manylinux_2_28_x86_64", "<code>flask</code>", "/pypi/testing/simple/"]),
        ("/suites/testing/snapshots", &["a migration", "/pypi/testing@1/simple/"]),
        ("/suites/testing/excuses", &["werkzeug"]),
        ("/maintainers/alice", &["Ardent GmbH", "SHA256:", "flask 3.1.0", "in force"]),
        ("/ledger", &["accepts flask==3.1.0", "declares werkzeug==3.0.0 yanked"]),
        (
            "/ledger/3",
            &["1 not shown here", "urn:x-packhouse:join:v1", "<span class=\"badge ok\">good</span>"],
        ),
    ] {
        let body = fetch(&world, path).await.2;
        for text in texts {
            assert!(body.contains(text), "{path} lacks {text}");
        }
    }
    for (path, status) in [
        ("/review/flask/9.9", 404),
        ("/review/flask/not%20a%20version", 404),
        ("/review/flask/3.1.0?path=nowhere", 404),
        ("/review/flask/3.1.0?file=nowhere", 404),
        ("/suites/nowhere", 404),
        ("/suites/pear/excuses", 404),
        ("/maintainers/nobody", 404),
        ("/imports/nowhere", 404),
        ("/ledger/0", 404),
        ("/ledger/99999", 404),
        ("/feeds/projects/nothing.atom", 404),
        ("/feeds/suites/testing", 404),
    ] {
        assert_eq!(fetch(&world, path).await.0, status, "{path}");
    }
    for path in ["/feeds/projects/flask.atom", "/feeds/suites/testing.atom", "/feeds/maintainers/bob.atom"] {
        let (status, content_type, body) = fetch(&world, path).await;
        assert_eq!((status, content_type.as_str()), (200, "application/atom+xml; charset=utf-8"), "{path}");
        check_feed(&world.url, path, &body);
    }
    // Each list has a twin for programs, and names it.
    for path in [
        "/queue",
        "/suites",
        "/suites/testing",
        "/suites/testing/snapshots",
        "/maintainers",
        "/imports",
        "/ledger",
    ] {
        let page = fetch(&world, path).await.2;
        let (_, rest) = page.split_once("<p><a href=\"/api/v1/").expect(path);
        let twin = format!("/api/v1/{}", rest.split('"').next().expect(path));
        let (status, content_type, body) = fetch(&world, &twin).await;
        assert_eq!((status, content_type.as_str()), (200, "application/json"), "{twin}");
        serde_json::from_str::<serde_json::Value>(&body).expect("JSON");
    }
    let (status, content_type, body) = fetch(&world, "/suites/testing/excuses.json").await;
    assert_eq!((status, content_type.as_str()), (200, "application/json"));
    assert_eq!(serde_json::from_str::<serde_json::Value>(&body).expect("JSON")["format"], 1);
}

/// What RFC 4287 asks of a feed: ids that are URIs and occur once, times with a date and an offset (RFC 3339), links that
/// can be followed from anywhere, an author for each entry.
/// What is known of two projects of [`world::fill`], and of one that nobody here ever asked for.
async fn advise(world: &World) {
    let folder = tempfile::tempdir().expect("a folder");
    for (id, name, version, summary) in [
        ("MAL-2026-1", "werkzeug", "3.0.0", "It sends keys to a stranger"),
        ("PYSEC-2026-2", "flask", "3.0.3", "Sessions can be read <b>by others</b>"),
        ("PYSEC-2026-3", "elsewhere", "1.0", "Never met here"),
    ] {
        let record = serde_json::json!({
            "id": id, "modified": "2026-01-01T00:00:00Z", "summary": summary,
            "affected": [{ "package": { "ecosystem": "PyPI", "name": name }, "versions": [version] }],
        });
        std::fs::write(folder.path().join(format!("{id}.json")), record.to_string()).expect("a file");
    }
    let report = world.packhouse.import_advisories(folder.path(), &|_| ()).await.expect("an import");
    assert_eq!(report.unread, 0, "{report:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn advisories_say_what_was_seen_here_and_which_suites_hold_it() {
    let world = World::start().await;
    world::found(&world).await;
    world::fill(&world).await;
    let page = fetch(&world, "/advisories").await.2;
    assert!(page.contains("No record is kept here.") && page.contains("No source is asked."), "{page}");
    advise(&world).await;
    let (status, _, page) = fetch(&world, "/advisories").await;
    assert_eq!(status, 200);
    for text in [
        "<a href=\"/advisories\" aria-current=\"page\">Advisories</a>",
        "3 records, the latest first",
        "href=\"/why/flask==3.0.3\"",
        "href=\"/project/werkzeug\"",
        "href=\"/suites/testing\"",
        "Sessions can be read &lt;b&gt;by others",
        "never seen",
    ] {
        assert!(page.contains(text), "no {text} in {page}");
    }
    // Narrowed to one project, and to malware.
    let narrowed = fetch(&world, "/advisories?project=Flask").await.2;
    assert!(narrowed.contains("PYSEC-2026-2") && !narrowed.contains("MAL-2026-1"), "{narrowed}");
    let malware = fetch(&world, "/advisories?kind=malware").await.2;
    assert!(malware.contains("MAL-2026-1") && !malware.contains("PYSEC-2026-2"), "{malware}");
    assert!(fetch(&world, "/advisories?project=no%20name").await.2.contains("No record matches the filter."));
    // Its twin for programs.
    let (status, content_type, body) = fetch(&world, "/advisories?project=flask&format=json").await;
    assert_eq!((status, content_type.as_str()), (200, "application/json"));
    let twin: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!((&twin["total"], &twin["advisories"][0]["id"]), (&1.into(), &"PYSEC-2026-2".into()));
    let release = &twin["advisories"][0]["releases"][0];
    assert_eq!((&release["version"], &release["times"]), (&"3.0.3".into(), &0.into()));
    assert!(release["suites"].as_array().expect("suites").contains(&"testing".into()), "{release}");
    // What is handed out is counted, and nobody is named.
    let files = twin["advisories"][0]["files"].as_u64();
    assert!(files > Some(0), "{twin}");
    let listed = fetch(&world, "/pypi/testing/simple/flask/").await.2;
    let link = listed.split('"').find(|text| text.contains("/files/") && text.contains("flask-3.0.3"));
    let link = link.expect("a file of 3.0.3").split('#').next().unwrap_or_default();
    let url = format!("{}{}", world.url, &link[link.find("/files/").expect("a path")..]);
    let got = tokio::task::spawn_blocking(move || get(&url, &[("user-agent", "pip/26.3")]));
    assert_eq!(got.await.expect("no panic").expect("an answer").status, 200);
    let page = fetch(&world, "/advisories?project=flask").await.2;
    assert!(page.contains("handed out 1 time<") && !page.contains("pip/26.3"), "{page}");
}

fn check_feed(url: &str, path: &str, body: &str) {
    let between = |text: &str, tag: &str| -> Vec<String> {
        let (begin, end) = (format!("<{tag}>"), format!("</{tag}>"));
        let parts = text.split(begin.as_str()).skip(1);
        parts.map(|part| part.split(end.as_str()).next().unwrap_or_default().to_owned()).collect()
    };
    let entries = body.matches("<entry>").count();
    assert!(entries >= 2, "{path}");
    let ids = between(body, "id");
    assert!(ids.iter().all(|id| id.starts_with("urn:x-packhouse:") && !id.contains(char::is_whitespace)));
    assert_eq!(ids.len(), entries + 1, "{path}");
    assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), ids.len(), "{path}: {ids:?}");
    let times: Vec<packhouse_model::Timestamp> =
        between(body, "updated").iter().map(|time| time.parse().expect(time)).collect();
    assert_eq!(
        (times.len(), times.iter().max()),
        (entries + 1, times.first()),
        "{path}: the feed's is the latest"
    );
    assert_eq!(between(body, "author").len(), entries + 1, "{path}");
    assert!(between(body, "title").iter().all(|title| !title.is_empty()), "{path}");
    let links: Vec<&str> = body.split("href=\"").skip(1).filter_map(|part| part.split('"').next()).collect();
    assert_eq!(links.len(), entries + 2, "{path}");
    assert_eq!(links[0], format!("{url}{path}"), "the feed knows its own address");
    assert!(links.iter().all(|link| link.starts_with(url)), "{path}: {links:?}");
}

/// `PACKHOUSE_WORLD_PORT=8700 PACKHOUSE_WORLD=600 cargo test -p packhouse-server --test distribution_pages -- --ignored`,
/// then open `http://127.0.0.1:8700/`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "serves a made-up distribution for people to look at"]
async fn serves_a_world() {
    let seconds = std::env::var("PACKHOUSE_WORLD").expect("PACKHOUSE_WORLD says for how many seconds");
    let world = World::start().await;
    world::found(&world).await;
    world::fill(&world).await;
    world::fill_large(&world).await;
    advise(&world).await;
    for path in [
        "/review/many/2.0",
        "/review/many/2.0",
        "/review/many/2.0?page=20",
        "/review/wide/2.0",
        "/review/wide/2.0?path=wide.py",
        "/review/wide/2.0?path=wide.py&view=split",
        "/review/wide/2.0?path=wide.py&view=whole",
        "/review/update/2.0?path=update%2Fmodule_100.py",
        "/queue",
        "/project/flask",
    ] {
        let begun = Instant::now();
        let (status, _, body) = fetch(&world, path).await;
        tracing::info!(path, status, took = ?begun.elapsed(), bytes = body.len(), "measured");
        #[expect(clippy::print_stderr, reason = "this is for people")]
        {
            eprintln!("{path}: {status}, {:?}, {} bytes", begun.elapsed(), body.len());
        }
    }
    tokio::time::sleep(Duration::from_secs(seconds.parse().expect("a number"))).await;
}
