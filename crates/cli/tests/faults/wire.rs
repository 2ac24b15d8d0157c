//! A client that keeps every byte it was given, also of an answer that breaks off.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// No single read or write takes longer.
const PATIENCE: Duration = Duration::from_secs(40);

/// What arrived of an answer.
#[derive(Debug, Default)]
pub(crate) struct Received {
    /// 0 when not even the head arrived.
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether a client would take the body for complete.
    pub(crate) whole: bool,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The whole body, and it is this one.
    pub(crate) fn is(&self, right: &[u8]) -> bool {
        self.status == 200 && self.whole && self.body == right
    }

    /// For messages: what it was, without the bytes.
    pub(crate) fn summary(&self) -> String {
        let start = String::from_utf8_lossy(&self.body[..self.body.len().min(300)]).into_owned();
        let text = if self.status == 200 { String::new() } else { start };
        format!("status {}, {} bytes, whole: {} {text}", self.status, self.body.len(), self.whole)
    }
}

/// Connects and sends a GET; the answer is the caller's to read.
pub(crate) fn send(url: &str, headers: &[(&str, &str)]) -> io::Result<TcpStream> {
    let rest = url.strip_prefix("http://").ok_or_else(|| io::Error::other(format!("no http URL: {url}")))?;
    let (host, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut head = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    Ok(stream)
}

/// Reads an answer to its end, or to where it breaks off.
pub(crate) fn finish(mut stream: TcpStream) -> Received {
    let mut all = Vec::new();
    let clean = stream.read_to_end(&mut all).is_ok();
    let Some(end) = all.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Received::default();
    };
    let head = String::from_utf8_lossy(&all[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or(0);
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut received = Received { status, headers, body: all.split_off(end + 4), whole: clean };
    if received.header("transfer-encoding").contains("chunked") {
        let (body, whole) = unchunk(&received.body);
        received.body = body;
        received.whole = whole;
    } else if let Ok(length) = received.header("content-length").parse::<usize>() {
        received.whole = received.body.len() == length;
    }
    received
}

/// Asks and reads all there is; an answer of status 0 when there is no connection.
pub(crate) fn receive(url: &str, headers: &[(&str, &str)]) -> Received {
    send(url, headers).map(finish).unwrap_or_default()
}

/// The data of the chunks that arrived, and whether the last one did.
fn unchunk(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(at) = rest.windows(2).position(|window| window == b"\r\n") {
        let digits = String::from_utf8_lossy(&rest[..at]).into_owned();
        let Ok(size) = usize::from_str_radix(digits.split(';').next().unwrap_or_default().trim(), 16) else {
            break;
        };
        rest = &rest[at + 2..];
        if size == 0 {
            return (body, true);
        }
        body.extend_from_slice(&rest[..size.min(rest.len())]);
        rest = rest.get(size + 2..).unwrap_or_default();
    }
    (body, false)
}
