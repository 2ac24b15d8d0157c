//! Project pages while the upstream fails.

use std::time::{Duration, Instant};

use packhouse_testkit::httptest::Answer;
use packhouse_testkit::{FakeUpstream, Fault, Served};

use crate::world::{fetch_right, packhouse, page, row, until, wheel, with};

/// Limits low enough that a test reaches them.
const SETTINGS: [(&str, &str); 5] = [
    ("UPSTREAM_TTL", "0s"),
    ("UPSTREAM_GRACE", "0s"),
    ("UPSTREAM_TIMEOUT", "1s"),
    ("UPSTREAM_IDLE_TIMEOUT", "1s"),
    ("LIMITS_PAGE_SIZE", "100kB"),
];
/// An answer for which nobody has to be waited for.
const QUICK: Duration = Duration::from_secs(2);
/// `upstream.timeout`, and what a busy machine adds.
const AFTER_TIMEOUT: Duration = Duration::from_secs(3);

/// Every way in which a page does not arrive, and how soon the client must be told.
fn faults(upstream: &FakeUpstream) -> Vec<(&'static str, Fault, Duration)> {
    let json = "application/vnd.pypi.simple.v1+json";
    let redirect = |to: &str| Fault::Redirect(to.to_owned());
    vec![
        ("status 500", Fault::Status(500), QUICK),
        ("status 403", Fault::Status(403), QUICK),
        ("status 503 with a long Retry-After", Fault::RetryAfter(503, 60), QUICK),
        ("hangup", Fault::Hangup, QUICK),
        ("reset", Fault::Reset(10), QUICK),
        ("truncated", Fault::Truncated(10), QUICK),
        ("stalled", Fault::Stalled(10), AFTER_TIMEOUT),
        ("slow drip", Fault::Drip(1, Duration::from_millis(50)), AFTER_TIMEOUT),
        ("endless", Fault::Endless, QUICK),
        ("text/plain", Fault::WrongContentType("text/plain"), QUICK),
        ("no content type", Fault::WrongContentType(""), QUICK),
        ("a coming version", Fault::WrongContentType("application/vnd.pypi.simple.v2+json"), QUICK),
        ("half a JSON document", Fault::garbage_json(), QUICK),
        ("JSON of another kind", Fault::Answer(json, b"[[[[{}]]]]".as_slice().into()), QUICK),
        ("an empty object", Fault::Answer(json, b"{}".as_slice().into()), QUICK),
        ("no bytes", Fault::Answer(json, Vec::new().into()), QUICK),
        ("binary", Fault::Answer(json, b"\x00\xff\xfe\x1f\x8b\x08".as_slice().into()), QUICK),
        ("huge header", Fault::HugeHeader(2 << 20), QUICK),
        ("redirect to elsewhere", redirect("http://evil.invalid/simple/x/"), AFTER_TIMEOUT),
        ("redirect to a file", redirect("file:///etc/hostname"), QUICK),
        ("redirect in a circle", redirect(&format!("{}circle/", upstream.simple_url())), QUICK),
    ]
}

fn project_name(number: usize) -> String {
    format!("project-{number}")
}

/// The upstream did not answer: said quickly, with when to try again, in a problem document.
#[track_caller]
fn assert_problem(about: &str, answer: &Answer) {
    let text = answer.text();
    assert!(
        matches!(answer.status, 502 | 503),
        "{about}: 502 or 503 expected, found {}: {text}",
        answer.status
    );
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{about}");
    let wait = answer.header("retry-after").and_then(|value| value.parse::<u64>().ok());
    assert!(wait.is_some_and(|seconds| seconds > 0), "{about}: Retry-After in seconds, found {wait:?}");
    let problem = answer.json();
    assert_eq!(problem["status"], answer.status, "{about}: {problem}");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{about}: {problem}");
}

/// Served though it could not be asked for again, and says so.
#[track_caller]
fn assert_stale(about: &str, answer: &Answer) {
    assert_eq!(answer.status, 200, "{about}: {}", answer.text());
    let age = answer.header("age").and_then(|age| age.parse::<u64>().ok());
    assert!(age.is_some_and(|seconds| seconds < 600), "{about}: Age, found {age:?}");
    assert!(answer.header("warning").is_some_and(|warning| warning.starts_with("110 ")), "{about}: Warning");
    let stale = answer.header("x-packhouse-stale").unwrap_or_default();
    assert!(stale.contains("last confirmed"), "{about}: X-Packhouse-Stale, found {stale:?}");
}

fn timed(served: &Served, project: &str) -> (Answer, Duration) {
    let begun = Instant::now();
    (page(served, project), begun.elapsed())
}

#[test]
fn a_page_never_seen_gets_a_quick_problem_and_comes_when_the_upstream_is_well() {
    let upstream = FakeUpstream::start();
    let served = with(packhouse(&upstream), &SETTINGS).start();
    for (number, (about, fault, limit)) in faults(&upstream).into_iter().enumerate() {
        let wheel = wheel(&project_name(number), "1.0", 100);
        upstream.publish(wheel.clone());
        upstream.fail_all(fault);
        let (answer, took) = timed(&served, &wheel.project);
        assert_problem(about, &answer);
        assert!(took < limit, "{about}: an answer took {took:?}, expected less than {limit:?}");
        upstream.heal_all();
        // The circuit breaker may rest a little.
        until(&format!("{about}: the page after the upstream is well again"), || {
            page(&served, &wheel.project).status == 200
        });
        assert!(row(&served, &wheel).is_some(), "{about}: the page lists the file");
    }
}

#[test]
fn a_page_seen_before_is_served_and_says_how_old_it_is_also_after_a_restart() {
    let upstream = FakeUpstream::start();
    // 304 has no body that could break off.
    upstream.configure(|settings| settings.validators = false);
    let folder = tempfile::tempdir().expect("a folder");
    let start = || with(packhouse(&upstream).data(folder.path().join("data")), &SETTINGS).start();
    let mut served = start();
    upstream.fail("/simple/circle/", Fault::Redirect(format!("{}circle/", upstream.simple_url())));
    let faults = faults(&upstream);
    let wheels: Vec<_> = (0..faults.len()).map(|number| wheel(&project_name(number), "1.0", 100)).collect();
    upstream.publish(wheel("well", "1.0", 100));
    for wheel in &wheels {
        upstream.publish(wheel.clone());
        let answer = page(&served, &wheel.project);
        assert_eq!((answer.status, answer.header("warning")), (200, None), "{}", answer.text());
    }
    fetch_right(&served, &wheels[0]);
    for ((about, fault, limit), wheel) in faults.into_iter().zip(&wheels) {
        upstream.fail(&format!("/simple/{}/", wheel.project), fault);
        let (answer, took) = timed(&served, &wheel.project);
        assert_stale(about, &answer);
        assert!(answer.text().contains(&wheel.sha256.hex()), "{about}: {}", answer.text());
        assert!(took < limit, "{about}: an answer took {took:?}, expected less than {limit:?}");
        // A good answer in between: this is not about the circuit breaker.
        until(&format!("{about}: a page that is well"), || page(&served, "well").header("warning").is_none());
    }
    served.terminate();
    upstream.go_down();
    served = start();
    for wheel in &wheels {
        assert_stale("after a restart", &page(&served, &wheel.project));
    }
    fetch_right(&served, &wheels[0]);
    let (answer, took) = timed(&served, "never-seen");
    assert_problem("never seen, upstream down", &answer);
    assert!(took < QUICK, "{took:?}");
    upstream.heal_all();
    upstream.come_back();
    until("a page that is current again", || page(&served, &wheels[0].project).header("warning").is_none());
}

#[test]
fn while_the_upstream_is_down_misses_are_quick_and_hits_are_served() {
    let upstream = FakeUpstream::start();
    let known = wheel("known", "1.0", 20_000);
    upstream.publish(known.clone());
    upstream.publish(wheel("other", "1.0", 20_000));
    let listed = wheel("known", "2.0", 20_000);
    upstream.publish(listed.clone());
    let served = packhouse(&upstream).start();
    fetch_right(&served, &known);
    upstream.go_down();
    // Enough of them that the circuit breaker opens on the way.
    for attempt in 0..8 {
        let (answer, took) = timed(&served, "other");
        assert_problem("a page never seen", &answer);
        assert!(took < QUICK, "attempt {attempt}: {took:?}");
        let begun = Instant::now();
        let got = crate::world::fetch(&served, &listed);
        assert!(matches!(got.status, 502 | 503), "a file never fetched: {}", got.summary());
        assert_eq!(got.header("content-type"), "application/problem+json");
        assert!(!got.header("retry-after").is_empty());
        assert!(begun.elapsed() < QUICK, "attempt {attempt}: {:?}", begun.elapsed());
        fetch_right(&served, &known);
        assert_eq!(page(&served, "known").status, 200);
    }
    upstream.come_back();
    until("the page once the upstream is back", || page(&served, "other").status == 200);
    fetch_right(&served, &listed);
}
