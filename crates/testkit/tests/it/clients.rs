//! Every helper against the fake upstream itself, with no Packhouse between.

use std::time::Duration;

use packhouse_testkit::{Client, ClientRun, Dialect, FakeUpstream, Fault};

const DIALECTS: [Dialect; 2] = [Dialect::Html, Dialect::Json];
const FLASK: [&str; 7] = ["blinker", "click", "flask", "itsdangerous", "jinja2", "markupsafe", "werkzeug"];

/// The client's fresh machine; `None` when the client cannot be had and need not be.
fn fresh(client: Client) -> Option<ClientRun> {
    Some(client.ready()?.fresh())
}

fn installs_flask(client: Client) {
    for dialect in DIALECTS {
        let Some(run) = fresh(client) else { return };
        let upstream = FakeUpstream::with_recorded();
        upstream.speak(dialect);
        run.install(&upstream.simple_url(), &["flask"], &[]).assert_success();
        let installed = run.installed();
        for name in FLASK {
            assert!(installed.contains_key(name), "{client:?} {dialect:?}: {name} in {installed:?}");
        }
        let ran = run.python("import flask; print(flask.Flask('x').name)");
        assert_eq!(ran.assert_success().stdout, "x\n");
        assert!(upstream.hits("/simple/flask/") > 0 && upstream.hits("*.whl") >= FLASK.len());
    }
}

#[test]
fn pip_installs_flask() {
    installs_flask(Client::Pip);
}

#[test]
fn old_pip_installs_flask() {
    installs_flask(Client::OldPip);
}

#[test]
fn uv_installs_flask() {
    installs_flask(Client::Uv);
}

#[test]
fn poetry_installs_flask() {
    installs_flask(Client::Poetry);
}

#[test]
fn pdm_installs_flask() {
    installs_flask(Client::Pdm);
}

#[test]
fn locking_clients_install_again_from_the_lock() {
    for client in Client::LOCKING {
        let Some(run) = fresh(client) else { continue };
        let upstream = FakeUpstream::with_recorded();
        run.project(&upstream.simple_url(), &["six", "idna>=3"]);
        run.lock(&[]).assert_success();
        let lock = run.lock_file();
        assert!(lock.contains("six") && lock.contains("1.17.0") && lock.contains("sha256:"), "{lock}");
        assert!(run.installed().is_empty(), "{client:?} installs nothing when it locks");
        run.forget_cache();
        run.sync(&[]).assert_success();
        assert_eq!(run.installed()["six"], "1.17.0", "{client:?}");
        assert_eq!(run.lock_file(), lock, "{client:?}");
    }
}

#[test]
fn pip_downloads() {
    for client in [Client::Pip, Client::OldPip] {
        let Some(run) = fresh(client) else { continue };
        let upstream = FakeUpstream::with_recorded();
        run.download(&upstream.simple_url(), &["six"], &["--no-deps"]).assert_success();
        assert_eq!(run.downloads(), ["six-1.17.0-py2.py3-none-any.whl"], "{client:?}");
        assert!(run.installed().is_empty());
    }
}

#[test]
fn uv_compiles() {
    let Some(run) = fresh(Client::Uv) else { return };
    let upstream = FakeUpstream::with_recorded();
    let ran = run.compile(&upstream.simple_url(), &["flask"], &["--generate-hashes"]);
    ran.assert_success();
    assert!(ran.stdout.contains("werkzeug==3.1.9") && ran.stdout.contains("--hash=sha256:"), "{ran}");
}

#[test]
fn a_refusal_is_read_in_the_output() {
    for client in Client::ALL {
        let Some(run) = fresh(client) else { continue };
        let upstream = FakeUpstream::with_recorded();
        upstream.fail("*.whl", Fault::Status(403));
        upstream.configure(|settings| settings.metadata_files = false);
        let ran = run.install(&upstream.simple_url(), &["six"], &[]);
        ran.assert_failure().assert_says("403");
        assert!(run.installed().is_empty(), "{client:?}");
    }
}

#[test]
fn no_client_asks_anyone_but_its_index() {
    for client in Client::ALL {
        let Some(run) = fresh(client) else { continue };
        let upstream = FakeUpstream::start();
        // Whatever is asked of any other host arrives at the fake upstream too, as a CONNECT.
        let run = run.env("HTTPS_PROXY", upstream.url()).env("HTTP_PROXY", upstream.url());
        let run = run.env("NO_PROXY", "127.0.0.1").env("PIP_RETRIES", "0").env("UV_HTTP_RETRIES", "0");
        let ran = run.install(&upstream.simple_url(), &["six"], &[]);
        ran.assert_failure();
        assert!(upstream.hits("/simple/six/") > 0, "{client:?} {ran}");
        let others = upstream.requests().into_iter().find(|seen| !seen.path.starts_with("/simple/six"));
        assert!(others.is_none(), "{client:?} {others:?}");
    }
}

#[test]
fn a_client_that_hangs_is_killed() {
    let Some(run) = fresh(Client::Uv) else { return };
    let upstream = FakeUpstream::with_recorded();
    let hold = upstream.hold("/simple/six/");
    let run = run.limit(Duration::from_millis(500));
    let ran = run.install(&upstream.simple_url(), &["six"], &[]);
    assert!(ran.timed_out, "{ran}");
    hold.release();
}
