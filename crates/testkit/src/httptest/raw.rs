//! An HTTP/1.1 client that keeps what others hide: reason phrases, repeated headers, framing, and requests
//! that are not well formed.

use std::fmt;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use flate2::read::GzDecoder;
use serde_json::Value;

/// No single read or write may take longer.
const PATIENCE: Duration = Duration::from_secs(30);
const MAX_HEAD: usize = 4 << 20;
const MAX_BODY: usize = 256 << 20;

/// A response as it stood on the wire.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The reason phrase, empty when there was none.
    pub reason: String,
    /// Headers in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body without transfer coding, still with its content coding.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of this name, which is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body without its content coding (gzip, zstd).
    pub fn content(&self) -> Result<Vec<u8>, BrokenAnswer> {
        let mut content = Vec::new();
        let read = match self.header("content-encoding") {
            None | Some("identity") => return Ok(self.body.clone()),
            Some("gzip") => GzDecoder::new(self.body.as_slice()).read_to_end(&mut content),
            Some("zstd") => zstd::stream::copy_decode(self.body.as_slice(), &mut content).map(|()| 0),
            Some(other) => return Err(BrokenAnswer(format!("unknown content-encoding {other:?}"))),
        };
        read.map_err(|error| BrokenAnswer(format!("the body is not what content-encoding says: {error}")))?;
        Ok(content)
    }

    /// The content as text, with a mark where it is not UTF-8.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.content().unwrap_or_else(|_| self.body.clone())).into_owned()
    }

    /// The content as JSON; panics when it is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        let text = self.text();
        let start: String = text.chars().take(300).collect();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("no JSON: {error}: {start}"))
    }
}

/// Why there is no whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenAnswer(pub(super) String);

impl fmt::Display for BrokenAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BrokenAnswer {}

/// Gets a URL (`http://host:port/path`) with extra headers.
pub fn get(url: &str, headers: &[(&str, &str)]) -> Result<Answer, BrokenAnswer> {
    request("GET", url, headers)
}

/// Sends one request without a body on a connection of its own.
pub fn request(method: &str, url: &str, headers: &[(&str, &str)]) -> Result<Answer, BrokenAnswer> {
    let rest = url.strip_prefix("http://").ok_or_else(|| BrokenAnswer(format!("no http URL: {url}")))?;
    let (host, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    text.push_str("\r\n");
    Connection::open(host)?.exchange(text.as_bytes())
}

/// One connection, on which requests follow one another.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// `host` is `address:port`.
    pub(super) fn open(host: &str) -> Result<Self, BrokenAnswer> {
        let stream = TcpStream::connect(host).and_then(|stream| {
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            stream.set_nodelay(true)?;
            Ok(stream)
        });
        let stream = stream.map_err(|error| BrokenAnswer(format!("cannot connect to {host}: {error}")))?;
        Ok(Self { stream, buffer: Vec::new() })
    }

    /// Sends bytes as they are and reads one response; the bytes may be empty.
    pub(super) fn exchange(&mut self, bytes: &[u8]) -> Result<Answer, BrokenAnswer> {
        // A server that refuses early stops reading; what it says is worth more than the broken pipe.
        let written = self.stream.write_all(bytes);
        let answer = self.answer(bytes.starts_with(b"HEAD "));
        match (answer, written) {
            (Err(_), Err(error)) => Err(BrokenAnswer(format!("the request could not be sent: {error}"))),
            (answer, _) => answer,
        }
    }

    fn answer(&mut self, head_only: bool) -> Result<Answer, BrokenAnswer> {
        let mut answer = loop {
            let head = self.read_head()?;
            let answer = parse_head(&head)?;
            // Interim responses (RFC 9110 section 15.2) come before the one that counts.
            if !(100..200).contains(&answer.status) || answer.status == 101 {
                break answer;
            }
        };
        if head_only || matches!(answer.status, 101 | 204 | 304) {
            return Ok(answer);
        }
        let chunked = answer.header("transfer-encoding").is_some_and(|value| value.contains("chunked"));
        answer.body = if chunked {
            self.read_chunks()?
        } else if let Some(length) = answer.header("content-length") {
            let length: usize =
                length.parse().map_err(|_| BrokenAnswer(format!("content-length {length:?}")))?;
            self.read_exactly(length)?
        } else {
            while self.read_more()? > 0 {}
            std::mem::take(&mut self.buffer)
        };
        Ok(answer)
    }

    fn read_head(&mut self) -> Result<Vec<u8>, BrokenAnswer> {
        let mut from = 0;
        loop {
            if let Some(at) = find(&self.buffer[from..], b"\r\n\r\n") {
                return Ok(self.buffer.drain(..from + at + 4).collect());
            }
            from = self.buffer.len().saturating_sub(3);
            if self.read_more()? == 0 {
                let got = self.buffer.len();
                return Err(BrokenAnswer(format!("closed after {got} bytes of the response's head")));
            }
            if self.buffer.len() > MAX_HEAD {
                return Err(BrokenAnswer(format!("more than {MAX_HEAD} bytes of headers")));
            }
        }
    }

    fn read_exactly(&mut self, length: usize) -> Result<Vec<u8>, BrokenAnswer> {
        if length > MAX_BODY {
            return Err(BrokenAnswer(format!("{length} bytes of body, more than {MAX_BODY}")));
        }
        while self.buffer.len() < length {
            if self.read_more().map_err(|error| self.short(length, Some(&error)))? == 0 {
                return Err(self.short(length, None));
            }
        }
        Ok(self.buffer.drain(..length).collect())
    }

    fn short(&self, length: usize, error: Option<&BrokenAnswer>) -> BrokenAnswer {
        let got = self.buffer.len();
        let why = error.map_or_else(|| "closed".to_owned(), ToString::to_string);
        BrokenAnswer(format!("{why} after {got} of {length} bytes of the body"))
    }

    fn read_chunks(&mut self) -> Result<Vec<u8>, BrokenAnswer> {
        let mut body = Vec::new();
        loop {
            let line = self.read_line(body.len())?;
            let digits = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(digits, 16)
                .map_err(|_| BrokenAnswer(format!("a chunk's size was expected; found {line:?}")))?;
            if size == 0 {
                while !self.read_line(body.len())?.is_empty() {}
                return Ok(body);
            }
            while self.buffer.len() < size + 2 {
                if self.read_more()? == 0 {
                    return Err(BrokenAnswer(format!("closed inside a chunk, after {} bytes", body.len())));
                }
            }
            body.extend(self.buffer.drain(..size));
            self.buffer.drain(..2);
            if body.len() > MAX_BODY {
                return Err(BrokenAnswer(format!("more than {MAX_BODY} bytes of body")));
            }
        }
    }

    fn read_line(&mut self, so_far: usize) -> Result<String, BrokenAnswer> {
        loop {
            if let Some(at) = find(&self.buffer, b"\r\n") {
                let line: Vec<u8> = self.buffer.drain(..at + 2).collect();
                return Ok(String::from_utf8_lossy(&line[..at]).into_owned());
            }
            if self.read_more()? == 0 {
                return Err(BrokenAnswer(format!("closed between chunks, after {so_far} bytes of the body")));
            }
        }
    }

    fn read_more(&mut self) -> Result<usize, BrokenAnswer> {
        let mut block = vec![0; 65_536];
        let read = self.stream.read(&mut block).map_err(|error| BrokenAnswer(format!("reading: {error}")))?;
        self.buffer.extend_from_slice(&block[..read]);
        Ok(read)
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn parse_head(head: &[u8]) -> Result<Answer, BrokenAnswer> {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.trim_end_matches("\r\n").split("\r\n");
    let first = lines.next().unwrap_or_default();
    let mut parts = first.splitn(3, ' ');
    let version = parts.next().unwrap_or_default();
    let status = parts.next().and_then(|code| code.parse().ok());
    let Some(status) = status.filter(|_| version.starts_with("HTTP/1.")) else {
        return Err(BrokenAnswer(format!("a status line was expected; found {first:?}")));
    };
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        (name.to_ascii_lowercase(), value.trim().to_owned())
    });
    Ok(Answer {
        status,
        reason: parts.next().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body: Vec::new(),
    })
}
