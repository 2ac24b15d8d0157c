use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use packhouse_testkit::Served;
use packhouse_testkit::httptest::get;
use tempfile::TempDir;

/// Stands in for the program: counts its starts in its data folder and shows them, and its environment.
const STAND_IN: &str = r#"
import http.server, json, os, signal, sys
arguments = sys.argv[1:]
if arguments[:1] != ["serve"]:
    print("not serving", arguments, os.environ.get("GREETING"))
    sys.exit(2)
data, listen = arguments[arguments.index("--data") + 1], arguments[arguments.index("--listen") + 1]
if "--break" in arguments:
    sys.exit("broken as asked")
os.makedirs(data, exist_ok=True)
with open(os.path.join(data, "starts"), "a") as file: file.write("x")
class Handler(http.server.BaseHTTPRequestHandler):
    tries = 0
    def do_GET(self):
        Handler.tries += 1
        body = json.dumps({"starts": len(open(os.path.join(data, "starts")).read()), "environment": dict(os.environ)}).encode()
        self.send_response(503 if Handler.tries == 1 else 200)
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *words): print("request", self.path, flush=True)
host, port = listen.split(":")
http.server.HTTPServer.allow_reuse_address = True
server = http.server.HTTPServer((host, int(port)), Handler)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print(f"ready: listening on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
"#;

fn stand_in() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stand-in");
    let script = "import os, sys; print(os.path.realpath(sys.executable))";
    let python = Command::new("python3").args(["-c", script]).output().expect("python3");
    let python = String::from_utf8(python.stdout).unwrap();
    std::fs::write(&path, format!("#!{python}{STAND_IN}")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    (folder, path)
}

#[test]
fn it_starts_answers_and_starts_again_on_the_same_port() {
    let (_folder, program) = stand_in();
    let mut served = Served::program(&program).env("GREETING", "hello").start();
    let (url, port) = (served.simple_url(), served.port());
    let answer = get(&url, &[]).unwrap().json();
    assert_eq!((&answer["starts"], &answer["environment"]["GREETING"]), (&1.into(), &"hello".into()));
    assert!(answer["environment"].get("CARGO_MANIFEST_DIR").is_none(), "{answer}");
    served.wait_for_log("request /simple/");

    let status = served.terminate();
    assert!(status.success(), "{status}");
    assert!(get(&url, &[]).is_err());
    served.start_again();
    assert_eq!((served.port(), get(&url, &[]).unwrap().json()["starts"].as_u64()), (port, Some(2)));

    let before = served.pid();
    served.kill9();
    assert!(get(&url, &[]).is_err());
    served.start_again();
    assert_ne!(served.pid(), before);
    served.restart();
    assert_eq!(get(&url, &[]).unwrap().json()["starts"], 4);
    assert_eq!(std::fs::read_to_string(served.data().join("starts")).unwrap(), "xxxx");
}

#[test]
fn it_is_gone_when_dropped() {
    let (_folder, program) = stand_in();
    let served = Served::program(&program).start();
    let url = served.url();
    drop(served);
    assert!(get(&url, &[]).is_err());
}

#[test]
fn what_does_not_start_says_why() {
    let (_folder, program) = stand_in();
    let failed = Served::program(&program).arg("--break").try_start().expect_err("broken");
    assert_eq!(failed.code, Some(1));
    assert!(failed.stdout.contains("broken as asked"), "{failed}");
}

#[test]
fn other_commands_run_in_the_same_environment() {
    let (_folder, program) = stand_in();
    let served = Served::program(&program).env("GREETING", "hello").start();
    let ran = served.run(["why", "six"]);
    assert_eq!(ran.code, Some(2));
    ran.assert_says("not serving ['why', 'six'] hello");
}
