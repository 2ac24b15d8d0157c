use std::net::TcpListener;
use std::time::Duration;

use packhouse_testkit::httptest::get;
use packhouse_testkit::{Upload, Wheel};
use serde_json::Value;

use crate::place::{Place, Shop, ends_with, json};

#[test]
fn it_prints_the_address_and_one_line_for_each_client() {
    let (place, shop) = (Place::new("serve"), Shop::open());
    let mut running = place.start(&["serve", "--listen", "127.0.0.1:0", "--upstream", &shop.url()]);
    let url = running.url();
    let text = running.read_until("Stop with Ctrl-C.");
    for line in [
        format!("listening on {url}\n"),
        format!("index     {url}/simple/"),
        format!("upstream  {} (from the configuration)", shop.url()),
        "data      packhouse-data".to_owned(),
        format!("pip config set global.index-url {url}/simple/"),
        format!("export UV_DEFAULT_INDEX={url}/simple/"),
        format!("poetry source add --priority=primary packhouse {url}/simple/"),
        format!("pdm config pypi.url {url}/simple/"),
        format!("Open {url}/ to look around."),
    ] {
        assert!(text.contains(&line), "expected {line:?} in\n{text}");
    }
    assert_eq!(get(&format!("{url}/healthz"), &[]).expect("an answer").status, 200);
    assert!(place.folder.join("packhouse-data/packhouse.db").is_file());
    running.signal("TERM");
    assert_eq!(running.wait().code(), Some(0), "{}", running.log());
}

#[test]
fn programs_read_one_line_of_json() {
    let (place, shop) = (Place::new("serve-json"), Shop::open());
    let running = place.start(&[
        "serve",
        "--json",
        "--listen",
        "127.0.0.1:0",
        "--data",
        "d",
        "--upstream",
        &shop.url(),
    ]);
    let line: Value = serde_json::from_str(&running.first).expect("JSON");
    let url = line["listening"].as_str().expect("an address");
    assert_eq!(url, running.url());
    assert_eq!(line["index"], format!("{url}/simple/"));
    assert_eq!((&line["upstream"], &line["data"]), (&shop.url().into(), &"d".into()));
    assert!(line["upstream_from"].is_string(), "{line}");
    assert_eq!(get(&format!("{url}/simple/six/"), &[]).expect("an answer").status, 200);
}

#[test]
fn settings_of_the_environment_reach_the_server() {
    let (place, shop) = (Place::new("serve-environment"), Shop::open());
    let config = "public-url = 'https://packages.invalid/'\npolicy.deny = ['six']\nlog-format = 'json'";
    place.write("packhouse.toml", config);
    let running = place.start(&["serve", "--listen", "127.0.0.1:0", "--upstream", &shop.url()]);
    let refused = get(&format!("{}/simple/six/", running.url()), &[]).expect("an answer");
    assert_eq!(refused.status, 451);
    assert_eq!(refused.json()["instance"], "https://packages.invalid/why/six");
    running.wait_for_log("\"status\":451");
    for line in running.log().lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok_and(|line| line["level"].is_string()), "{line}");
    }
}

#[test]
fn a_port_in_use_is_named() {
    let (place, shop) = (Place::new("serve-port"), Shop::open());
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let ran = place.run(&["serve", "--listen", &address, "--upstream", &shop.url()]);
    ends_with(&ran, 3);
    assert!(ran.stdout.is_empty(), "{ran}");
    ran.assert_says(&format!("error: cannot listen on {address}"));
    ran.assert_says(
        "hint: another program may listen there: give another address with --listen, such as 127.0.0.1:0",
    );
    let ran = place.run(&["serve", "--json", "--listen", &address, "--upstream", &shop.url()]);
    ends_with(&ran, 3);
    assert!(json(&ran)["hint"].as_str().is_some_and(|hint| hint.contains("--listen")), "{ran}");
}

#[test]
fn a_password_of_the_upstream_is_not_shown() {
    let (place, shop) = (Place::new("serve-password"), Shop::open());
    let with_password = shop.url().replace("http://", "http://reader:hunter2@");
    let mut running =
        place.start(&["serve", "--listen", "127.0.0.1:0", "--log", "debug", "--upstream", &with_password]);
    let said = running.read_until("Stop with Ctrl-C.");
    let url = running.url();
    let mut seen = vec![said];
    for path in ["/", "/metrics", "/policy", "/simple/six/", "/pypi/six/json", "/why/six"] {
        let answer = get(&format!("{url}{path}"), &[]).expect("an answer");
        assert_eq!(answer.status, 200, "{path}");
        seen.push(answer.text());
    }
    let sent = shop.upstream.requests_to("/simple/six/");
    assert!(sent[0].header("authorization").starts_with("Basic "), "it is sent to the upstream");
    shop.close();
    let failed = get(&format!("{url}/simple/newborn/"), &[]).expect("an answer");
    assert!([502, 503].contains(&failed.status), "{failed:?}");
    seen.extend([failed.text(), format!("{:?}", failed.headers), failed.reason, running.log()]);
    for text in seen {
        assert!(!text.contains("hunter2"), "{text}");
    }
}

/// A download that is under way when SIGTERM comes is finished; nothing new is begun; then it ends with 0.
#[test]
fn it_stops_when_what_is_under_way_has_ended() {
    let (place, shop) = (Place::new("serve-stop"), Shop::open());
    let big = Wheel::named("big").padding(3_000_000).build();
    shop.upstream.publish(Upload::of(big.clone()));
    let mut running = place.start(&["serve", "--listen", "127.0.0.1:0", "--upstream", &shop.url()]);
    let url = running.url();
    assert_eq!(get(&format!("{url}/simple/big/"), &[]).expect("a page").status, 200);
    let path = shop.upstream.file_path(&big.filename);
    let hold = shop.upstream.hold(&path);
    let file = format!("{url}/files/{}/{}", big.sha256, big.filename);
    let client = std::thread::spawn(move || get(&file, &[]));
    hold.wait_for(1);

    running.signal("TERM");
    running.wait_for_log("stopping: requests under way are finished first");
    crate::place::patiently("the port to be closed", || {
        get(&format!("{url}/healthz"), &[]).is_err().then_some(())
    });
    assert!(running.runs(), "it waits for the download");
    hold.release();

    let answer = client.join().expect("a client").expect("a whole answer");
    assert_eq!((answer.status, answer.body.len()), (200, big.bytes.len()));
    assert_eq!(packhouse_model::Sha256::of(&answer.body), big.sha256);
    assert_eq!(running.wait().code(), Some(0), "{}", running.log());
    running.wait_for_log("stopped");

    // What arrived while it stopped is kept.
    shop.close();
    let again = place.start(&["serve", "--listen", "127.0.0.1:0", "--upstream", &shop.url()]);
    let file = format!("{}/files/{}/{}", again.url(), big.sha256, big.filename);
    assert_eq!(get(&file, &[]).expect("an answer").body, big.bytes);
}

#[test]
fn an_idle_connection_holds_nothing_up() {
    let (place, shop) = (Place::new("serve-idle"), Shop::open());
    let mut running = place.start(&["serve", "--listen", "127.0.0.1:0", "--upstream", &shop.url()]);
    let address = running.url().replace("http://", "");
    let idle = std::net::TcpStream::connect(&address).expect("a connection");
    assert_eq!(get(&format!("{}/healthz", running.url()), &[]).expect("an answer").status, 200);
    let begun = std::time::Instant::now();
    running.signal("INT");
    assert_eq!(running.wait().code(), Some(0), "{}", running.log());
    assert!(begun.elapsed() < Duration::from_secs(10), "it took {:?}", begun.elapsed());
    drop(idle);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let (place, shop) = (Place::new("serve-twice"), Shop::open());
    let mut running = place.start(&["serve", "--listen", "127.0.0.1:0", "--upstream", &shop.url()]);
    let hold = shop.upstream.hold("/simple/six/");
    let page = format!("{}/simple/six/", running.url());
    let client = std::thread::spawn(move || get(&page, &[]));
    hold.wait_for(1);
    running.signal("TERM");
    running.wait_for_log("stopping");
    running.signal("TERM");
    assert_eq!(running.wait().code(), Some(130), "{}", running.log());
    assert!(client.join().expect("a client").is_err(), "its client sees a cut connection");
    hold.release();
}

#[test]
fn a_worker_works_beside_and_stops_when_asked() {
    let (place, shop) = (Place::new("worker"), Shop::open());
    let mut server =
        place.start(&["serve", "--no-worker", "--listen", "127.0.0.1:0", "--upstream", &shop.url()]);
    let mut worker = place.start(&["worker", "--json", "--upstream", &shop.url()]);
    assert_eq!(
        serde_json::from_str::<Value>(&worker.first).expect("JSON"),
        serde_json::json!({ "working": true })
    );
    assert_eq!(get(&format!("{}/simple/six/", server.url()), &[]).expect("an answer").status, 200);
    worker.signal("TERM");
    assert_eq!(worker.wait().code(), Some(0), "{}", worker.log());
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0), "{}", server.log());
}
