use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use packhouse_testkit::httptest::{Answer, get};
use packhouse_testkit::{Dialect, FakeUpstream, Fault, Lie, Upload, Wheel};

const WHEEL: &str = "six-1.17.0-py3-none-any.whl";

fn upstream() -> FakeUpstream {
    let upstream = FakeUpstream::start();
    upstream.publish(Upload::of(Wheel::named("six").version("1.17.0").padding(200_000).build()));
    upstream
}

fn file_under(fault: Fault) -> Result<Answer, String> {
    let upstream = upstream();
    upstream.fail("*.whl", fault);
    get(&upstream.file_url(WHEEL), &[]).map_err(|error| error.to_string())
}

#[test]
fn bodies_are_cut_reset_and_hung_up_on() {
    let cut = file_under(Fault::Truncated(100_000)).expect_err("cut");
    assert!(cut.starts_with("closed after 100000 of "), "{cut}");
    let reset = file_under(Fault::Reset(1000)).expect_err("reset");
    assert!(reset.contains("reset") && reset.contains("after 1000 of "), "{reset}");
    let hangup = file_under(Fault::Hangup).expect_err("hung up on");
    assert!(hangup.contains("closed after 0 bytes of the response's head"), "{hangup}");
}

#[test]
fn wrong_bytes_have_the_right_length() {
    let upstream = upstream();
    let good = get(&upstream.file_url(WHEEL), &[]).expect("an answer").body;
    upstream.fail("*.whl", Fault::WrongBytes);
    let wrong = get(&upstream.file_url(WHEEL), &[]).expect("an answer").body;
    let keep = good.len() - 9;
    assert_eq!((wrong.len(), &wrong[..keep]), (good.len(), &good[..keep]));
    assert_ne!(wrong[keep..], good[keep..]);
}

/// Reads until `enough` bytes have come, or nothing more for a while.
fn read_some(upstream: &FakeUpstream, enough: usize) -> usize {
    let mut stream = TcpStream::connect(("127.0.0.1", upstream.port())).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_millis(300))).expect("a time limit");
    let request = format!("GET {} HTTP/1.1\r\nhost: x\r\n\r\n", upstream.file_path(WHEEL));
    stream.write_all(request.as_bytes()).expect("a request");
    let (mut total, mut block) = (0, vec![0; 65_536]);
    while total < enough {
        match stream.read(&mut block) {
            Ok(0) | Err(_) => break,
            Ok(read) => total += read,
        }
    }
    total
}

#[test]
fn an_endless_body_does_not_end() {
    let upstream = upstream();
    upstream.fail("*.whl", Fault::Endless);
    assert!(read_some(&upstream, 50_000_000) >= 50_000_000);
}

#[test]
fn a_stalled_body_stays_open_without_a_byte_more() {
    let upstream = upstream();
    upstream.fail("*.whl", Fault::Stalled(1000));
    let total = read_some(&upstream, usize::MAX);
    assert!((1000..2000).contains(&total), "{total}");
}

#[test]
fn a_drip_comes_whole_in_the_end() {
    let answer = file_under(Fault::Drip(50_000, Duration::from_millis(2))).expect("the whole file");
    assert!(answer.body.len() > 200_000);
}

#[test]
fn answers_are_replaced() {
    let redirect = file_under(Fault::Redirect("http://evil.invalid/x".into())).expect("an answer");
    assert_eq!((redirect.status, redirect.header("location")), (302, Some("http://evil.invalid/x")));
    let garbage = file_under(Fault::garbage_json()).expect("an answer");
    assert!(serde_json::from_slice::<serde_json::Value>(&garbage.body).is_err());
    let wrong = file_under(Fault::WrongContentType("text/html")).expect("an answer");
    assert_eq!(wrong.header("content-type"), Some("text/html"));
    let huge = file_under(Fault::HugeHeader(1_000_000)).expect("an answer");
    assert_eq!(huge.header("x-padding").map(str::len), Some(1_000_000));
}

#[test]
fn lies_are_told_in_html_and_json() {
    let cases: [(Lie, &str, &str); 8] = [
        (Lie::AnchorText, ">other-six-1.17.0-py3-none-any.whl</a>", "\"filename\":\"other-six-"),
        (Lie::OtherHost, "href=\"http://evil.invalid/packages/", "\"url\":\"http://evil.invalid/"),
        (Lie::Script, "href=\"javascript:alert('six-", "\"url\":\"javascript:alert("),
        (Lie::Traversal, ">../../etc/six-", "\"filename\":\"../../etc/six-"),
        (Lie::ChangedHash, "#sha256=0000000000", "\"hashes\":{\"sha256\":\"00000000"),
        (Lie::NoHash, "whl\" data-", "\"hashes\":{}"),
        (Lie::Twice, "#sha256=1111111111", "\"hashes\":{\"sha256\":\"11111111"),
        (Lie::Markup, "data-requires-python=\"&gt;=3&lt;script&gt;", "\">=3<script>"),
    ];
    let upstream = upstream();
    let page = format!("{}six/", upstream.simple_url());
    for (lie, html, json) in cases {
        upstream.fail("/simple/six/", lie);
        upstream.fail("/pypi/six/json", lie);
        upstream.speak(Dialect::Json);
        let text = get(&page, &[]).expect("an answer").text();
        assert!(text.contains(html), "{lie:?}: {text}");
        let text =
            get(&page, &[("accept", "application/vnd.pypi.simple.v1+json")]).expect("an answer").text();
        assert!(text.contains(json), "{lie:?}: {text}");
        let document = get(&format!("{}/pypi/six/json", upstream.url()), &[]).expect("an answer");
        assert!(document.json()["releases"].is_object(), "{lie:?}");
        upstream.heal_all();
    }
}

#[test]
fn ten_thousand_files_stand_on_one_page() {
    let upstream = upstream();
    upstream.fail("/simple/six/", Lie::ManyFiles(10_000));
    let page =
        get(&format!("{}six/", upstream.simple_url()), &[("accept", "application/vnd.pypi.simple.v1+json")]);
    let page = page.expect("an answer").json();
    let files = page["files"].as_array().expect("a list");
    assert_eq!(files.len(), 10_001);
    assert_eq!(files[10_000]["filename"], "six-0.0.9999-py3-none-any.whl");
}
