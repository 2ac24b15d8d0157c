//! What becomes of connections when the server is told to stop.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use packhouse_app::config::Config;
use packhouse_app::{Packhouse, SystemClock};
use packhouse_testkit::{FakeUpstream, Upload, Wheel};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Longer than anything here takes, shorter than what would end a connection by itself.
const PATIENCE: Duration = Duration::from_secs(20);

struct Running {
    runtime: Runtime,
    at: SocketAddr,
    tell: watch::Sender<bool>,
    task: JoinHandle<Result<(), packhouse_app::AppError>>,
    _folder: tempfile::TempDir,
}

impl Running {
    fn start(upstream: &FakeUpstream) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = Config { data: folder.path().to_owned(), ..Config::default() };
        "0".clone_into(&mut config.policy.cooldown);
        // A head may take far longer than this test waits.
        config.limits.header_timeout = Duration::from_secs(600);
        let (tell, stop) = watch::channel(false);
        let url = upstream.simple_url();
        let (at, task) = runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let at = listener.local_addr().expect("an address");
            let packhouse =
                Packhouse::open(config, &url, format!("http://{at}"), Arc::new(SystemClock)).await;
            (at, tokio::spawn(packhouse_server::serve(packhouse.expect("opens"), listener, stop)))
        });
        Self { runtime, at, tell, task, _folder: folder }
    }

    /// A connection on which this was sent.
    fn send(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.at).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.write_all(text.as_bytes()).expect("sent");
        stream
    }

    /// Waits until the server has ended.
    fn ended(self) {
        let ended = self.runtime.block_on(async { tokio::time::timeout(PATIENCE, self.task).await });
        ended.expect("it ends by itself").expect("no panic").expect("no error");
    }
}

/// All that comes until the server closes the connection.
fn rest_of(mut stream: TcpStream, what: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => {}
        // An end too: something had been sent that the server had no time to read.
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
        Err(error) => panic!("{what}: {error}"),
    }
    bytes
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n")
}

fn body_of(answer: &[u8]) -> &[u8] {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    &answer[end + 4..]
}

#[test]
fn a_head_that_is_not_complete_is_not_waited_for_and_an_answer_is() {
    let upstream = FakeUpstream::start();
    for name in ["slow", "quick"] {
        upstream.publish(Upload::of(Wheel::named(name).build()).at("2020-01-01T00:00:00Z"));
    }
    let big = Wheel::named("big").padding(12_000_000).build();
    upstream.publish(Upload::of(big.clone()).at("2020-01-01T00:00:00Z"));
    let running = Running::start(&upstream);

    let half = "GET /simple/quick/ HTTP/1.1\r\nhost: x\r\n";
    let silent = running.send("");
    let beginning = running.send("GE");
    let first_head = running.send(half);
    let mut second_head = running.send(&get("/simple/quick/"));
    let mut status = [0; 15];
    second_head.read_exact(&mut status).expect("an answer");
    assert_eq!(&status, b"HTTP/1.1 200 OK");
    second_head.write_all(half.as_bytes()).expect("half of the next head");
    // Two answers are under way: one has not begun, of the other the client does not take more than its beginning.
    let hold = upstream.hold("/simple/slow/");
    let waiting = running.send(&get("/simple/slow/"));
    hold.wait_for(1);
    let mut unread = running.send(&get(&format!("/files/{}/{}", big.sha256, big.filename)));
    unread.read_exact(&mut status).expect("the beginning of an answer");
    assert_eq!(&status, b"HTTP/1.1 200 OK");

    running.tell.send_replace(true);
    assert!(rest_of(silent, "nothing sent").is_empty());
    assert!(rest_of(beginning, "the beginning of a first line").is_empty());
    assert!(rest_of(first_head, "half of the first head").is_empty());
    // The rest of its first answer, and nothing for the half.
    let rest = rest_of(second_head, "half of the second head");
    assert_eq!(rest.windows(9).filter(|nine| nine == b"HTTP/1.1 ").count(), 0);
    assert!(!running.task.is_finished(), "answers are under way");

    hold.release();
    let answer = rest_of(waiting, "a request that was being answered");
    assert!(answer.starts_with(b"HTTP/1.1 200 OK"), "{}", String::from_utf8_lossy(&answer));
    let length = format!("content-length: {}\r\n", body_of(&answer).len());
    assert!(String::from_utf8_lossy(&answer).contains(&length), "{}", String::from_utf8_lossy(&answer));
    assert!(!running.task.is_finished(), "an answer is under way");
    let file = rest_of(unread, "a client that is slow to read");
    assert!(body_of(&file) == big.bytes, "the whole file");
    running.ended();
}

#[test]
fn a_server_without_requests_ends_at_once() {
    let upstream = FakeUpstream::start();
    let running = Running::start(&upstream);
    let half = running.send("GET /healthz HTTP/1.1\r\n");
    // Accepted for sure: its server has answered a later connection.
    let mut answered = running.send(&get("/healthz"));
    answered.read_exact(&mut [0; 15]).expect("an answer");
    running.tell.send_replace(true);
    running.ended();
    assert!(rest_of(half, "half a head").is_empty());
}
