//! Two hundred clients at once for something cold: one request upstream.

use std::io::Read as _;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};

use packhouse_testkit::{Dialect, FakeUpstream, Served};

use crate::wire::{finish, receive, send};
use crate::world::{JSON, file_url, packhouse, page, page_url, until, wheel};

const CLIENTS: usize = 200;

/// All clients wait in the server before the upstream answers `path`; what `read` made of each answer.
fn herd<T: Send>(
    upstream: &FakeUpstream,
    served: &Served,
    path: &str,
    ask: impl Fn(usize) -> TcpStream + Sync,
    read: impl Fn(TcpStream) -> T + Sync,
) -> Vec<T> {
    let hold = upstream.hold(path);
    let sent = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let (ask, read, sent) = (&ask, &read, &sent);
                scope.spawn(move || {
                    let stream = ask(number);
                    sent.fetch_add(1, Ordering::SeqCst);
                    read(stream)
                })
            })
            .collect();
        until("all clients to have asked", || sent.load(Ordering::SeqCst) == CLIENTS);
        hold.wait_for(1);
        until_quiet(served);
        assert_eq!(hold.waiting(), 1, "one request upstream");
        hold.release();
        clients.into_iter().map(|client| client.join().expect("a client")).collect()
    })
}

/// Waits until the server uses no processor time: all that has been asked of it waits.
fn until_quiet(served: &Served) {
    let path = format!("/proc/{}/stat", served.pid().expect("it runs"));
    // Fields 14 and 15: time in user and in system mode, in hundredths of a second.
    let used = || {
        let text = std::fs::read_to_string(&path).expect("the server's /proc/…/stat");
        text.split(' ').skip(13).take(2).map(str::to_owned).collect::<Vec<_>>()
    };
    let (mut before, mut quiet) = (used(), 0);
    until("a quiet server", || {
        let now = used();
        quiet = if now == before { quiet + 1 } else { 0 };
        before = now;
        quiet > 20
    });
}

/// Reads an answer beside the bytes it must have: two hundred times ten megabytes need not be held.
fn is_right(mut stream: TcpStream, right: &[u8]) -> Result<(), String> {
    let mut block = vec![0; 1 << 16];
    let mut head = Vec::new();
    let mut at = 0;
    loop {
        let read = stream.read(&mut block).map_err(|error| format!("after {at} bytes: {error}"))?;
        if read == 0 {
            return if at == right.len() { Ok(()) } else { Err(format!("{at} of {} bytes", right.len())) };
        }
        let mut bytes = &block[..read];
        let rest;
        if at == 0 {
            head.extend_from_slice(bytes);
            let Some(end) = head.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
            if !head.starts_with(b"HTTP/1.1 200") {
                return Err(String::from_utf8_lossy(&head).into_owned());
            }
            rest = head.split_off(end + 4);
            bytes = &rest;
        }
        if right.get(at..at + bytes.len()) != Some(bytes) {
            return Err(format!("other bytes near {at}"));
        }
        at += bytes.len();
    }
}

fn start(upstream: &FakeUpstream) -> Served {
    packhouse(upstream).start()
}

#[test]
fn one_cold_file() {
    let upstream = FakeUpstream::start();
    let served = start(&upstream);
    let file = wheel("large", "1.0", 10_000_000);
    upstream.publish(file.clone());
    assert_eq!(page(&served, "large").status, 200);
    let url = file_url(&served, &file);
    let path = upstream.file_path(&file.filename);
    let answers = herd(
        &upstream,
        &served,
        &path,
        |_| send(&url, &[]).expect("a connection"),
        |stream| is_right(stream, &file.bytes),
    );
    let wrong: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    assert!(wrong.is_empty(), "{} of {CLIENTS}: {:?}", wrong.len(), wrong.first());
    assert_eq!(upstream.hits("/packages/*"), 1);
    assert_eq!(upstream.hits("/simple/large/"), 1);
}

#[test]
fn one_cold_page() {
    for dialect in [Dialect::Json, Dialect::Html] {
        let upstream = FakeUpstream::start();
        upstream.speak(dialect);
        let served = start(&upstream);
        let file = wheel("page", "1.0", 1_000);
        upstream.publish(file.clone());
        let url = page_url(&served, "page");
        let forms = [JSON, ("accept", "text/html"), ("accept", "*/*"), ("accept-encoding", "gzip")];
        let ask = |number: usize| send(&url, &[forms[number % forms.len()]]).expect("a connection");
        let answers = herd(&upstream, &served, "/simple/page/", ask, finish);
        for (number, answer) in answers.iter().enumerate() {
            assert!(answer.status == 200 && answer.whole, "{dialect:?}: {}", answer.summary());
            let listed = String::from_utf8_lossy(&answer.body).contains(&file.filename);
            assert!(listed || number % forms.len() == 3, "{dialect:?}: {}", answer.summary());
        }
        assert_eq!(upstream.hits("/simple/page/"), 1, "{dialect:?}");
        assert!(upstream.hits("/pypi/page/json") <= 1, "{dialect:?}: the JSON document at most once");
    }
}

#[test]
fn one_cold_metadata_file() {
    let upstream = FakeUpstream::start();
    let served = start(&upstream);
    let file = wheel("described", "1.0", 50_000);
    upstream.publish(file.clone());
    let url = format!("{}.metadata", file_url(&served, &file));
    let answers = herd(&upstream, &served, "*.metadata", |_| send(&url, &[]).expect("a connection"), finish);
    for answer in &answers {
        assert!(answer.is(&file.metadata), "{}", answer.summary());
    }
    assert_eq!(upstream.hits("*.whl"), 0);
    assert_eq!(upstream.hits("*.metadata"), 1);
}

#[test]
fn one_cold_metadata_file_read_out_of_the_wheel() {
    let upstream = FakeUpstream::start();
    upstream.speak(Dialect::Html);
    upstream.configure(|settings| settings.metadata_files = false);
    let served = start(&upstream);
    let (alone, file) = (wheel("alone", "1.0", 500_000), wheel("crowd", "1.0", 500_000));
    for file in [&alone, &file] {
        upstream.publish(file.clone());
        assert_eq!(page(&served, &file.project).status, 200);
    }
    assert!(receive(&format!("{}.metadata", file_url(&served, &alone)), &[]).is(&alone.metadata));
    let for_one = upstream.hits("*.whl");
    assert!((1..=4).contains(&for_one), "{for_one} requests for one client");
    let url = format!("{}.metadata", file_url(&served, &file));
    let answers =
        herd(&upstream, &served, "/packages/*.whl", |_| send(&url, &[]).expect("a connection"), finish);
    assert!(answers.iter().all(|answer| answer.is(&file.metadata)));
    assert_eq!(upstream.hits("*.whl"), 2 * for_one, "as many for two hundred as for one");
}

#[test]
fn one_request_also_when_some_come_while_it_ends() {
    for round in 0..10 {
        let upstream = FakeUpstream::start();
        let served = start(&upstream);
        let file = wheel("late", "1.0", 50_000);
        upstream.publish(file.clone());
        let (page, metadata) = (page_url(&served, "late"), format!("{}.metadata", file_url(&served, &file)));
        for (url, path) in [(&page, "/simple/late/"), (&metadata, "*.metadata")] {
            std::thread::scope(|scope| {
                for _ in 0..CLIENTS {
                    scope.spawn(|| assert_eq!(receive(url, &[]).status, 200));
                }
            });
            assert_eq!(upstream.hits(path), 1, "round {round}: {path}");
        }
    }
}
