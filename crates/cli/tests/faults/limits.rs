//! Clients that take more than their share.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use packhouse_testkit::{FakeUpstream, Served};

use crate::wire::{finish, send};
use crate::world::{fetch_right, file_url, packhouse, page, page_url, until, wheel, with};

fn host(served: &Served) -> String {
    format!("127.0.0.1:{}", served.port())
}

/// A connection with the beginning of a head.
fn half_a_head(served: &Served) -> TcpStream {
    let mut stream = TcpStream::connect(host(served)).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    stream.write_all(b"GET /simple/ HTTP/1.1\r\nhost: x\r\n").expect("half a head");
    stream
}

/// What the server says before it closes, and after how long it does.
fn until_closed(mut stream: TcpStream) -> (String, Duration) {
    let begun = Instant::now();
    let mut said = Vec::new();
    // A reset is an end too.
    let _ = stream.read_to_end(&mut said);
    (String::from_utf8_lossy(&said).into_owned(), begun.elapsed())
}

#[test]
fn connections_beyond_the_limit_wait_and_are_then_served() {
    let upstream = FakeUpstream::start();
    upstream.publish(wheel("some", "1.0", 100));
    let settings = [("LIMITS_CONNECTIONS", "4"), ("LIMITS_HEADER_TIMEOUT", "600s")];
    let served = with(packhouse(&upstream), &settings).start();
    assert_eq!(page(&served, "some").status, 200);
    let mut held: Vec<_> = (0..4).map(|_| half_a_head(&served)).collect();
    let url = page_url(&served, "some");
    let answered = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let waiting: Vec<_> = (0..6).map(|_| send(&url, &[]).expect("the kernel's queue")).collect();
        waiting[0].set_read_timeout(Some(Duration::from_millis(300))).expect("a timeout");
        assert!(waiting[0].peek(&mut [0]).is_err(), "answered without a place");
        waiting[0].set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        let readers: Vec<_> = waiting
            .into_iter()
            .map(|stream| {
                let answered = &answered;
                scope.spawn(move || {
                    let answer = finish(stream);
                    answered.store(true, Ordering::SeqCst);
                    answer
                })
            })
            .collect();
        assert!(!answered.load(Ordering::SeqCst), "answered without a place");
        // One place is enough for all of them, one after the other.
        let mut freed = held.pop().expect("a held connection");
        freed.write_all(b"connection: close\r\n\r\n").expect("the rest of the head");
        let answer = finish(freed);
        assert!(answer.status != 0, "{}", answer.summary());
        for reader in readers {
            let answer = reader.join().expect("a client");
            assert_eq!((answer.status, answer.whole), (200, true), "{}", answer.summary());
        }
    });
    assert_eq!(held.len(), 3);
}

#[test]
fn a_head_that_does_not_end_is_cut_off() {
    let upstream = FakeUpstream::start();
    upstream.publish(wheel("some", "1.0", 100));
    let settings = [("LIMITS_CONNECTIONS", "3"), ("LIMITS_HEADER_TIMEOUT", "1s")];
    let served = with(packhouse(&upstream), &settings).start();
    let silent = TcpStream::connect(host(&served)).expect("a connection");
    silent.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    let held = [half_a_head(&served), silent];
    // One header at a time, for ever: the limit is on the head, not on the pause.
    let mut dripping = half_a_head(&served);
    let mut drip = dripping.try_clone().expect("a second handle");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) && drip.write_all(b"x-more: x\r\n").is_ok() {
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        // All places are taken: this one is served when the first of them is cut off.
        let begun = Instant::now();
        assert_eq!(page(&served, "some").status, 200);
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
        for stream in held {
            let (said, took) = until_closed(stream);
            assert!(took < Duration::from_secs(10), "{took:?} {said}");
            assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
        }
        let (said, took) = until_closed(dripping.try_clone().expect("a handle"));
        done.store(true, Ordering::SeqCst);
        assert!(took < Duration::from_secs(10), "{took:?} {said}");
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
    });
    let _ = dripping.flush();
}

#[test]
fn a_client_that_does_not_read_blocks_nobody() {
    let upstream = FakeUpstream::start();
    let (cold, warm) = (wheel("cold", "1.0", 12_000_000), wheel("warm", "1.0", 12_000_000));
    upstream.publish(cold.clone());
    upstream.publish(warm.clone());
    let served = packhouse(&upstream).start();
    fetch_right(&served, &warm);
    let lazy: Vec<_> = [&cold, &warm, &cold, &warm]
        .into_iter()
        .map(|file| {
            let mut stream = send(&file_url(&served, file), &[]).expect("a connection");
            // The first bytes, so that its answer has begun, and then nothing.
            let mut first = [0; 16];
            stream.read_exact(&mut first).expect("the beginning of an answer");
            stream
        })
        .collect();
    for file in [&cold, &warm] {
        fetch_right(&served, file);
        assert_eq!(page(&served, &file.project).status, 200);
    }
    assert_eq!(upstream.hits("/packages/*"), 2);
    until("no download under way", || crate::world::staged(&served).is_empty());
    drop(lazy);
    fetch_right(&served, &cold);
}

#[test]
fn a_server_that_is_told_to_stop_ends_though_clients_hold_on() {
    let upstream = FakeUpstream::start();
    upstream.publish(wheel("some", "1.0", 100));
    let mut served = with(packhouse(&upstream), &[("LIMITS_HEADER_TIMEOUT", "2s")]).start();
    let held: Vec<_> = (0..3).map(|_| half_a_head(&served)).collect();
    assert_eq!(page(&served, "some").status, 200);
    let begun = Instant::now();
    let status = served.terminate();
    assert!(status.success(), "{status}");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    drop(held);
}
