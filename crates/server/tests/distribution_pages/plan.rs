//! The pages of the plan, asked of a real server over HTTP.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use packhouse_app::plan::{Archive, Soon};
use packhouse_plan::import::Hints;
use packhouse_plan::snapshot::Ecosystem;
use packhouse_testkit::httptest::get;

use crate::world::{self, World};

async fn fetch(world: &World, path: &str) -> (u16, String) {
    let url = format!("{}{path}", world.url);
    let answer = tokio::task::spawn_blocking(move || get(&url, &[("accept", "text/html")])).await;
    let answer = answer.expect("no panic").expect("an answer");
    (answer.status, String::from_utf8(answer.body).expect("UTF-8"))
}

/// Sends a form as a browser does (RFC 7578).
async fn send(world: &World, fields: &[(&str, Option<&str>, &[u8])]) -> (u16, String) {
    const BOUNDARY: &str = "----packhouse-test";
    let mut body = Vec::new();
    for (name, file, bytes) in fields {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        let head = format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    let address = world.url.strip_prefix("http://").expect("an address").to_owned();
    let work = move || {
        let mut stream = TcpStream::connect(&address).expect("a connection");
        let head = format!(
            "POST /plan/coverage HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n\
             content-type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).expect("a request");
        // A server that has said no need not read on.
        let _ = stream.write_all(&body);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    };
    let answer = tokio::task::spawn_blocking(work).await.expect("no panic");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    (head[9..12].parse().expect("a status"), body.to_owned())
}

fn import(world: &World) {
    let tables = [
        (
            "downloads_2026-01-01.csv",
            "package,downloads\nflask,900\nclick,800\nwerkzeug,700\nblinker,60\nsix,5\n",
        ),
        ("needs_2026-01-01.csv", "package,dependency,marker,extra\nflask,werkzeug,,\nflask,click,,\n"),
        ("owners_2026-01-01.csv", "package,owner\nflask,o1\nclick,o1\nsix,o2\n"),
    ];
    let archive = Archive::of(&world.packhouse.settings.data);
    for (name, text) in tables {
        let path = world.packhouse.settings.data.join(name);
        std::fs::write(&path, text).expect("a table");
        archive.import(&path, Hints::none(world.now()), &mut |_| ()).expect("a data set");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_plan_is_shown_with_what_is_vetted() {
    let world = World::start().await;
    for path in ["/plan", "/plan/scatter", "/plan/next"] {
        let (status, body) = fetch(&world, path).await;
        assert_eq!(status, 200, "{path}");
        assert!(body.contains("packhouse plan import"), "{path} says what to do without data");
    }
    import(&world);
    world::found(&world).await;
    world::fill(&world).await;
    let (status, body) = fetch(&world, "/plan?of=Flask%2C+six+nobody-knows").await;
    assert_eq!(status, 200);
    for words in ["<svg", "share of all downloads", "number 1", "number 5", "not in the list of downloads"] {
        assert!(body.contains(words), "{words}: {body}");
    }
    let (_, body) = fetch(&world, "/plan/scatter").await;
    assert!(
        body.contains("href=\"/project/flask\"") && body.contains("exposure against fragility"),
        "{body}"
    );
    assert!(!body.contains("o1"), "accounts are not shown");
    let (_, body) = fetch(&world, "/plan/next?hours=40&by=downloads").await;
    assert!(body.contains("aria-current=\"true\">40 hours"), "{body}");
    assert!(body.contains("packhouse project add six"), "six is not under maintenance: {body}");
    // Any other number is none of the choices.
    let (_, body) = fetch(&world, "/plan/next?hours=41&by=luck").await;
    assert!(body.contains("aria-current=\"true\">800 hours"), "{body}");

    let (status, body) = fetch(&world, "/plan/coverage").await;
    assert_eq!(status, 200);
    assert!(
        body.contains("enctype=\"multipart/form-data\"") && body.contains("<option>testing</option>"),
        "{body}"
    );
}

/// On one thread: what is begun has not ended when somebody without patience looks.
#[tokio::test]
async fn nobody_waits_for_a_plan_that_is_being_made() {
    let world = World::start().await;
    let soon = async || -> Soon {
        world.packhouse.board_soon(&Ecosystem::Pypi, Duration::ZERO).await.expect("readable data sets")
    };
    let at_start = soon().await;
    assert!(at_start.board.is_none() && !at_start.making, "no data sets: nothing is made");
    import(&world);
    let first = soon().await;
    assert!(first.board.is_none() && first.making);
    let board = world.packhouse.board(&Ecosystem::Pypi).await.expect("a plan").expect("data sets");
    let known = soon().await;
    assert!(!known.making && known.board.is_some_and(|known| Arc::ptr_eq(&known, &board)), "it is kept");
    // Asked for often, and yet not kept longer than its data.
    for _ in 0..50 {
        soon().await;
    }

    let path = world.packhouse.settings.data.join("downloads_2026-01-02.csv");
    std::fs::write(&path, "package,downloads\nflask,1\n").expect("a table");
    let archive = Archive::of(&world.packhouse.settings.data);
    archive.import(&path, Hints::none(world.now()), &mut |_| ()).expect("a data set");
    let before = soon().await;
    assert!(
        before.making && before.board.is_some_and(|before| Arc::ptr_eq(&before, &board)),
        "the one before"
    );
    // The server makes it by itself; told to stop, it looks once.
    let (tell, stop) = tokio::sync::watch::channel(false);
    tell.send(true).expect("a receiver");
    world.packhouse.keep_board(stop).await;
    let after = soon().await;
    let newest = after.board.as_ref().and_then(|board| Some(board.downloads()?.date.date()));
    assert_eq!((after.making, newest.as_deref()), (false, Some("2026-01-02")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lockfile_is_judged_and_forgotten() {
    let world = World::start().await;
    world::found(&world).await;
    world::fill(&world).await;
    let vetted = packhouse_app::plan::vetted(&world.packhouse.distribution());
    assert!(!vetted.is_empty(), "the world has vetted projects");
    let text = b"flask==3.0.3\nnothing-of-that-name==1.0\nclick>=8\n-e ./mine\n";
    let (status, body) = send(
        &world,
        &[("file", Some("requirements.txt"), text), ("text", None, b""), ("index", None, b"default")],
    )
    .await;
    assert_eq!(status, 200, "{body}");
    for words in
        ["flask 3.0.3", "<span class=\"badge ok\">vetted</span>", "missing", "line 3", "What to ask for"]
    {
        assert!(body.contains(words), "{words}: {body}");
    }
    // Pasted, with no file chosen: a browser sends an empty one.
    let (status, body) = send(&world, &[("file", Some(""), b""), ("text", None, b"flask==3.0.3\n")]).await;
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("100 % vetted"), "{body}");

    for (fields, words) in [
        (vec![("text", None, b"".as_slice())], "Choose a file or paste its text."),
        (vec![("file", Some("uv.lock"), b"\xff\xfe".as_slice())], "not UTF-8"),
        (vec![("file", Some("uv.lock"), b"[[package".as_slice())], "uv.lock"),
        (
            vec![("text", None, b"flask==3.0.3\n".as_slice()), ("index", None, b"nowhere".as_slice())],
            "no index nowhere",
        ),
    ] {
        let (status, body) = send(&world, &fields).await;
        assert_eq!(status, 400, "{body}");
        assert!(body.contains(words) && body.contains("role=\"alert\""), "{words}: {body}");
    }
    let many: Vec<String> = (0..2_001).map(|at| format!("p{at}==1.0")).collect();
    let many = many.join("\n");
    let (status, body) = send(&world, &[("text", None, many.as_bytes())]).await;
    assert_eq!(status, 400);
    assert!(body.contains("at most 2000 are looked at here"), "{body}");
    let large = vec![b'#'; packhouse_pypi::lock::LONGEST_LOCKFILE + (1 << 20)];
    let (status, body) = send(&world, &[("text", None, &large)]).await;
    assert_eq!(status, 413, "{body}");
}
