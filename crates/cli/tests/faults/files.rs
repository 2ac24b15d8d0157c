//! Files that do not arrive as they should.

use std::time::{Duration, Instant};

use packhouse_testkit::{BuiltFile, Dialect, FakeUpstream, Fault, Served};

use crate::wire::Received;
use crate::world::{fetch, fetch_right, is_kept, packhouse, page, staged, until, wheel, with};

const SETTINGS: [(&str, &str); 4] = [
    ("UPSTREAM_TIMEOUT", "2s"),
    ("UPSTREAM_IDLE_TIMEOUT", "1s"),
    ("LIMITS_FILE_SIZE", "8MB"),
    ("POLICY_COOLDOWN", "0s"),
];
/// Waited for as a whole, and streamed.
const SIZES: [(&str, usize); 2] = [("small", 40_000), ("large", 1_300_000)];

fn faults(upstream: &FakeUpstream, size: usize) -> Vec<(&'static str, Fault)> {
    let redirect = |to: &str| Fault::Redirect(to.to_owned());
    vec![
        ("status 404", Fault::Status(404)),
        ("status 500", Fault::Status(500)),
        ("hangup", Fault::Hangup),
        ("reset at the start", Fault::Reset(0)),
        ("reset", Fault::Reset(size / 2)),
        ("truncated", Fault::Truncated(size / 2)),
        ("truncated at the last byte", Fault::Truncated(size)),
        ("stalled", Fault::Stalled(size / 2)),
        ("endless", Fault::Endless),
        ("wrong bytes", Fault::WrongBytes),
        ("a login page", Fault::Answer("text/html", b"<p>Please log in</p>".as_slice().into())),
        ("no bytes", Fault::Answer("application/octet-stream", Vec::new().into())),
        ("huge header", Fault::HugeHeader(2 << 20)),
        ("redirect to elsewhere", redirect("http://evil.invalid/x.whl")),
        ("redirect to a file", redirect("file:///etc/hostname")),
        ("redirect in a circle", redirect(&format!("{}/circle", upstream.url()))),
    ]
}

/// The client knows that it has no file, and has not got all of one.
#[track_caller]
fn assert_no_file(about: &str, got: &Received, file: &BuiltFile) {
    if got.status == 200 {
        assert!(!got.whole, "{about}: a complete body that is wrong: {}", got.summary());
        // More than the file's bytes can only be what follows the right ones without end.
        let short = got.body.len() < file.bytes.len() || got.body.starts_with(&file.bytes);
        assert!(short, "{about}: all bytes of a wrong file: {}", got.summary());
    } else if about.ends_with("status 404") || (about.contains("redirect") && got.status == 404) {
        // Listed there and not there: asking again would not help, so no client is told to.
        assert_eq!(got.status, 404, "{about}: {}", got.summary());
        assert_eq!(got.header("content-type"), "application/problem+json", "{about}: {}", got.summary());
    } else {
        assert!(matches!(got.status, 502 | 503), "{about}: {}", got.summary());
        assert_eq!(got.header("content-type"), "application/problem+json", "{about}: {}", got.summary());
        assert!(got.header("retry-after").parse::<u64>().is_ok(), "{about}: Retry-After");
    }
}

/// Nothing of a failed file stays, and nothing but time stands between it and its next try.
#[track_caller]
fn assert_heals(about: &str, served: &Served, file: &BuiltFile) {
    assert!(!is_kept(served, file), "{about}: nothing is kept");
    until(&format!("{about}: an empty staging area"), || staged(served).is_empty());
    until(&format!("{about}: the right file"), || fetch(served, file).is(&file.bytes));
    until(&format!("{about}: the file in the store"), || is_kept(served, file));
}

#[test]
fn no_client_holds_a_wrong_file_and_none_is_kept() {
    for dialect in [Dialect::Json, Dialect::HtmlMinimal] {
        let upstream = FakeUpstream::start();
        upstream.speak(dialect);
        // With `HtmlMinimal` nothing tells the size but the upstream's answer.
        upstream.configure(|settings| settings.project_json = dialect == Dialect::Json);
        let served = with(packhouse(&upstream), &SETTINGS).start();
        for (kind, size) in SIZES {
            for (number, (fault_name, fault)) in faults(&upstream, size).into_iter().enumerate() {
                // Of the others nothing depends on what the page says.
                let about_size = ["truncated", "endless", "wrong bytes", "no bytes", "a login page"];
                if dialect == Dialect::HtmlMinimal && !about_size.contains(&fault_name) {
                    continue;
                }
                let about = format!("{dialect:?}, {kind}, {fault_name}");
                let file = wheel(&format!("{kind}-{number}"), "1.0", size);
                upstream.publish(file.clone());
                assert_eq!(page(&served, &file.project).status, 200, "{about}");
                upstream.fail("/packages/*", fault.clone());
                let begun = Instant::now();
                let got = fetch(&served, &file);
                // All bytes came, and are right; the connection only ended badly.
                if fault_name == "truncated at the last byte" && got.is(&file.bytes) {
                    upstream.heal_all();
                    continue;
                }
                assert_no_file(&about, &got, &file);
                assert!(begun.elapsed() < Duration::from_secs(5), "{about}: {:?}", begun.elapsed());
                upstream.heal_all();
                assert_heals(&about, &served, &file);
            }
        }
    }
}

#[test]
fn a_drip_that_goes_on_arrives_and_a_wrong_content_type_is_no_matter() {
    let upstream = FakeUpstream::start();
    let served = with(packhouse(&upstream), &SETTINGS).start();
    let pause = Duration::from_millis(20);
    for (kind, size) in SIZES {
        for (name, fault) in
            [("drip", Fault::Drip(size / 20, pause)), ("typed", Fault::WrongContentType("text/html"))]
        {
            let file = wheel(&format!("{kind}-{name}"), "1.0", size);
            upstream.publish(file.clone());
            upstream.fail("/packages/*", fault);
            fetch_right(&served, &file);
            assert_eq!(upstream.hits(&upstream.file_path(&file.filename)), 1);
            upstream.heal_all();
        }
    }
}

#[test]
fn a_file_beyond_the_limit_is_refused_before_its_bytes() {
    let upstream = FakeUpstream::start();
    let served = with(packhouse(&upstream), &SETTINGS).start();
    let file = wheel("giant", "1.0", 8_100_000);
    upstream.publish(file.clone());
    let got = fetch(&served, &file);
    assert_eq!(got.status, 502, "{}", got.summary());
    assert!(String::from_utf8_lossy(&got.body).contains("8000000"), "{}", got.summary());
    assert!(!is_kept(&served, &file) && staged(&served).is_empty());
}

#[test]
fn every_client_that_follows_a_wrong_file_is_cut_off() {
    let upstream = FakeUpstream::start();
    let served = with(packhouse(&upstream), &SETTINGS).start();
    for (kind, size) in SIZES {
        let file = wheel(&format!("followed-{kind}"), "1.0", size);
        upstream.publish(file.clone());
        assert_eq!(page(&served, &file.project).status, 200);
        let path = upstream.file_path(&file.filename);
        upstream.fail(&path, Fault::WrongBytes.times(1));
        let hold = upstream.hold(&path);
        let followers: Vec<Received> = std::thread::scope(|scope| {
            let asking: Vec<_> = (0..8).map(|_| scope.spawn(|| fetch(&served, &file))).collect();
            hold.wait_for(1);
            hold.release();
            asking.into_iter().map(|thread| thread.join().expect("a client")).collect()
        });
        for got in &followers {
            // One that came after the failure may have the right file.
            if !got.is(&file.bytes) {
                assert_no_file(kind, got, &file);
            }
        }
        assert!(followers.iter().any(|got| !got.is(&file.bytes)), "{kind}: somebody met the fault");
        fetch_right(&served, &file);
    }
}

#[test]
fn a_large_file_of_which_no_byte_comes_gets_an_answer() {
    let upstream = FakeUpstream::start();
    let served = with(packhouse(&upstream), &SETTINGS).start();
    for (number, fault) in [Fault::Reset(0), Fault::Truncated(0), Fault::Stalled(0)].into_iter().enumerate() {
        let file = wheel(&format!("silent-{number}"), "1.0", 1_300_000);
        upstream.publish(file.clone());
        assert_eq!(page(&served, &file.project).status, 200);
        upstream.fail("/packages/*", fault.clone());
        let got = fetch(&served, &file);
        assert!(matches!(got.status, 502 | 503), "{fault:?}: {}", got.summary());
        upstream.heal_all();
    }
}
