//! The same program and clients against the real upstream, whose address the program finds out by itself.
//!
//! Runs only with `PACKHOUSE_TEST_REAL=1`, and only where the upstream can be reached; says `skipped: …` otherwise.

use std::io::Write as _;
use std::time::{Duration, Instant};

use packhouse_testkit::{Client, ClientRun, Served, httptest};

/// Says it past the test harness, which keeps what a passing test prints to itself.
fn say(words: &str) {
    let _ = writeln!(std::io::stderr(), "{words}");
}

/// The program with an empty cache, as it starts on this machine without being told an upstream; and the client on a
/// machine that knows nothing but it. `None`, after saying why, when there is nothing to be tested.
fn real(client: Client) -> Option<(Served, ClientRun)> {
    let skip = |reason: &str| say(&format!("skipped: {reason}"));
    if std::env::var("PACKHOUSE_TEST_REAL").as_deref() != Ok("1") {
        skip("the real upstream is asked only with PACKHOUSE_TEST_REAL=1");
        return None;
    }
    let Some(ready) = client.ready() else {
        skip(&format!("{client:?} cannot be installed here"));
        return None;
    };
    let mut served = Served::program(env!("CARGO_BIN_EXE_packhouse"));
    // This machine's pip, uv and their settings, and nothing that tells the program itself where to go.
    for (name, value) in std::env::vars().filter(|(name, _)| !name.starts_with("PACKHOUSE_")) {
        served = served.env(name, value);
    }
    let served = match served.try_start() {
        Ok(served) => served,
        Err(ran) => {
            assert!(
                ran.stdout.contains("upstream"),
                "it did not start, and not for want of an upstream\n{ran}"
            );
            skip(&format!("no upstream is found from here: {}", ran.unwrapped()));
            return None;
        }
    };
    let page = httptest::get(&format!("{}flask/", served.simple_url()), &[]);
    let page = page.unwrap_or_else(|broken| panic!("the program answers: {broken:?}"));
    if matches!(page.status, 502 | 503) {
        skip(&format!("the upstream cannot be reached: {}", page.text()));
        return None;
    }
    assert_eq!(page.status, 200, "{}", page.text());
    Some((served, ready.fresh().limit(Duration::from_mins(5))))
}

#[test]
fn pip_installs_flask() {
    let Some((served, run)) = real(Client::Pip) else { return };
    let start = Instant::now();
    run.install(&served.simple_url(), &["flask"], &[]).assert_success();
    say(&format!("pip installs flask in {:.1?}: {:?}", start.elapsed(), run.installed()));
    assert_eq!(run.python("import flask; print(flask.Flask('x').name)").assert_success().stdout, "x\n");
}

#[test]
fn uv_resolves_jupyterlab() {
    let Some((served, run)) = real(Client::Uv) else { return };
    let start = Instant::now();
    let ran = run.compile(&served.simple_url(), &["jupyterlab"], &["--generate-hashes"]);
    ran.assert_success();
    let pins = ran.stdout.lines().filter(|line| line.contains("==") && !line.starts_with(' ')).count();
    say(&format!("uv resolves jupyterlab in {:.1?}: {pins} releases", start.elapsed()));
    assert!(pins > 50 && ran.stdout.contains("\njupyterlab=="), "{ran}");
}

#[test]
fn uv_installs_boto3() {
    let Some((served, run)) = real(Client::Uv) else { return };
    let start = Instant::now();
    run.install(&served.simple_url(), &["boto3"], &[]).assert_success();
    let installed = run.installed();
    say(&format!("uv installs boto3 in {:.1?}: {installed:?}", start.elapsed()));
    for name in ["boto3", "botocore", "s3transfer", "jmespath", "urllib3"] {
        assert!(installed.contains_key(name), "{name} in {installed:?}");
    }
    run.python("import boto3; boto3.session.Session()").assert_success();
}
