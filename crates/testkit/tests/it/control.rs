use std::time::Duration;

use packhouse_testkit::httptest::{get, request};
use packhouse_testkit::{FakeUpstream, Fault, Upload, Wheel};

fn upstream() -> FakeUpstream {
    let upstream = FakeUpstream::start();
    upstream.publish(Wheel::named("six").version("1.17.0").build());
    upstream
}

#[test]
fn requests_are_counted_and_remembered() {
    let upstream = upstream();
    let page = format!("{}six/?x=1", upstream.simple_url());
    get(&page, &[("user-agent", "test")]).expect("an answer");
    request("HEAD", &page, &[]).expect("an answer");
    get(&format!("{}/nothing", upstream.url()), &[]).expect("an answer");
    assert_eq!(upstream.hits("/simple/six/"), 2);
    assert_eq!(upstream.hits_of("HEAD", "/simple/six/"), 1);
    assert_eq!(upstream.hits("/simple/*"), 2);
    assert_eq!(upstream.total_hits(), 3);
    let seen = &upstream.requests_to("/simple/six/")[0];
    assert_eq!((seen.header("user-agent"), seen.query.as_str(), seen.header("absent")), ("test", "x=1", ""));
    upstream.forget_requests();
    assert_eq!(upstream.total_hits(), 0);
}

#[test]
fn a_hold_keeps_requests_until_released() {
    let upstream = upstream();
    let hold = upstream.hold("/simple/six/");
    let page = format!("{}six/", upstream.simple_url());
    std::thread::scope(|scope| {
        let waiting: Vec<_> = (0..20).map(|_| scope.spawn(|| get(&page, &[]))).collect();
        hold.wait_for(20);
        assert_eq!(hold.waiting(), 20);
        assert!(get(&format!("{}/pypi/six/json", upstream.url()), &[]).is_ok(), "other paths are not held");
        assert!(waiting.iter().all(|thread| !thread.is_finished()));
        hold.release();
        for thread in waiting {
            assert_eq!(thread.join().expect("a thread").expect("an answer").status, 200);
        }
    });
    upstream.wait_for_hits("/simple/six/", 20);
    assert_eq!(get(&page, &[]).expect("an answer").status, 200);
}

#[tokio::test]
async fn waiting_does_not_block_a_task() {
    let upstream = upstream();
    let hold = upstream.hold("/simple/six/");
    let page = format!("{}six/", upstream.simple_url());
    let thread = std::thread::spawn(move || get(&page, &[]));
    hold.reached(1).await;
    upstream.hits_reach("/simple/six/", 1).await;
    hold.release();
    assert_eq!(thread.join().expect("a thread").expect("an answer").status, 200);
}

#[test]
fn it_goes_down_and_comes_back_on_the_same_port() {
    let upstream = upstream();
    let page = format!("{}six/", upstream.simple_url());
    for _ in 0..3 {
        upstream.go_down();
        upstream.go_down();
        assert!(get(&page, &[]).expect_err("refused").to_string().contains("cannot connect"));
        upstream.come_back();
        assert_eq!(get(&page, &[]).expect("an answer").status, 200);
    }
}

#[test]
fn files_come_change_and_go() {
    let upstream = upstream();
    let name = "six-1.17.0-py3-none-any.whl";
    let (url, before) = (upstream.file_url(name), upstream.file_sha256(name));
    upstream.replace(name, "other bytes");
    assert_eq!(upstream.file_url(name), url);
    assert_ne!(upstream.file_sha256(name), before);
    assert_eq!(get(&url, &[]).expect("an answer").body, b"other bytes");
    upstream.delete(name);
    assert_eq!(get(&url, &[]).expect("an answer").status, 404);
    upstream.delete_project("Six");
    assert_eq!(get(&format!("{}six/", upstream.simple_url()), &[]).expect("an answer").status, 404);
}

#[test]
fn ages_are_told_as_asked() {
    let upstream = FakeUpstream::start();
    upstream.publish(Upload::of(Wheel::named("a").build()).age(Duration::from_hours(3)));
    upstream.publish(Upload::of(Wheel::named("a").version("2.0").build()).unknown_age());
    let page =
        get(&format!("{}a/", upstream.simple_url()), &[("accept", "application/vnd.pypi.simple.v1+json")]);
    let files = page.expect("an answer").json()["files"].clone();
    assert!(files[0]["upload-time"].as_str().expect("a time") > "2026-");
    assert!(files[1].get("upload-time").is_none());
}

#[test]
fn faults_strike_when_planned_and_heal() {
    let upstream = upstream();
    let page = format!("{}six/", upstream.simple_url());
    let status = || get(&page, &[]).expect("an answer").status;
    upstream.fail("/simple/six/", Fault::Status(404).after(1).times(2));
    assert_eq!([status(), status(), status(), status()], [200, 404, 404, 200]);
    upstream.fail_all(Fault::Status(500));
    upstream.fail("/simple/*", Fault::RetryAfter(503, 7));
    let answer = get(&page, &[]).expect("an answer");
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("7")));
    upstream.heal("/simple/*");
    assert_eq!(status(), 500);
    upstream.heal_all();
    assert_eq!(status(), 200);
}
