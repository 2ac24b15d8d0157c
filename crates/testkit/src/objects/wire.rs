//! A relay of one request a connection, with faults.

use std::io::{self, Read, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use super::ObjectFault;

const REFUSAL: &str = "HTTP/1.1 503 Slow Down\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
/// Longer heads than this come from no client.
const LONGEST_HEAD: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct Wire {
    front: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    fault: Option<ObjectFault>,
    /// Request lines.
    seen: Vec<String>,
}

impl Wire {
    /// To a server on this port of loopback.
    pub(super) fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port of loopback");
        let front = listener.local_addr().expect("its address");
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                // A connection that breaks is what is being tested.
                std::thread::spawn(move || relay(client, port, &state));
            }
        });
        Self { front, state }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.front)
    }

    pub(super) fn fail(&self, fault: Option<ObjectFault>) {
        lock(&self.state).fault = fault;
    }

    pub(super) fn hits(&self, method: &str, words: &str) -> usize {
        let state = lock(&self.state);
        state.seen.iter().filter(|line| line.starts_with(method) && line.contains(words)).count()
    }
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn relay(mut client: TcpStream, port: u16, state: &Mutex<State>) -> io::Result<()> {
    let (head, mut body) = head(&mut client)?;
    let line = head.lines().next().unwrap_or_default().to_owned();
    let fault = {
        let mut state = lock(state);
        state.seen.push(line.clone());
        state.fault
    };
    if fault == Some(ObjectFault::Down) {
        return Ok(());
    }
    let length = length_in(&head);
    fill(&mut client, &mut body, length)?;
    if fault == Some(ObjectFault::Unavailable) {
        return client.write_all(REFUSAL.as_bytes());
    }
    let mut server = TcpStream::connect(("127.0.0.1", port))?;
    server.write_all(one_request(&head).as_bytes())?;
    if fault == Some(ObjectFault::CutUploads) && line.starts_with("PUT") {
        return server.write_all(&body[..body.len() / 2]);
    }
    server.write_all(&body)?;
    let (mut head, mut body) = self::head(&mut server)?;
    if head.to_ascii_lowercase().contains("\r\ncontent-range:") {
        // rclone says 200 of a part; S3 says 206 (RFC 9110 section 15.3.7), and clients insist on it.
        head = head.replacen(" 200 OK", " 206 Partial Content", 1);
    }
    if line.starts_with("HEAD") {
        return client.write_all(head.as_bytes());
    }
    let length = length_in(&head);
    if length > 0 {
        fill(&mut server, &mut body, length)?;
    } else {
        server.read_to_end(&mut body)?;
    }
    if line.starts_with("GET") && line.contains("/sha256/") && head.contains(" 20") {
        match fault {
            Some(ObjectFault::CutAfter(bytes)) => body.truncate(bytes),
            Some(ObjectFault::WrongBytes) => {
                if let Some(last) = body.last_mut() {
                    *last ^= 1;
                }
            }
            _ => {}
        }
    }
    client.write_all(head.as_bytes())?;
    client.write_all(&body)
}

/// A head with its last empty line, and what came of the body along with it.
fn head(stream: &mut TcpStream) -> io::Result<(String, Vec<u8>)> {
    let mut read = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            let body = read.split_off(end + 4);
            return Ok((String::from_utf8_lossy(&read).into_owned(), body));
        }
        let more = stream.read(&mut buffer)?;
        if more == 0 || read.len() > LONGEST_HEAD {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        read.extend_from_slice(&buffer[..more]);
    }
}

fn length_in(head: &str) -> usize {
    let value = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    };
    head.lines().find_map(value).unwrap_or(0)
}

fn fill(stream: &mut TcpStream, body: &mut Vec<u8>, length: usize) -> io::Result<()> {
    let missing = length.saturating_sub(body.len());
    stream.take(missing as u64).read_to_end(body).map(drop)
}

/// The same request, told to be the connection's last. `Connection` is in no signature.
fn one_request(head: &str) -> String {
    let lines =
        head.trim_end().split("\r\n").filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let lines: Vec<&str> = lines.collect();
    format!("{}\r\nConnection: close\r\n\r\n", lines.join("\r\n"))
}
